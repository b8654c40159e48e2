"""Series that are told by the year: what adds up through it, what is counted at its end, and what records replaced.

Lines name years, not months: `2023 84, 2024 109`, and with what a share is counted on `2024 78/650`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from sample_data.dates import month_in_year, month_of, year_of
from sample_data.series import TERMS, YEAR_BEGINS, Row, first_month, printed, share
from sample_data.world import World, half_up

# The part of a year's total reached by the end of each of its months.
SCHOOL_MONTHS: Final = (0.08, 0.18, 0.28, 0.36, 0.46, 0.55, 0.66, 0.73, 0.83, 0.92, 0.99, 1.0)
SPENDING: Final = (0.06, 0.13, 0.21, 0.28, 0.35, 0.45, 0.54, 0.62, 0.7, 0.79, 0.89, 1.0)


@dataclass(frozen=True)
class YearToDate:
    """Something that adds up through a year, told in some months; the sample's first return also tells earlier years.

    `years` gives the total of each year, by the calendar year in which it begins: `2023 84, 2024 109`. With a number
    behind (`2024 78/650`) the total is a percentage of it. `reached` is the part of it at the end of each month.
    """

    indicator: str
    years: str | Mapping[str, str]
    dimension: str = "all"
    grain: str = "academic_ytd"
    every: Sequence[int] = TERMS
    reached: Sequence[float] = SCHOOL_MONTHS
    with_all: bool = True
    scaled: bool = True
    counted: bool = True
    note: str = ""
    provisional: bool = False

    def rows(self, world: World, month: int) -> Iterable[Row]:
        """One row for all, and one for each category; before them, in the first return, those of earlier years."""
        begins = YEAR_BEGINS[self.grain]
        if month == world.first:
            first = min(_years(text)[0][0] for text in self._by().values())
            for year in range(first, year_of(month)):
                end = month_of(f"{year}-{begins:02}") + 11
                if end < month:
                    yield from self._told(world, end)
        if month_in_year(month) in self.every:
            yield from self._told(world, month)

    def _by(self) -> Mapping[str, str]:
        return {"all": self.years} if isinstance(self.years, str) else self.years

    def _told(self, world: World, end: int) -> Iterable[Row]:
        begin = first_month(self.grain, end)
        told = {}
        for category, text in self._by().items():
            years = _years(text)
            if years[0][0] <= year_of(begin):
                total, behind = _in_year(years, year_of(begin))
                told[category] = self._numbers(world, total * self.reached[end - begin], behind)
        if self.dimension != "all" and self.with_all and told:
            total = sum(numerator or 0.0 for numerator, _, _ in told.values())
            yield Row(end, self.grain, "all", "all", total, None, printed(total, 0))
        for category, numbers in told.items():
            yield Row(end, self.grain, self.dimension, category, *numbers)

    def _numbers(self, world: World, value: float, behind: float) -> tuple[float | None, float | None, str]:
        if behind > 1:
            return share(value, behind * world.scale, 100, 1)
        count = float(world.scaled(value)) if self.scaled else half_up(value)
        return count if self.counted else None, None, printed(count, 0)


@dataclass(frozen=True)
class Yearly:
    """A figure of a whole year, told once, in `told`; the sample's first return also tells the earlier years.

    `years` as in `YearToDate`, by the calendar year in which the period ends; after the last one it stands still.
    """

    indicator: str
    years: str
    dimension: str = "all"
    category: str = "all"
    grain: str = "academic_ytd"
    ends: int = 8
    told: int = 9
    per: int = 100
    decimals: int = 1
    scaled: bool = True
    note: str = ""
    provisional: bool = False

    def rows(self, world: World, month: int) -> Iterable[Row]:
        """One row in the month in which it is told."""
        years = _years(self.years)
        ends = [month_of(f"{year}-{self.ends:02}") for year in range(years[0][0], year_of(world.last) + 1)]
        for end in ends:
            sent = end + (self.told - self.ends) % 12
            if sent == month or sent < month == world.first:
                value, behind = _in_year(years, year_of(end))
                if behind > 1:
                    numbers = share(value, behind * (world.scale if self.scaled else 1.0), self.per, self.decimals)
                    yield Row(end, self.grain, self.dimension, self.category, *numbers)
                elif self.per == 1:
                    yield Row(end, self.grain, self.dimension, self.category, None, None, printed(value, self.decimals))
                else:
                    count = float(world.scaled(value)) if self.scaled else value
                    yield Row(end, self.grain, self.dimension, self.category, count, None, printed(count, 0))


@lru_cache(maxsize=512)
def _years(text: str) -> tuple[tuple[int, float, float], ...]:
    points = (point.split() for point in text.split(","))
    told = ((year, *value.partition("/")[::2]) for year, value in points)
    return tuple((int(year), float(value), float(behind or 1)) for year, value, behind in told)


def _in_year(years: tuple[tuple[int, float, float], ...], year: int) -> tuple[float, float]:
    known, values, behind = zip(*years, strict=True)
    return float(np.interp(year, known, values)), float(np.interp(year, known, behind))


@dataclass(frozen=True)
class Past:
    """Figures of metrics that are computed from records, of periods that ended before the records begin."""

    indicator: str
    grain: str
    figures: Mapping[str, int]  # by the last month of the period
    note: str = ""
    provisional: bool = False

    def rows(self, world: World, month: int) -> Iterable[Row]:
        """All of them in the sample's first return."""
        for end, value in self.figures.items() if month == world.first else ():
            if month_of(end) < world.first:
                count = world.scaled(value)
                yield Row(month_of(end), self.grain, "all", "all", count, None, str(count))
