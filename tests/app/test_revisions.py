"""What changed since the release before, in words that are true for any figure, delivery and number of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import release, tables
from drawing.deliveries import Delivery, by_receipt, in_place_of, latest_versions
from drawing.release import Metric, Release
from drawing.revisions import (
    CSV_COLUMNS,
    NONE_YET,
    NOTHING_CHANGED,
    TOO_CLOSE,
    Changed,
    Revision,
    as_rows,
    changed,
    summary,
)
from metrics.release_format import CELL_KEY, TABLES, Verdict
from presentation.revision_table import revision_table
from tests import releases
from tests.app.cells import END, UNITS, metric

NAMES = {"education": "Education", "health": "Health"}
StoreOf = Callable[[str], Path]
NUMBERS = st.floats(-1e7, 1e9, allow_nan=False, allow_infinity=False)


@pytest.fixture(scope="module")
def full(store_of: StoreOf) -> Release:
    return Release.open(release.release_path(store_of("full"), releases.RELEASE_ID))


def delivery(version: int = 2, verdict: Verdict = Verdict.ACCEPTED, earlier: int | None = 1) -> Delivery:
    came = datetime(2025, 10, 3, 9, 30)
    return Delivery(f"r{version}", "education", "ehc_requests", END, came, END, version, verdict, 10, 10, 0, earlier)


def revision(before: float, after: float, unit: str = "count", dimension: str = "all") -> Revision:
    category = "all" if dimension == "all" else "F"
    return Revision(metric(unit), "month", END.replace(day=1), END, dimension, category, before, after)


def rows(
    count: int, dimension: str = "all", receipt_id: str | None = "r2", metric_id: str = "test_metric"
) -> list[dict]:
    """Rows of table `revision`, a month each."""
    ends = releases.month_ends(count)[:count]
    return [
        {"metric_id": metric_id, "grain": "month", "period_end": end, "dimension": dimension,
         "category": "all" if dimension == "all" else "F", "before": 20.0, "after": 30.0, "receipt_id": receipt_id}
        for end in ends
    ]  # fmt: skip


def frame(found: list[dict]) -> pl.DataFrame:
    schema = dict.fromkeys(TABLES["revision"], pl.String) | {
        "period_end": pl.Date,
        "before": pl.Float64,
        "after": pl.Float64,
    }
    return pl.DataFrame(found, schema=schema)


def told(found: list[dict], *sent: Delivery, metrics: dict[str, Metric] | None = None) -> list[Changed]:
    return changed(frame(found), metrics or {"test_metric": metric()}, {one.receipt_id: one for one in sent})


SENT = "Education sent “Requests for an EHC needs assessment” for September 2025"
FIGURES = "figures published before changed with this release"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            rows(1),
            f"1 {FIGURES.replace('figures', 'figure')}, because {SENT} again on 3 October 2025.",
        ),
        (
            [*rows(3), *rows(2, receipt_id="r1")],
            f"5 {FIGURES}: 3 because {SENT} again on 3 October 2025 and 2 because {SENT} on 3 October 2025.",
        ),
        (
            rows(2, receipt_id=None),
            f"2 {FIGURES}; it names no delivery as the cause.",
        ),
        (
            [*rows(1), *rows(1, receipt_id="not there")],
            f"2 {FIGURES}: 1 because {SENT} again on 3 October 2025 and 1 without a delivery named as the cause.",
        ),
        (
            [*(r for name in ("r1", "r2", "r3", "r4") for r in rows(2, receipt_id=name)), *rows(1, receipt_id=None)],
            f"9 {FIGURES}: 8 because of 4 deliveries and 1 without a delivery named as the cause.",
        ),
    ],
)  # fmt: skip
def test_the_sentence_says_how_many_figures_changed_and_why(found: list[dict], said: str) -> None:
    sent = [delivery(1), delivery(2), delivery(3), delivery(4)]
    assert summary(told(found, *sent), NAMES, has_earlier=True) == said


def test_without_a_change_one_quiet_sentence_tells_why() -> None:
    assert summary([], NAMES, has_earlier=True) == NOTHING_CHANGED
    assert summary([], NAMES, has_earlier=False) == NONE_YET


@given(before=NUMBERS, after=NUMBERS, unit=st.sampled_from(UNITS))
def test_no_reader_is_told_that_a_figure_became_itself(before: float, after: float, unit: str) -> None:
    was, now = revision(before, after, unit).shown
    assert was != now
    assert re.search(r"\d", was)
    assert (now == TOO_CLOSE) == (was == revision(after, before, unit).shown[0])


def test_figures_are_rounded_half_up_with_their_unit() -> None:
    assert revision(34.95, 36.25, "percent").shown == ("35.0%", "36.3%")
    assert revision(35.01, 35.04, "percent").shown == ("35.0%", TOO_CLOSE)
    assert revision(1, 2, "days").shown == ("1\u00a0day", "2\u00a0days")


@given(everyone=st.integers(0, 25), groups=st.integers(0, 25), unknown=st.integers(0, 25))
def test_every_figure_is_counted_once_and_none_is_passed_over_in_silence(
    everyone: int, groups: int, unknown: int
) -> None:
    found = told([*rows(everyone), *rows(groups, "sex"), *rows(unknown, receipt_id=None)], delivery())
    assert sum(one.count for one in found) == everyone + groups + unknown
    for one in found:
        left = one.count - len(one.foremost)
        assert bool(one.others) == (left > 0)
        assert not left or one.others.startswith(f"And {left} more")
        assert 0 <= one.others_in_breakdowns <= left
    said = summary(found, NAMES, has_earlier=True)
    assert said.endswith(".")
    assert not found or said.startswith(f"{everyone + groups + unknown} figure")


def test_what_is_left_out_is_said_to_be_in_breakdowns_only_where_it_is() -> None:
    def of(count: int, groups: int) -> str:
        return Changed(None, count, (), groups).others

    assert of(0, 0) == ""
    assert of(1, 1) == "And 1 more, in a breakdown."
    assert of(134, 134) == "And 134 more, all in breakdowns."
    assert of(1134, 120) == "And 1,134 more, 120 of them in breakdowns."
    assert of(3, 0) == "And 3 more."


def test_everyone_comes_before_groups_and_no_measure_hides_another() -> None:
    metrics = {name: metric() for name in ("a", "b")}
    metrics = {name: Metric(**{**one.__dict__, "metric_id": name}) for name, one in metrics.items()}
    found = [*rows(25, metric_id="a"), *rows(2, metric_id="b"), *rows(3, "sex", metric_id="a")]
    (one,) = told(found, delivery(), metrics=metrics)
    assert len(one.foremost) == 20
    assert all(figure.dimension == "all" for figure in one.foremost)
    assert [figure.metric.metric_id for figure in one.foremost] == ["a"] * 18 + ["b"] * 2
    assert [figure.end for figure in one.foremost[:2]] == [END, date(2025, 8, 31)]
    assert one.others == "And 10 more, 3 of them in breakdowns."


def test_where_many_deliveries_changed_something_each_is_there_with_less() -> None:
    sent = [delivery(version) for version in range(1, 21)]
    found = told([row for one in sent for row in rows(9, receipt_id=one.receipt_id)], *sent)
    assert [len(one.foremost) for one in found] == [5] * 20


def test_files_sent_again_stand_first_and_the_unexplained_last() -> None:
    found = [*rows(25, receipt_id=None), *rows(9, receipt_id="r1"), *rows(2, receipt_id="r2")]
    versions = [one.delivery and one.delivery.version for one in told(found, delivery(1), delivery(2))]
    assert versions == [2, 1, None]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (delivery(1, earlier=None), ""),
        (delivery(2), "Supersedes version 1, whose receipt is kept"),
        (delivery(3, earlier=1), "Supersedes version 1, whose receipt is kept"),
        (delivery(2, earlier=None), "The first that was accepted"),
        (delivery(2, Verdict.REJECTED), "Version 1 still counts"),
        (delivery(2, Verdict.REJECTED, earlier=None), ""),
    ],
)
def test_a_file_sent_again_says_what_becomes_of_the_one_before(sent: Delivery, said: str) -> None:
    assert in_place_of(sent) == said


def test_a_version_that_was_refused_is_not_what_the_next_supersedes() -> None:
    one = {"agency": "education", "extract": "ehc_plans", "reporting_month": "2025-08"}
    verdicts = ("accepted", "rejected", "accepted")
    few = [
        dict.fromkeys(TABLES["receipt"]) | one | {"receipt_id": f"{place}", "version": place, "verdict": verdict}
        for place, verdict in enumerate(verdicts, start=1)
    ]
    receipts = pl.DataFrame(few, infer_schema_length=None)
    assert [found.earlier for found in by_receipt(receipts).values()] == [None, 1, 1]
    assert [found.receipt_id for found in latest_versions(receipts)] == ["3"]


def test_a_release_gives_its_revisions_in_the_order_of_their_key(full: Release) -> None:
    found = full.revisions()
    assert found.columns == list(TABLES["revision"])
    assert found.height > 0
    assert found.select(CELL_KEY).rows() == sorted(found.select(CELL_KEY).rows())


def test_a_release_from_before_revisions_were_recorded_has_none(tmp_path: Path) -> None:
    path = releases.write_store(tmp_path) / "releases" / f"{releases.RELEASE_ID}.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop table revision")
    older = Release.open(path)
    assert older.revisions().is_empty()
    assert changed(older.revisions(), older.metrics, {}) == []
    assert as_rows("r", older.revisions(), older.metrics, {}) == []


def test_a_hidden_cell_has_no_revision_whatever_the_release_holds(store_of: StoreOf, full: Release) -> None:
    hidden = Release.open(release.release_path(store_of("suppressed"), releases.RELEASE_ID))
    assert hidden._read("revision").height > 0
    assert hidden.revisions().is_empty()
    assert 7777.0 not in full.revisions()["after"].to_list()


def test_the_download_has_every_revision_unrounded_with_its_receipt(full: Release) -> None:
    sent = by_receipt(full.receipts())
    found = as_rows("2025-09.r2", full.revisions(), full.metrics, sent)
    assert len(found) == full.revisions().height
    assert {len(row) for row in found} == {len(CSV_COLUMNS)}
    places = [CSV_COLUMNS.index(name) for name in (*CELL_KEY, "before", "after")]
    keys = [*CELL_KEY, "before", "after"]
    assert sorted(tuple(row[place] for place in places) for row in found) == full.revisions().select(keys).rows()
    text = tables.written(CSV_COLUMNS, found)
    assert "2025-09-suspensions_exclusions-education-2,education,suspensions_exclusions,2025-09,2," in text


def test_names_in_the_table_cannot_become_markup() -> None:
    odd = Metric(**{**metric().__dict__, "title": "<script>alert(1)</script>"})
    one = Revision(odd, "month", END.replace(day=1), END, "ward", "<b>Abbey", 1.0, 2.0)
    drawn = revision_table([Changed(delivery(), 1, (one,), 0)], {"education": "<i>Education"})
    assert "<script" not in drawn
    assert "<b>Abbey" not in drawn
    assert "<i>Education" not in drawn
