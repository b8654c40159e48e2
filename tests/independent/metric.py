"""What a metric is, and how the rows of one cell become its numbers: RULES 2 and 4."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.independent.held import Held, identifier
from tests.independent.periods import Row

FLOW = ("month", "calendar_ytd", "academic_ytd", "financial_ytd", "rolling_12m")
YEARS = ("academic_ytd", "rolling_12m")
STATE = ("month",)

FINE = {
    "age_band", "ethnicity_group", "ward", "primary_need", "nc_year", "reason", "reason_1", "primary_reason",
    "issue", "request_source", "named_placement", "priority_group",
}  # fmt: skip

PERSON = ("sex", "age_band", "ethnicity_group", "ward")
PERSON_AND_NEED = (*PERSON, "primary_need")


@dataclass(frozen=True)
class Clock:
    """The days a condition may look at."""

    start: date  # the first day of the period
    close: date  # its last day
    latest: date  # the last day of the extract's latest accepted reporting month


Condition = Callable[[Row, Clock], bool]
Amount = Callable[[Row, Clock], float]
Numbers = dict[str, Any]
View = Callable[[Held, str, Sequence[Row]], list[Row] | None]


def every_row(row: Row, clock: Clock) -> bool:
    return True


def is_code(column: str, *codes: str) -> Condition:
    return lambda row, clock: row.get(column) in codes


def is_true(column: str) -> Condition:
    return lambda row, clock: row.get(column) is True


def is_open(begins: str, *ends: str) -> Condition:
    """Begun on or before the close, and none of the ends on or before it: what ended on the day is over."""

    def condition(row: Row, clock: Clock) -> bool:
        over = [row[end] for end in ends if row.get(end) is not None and row[end] <= clock.close]
        return bool(row[begins] <= clock.close and not over)

    return condition


def both(one: Condition, other: Condition) -> Condition:
    return lambda row, clock: one(row, clock) and other(row, clock)


def placing_day(row: Row, placed_by: str) -> date | None:
    """The date that puts a row into a period; a column of dates, or one of dates and some days more."""
    column, _, more = placed_by.partition(" + ")
    day: date | None = row.get(column)
    return day + timedelta(days=int(more.split()[0])) if day is not None and more else day


# ---------------------------------------------------------------------------------------------------------
# Numbers: numerator, denominator, value, status, and what disclosure looks at


@dataclass(frozen=True)
class Rule:
    """How the rows of a cell become numbers; `people` is the size of the other side, where there is one."""

    kind: str  # count, sum, share or average
    work_out: Callable[[list[Row], Clock, int], Numbers]
    rest_counts: bool = False  # disclosure looks at the denominator less the numerator too


def _plain(number: float, looked_at: tuple[float, ...]) -> Numbers:
    return {"numerator": number, "denominator": None, "value": number, "status": "ok", "looked_at": looked_at}


def part_of(numerator: float, denominator: float, looked_at: tuple[float, ...] | None = None) -> Numbers:
    return {
        "numerator": numerator,
        "denominator": denominator,
        "value": 100 * numerator / denominator if denominator else None,
        "status": "ok" if denominator else "z",
        "looked_at": (numerator, denominator, denominator - numerator) if looked_at is None else looked_at,
    }


ROWS = Rule("count", lambda rows, clock, people: _plain(len(rows), (len(rows),)))


def distinct(column: str) -> Rule:
    def work_out(rows: list[Row], clock: Clock, people: int) -> Numbers:
        number = len({identifier(row[column]) for row in rows})
        return _plain(number, (number,))

    return Rule("count", work_out)


def total_of(column: str) -> Rule:
    """A sum of a column; rows in which it is empty are left out before."""
    return Rule("sum", lambda rows, clock, people: _plain(math.fsum(row[column] for row in rows), (len(rows),)))


def share(condition: Condition) -> Rule:
    def work_out(rows: list[Row], clock: Clock, people: int) -> Numbers:
        return part_of(sum(1 for row in rows if condition(row, clock)), len(rows))

    return Rule("share", work_out, rest_counts=True)


def share_of_totals(part: str, whole: str, *, behind: str | None = None) -> Rule:
    """One column's sum in another's; with `behind`, disclosure looks at the distinct values of a column."""

    def work_out(rows: list[Row], clock: Clock, people: int) -> Numbers:
        looked_at = None if behind is None else (len({identifier(row[behind]) for row in rows}),)
        return part_of(sum(row[part] for row in rows), sum(row[whole] for row in rows), looked_at)

    return Rule("share", work_out)


def _repeated(rows: list[Row], clock: Clock, people: int) -> Numbers:
    times: dict[str, int] = {}
    for row in rows:
        pupil = identifier(row["upn"])
        times[pupil] = times.get(pupil, 0) + 1
    return part_of(sum(1 for count in times.values() if count >= 2), len(times))


REPEATED = Rule("share", _repeated, rest_counts=True)


def absent_at_least_one_in(times: int) -> Rule:
    """Pupils whose absence, over all schools and months of the cell, is at least one session in so many.

    Rows without a possible session are left out before.
    """

    def work_out(rows: list[Row], clock: Clock, people: int) -> Numbers:
        possible: dict[str, int] = {}
        absent: dict[str, int] = {}
        for row in rows:
            pupil = identifier(row["upn"])
            possible[pupil] = possible.get(pupil, 0) + row["sessions_possible"]
            absent[pupil] = absent.get(pupil, 0) + row["sessions_authorised_absence"]
            absent[pupil] += row["sessions_unauthorised_absence"]
        return part_of(sum(1 for pupil in possible if absent[pupil] * times >= possible[pupil]), len(possible))

    return Rule("share", work_out, rest_counts=True)


PER_100 = Rule("share", lambda rows, clock, people: part_of(len(rows), people, (len(rows), people)))
PART_OF_PEOPLE = Rule("share", lambda rows, clock, people: part_of(len(rows), people), rest_counts=True)


def _average(amounts: list[float], value: Callable[[list[float]], float], numerator: float | None) -> Numbers:
    return {
        "numerator": numerator,
        "denominator": len(amounts),
        "value": value(amounts) if amounts else None,
        "status": "ok" if amounts else "z",
        "looked_at": (len(amounts),),
    }


def mean_of(amount: Amount) -> Rule:
    def work_out(rows: list[Row], clock: Clock, people: int) -> Numbers:
        amounts = [amount(row, clock) for row in rows]
        return _average(amounts, statistics.fmean, math.fsum(amounts))

    return Rule("average", work_out)


def median_of(amount: Amount) -> Rule:
    return Rule(
        "average",
        lambda rows, clock, people: _average([amount(row, clock) for row in rows], statistics.median, None),
    )


def longest_of(amount: Amount) -> Rule:
    return Rule("average", lambda rows, clock, people: _average([amount(row, clock) for row in rows], max, None))


# ---------------------------------------------------------------------------------------------------------
# Metrics


@dataclass(frozen=True)
class Metric:
    """`rows` says which rows are counted (a count or a sum) or stand in the denominator (everything else)."""

    metric_id: str
    extract: str
    rule: Rule
    grains: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    placed_by: str | None = None  # None for a state at the close of the period, and for spells active in it
    rows: Condition = every_row
    view: View | None = None  # the rows of a month, where they are not simply the extract's
    people: View | None = None  # the other side, where the denominator comes from elsewhere
    public: bool = False  # not about children: disclosure looks at nothing


def has_dimension(metric: Metric, dimension: str, grain: str) -> bool:
    """Fine breakdowns of a flow stand at one grain only; those of a state at its one grain."""
    if dimension not in metric.dimensions or grain not in metric.grains:
        return False
    if len(metric.grains) == 1 or (dimension not in FINE and "*" not in dimension):
        return True
    return grain == ("rolling_12m" if "rolling_12m" in metric.grains else "academic_ytd")
