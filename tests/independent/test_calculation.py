"""The second calculation is itself right: periods, what is held, requests, exclusions, waits and links, by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.independent.calculation import calculate
from tests.independent.examples import (
    NOT_AVAILABLE,
    case,
    categories_of,
    delivery,
    exclusion,
    issued,
    numbers_of,
    plan,
    referral,
    request,
    spell,
    young_person,
)
from tests.independent.held import linked_rows
from tests.independent.names import CASES, EXCLUSIONS, HOME, ND, PLANS, POST16, REQUESTS
from tests.independent.periods import Row, age_at, age_band, category_of, period_start

# -- periods ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grain", "month", "start"),
    [
        ("month", "2024-02", date(2024, 2, 1)),
        ("quarter", "2024-02", date(2023, 12, 1)),
        ("calendar_ytd", "2024-12", date(2024, 1, 1)),
        ("academic_ytd", "2024-08", date(2023, 9, 1)),
        ("academic_ytd", "2024-09", date(2024, 9, 1)),
        ("financial_ytd", "2024-03", date(2023, 4, 1)),
        ("financial_ytd", "2024-04", date(2024, 4, 1)),
        ("rolling_12m", "2024-08", date(2023, 9, 1)),
    ],
)
def test_a_period_starts_where_its_year_starts(grain, month, start):
    assert period_start(grain, month) == start


def test_both_days_of_a_period_belong_to_it():
    # The academic year to date of August 2024 runs from 1 September 2023 to 31 August 2024: two of the four.
    rows = [
        request("a", date(2023, 8, 31)),
        request("b", date(2023, 9, 1)),
        request("c", date(2024, 8, 31)),
        request("d", date(2024, 9, 1)),
    ]
    cells = calculate([delivery(REQUESTS, "2024-08", *rows[:3]), delivery(REQUESTS, "2024-09", *rows)])
    assert numbers_of(cells, "ehc_requests_count", "2024-08", grain="academic_ytd") == (2, None, 2, "ok")
    assert numbers_of(cells, "ehc_requests_count", "2024-09", grain="academic_ytd") == (1, None, 1, "ok")
    assert numbers_of(cells, "ehc_requests_count", "2024-08") == (1, None, 1, "ok")


def test_a_year_to_date_that_begins_before_the_history_is_not_available():
    # The history begins on 1 September 2023. Rolling over 12 months: from 1 September for August, which is just
    # covered; the calendar year of December 2023 begins in January, which is not.
    rows = [request("a", date(2023, 9, 20))]
    cells = calculate([delivery(REQUESTS, "2023-12", *rows), delivery(REQUESTS, "2024-08", *rows)])
    assert numbers_of(cells, "ehc_requests_count", "2023-12", grain="calendar_ytd") == NOT_AVAILABLE
    assert numbers_of(cells, "ehc_requests_count", "2023-12", grain="rolling_12m") == NOT_AVAILABLE
    assert numbers_of(cells, "ehc_requests_count", "2023-12", grain="academic_ytd") == (1, None, 1, "ok")
    assert numbers_of(cells, "ehc_requests_count", "2023-12") == (0, None, 0, "ok")
    assert numbers_of(cells, "ehc_requests_count", "2024-07", grain="rolling_12m") == NOT_AVAILABLE
    assert numbers_of(cells, "ehc_requests_count", "2024-08", grain="rolling_12m") == (1, None, 1, "ok")
    assert categories_of(cells, "ehc_requests_count", "2024-07", "ward", "rolling_12m") == {}


def test_values_begin_with_the_first_delivery_however_far_the_history_reaches_back():
    cells = calculate([delivery(REQUESTS, "2024-03", request("a", date(2022, 1, 5)))])
    assert {cell["period_end"] for cell in cells} == {date(2024, 3, 31)}


# -- what is held -------------------------------------------------------------------------------------------


def test_a_history_is_replaced_from_the_first_date_of_each_delivery_on():
    first = delivery(
        REQUESTS, "2024-01",
        request("old", date(2023, 11, 5)), request("gone", date(2024, 1, 10)), request("stays", date(2024, 1, 20)),
    )  # fmt: skip
    # From 8 January on only what is sent now is held; "old" lies before and stays.
    second = delivery(
        REQUESTS, "2024-03", request("early", date(2024, 1, 8)), request("stays", date(2024, 1, 20), phase="primary")
    )
    cells = calculate([second, first])
    assert numbers_of(cells, "ehc_requests_count", "2024-01") == (2, None, 2, "ok")
    assert categories_of(cells, "ehc_requests_count", "2024-01", "phase") == {"primary": 1, "unknown": 1}
    # January to March begins after the history, which begins in November.
    assert numbers_of(cells, "ehc_requests_count", "2024-03", grain="calendar_ytd") == (2, None, 2, "ok")
    # February was not delivered, and has a figure all the same.
    assert numbers_of(cells, "ehc_requests_count", "2024-02") == (0, None, 0, "ok")


def test_a_key_that_comes_again_with_another_date_is_one_row():
    first = delivery(REQUESTS, "2024-01", request("a", date(2023, 10, 5)), request("b", date(2024, 1, 10)))
    second = delivery(REQUESTS, "2024-02", request("a", date(2024, 2, 7)))
    cells = calculate([first, second])
    # "a" moved to February; "b" lies before 7 February and stays. The history now begins in January.
    assert numbers_of(cells, "ehc_requests_count", "2024-01") == (1, None, 1, "ok")
    assert numbers_of(cells, "ehc_requests_count", "2024-02", grain="calendar_ytd") == (2, None, 2, "ok")


def test_a_corrected_month_takes_the_place_of_the_first_and_not_of_later_months():
    january = delivery(REQUESTS, "2024-01", request("a", date(2024, 1, 3)), request("b", date(2024, 1, 4)))
    february = delivery(REQUESTS, "2024-02", request("c", date(2024, 2, 5)))
    again = delivery(REQUESTS, "2024-01", request("a", date(2024, 1, 3)), version=2)
    cells = calculate([january, february, again])
    assert numbers_of(cells, "ehc_requests_count", "2024-01") == (1, None, 1, "ok")
    assert numbers_of(cells, "ehc_requests_count", "2024-02") == (1, None, 1, "ok")


def test_months_after_the_last_delivery_of_a_history_are_not_available():
    cells = calculate([delivery(REQUESTS, "2024-01", request("a", date(2024, 1, 3))), delivery(CASES, "2024-02")])
    assert numbers_of(cells, "ehc_requests_count", "2024-02") == NOT_AVAILABLE


def test_a_month_without_its_snapshot_is_not_available_and_nothing_is_carried_forward():
    cells = calculate([delivery(PLANS, "2024-01", plan("p")), delivery(PLANS, "2024-03", plan("p"), plan("q"))])
    assert numbers_of(cells, "ehcp_caseload_count", "2024-01") == (1, None, 1, "ok")
    assert numbers_of(cells, "ehcp_caseload_count", "2024-02") == NOT_AVAILABLE
    assert numbers_of(cells, "ehcp_caseload_count", "2024-03") == (2, None, 2, "ok")
    assert categories_of(cells, "ehcp_caseload_count", "2024-02", "sex") == {}


# -- categories ---------------------------------------------------------------------------------------------


def test_age_turns_with_the_month_of_birth():
    # Born in June 2015: nine until May 2025, ten for all of June.
    assert age_at(date(2025, 5, 31), date(2015, 6, 1)) == 9
    assert age_at(date(2025, 6, 1), date(2015, 6, 30)) == 10
    # 29 February turns at the end of February, in any year.
    assert age_at(date(2023, 2, 28), date(2020, 2, 29)) == 3
    assert age_at(date(2023, 1, 31), date(2020, 2, 29)) == 2
    assert [age_band(age) for age in (0, 4, 5, 10, 11, 15, 16, 19, 20, 25, 26)] == [
        "0-4", "0-4", "5-10", "5-10", "11-15", "11-15", "16-19", "16-19", "20-25", "20-25", "unknown",
    ]  # fmt: skip


def test_the_age_of_a_flow_is_that_of_the_day_that_places_it():
    # Born in June 2013: ten when the request came in May 2024, eleven when the plan was issued in October.
    row = issued("a", date(2024, 5, 20), 150, date_of_birth=date(2013, 6, 25))
    months = ("2023-05", "2024-05", "2024-12")
    early = request("z", date(2023, 5, 1))
    cells = calculate([delivery(REQUESTS, month, early, row) for month in months])
    assert categories_of(cells, "ehc_requests_count", "2024-12", "age_band", "rolling_12m") == {"5-10": 1}
    assert categories_of(cells, "ehc_plans_issued_count", "2024-12", "age_band", "rolling_12m") == {"11-15": 1}


def test_categories_are_codes_groups_and_unknown():
    row = {"ward": "chellaston and shelton lock", "ethnicity": "CHNE", "phase": None, "plan_in_year": True}
    day = date(2024, 1, 31)
    assert category_of(row, "ward", day) == "Chellaston & Shelton Lock"
    assert category_of({"ward": "Hilton"}, "ward", day) == "unknown"
    assert category_of(row, "ethnicity_group", day) == "asian"
    assert category_of({"ethnicity": "REFU"}, "ethnicity_group", day) == "unknown"
    assert category_of(row, "phase*plan_in_year", day) == "unknown*true"


def test_fine_breakdowns_of_a_flow_stand_at_the_rolling_year_alone():
    rows = [request("z", date(2023, 1, 9)), request("a", date(2024, 1, 9), ward="Abbey", phase="primary")]
    cells = calculate([delivery(REQUESTS, "2024-01", *rows)])
    assert categories_of(cells, "ehc_requests_count", "2024-01", "ward", "rolling_12m") == {"Abbey": 1}
    assert categories_of(cells, "ehc_requests_count", "2024-01", "ward") == {}
    assert categories_of(cells, "ehc_requests_count", "2024-01", "phase") == {"primary": 1}


# -- requests and plans -------------------------------------------------------------------------------------


def test_six_weeks_are_42_days_and_both_decisions_count():
    received = date(2024, 1, 2)
    rows = [
        request("in time", received, request_outcome="Y", request_outcome_date=date(2024, 2, 13)),  # 42 days
        request("late", received, request_outcome="N", request_outcome_date=date(2024, 2, 14)),  # 43 days
        request("awaiting", received),
        request("left", received, request_outcome="W"),
    ]
    cells = calculate([delivery(REQUESTS, "2024-02", *rows)])
    assert numbers_of(cells, "ehc_decisions_within_6_weeks_pct", "2024-02") == (1, 2, 50.0, "ok")
    assert numbers_of(cells, "ehc_agreed_to_assess_pct", "2024-02") == (1, 2, 50.0, "ok")
    assert numbers_of(cells, "ehc_refusals_to_assess_count", "2024-02") == (1, None, 1, "ok")
    assert numbers_of(cells, "ehc_requests_count", "2024-02", grain="calendar_ytd") == (4, None, 4, "ok")


def test_twenty_weeks_are_140_days_with_and_without_exceptions():
    # Issued on 30 June 2024 after 140, 141 and 200 days; the last two with a lawful exception and without.
    close = date(2024, 6, 30)
    rows = [
        issued("a", close - timedelta(days=140), 140),
        issued("b", close - timedelta(days=141), 141, exception_applies=True),
        issued("c", close - timedelta(days=200), 200, named_placement="erp"),
        issued("refused", close - timedelta(days=100), 100, assessment_outcome="N"),
    ]
    cells = calculate([delivery(REQUESTS, "2024-06", *rows)])
    assert numbers_of(cells, "ehcp_issued_within_20_weeks_pct", "2024-06") == (1, 3, pytest.approx(100 / 3), "ok")
    assert numbers_of(cells, "ehcp_issued_within_20_weeks_excl_exceptions_pct", "2024-06") == (1, 2, 50.0, "ok")
    assert numbers_of(cells, "ehc_plans_issued_count", "2024-06") == (3, None, 3, "ok")
    assert numbers_of(cells, "ehc_refusals_to_issue_count", "2024-06") == (1, None, 1, "ok")
    assert numbers_of(cells, "ehc_assessment_to_plan_pct", "2024-06") == (3, 4, 75.0, "ok")
    # The median of 20, 141/7 and 200/7 weeks is the middle one.
    assert numbers_of(cells, "ehcp_weeks_to_issue_median", "2024-06") == (None, 3, pytest.approx(141 / 7), "ok")
    # One named placement is a resourced provision in a mainstream school; two have none named.
    assert numbers_of(cells, "new_plans_mainstream_pct", "2024-06") == (1, 3, pytest.approx(100 / 3), "ok")


def test_a_median_of_an_even_number_is_the_mean_of_the_middle_two():
    close = date(2024, 6, 30)
    rows = [issued(str(days), close - timedelta(days=days), days) for days in (70, 140, 154, 210)]
    cells = calculate([delivery(REQUESTS, "2024-06", *rows)])
    assert numbers_of(cells, "ehcp_weeks_to_issue_median", "2024-06") == (None, 4, 21.0, "ok")  # (20 + 22) / 2


def test_a_share_of_nothing_has_no_denominator():
    cells = calculate([delivery(REQUESTS, "2024-06", request("a", date(2024, 6, 3)))])
    assert numbers_of(cells, "ehcp_issued_within_20_weeks_pct", "2024-06") == (0, 0, None, "z")
    assert numbers_of(cells, "ehcp_weeks_to_issue_median", "2024-06") == (None, 0, None, "z")


def test_open_over_twenty_weeks_is_more_than_140_days_and_not_over_by_then():
    close = date(2024, 6, 30)
    received = close - timedelta(days=141)
    rows = [
        request("141 days", received),
        request("140 days", close - timedelta(days=140)),
        request("148 days", close - timedelta(days=148), exception_applies=True),
        request("147 days", close - timedelta(days=147), phase="primary"),
        issued("issued on the day", received, 141),
        issued("issued the day after", received, 142),
        request("refused", received, request_outcome="N", request_outcome_date=date(2024, 3, 1)),
        request("withdrawn", received, request_outcome="W"),
        issued("historical", received, 100, assessment_outcome="H", assessment_outcome_date=None),
    ]
    cells = calculate([delivery(REQUESTS, "2024-06", *rows[:5]), delivery(REQUESTS, "2024-07", *rows)])
    # 141, 148 and 147 days, and the plan that came a day later.
    assert numbers_of(cells, "ehcp_open_over_20_weeks_count", "2024-06") == (4, None, 4, "ok")
    assert categories_of(cells, "ehcp_open_over_20_weeks_count", "2024-06", "phase") == {"primary": 1, "unknown": 3}
    assert numbers_of(cells, "ehcp_open_over_21_weeks_count", "2024-06") == (1, None, 1, "ok")  # 148 days alone


def test_cohorts_mature_on_the_last_day_delivered():
    # Delivered up to 31 July 2024. Received in March: 13 March is exactly 140 days before, 12 March is 141.
    rows = [
        request("141 days, open", date(2024, 3, 12)),
        request("140 days, open", date(2024, 3, 13)),
        request("refused soon", date(2024, 3, 20), request_outcome="N", request_outcome_date=date(2024, 4, 20)),
        issued("issued late", date(2024, 3, 1), 141),
        issued("issued in time", date(2024, 3, 2), 140),
        request("withdrawn", date(2024, 3, 2), request_outcome="W"),
    ]
    deliveries = [delivery(REQUESTS, "2024-03", *rows), delivery(REQUESTS, "2024-07", *rows)]
    metric = "ehcp_requests_received_finished_within_20_weeks_pct"
    # In: 141 days, refused, late, in time. Within 140 days: refused and in time.
    assert numbers_of(calculate(deliveries), metric, "2024-03") == (2, 4, 50.0, "ok")


def test_moving_forward_counts_those_taken_up_among_those_offered():
    decided = {"request_outcome": "N", "request_outcome_date": date(2024, 2, 10)}
    offered, taken = "moving_forward_offered", "moving_forward_taken_up"
    rows = [
        request("a", date(2024, 1, 10), **decided, **{offered: True, taken: True}),
        request("b", date(2024, 1, 10), **decided, **{offered: True, taken: None}),
        request("c", date(2024, 1, 10), **decided, **{offered: False, taken: True}),
        request("d", date(2024, 1, 10), **decided, **{offered: None, taken: True}),
        request("undecided", date(2024, 1, 10), **{offered: True, taken: True}),
    ]
    cells = calculate([delivery(REQUESTS, "2024-02", *rows)])
    assert numbers_of(cells, "mft_takeup_pct", "2024-02") == (1, 2, 50.0, "ok")


def test_plans_maintained_by_need_placement_and_funding():
    rows = [
        plan("a", joint_funded="health", personal_budget=True),
        plan("b", joint_funded="none", personal_budget=False, placement_type="state_special"),
        plan("c", joint_funded=None, personal_budget=None, primary_need="SLCN", placement_type="independent_special"),
        plan("d", joint_funded="both", primary_need="MLD", placement_type="eotas"),
    ]
    cells = calculate([delivery(PLANS, "2024-02", *rows)])
    assert numbers_of(cells, "ehcp_caseload_count", "2024-02") == (4, None, 4, "ok")
    assert categories_of(cells, "ehcp_caseload_count", "2024-02", "joint_funded") == {
        "health": 1, "none": 1, "unknown": 1, "both": 1,
    }  # fmt: skip
    assert numbers_of(cells, "ehcp_communication_need_pct", "2024-02") == (3, 4, 75.0, "ok")
    assert numbers_of(cells, "joint_funded_ehcp_count", "2024-02") == (2, None, 2, "ok")
    assert numbers_of(cells, "ehcp_personal_budget_count", "2024-02") == (1, None, 1, "ok")
    assert categories_of(cells, "ehcp_personal_budget_count", "2024-02", "placement_type") == {"mainstream": 1}
    assert numbers_of(cells, "special_school_share_pct", "2024-02") == (2, 4, 50.0, "ok")
    assert categories_of(cells, "special_school_share_pct", "2024-02", "primary_need") == {
        "ASD": 50.0, "SLCN": 100.0, "MLD": 0.0,
    }  # fmt: skip


# -- suspensions --------------------------------------------------------------------------------------------


def test_suspensions_events_pupils_and_repeats():
    rows = [
        exclusion("before", "A1", date(2023, 9, 4)),
        exclusion("1", "A1", date(2024, 9, 2), known_to_social_care=True),
        exclusion("2", "a1 ", date(2024, 9, 30), phase="alternative_provision"),
        exclusion("3", "B2", date(2024, 9, 10)),
        exclusion("4", "B2", date(2024, 9, 11), category="PERM"),
    ]
    cells = calculate([delivery(EXCLUSIONS, "2024-09", *rows)])
    assert numbers_of(cells, "suspensions_count", "2024-09") == (3, None, 3, "ok")
    assert numbers_of(cells, "permanent_exclusions_count", "2024-09") == (1, None, 1, "ok")
    assert numbers_of(cells, "suspended_pupils_count", "2024-09") == (2, None, 2, "ok")
    assert numbers_of(cells, "suspensions_social_care_known_pct", "2024-09") == (1, 3, pytest.approx(100 / 3), "ok")
    # Two pupils in the year to date, one of them suspended twice; within a phase nobody twice.
    assert numbers_of(cells, "suspensions_repeat_pct", "2024-09", grain="academic_ytd") == (1, 2, 50.0, "ok")
    assert categories_of(cells, "suspensions_repeat_pct", "2024-09", "phase", "academic_ytd") == {
        "secondary": 0.0, "alternative_provision": 0.0,
    }  # fmt: skip
    # A pupil in two categories counts in each, and once in all.
    assert categories_of(cells, "suspended_pupils_count", "2024-09", "phase") == {
        "secondary": 2, "alternative_provision": 1,
    }  # fmt: skip
    assert categories_of(cells, "suspensions_count", "2024-09", "phase*sen_provision", "rolling_12m") == {
        "secondary*K": 2, "alternative_provision*K": 1,
    }  # fmt: skip


# -- elective home education --------------------------------------------------------------------------------


def test_a_spell_is_over_on_its_last_day():
    rows = [
        spell("over on the day", date(2024, 1, 5), date(2024, 3, 31), end_reason="returned_to_school"),
        spell("over the day after", date(2024, 1, 5), date(2024, 4, 1), end_reason="moved_away"),
        spell("begun on the day", date(2024, 3, 31)),
        spell("begun the day after", date(2024, 4, 1)),
    ]
    cells = calculate([delivery(HOME, "2024-03"), delivery(HOME, "2024-04", *rows)])
    assert numbers_of(cells, "ehe_count", "2024-03") == (2, None, 2, "ok")
    assert numbers_of(cells, "ehe_count", "2024-04") == (2, None, 2, "ok")
    assert numbers_of(cells, "ehe_new_count", "2024-03") == (1, None, 1, "ok")
    assert numbers_of(cells, "ehe_returned_count", "2024-03") == (1, None, 1, "ok")
    assert numbers_of(cells, "ehe_returned_count", "2024-04") == (0, None, 0, "ok")
    # Spells are all to date: a year that begins before the first of them is still a year.
    assert numbers_of(cells, "ehe_new_count", "2024-03", grain="rolling_12m") == (3, None, 3, "ok")


def test_home_education_per_child_of_school_age():
    # At the end of March 2024: ages 12, 4 (five in April) and 16 (since March). One of 1,100 is of school age.
    rows = [
        spell("a", date(2024, 1, 5)),
        spell("b", date(2024, 1, 5), date_of_birth=date(2019, 4, 1)),
        spell("c", date(2024, 1, 5), date_of_birth=date(2008, 3, 31)),
    ]
    population = [{"year": year, "age": age, "population": year - 1923} for year in (2023, 2025) for age in range(26)]
    cells = calculate([delivery(HOME, "2024-03", *rows)], population)
    # Eleven ages from 5 to 15, each of 2023 - 1923 = 100 people; the figures of 2025 lie ahead.
    assert numbers_of(cells, "ehe_school_age_pct", "2024-03") == (1, 1100, pytest.approx(100 / 1100), "ok")
    assert numbers_of(calculate([delivery(HOME, "2024-03", *rows)]), "ehe_school_age_pct", "2024-03") == NOT_AVAILABLE


# -- neurodevelopmental waits -------------------------------------------------------------------------------


def test_waits_are_counted_from_referral_to_the_close_of_the_month():
    close = date(2024, 6, 30)
    rows = [
        referral("week", close - timedelta(days=7)),
        referral("year of weeks", close - timedelta(days=364)),
        referral("a day more", close - timedelta(days=365), pathway="adhd"),
        referral("closed on the day", close - timedelta(days=70), close, outcome="diagnosed"),
        referral("closed before", close - timedelta(days=70), date(2024, 5, 31)),
    ]
    cells = calculate([delivery(ND, "2024-06", *rows)])
    total = (7 + 364 + 365) / 7
    assert numbers_of(cells, "nd_waiting_count", "2024-06") == (3, None, 3, "ok")
    assert numbers_of(cells, "nd_avg_wait_weeks", "2024-06") == (
        pytest.approx(total),
        3,
        pytest.approx(total / 3),
        "ok",
    )
    assert numbers_of(cells, "nd_median_wait_weeks", "2024-06") == (None, 3, 52.0, "ok")
    assert numbers_of(cells, "nd_longest_wait_weeks", "2024-06") == (None, 3, pytest.approx(365 / 7), "ok")
    assert numbers_of(cells, "nd_waiting_over_52_weeks_count", "2024-06") == (1, None, 1, "ok")
    assert numbers_of(cells, "nd_closed_count", "2024-06") == (1, None, 1, "ok")
    assert numbers_of(cells, "nd_closed_count", "2024-06", grain="calendar_ytd") == (2, None, 2, "ok")
    assert categories_of(cells, "nd_closed_count", "2024-06", "outcome", "calendar_ytd") == {
        "diagnosed": 1, "unknown": 1,
    }  # fmt: skip


def test_the_flows_of_a_snapshot_are_read_in_the_snapshot_of_the_month_that_closes_the_period():
    april = delivery(ND, "2024-04", referral("a", date(2024, 4, 2)), referral("b", date(2024, 4, 3)))
    may = delivery(ND, "2024-05", referral("a", date(2024, 4, 2)))
    cells = calculate([april, may])
    assert numbers_of(cells, "nd_referrals_count", "2024-04") == (2, None, 2, "ok")
    assert numbers_of(cells, "nd_referrals_count", "2024-05", grain="financial_ytd") == (1, None, 1, "ok")
    # Snapshots have no beginning before which a year would not be known.
    assert numbers_of(cells, "nd_referrals_count", "2024-05", grain="rolling_12m") == (1, None, 1, "ok")


# -- after 16 -----------------------------------------------------------------------------------------------


def test_activity_codes_fall_into_their_groups():
    codes = ["290", "310", "320", "381", "410", "460", "330", "550", "540", "610", "680", "810", "830", "710"]
    rows = [young_person(code, code, sen_provision="E", academic_age=17) for code in codes]
    rows += [young_person("18", "540", sen_provision="K", academic_age=18), young_person("none", "540")]
    cells = calculate([delivery(POST16, "2024-02", *rows)])
    # Aged 16 or 17: the fourteen codes and one without SEND; NEET are 540, 610, 680 and that one.
    assert numbers_of(cells, "neet_16_17_pct", "2024-02") == (4, 15, pytest.approx(400 / 15), "ok")
    assert numbers_of(cells, "neet_or_not_known_16_17_pct", "2024-02") == (6, 15, 40.0, "ok")
    # With SEND: fourteen and the one aged 18.
    assert numbers_of(cells, "neet_send_pct", "2024-02") == (4, 15, pytest.approx(400 / 15), "ok")
    assert numbers_of(cells, "eet_send_pct", "2024-02") == (6, 15, 40.0, "ok")
    assert numbers_of(cells, "send_activity_not_known_pct", "2024-02") == (2, 15, pytest.approx(200 / 15), "ok")
    assert categories_of(cells, "neet_send_pct", "2024-02", "age_group") == {
        "16-17": pytest.approx(300 / 14), "18": 100.0,
    }  # fmt: skip
    assert numbers_of(cells, "supported_internships_count", "2024-02") == (1, None, 1, "ok")


# -- linkage ------------------------------------------------------------------------------------------------


def test_rows_link_by_upn_or_failing_that_by_nhs_number_and_empty_never_equals_empty():
    plans: list[Row] = [
        {"upn": "X123", "nhs_number": None},
        {"upn": None, "nhs_number": "9990000018"},
        {"upn": None, "nhs_number": None},
    ]
    linked: list[Row] = [
        {"upn": "x 123 ", "nhs_number": None},
        {"upn": "OTHER", "nhs_number": "9990000018"},
        {"upn": None, "nhs_number": "9990000018"},
    ]
    strangers: list[Row] = [{"upn": None, "nhs_number": None}, {"upn": "OTHER", "nhs_number": None}]
    assert linked_rows([*linked, *strangers], plans) == linked


def test_open_cases_with_a_plan_need_both_snapshots_of_the_month():
    january = [delivery(CASES, "2024-01", case("a", upn="X1"))]
    february = [
        delivery(CASES, "2024-02", case("a", upn="X1"), case("b", upn="X1", status="CLA"), case("c", disabled=True)),
        delivery(PLANS, "2024-02", plan("p", upn="X1"), plan("q")),
    ]
    cells = calculate([*january, *february])
    assert numbers_of(cells, "social_care_ehcp_count", "2024-01") == NOT_AVAILABLE
    assert numbers_of(cells, "social_care_open_count", "2024-01") == (1, None, 1, "ok")
    assert numbers_of(cells, "social_care_ehcp_count", "2024-02") == (2, None, 2, "ok")
    assert categories_of(cells, "social_care_ehcp_count", "2024-02", "status") == {"CIN": 1, "CLA": 1}
    assert categories_of(cells, "social_care_open_count", "2024-02", "disabled") == {"true": 1, "false": 2}
