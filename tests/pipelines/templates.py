"""A valid row of every extract, about children who do not exist."""

from __future__ import annotations

from tests.pipelines.templates_care import care
from tests.pipelines.templates_education import education
from tests.pipelines.templates_health import health

Row = dict[str, str]

REQUESTS, PLANS, REVIEWS = "education/ehc_requests", "education/ehc_plans", "education/annual_reviews"
ROLL, ATTENDANCE, EVENTS = "education/school_roll", "education/attendance", "education/suspensions_exclusions"
TIMETABLES, ALTERNATIVE = "education/part_time_timetables", "education/alternative_provision"
HOME, MISSING, POST16 = "education/ehe_register", "education/cme_register", "education/post16_activity"
COSTS, PLACES, DISPUTES = "education/placement_costs", "education/specialist_places", "education/disputes"
EARLY_YEARS = "education/early_years_inclusion"
REFERRALS, COMMUNITY = "health/nd_referrals", "health/community_referrals"
ADVICE, COMPLEX = "health/ehc_advice", "health/complex_needs"
CASES, BREAKS = "care/open_cases", "care/short_breaks"
THERAPY, JUSTICE = "care/disabled_children_ot", "care/youth_justice"
RETURN = "health/indicator_return"
RETURNS = ("education/indicator_return", RETURN, "care/indicator_return", "partnership/indicator_return")
# For each agency a count that it returns.
RETURNED = {
    "education": "home_to_school_transport_count",
    "health": "camhs_waiting_count",
    "care": "disabled_children_count",
    "partnership": "sendiass_families_count",
}

_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


def check_letter(rest: str) -> str:
    """The letter before twelve characters of a UPN: their values times their places (2 to 13), modulo 23."""
    values = [int(one) if one.isdigit() else _UPN_LETTERS.index(one) for one in rest]
    return _UPN_LETTERS[sum(place * value for place, value in enumerate(values, start=2)) % 23]


def upn(number: int) -> str:
    """A valid UPN, different for each number."""
    rest = f"8312{number:08d}"
    return check_letter(rest) + rest


def nhs_number(number: int) -> str:
    """A valid NHS number of the range kept for tests, different for each number."""
    for nine in range(999_000_000 + 10 * number, 999_000_010 + 10 * number):
        weighed = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), str(nine), strict=True))
        digit = (11 - weighed % 11) % 11
        if digit < 10:
            return f"{nine}{digit}"
    raise ValueError("ten bodies in a row cannot all be without a check digit")


def _person(number: int, born: str) -> Row:
    return {
        "child_id": f"C{number:06d}",
        "upn": upn(number),
        "nhs_number": nhs_number(number),
        "date_of_birth": born,
        "sex": "F",
        "ethnicity": "WBRI",
        "ward": "Abbey",
    }


def row(extract: str, number: int = 1, /, **changes: str) -> Row:
    """A valid row for September 2025 or later, unlike that of any other number, with some cells changed."""
    plain = _plain(extract, number)
    unknown = set(changes) - set(plain)
    if unknown:
        raise KeyError(f"{extract} has no {', '.join(unknown)}")
    return plain | changes


def rows(extract: str, count: int, *, first: int = 1, **changes: str) -> list[Row]:
    """As many valid rows, numbered from `first` on."""
    return [row(extract, number, **changes) for number in range(first, first + count)]


def _plain(extract: str, number: int) -> Row:
    agency, name = extract.split("/")
    if extract in RETURNS:
        return _figure(agency, number)
    child = _person(number, "2012-03-17")
    if agency == "education":
        return education(number, child, _person(number, "2006-05-21"))[name]
    return {"health": health, "care": care}[agency](number, child)[name]


def _figure(agency: str, number: int) -> Row:
    return {
        "indicator_id": RETURNED[agency],
        "period_end": "2025-09-30",
        "grain": "month",
        "dimension": "team",
        "category": f"team {number}",
        "numerator": "",
        "denominator": "",
        "value": "97",
        "provisional": "0",
        "note": "",
    }
