"""The second calculation is itself right: schools, reviews, advice, money, health and care, by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.independent.calculation import METRICS, calculate
from tests.independent.examples import (
    NOT_AVAILABLE,
    case,
    categories_of,
    delivery,
    exclusion,
    figure,
    numbers_of,
    plan,
    referral,
    request,
    spell,
    young_person,
)
from tests.independent.held import Delivery
from tests.independent.names import (
    ADVICE,
    ALTERNATIVE,
    ATTENDANCE,
    BREAKS,
    CASES,
    COMMUNITY,
    COMPLEX,
    COSTS,
    DISPUTES,
    EARLY_YEARS,
    EDUCATION_RETURN,
    EXCLUSIONS,
    HOME,
    MISSING,
    ND,
    PARTNERSHIP_RETURN,
    PLACES,
    PLANS,
    POST16,
    REQUESTS,
    REVIEWS,
    ROLL,
    THERAPY,
    TIMETABLES,
    YOUTH_JUSTICE,
)
from tests.independent.periods import Row

BORN = {"date_of_birth": date(2012, 3, 5), "sex": "F"}


def sessions(upn: str, month: date, possible: int, absent: int, **more: Any) -> Row:
    row = {"upn": upn, "school_urn": "112700", "month": month, "phase": "primary", "sen_provision": "N"}
    row |= {"sessions_possible": possible, "sessions_attended": possible - absent}
    row |= {"sessions_authorised_absence": absent // 2, "sessions_unauthorised_absence": absent - absent // 2}
    return {**row, **more}


def pupil(upn: str, **more: Any) -> Row:
    row = {"upn": upn, "school_urn": "112700", "phase": "primary", "sen_provision": "N", "enrolment": "C"}
    return {**row, **BORN, **more}


def a_spell(name: str, key: str, started: date, ended: date | None = None, **more: Any) -> Row:
    row = {key: name, "upn": name, "child_id": name, **BORN, "phase": "primary", "sen_provision": "K"}
    return {**row, "start_date": started, "end_date": ended, "known_to_social_care": False, **more}


def review(name: str, due: date, decided: date | None = None, **more: Any) -> Row:
    row = {"review_id": name, "plan_id": name, **BORN, "due_date": due, "decision_date": decided}
    return {**row, "meeting_date": None, "priority_group": "none", **more}


def placement(name: str, cost: float, **more: Any) -> Row:
    row: Row = {"placement_id": name, "placement_type": "independent_special", "provider_type": "independent"}
    row |= {"in_area": False, "start_date": date(2023, 9, 1), "end_date": None, "annual_cost": cost}
    return {**row, "transport_annual_cost": None, **more}


# -- attendance and the roll --------------------------------------------------------------------------------


def test_absence_is_added_up_over_schools_and_months_and_a_tenth_counts():
    september, october = date(2024, 9, 1), date(2024, 10, 1)
    rows = [
        # Three of thirty at the one school, none of none at the other: a tenth exactly.
        sessions("A", september, 30, 3),
        sessions("A", september, 0, 0, school_urn="112701", phase="special"),
        # Two of thirty and one of ten in the other phase: a tenth of all forty is four.
        sessions("B", september, 30, 2),
        sessions("B", september, 10, 1, school_urn="112701", phase="special"),
        # Half in September, less in the two months together.
        sessions("C", september, 20, 10),
        sessions("C", october, 20, 9),
    ]
    cells = calculate([delivery(ATTENDANCE, "2024-09", *rows[:5]), delivery(ATTENDANCE, "2024-10", *rows)])
    assert numbers_of(cells, "attendance_pct", "2024-09") == (74, 90, pytest.approx(7400 / 90), "ok")
    assert numbers_of(cells, "persistent_absence_pct", "2024-09") == (2, 3, pytest.approx(200 / 3), "ok")
    assert numbers_of(cells, "severe_absence_pct", "2024-09") == (1, 3, pytest.approx(100 / 3), "ok")
    assert categories_of(cells, "persistent_absence_pct", "2024-09", "phase") == {
        "primary": pytest.approx(200 / 3), "special": 100.0,
    }  # fmt: skip
    assert numbers_of(cells, "severe_absence_pct", "2024-10", grain="academic_ytd") == (0, 3, 0.0, "ok")
    assert categories_of(cells, "severe_absence_pct", "2024-09", "phase*sen_provision", "academic_ytd") != {}
    assert categories_of(cells, "severe_absence_pct", "2024-09", "phase*sen_provision") == {}


def test_a_month_without_a_possible_session_has_no_denominator():
    cells = calculate([delivery(ATTENDANCE, "2024-08", sessions("A", date(2024, 8, 1), 0, 0))])
    assert numbers_of(cells, "attendance_pct", "2024-08") == (0, 0, None, "z")
    assert numbers_of(cells, "persistent_absence_pct", "2024-08") == (0, 0, None, "z")


def test_head_counts_leave_subsidiary_enrolments_out():
    rows = [
        pupil("A", sen_provision="K", free_school_meals=True),
        pupil("B", enrolment="M", sen_provision="E"),
        pupil("B", enrolment="S", school_urn="112701", phase="special", sen_provision="E"),
        pupil("C"),
    ]
    cells = calculate([delivery(ROLL, "2024-09", *rows)])
    assert numbers_of(cells, "school_pupils_count", "2024-09") == (3, None, 3, "ok")
    assert numbers_of(cells, "sen_support_count", "2024-09") == (1, None, 1, "ok")
    assert numbers_of(cells, "sen_support_pct", "2024-09") == (1, 3, pytest.approx(100 / 3), "ok")
    assert numbers_of(cells, "ehcp_pupils_pct", "2024-09") == (1, 3, pytest.approx(100 / 3), "ok")
    assert categories_of(cells, "school_pupils_count", "2024-09", "phase") == {"primary": 3}
    assert categories_of(cells, "sen_support_pct", "2024-09", "free_school_meals") == {"true": 100.0, "unknown": 0.0}


def test_a_rate_of_suspensions_takes_the_latest_roll_and_has_a_row_when_either_side_has_something():
    events = [exclusion("z", "A1", date(2024, 1, 8)), exclusion("1", "A1", date(2024, 3, 4))]
    roll = [pupil("A1"), pupil("B2"), pupil("C3", enrolment="S", phase="secondary")]
    months = ("2024-01", "2024-02", "2024-03")
    deliveries = [*(delivery(EXCLUSIONS, month, *events) for month in months), delivery(ROLL, "2024-02", *roll)]
    cells = calculate(deliveries)
    assert numbers_of(cells, "suspensions_rate", "2024-01") == NOT_AVAILABLE
    assert numbers_of(cells, "suspensions_rate", "2024-02") == (0, 2, 0.0, "ok")
    assert numbers_of(cells, "suspensions_rate", "2024-03") == (1, 2, 50.0, "ok")
    assert numbers_of(cells, "suspensions_rate", "2024-03", dimension="phase", category="secondary") == (
        1, 0, None, "z",
    )  # fmt: skip
    assert numbers_of(cells, "suspensions_rate", "2024-03", dimension="phase", category="primary") == (0, 2, 0.0, "ok")


def test_open_cases_match_any_enrolment_by_upn_or_a_plan_by_either_number():
    cases = [
        case("by upn", upn="X1"),
        case("by plan", nhs_number="9990000018"),
        case("by nothing", upn="X9"),
        case("too old", upn="X1", date_of_birth=date(2008, 2, 1)),
    ]
    both = [
        delivery(ROLL, "2024-02", pupil("X1", enrolment="S", nhs_number="9990000018")),
        delivery(PLANS, "2024-02", plan("p", nhs_number="9990000018")),
    ]
    cells = calculate([delivery(CASES, "2024-01", *cases), delivery(CASES, "2024-02", *cases), *both])
    assert numbers_of(cells, "social_care_match_pct", "2024-01") == NOT_AVAILABLE
    assert numbers_of(cells, "social_care_match_pct", "2024-02") == (2, 3, pytest.approx(200 / 3), "ok")
    without_plans = calculate([delivery(CASES, "2024-02", *cases), both[0]])
    assert numbers_of(without_plans, "social_care_match_pct", "2024-02") == NOT_AVAILABLE


# -- spells -------------------------------------------------------------------------------------------------


def test_a_timetable_is_active_on_its_last_day_and_open_until_the_day_before():
    rows = [
        a_spell("A", "timetable_id", date(2024, 1, 8), date(2024, 2, 1)),
        a_spell("B", "timetable_id", date(2024, 1, 8), date(2024, 2, 29), planned_end_date=date(2024, 5, 1)),
        a_spell("C", "timetable_id", date(2024, 2, 29), phase="secondary"),
        {**a_spell("D", "timetable_id", date(2024, 2, 1)), "upn": "C"},
        a_spell("E", "timetable_id", date(2024, 1, 8), date(2024, 1, 31)),
    ]
    cells = calculate([delivery(TIMETABLES, "2024-02", *rows)])
    assert numbers_of(cells, "part_time_timetables_count", "2024-02") == (3, None, 3, "ok")  # A, B and C
    assert numbers_of(cells, "part_time_timetables_open_count", "2024-02") == (1, None, 1, "ok")
    assert categories_of(cells, "part_time_timetables_count", "2024-02", "phase") == {"primary": 3, "secondary": 1}
    # Over in the year to date: 24, 52 and 23 days.
    assert numbers_of(cells, "part_time_timetable_weeks_median", "2024-02", grain="academic_ytd") == (
        None, 3, pytest.approx(24 / 7), "ok",
    )  # fmt: skip


def test_missing_education_over_twelve_weeks_is_more_than_84_days():
    close = date(2024, 6, 30)
    rows = [
        {**a_spell(str(days), "spell_id", close), "identified_date": close - timedelta(days=days), "closed_date": None}
        for days in (84, 85, 10)
    ]
    rows[2] |= {"located_date": close, "closed_date": close}
    cells = calculate([delivery(MISSING, "2024-06", *rows)])
    assert numbers_of(cells, "cme_count", "2024-06") == (2, None, 2, "ok")
    assert numbers_of(cells, "cme_over_12_weeks_count", "2024-06") == (1, None, 1, "ok")
    assert numbers_of(cells, "cme_days_to_locate_median", "2024-06") == (None, 1, 10, "ok")
    assert numbers_of(cells, "cme_days_to_locate_median", "2024-06", grain="rolling_12m") == (None, 1, 10, "ok")


def test_fresh_starts_are_placed_by_their_start_with_the_outcome_known_now():
    rows = [
        a_spell("A", "placement_id", date(2024, 1, 8), date(2024, 3, 1), scheme="fresh_start", outcome="sustained"),
        a_spell("B", "placement_id", date(2024, 2, 8), scheme="fresh_start_plus", outcome="ongoing"),
        a_spell("B", "placement_id", date(2024, 2, 8), scheme="day_six", outcome="broken_down", commissioner="school"),
        a_spell("C", "placement_id", date(2024, 2, 8), scheme="send_commissioned", outcome="ongoing"),
    ]
    cells = calculate([delivery(ALTERNATIVE, "2024-02"), delivery(ALTERNATIVE, "2024-03", *rows)])
    assert numbers_of(cells, "ap_placements_open_count", "2024-02") == (4, None, 4, "ok")
    assert numbers_of(cells, "ap_send_commissioned_places_count", "2024-02") == (1, None, 1, "ok")
    for metric, numbers in (
        ("fresh_start_placements_count", (2, None, 2, "ok")),
        ("fresh_start_sustained_pct", (1, 2, 50.0, "ok")),
        ("fresh_start_broken_down_pct", (0, 2, 0.0, "ok")),
    ):
        assert numbers_of(cells, metric, "2024-02", grain="rolling_12m") == numbers


# -- reviews, advice, disputes, early years -----------------------------------------------------------------


def test_reviews_are_on_time_on_the_day_and_overdue_the_day_after():
    close = date(2024, 6, 30)
    rows = [
        review("on the day", date(2024, 6, 10), date(2024, 6, 10), meeting_date=date(2024, 5, 13)),  # 28 days
        review("late", date(2024, 6, 10), date(2024, 7, 9), meeting_date=date(2024, 6, 10)),  # 29 days
        review("undecided", close),
        review("long undecided", date(2024, 5, 1), priority_group="eotas"),
        review("ahead", date(2024, 9, 1)),
    ]
    cells = calculate([delivery(REVIEWS, "2024-06", *rows), delivery(REVIEWS, "2024-07", *rows)])
    assert numbers_of(cells, "annual_reviews_on_time_pct", "2024-06") == (1, 3, pytest.approx(100 / 3), "ok")
    # Completed by the end of July, the last month delivered.
    assert numbers_of(cells, "annual_reviews_completed_pct", "2024-06") == (2, 3, pytest.approx(200 / 3), "ok")
    assert numbers_of(cells, "annual_reviews_decision_within_4_weeks_pct", "2024-06") == (1, 1, 100.0, "ok")
    assert numbers_of(cells, "annual_reviews_decision_within_4_weeks_pct", "2024-07") == (0, 1, 0.0, "ok")
    # At the end of June: the late one and the long undecided; the one due on the day is not yet.
    assert numbers_of(cells, "annual_reviews_overdue_count", "2024-06") == (2, None, 2, "ok")
    assert numbers_of(cells, "annual_reviews_overdue_count", "2024-07") == (2, None, 2, "ok")
    assert categories_of(cells, "annual_reviews_overdue_count", "2024-06", "priority_group") == {"none": 1, "eotas": 1}


def test_advice_is_placed_by_the_day_on_which_it_is_due():
    row = {"adviser": "camhs", "quality_result": None}
    rows = [
        {**row, "advice_id": "in time", "requested_date": date(2024, 2, 1), "received_date": date(2024, 3, 14)},
        {**row, "advice_id": "late", "requested_date": date(2024, 2, 1), "received_date": date(2024, 3, 15)},
        {**row, "advice_id": "never", "requested_date": date(2024, 2, 18), "received_date": None},  # due on 31 March
        {**row, "advice_id": "due in April", "requested_date": date(2024, 2, 19), "received_date": date(2024, 2, 20)},
    ]
    rows[1]["quality_result"], rows[3]["quality_result"] = "compliant", "not_compliant"
    cells = calculate([delivery(ADVICE, "2024-02", *rows), delivery(ADVICE, "2024-03", *rows)])
    assert numbers_of(cells, "health_advice_within_6_weeks_pct", "2024-02") == (0, 0, None, "z")
    assert numbers_of(cells, "health_advice_within_6_weeks_pct", "2024-03") == (1, 3, pytest.approx(100 / 3), "ok")
    assert numbers_of(cells, "health_advice_quality_compliance_pct", "2024-02") == (0, 1, 0.0, "ok")
    assert numbers_of(cells, "health_advice_quality_compliance_pct", "2024-03") == (1, 1, 100.0, "ok")


def test_children_supported_are_distinct_and_notifications_are_not():
    def record(name: str, child: str, kind: str, concern: str) -> Row:
        row = {"record_id": name, "child_id": child, "record_type": kind, "primary_concern": concern}
        return {**row, "record_date": date(2024, 1, 9)}

    rows = [
        record("1", "a", "senif", "semh"),
        record("2", "a", "senif", "communication_and_interaction"),
        record("3", "a", "s23", "other"),
        record("4", "a", "s23", "other"),
    ]
    cells = calculate([delivery(EARLY_YEARS, "2024-01", *rows)])
    assert numbers_of(cells, "senif_children_supported_count", "2024-01") == (1, None, 1, "ok")
    assert numbers_of(cells, "senif_requests_communication_pct", "2024-01") == (1, 2, 50.0, "ok")
    assert numbers_of(cells, "s23_notifications_count", "2024-01") == (2, None, 2, "ok")
    assert numbers_of(cells, "s23_notifications_communication_pct", "2024-01") == (0, 2, 0.0, "ok")
    assert numbers_of(cells, "s23_notifications_count", "2024-01", grain="financial_ytd") == NOT_AVAILABLE


# -- places and money ---------------------------------------------------------------------------------------


def test_placements_cost_something_while_they_are_open():
    close = date(2024, 3, 31)
    rows = [
        placement("A", 100_000.5, transport_annual_cost=4_000),
        placement("B", 50_000, end_date=date(2025, 7, 31), in_area=True, placement_type="mainstream"),
        placement("ended on the day", 70_000, end_date=close, transport_annual_cost=9_000),
    ]
    cells = calculate([delivery(COSTS, "2024-03", *rows)])
    assert numbers_of(cells, "placement_unit_cost_gbp", "2024-03") == (150_000.5, 2, 75_000.25, "ok")
    assert numbers_of(cells, "placement_spend_gbp", "2024-03") == (150_000.5, None, 150_000.5, "ok")
    assert numbers_of(cells, "independent_placement_spend_gbp", "2024-03") == (100_000.5, None, 100_000.5, "ok")
    assert numbers_of(cells, "independent_placements_count", "2024-03") == (1, None, 1, "ok")
    assert numbers_of(cells, "out_of_area_placements_pct", "2024-03") == (1, 2, 50.0, "ok")
    assert numbers_of(cells, "placement_transport_cost_gbp", "2024-03") == (4_000, None, 4_000, "ok")
    assert categories_of(cells, "placement_transport_cost_gbp", "2024-03", "in_area") == {"false": 4_000}
    whole = next(cell for cell in cells if cell["metric_id"] == "placement_transport_cost_gbp")
    assert whole["looked_at"] == (1,)


def test_places_are_sums_and_nothing_commissioned_is_no_denominator():
    row = {"commissioned_places": 0, "filled_places": 4, "planned_places": 2, "place_type": "erp", "phase": "primary"}
    rows = [
        {**row, "school_urn": "1"},
        {**row, "school_urn": "2", "commissioned_places": 40, "place_type": "special"},
    ]
    cells = calculate([delivery(PLACES, "2024-03", *rows)])
    assert numbers_of(cells, "specialist_places_commissioned_count", "2024-03") == (40, None, 40, "ok")
    assert numbers_of(cells, "specialist_places_filled_pct", "2024-03") == (8, 40, 20.0, "ok")
    assert numbers_of(cells, "specialist_places_planned_count", "2024-03") == (4, None, 4, "ok")
    assert numbers_of(
        cells, "specialist_places_filled_pct", "2024-03", dimension="place_type", category="erp"
    ) == (4, 0, None, "z")  # fmt: skip
    assert {cell["looked_at"] for cell in cells} == {()}  # places are not about children


# -- health and care ----------------------------------------------------------------------------------------


def test_a_child_seen_or_closed_on_the_day_no_longer_waits_for_a_community_service():
    close, referred = date(2024, 6, 30), date(2024, 2, 25)
    row = {"service": "audiology", "priority": "routine", **BORN, "referral_date": referred}
    rows = [
        {**row, "referral_id": "seen after 126 days", "first_contact_date": close},
        {**row, "referral_id": "seen after 127", "first_contact_date": close, "referral_date": date(2024, 2, 24)},
        {**row, "referral_id": "closed unseen", "closed_date": close},
        {**row, "referral_id": "waits", "referral_date": close - timedelta(days=14)},
    ]
    cells = calculate([delivery(COMMUNITY, "2024-06", *rows)])
    assert numbers_of(cells, "community_referrals_count", "2024-06") == (1, None, 1, "ok")
    assert numbers_of(cells, "community_waiting_count", "2024-06") == (1, None, 1, "ok")
    assert numbers_of(cells, "community_avg_wait_weeks", "2024-06") == (2.0, 1, 2.0, "ok")
    assert numbers_of(cells, "community_longest_wait_weeks", "2024-06") == (None, 1, 2.0, "ok")
    assert numbers_of(cells, "community_seen_within_18_weeks_pct", "2024-06") == (1, 2, 50.0, "ok")


def test_therapy_is_waited_for_until_an_assessment_or_a_closure():
    close = date(2024, 6, 30)
    row = {**BORN, "referral_date": close - timedelta(days=21)}
    rows = [
        {**row, "referral_id": "waits"},
        {**row, "referral_id": "assessed", "assessment_date": close},
        {**row, "referral_id": "closed", "closed_date": close},
    ]
    cells = calculate([delivery(THERAPY, "2024-06", *rows)])
    assert numbers_of(cells, "la_ot_waiting_count", "2024-06") == (1, None, 1, "ok")
    assert numbers_of(cells, "la_ot_avg_wait_weeks", "2024-06") == (3.0, 1, 3.0, "ok")
    assert numbers_of(cells, "la_ot_longest_wait_weeks", "2024-06") == (None, 1, 3.0, "ok")
    assert categories_of(cells, "la_ot_waiting_count", "2024-06", "age_band") == {"11-15": 1}


def test_a_child_with_two_packages_is_one_child():
    rows = [
        a_spell("a", "package_id", date(2024, 1, 8), package_type="community"),
        {**a_spell("b", "package_id", date(2024, 1, 9), package_type="community"), "child_id": "a"},
        a_spell("c", "package_id", date(2024, 1, 9), date(2024, 2, 29), package_type="direct_payment"),
    ]
    cells = calculate([delivery(BREAKS, "2024-02", *rows)])
    assert numbers_of(cells, "community_short_breaks_children_count", "2024-02") == (1, None, 1, "ok")
    assert numbers_of(cells, "direct_payments_children_count", "2024-02") == (0, None, 0, "ok")
    assert numbers_of(cells, "personal_health_budgets_count", "2024-02") == (0, None, 0, "ok")


def test_young_people_open_to_youth_justice():
    rows = [
        {"child_id": "a", **BORN, "sen_provision": "E", "activity": "NEET"},
        {"child_id": "b", **BORN, "sen_provision": "K", "activity": "EET"},
    ]
    cells = calculate([delivery(YOUTH_JUSTICE, "2024-02", *rows)])
    assert numbers_of(cells, "yjs_open_count", "2024-02") == (2, None, 2, "ok")
    assert numbers_of(cells, "yjs_neet_count", "2024-02") == (1, None, 1, "ok")
    assert numbers_of(cells, "yjs_neet_pct", "2024-02") == (1, 2, 50.0, "ok")
    assert numbers_of(cells, "yjs_ehcp_count", "2024-02") == (1, None, 1, "ok")
    assert categories_of(cells, "yjs_neet_count", "2024-02", "sen_provision") == {"E": 1}


# -- returns of every agency --------------------------------------------------------------------------------


def test_each_agency_returns_its_own_figures_and_misses_its_own_months():
    january, march = date(2024, 1, 31), date(2024, 3, 31)
    cells = calculate(
        [
            delivery(EDUCATION_RETURN, "2024-01", figure("progress8_score", january, -0.25, numerator=-5)),
            delivery(PARTNERSHIP_RETURN, "2024-02", figure("send_ambassadors_count", january, 12)),
            delivery(EDUCATION_RETURN, "2024-03", figure("capital_programme_gbp", march, 3_000_000)),
        ]
    )
    assert numbers_of(cells, "progress8_score", "2024-01") == (-5, None, -0.25, "ok")
    assert numbers_of(cells, "progress8_score", "2024-02") == NOT_AVAILABLE
    assert numbers_of(cells, "send_ambassadors_count", "2024-01") == (None, None, 12, "ok")
    assert numbers_of(cells, "send_ambassadors_count", "2024-03") == NOT_AVAILABLE
    assert not [cell for cell in cells if cell["metric_id"] == "camhs_waiting_count"]


def test_every_metric_is_worked_out_for_every_grain_it_has():
    day = date(2024, 2, 5)
    identified = {**a_spell("a", "spell_id", day), "identified_date": day}
    event = {"event_id": "a", "event_type": "cetr", "event_date": day}
    dispute = {"case_id": "a", "case_type": "tribunal", "opened_date": day}
    record = {"record_id": "a", "child_id": "a", "record_type": "s23", "record_date": day, "primary_concern": "semh"}
    asked = {"advice_id": "a", "adviser": "camhs", "requested_date": day}
    seats = {"school_urn": "1", "commissioned_places": 1, "filled_places": 1, "planned_places": 1}
    rows: dict[str, Row] = {
        REQUESTS: request("a", date(2023, 1, 5)),
        EXCLUSIONS: exclusion("a", "A1", date(2023, 1, 5)),
        HOME: spell("a", day),
        PLANS: plan("a"),
        CASES: case("a"),
        ND: referral("a", day),
        POST16: young_person("a", "210"),
        REVIEWS: review("a", day),
        ROLL: pupil("A1"),
        ATTENDANCE: sessions("A1", date(2023, 1, 1), 10, 1),
        TIMETABLES: a_spell("a", "timetable_id", day),
        MISSING: identified,
        ALTERNATIVE: a_spell("a", "placement_id", day, scheme="day_six"),
        COSTS: placement("a", 1.0),
        PLACES: seats,
        DISPUTES: dispute,
        EARLY_YEARS: record,
        COMMUNITY: {**BORN, "referral_id": "a", "referral_date": day},
        ADVICE: asked,
        COMPLEX: event,
        BREAKS: a_spell("a", "package_id", day, package_type="overnight"),
        THERAPY: {**BORN, "referral_id": "a", "referral_date": day},
        YOUTH_JUSTICE: {"child_id": "a", "sen_provision": "N", "activity": "EET"},
    }
    cells = calculate(Delivery(extract, "2024-02", 1, [row]) for extract, row in rows.items())
    whole = {(cell["metric_id"], cell["grain"]) for cell in cells if cell["dimension"] == "all"}
    assert whole == {(metric.metric_id, grain) for metric in METRICS for grain in metric.grains}
