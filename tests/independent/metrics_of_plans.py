"""The metrics of requests, plans, reviews, advice, disputes, early years, places and money, written down again."""

from __future__ import annotations

from datetime import date

from tests.independent.metric import (
    FLOW,
    PERSON_AND_NEED,
    ROWS,
    STATE,
    Clock,
    Condition,
    Metric,
    both,
    distinct,
    is_code,
    is_open,
    is_true,
    mean_of,
    median_of,
    share,
    share_of_totals,
    total_of,
)
from tests.independent.names import ADVICE, COSTS, DISPUTES, EARLY_YEARS, PLACES, PLANS, REQUESTS, REVIEWS
from tests.independent.periods import Row


def left_the_process(row: Row) -> bool:
    """Withdrawn or historical, at either stage."""
    return row["request_outcome"] in ("W", "H") or row.get("assessment_outcome") in ("W", "H")


def finished_on(row: Row) -> date | None:
    if left_the_process(row):
        return None
    if row["request_outcome"] == "N":
        refused: date | None = row["request_outcome_date"]
        return refused
    if row.get("assessment_outcome") in ("Y", "N"):
        decided: date | None = row["assessment_outcome_date"]
        return decided
    return None


def open_longer_than(days: int) -> Condition:
    def condition(row: Row, clock: Clock) -> bool:
        if left_the_process(row):
            return False
        finished = finished_on(row)
        if finished is not None and finished <= clock.close:
            return False
        return bool((clock.close - row["received_date"]).days > days)

    return condition


def issued_in_time(row: Row, clock: Clock) -> bool:
    return bool((row["assessment_outcome_date"] - row["received_date"]).days <= 140)


def weeks_to_issue(row: Row, clock: Clock) -> float:
    return float((row["assessment_outcome_date"] - row["received_date"]).days) / 7


def decided_in_six_weeks(row: Row, clock: Clock) -> bool:
    return bool((row["request_outcome_date"] - row["received_date"]).days <= 42)


def without_exception(row: Row, clock: Clock) -> bool:
    return not row["exception_applies"]


def in_cohort(row: Row, clock: Clock) -> bool:
    if left_the_process(row):
        return False
    finished = finished_on(row)
    if finished is not None and finished <= clock.latest:
        return True
    return bool((clock.latest - row["received_date"]).days > 140)


def cohort_finished_in_time(row: Row, clock: Clock) -> bool:
    finished = finished_on(row)
    return finished is not None and finished <= clock.latest and (finished - row["received_date"]).days <= 140


def reviewed_on_time(row: Row, clock: Clock) -> bool:
    return row.get("decision_date") is not None and row["decision_date"] <= row["due_date"]


def review_completed(row: Row, clock: Clock) -> bool:
    return row.get("decision_date") is not None and row["decision_date"] <= clock.latest


def decided_soon_after_meeting(row: Row, clock: Clock) -> bool:
    return row.get("meeting_date") is not None and (row["decision_date"] - row["meeting_date"]).days <= 28


def review_overdue(row: Row, clock: Clock) -> bool:
    decided = row.get("decision_date") is not None and row["decision_date"] <= clock.close
    return bool(row["due_date"] < clock.close and not decided)


def advised_in_time(row: Row, clock: Clock) -> bool:
    return row.get("received_date") is not None and (row["received_date"] - row["requested_date"]).days <= 42


def has_transport(row: Row, clock: Clock) -> bool:
    """An empty cost is not among those summed."""
    return row["transport_annual_cost"] is not None


REQUEST_DECIDED, REFUSED = is_code("request_outcome", "Y", "N"), is_code("request_outcome", "N")
ISSUED, PLAN_DECIDED = is_code("assessment_outcome", "Y"), is_code("assessment_outcome", "Y", "N")
PLACED_NOW = is_open("start_date", "end_date")
INDEPENDENT = both(PLACED_NOW, is_code("placement_type", "independent_special"))
SENIF, SECTION_23 = is_code("record_type", "senif"), is_code("record_type", "s23")
ABOUT_COMMUNICATION = share(is_code("primary_concern", "communication_and_interaction"))

METRICS = (
    # Requests for an assessment
    Metric("ehc_requests_count", REQUESTS, ROWS, FLOW, ("request_source", "phase", *PERSON_AND_NEED), "received_date"),
    Metric(
        "ehc_decisions_within_6_weeks_pct", REQUESTS, share(decided_in_six_weeks), FLOW, ("phase", *PERSON_AND_NEED),
        "request_outcome_date", REQUEST_DECIDED,
    ),
    Metric(
        "ehc_agreed_to_assess_pct", REQUESTS, share(is_code("request_outcome", "Y")), FLOW,
        ("request_source", "phase", *PERSON_AND_NEED), "request_outcome_date", REQUEST_DECIDED,
    ),
    Metric(
        "ehc_refusals_to_assess_count", REQUESTS, ROWS, FLOW, ("request_source", "phase", *PERSON_AND_NEED),
        "request_outcome_date", REFUSED,
    ),
    Metric(
        "mft_takeup_pct", REQUESTS, share(is_true("moving_forward_taken_up")), FLOW, ("phase",),
        "request_outcome_date", is_true("moving_forward_offered"),
    ),
    # Plans issued
    Metric(
        "ehc_plans_issued_count", REQUESTS, ROWS, FLOW, ("phase", "named_placement", *PERSON_AND_NEED),
        "assessment_outcome_date", ISSUED,
    ),
    Metric(
        "ehc_refusals_to_issue_count", REQUESTS, ROWS, FLOW, ("phase", *PERSON_AND_NEED), "assessment_outcome_date",
        is_code("assessment_outcome", "N"),
    ),
    Metric(
        "ehc_assessment_to_plan_pct", REQUESTS, share(ISSUED), FLOW, ("phase", *PERSON_AND_NEED),
        "assessment_outcome_date", PLAN_DECIDED,
    ),
    Metric(
        "ehcp_issued_within_20_weeks_pct", REQUESTS, share(issued_in_time), FLOW,
        ("phase", "request_source", *PERSON_AND_NEED), "assessment_outcome_date", ISSUED,
    ),
    Metric(
        "ehcp_issued_within_20_weeks_excl_exceptions_pct", REQUESTS, share(issued_in_time), FLOW,
        ("phase", "request_source", *PERSON_AND_NEED), "assessment_outcome_date", both(ISSUED, without_exception),
    ),
    Metric(
        "ehcp_requests_received_finished_within_20_weeks_pct", REQUESTS, share(cohort_finished_in_time), FLOW,
        ("phase", *PERSON_AND_NEED), "received_date", in_cohort,
    ),
    Metric(
        "ehcp_weeks_to_issue_median", REQUESTS, median_of(weeks_to_issue), FLOW, ("phase", *PERSON_AND_NEED),
        "assessment_outcome_date", ISSUED,
    ),
    Metric(
        "new_plans_mainstream_pct", REQUESTS, share(is_code("named_placement", "mainstream", "erp", "sen_unit")), FLOW,
        ("phase", "primary_need"), "assessment_outcome_date", ISSUED,
    ),
    # Requests still open
    Metric(
        "ehcp_open_over_20_weeks_count", REQUESTS, ROWS, STATE, ("phase", *PERSON_AND_NEED), rows=open_longer_than(140)
    ),
    Metric("ehcp_open_over_21_weeks_count", REQUESTS, ROWS, STATE, ("phase",), rows=open_longer_than(147)),
    # Plans maintained
    Metric("ehcp_caseload_count", PLANS, ROWS, STATE, ("placement_type", "joint_funded", *PERSON_AND_NEED)),
    Metric(
        "ehcp_communication_need_pct", PLANS, share(is_code("primary_need", "ASD", "SLCN")), STATE,
        ("placement_type", "sex", "age_band"),
    ),
    Metric(
        "joint_funded_ehcp_count", PLANS, ROWS, STATE, ("joint_funded",),
        rows=is_code("joint_funded", "health", "social_care", "both"),
    ),
    Metric(
        "ehcp_personal_budget_count", PLANS, ROWS, STATE, ("placement_type",), rows=is_true("personal_budget")
    ),
    Metric(
        "special_school_share_pct", PLANS, share(is_code("placement_type", "state_special", "independent_special")),
        STATE, ("primary_need",),
    ),
    # Annual reviews
    Metric(
        "annual_reviews_on_time_pct", REVIEWS, share(reviewed_on_time), FLOW, ("priority_group", *PERSON_AND_NEED),
        "due_date",
    ),
    Metric(
        "annual_reviews_completed_pct", REVIEWS, share(review_completed), FLOW, ("priority_group", *PERSON_AND_NEED),
        "due_date",
    ),
    Metric(
        "annual_reviews_decision_within_4_weeks_pct", REVIEWS, share(decided_soon_after_meeting), FLOW,
        ("priority_group",), "decision_date",
    ),
    Metric("annual_reviews_overdue_count", REVIEWS, ROWS, STATE, ("priority_group",), rows=review_overdue),
    # Advice from health
    Metric(
        "health_advice_within_6_weeks_pct", ADVICE, share(advised_in_time), FLOW, ("adviser",),
        "requested_date + 42 days",
    ),
    Metric(
        "health_advice_quality_compliance_pct", ADVICE, share(is_code("quality_result", "compliant")), FLOW,
        ("adviser",), "received_date", is_code("quality_result", "compliant", "not_compliant"),
    ),
    # Disputes
    Metric(
        "sen_tribunal_appeals_count", DISPUTES, ROWS, FLOW, ("issue",), "opened_date", is_code("case_type", "tribunal")
    ),
    Metric(
        "mediation_cases_count", DISPUTES, ROWS, FLOW, ("issue",), "opened_date", is_code("case_type", "mediation")
    ),
    Metric(
        "send_complaints_count", DISPUTES, ROWS, FLOW, ("issue",), "opened_date", is_code("case_type", "complaint")
    ),
    Metric(
        "ombudsman_cases_count", DISPUTES, ROWS, FLOW, ("issue",), "opened_date", is_code("case_type", "ombudsman")
    ),
    # Inclusion in the early years
    Metric(
        "senif_children_supported_count", EARLY_YEARS, distinct("child_id"), FLOW, ("primary_concern",),
        "record_date", SENIF,
    ),
    Metric("senif_requests_communication_pct", EARLY_YEARS, ABOUT_COMMUNICATION, FLOW, (), "record_date", SENIF),
    Metric("s23_notifications_count", EARLY_YEARS, ROWS, FLOW, ("primary_concern",), "record_date", SECTION_23),
    Metric(
        "s23_notifications_communication_pct", EARLY_YEARS, ABOUT_COMMUNICATION, FLOW, (), "record_date", SECTION_23
    ),
    # Placements and what they cost
    Metric(
        "placement_unit_cost_gbp", COSTS, mean_of(lambda row, clock: float(row["annual_cost"])), STATE,
        ("placement_type", "provider_type"), rows=PLACED_NOW,
    ),
    Metric(
        "placement_spend_gbp", COSTS, total_of("annual_cost"), STATE, ("placement_type", "provider_type", "in_area"),
        rows=PLACED_NOW,
    ),
    Metric(
        "independent_placement_spend_gbp", COSTS, total_of("annual_cost"), STATE, ("in_area",), rows=INDEPENDENT
    ),
    Metric("independent_placements_count", COSTS, ROWS, STATE, ("in_area",), rows=INDEPENDENT),
    Metric(
        "out_of_area_placements_pct", COSTS, share(lambda row, clock: row["in_area"] is False), STATE,
        ("placement_type",), rows=PLACED_NOW,
    ),
    Metric(
        "placement_transport_cost_gbp", COSTS, total_of("transport_annual_cost"), STATE,
        ("placement_type", "in_area"), rows=both(PLACED_NOW, has_transport),
    ),
    # Specialist places
    Metric(
        "specialist_places_commissioned_count", PLACES, total_of("commissioned_places"), STATE,
        ("place_type", "phase"), public=True,
    ),
    Metric(
        "specialist_places_filled_pct", PLACES, share_of_totals("filled_places", "commissioned_places"), STATE,
        ("place_type", "phase"), public=True,
    ),
    Metric(
        "specialist_places_planned_count", PLACES, total_of("planned_places"), STATE, ("place_type", "phase"),
        public=True,
    ),
)  # fmt: skip
