"""Every figure worked out a second time, in plain lists of rows, to check those the product publishes.

Nothing here is shared with the product: no SQL, no data frames, no definition files. Each metric is written
down again from its description, and each rule about periods, ages, categories and missing data is a small
function. Slow and obvious on purpose.

`calculate` turns accepted deliveries into the cells of `metric_value` before protection, `protect` hides the
small numbers in them, and `compare` says in words where two sets of cells differ.
"""

from __future__ import annotations

import calendar
import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

Row = dict[str, Any]
Cell = dict[str, Any]
Key = tuple[str, str, date, str, str]


@dataclass(frozen=True)
class Delivery:
    """The rows of one accepted file: canonical names, codes and types; quarantined rows already left out."""

    extract: str
    month: str
    version: int
    rows: list[Row]


# ---------------------------------------------------------------------------------------------------------
# What the extracts are

HISTORY, SPELLS, SNAPSHOT = "history", "spells", "snapshot"

KIND = {
    "education/ehc_requests": HISTORY,
    "education/suspensions_exclusions": HISTORY,
    "education/ehe_register": SPELLS,
    "education/ehc_plans": SNAPSHOT,
    "education/post16_activity": SNAPSHOT,
    "health/nd_referrals": SNAPSHOT,
    "care/open_cases": SNAPSHOT,
}
RETURN = "health/indicator_return"
KEY_OF_HISTORY = {"education/ehc_requests": "request_id", "education/suspensions_exclusions": "event_id"}
DATE_OF_HISTORY = {"education/ehc_requests": "received_date", "education/suspensions_exclusions": "start_date"}

WARDS = (
    "Abbey", "Allestree", "Alvaston North", "Alvaston South", "Arboretum", "Blagreaves", "Chaddesden East",
    "Chaddesden North", "Chaddesden West", "Chellaston & Shelton Lock", "Darley", "Littleover",
    "Mackworth & New Zealand", "Mickleover", "Normanton", "Oakwood", "Sinfin & Osmaston", "Spondon",
)  # fmt: skip

ETHNICITY_GROUPS = {
    "white": ("WBRI", "WIRI", "WIRT", "WOTH", "WROM"),
    "mixed": ("MWBC", "MWBA", "MWAS", "MOTH"),
    "asian": ("AIND", "APKN", "ABAN", "AOTH", "CHNE"),
    "black": ("BCRB", "BAFR", "BOTH"),
    "other": ("OOTH",),
    "unknown": ("REFU", "NOBT"),
}


# ---------------------------------------------------------------------------------------------------------
# Months and periods


def first_day(month: str) -> date:
    return date(int(month[:4]), int(month[5:7]), 1)


def last_day(month: str) -> date:
    year, number = int(month[:4]), int(month[5:7])
    return date(year, number, calendar.monthrange(year, number)[1])


def month_of(day: date) -> str:
    return f"{day.year:04d}-{day.month:02d}"


def months_later(month: str, count: int) -> str:
    number = int(month[:4]) * 12 + int(month[5:7]) - 1 + count
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def months_between(first: str, last: str) -> list[str]:
    """Every month from the first to the last, both included; none when the last is before the first."""
    months = []
    month = first
    while month <= last:
        months.append(month)
        month = months_later(month, 1)
    return months


def period_start(grain: str, month: str) -> date:
    year, number = int(month[:4]), int(month[5:7])
    if grain == "month":
        return date(year, number, 1)
    if grain == "quarter":
        return first_day(months_later(month, -2))
    if grain == "calendar_ytd":
        return date(year, 1, 1)
    if grain == "academic_ytd":
        return date(year if number >= 9 else year - 1, 9, 1)
    if grain == "financial_ytd":
        return date(year if number >= 4 else year - 1, 4, 1)
    if grain == "rolling_12m":
        return first_day(months_later(month, -11))
    raise ValueError(f"no grain is called {grain}")


# ---------------------------------------------------------------------------------------------------------
# Categories


def age_at(month_end: date, born: date) -> int:
    """Whole years at the end of the month, from month of birth: whoever turns later in it has turned."""
    months = (month_end.year - born.year) * 12 + (month_end.month - born.month)
    return months // 12


def age_band(age: int) -> str:
    for low, high in ((0, 4), (5, 10), (11, 15), (16, 19), (20, 25)):
        if low <= age <= high:
            return f"{low}-{high}"
    return "unknown"


def age_group(academic_age: int | None) -> str:
    if academic_age is None:
        return "unknown"
    if academic_age in (16, 17):
        return "16-17"
    if academic_age in (18, 19):
        return str(academic_age)
    if 20 <= academic_age <= 24:
        return "20-24"
    return "unknown"


def ethnicity_group(code: str | None) -> str:
    for group, codes in ETHNICITY_GROUPS.items():
        if code in codes:
            return group
    return "unknown"


def _plain_name(name: str) -> str:
    return " ".join(name.lower().replace("&", " and ").split())


_WARD_BY_PLAIN_NAME = {_plain_name(ward): ward for ward in WARDS}


def ward_name(ward: str | None) -> str:
    """The area's own spelling; a ward outside the area, like none at all, is unknown."""
    return "unknown" if ward is None else _WARD_BY_PLAIN_NAME.get(_plain_name(ward), "unknown")


def category_of(row: Row, dimension: str, day: date) -> str:
    """The category of one row; `day` is the day whose month decides the age."""
    if "*" in dimension:
        return "*".join(category_of(row, part, day) for part in dimension.split("*"))
    if dimension in MADE_CATEGORIES:
        return MADE_CATEGORIES[dimension](row, day)
    value = row.get(dimension)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() if value else "unknown"


MADE_CATEGORIES: dict[str, Callable[[Row, date], str]] = {
    "age_band": lambda row, day: age_band(age_at(day, row["date_of_birth"])),
    "age_group": lambda row, day: age_group(row.get("academic_age")),
    "ethnicity_group": lambda row, day: ethnicity_group(row.get("ethnicity")),
    "ward": lambda row, day: ward_name(row.get("ward")),
}


# ---------------------------------------------------------------------------------------------------------
# The metrics, written down again

FLOW = ("month", "calendar_ytd", "academic_ytd", "financial_ytd", "rolling_12m")
STATE = ("month",)

FINE = {
    "age_band", "ethnicity_group", "ward", "primary_need", "nc_year", "reason", "reason_1", "primary_reason",
    "issue", "request_source", "named_placement", "priority_group",
}  # fmt: skip


@dataclass(frozen=True)
class Clock:
    """The two days a condition may look at."""

    close: date  # the last day of the period
    latest: date  # the last day of the extract's latest accepted reporting month


Condition = Callable[[Row, Clock], bool]
Amount = Callable[[Row, Clock], float]


def every_row(row: Row, clock: Clock) -> bool:
    return True


@dataclass(frozen=True)
class Metric:
    """`rows` says which rows are counted (a count) or stand in the denominator (everything else)."""

    metric_id: str
    extract: str
    shape: str  # count, pupils, share, repeat_share, mean, median, maximum, linked_count, population_share
    grains: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    placed_by: str | None = None  # a date column; None for a state at the close of the period
    rows: Condition = every_row
    numerator: Condition | None = None
    amount: Amount | None = None


def has_dimension(metric: Metric, dimension: str, grain: str) -> bool:
    """Fine breakdowns of a flow stand at one grain only; those of a state at its one grain."""
    if dimension not in metric.dimensions or grain not in metric.grains:
        return False
    if len(metric.grains) == 1 or (dimension not in FINE and "*" not in dimension):
        return True
    return grain == ("rolling_12m" if "rolling_12m" in metric.grains else "academic_ytd")


def is_suspension(row: Row, clock: Clock) -> bool:
    return bool(row["category"] == "SUSP")


def is_permanent_exclusion(row: Row, clock: Clock) -> bool:
    return bool(row["category"] == "PERM")


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


def request_decided(row: Row, clock: Clock) -> bool:
    return row["request_outcome"] in ("Y", "N")


def plan_issued(row: Row, clock: Clock) -> bool:
    return row.get("assessment_outcome") == "Y"


def plan_decided(row: Row, clock: Clock) -> bool:
    return row.get("assessment_outcome") in ("Y", "N")


def issued_in_time(row: Row, clock: Clock) -> bool:
    return bool((row["assessment_outcome_date"] - row["received_date"]).days <= 140)


def plan_issued_without_exception(row: Row, clock: Clock) -> bool:
    return plan_issued(row, clock) and not row["exception_applies"]


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


def home_educated(row: Row, clock: Clock) -> bool:
    begun = row["start_date"] <= clock.close
    over = row.get("end_date") is not None and row["end_date"] <= clock.close
    return bool(begun and not over)


def home_educated_school_age(row: Row, clock: Clock) -> bool:
    return home_educated(row, clock) and 5 <= age_at(clock.close, row["date_of_birth"]) <= 15


def waiting(row: Row, clock: Clock) -> bool:
    referred = row["referral_date"] <= clock.close
    over = row.get("closed_date") is not None and row["closed_date"] <= clock.close
    return bool(referred and not over)


def weeks_waited(row: Row, clock: Clock) -> float:
    return float((clock.close - row["referral_date"]).days) / 7


def aged_16_or_17(row: Row, clock: Clock) -> bool:
    return row["academic_age"] in (16, 17)


def has_send(row: Row, clock: Clock) -> bool:
    return row["sen_provision"] in ("K", "E")


def activity_is(*ranges: tuple[int, int]) -> Condition:
    def condition(row: Row, clock: Clock) -> bool:
        code = int(row["activity_code"])
        return any(low <= code <= high for low, high in ranges)

    return condition


LEARNING = activity_is((210, 290), (310, 310), (320, 320), (381, 381), (410, 460))
NEET = activity_is((540, 540), (610, 680))
NOT_KNOWN = activity_is((810, 830))
NEET_OR_NOT_KNOWN = activity_is((540, 540), (610, 680), (810, 830))

_REQUESTS, _PLANS = "education/ehc_requests", "education/ehc_plans"
_EXCLUSIONS, _HOME = "education/suspensions_exclusions", "education/ehe_register"
_POST16, _ND, _CASES = "education/post16_activity", "health/nd_referrals", "care/open_cases"

_PERSON = ("sex", "age_band", "ethnicity_group", "ward")
_PERSON_AND_NEED = (*_PERSON, "primary_need")
_EXCLUSION_DIMENSIONS = (
    "phase", "sen_provision", "phase*sen_provision", "plan_in_year", "phase*plan_in_year", "sen_support_in_year",
    "phase*sen_support_in_year", "under_assessment", "phase*under_assessment", "known_to_social_care", "reason_1",
    "nc_year",
)  # fmt: skip
_HOME_DIMENSIONS = ("sen_provision", "primary_reason", "known_to_social_care", *_PERSON, "nc_year")

METRICS = (
    # Suspensions and permanent exclusions
    Metric("suspensions_count", _EXCLUSIONS, "count", FLOW, _EXCLUSION_DIMENSIONS, "start_date", is_suspension),
    Metric(
        "permanent_exclusions_count", _EXCLUSIONS, "count", FLOW, _EXCLUSION_DIMENSIONS, "start_date",
        is_permanent_exclusion,
    ),
    Metric(
        "suspended_pupils_count", _EXCLUSIONS, "pupils", FLOW, ("phase", "sen_provision"), "start_date", is_suspension
    ),
    Metric(
        "suspensions_repeat_pct", _EXCLUSIONS, "repeat_share", ("academic_ytd", "rolling_12m"),
        ("phase", "sen_provision"), "start_date", is_suspension,
    ),
    Metric(
        "suspensions_social_care_known_pct", _EXCLUSIONS, "share", FLOW, ("phase",), "start_date", is_suspension,
        numerator=lambda row, clock: row["known_to_social_care"] is True,
    ),
    # Care
    Metric("social_care_ehcp_count", _CASES, "linked_count", STATE, ("status",)),
    Metric("social_care_open_count", _CASES, "count", STATE, ("status", "disabled")),
    # Elective home education
    Metric("ehe_count", _HOME, "count", STATE, _HOME_DIMENSIONS, rows=home_educated),
    Metric("ehe_new_count", _HOME, "count", FLOW, _HOME_DIMENSIONS, "start_date"),
    Metric(
        "ehe_returned_count", _HOME, "count", FLOW, ("sen_provision",), "end_date",
        lambda row, clock: row.get("end_reason") == "returned_to_school",
    ),
    Metric("ehe_school_age_pct", _HOME, "population_share", STATE, rows=home_educated_school_age),
    # Requests for an assessment
    Metric(
        "ehc_requests_count", _REQUESTS, "count", FLOW, ("request_source", "phase", *_PERSON_AND_NEED), "received_date"
    ),
    Metric(
        "ehc_decisions_within_6_weeks_pct", _REQUESTS, "share", FLOW, ("phase", *_PERSON_AND_NEED),
        "request_outcome_date", request_decided,
        numerator=lambda row, clock: (row["request_outcome_date"] - row["received_date"]).days <= 42,
    ),
    Metric(
        "ehc_agreed_to_assess_pct", _REQUESTS, "share", FLOW, ("request_source", "phase", *_PERSON_AND_NEED),
        "request_outcome_date", request_decided,
        numerator=lambda row, clock: row["request_outcome"] == "Y",
    ),
    Metric(
        "ehc_refusals_to_assess_count", _REQUESTS, "count", FLOW, ("request_source", "phase", *_PERSON_AND_NEED),
        "request_outcome_date", lambda row, clock: row["request_outcome"] == "N",
    ),
    Metric(
        "mft_takeup_pct", _REQUESTS, "share", FLOW, ("phase",), "request_outcome_date",
        lambda row, clock: row.get("moving_forward_offered") is True,
        numerator=lambda row, clock: row.get("moving_forward_taken_up") is True,
    ),
    # Plans issued
    Metric(
        "ehc_plans_issued_count", _REQUESTS, "count", FLOW, ("phase", "named_placement", *_PERSON_AND_NEED),
        "assessment_outcome_date", plan_issued,
    ),
    Metric(
        "ehc_refusals_to_issue_count", _REQUESTS, "count", FLOW, ("phase", *_PERSON_AND_NEED),
        "assessment_outcome_date", lambda row, clock: row.get("assessment_outcome") == "N",
    ),
    Metric(
        "ehc_assessment_to_plan_pct", _REQUESTS, "share", FLOW, ("phase", *_PERSON_AND_NEED),
        "assessment_outcome_date", plan_decided, numerator=plan_issued,
    ),
    Metric(
        "ehcp_issued_within_20_weeks_pct", _REQUESTS, "share", FLOW, ("phase", "request_source", *_PERSON_AND_NEED),
        "assessment_outcome_date", plan_issued, numerator=issued_in_time,
    ),
    Metric(
        "ehcp_issued_within_20_weeks_excl_exceptions_pct", _REQUESTS, "share", FLOW,
        ("phase", "request_source", *_PERSON_AND_NEED), "assessment_outcome_date", plan_issued_without_exception,
        numerator=issued_in_time,
    ),
    Metric(
        "ehcp_requests_received_finished_within_20_weeks_pct", _REQUESTS, "share", FLOW,
        ("phase", *_PERSON_AND_NEED), "received_date", in_cohort, numerator=cohort_finished_in_time,
    ),
    Metric(
        "ehcp_weeks_to_issue_median", _REQUESTS, "median", FLOW, ("phase", *_PERSON_AND_NEED),
        "assessment_outcome_date", plan_issued,
        amount=lambda row, clock: (row["assessment_outcome_date"] - row["received_date"]).days / 7,
    ),
    Metric(
        "new_plans_mainstream_pct", _REQUESTS, "share", FLOW, ("phase", "primary_need"), "assessment_outcome_date",
        plan_issued,
        numerator=lambda row, clock: row.get("named_placement") in ("mainstream", "erp", "sen_unit"),
    ),
    # Requests still open
    Metric(
        "ehcp_open_over_20_weeks_count", _REQUESTS, "count", STATE, ("phase", *_PERSON_AND_NEED),
        rows=open_longer_than(140),
    ),
    Metric("ehcp_open_over_21_weeks_count", _REQUESTS, "count", STATE, ("phase",), rows=open_longer_than(147)),
    # Plans maintained
    Metric(
        "ehcp_caseload_count", _PLANS, "count", STATE, ("placement_type", "joint_funded", *_PERSON_AND_NEED)
    ),
    Metric(
        "ehcp_communication_need_pct", _PLANS, "share", STATE, ("placement_type", "sex", "age_band"),
        numerator=lambda row, clock: row["primary_need"] in ("ASD", "SLCN"),
    ),
    Metric(
        "joint_funded_ehcp_count", _PLANS, "count", STATE, ("joint_funded",),
        rows=lambda row, clock: row.get("joint_funded") in ("health", "social_care", "both"),
    ),
    Metric(
        "ehcp_personal_budget_count", _PLANS, "count", STATE, ("placement_type",),
        rows=lambda row, clock: row.get("personal_budget") is True,
    ),
    Metric(
        "special_school_share_pct", _PLANS, "share", STATE, ("primary_need",),
        numerator=lambda row, clock: row["placement_type"] in ("state_special", "independent_special"),
    ),
    # Neurodevelopmental referrals
    Metric("nd_referrals_count", _ND, "count", FLOW, ("pathway", "priority", *_PERSON), "referral_date"),
    Metric("nd_waiting_count", _ND, "count", STATE, ("pathway", "priority", *_PERSON), rows=waiting),
    Metric(
        "nd_avg_wait_weeks", _ND, "mean", STATE, ("pathway", "priority", *_PERSON), rows=waiting, amount=weeks_waited
    ),
    Metric("nd_median_wait_weeks", _ND, "median", STATE, ("pathway",), rows=waiting, amount=weeks_waited),
    Metric("nd_longest_wait_weeks", _ND, "maximum", STATE, ("pathway",), rows=waiting, amount=weeks_waited),
    Metric(
        "nd_waiting_over_52_weeks_count", _ND, "count", STATE, ("pathway", "age_band"),
        rows=lambda row, clock: waiting(row, clock) and (clock.close - row["referral_date"]).days > 364,
    ),
    Metric("nd_closed_count", _ND, "count", FLOW, ("pathway", "outcome"), "closed_date"),
    # After 16
    Metric(
        "neet_16_17_pct", _POST16, "share", STATE, ("sen_provision", "sex", "ethnicity_group", "ward"),
        rows=aged_16_or_17, numerator=NEET,
    ),
    Metric(
        "neet_or_not_known_16_17_pct", _POST16, "share", STATE, ("sen_provision",), rows=aged_16_or_17,
        numerator=NEET_OR_NOT_KNOWN,
    ),
    Metric("neet_send_pct", _POST16, "share", STATE, ("age_group", "sen_provision"), rows=has_send, numerator=NEET),
    Metric("eet_send_pct", _POST16, "share", STATE, ("age_group", "sen_provision"), rows=has_send, numerator=LEARNING),
    Metric("send_activity_not_known_pct", _POST16, "share", STATE, ("age_group",), rows=has_send, numerator=NOT_KNOWN),
    Metric("supported_internships_count", _POST16, "count", STATE, rows=activity_is((460, 460))),
)  # fmt: skip

METRIC_BY_ID = {metric.metric_id: metric for metric in METRICS}

# Figures health sends already counted: unit, and whether disclosure looks at them at all.
RETURNED = {
    "down_syndrome_under_25_count": ("count", True),
    "ld_annual_health_check_pct": ("percent", True),
    "camhs_waiting_count": ("count", True),
    "camhs_avg_wait_weeks": ("weeks", True),
    "mhst_waiting_count": ("count", True),
    "mhst_avg_wait_days": ("days", True),
    "eitss_waiting_count": ("count", True),
    "eitss_avg_wait_days": ("days", True),
    "first_steps_ed_referrals_count": ("count", True),
    "first_steps_ed_max_wait_weeks": ("weeks", True),
    "camhs_ed_urgent_within_1_week_pct": ("percent", True),
    "camhs_ed_routine_within_4_weeks_pct": ("percent", True),
    "kooth_new_registrations_count": ("count", True),
    "kooth_logins_count": ("count", False),
    "kooth_support_hours": ("hours", False),
    "kooth_wait_weeks": ("weeks", True),
    "mh_early_support_access_pct": ("percent", True),
    "tlm_survey_responses_count": ("count", True),
    "tlm_anxiety_pct": ("percent", True),
    "camhs_internal_wait_weeks": ("weeks", True),
    "asq3_coverage_pct": ("percent", True),
    "asq3_all_domains_above_threshold_pct": ("percent", True),
    "asq3_domain_above_threshold_pct": ("percent", True),
}


# ---------------------------------------------------------------------------------------------------------
# What is held


class Held:
    """All accepted deliveries, and what they leave in force: one version per extract and month."""

    def __init__(self, deliveries: Iterable[Delivery]) -> None:
        self._by_extract: dict[str, dict[str, Delivery]] = {}
        for delivery in deliveries:
            months = self._by_extract.setdefault(delivery.extract, {})
            present = months.get(delivery.month)
            if present is None or present.version < delivery.version:
                months[delivery.month] = delivery
        self._history: dict[str, list[Row]] = {}

    def extracts(self) -> list[str]:
        return sorted(self._by_extract)

    def delivered_months(self, extract: str) -> list[str]:
        return sorted(self._by_extract.get(extract, {}))

    def deliveries(self, extract: str) -> list[Delivery]:
        """Oldest reporting month first, the latest version of each."""
        return [self._by_extract[extract][month] for month in self.delivered_months(extract)]

    def history(self, extract: str) -> list[Row]:
        """Each delivery replaces what is held from its own first date on, and any row with the same key."""
        if extract not in self._history:
            key, placed = KEY_OF_HISTORY[extract], DATE_OF_HISTORY[extract]
            held: dict[str, Row] = {}
            for delivery in self.deliveries(extract):
                if not delivery.rows:
                    continue
                first = min(row[placed] for row in delivery.rows)
                held = {name: row for name, row in held.items() if row[placed] < first}
                held.update({row[key]: row for row in delivery.rows})
            self._history[extract] = list(held.values())
        return self._history[extract]

    def history_begins(self, extract: str) -> date:
        earliest: date = min(row[DATE_OF_HISTORY[extract]] for row in self.history(extract))
        return earliest.replace(day=1)

    def rows_for(self, extract: str, month: str) -> list[Row] | None:
        """The rows a month's figures are made from; None when the month has no values."""
        months = self.delivered_months(extract)
        if KIND[extract] == SNAPSHOT:
            return self._by_extract[extract][month].rows if month in months else None
        if not months or not months[0] <= month <= months[-1]:
            return None
        return self.history(extract) if KIND[extract] == HISTORY else self.deliveries(extract)[-1].rows


def release_month(held: Held, quorum: int = 1) -> str | None:
    """The latest month with an accepted delivery from enough agencies."""
    agencies: dict[str, set[str]] = {}
    for extract in held.extracts():
        for month in held.delivered_months(extract):
            agencies.setdefault(month, set()).add(extract.split("/")[0])
    return max((month for month, names in agencies.items() if len(names) >= quorum), default=None)


# ---------------------------------------------------------------------------------------------------------
# Linkage


def _identifier(value: str | None) -> str:
    return "" if value is None else "".join(value.split()).upper()


def linked_rows(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """The rows that meet one of the others by UPN or, failing that, by NHS number. Empty never equals empty."""
    upns = {_identifier(other.get("upn")) for other in others} - {""}
    nhs_numbers = {_identifier(other.get("nhs_number")) for other in others} - {""}
    linked = []
    for row in rows:
        by_upn = _identifier(row.get("upn")) in upns
        by_nhs_number = _identifier(row.get("nhs_number")) in nhs_numbers
        if by_upn or by_nhs_number:
            linked.append(row)
    return linked


# ---------------------------------------------------------------------------------------------------------
# Numbers


def _number(metric: Metric, rows: Sequence[Row], clock: Clock) -> dict[str, Any]:
    """Numerator, denominator, value, status and what disclosure looks at, for the rows of one cell."""
    if metric.shape in ("count", "linked_count"):
        number = _count(len(rows))
    elif metric.shape == "pupils":
        number = _count(len({_identifier(row["upn"]) for row in rows}))
    elif metric.shape == "share":
        assert metric.numerator is not None
        number = _share(sum(1 for row in rows if metric.numerator(row, clock)), len(rows))
    elif metric.shape == "repeat_share":
        times: dict[str, int] = {}
        for row in rows:
            pupil = _identifier(row["upn"])
            times[pupil] = times.get(pupil, 0) + 1
        number = _share(sum(1 for count in times.values() if count >= 2), len(times))
    else:
        assert metric.amount is not None
        number = _average(metric.shape, [metric.amount(row, clock) for row in rows])
    return number


def _count(count: int) -> dict[str, Any]:
    return {"numerator": count, "denominator": None, "value": count, "status": "ok", "looked_at": (count,)}


def _share(numerator: int, denominator: int) -> dict[str, Any]:
    value = 100 * numerator / denominator if denominator else None
    return {
        "numerator": numerator,
        "denominator": denominator,
        "value": value,
        "status": "ok" if denominator else "z",
        "looked_at": (numerator, denominator, denominator - numerator),
    }


def _average(shape: str, amounts: list[float]) -> dict[str, Any]:
    number: dict[str, Any] = {
        "numerator": math.fsum(amounts) if shape == "mean" else None,
        "denominator": len(amounts),
        "value": None,
        "status": "ok" if amounts else "z",
        "looked_at": (len(amounts),),
    }
    if amounts:
        averages: dict[str, Callable[[list[float]], float]] = {
            "mean": statistics.fmean,
            "median": statistics.median,
            "maximum": max,
        }
        number["value"] = averages[shape](amounts)
    return number


def _cell(metric_id: str, grain: str, month: str, dimension: str, category: str, number: dict[str, Any] | None) -> Cell:
    """One row of `metric_value`; without a number it is one that is not available."""
    missing = {"numerator": None, "denominator": None, "value": None, "status": "x", "looked_at": ()}
    return {
        "metric_id": metric_id,
        "grain": grain,
        "period_start": period_start(grain, month),
        "period_end": last_day(month),
        "dimension": dimension,
        "category": category,
        **(missing if number is None else number),
        "is_provisional": False,
    }


# ---------------------------------------------------------------------------------------------------------
# Computed metrics


def _population_aged_5_to_15(population: Sequence[Row], close: date) -> int | None:
    years = [int(line["year"]) for line in population if int(line["year"]) <= close.year]
    if not years:
        return None
    latest = max(years)
    return sum(
        int(line["population"]) for line in population if int(line["year"]) == latest and 5 <= int(line["age"]) <= 15
    )


def _cells_of_month(metric: Metric, held: Held, month: str, clock: Clock, people: int | None) -> Iterable[Cell]:
    """`people` is the denominator a population gives, for the metric that has one."""
    rows = held.rows_for(metric.extract, month)
    if metric.shape == "linked_count":
        plans = held.rows_for(_PLANS, month)
        rows = None if rows is None or plans is None else linked_rows(rows, plans)
    if metric.shape == "population_share" and people is None:
        rows = None

    for grain in metric.grains:
        start = period_start(grain, month)
        if rows is None or _begins_too_early(metric, held, grain, start):
            yield _cell(metric.metric_id, grain, month, "all", "all", None)
            continue

        inside = _rows_of_period(metric, rows, start, clock)
        if metric.shape == "population_share":
            assert people is not None
            yield _cell(metric.metric_id, grain, month, "all", "all", _share(len(inside), people))
            continue
        yield _cell(metric.metric_id, grain, month, "all", "all", _number(metric, inside, clock))

        for dimension in metric.dimensions:
            if not has_dimension(metric, dimension, grain):
                continue
            groups: dict[str, list[Row]] = {}
            for row in inside:
                day = clock.close if metric.placed_by is None else row[metric.placed_by]
                groups.setdefault(category_of(row, dimension, day), []).append(row)
            for category, members in sorted(groups.items()):
                yield _cell(metric.metric_id, grain, month, dimension, category, _number(metric, members, clock))


def _begins_too_early(metric: Metric, held: Held, grain: str, start: date) -> bool:
    """A year to date or rolling period that begins before the history it is made from."""
    return KIND[metric.extract] == HISTORY and grain != "month" and start < held.history_begins(metric.extract)


def _rows_of_period(metric: Metric, rows: Sequence[Row], start: date, clock: Clock) -> list[Row]:
    inside = list(rows)
    if metric.placed_by is not None:
        placed = metric.placed_by
        inside = [row for row in inside if row.get(placed) is not None and start <= row[placed] <= clock.close]
    return [row for row in inside if metric.rows(row, clock)]


def _computed_cells(held: Held, release: str, population: Sequence[Row]) -> Iterable[Cell]:
    for metric in METRICS:
        months = held.delivered_months(metric.extract)
        if not months:
            continue
        for month in months_between(months[0], release):
            clock = Clock(close=last_day(month), latest=last_day(months[-1]))
            people = _population_aged_5_to_15(population, clock.close)
            yield from _cells_of_month(metric, held, month, clock, people)


# ---------------------------------------------------------------------------------------------------------
# Returned figures


def _returned_cells(held: Held, release: str) -> Iterable[Cell]:
    months = held.delivered_months(RETURN)
    if not months:
        return
    latest: dict[Key, Row] = {}
    for delivery in held.deliveries(RETURN):
        for row in delivery.rows:
            key = (row["indicator_id"], row["grain"], row["period_end"], row["dimension"], row["category"])
            latest[key] = row
    for (metric_id, grain, period_end, dimension, category), row in latest.items():
        if metric_id in METRIC_BY_ID:
            first = held.delivered_months(METRIC_BY_ID[metric_id].extract)
            if first and month_of(period_end) >= first[0]:
                continue  # a return never stands in for a figure that is computed
        status = row.get("status", "ok")
        number = {
            "numerator": row.get("numerator") if status == "ok" else None,
            "denominator": row.get("denominator") if status == "ok" else None,
            "value": row["value"] if status == "ok" else None,
            "status": status,
        }
        number["looked_at"] = _looked_at_in_return(metric_id, number)
        cell = _cell(metric_id, grain, month_of(period_end), dimension, category, number)
        yield {**cell, "is_provisional": row["provisional"]}
    for metric_id in RETURNED:
        for month in months_between(months[0], release):
            sent = (metric_id, "month", last_day(month), "all", "all") in latest
            if month not in months and not sent:
                yield _cell(metric_id, "month", month, "all", "all", None)


def _looked_at_in_return(metric_id: str, number: dict[str, Any]) -> tuple[float, ...]:
    if metric_id in RETURNED:
        unit, protected = RETURNED[metric_id]
    else:
        unit, protected = ("count" if METRIC_BY_ID[metric_id].shape in ("count", "linked_count") else "other"), True
    if not protected:
        return ()
    candidates = [number["numerator"], number["denominator"]]
    if unit == "count":
        candidates.append(number["value"])
    return tuple(candidate for candidate in candidates if candidate is not None)


# ---------------------------------------------------------------------------------------------------------
# The three functions tests use


def calculate(deliveries: Iterable[Delivery], population: Sequence[Row] = (), quorum: int = 1) -> list[Cell]:
    """Every cell of `metric_value` before protection, for the metrics these eight extracts feed.

    `population` has rows of `year`, `age` and `population`. A cell also carries `looked_at`: the numbers of
    people disclosure control looks at.
    """
    held = Held(deliveries)
    release = release_month(held, quorum)
    if release is None:
        return []
    return [*_computed_cells(held, release, population), *_returned_cells(held, release)]


def protect(cells: Iterable[Cell], below: int = 5) -> list[Cell]:
    """Primary suppression: a number of people from 1 up to `below`, exclusive, hides its cell. Zero is shown."""
    return [_hide(cell, below) if _is_unsafe(cell, below) else cell for cell in cells]


def _is_unsafe(cell: Cell, below: int) -> bool:
    return cell["status"] == "ok" and any(0 < number < below for number in cell["looked_at"])


def _hide(cell: Cell, below: int) -> Cell:
    denominator = cell["denominator"]
    if denominator is not None and 0 < denominator < below:
        denominator = None
    return {**cell, "status": "c", "numerator": None, "value": None, "denominator": denominator}


def compare(expected: Iterable[Cell], actual: Iterable[Cell]) -> list[str]:
    """One sentence per difference: cells missing, cells too many, and other numbers. Empty when they agree.

    A zero row for a category in which nothing falls is allowed, where the metric has that breakdown.
    """
    differences = []
    wanted = {_key(cell): cell for cell in expected}
    found: dict[Key, Cell] = {}
    for cell in actual:
        if _key(cell) in found:
            differences.append(f"{_address(cell)}: there twice")
        found[_key(cell)] = cell
    for key, cell in wanted.items():
        if key not in found:
            differences.append(f"{_address(cell)}: missing, expected {_in_words(cell)}")
            continue
        unlike = _unlike(cell, found[key])
        if unlike:
            differences.append(
                f"{_address(cell)}: {', '.join(unlike)}: expected {_in_words(cell)}, found {_in_words(found[key])}"
            )
    for key, cell in found.items():
        if key not in wanted and not _is_harmless_zero(cell, wanted):
            differences.append(f"{_address(cell)}: too many, found {_in_words(cell)}")
    return sorted(differences)


def _key(cell: Cell) -> Key:
    return (cell["metric_id"], cell["grain"], cell["period_end"], cell["dimension"], cell["category"])


def _address(cell: Cell) -> str:
    return f"{cell['metric_id']} {cell['grain']} {month_of(cell['period_end'])} {cell['dimension']}={cell['category']}"


def _in_words(cell: Cell) -> str:
    return f"{cell['numerator']}/{cell['denominator']} = {cell['value']} ({cell['status']})"


def _same_number(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def _unlike(expected: Cell, actual: Cell) -> list[str]:
    """The columns in which two cells differ. Without a denominator the numerator may be 0 or empty."""
    columns = [
        column for column in ("numerator", "denominator", "value") if not _same_number(expected[column], actual[column])
    ]
    if expected["status"] == "z" and actual["status"] == "z" and not actual["numerator"] and not expected["numerator"]:
        columns = [column for column in columns if column != "numerator"]
    exact = ["period_start", "status"] + (["is_provisional"] if "is_provisional" in actual else [])
    return columns + [column for column in exact if expected[column] != actual[column]]


def _is_harmless_zero(cell: Cell, wanted: dict[Key, Cell]) -> bool:
    metric = METRIC_BY_ID.get(cell["metric_id"])
    if metric is None or not has_dimension(metric, cell["dimension"], cell["grain"]):
        return False
    whole = wanted.get((cell["metric_id"], cell["grain"], cell["period_end"], "all", "all"))
    if whole is None or whole["status"] == "x":
        return False
    nothing = not cell["numerator"] and not cell["denominator"] and not cell["value"]
    is_count = metric.shape in ("count", "pupils", "linked_count")
    return nothing and cell["status"] == ("ok" if is_count else "z")
