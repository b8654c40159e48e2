"""Marts say once what a held row means: waiting, finished, linked, grouped."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.periods import month_end, period
from metrics.release_format import Grain
from pipelines import marts
from tests.metrics.marts import CONTRACTS
from tests.pipelines.holding import hold, mart
from tests.pipelines.inbox import empty_warehouse
from tests.pipelines.templates import CASES, HOME, PLANS, POST16, REFERRALS, REQUESTS, RETURN

DAY = date.fromisoformat


@pytest.fixture
def warehouse():
    with empty_warehouse() as connection:
        yield connection


def test_a_mart_is_built_after_those_it_reads():
    order = list(marts.mart_queries())
    assert order.index("ehc_plan") < order.index("open_case")
    assert order.index("pupil_on_roll") < order.index("open_case")


def test_every_extract_feeds_a_mart():
    queries = " ".join(marts.mart_queries().values())
    assert [name for name in CONTRACTS if f"held.{name.replace('/', '__')}" not in queries] == []


@pytest.mark.parametrize(
    ("request_outcome", "decided", "assessment_outcome", "issued", "finished", "withdrawn"),
    [
        ("N", "2025-03-10", None, None, "2025-03-10", False),
        ("Y", "2025-03-10", "Y", "2025-06-20", "2025-06-20", False),
        ("Y", "2025-03-10", "N", "2025-06-20", "2025-06-20", False),
        ("Y", "2025-03-10", "A", None, None, False),
        ("Y", "2025-03-10", None, None, None, False),
        ("A", None, None, None, None, False),
        ("W", None, None, None, None, True),
        ("H", None, None, None, None, True),
        ("Y", "2025-03-10", "W", None, None, True),
        ("Y", "2025-03-10", "H", None, None, True),
    ],
)
def test_a_request_is_finished_when_refused_or_decided_and_never_when_withdrawn(
    warehouse, request_outcome, decided, assessment_outcome, issued, finished, withdrawn
):
    row = {
        "request_id": "a",
        "received_date": DAY("2025-01-31"),
        "request_outcome": request_outcome,
        "request_outcome_date": DAY(decided) if decided else None,
        "assessment_outcome": assessment_outcome,
        "assessment_outcome_date": DAY(issued) if issued else None,
    }
    hold(warehouse, REQUESTS, "2025-09", [row])
    marts.build(warehouse)
    (found,) = mart(warehouse, "ehc_request")
    assert found["finished_date"] == (DAY(finished) if finished else None)
    assert found["is_withdrawn"] is withdrawn
    assert found["days_to_issue"] == ((DAY(issued) - DAY("2025-01-31")).days if issued else None)
    assert found["days_to_finish"] == ((DAY(finished) - DAY("2025-01-31")).days if finished else None)


@pytest.mark.parametrize(
    ("referred", "closed", "waiting"),
    [
        ("2025-09-30", None, True),
        ("2025-10-01", None, False),
        ("2024-09-30", "2025-10-01", True),
        ("2024-09-30", "2025-09-30", False),
        ("2024-09-30", "2024-12-01", False),
    ],
)
def test_a_child_waits_from_referral_until_closure(warehouse, referred, closed, waiting):
    row = {"referral_id": "a", "referral_date": DAY(referred), "closed_date": DAY(closed) if closed else None}
    hold(warehouse, REFERRALS, "2025-09", [row])
    marts.build(warehouse)
    (found,) = mart(warehouse, "nd_referral")
    assert found["is_waiting"] is waiting
    assert found["weeks_waited"] == pytest.approx((DAY("2025-09-30") - DAY(referred)).days / 7)


# Who an open case and a plan belong to (UPN, NHS number), the plan's month, and whether they are linked.
LINKS = [
    (("u1", None), ("u1", None), "2025-09", True),
    ((None, "n1"), (None, "n1"), "2025-09", True),
    (("u1", "n1"), ("u2", "n1"), "2025-09", True),
    (("u1", "n1"), (None, "n1"), "2025-09", True),
    (("u1", "n1"), ("u1", "n2"), "2025-09", True),
    (("u1", "n1"), ("u2", "n2"), "2025-09", False),
    ((None, None), (None, None), "2025-09", False),
    (("same", None), (None, "same"), "2025-09", False),
    (("u1", None), ("u1", None), "2025-08", False),
]


@pytest.mark.parametrize(("case", "plan", "month", "linked"), LINKS)
def test_a_case_is_linked_by_upn_or_failing_that_by_nhs_number(warehouse, case, plan, month, linked):
    hold(warehouse, CASES, "2025-09", [{"child_id": "c", "upn": case[0], "nhs_number": case[1]}])
    hold(warehouse, PLANS, month, [{"plan_id": "p", "upn": plan[0], "nhs_number": plan[1]}])
    marts.build(warehouse)
    assert [row["has_ehc_plan"] for row in mart(warehouse, "open_case")] == [linked]


def test_a_case_counts_once_however_many_plans_it_meets(warehouse):
    hold(warehouse, CASES, "2025-09", [{"child_id": "c", "upn": "u", "nhs_number": "n"}])
    plans = [{"plan_id": str(number), "upn": "u", "nhs_number": "n"} for number in range(3)]
    hold(warehouse, PLANS, "2025-09", plans)
    marts.build(warehouse)
    assert [row["child_id"] for row in mart(warehouse, "open_case")] == ["c"]
    assert len(mart(warehouse, "ehc_plan")) == 3


GROUPS = {
    "white": "WBRI WIRI WIRT WOTH WROM",
    "mixed": "MWBC MWBA MWAS MOTH",
    "asian": "AIND APKN ABAN AOTH CHNE",
    "black": "BCRB BAFR BOTH",
    "other": "OOTH",
    None: "REFU NOBT",
}


def test_every_code_of_ethnicity_is_in_its_group(warehouse):
    group_of = {code: group for group, codes in GROUPS.items() for code in codes.split()}
    assert set(group_of) == set(CONTRACTS[HOME].column("ethnicity").codes)
    hold(warehouse, HOME, "2025-09", [{"spell_id": code, "ethnicity": code} for code in [*group_of, None]])
    marts.build(warehouse)
    found = {row["spell_id"]: row["ethnicity_group"] for row in mart(warehouse, "home_education")}
    assert found == group_of | {None: None}


def activity_group(code: int) -> str:
    if 210 <= code <= 290 or code in (310, 320, 381) or 410 <= code <= 460:
        return "is_in_education_or_training"
    if code == 540 or 610 <= code <= 680:
        return "is_neet"
    return "is_not_known" if 810 <= code <= 830 else ""


def test_every_code_of_activity_is_in_its_group_or_in_none(warehouse):
    codes = CONTRACTS[POST16].column("activity_code").codes
    hold(warehouse, POST16, "2025-09", [{"child_id": code, "activity_code": code} for code in codes])
    marts.build(warehouse)
    groups = ("is_in_education_or_training", "is_neet", "is_not_known")
    for row in mart(warehouse, "post16_activity"):
        assert [name for name in groups if row[name]] == [
            one for one in [activity_group(int(row["activity_code"]))] if one
        ]


@pytest.mark.parametrize(
    ("age", "group"), [(16, "16-17"), (17, "16-17"), (18, "18"), (19, "19"), (20, "20-24"), (24, "20-24"), (None, None)]
)
def test_an_academic_age_is_in_its_group(warehouse, age, group):
    hold(warehouse, POST16, "2025-09", [{"child_id": "a", "academic_age": age}])
    marts.build(warehouse)
    assert [row["age_group"] for row in mart(warehouse, "post16_activity")] == [group]


@given(st.sampled_from(Grain), st.dates(date(2001, 1, 1), date(2060, 12, 31)))
def test_a_returned_period_begins_where_a_computed_one_does(returned_period, grain, day):
    closes = month_end(day)
    assert returned_period(grain, closes) == period(grain, closes.replace(day=1)).start


@pytest.fixture(scope="module")
def returned_period():
    """The first day that the mart gives to a figure of a grain that is returned for the period up to a day."""
    with empty_warehouse() as connection:
        hold(connection, RETURN, "2025-09", [{"indicator_id": "a"}])

        def start(grain: str, closes: date) -> Any:
            connection.execute("update staging.health__indicator_return set grain = ?, period_end = ?", [grain, closes])
            query = marts.mart_queries()["indicator"]
            return connection.sql(f"select period_start from ({query})").fetchall()[0][0]

        yield start


SENT = {"indicator_id": "camhs_waiting_count", "grain": "month", "provisional": True}


def returned(warehouse, **numbers: object) -> dict:
    hold(warehouse, RETURN, "2025-09", [SENT | numbers])
    marts.build(warehouse)
    (found,) = mart(warehouse, "indicator")
    return found


@pytest.mark.parametrize("numbers", [{"value": 12.0, "numerator": 24.0, "denominator": 2.0}, {"value": 0.0}])
def test_a_returned_figure_stands_as_sent(warehouse, numbers):
    found = returned(warehouse, **numbers)
    nothing = dict.fromkeys(("numerator", "denominator", "value", "mark"))
    assert {name: found[name] for name in nothing} == nothing | numbers
    assert (found["agency"], found["is_provisional"]) == ("health", True)


@pytest.mark.parametrize("mark", ["c", "x", "z", "low"])
def test_a_figure_with_a_mark_keeps_no_number(warehouse, mark):
    found = returned(warehouse, value_mark=mark, numerator=3.0, denominator=20.0)
    assert (found["numerator"], found["denominator"], found["value"], found["mark"]) == (None, None, None, mark)


@pytest.mark.parametrize(
    "numbers",
    [
        {"value": 10.0, "numerator_mark": "c", "denominator": 20.0},
        {"value": 10.0, "numerator": 2.0, "denominator_mark": "c"},
    ],
    ids=["hidden numerator", "hidden denominator"],
)
def test_what_the_sender_hid_cannot_be_worked_out_from_the_rest_of_the_figure(warehouse, numbers):
    found = returned(warehouse, **numbers)
    assert (found["numerator"], found["value"], found["mark"]) == (None, None, "c")
