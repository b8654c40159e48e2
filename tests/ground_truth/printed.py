"""The table of figures that the partnership has printed: `figures.csv`, one row each.

`id` is the figure's number in the reference list, `period` the month in which its period ends, `printed` the figure
with the decimals it was printed with. The verdict says what becomes of it in the default sample:

* `exact`: the cell's value, rounded once, half up, to the decimals printed, is the figure. There is no other tolerance.
* `within bound`: it was printed as "about", "over", "under" or the end of a range; the value is `at_least` the one
  bound and `below` the other. Where neither end was printed it lies a tenth away.
* `no cell`: no cell can say it, for the `reason` given.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias, cast

from drawing.wording import rounded

TABLE = Path(__file__).with_name("figures.csv")

Verdict: TypeAlias = Literal["exact", "within bound", "no cell"]


class Cell(NamedTuple):
    """Where a value stands: `period` is the month in which its period ends."""

    metric: str
    grain: str
    period: str
    dimension: str
    category: str


class Figure(NamedTuple):
    """A printed figure, the cell of which it speaks, and how close that cell must come."""

    id: str
    cell: Cell
    printed: Decimal
    at_least: Decimal | None
    below: Decimal | None
    verdict: Verdict
    reason: str

    def __str__(self) -> str:
        return "-".join([self.id, *self.cell])

    def is_met_by(self, value: float) -> bool:
        """Whether an unrounded value says what was printed."""
        if self.at_least is not None and self.below is not None:
            return self.at_least <= Decimal(repr(value)) < self.below
        return rounded(value, -cast(int, self.printed.as_tuple().exponent)) == self.printed


def _figure(row: dict[str, str]) -> Figure:
    return Figure(
        id=row["id"],
        cell=Cell(*(row[part] for part in Cell._fields)),
        printed=Decimal(row["printed"]),
        at_least=Decimal(row["at_least"]) if row["at_least"] else None,
        below=Decimal(row["below"]) if row["below"] else None,
        verdict=cast(Verdict, row["verdict"]),
        reason=row["reason"],
    )


def _table() -> list[Figure]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return [_figure(row) for row in csv.DictReader(lines, strict=True)]


FIGURES = _table()


def of_verdict(verdict: Verdict) -> list[Figure]:
    """The figures with this verdict, in the order of the table."""
    return [figure for figure in FIGURES if figure.verdict == verdict]
