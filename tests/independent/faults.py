"""Planted faults: each takes a clean row nobody else has, and spoils one thing about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.independent.identifiers import UPN_LETTERS
from tests.independent.names import (
    ADVICE,
    ALTERNATIVE,
    ATTENDANCE,
    BREAKS,
    CARE_RETURN,
    CASES,
    COMMUNITY,
    COMPLEX,
    COSTS,
    DISPUTES,
    EARLY_YEARS,
    EDUCATION_RETURN,
    EXCLUSIONS,
    HEALTH_RETURN,
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
from tests.independent.periods import Row, last_day, month_of, months_later
from tests.independent.spelling import AsTyped


@dataclass(frozen=True)
class Fault:
    """A fault planted in a file: the column it is in, its kind, and the lines it sets aside, the first being 1."""

    extract: str
    month: str
    column: str
    kind: str
    lines: tuple[int, ...]

    @property
    def rows(self) -> int:
        return len(self.lines)

    @property
    def code(self) -> str | None:
        """The error code, for the kinds whose codes are fixed."""
        fixed = {"check_letter", "unknown_code", "after_month_end"}
        return f"{self.column}_{self.kind}" if self.kind in fixed else None


Spoil = Callable[[Row, date], None]


def _set(column: str, value: Any) -> Spoil:
    def spoil(row: Row, close: date) -> None:
        row[column] = AsTyped(value) if isinstance(value, str) else value

    return spoil


def _after_month_end(column: str, *also: str) -> Spoil:
    """A day in the next month; the dates that would have to follow it are left empty."""

    def spoil(row: Row, close: date) -> None:
        row[column] = close + timedelta(days=3)
        for other in also:
            row[other] = None

    return spoil


def _days_before(column: str, other: str, days: int) -> Spoil:
    def spoil(row: Row, close: date) -> None:
        row[column] = row[other] - timedelta(days=days)

    return spoil


def _wrong_check_letter(row: Row, close: date) -> None:
    upn = row["upn"]
    other = UPN_LETTERS[(UPN_LETTERS.index(upn[0]) + 7) % 23]
    row["upn"] = AsTyped(other + upn[1:])


def _wrong_check_digit(row: Row, close: date) -> None:
    number = row["nhs_number"]
    row["nhs_number"] = AsTyped(number[:9] + str((int(number[9]) + 3) % 10))


def _still_awaiting(row: Row) -> None:
    row.update(request_outcome="A", request_outcome_date=None, assessment_outcome=None)
    row.update(assessment_outcome_date=None, named_placement=None)


def _request_outcome_before_received(row: Row, close: date) -> None:
    _still_awaiting(row)
    row.update(request_outcome="Y", request_outcome_date=row["received_date"] - timedelta(days=1))


def _request_received_next_month(row: Row, close: date) -> None:
    _still_awaiting(row)
    row["received_date"] = close + timedelta(days=1)


def _withdrawn_with_a_date(row: Row, close: date) -> None:
    _still_awaiting(row)
    row.update(request_outcome="W", request_outcome_date=row["received_date"])


def _decided_without_a_date(row: Row, close: date) -> None:
    _still_awaiting(row)
    row["request_outcome"] = "N"


def _plan_without_an_assessment(row: Row, close: date) -> None:
    _still_awaiting(row)
    row.update(assessment_outcome="Y", assessment_outcome_date=row["received_date"])


def _outcome_date_no_date(row: Row, close: date) -> None:
    _still_awaiting(row)
    row.update(request_outcome="N", request_outcome_date=AsTyped("tbc"))


def _too_old(row: Row, close: date) -> None:
    row["date_of_birth"] = date(row["received_date"].year - 27, 5, 14)


def _mainstream_without_school(row: Row, close: date) -> None:
    row.update(placement_type="mainstream", school_urn=None)


def _review_decided_before_the_meeting(row: Row, close: date) -> None:
    row.update(meeting_date=close - timedelta(days=2), decision_date=close - timedelta(days=3), decision="M")


def _review_decided_next_month(row: Row, close: date) -> None:
    row.update(meeting_date=None, decision_date=close + timedelta(days=1), decision="A")


def _no_specialist_assessment_with_a_plan(row: Row, close: date) -> None:
    row.update(sen_provision="E", primary_need="NSA")


def _sessions_that_do_not_add_up(row: Row, close: date) -> None:
    row["sessions_attended"] += 1


def _next_month(row: Row, close: date) -> None:
    row["month"] = close + timedelta(days=1)


def _contributions_that_do_not_add_up(row: Row, close: date) -> None:
    row["health_contribution"] += 100


def _excluded_for_some_sessions(row: Row, close: date) -> None:
    row.update(category="PERM", sessions=4)


def _period_ends_next_month(row: Row, close: date) -> None:
    row["period_end"] = last_day(months_later(month_of(close), 1))


def _figure(indicator: str, **more: Any) -> Spoil:
    """A figure that may not be returned, or not like that."""

    def spoil(row: Row, close: date) -> None:
        row.update({"indicator_id": indicator, "numerator": None, "denominator": None, **more})

    return spoil


def _figure_of_the_month(indicator: str) -> Spoil:
    def spoil(row: Row, close: date) -> None:
        row.update(indicator_id=indicator, period_end=close, grain="month", numerator=None, denominator=None)

    return spoil


SomeFaults = tuple[tuple[str, str, Spoil], ...]

PUPIL: SomeFaults = (
    ("upn", "check_letter", _wrong_check_letter),
    ("upn", "missing", _set("upn", None)),
    ("upn", "stated_reason", _set("upn", "UN3")),
)
PERSON: SomeFaults = (
    ("upn", "check_letter", _wrong_check_letter),
    ("nhs_number", "check_digit", _wrong_check_digit),
    ("sex", "missing", _set("sex", None)),
    ("ethnicity", "unknown_code", _set("ethnicity", "ZZZZ")),
    ("date_of_birth", "untypable", _set("date_of_birth", "2009-02-30")),
)


def _faults_of_a_return(of_another: str, computed: str | None, percent: str, count: str) -> SomeFaults:
    """`computed` is made from records that were there from the first month on."""
    faults: SomeFaults = (
        ("indicator_id", "unknown_indicator", _set("indicator_id", "camhs_waiting_total")),
        ("indicator_id", "other_agency", _figure(of_another)),
        ("value", "missing", _set("value", None)),
        ("value", "out_of_range", _figure(percent, value=100.5)),
        ("value", "not_the_quotient", _figure(percent, value=51, numerator=30, denominator=60)),
        ("grain", "unknown_code", _set("grain", "weekly")),
        ("period_end", "not_month_end", _days_before("period_end", "period_end", 1)),
        ("value", "untypable", _set("value", "1.234,5")),
        ("value", "negative", _figure(count, value=-3)),
        ("period_end", "after_month_end", _period_ends_next_month),
    )
    return faults if computed is None else (*faults, ("indicator_id", "computed", _figure_of_the_month(computed)))


FAULTS: dict[str, SomeFaults] = {
    REQUESTS: (
        *PERSON,
        ("request_outcome", "unknown_code", _set("request_outcome", "Q")),
        ("request_outcome_date", "order", _request_outcome_before_received),
        ("received_date", "after_month_end", _request_received_next_month),
        ("request_outcome_date", "only_when", _withdrawn_with_a_date),
        ("request_outcome_date", "only_when", _decided_without_a_date),
        ("assessment_outcome", "only_when", _plan_without_an_assessment),
        ("request_outcome_date", "untypable", _outcome_date_no_date),
        ("date_of_birth", "out_of_range", _too_old),
        ("exception_applies", "missing", _set("exception_applies", None)),
    ),
    PLANS: (
        *PERSON,
        ("placement_type", "unknown_code", _set("placement_type", "boarding")),
        ("start_date", "after_month_end", _after_month_end("start_date")),
        ("primary_need", "missing", _set("primary_need", None)),
        ("school_urn", "only_when", _mainstream_without_school),
        ("personal_budget", "untypable", _set("personal_budget", "maybe")),
    ),
    REVIEWS: (
        *PERSON,
        ("decision_date", "order", _review_decided_before_the_meeting),
        ("decision_date", "after_month_end", _review_decided_next_month),
        ("decision", "only_when", lambda row, close: row.update(decision="M", decision_date=None)),
        ("decision_date", "only_when", lambda row, close: row.update(decision=None, decision_date=close)),
        ("priority_group", "unknown_code", _set("priority_group", "high")),
        ("due_date", "untypable", _set("due_date", "Easter")),
    ),
    ROLL: (
        *PUPIL,
        ("sex", "missing", _set("sex", None)),
        ("ethnicity", "unknown_code", _set("ethnicity", "WBRT")),
        ("date_of_birth", "untypable", _set("date_of_birth", "2012-13-01")),
        ("school_urn", "untypable", _set("school_urn", "12345")),
        ("phase", "unknown_code", _set("phase", "middle")),
        ("primary_need", "only_when", _no_specialist_assessment_with_a_plan),
        ("free_school_meals", "untypable", _set("free_school_meals", "pending")),
        ("enrolment", "unknown_code", _set("enrolment", "G")),
    ),
    ATTENDANCE: (
        *PUPIL,
        ("sessions_possible", "sum", _sessions_that_do_not_add_up),
        ("sessions_attended", "negative", _set("sessions_attended", "-1")),
        ("sessions_possible", "untypable", _set("sessions_possible", "c")),
        ("sessions_possible", "untypable", _set("sessions_possible", "12.5")),
        ("month", "untypable", _set("month", "2022-13")),
        ("month", "late", _next_month),
        ("phase", "unknown_code", _set("phase", "upper")),
        ("sen_provision", "unknown_code", _set("sen_provision", "S")),
    ),
    EXCLUSIONS: (
        *PUPIL,
        ("category", "unknown_code", _set("category", "LUNCH")),
        ("reason_1", "unknown_code", _set("reason_1", "QQ")),
        ("recorded_date", "order", _days_before("recorded_date", "start_date", 2)),
        ("recorded_date", "after_month_end", _after_month_end("recorded_date")),
        ("plan_in_year", "untypable", _set("plan_in_year", "perhaps")),
        ("start_date", "untypable", _set("start_date", "last Tuesday")),
        ("sessions", "only_when", _excluded_for_some_sessions),
    ),
    TIMETABLES: (
        *PUPIL,
        ("end_date", "order", _days_before("end_date", "start_date", 1)),
        ("end_date", "after_month_end", _after_month_end("end_date")),
        ("hours_per_week", "out_of_range", _set("hours_per_week", "25.5")),
        ("reason", "unknown_code", _set("reason", "tired")),
        ("start_date", "missing", _set("start_date", None)),
    ),
    HOME: (
        *PERSON,
        ("end_date", "order", _days_before("end_date", "start_date", 1)),
        ("end_date", "after_month_end", _after_month_end("end_date")),
        ("primary_reason", "unknown_code", _set("primary_reason", "because")),
        ("known_to_social_care", "missing", _set("known_to_social_care", None)),
    ),
    MISSING: (
        *PERSON,
        ("closed_date", "order", _days_before("closed_date", "identified_date", 1)),
        ("located_date", "order", _days_before("located_date", "identified_date", 1)),
        ("located_date", "after_month_end", _after_month_end("located_date")),
        ("reason", "unknown_code", _set("reason", "lost")),
    ),
    ALTERNATIVE: (
        *PUPIL,
        ("end_date", "order", _days_before("end_date", "start_date", 1)),
        ("scheme", "unknown_code", _set("scheme", "day_seven")),
        ("outcome", "missing", _set("outcome", None)),
        ("provider", "missing", _set("provider", None)),
        ("sessions_per_week", "out_of_range", _set("sessions_per_week", "11")),
        ("weekly_cost", "untypable", _set("weekly_cost", "12,5")),
    ),
    POST16: (
        *PERSON,
        ("academic_age", "out_of_range", _set("academic_age", 15)),
        ("academic_age", "untypable", _set("academic_age", "sixteen")),
        ("activity_code", "unknown_code", _set("activity_code", "999")),
        ("sen_provision", "missing", _set("sen_provision", None)),
    ),
    COSTS: (
        ("annual_cost", "sum", _contributions_that_do_not_add_up),
        ("annual_cost", "untypable", _set("annual_cost", "1.234,5")),
        ("transport_annual_cost", "untypable", _set("transport_annual_cost", "~")),
        ("health_contribution", "missing", _set("health_contribution", None)),
        ("in_area", "missing", _set("in_area", None)),
        ("start_date", "after_month_end", _after_month_end("start_date", "end_date")),
        ("end_date", "order", _days_before("end_date", "start_date", 1)),
        ("placement_type", "unknown_code", _set("placement_type", "residential")),
    ),
    PLACES: (
        ("commissioned_places", "negative", _set("commissioned_places", "-4")),
        ("filled_places", "untypable", _set("filled_places", "<5")),
        ("place_type", "unknown_code", _set("place_type", "hub")),
        ("school_name", "missing", _set("school_name", None)),
        ("planned_opening", "untypable", _set("planned_opening", "2026-00")),
    ),
    DISPUTES: (
        ("case_type", "unknown_code", _set("case_type", "appeal")),
        ("issue", "missing", _set("issue", None)),
        ("closed_date", "order", _days_before("closed_date", "opened_date", 1)),
        ("closed_date", "after_month_end", _after_month_end("closed_date")),
        ("opened_date", "untypable", _set("opened_date", "n/k")),
        ("remedy_gbp", "negative", _set("remedy_gbp", "-50")),
    ),
    EARLY_YEARS: (
        *PERSON,
        ("record_type", "unknown_code", _set("record_type", "dafs")),
        ("primary_concern", "missing", _set("primary_concern", None)),
        ("record_date", "after_month_end", _after_month_end("record_date")),
    ),
    ND: (
        *PERSON,
        ("first_contact_date", "order", _days_before("first_contact_date", "referral_date", 1)),
        ("closed_date", "order", _days_before("closed_date", "referral_date", 1)),
        ("closed_date", "after_month_end", _after_month_end("closed_date")),
        ("pathway", "unknown_code", _set("pathway", "dyslexia")),
        ("referral_date", "missing", _set("referral_date", None)),
    ),
    COMMUNITY: (
        *PERSON,
        ("first_contact_date", "order", _days_before("first_contact_date", "referral_date", 1)),
        ("first_contact_date", "after_month_end", _after_month_end("first_contact_date")),
        ("service", "unknown_code", _set("service", "podiatry")),
        ("priority", "missing", _set("priority", None)),
    ),
    ADVICE: (
        ("received_date", "order", _days_before("received_date", "requested_date", 1)),
        ("received_date", "after_month_end", _after_month_end("received_date")),
        ("adviser", "unknown_code", _set("adviser", "gp")),
        ("quality_result", "unknown_code", _set("quality_result", "good")),
        ("request_id", "missing", _set("request_id", None)),
        ("requested_date", "untypable", _set("requested_date", "2023-09-31")),
    ),
    COMPLEX: (
        *PERSON,
        ("event_type", "unknown_code", _set("event_type", "tier_3")),
        ("rag", "unknown_code", _set("rag", "blue")),
        ("event_date", "after_month_end", _after_month_end("event_date")),
    ),
    CASES: (
        *PERSON,
        ("status", "unknown_code", _set("status", "LAC!")),
        ("disabled", "missing", _set("disabled", None)),
        ("start_date", "after_month_end", _after_month_end("start_date")),
    ),
    BREAKS: (
        *PERSON,
        ("package_type", "unknown_code", _set("package_type", "weekend")),
        ("end_date", "order", _days_before("end_date", "start_date", 1)),
        ("start_date", "after_month_end", _after_month_end("start_date", "end_date")),
    ),
    THERAPY: (
        *PERSON,
        ("assessment_date", "order", _days_before("assessment_date", "referral_date", 1)),
        ("closed_date", "after_month_end", _after_month_end("closed_date")),
        ("referral_date", "missing", _set("referral_date", None)),
    ),
    YOUTH_JUSTICE: (
        *PERSON,
        ("activity", "unknown_code", _set("activity", "unknown")),
        ("sen_provision", "missing", _set("sen_provision", None)),
    ),
    EDUCATION_RETURN: _faults_of_a_return(
        "camhs_waiting_count", "ehc_requests_count", "phonics_expected_pct", "independent_travel_training_count"
    ),
    HEALTH_RETURN: _faults_of_a_return(
        "attainment8_score", "dsr_referrals_count", "asq3_coverage_pct", "camhs_waiting_count"
    ),
    CARE_RETURN: _faults_of_a_return(
        "send_ambassadors_count", "social_care_open_count", "cla_send_pct", "disabled_children_count"
    ),
    PARTNERSHIP_RETURN: _faults_of_a_return("cla_send_pct", None, "mft_useful_agree_pct", "parent_forum_members_count"),
}
