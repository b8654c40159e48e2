"""Months, periods and the categories of a row: RULES 1, 5 and 6 as small functions."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date
from typing import Any

Row = dict[str, Any]

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
