"""Series of figures that an agency counts itself, told in the month in which they would be sent.

A series is a line through known points, written as text: `2024-08 139, 2025-09 97!` are two months with their values,
straight lines lie between, and a `!` marks a printed figure, which chance leaves alone. Where a value is a share or a
mean, what it is counted on follows it: `2025-08 67/100!`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

import numpy as np

from sample_data.dates import Floats, month_in_year, month_of
from sample_data.trends import between
from sample_data.world import World, half_up, share_out

EVERY_MONTH: Final = tuple(range(1, 13))
QUARTERS: Final = (3, 6, 9, 12)
TERMS: Final = (4, 8, 12)
_CHANCEYEAR_BEGINS: Final = month_of("2019-01")
_CHANCE_MONTHS: Final = 140
YEAR_BEGINS: Final = {"calendar_ytd": 1, "academic_ytd": 9, "financial_ytd": 4}


class Row(NamedTuple):
    """One figure; `month` is the last of its period, `value` as printed, without a number None."""

    month: int
    grain: str
    dimension: str
    category: str
    numerator: float | None
    denominator: float | None
    value: str


class Series(Protocol):
    """A series tells, of a month, the figures that go into that month's return."""

    @property
    def indicator(self) -> str:
        """The metric."""

    @property
    def note(self) -> str:
        """What is said with each figure."""

    @property
    def provisional(self) -> bool:
        """Whether the figures may still change."""

    def rows(self, world: World, month: int) -> Iterable[Row]:
        """The figures told in a month, also of earlier periods."""


class _Line(NamedTuple):
    values: tuple[tuple[str, float], ...]
    behind: tuple[tuple[str, float], ...]
    fixed: frozenset[int]

    def at(self, month: int) -> tuple[float, float]:
        """The value and what it is counted on."""
        return float(between(self.values, month)), float(between(self.behind, month))

    @property
    def first(self) -> int:
        """The month before which nothing is told."""
        return month_of(self.values[0][0])


@lru_cache(maxsize=512)
def _line(text: str) -> _Line:
    values, behind, fixed = [], [], set()
    for point in text.split(","):
        month, _, told = point.strip().partition(" ")
        value, _, counted_on = told.rstrip("!").partition("/")
        values.append((month, float(value)))
        behind.append((month, float(counted_on or 1)))
        if told.endswith("!"):
            fixed.add(month_of(month))
    return _Line(tuple(values), tuple(behind), frozenset(fixed))


@lru_cache(maxsize=512)
def _chance(world: World, subject: str) -> Floats:
    return world.chance(f"return {subject}").normal(size=_CHANCE_MONTHS)


def _noise(world: World, line: _Line, subject: str, month: int) -> float:
    """A random number of mean 0 and deviation 1, always the same for a subject and month; 0 at printed figures."""
    place = month - _CHANCEYEAR_BEGINS
    return 0.0 if month in line.fixed else float(_chance(world, subject)[place % _CHANCE_MONTHS])


def printed(value: float, decimals: int) -> str:
    return f"{half_up(value, decimals):.{decimals}f}"


def share(value: float, behind: float, per: int, decimals: int) -> tuple[float, float, str]:
    """Numerator, denominator and printed value of a share (`per` 100) or mean (`per` 1) counted on `behind`."""
    denominator = max(half_up(behind), 1.0)
    highest = denominator if per == 100 else np.inf
    numerator = min(max(half_up(value * denominator / per, 0 if denominator > 30 or per == 100 else 1), 0.0), highest)
    return numerator, denominator, printed(per * numerator / denominator, decimals)


@dataclass(frozen=True)
class Level:
    """Something that stands at so much at the end of a month: a list, a register, a plan, money.

    `noise` is relative. `parts` are lines by category of a dimension; their sum is told for all. `holds` says that a
    value stays until the next point. A wait, a score or a number of schools is not `scaled`.
    """

    indicator: str
    parts: str | Mapping[str, str]
    noise: float = 0.03
    dimension: str = "all"
    every: Sequence[int] = EVERY_MONTH
    grain: str = "month"
    holds: bool = False
    scaled: bool = True
    counted: bool = True
    with_all: bool = True
    note: str = ""
    provisional: bool = False

    def value(self, world: World, month: int, category: str = "all") -> float | None:
        """The value at the end of a month; None before the first point."""
        line = _line(self.parts if isinstance(self.parts, str) else self.parts[category])
        if month < line.first:
            return None
        if self.holds:
            value = [value for point, value in line.values if month_of(point) <= month][-1]
        else:
            value, _ = line.at(month)
            value *= 1 + self.noise * _noise(world, line, f"{self.indicator} {category}", month)
        return float(world.scaled(value)) if self.scaled else half_up(value)

    def rows(self, world: World, month: int) -> Iterable[Row]:
        """One row for all, and one for each part."""
        if month_in_year(month) not in self.every:
            return
        categories = ["all"] if isinstance(self.parts, str) else list(self.parts)
        told = {category: self.value(world, month, category) for category in categories}
        known = {category: value for category, value in told.items() if value is not None}
        if not isinstance(self.parts, str) and self.with_all and known:
            yield self._row(month, "all", "all", sum(known.values()))
        for category, value in known.items():
            yield self._row(month, self.dimension, category, value)

    def _row(self, month: int, dimension: str, category: str, value: float) -> Row:
        return Row(month, self.grain, dimension, category, value if self.counted else None, None, printed(value, 0))


@dataclass(frozen=True)
class Share:
    """A share (`per` 100) or mean (`per` 1) at the end of a month, with what it is counted on; `noise` in its unit.

    With `counted_as` it is counted on what another series has at the time.
    """

    indicator: str
    line: str
    noise: float = 1.0
    per: int = 100
    dimension: str = "all"
    category: str = "all"
    every: Sequence[int] = EVERY_MONTH
    grain: str = "month"
    scaled: bool = True
    decimals: int = 1
    counted_as: Level | None = None
    note: str = ""
    provisional: bool = False

    def rows(self, world: World, month: int) -> Iterable[Row]:
        """One row."""
        line = _line(self.line)
        if month < line.first or month_in_year(month) not in self.every:
            return
        value, behind = line.at(month)
        value += self.noise * _noise(world, line, f"{self.indicator} {self.category}", month)
        if self.counted_as is not None:
            behind = self.counted_as.value(world, month) or 1.0
        elif self.scaled:
            behind *= world.scale
        yield Row(month, self.grain, self.dimension, self.category, *share(value, behind, self.per, self.decimals))


@dataclass(frozen=True)
class Mean:
    """A mean of those who began in a month, and of those of the last twelve months.

    `windows` are months from and to, both included, with the mean of all who began in them.
    """

    indicator: str
    line: str
    noise: float = 1.0
    windows: tuple[tuple[str, str, float], ...] = ()
    note: str = ""
    provisional: bool = False

    def rows(self, world: World, month: int) -> Iterable[Row]:
        """The month and the twelve months to it."""
        sums, counts = self._months(world)
        place = month - _line(self.line).first
        for grain, months in (("month", 1), ("rolling_12m", 12)):
            total, count = sums[place + 1 - months : place + 1].sum(), counts[place + 1 - months : place + 1].sum()
            if place + 1 >= months:
                value = printed(float(total) / max(float(count), 1.0), 1)
                yield Row(month, grain, "all", "all", float(total), float(count), value)

    def _months(self, world: World) -> tuple[Floats, Floats]:
        line = _line(self.line)
        told = [(*line.at(month), _noise(world, line, self.indicator, month)) for month in _months(world, line)]
        counts = np.array([max(world.scaled(behind), 1) for _, behind, _ in told], dtype=np.float64)
        means = np.array([value + self.noise * luck for value, _, luck in told])
        sums: Floats = np.floor(means * counts + 0.5)
        for first, last, mean in self.windows:
            window = slice(month_of(first) - line.first, month_of(last) - line.first + 1)
            if month_of(last) <= world.last:
                total = round(mean * float(counts[window].sum()))
                sums[window] = share_out(total, sums[window])
        return sums, counts


@dataclass(frozen=True)
class Flow:
    """Something counted month by month, told for the month and for longer periods that end with it.

    `noise` is relative, `season` what January to December make of it; `windows` are months from and to, both included,
    with their total. `parts` and `dimension` as in `Level`.
    """

    indicator: str
    parts: str | Mapping[str, str]
    grains: Sequence[str] = ("month", "financial_ytd")
    noise: float = 0.1
    season: Sequence[float] = (1.0,) * 12
    windows: Mapping[str, tuple[str, str, int]] = field(default_factory=dict)
    dimension: str = "all"
    note: str = ""
    provisional: bool = False

    def rows(self, world: World, month: int) -> Iterable[Row]:
        """Of each grain one row for all, and one for each part."""
        for grain in self.grains:
            begin = first_month(grain, month)
            told: dict[str, int] = {}
            for category, text in ({"all": self.parts} if isinstance(self.parts, str) else self.parts).items():
                line = _line(text)
                if line.first <= begin:
                    counts = self._months(world, category, line)
                    told[category] = int(counts[begin - line.first : month - line.first + 1].sum())
            if not isinstance(self.parts, str) and told:
                yield Row(month, grain, "all", "all", sum(told.values()), None, str(sum(told.values())))
            for category, count in told.items():
                yield Row(month, grain, self.dimension, category, count, None, str(count))

    def _months(self, world: World, category: str, line: _Line) -> Floats:
        subject = f"{self.indicator} {category}"
        usual = np.array(
            [
                line.at(month)[0]
                * self.season[month % 12]
                * max(1 + self.noise * _noise(world, line, subject, month), 0.05)
                for month in _months(world, line)
            ]
        )
        counts = np.array([world.scaled(value) for value in usual.tolist()], dtype=np.float64)
        if category in self.windows:
            first, last, total = self.windows[category]
            window = slice(month_of(first) - line.first, month_of(last) - line.first + 1)
            if month_of(last) <= world.last:
                counts[window] = share_out(world.scaled(total), usual[window])
        return counts


def _months(world: World, line: _Line) -> range:
    return range(line.first, world.last + 1)


def first_month(grain: str, month: int) -> int:
    """The first month of the period of a grain that ends with a month."""
    if grain in YEAR_BEGINS:
        return month - (month_in_year(month) - YEAR_BEGINS[grain]) % 12
    return month - {"month": 0, "quarter": 2, "rolling_12m": 11}[grain]
