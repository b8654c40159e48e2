"""A metric is a few frozen fields. The file's name is its id; everything about it lives in that file."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from data_contracts.mistakes import Written, nearest
from metrics.caveats import CAVEATS
from metrics.release_format import Grain

# Breakdowns so fine that a flow has them over a year only, so that less has to be hidden.
FINE_DIMENSIONS: Final = frozenset(
    {
        "age_band",
        "ethnicity_group",
        "ward",
        "primary_need",
        "nc_year",
        "reason",
        "reason_1",
        "primary_reason",
        "issue",
        "request_source",
        "named_placement",
        "priority_group",
    }
)
STATES: Final = frozenset({"as_at", "snapshot"})


class Shape(StrEnum):
    """How rows become a number."""

    COUNT = "count"
    SUM = "sum"
    SHARE = "share"
    RATIO_OF_SUMS = "ratio_of_sums"
    SHARE_OF_UNITS = "share_of_units"
    RATE = "rate"
    MEAN = "mean"
    MEDIAN = "median"
    MAXIMUM = "maximum"
    RETURNED = "returned"


class Unit(StrEnum):
    """What a value is counted in."""

    COUNT = "count"
    PERCENT = "percent"
    PER_100 = "per_100"
    WEEKS = "weeks"
    DAYS = "days"
    HOURS = "hours"
    SCORE = "score"
    GBP = "gbp"


class Direction(StrEnum):
    """Which way is better for children."""

    HIGHER_BETTER = "higher_better"
    LOWER_BETTER = "lower_better"
    NEUTRAL = "neutral"


class Target(Written):
    """What the value should be, from a day on, and who says so."""

    value: float
    from_date: date = Field(alias="from")
    source: str


class Benchmark(Written):
    """The published indicator with which the metric may be compared."""

    dataset: str
    indicator: str
    grain: Grain


class Expected(Written):
    """What a worked example gives."""

    numerator: float | None = None
    denominator: float | None = None
    value: float | None = None


class Example(Written):
    """A few rows of the mart, small enough to count by hand, and the figure they give.

    `period` is the reporting month in which the period of `grain` ends; `also` gives rows of other marts.
    """

    period: str = Field(pattern=r"^\d{4}-\d{2}$")
    grain: Grain = Grain.MONTH
    given: list[dict[str, Any]]
    also: dict[str, list[dict[str, Any]]] = Field(default={})
    expect: Expected


class Definition(Written):
    """One metric: which rows, when they count, how they become a number, and what the number means."""

    metric_id: str
    title: str
    question: str
    definition: str
    theme: str
    lane: Literal["computed", "return"]
    extracts: tuple[str, ...] = Field(min_length=1)
    mart: str | None = Field(default=None, alias="from", pattern=r"^mart\.[a-z0-9_]+$")
    where: str | None = None
    placed_by: str | None = None
    begins: str | None = None
    ends: str | None = None
    shape: Shape
    distinct: str | None = None
    per: str | None = None
    denominator_from: str | None = Field(default=None, pattern=r"^mart\.[a-z0-9_]+$")
    denominator_where: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    of: str | None = None
    unit: Unit
    direction: Direction
    grains: tuple[Grain, ...]
    dimensions: tuple[str, ...] = ()
    target: tuple[Target, ...] = ()
    benchmark: Benchmark | None = None
    disclosure: str = "default"
    headline: bool = False
    outcome: int = Field(ge=1, le=6)
    owner: str
    version: int = 1
    caveats: tuple[str, ...] = ()
    example: Example

    @property
    def agency(self) -> str:
        """The agency whose extract comes first."""
        return self.extracts[0].split("/")[0]

    @property
    def is_flow(self) -> bool:
        """Whether the metric counts what happened in a period, rather than what stood at its end."""
        return self.grains != (Grain.MONTH,)

    @property
    def behind(self) -> str:
        """In words, the counts of children that disclosure control looks at."""
        if self.shape is Shape.RATIO_OF_SUMS and self.per:
            return f"distinct {self.per}"
        if self.shape is Shape.RATE and self.unit is Unit.PERCENT:
            return _BEHIND[Shape.SHARE]
        return _BEHIND[self.shape]

    @property
    def has_complement(self) -> bool:
        """Whether those not in the numerator are children who could be recognised too."""
        is_part_of_roll = self.shape is Shape.RATE and self.unit is Unit.PERCENT
        return is_part_of_roll or self.shape in (Shape.SHARE, Shape.SHARE_OF_UNITS)

    @property
    def is_per_hundred(self) -> bool:
        """Whether the value is 100 times numerator over denominator."""
        return self.unit in (Unit.PERCENT, Unit.PER_100)

    @property
    def factor(self) -> float:
        """What numerator over denominator is multiplied by."""
        return 100.0 if self.is_per_hundred else 1.0

    def fine_grain(self) -> Grain:
        """The one grain at which this metric has its fine breakdowns."""
        if not self.is_flow:
            return Grain.MONTH
        return Grain.ROLLING_12M if Grain.ROLLING_12M in self.grains else Grain.ACADEMIC_YTD

    def grains_of(self, dimension: str) -> tuple[Grain, ...]:
        """The grains at which the metric has this breakdown (or `all`)."""
        fine = dimension in FINE_DIMENSIONS or "*" in dimension
        return (self.fine_grain(),) if fine else self.grains

    @model_validator(mode="after")
    def _fits_together(self) -> Definition:
        wrong = [*self._wrong_keys(), *self._wrong_words()]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _wrong_keys(self) -> list[str]:
        needed, allowed = _KEYS[self.shape]
        given = {key for key in _SHAPE_KEYS if getattr(self, key) is not None}
        wrong = [f"shape {self.shape} needs {key}" for key in sorted(needed - given)]
        wrong += [f"shape {self.shape} has no use for {key}" for key in sorted(given - needed - allowed)]
        if (self.lane == "return") != (self.shape is Shape.RETURNED):
            wrong.append("lane return and shape returned belong together")
        if self.placed_by in ("as_at", "spell") and not (self.begins and self.ends):
            wrong.append(f"placed_by {self.placed_by} needs begins and ends")
        if self.placed_by in STATES and self.is_flow:
            wrong.append(f"placed_by {self.placed_by} describes a moment, so its only grain is month")
        return wrong

    def _wrong_words(self) -> list[str]:
        wrong = [
            f"caveat {key} is not in the list{nearest(key, CAVEATS)}" for key in self.caveats if key not in CAVEATS
        ]
        if self.has_complement and self.unit is not Unit.PERCENT:
            wrong.append("a share is counted in percent")
        return wrong


_SHAPE_KEYS: Final = (
    "mart",
    "where",
    "placed_by",
    "begins",
    "ends",
    "distinct",
    "per",
    "numerator",
    "denominator",
    "denominator_from",
    "denominator_where",
    "of",
)
_ROWS: Final = {"mart", "placed_by"}
_OPTIONAL: Final = {"where", "begins", "ends"}
_KEYS: Final[dict[Shape, tuple[set[str], set[str]]]] = {
    Shape.COUNT: (_ROWS, _OPTIONAL | {"distinct"}),
    Shape.SUM: (_ROWS | {"of"}, _OPTIONAL),
    Shape.SHARE: (_ROWS | {"numerator"}, _OPTIONAL),
    Shape.RATIO_OF_SUMS: (_ROWS | {"numerator", "denominator"}, _OPTIONAL | {"per"}),
    Shape.SHARE_OF_UNITS: (_ROWS | {"per", "numerator", "denominator"}, _OPTIONAL),
    Shape.RATE: (_ROWS | {"denominator_from"}, _OPTIONAL | {"distinct", "denominator", "denominator_where"}),
    Shape.MEAN: (_ROWS | {"of"}, _OPTIONAL),
    Shape.MEDIAN: (_ROWS | {"of"}, _OPTIONAL),
    Shape.MAXIMUM: (_ROWS | {"of"}, _OPTIONAL),
    Shape.RETURNED: (set(), set()),
}
_BEHIND: Final = {
    Shape.COUNT: "numerator",
    Shape.SUM: "rows summed",
    Shape.SHARE: "numerator, denominator, denominator - numerator",
    Shape.RATIO_OF_SUMS: "numerator, denominator, denominator - numerator",
    Shape.SHARE_OF_UNITS: "numerator, denominator, denominator - numerator",
    Shape.RATE: "numerator, denominator",
    Shape.MEAN: "rows summed",
    Shape.MEDIAN: "rows averaged",
    Shape.MAXIMUM: "rows averaged",
    Shape.RETURNED: "numerator and denominator as sent; a value sent without them stands as sent",
}
