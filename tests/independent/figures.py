"""The figures agencies count themselves: every returned metric, and some from before records were shared."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import date

from tests.independent.calculation import METRICS
from tests.independent.periods import WARDS, Row, last_day, months_later
from tests.independent.returned import RETURNED
from tests.independent.schedules import Schedule
from tests.independent.world import World

MARKS = (
    ("c", "c"), ("*", "c"), ("<5", "c"), ("<10", "c"), ("x", "x"), ("-", "x"), ("N/A", "x"), (":", "x"), ("z", "z"),
    ("low", "low"), ("~", "low"),
)  # fmt: skip
CATEGORIES = {
    "ward": WARDS[:4], "cohort": ("all pupils", "SEN support"), "sen_provision": ("N", "K", "E"),
    "phase": ("primary", "secondary"), "age": ("0-13", "14-25"), "urgency": ("urgent", "routine"),
}  # fmt: skip
OTHER_GRAINS = ("quarter", "calendar_ytd", "academic_ytd", "financial_ytd", "rolling_12m")


def figure(
    indicator: str, period_end: date, value: float, numerator: float | None = None, denominator: float | None = None,
    *, grain: str = "month", dimension: str = "all", category: str = "all", provisional: bool = False,
    mark: str | None = None, status: str = "ok",
) -> Row:  # fmt: skip
    return {
        "indicator_id": indicator,
        "period_end": period_end,
        "grain": grain,
        "dimension": dimension,
        "category": category,
        "numerator": numerator if mark is None else None,
        "denominator": denominator if mark is None else None,
        "value": value,
        "provisional": provisional,
        "note": "checked" if provisional else None,
        "status": status,
        "mark": mark,
    }


def returned_figures(world: World, agency: str, month: str, schedule: Schedule) -> list[Row]:
    """What an agency sends for a month: most of its metrics, some of them for other periods and in categories."""
    dice = random.Random(f"return {world.months[0]} {agency} {month} {world.children[0]['born']}")
    close, before = last_day(month), last_day(months_later(month, -1))
    figures = []
    for metric in RETURNED:
        if metric.agency != agency or dice.random() < 0.35:
            continue
        name, unit = metric.metric_id, metric.unit
        figures.append(_one_figure(dice, name, unit, close))
        if dice.random() < 0.15:
            figures.append(_one_figure(dice, name, unit, close, grain=dice.choice(OTHER_GRAINS)))
        if dice.random() < 0.15:  # last month's figure again, corrected, or withdrawn behind a mark
            figures.append(_one_figure(dice, name, unit, before, marked=0.5))
        if dice.random() < 0.5:
            figures += _in_categories(dice, name, unit, close, metric.dimensions)
    return [*figures, *_before_records_were_shared(dice, world, agency, month, schedule)]


def _one_figure(
    dice: random.Random, name: str, unit: str, period_end: date, *, marked: float = 0.08, **more: str
) -> Row:
    value, numerator, denominator = _numbers(dice, name, unit)
    mark, status = dice.choice(MARKS) if dice.random() < marked else (None, "ok")
    return figure(
        name, period_end, value, numerator, denominator, provisional=dice.random() < 0.3, mark=mark, status=status,
        **more,
    )  # fmt: skip


def _in_categories(
    dice: random.Random, name: str, unit: str, period_end: date, dimensions: Sequence[str]
) -> Iterable[Row]:
    for dimension in dimensions:
        for code in CATEGORIES.get(dimension, ("one", "Another & more")):
            yield _one_figure(dice, name, unit, period_end, dimension=dimension, category=code)


def _numbers(dice: random.Random, name: str, unit: str) -> tuple[float, float | None, float | None]:
    """Value, numerator and denominator; small ones, zeros and negative ones among them, where they may be."""
    if unit == "count":
        count = dice.choice((0, 1, 3, 4, 5, 61, 140, 1404))
        return count, dice.choice((count, None)), None
    if unit == "gbp":  # a budget may be underspent
        return dice.choice((-1_250_000, 0, 45_000.5, 3_400_000)), None, None
    if dice.random() < 0.3:
        return dice.choice((0, 4.5, 12.25, 97)), None, None
    denominator = dice.choice((3, 4, 5, 27, 120, 340))
    if unit in ("percent", "per_100"):
        numerator: float = dice.choice((0, 3, 5, denominator // 2, denominator - 2, denominator))
        numerator = min(numerator, denominator)
        return round(100 * numerator / denominator, dice.choice((None, 1, 2))), numerator, denominator
    numerator = dice.randrange(10, 3000)
    if name == "progress8_score":
        numerator = dice.choice((-1, 1)) * dice.randrange(10, 400) / 10
    return round(numerator / denominator, dice.choice((1, 2))), numerator, denominator


UNIT_OF = {"count": "count", "pct": "percent", "rate": "per_100", "gbp": "gbp"}


def _before_records_were_shared(
    dice: random.Random, world: World, agency: str, month: str, schedule: Schedule
) -> Iterable[Row]:
    """Computed metrics, for periods that end before the first month of their extract, or while it is never sent.

    Some are sent in a month in which the records are shared already, for the time before.
    """
    for metric in METRICS:
        begins = schedule.begins(metric.extract)
        if metric.extract.split("/", maxsplit=1)[0] != agency or dice.random() < 0.75:
            continue
        last = month if begins is None else min(month, months_later(world.months[0], begins - 1))
        close = last_day(months_later(last, -dice.choice((0, 0, 0, 1, 12))))
        name, unit = metric.metric_id, UNIT_OF.get(metric.metric_id.rsplit("_", maxsplit=1)[-1], "a time")
        yield _one_figure(dice, name, unit, close, grain=dice.choice(("month", "month", *OTHER_GRAINS)))
        if dice.random() < 0.2:
            yield from _in_categories(dice, name, unit, close, metric.dimensions[:1])
