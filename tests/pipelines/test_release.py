"""A store through four refreshes: what is published, missing and revised, and what never changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from metrics import catalogue
from metrics.release_format import CELL_KEY, FORMAT_VERSION, TABLES
from pipelines.refresh import Outcome
from pipelines.store import Store
from tests.pipelines.inbox import CONTRACTS, cell, deliver, query, run
from tests.pipelines.templates import HOME, REFERRALS, row, rows

FILLED_FROM_THE_FIRST = {"release", "metric", "metric_value", "receipt", "lineage"}


@dataclass
class Story:
    """What each refresh did, and how the store stood after it."""

    store: Store
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    in_force: dict[str, str | None] = field(default_factory=dict)
    shown: dict[str, pl.DataFrame] = field(default_factory=dict)
    release_bytes: dict[str, bytes] = field(default_factory=dict)

    def refresh(self, step: str, inbox: Path) -> None:
        self.outcomes[step] = run(self.store.root, inbox)
        self.in_force[step] = self.store.in_force()
        if self.store.shown.exists():
            self.shown[step] = pl.read_parquet(self.store.shown)
        for release_id in self.store.release_ids():
            content = self.store.release_file(release_id).read_bytes()
            assert self.release_bytes.setdefault(release_id, content) == content, "a release never changes"

    def release(self, step: str) -> Path:
        release_id = self.outcomes[step].release_id
        assert release_id
        return self.store.release_file(release_id)


def numbers_shown(release: Path) -> dict[tuple, float]:
    """The values that a release shows, by cell."""
    found = query(release, f"select {', '.join(CELL_KEY)}, value from metric_value where value is not null")
    return {tuple(key): value for *key, value in found}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("story")
    story = Story(Store(folder / "store"))

    august = folder / "august"
    deliver(august, HOME, [*rows(HOME, 21), row(HOME, 22, sex="Q"), row(HOME, 23, sex="M")], month="2025-08")
    deliver(august, REFERRALS, rows(REFERRALS, 7), month="2025-08")
    story.refresh("first", august)

    september = folder / "september"
    deliver(september, HOME, [*rows(HOME, 20), *rows(HOME, 6, first=31, start_date="2025-09-09")])
    story.refresh("without health", september)
    story.refresh("again", september)

    corrected = folder / "corrected"
    deliver(corrected, HOME, [*rows(HOME, 18), *rows(HOME, 12, first=31, start_date="2025-09-09")])
    story.refresh("corrected", corrected)
    return story


def test_every_table_of_a_release_is_there_from_the_first_on_with_its_columns(story):
    for step in ("first", "corrected"):
        columns = "select table_name, column_name, data_type from information_schema.columns order by ordinal_position"
        found: dict[str, dict[str, str]] = {}
        for table, column, kind in query(story.release(step), columns):
            found.setdefault(table, {})[column] = kind
        assert found == TABLES


def test_tables_that_nothing_fills_yet_are_empty(story):
    for table in TABLES:
        ((count,),) = query(story.release("first"), f'select count(*) from "{table}"')
        assert (count > 0) == (table in FILLED_FROM_THE_FIRST | {"finding"}), table


def test_a_release_says_what_it_is(story):
    columns = "release_id, format_version, reporting_month, supersedes, is_sample, local_area, disclosure_policy"
    (first,) = query(story.release("first"), f"select {columns} from release")
    assert first == ("2025-08.r1", FORMAT_VERSION, "2025-08", None, False, "Derby", "primary suppression below 5")
    (later,) = query(story.release("corrected"), f"select {columns} from release")
    assert later[:4] == ("2025-09.r2", FORMAT_VERSION, "2025-09", "2025-09.r1")


def test_every_metric_is_described_as_it_was_defined(story):
    described = query(story.release("first"), "select metric_id, title, unit, lane, sql, grains from metric")
    definitions = catalogue.load()
    assert {one[0] for one in described} == set(definitions)
    for metric_id, title, unit, lane, sql, grains in described:
        one = definitions[metric_id]
        assert (title, unit, lane, grains) == (one.title, one.unit, one.lane, list(one.grains))
        assert (sql is None) == (lane == "return")


def test_every_cell_is_there_once(story):
    keys = ", ".join(CELL_KEY)
    for step in ("first", "without health", "corrected"):
        query_of_doubles = f"select {keys} from metric_value group by {keys} having count(*) > 1"
        assert query(story.release(step), query_of_doubles) == []


def test_figures_are_those_of_the_files(story):
    assert cell(story.release("first"), "ehe_count", "2025-08") == (22, "ok")
    assert cell(story.release("first"), "nd_waiting_count", "2025-08") == (7, "ok")
    assert cell(story.release("without health"), "ehe_count", "2025-09") == (26, "ok")
    assert cell(story.release("without health"), "ehe_count", "2025-08") == (20, "ok"), "spells restate the past"


def test_a_small_number_is_hidden_in_the_release_and_proved_in_the_warehouse(story):
    shown = cell(story.release("first"), "ehe_count", "2025-08", by="sex", category="M")
    assert shown == (None, "c")
    assert cell(story.store.warehouse, "ehe_count", "2025-08", by="sex", category="F") is not None
    columns = {name for name, *_ in query(story.release("first"), "describe metric_value")}
    assert not {"behind", "behind_complement"} & columns


def test_an_agency_that_sent_nothing_has_no_figures_for_the_month_and_the_rest_is_published(story):
    assert cell(story.release("without health"), "nd_waiting_count", "2025-09") == (None, "x")
    assert cell(story.release("without health"), "nd_waiting_count", "2025-08") == (7, "ok")
    assert cell(story.release("without health"), "ehe_count", "2025-09") == (26, "ok")
    missing = query(story.release("without health"), "select agency, extract, reporting_month, due_on from receipt "
                    "where verdict = 'missing'")  # fmt: skip
    assert missing == [("health", "nd_referrals", "2025-09", date(2025, 10, 14))]
    assert story.outcomes["first"].exit_code == 0
    assert story.outcomes["without health"].exit_code == 1


def test_extracts_never_sent_have_not_started(story):
    found = query(story.release("first"), "select agency || '/' || extract from receipt where verdict = 'not_started'")
    assert {one for (one,) in found} == set(CONTRACTS) - {HOME, REFERRALS}


def test_what_did_not_come_has_no_numbers_in_its_receipt(story):
    columns = "version, rows_received, rows_accepted, rows_quarantined, fingerprint, supersedes"
    found = query(
        story.release("without health"), f"select {columns} from receipt where verdict in ('missing', 'not_started')"
    )
    assert set(found) == {(None,) * 6}


def test_the_same_files_again_publish_nothing_new_and_say_so(story):
    again = story.outcomes["again"]
    assert (again.published, again.exit_code, again.receipts) == (False, 0, [])
    assert "Nothing new" in again.sentence
    assert story.in_force["again"] == story.in_force["without health"]
    assert list(story.release_bytes) == ["2025-08.r1", "2025-09.r1", "2025-09.r2"]


def test_a_corrected_month_supersedes_the_earlier_delivery_and_keeps_its_receipt(story):
    (corrected,) = story.outcomes["corrected"].receipts
    (earlier,) = story.outcomes["without health"].receipts
    assert (corrected.version, corrected.supersedes) == (2, earlier.receipt_id)
    kept = query(story.release("corrected"), "select receipt_id, version from receipt "
                 "where reporting_month = '2025-09' and extract = 'ehe_register' order by version")  # fmt: skip
    assert kept == [(earlier.receipt_id, 1), (corrected.receipt_id, 2)]


def test_a_revision_is_what_was_shown_before_and_what_is_shown_now(story):
    revised = query(story.release("corrected"), "select metric_id, grain, period_end, before, after from revision "
                    "where dimension = 'all' and metric_id = 'ehe_count' order by period_end")  # fmt: skip
    assert revised == [
        ("ehe_count", "month", date(2025, 8, 31), 20, 18),
        ("ehe_count", "month", date(2025, 9, 30), 26, 30),
    ]


def test_a_revision_names_the_receipt_of_the_delivery_that_brought_it(story):
    (corrected,) = story.outcomes["corrected"].receipts
    caused = "select distinct metric_id, receipt_id from revision where metric_id = 'ehe_count'"
    assert query(story.release("corrected"), caused) == [("ehe_count", corrected.receipt_id)]
    (september,) = story.outcomes["without health"].receipts
    assert query(story.release("without health"), caused) == [("ehe_count", september.receipt_id)]


def test_a_cell_is_revised_exactly_where_it_differs_from_the_release_before(story):
    keys = ", ".join(CELL_KEY)
    flagged = query(story.release("corrected"), f"select {keys} from metric_value where is_revised order by all")
    listed = query(story.release("corrected"), f"select {keys} from revision order by all")
    assert flagged == listed != []
    now, before = numbers_shown(story.release("corrected")), numbers_shown(story.release("without health"))
    differing = {key for key in now.keys() & before.keys() if now[key] != before[key]}
    assert {tuple(key) for key in flagged} == differing
    assert query(story.release("first"), "select count(*) from metric_value where is_revised") == [(0,)]


def test_every_number_ever_shown_is_remembered_and_none_is_forgotten(story):
    numbers = ["numerator", "denominator", "value"]
    steps = [step for step in story.shown if story.outcomes[step].published]
    for earlier, later in pairwise(steps):
        assert story.shown[later].head(story.shown[earlier].height).equals(story.shown[earlier])
        assert story.shown[later].height > story.shown[earlier].height
    for step in steps:
        listed = ", ".join([*CELL_KEY, *numbers])
        shown = query(story.release(step), f"select {listed} from metric_value where status = 'ok'")
        remembered = set(story.shown[step].select(*CELL_KEY, *numbers).iter_rows())
        assert set(shown) <= remembered, step


def test_counts_of_rows_are_exact_for_the_sender_and_to_the_nearest_ten_for_everybody(story):
    one = next(receipt for receipt in story.outcomes["first"].receipts if receipt.extract == "ehe_register")
    assert (one.rows_received, one.rows_accepted, one.rows_quarantined) == (23, 22, 1)
    shown = query(story.release("first"), "select rows_received, rows_accepted, rows_quarantined from receipt "
                  "where extract = 'ehe_register'")  # fmt: skip
    assert shown == [(20, 20, 0)]
    assert query(story.release("first"), "select code, severity, column_name, row_count from finding") == [
        ("sex_unknown_code", "error", "sex", 0)
    ]


def test_nothing_half_written_is_left_in_the_store(story):
    assert [path.name for path in story.store.root.rglob("*") if ".part" in path.name or path.suffix == ".wal"] == []
