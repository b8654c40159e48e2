"""The metrics of health's waits and events, of open cases, short breaks and youth justice, written down again."""

from __future__ import annotations

from collections.abc import Sequence

from tests.independent.held import Held, linked_rows
from tests.independent.metric import (
    FLOW,
    PERSON,
    ROWS,
    STATE,
    Clock,
    Metric,
    both,
    distinct,
    is_code,
    is_open,
    is_true,
    longest_of,
    mean_of,
    median_of,
    share,
)
from tests.independent.names import BREAKS, CASES, COMMUNITY, COMPLEX, ND, PLANS, ROLL, THERAPY, YOUTH_JUSTICE
from tests.independent.periods import Row, age_at


def cases_with_a_plan(held: Held, month: str, population: Sequence[Row]) -> list[Row] | None:
    cases, plans = held.rows_for(CASES, month), held.rows_for(PLANS, month)
    return None if cases is None or plans is None else linked_rows(cases, plans)


def cases_that_say_whether_they_match(held: Held, month: str, population: Sequence[Row]) -> list[Row] | None:
    """Matched to any enrolment on the roll by UPN, or to a plan by UPN or NHS number."""
    cases, roll, plans = (held.rows_for(extract, month) for extract in (CASES, ROLL, PLANS))
    if cases is None or roll is None or plans is None:
        return None
    on_roll = {row["child_id"] for row in linked_rows(cases, [{"upn": row["upn"]} for row in roll])}
    with_plan = {row["child_id"] for row in linked_rows(cases, plans)}
    return [{**row, "matched": row["child_id"] in on_roll | with_plan} for row in cases]


def of_school_age(row: Row, clock: Clock) -> bool:
    return 5 <= age_at(clock.close, row["date_of_birth"]) <= 15


def weeks_waited(row: Row, clock: Clock) -> float:
    return float((clock.close - row["referral_date"]).days) / 7


def waiting_over_52_weeks(row: Row, clock: Clock) -> bool:
    return ND_WAITING(row, clock) and (clock.close - row["referral_date"]).days > 364


def seen_within_18_weeks(row: Row, clock: Clock) -> bool:
    return bool((row["first_contact_date"] - row["referral_date"]).days <= 126)


ND_WAITING = is_open("referral_date", "closed_date")
COMMUNITY_WAITING = is_open("referral_date", "first_contact_date", "closed_date")
THERAPY_WAITING = is_open("referral_date", "assessment_date", "closed_date")
PACKAGE_OPEN = is_open("start_date", "end_date")

_ND = ("pathway", "priority", *PERSON)
_COMMUNITY = ("service", "priority", "age_band", "ward")

METRICS = (
    # Neurodevelopmental referrals
    Metric("nd_referrals_count", ND, ROWS, FLOW, _ND, "referral_date"),
    Metric("nd_waiting_count", ND, ROWS, STATE, _ND, rows=ND_WAITING),
    Metric("nd_avg_wait_weeks", ND, mean_of(weeks_waited), STATE, _ND, rows=ND_WAITING),
    Metric("nd_median_wait_weeks", ND, median_of(weeks_waited), STATE, ("pathway",), rows=ND_WAITING),
    Metric("nd_longest_wait_weeks", ND, longest_of(weeks_waited), STATE, ("pathway",), rows=ND_WAITING),
    Metric(
        "nd_waiting_over_52_weeks_count", ND, ROWS, STATE, ("pathway", "age_band"), rows=waiting_over_52_weeks
    ),
    Metric("nd_closed_count", ND, ROWS, FLOW, ("pathway", "outcome"), "closed_date"),
    # Community services
    Metric("community_referrals_count", COMMUNITY, ROWS, FLOW, _COMMUNITY, "referral_date"),
    Metric("community_waiting_count", COMMUNITY, ROWS, STATE, _COMMUNITY, rows=COMMUNITY_WAITING),
    Metric("community_avg_wait_weeks", COMMUNITY, mean_of(weeks_waited), STATE, _COMMUNITY, rows=COMMUNITY_WAITING),
    Metric(
        "community_longest_wait_weeks", COMMUNITY, longest_of(weeks_waited), STATE, ("service",),
        rows=COMMUNITY_WAITING,
    ),
    Metric(
        "community_seen_within_18_weeks_pct", COMMUNITY, share(seen_within_18_weeks), FLOW, ("service",),
        "first_contact_date",
    ),
    # Children with complex needs
    Metric(
        "dsr_referrals_count", COMPLEX, ROWS, FLOW, ("rag",), "event_date", is_code("event_type", "dsr_referral")
    ),
    Metric("cetr_count", COMPLEX, ROWS, FLOW, (), "event_date", is_code("event_type", "cetr")),
    Metric("laep_count", COMPLEX, ROWS, FLOW, (), "event_date", is_code("event_type", "laep")),
    Metric("t4_admissions_count", COMPLEX, ROWS, FLOW, (), "event_date", is_code("event_type", "tier_4_admission")),
    # Children's services
    Metric("social_care_ehcp_count", CASES, ROWS, STATE, ("status",), view=cases_with_a_plan),
    Metric("social_care_open_count", CASES, ROWS, STATE, ("status", "disabled")),
    Metric(
        "social_care_match_pct", CASES, share(is_true("matched")), STATE, ("status",), rows=of_school_age,
        view=cases_that_say_whether_they_match,
    ),
    Metric(
        "community_short_breaks_children_count", BREAKS, distinct("child_id"), STATE,
        rows=both(PACKAGE_OPEN, is_code("package_type", "community")),
    ),
    Metric(
        "direct_payments_children_count", BREAKS, distinct("child_id"), STATE,
        rows=both(PACKAGE_OPEN, is_code("package_type", "direct_payment")),
    ),
    Metric(
        "personal_health_budgets_count", BREAKS, distinct("child_id"), STATE,
        rows=both(PACKAGE_OPEN, is_code("package_type", "personal_health_budget")),
    ),
    Metric("la_ot_waiting_count", THERAPY, ROWS, STATE, ("age_band",), rows=THERAPY_WAITING),
    Metric("la_ot_avg_wait_weeks", THERAPY, mean_of(weeks_waited), STATE, rows=THERAPY_WAITING),
    Metric("la_ot_longest_wait_weeks", THERAPY, longest_of(weeks_waited), STATE, rows=THERAPY_WAITING),
    Metric("yjs_open_count", YOUTH_JUSTICE, ROWS, STATE, ("sen_provision",)),
    Metric("yjs_neet_count", YOUTH_JUSTICE, ROWS, STATE, ("sen_provision",), rows=is_code("activity", "NEET")),
    Metric("yjs_neet_pct", YOUTH_JUSTICE, share(is_code("activity", "NEET")), STATE, ("sen_provision",)),
    Metric("yjs_ehcp_count", YOUTH_JUSTICE, ROWS, STATE, rows=is_code("sen_provision", "E")),
)  # fmt: skip
