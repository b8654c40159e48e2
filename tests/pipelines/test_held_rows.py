"""What is held of an extract follows from its kind: later deliveries replace exactly what they speak of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations
from typing import Any

import pytest

from data_contracts.contract import Bounds
from pipelines import ledger
from pipelines.row_counts import unusual
from pipelines.staging import kept_columns
from tests.pipelines.holding import first_of, held, hold, receipt, stands_for
from tests.pipelines.inbox import CONTRACTS, empty_warehouse
from tests.pipelines.templates import COSTS, EVENTS, HOME, PLANS, REQUESTS, RETURN

JUMPED = "annual_cost_total_jumped"


@pytest.fixture
def warehouse():
    with empty_warehouse() as connection:
        yield connection


def requests(**received: str) -> list[dict]:
    """Requests by name, with the day each was received."""
    return [{"request_id": name, "received_date": date.fromisoformat(day)} for name, day in received.items()]


def names(warehouse) -> str:
    return "".join(held(warehouse, REQUESTS, "request_id"))


def date_of(extract: str) -> dict[str, Any]:
    """The date that a row of a history cannot be without."""
    dated_by = CONTRACTS[extract].dated_by
    return {dated_by: date(2025, 8, 1)} if dated_by else {}


def test_a_history_is_replaced_from_the_first_date_of_a_delivery_on(warehouse):
    hold(warehouse, REQUESTS, "2025-07", requests(a="2025-01-10", b="2025-05-02", c="2025-06-30", d="2025-07-01"))
    hold(warehouse, REQUESTS, "2025-08", requests(e="2025-06-30", f="2025-08-11"))
    assert names(warehouse) == "abef", "older rows stay; from the 30th of June on the later delivery is the truth"


def test_a_key_that_comes_again_is_one_row_however_old_the_first_was(warehouse):
    hold(warehouse, REQUESTS, "2025-07", requests(a="2025-01-10", b="2025-02-02"))
    hold(warehouse, REQUESTS, "2025-08", requests(a="2025-08-01"))
    assert held(warehouse, REQUESTS, "request_id", "received_date") == [
        ("a", date(2025, 8, 1)), ("b", date(2025, 2, 2)),
    ]  # fmt: skip


def test_a_delivery_that_starts_later_leaves_what_lies_before_it(warehouse):
    hold(warehouse, REQUESTS, "2025-07", requests(a="2025-01-10", b="2025-07-09"))
    hold(warehouse, REQUESTS, "2025-09", requests(c="2025-09-01"))
    assert names(warehouse) == "abc"


def test_a_correction_of_an_earlier_month_does_not_replace_what_a_later_month_said(warehouse):
    hold(warehouse, REQUESTS, "2025-07", requests(a="2025-05-10", b="2025-07-09"))
    hold(warehouse, REQUESTS, "2025-08", requests(c="2025-07-01", d="2025-08-08"))
    hold(warehouse, REQUESTS, "2025-07", requests(a="2025-05-11", e="2025-07-20", d="2025-05-01"), version=2)
    assert names(warehouse) == "acd"
    assert (date(2025, 8, 8),) in warehouse.execute(
        "select received_date from held.education__ehc_requests where request_id = ?", [stands_for("d")]
    ).fetchall()


@pytest.mark.parametrize("order", list(permutations(["2025-06", "2025-07", "2025-08"])), ids="-".join)
def test_what_is_held_does_not_depend_on_the_order_of_arrival(warehouse, order):
    deliveries = {
        "2025-06": requests(a="2025-04-10", b="2025-05-09", c="2025-06-09"),
        "2025-07": requests(d="2025-05-09", e="2025-07-09"),
        "2025-08": requests(e="2025-07-08", f="2025-08-09"),
    }
    for month in order:
        hold(warehouse, REQUESTS, month, deliveries[month])
    assert held(warehouse, REQUESTS, "request_id", "received_date") == [
        ("a", date(2025, 4, 10)), ("d", date(2025, 5, 9)), ("e", date(2025, 7, 8)), ("f", date(2025, 8, 9)),
    ]  # fmt: skip


@pytest.mark.parametrize("extract", [REQUESTS, HOME, PLANS, RETURN])
def test_a_rejected_delivery_counts_nowhere_and_the_version_before_it_still_does(warehouse, extract):
    key, dated = CONTRACTS[extract].key[0].name, date_of(extract)
    hold(warehouse, extract, "2025-08", [{key: "first"} | dated])
    hold(warehouse, extract, "2025-08", [{key: "refused"} | dated], version=2, verdict="rejected")
    assert held(warehouse, extract, key) == ["first"]


@pytest.mark.parametrize("extract", [REQUESTS, HOME, PLANS, RETURN])
def test_the_latest_accepted_version_of_a_month_stands_alone(warehouse, extract):
    key, dated = CONTRACTS[extract].key[0].name, date_of(extract)
    hold(warehouse, extract, "2025-08", [{key: "first"} | dated, {key: "left out"} | dated])
    hold(warehouse, extract, "2025-08", [{key: "second"} | dated], version=2, verdict="accepted_with_warnings")
    assert held(warehouse, extract, key) == ["second"]


def test_every_month_s_snapshot_is_kept(warehouse):
    hold(warehouse, PLANS, "2025-08", [{"plan_id": "a"}, {"plan_id": "b"}])
    hold(warehouse, PLANS, "2025-09", [{"plan_id": "a"}])
    assert held(warehouse, PLANS, "reporting_month", "plan_id") == [
        (date(2025, 8, 1), "a"), (date(2025, 8, 1), "b"), (date(2025, 9, 1), "a"),
    ]  # fmt: skip


def test_of_spells_only_the_latest_month_is_held_whenever_it_came(warehouse):
    hold(warehouse, HOME, "2025-09", [{"spell_id": "new"}])
    hold(warehouse, HOME, "2025-08", [{"spell_id": "old"}, {"spell_id": "new"}])
    assert held(warehouse, HOME, "reporting_month", "spell_id") == [(date(2025, 9, 1), "new")]


def figure(period_end: str, value: float, category: str = "all") -> dict:
    return {
        "indicator_id": "camhs_waiting_count", "period_end": date.fromisoformat(period_end), "grain": "month",
        "dimension": "all", "category": category, "value": value,
    }  # fmt: skip


def test_of_a_returned_figure_the_latest_delivery_stands_and_figures_not_sent_again_stay(warehouse):
    hold(warehouse, RETURN, "2025-08", [figure("2025-08-31", 90), figure("2025-07-31", 80)])
    hold(warehouse, RETURN, "2025-09", [figure("2025-09-30", 97), figure("2025-08-31", 91)])
    assert held(warehouse, RETURN, "period_end", "value") == [
        (date(2025, 7, 31), 80), (date(2025, 8, 31), 91), (date(2025, 9, 30), 97),
    ]  # fmt: skip


def test_a_month_s_return_sent_again_replaces_that_month_whole(warehouse):
    hold(warehouse, RETURN, "2025-09", [figure("2025-09-30", 97), figure("2025-09-30", 5, "team")])
    hold(warehouse, RETURN, "2025-09", [figure("2025-09-30", 98)], version=2)
    assert held(warehouse, RETURN, "category", "value") == [("all", 98)]


def test_every_column_that_may_be_kept_is_held(warehouse):
    for extract, contract in CONTRACTS.items():
        described = warehouse.execute(f"describe held.{contract.table}").fetchall()
        assert [row[0] for row in described][:3] == ["receipt_id", "reporting_month", "line_number"], extract
        assert [row[0] for row in described][3:] == list(kept_columns(contract)), extract


def test_a_history_begins_in_the_month_of_its_first_row_held(warehouse):
    hold(warehouse, REQUESTS, "2025-08", requests(a="2023-11-17", b="2025-08-01"))
    hold(warehouse, PLANS, "2025-08", [{"plan_id": "a", "start_date": date(2019, 1, 1)}])
    hold(warehouse, HOME, "2025-07", [{"spell_id": "a"}], verdict="rejected")
    found = ledger.coverage(warehouse, CONTRACTS)
    assert found[REQUESTS].history_begins == date(2023, 11, 1)
    assert found[PLANS].history_begins is None
    assert (found[HOME].accepted, found[HOME].first, found[HOME].last) == (frozenset(), first_of("2025-07"), None)
    assert set(found) == {REQUESTS, PLANS, HOME}


def events(count: int, start: str) -> list[dict]:
    return [{"event_id": f"{start}/{number}", "start_date": date.fromisoformat(start)} for number in range(count)]


@pytest.mark.parametrize(("accepted", "code"), [(10, None), (5, None), (4, "row_count_fell"), (1, "row_count_fell")])
def test_a_history_that_would_lose_more_than_half_of_what_it_covers_is_refused(warehouse, accepted, code):
    hold(warehouse, EVENTS, "2025-07", [*events(30, "2025-01-10"), *events(10, "2025-06-02")])
    later = hold(warehouse, EVENTS, "2025-08", events(accepted, "2025-06-01"))
    found = unusual(warehouse, CONTRACTS[EVENTS], later)
    assert [(one.code, one.severity) for one in found] == ([(code, "error")] if code else [])


def test_a_history_is_weighed_against_what_stood_before_it_in_time(warehouse):
    hold(warehouse, EVENTS, "2025-09", events(50, "2025-06-02"))
    first = hold(warehouse, EVENTS, "2025-08", events(3, "2025-06-02"))
    assert unusual(warehouse, CONTRACTS[EVENTS], first) == []
    second = hold(warehouse, EVENTS, "2025-08", events(1, "2025-06-02"), version=2)
    assert unusual(warehouse, CONTRACTS[EVENTS], second)


@pytest.mark.parametrize(("extract", "key"), [(PLANS, "plan_id"), (HOME, "spell_id")])
def test_a_register_that_halves_is_told_and_kept(warehouse, extract, key):
    hold(warehouse, extract, "2025-06", [{key: str(number)} for number in range(10)])
    hold(warehouse, extract, "2025-07", [{key: "1"}], verdict="rejected")
    half = hold(warehouse, extract, "2025-08", [{key: str(number)} for number in range(5)])
    assert unusual(warehouse, CONTRACTS[extract], half) == []
    fewer = hold(warehouse, extract, "2025-09", [{key: str(number)} for number in range(2)])
    (found,) = unusual(warehouse, CONTRACTS[extract], fewer)
    assert (found.code, found.severity) == ("row_count_fell", "warning")


def test_a_register_that_more_than_doubles_is_told_and_kept(warehouse):
    hold(warehouse, PLANS, "2025-08", [{"plan_id": str(number)} for number in range(5)])
    double = hold(warehouse, PLANS, "2025-09", [{"plan_id": str(number)} for number in range(10)])
    assert unusual(warehouse, CONTRACTS[PLANS], double) == []
    more = hold(warehouse, PLANS, "2025-09", [{"plan_id": str(number)} for number in range(21)], version=2)
    (found,) = unusual(warehouse, CONTRACTS[PLANS], more)
    assert (found.code, found.severity) == ("row_count_rose", "warning"), "weighed against the version it supersedes"


def costs(*amounts: float) -> list[dict]:
    return [{"placement_id": str(number), "annual_cost": amount} for number, amount in enumerate(amounts)]


@pytest.mark.parametrize(("amount", "codes"), [(50.0, []), (200.0, []), (49.0, [JUMPED]), (201.0, [JUMPED])])
def test_a_total_that_halves_or_doubles_is_told_by_its_column(warehouse, amount, codes):
    hold(warehouse, COSTS, "2025-08", costs(60, 40))
    found = unusual(warehouse, CONTRACTS[COSTS], hold(warehouse, COSTS, "2025-09", costs(amount, 0)))
    assert [(one.code, one.severity, one.column) for one in found] == [
        (code, "warning", "annual_cost") for code in codes
    ]


def test_a_contract_may_set_other_bounds_and_say_what_stops(warehouse):
    hold(warehouse, COSTS, "2025-08", costs(60, 40))
    later = hold(warehouse, COSTS, "2025-09", costs(90))
    strict = Bounds(rows_fall=0.9, totals=("annual_cost",), totals_fall=0.95, stops=("annual_cost_total_jumped",))
    found = unusual(warehouse, replace(CONTRACTS[COSTS], bounds=strict), later)
    assert [(one.code, one.severity) for one in found] == [("row_count_fell", "warning"), (JUMPED, "error")]
    assert "less than 90%" in found[0].sentence
    lax = Bounds(rows_fall=0, totals=("annual_cost",), totals_fall=0)
    assert unusual(warehouse, replace(CONTRACTS[COSTS], bounds=lax), later) == []


def test_returns_have_no_usual_size(warehouse):
    hold(warehouse, RETURN, "2025-08", [figure("2025-08-31", 1, str(number)) for number in range(9)])
    assert unusual(warehouse, CONTRACTS[RETURN], hold(warehouse, RETURN, "2025-09", [figure("2025-09-30", 97)])) == []


def test_the_first_delivery_of_all_falls_below_nothing(warehouse):
    for extract in (EVENTS, PLANS, HOME):
        assert unusual(warehouse, CONTRACTS[extract], receipt(extract, "2025-09", count=1)) == []
