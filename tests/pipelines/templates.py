"""A valid row of every extract, about children who do not exist."""

from __future__ import annotations

Row = dict[str, str]

REQUESTS, PLANS = "education/ehc_requests", "education/ehc_plans"
EVENTS, HOME, POST16 = "education/suspensions_exclusions", "education/ehe_register", "education/post16_activity"
REFERRALS, RETURN, CASES = "health/nd_referrals", "health/indicator_return", "care/open_cases"

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
    child, young_person = _person(number, "2012-03-17"), _person(number, "2006-05-21")
    plain: dict[str, Row] = {
        REQUESTS: {"request_id": f"R{number:06d}"}
        | child
        | {
            "phase": "primary",
            "primary_need": "ASD",
            "request_source": "1",
            "received_date": "2025-03-03",
            "request_outcome": "Y",
            "request_outcome_date": "2025-04-07",
            "assessment_outcome": "Y",
            "assessment_outcome_date": "2025-07-07",
            "exception_applies": "0",
            "named_placement": "mainstream",
            "mediation": "0",
            "tribunal": "0",
            "moving_forward_offered": "1",
            "moving_forward_taken_up": "0",
        },
        PLANS: {"plan_id": f"P{number:06d}"}
        | child
        | {
            "primary_need": "ASD",
            "start_date": "2023-05-09",
            "placement_type": "mainstream",
            "school_urn": "112345",
            "personal_budget": "0",
            "joint_funded": "none",
        },
        EVENTS: {
            "event_id": f"E{number:06d}",
            "upn": upn(number),
            "school_urn": "112345",
            "phase": "secondary",
            "nc_year": "8",
            "category": "SUSP",
            "start_date": "2025-09-08",
            "recorded_date": "2025-09-10",
            "sessions": "4",
            "reason_1": "DB",
            "reason_2": "",
            "reason_3": "",
            "sen_provision": "K",
            "plan_in_year": "0",
            "sen_support_in_year": "1",
            "under_assessment": "0",
            "known_to_social_care": "0",
        },
        HOME: {"spell_id": f"S{number:06d}"}
        | child
        | {
            "nc_year": "8",
            "start_date": "2024-01-15",
            "end_date": "",
            "end_reason": "",
            "primary_reason": "lifestyle",
            "sen_provision": "N",
            "known_to_social_care": "0",
        },
        POST16: young_person
        | {
            "academic_age": "18",
            "sen_provision": "K",
            "activity_code": "230",
            "activity_start_date": "2024-09-02",
            "last_confirmed_date": "2025-07-01",
        },
        REFERRALS: {"referral_id": f"N{number:06d}"}
        | child
        | {
            "pathway": "autism",
            "priority": "routine",
            "referral_date": "2024-10-01",
            "accepted_date": "2024-10-20",
            "first_contact_date": "",
            "assessment_start_date": "",
            "closed_date": "",
            "outcome": "",
        },
        RETURN: {
            "indicator_id": "camhs_waiting_count",
            "period_end": "2025-09-30",
            "grain": "month",
            "dimension": "team",
            "category": f"team {number}",
            "numerator": "",
            "denominator": "",
            "value": "97",
            "provisional": "0",
            "note": "",
        },
        CASES: child | {"status": "CIN", "start_date": "2025-02-11", "disabled": "0"},
    }
    unknown = set(changes) - set(plain[extract])
    if unknown:
        raise KeyError(f"{extract} has no {', '.join(unknown)}")
    return plain[extract] | changes


def rows(extract: str, count: int, *, first: int = 1, **changes: str) -> list[Row]:
    """As many valid rows, numbered from `first` on."""
    return [row(extract, number, **changes) for number in range(first, first + count)]
