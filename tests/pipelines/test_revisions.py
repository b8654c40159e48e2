"""A changed figure names the delivery that brought the change, or none where nobody can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from data_contracts.contract import Kind
from metrics import catalogue
from metrics.periods import add_months, month_end, period
from metrics.release_format import TABLES, Grain, Status
from pipelines import revisions
from pipelines.revisions import Before, revised, shown_by
from tests import releases
from tests.pipelines.holding import first_of, hold
from tests.pipelines.inbox import CONTRACTS, empty_warehouse
from tests.pipelines.templates import CASES, EVENTS, HOME, PLANS, REQUESTS, RETURN, ROLL

DEFINITIONS = catalogue.load()
METRICS = [
    {"metric_id": one.metric_id, "version": one.version, "extract": " + ".join(one.extracts), "sql": None,
     "lane": one.lane}
    for one in DEFINITIONS.values()
]  # fmt: skip
RETURNED = "camhs_waiting_count"


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_warehouse() as connection:
        yield connection


def sent(warehouse: Any, extract: str, month: str, *days: str, version: int = 1) -> str:
    """Holds a delivery with a row for each of these days (for a history, the dates it covers); gives its receipt."""
    dated_by = CONTRACTS[extract].dated_by
    moments = [date.fromisoformat(day) for day in days or (f"{month}-01",)]
    rows: list[dict[str, Any]] = [{dated_by: moment} if dated_by else {} for moment in moments]
    keys = [column.name for column in CONTRACTS[extract].key if column.name != dated_by]
    rows = [row | {keys[0]: f"{extract}{place}"} if keys and "id" in keys[0] else row for place, row in enumerate(rows)]
    return hold(warehouse, extract, month, rows, version=version).receipt_id


def returns(warehouse: Any, extract: str, month: str, *figures: tuple[str, str], version: int = 1, day: int = 3) -> str:
    """Holds a return of figures, each an indicator and the month it is about; gives its receipt."""
    rows = [
        {"indicator_id": one, "period_end": month_end(first_of(about)), "grain": "month", "dimension": "all",
         "category": "all", "value": 20.0}
        for one, about in figures
    ]  # fmt: skip
    receipt = hold(warehouse, extract, month, rows, version=version).receipt_id
    warehouse.execute(
        "update ledger.receipt set received_at = ? where receipt_id = ?", [datetime(2025, 10, day), receipt]
    )
    return receipt


def values(metric_id: str, month: str, value: float | None = 12.0, grain: str = "month", status: str = "ok") -> Any:
    """One published cell."""
    found = period(Grain(grain), first_of(month))
    row = {"metric_id": metric_id, "grain": grain, "period_start": found.start, "period_end": found.end,
           "dimension": "all", "category": "all", "numerator": value, "denominator": None, "value": value,
           "status": status, "is_provisional": False, "is_revised": False}  # fmt: skip
    kinds = {"numerator": pl.Float64, "denominator": pl.Float64, "value": pl.Float64}
    return pl.DataFrame([row], schema_overrides=kinds)


def before(cells: pl.DataFrame, counted: Sequence[str], metrics: Sequence[dict[str, Any]] = METRICS) -> Before:
    """A release that showed 10 where `cells` has a number, made from the receipts `counted`."""
    shown = cells.select("metric_id", "grain", "period_end", "dimension", "category", before=pl.lit(10.0))
    kinds = {"metric_id": pl.String, "version": pl.Int32, "extract": pl.String, "sql": pl.String}
    defined = pl.DataFrame([{name: row[name] for name in kinds} for row in metrics], schema=kinds)
    return Before(shown, defined, pl.Series(counted, dtype=pl.String))


def cause(
    warehouse: Any, metric_id: str, month: str, counted: Sequence[str] = (), grain: str = "month", **defined: Any
) -> str | None:
    """The receipt behind a changed cell, after a release made from the receipts `counted`."""
    cells = values(metric_id, month, grain=grain)
    metrics = [row | (defined if row["metric_id"] == metric_id else {}) for row in METRICS]
    _, found = revised(cells, before(cells, counted), revisions.held(warehouse, CONTRACTS), metrics)
    assert found.select("before", "after").rows() == [(10.0, 12.0)]
    receipt: str | None = found["receipt_id"].item()
    return receipt


def test_a_history_that_was_sent_again_is_the_cause_from_its_first_date_on(warehouse):
    old = sent(warehouse, REQUESTS, "2025-08", "2025-01-10", "2025-08-20")
    again = sent(warehouse, REQUESTS, "2025-08", "2025-01-10", "2025-08-21", version=2)
    assert cause(warehouse, "ehc_requests_count", "2025-08", [old]) == again
    assert cause(warehouse, "ehc_requests_count", "2025-03", [old]) == again


def test_of_two_new_histories_each_is_the_cause_of_what_it_covers(warehouse):
    old = sent(warehouse, REQUESTS, "2025-08", "2025-01-10")
    august = sent(warehouse, REQUESTS, "2025-08", "2025-01-10", version=2)
    september = sent(warehouse, REQUESTS, "2025-09", "2025-09-02")
    assert cause(warehouse, "ehc_requests_count", "2025-08", [old]) == august
    assert cause(warehouse, "ehc_requests_count", "2025-09", [old]) == september
    assert cause(warehouse, "ehc_requests_count", "2025-09", [old], "rolling_12m") == september


def test_a_correction_that_a_later_history_covers_wholly_is_no_cause(warehouse):
    old = sent(warehouse, REQUESTS, "2025-08", "2025-01-10")
    sent(warehouse, REQUESTS, "2025-08", "2025-01-10", version=2)
    september = sent(warehouse, REQUESTS, "2025-09", "2025-01-02")
    assert cause(warehouse, "ehc_requests_count", "2025-08", [old]) == september


def test_a_history_that_moved_a_row_out_of_an_earlier_period_is_its_cause(warehouse):
    old = sent(warehouse, REQUESTS, "2025-08", "2025-01-10")
    september = sent(warehouse, REQUESTS, "2025-09", "2025-09-02")
    assert cause(warehouse, "ehc_requests_count", "2025-01", [old]) == september


def test_a_snapshot_is_the_cause_of_its_own_month_alone(warehouse):
    old = [sent(warehouse, PLANS, month) for month in ("2025-07", "2025-08", "2025-09")]
    again = sent(warehouse, PLANS, "2025-08", version=2)
    assert cause(warehouse, "ehcp_caseload_count", "2025-08", old) == again
    assert cause(warehouse, "ehcp_caseload_count", "2025-09", old) is None
    assert cause(warehouse, "ehcp_caseload_count", "2025-07", old) is None


def test_of_two_snapshots_sent_again_at_once_each_has_its_month(warehouse):
    old = [sent(warehouse, PLANS, month) for month in ("2025-08", "2025-09")]
    again = [sent(warehouse, PLANS, month, version=2) for month in ("2025-08", "2025-09")]
    assert [cause(warehouse, "ehcp_caseload_count", m, old) for m in ("2025-08", "2025-09")] == again


def test_spells_come_from_the_latest_month_whatever_the_period(warehouse):
    old = [sent(warehouse, HOME, month) for month in ("2025-07", "2025-08")]
    corrected = sent(warehouse, HOME, "2025-07", version=2)
    assert cause(warehouse, "ehe_count", "2025-07", old) is None, "a later delivery says all that is held"
    september = sent(warehouse, HOME, "2025-09")
    assert cause(warehouse, "ehe_count", "2025-07", old) == september != corrected


def test_a_delivery_corrected_twice_between_two_releases_is_named_as_it_counts_now(warehouse):
    old = sent(warehouse, PLANS, "2025-08")
    sent(warehouse, PLANS, "2025-08", version=2)
    third = sent(warehouse, PLANS, "2025-08", version=3)
    assert cause(warehouse, "ehcp_caseload_count", "2025-08", [old]) == third


def test_a_returned_figure_names_the_return_that_holds_it(warehouse):
    old = [returns(warehouse, RETURN, month, (RETURNED, month)) for month in ("2025-07", "2025-08")]
    late = returns(warehouse, RETURN, "2025-09", (RETURNED, "2025-07"), (RETURNED, "2025-09"))
    august = returns(warehouse, RETURN, "2025-08", (RETURNED, "2025-08"), version=2, day=9)
    assert cause(warehouse, RETURNED, "2025-07", old) == late, "a return may speak of an earlier month"
    assert cause(warehouse, RETURNED, "2025-08", old) == august


def test_a_figure_that_a_new_return_took_back_names_that_return(warehouse):
    july = returns(warehouse, RETURN, "2025-07", (RETURNED, "2025-07"))
    august = returns(warehouse, RETURN, "2025-08", (RETURNED, "2025-07"), (RETURNED, "2025-08"))
    returns(warehouse, RETURN, "2025-09", (RETURNED, "2025-09"), day=2)
    again = returns(warehouse, RETURN, "2025-08", (RETURNED, "2025-08"), version=2, day=9)
    assert cause(warehouse, RETURNED, "2025-07", [july, august]) == again


def test_a_computed_metric_names_a_return_only_for_the_time_before_its_records(warehouse):
    plans = sent(warehouse, PLANS, "2025-08")
    figures = [("ehcp_caseload_count", month) for month in ("2025-06", "2025-08")]
    old = returns(warehouse, "education/indicator_return", "2025-08", *figures)
    again = returns(warehouse, "education/indicator_return", "2025-08", *figures, version=2)
    assert cause(warehouse, "ehcp_caseload_count", "2025-06", [plans, old]) == again
    assert cause(warehouse, "ehcp_caseload_count", "2025-08", [plans, old]) is None
    assert cause(warehouse, "ehcp_caseload_count", "2025-08", [old]) == plans


def test_a_linked_metric_names_the_side_that_is_new_and_the_first_where_both_are(warehouse):
    cases, plans = sent(warehouse, CASES, "2025-08"), sent(warehouse, PLANS, "2025-08")
    other_side = sent(warehouse, PLANS, "2025-08", version=2)
    assert cause(warehouse, "social_care_ehcp_count", "2025-08", [cases, plans]) == other_side
    own_side = sent(warehouse, CASES, "2025-08", version=2)
    assert cause(warehouse, "social_care_ehcp_count", "2025-08", [cases, plans]) == own_side


def test_a_rate_names_the_roll_it_is_divided_by_though_the_roll_is_of_an_earlier_month(warehouse):
    events = sent(warehouse, EVENTS, "2025-09", "2025-01-10")
    rolls = [sent(warehouse, ROLL, month) for month in ("2025-06", "2025-07")]
    again = [sent(warehouse, ROLL, month, version=2) for month in ("2025-06", "2025-07")]
    assert cause(warehouse, "suspensions_rate", "2025-09", [events, *rolls]) == again[1]
    assert cause(warehouse, "suspensions_rate", "2025-06", [events, *rolls]) == again[0]


def test_a_roll_that_fits_is_named_before_a_history_that_does_not(warehouse):
    events, roll = sent(warehouse, EVENTS, "2025-08", "2025-01-10"), sent(warehouse, ROLL, "2025-08")
    sent(warehouse, EVENTS, "2025-09", "2025-09-02")
    again = sent(warehouse, ROLL, "2025-08", version=2)
    assert cause(warehouse, "suspensions_rate", "2025-08", [events, roll]) == again


@pytest.mark.parametrize("defined", [{"version": 99}, {"sql": "select 1"}, {"extract": PLANS + " + " + CASES}])
def test_where_the_definition_changed_no_delivery_is_blamed(warehouse, defined):
    old = sent(warehouse, PLANS, "2025-08")
    sent(warehouse, PLANS, "2025-08", version=2)
    assert cause(warehouse, "ehcp_caseload_count", "2025-08", [old], **defined) is None


def test_where_nothing_new_came_because_a_contract_changed_the_cause_is_unknown(warehouse):
    receipts = [sent(warehouse, REQUESTS, "2025-08", "2025-01-10"), sent(warehouse, PLANS, "2025-08")]
    receipts += [returns(warehouse, RETURN, "2025-08", (RETURNED, "2025-08")), sent(warehouse, HOME, "2025-08")]
    for metric_id in ("ehc_requests_count", "ehcp_caseload_count", RETURNED, "ehe_count"):
        assert cause(warehouse, metric_id, "2025-08", receipts) is None


def test_every_metric_of_records_names_its_first_extract_where_all_of_them_are_new(warehouse):
    for extract, contract in CONTRACTS.items():
        if contract.kind is not Kind.RETURN:
            sent(warehouse, extract, "2025-09", "2025-09-01")
    receipts = dict(warehouse.execute("select receipt_id, agency || '/' || extract from ledger.receipt").fetchall())
    computed = [one for one in DEFINITIONS.values() if one.lane == "computed"]
    cells = pl.concat([values(one.metric_id, "2025-09", grain=str(one.grains[0])) for one in computed])
    _, found = revised(cells, before(cells, []), revisions.held(warehouse, CONTRACTS), METRICS)
    named = {metric_id: receipts.get(receipt) for metric_id, receipt in found.select("metric_id", "receipt_id").rows()}
    assert named == {one.metric_id: one.extracts[0] for one in computed}


@pytest.mark.parametrize("status", [Status.SUPPRESSED, Status.NOT_AVAILABLE, Status.NOT_APPLICABLE])
def test_a_number_that_is_not_shown_any_more_leaves_no_trace_in_the_revisions(warehouse, status):
    sent(warehouse, PLANS, "2025-08")
    cells = values("ehcp_caseload_count", "2025-08", None, status=status)
    marked, found = revised(cells, before(cells, []), revisions.held(warehouse, CONTRACTS), METRICS)
    assert found.is_empty()
    assert marked["is_revised"].to_list() == [False]


def test_a_number_that_was_not_shown_before_is_not_revised(warehouse):
    sent(warehouse, PLANS, "2025-08")
    cells = values("ehcp_caseload_count", "2025-08")
    nothing = replace(before(cells, []), cells=before(cells, []).cells.clear())
    marked, found = revised(cells, nothing, revisions.held(warehouse, CONTRACTS), METRICS)
    assert found.is_empty()
    assert marked["is_revised"].to_list() == [False]


def test_the_first_release_revises_nothing(warehouse):
    cells = values("ehcp_caseload_count", "2025-08")
    marked, found = revised(cells, None, revisions.held(warehouse, CONTRACTS), METRICS)
    assert (marked.columns, found.columns) == (list(TABLES["metric_value"]), list(TABLES["revision"]))
    assert found.is_empty()


def test_a_release_counted_the_latest_version_that_it_accepted(tmp_path: Path):
    one = {"agency": "education", "extract": "ehc_plans", "reporting_month": "2025-08", "verdict": "accepted"}
    few = releases.tables("empty")
    few["receipt"] = [
        one | {"receipt_id": "first", "version": 1},
        one | {"receipt_id": "second", "version": 2, "verdict": "accepted_with_warnings"},
        one | {"receipt_id": "refused", "version": 3, "verdict": "rejected"},
        one | {"receipt_id": "other", "version": 1, "reporting_month": "2025-09"},
        one | {"receipt_id": "missing", "version": None, "reporting_month": "2025-07", "verdict": "missing"},
    ]
    path = releases.write_release(tmp_path / "r.duckdb", few)
    with duckdb.connect(str(path), read_only=True) as release:
        assert sorted(shown_by(release).counted) == ["other", "second"]


def test_a_delivery_covers_what_no_later_one_speaks_of(warehouse):
    months = [f"{add_months(date(2025, 6, 1), ahead):%Y-%m}" for ahead in range(3)]
    days = ("2025-01-10", "2025-05-05", "2025-03-03")
    for month, day in zip(months, days, strict=True):
        sent(warehouse, REQUESTS, month, day)
    held = revisions.held(warehouse, CONTRACTS).deliveries.sort("month")
    assert held.select("covers_from", "covers_until").rows() == [
        (date(2025, 1, 10), date(2025, 3, 3)), (date(2025, 5, 5), date(2025, 3, 3)), (date(2025, 3, 3), None),
    ]  # fmt: skip
