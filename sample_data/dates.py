"""Days and months as whole numbers, and which of them are working or school days.

A day is the number of days since 1 January 1970, a month the number of months since January 1970: whole numbers
that numpy compares and adds quickly, and that polars casts to dates without loss.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Texts: TypeAlias = npt.NDArray[np.str_]

YEAR_DAYS: Final = 365.25
NEVER: Final = 10**6  # a day no delivery ever reaches (in the year 4707)
_EPOCH: Final = date(1970, 1, 1).toordinal()


def month_of(text: str) -> int:
    """The month that `YYYY-MM` names; ValueError when it names none."""
    year, _, month = text.partition("-")
    if len(year) != 4 or len(month) != 2 or not (year + month).isdigit() or not 1 <= int(month) <= 12:
        raise ValueError(f"{text!r} is not a month; write it as 2025-09")
    return (int(year) - 1970) * 12 + int(month) - 1


def month_text(month: int) -> str:
    """A month as `YYYY-MM`."""
    return f"{year_of(month)}-{month_in_year(month):02}"


def month_in_year(month: int) -> int:
    """1 for January to 12 for December."""
    return month % 12 + 1


def year_of(month: int) -> int:
    """The calendar year of a month."""
    return 1970 + month // 12


def day(year: int, month: int, day_of_month: int) -> int:
    """The day with this date."""
    return date(year, month, day_of_month).toordinal() - _EPOCH


def date_of(day: int) -> date:
    """The date of a day."""
    return date.fromordinal(day + _EPOCH)


def as_dates(days: Ints) -> pl.Series:
    """Days as a column of dates."""
    return pl.Series(days, dtype=pl.Int32).cast(pl.Date)


def first_day(month: int) -> int:
    """The first day of a month."""
    return day(year_of(month), month_in_year(month), 1)


def last_day(month: int) -> int:
    """The last day of a month."""
    return first_day(month + 1) - 1


def months_of(days: Ints) -> Ints:
    """The month in which each day lies."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def years_of(days: Ints) -> Ints:
    """The calendar year in which each day lies."""
    return months_of(days) // 12 + 1970


def academic_year(days: Ints) -> Ints:
    """The calendar year in which the academic year of each day began (1 September)."""
    return (months_of(days) - 8) // 12 + 1970


def academic_year_of(month: int) -> int:
    """The calendar year in which the academic year of a month began."""
    return year_of(month - 8)


def working_days(first: int, last: int) -> Ints:
    """The days between two days, both included, on which offices work: no weekends, no Christmas, no New Year."""
    return _working_days(first, last)


@lru_cache(maxsize=1024)
def _working_days(first: int, last: int) -> Ints:
    days = np.arange(first, last + 1)
    month_day = days.astype("datetime64[D]").astype(str)
    closed = np.isin(np.char.partition(month_day, "-")[:, 2], ["12-25", "12-26", "01-01"])
    return days[(_weekday(days) < 5) & ~closed]


def school_days(academic_year_start: int) -> Ints:
    """The days of an academic year on which schools are open, given the calendar year in which it begins."""
    return _school_days(academic_year_start)


@lru_cache
def _school_days(start: int) -> Ints:
    days = np.arange(day(start, 9, 3), day(start + 1, 7, 22) + 1)
    closed = np.zeros(len(days), dtype=np.bool_)
    easter = _easter(start + 1)
    for first, last in (
        (_monday(day(start, 10, 28)), _monday(day(start, 10, 28)) + 4),
        (day(start, 12, 21), day(start + 1, 1, 5)),
        (_monday(day(start + 1, 2, 18)), _monday(day(start + 1, 2, 18)) + 4),
        (easter - 6, easter + 7),
        (_monday(day(start + 1, 5, 31)), _monday(day(start + 1, 5, 31)) + 4),
    ):
        closed |= (days >= first) & (days <= last)
    return days[(_weekday(days) < 5) & ~closed]


def no_later_weekday(days: Ints) -> Ints:
    """Each day, of a weekend the Friday before."""
    return days - np.maximum(_weekday(days) - 4, 0)


def no_earlier_weekday(days: Ints) -> Ints:
    """Each day, of a weekend the Monday after."""
    return np.where(_weekday(days) > 4, days + 7 - _weekday(days), days)


def _weekday(days: Ints) -> Ints:
    return (days + 3) % 7  # 1 January 1970 was a Thursday; Monday is 0


def _monday(of: int) -> int:
    return of - (of + 3) % 7


def _easter(year: int) -> int:
    """Easter Sunday, by the anonymous Gregorian rule."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    month, index = divmod(moon + sunday - 7 * ((golden + 11 * moon + 22 * sunday) // 451) + 114, 31)
    return day(year, month, index + 1)
