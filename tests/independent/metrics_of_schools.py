"""The metrics of attendance, exclusion, the roll, children not in school and life after 16, written down again."""

from __future__ import annotations

from collections.abc import Sequence

from tests.independent.held import Held
from tests.independent.metric import (
    FLOW,
    PART_OF_PEOPLE,
    PER_100,
    PERSON,
    REPEATED,
    ROWS,
    STATE,
    YEARS,
    Clock,
    Condition,
    Metric,
    absent_at_least_one_in,
    both,
    distinct,
    is_code,
    is_open,
    is_true,
    median_of,
    share,
    share_of_totals,
)
from tests.independent.names import (
    ALTERNATIVE,
    ATTENDANCE,
    EXCLUSIONS,
    HOME,
    MISSING,
    POST16,
    ROLL,
    TIMETABLES,
)
from tests.independent.periods import Row, age_at, last_day


def could_attend(row: Row, clock: Clock) -> bool:
    return bool(row["sessions_possible"] > 0)


def is_pupil(row: Row, clock: Clock) -> bool:
    """Head counts leave subsidiary enrolments out."""
    return row["enrolment"] in ("C", "M")


def latest_roll(held: Held, month: str, population: Sequence[Row]) -> list[Row] | None:
    """The pupils of the latest roll up to the month."""
    roll = held.latest_snapshot(ROLL, month)
    return None if roll is None else [row for row in roll if row["enrolment"] in ("C", "M")]


def people_of_school_age(held: Held, month: str, population: Sequence[Row]) -> list[Row] | None:
    """The population's lines for ages 5 to 15, in its latest year up to the month."""
    years = [int(line["year"]) for line in population if int(line["year"]) <= last_day(month).year]
    if not years:
        return None
    return [line for line in population if int(line["year"]) == max(years) and 5 <= int(line["age"]) <= 15]


def active(row: Row, clock: Clock) -> bool:
    """A spell some day of which lies in the period; here its last day counts."""
    ended_before = row.get("end_date") is not None and row["end_date"] < clock.start
    return bool(row["start_date"] <= clock.close and not ended_before)


def weeks_of_spell(row: Row, clock: Clock) -> float:
    return float((row["end_date"] - row["start_date"]).days) / 7


def of_school_age(row: Row, clock: Clock) -> bool:
    return 5 <= age_at(clock.close, row["date_of_birth"]) <= 15


def missing_over_12_weeks(row: Row, clock: Clock) -> bool:
    return MISSING_NOW(row, clock) and (clock.close - row["identified_date"]).days > 84


def aged_16_or_17(row: Row, clock: Clock) -> bool:
    return row["academic_age"] in (16, 17)


def activity_is(*ranges: tuple[int, int]) -> Condition:
    def condition(row: Row, clock: Clock) -> bool:
        code = int(row["activity_code"])
        return any(low <= code <= high for low, high in ranges)

    return condition


LEARNING = activity_is((210, 290), (310, 310), (320, 320), (381, 381), (410, 460))
NEET = activity_is((540, 540), (610, 680))
NOT_KNOWN = activity_is((810, 830))
NEET_OR_NOT_KNOWN = activity_is((540, 540), (610, 680), (810, 830))

SUSPENDED, EXCLUDED = is_code("category", "SUSP"), is_code("category", "PERM")
HAS_SEND = is_code("sen_provision", "K", "E")
OPEN_SPELL = is_open("start_date", "end_date")
MISSING_NOW = is_open("identified_date", "closed_date")
FRESH_START = is_code("scheme", "fresh_start", "fresh_start_plus")

_SEN = ("phase", "sen_provision", "phase*sen_provision")
_EXCLUSION_DIMENSIONS = (
    *_SEN, "plan_in_year", "phase*plan_in_year", "sen_support_in_year", "phase*sen_support_in_year",
    "under_assessment", "phase*under_assessment", "known_to_social_care", "reason_1", "nc_year",
)  # fmt: skip
_TIMETABLE_DIMENSIONS = ("phase", "sen_provision", "nc_year", "reason", "known_to_social_care")
_HOME_DIMENSIONS = ("sen_provision", "primary_reason", "known_to_social_care", *PERSON, "nc_year")
_PUPIL = ("phase", "sex", "ethnicity_group", "ward", "free_school_meals")

METRICS = (
    # Attendance
    Metric(
        "attendance_pct", ATTENDANCE, share_of_totals("sessions_attended", "sessions_possible", behind="upn"),
        ("month", *YEARS), _SEN, "month",
    ),
    Metric(
        "persistent_absence_pct", ATTENDANCE, absent_at_least_one_in(10), ("month", "academic_ytd"), _SEN, "month",
        could_attend,
    ),
    Metric(
        "severe_absence_pct", ATTENDANCE, absent_at_least_one_in(2), ("month", "academic_ytd"), _SEN, "month",
        could_attend,
    ),
    # Suspensions and permanent exclusions
    Metric("suspensions_count", EXCLUSIONS, ROWS, FLOW, _EXCLUSION_DIMENSIONS, "start_date", SUSPENDED),
    Metric("permanent_exclusions_count", EXCLUSIONS, ROWS, FLOW, _EXCLUSION_DIMENSIONS, "start_date", EXCLUDED),
    Metric(
        "suspended_pupils_count", EXCLUSIONS, distinct("upn"), FLOW, ("phase", "sen_provision"), "start_date",
        SUSPENDED,
    ),
    Metric(
        "suspensions_repeat_pct", EXCLUSIONS, REPEATED, YEARS, ("phase", "sen_provision"), "start_date", SUSPENDED
    ),
    Metric(
        "suspensions_rate", EXCLUSIONS, PER_100, ("month", *YEARS), ("phase", "sen_provision"), "start_date",
        SUSPENDED, people=latest_roll,
    ),
    Metric(
        "suspensions_social_care_known_pct", EXCLUSIONS, share(is_true("known_to_social_care")), FLOW, ("phase",),
        "start_date", SUSPENDED,
    ),
    # Part-time timetables
    Metric("part_time_timetables_count", TIMETABLES, distinct("upn"), FLOW, _TIMETABLE_DIMENSIONS, rows=active),
    Metric(
        "part_time_timetables_open_count", TIMETABLES, distinct("upn"), STATE, _TIMETABLE_DIMENSIONS, rows=OPEN_SPELL
    ),
    Metric("part_time_timetable_weeks_median", TIMETABLES, median_of(weeks_of_spell), YEARS, ("phase",), "end_date"),
    # Elective home education
    Metric("ehe_count", HOME, ROWS, STATE, _HOME_DIMENSIONS, rows=OPEN_SPELL),
    Metric("ehe_new_count", HOME, ROWS, FLOW, _HOME_DIMENSIONS, "start_date"),
    Metric(
        "ehe_returned_count", HOME, ROWS, FLOW, ("sen_provision",), "end_date",
        is_code("end_reason", "returned_to_school"),
    ),
    Metric(
        "ehe_school_age_pct", HOME, PART_OF_PEOPLE, STATE, rows=both(OPEN_SPELL, of_school_age),
        people=people_of_school_age,
    ),
    # Children missing education
    Metric(
        "cme_count", MISSING, ROWS, STATE, ("sen_provision", "reason", "known_to_social_care", "sex", "age_band"),
        rows=MISSING_NOW,
    ),
    Metric("cme_over_12_weeks_count", MISSING, ROWS, STATE, ("sen_provision",), rows=missing_over_12_weeks),
    Metric(
        "cme_days_to_locate_median", MISSING,
        median_of(lambda row, clock: float((row["located_date"] - row["identified_date"]).days)), FLOW, (),
        "located_date",
    ),
    # Alternative provision
    Metric(
        "ap_placements_open_count", ALTERNATIVE, ROWS, STATE, ("scheme", "commissioner", "phase", "sen_provision"),
        rows=OPEN_SPELL,
    ),
    Metric(
        "ap_send_commissioned_places_count", ALTERNATIVE, ROWS, STATE, ("scheme",),
        rows=both(OPEN_SPELL, is_code("scheme", "send_commissioned", "inclusion_commissioned")),
    ),
    Metric("fresh_start_placements_count", ALTERNATIVE, ROWS, YEARS, ("scheme", "phase"), "start_date", FRESH_START),
    Metric(
        "fresh_start_sustained_pct", ALTERNATIVE, share(is_code("outcome", "sustained")), YEARS, ("phase",),
        "start_date", FRESH_START,
    ),
    Metric(
        "fresh_start_broken_down_pct", ALTERNATIVE, share(is_code("outcome", "broken_down")), YEARS, ("phase",),
        "start_date", FRESH_START,
    ),
    # The roll
    Metric("school_pupils_count", ROLL, ROWS, STATE, ("phase", "sen_provision"), rows=is_pupil),
    Metric(
        "sen_support_count", ROLL, ROWS, STATE, (*_PUPIL, "primary_need"),
        rows=both(is_pupil, is_code("sen_provision", "K")),
    ),
    Metric("sen_support_pct", ROLL, share(is_code("sen_provision", "K")), STATE, _PUPIL, rows=is_pupil),
    Metric("ehcp_pupils_pct", ROLL, share(is_code("sen_provision", "E")), STATE, _PUPIL, rows=is_pupil),
    # After 16
    Metric(
        "neet_16_17_pct", POST16, share(NEET), STATE, ("sen_provision", "sex", "ethnicity_group", "ward"),
        rows=aged_16_or_17,
    ),
    Metric(
        "neet_or_not_known_16_17_pct", POST16, share(NEET_OR_NOT_KNOWN), STATE, ("sen_provision",), rows=aged_16_or_17
    ),
    Metric("neet_send_pct", POST16, share(NEET), STATE, ("age_group", "sen_provision"), rows=HAS_SEND),
    Metric("eet_send_pct", POST16, share(LEARNING), STATE, ("age_group", "sen_provision"), rows=HAS_SEND),
    Metric("send_activity_not_known_pct", POST16, share(NOT_KNOWN), STATE, ("age_group",), rows=HAS_SEND),
    Metric("supported_internships_count", POST16, ROWS, STATE, rows=activity_is((460, 460))),
)  # fmt: skip
