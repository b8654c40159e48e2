"""The figures agencies count themselves: every returned metric, and some from before records were shared."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

from tests.independent.names import COMMUNITY, COSTS, ND, PLACES, PLANS, POST16, ROLL, THERAPY, YOUTH_JUSTICE
from tests.independent.periods import WARDS, Row, last_day, months_later
from tests.independent.returned import RETURNED, Returned
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


def returned_figures(world: World, agency: str, month: str) -> list[Row]:
    """What an agency sends for a month: most of its metrics, some of them for other periods and in categories."""
    dice = random.Random(f"return {world.months[0]} {agency} {month} {world.children[0]['born']}")
    close, before = last_day(month), last_day(months_later(month, -1))
    figures = []
    for metric in RETURNED:
        if metric.agency != agency or dice.random() < 0.35:
            continue
        figures.append(_one_figure(dice, metric, close))
        if dice.random() < 0.15:
            figures.append(_one_figure(dice, metric, close, grain=dice.choice(OTHER_GRAINS)))
        if dice.random() < 0.15:  # last month's figure again, corrected, or withdrawn behind a mark
            figures.append(_one_figure(dice, metric, before, marked=0.5))
        for dimension in metric.dimensions:
            codes = CATEGORIES.get(dimension, ("one", "Another & more"))
            if dice.random() < 0.5:
                figures += [_one_figure(dice, metric, close, dimension=dimension, category=code) for code in codes]
    if month == world.months[0]:
        figures += [row for row in _before_records_were_shared(world) if row["_extract"].startswith(agency)]
    return figures


def _one_figure(dice: random.Random, metric: Returned, period_end: date, *, marked: float = 0.08, **more: str) -> Row:
    value, numerator, denominator = _numbers(dice, metric)
    mark, status = dice.choice(MARKS) if dice.random() < marked else (None, "ok")
    return figure(
        metric.metric_id, period_end, value, numerator, denominator, provisional=dice.random() < 0.3, mark=mark,
        status=status, **more,
    )  # fmt: skip


def _numbers(dice: random.Random, metric: Returned) -> tuple[float, float | None, float | None]:
    """Value, numerator and denominator; small ones, zeros and negative ones among them, where they may be."""
    if metric.unit == "count":
        count = dice.choice((0, 1, 3, 4, 5, 61, 140, 1404))
        return count, dice.choice((count, None)), None
    if metric.unit == "gbp":  # a budget may be underspent
        return dice.choice((-1_250_000, 0, 45_000.5, 3_400_000)), None, None
    if dice.random() < 0.3:
        return dice.choice((0, 4.5, 12.25, 97)), None, None
    denominator = dice.choice((3, 4, 5, 27, 120, 340))
    if metric.unit == "percent":
        numerator: float = dice.choice((0, 3, 5, denominator // 2, denominator - 2, denominator))
        numerator = min(numerator, denominator)
        return round(100 * numerator / denominator, dice.choice((None, 1, 2))), numerator, denominator
    numerator = dice.randrange(10, 3000)
    if metric.metric_id == "progress8_score":
        numerator = dice.choice((-1, 1)) * dice.randrange(10, 400) / 10
    return round(numerator / denominator, dice.choice((1, 2))), numerator, denominator


def _before_records_were_shared(world: World) -> list[Row]:
    """Computed metrics, for periods that end before the first month of their extract."""
    close = last_day(world.months[0])
    before, year_before = last_day(months_later(world.months[0], -1)), last_day(months_later(world.months[0], -12))

    def sent(extract: str, indicator: str, period_end: date, *numbers: float | None, **more: Any) -> Row:
        value, *parts = numbers
        return {**figure(indicator, period_end, value or 0, *parts, **more), "_extract": extract}

    return [
        sent(ND, "nd_waiting_count", close, 812, 812),
        sent(ND, "nd_waiting_count", before, 3, 3),
        sent(ND, "nd_waiting_count", before, 40, None, None, dimension="pathway", category="autism"),
        sent(ND, "nd_avg_wait_weeks", close, 25.5, 20706, 812),
        sent(COMMUNITY, "community_seen_within_18_weeks_pct", close, 90, 450, 500, grain="financial_ytd"),
        sent(COMMUNITY, "community_waiting_count", close, 0, mark="*", status="c"),
        sent(COMMUNITY, "community_waiting_count", before, 77),
        sent(PLANS, "ehcp_caseload_count", close, 2_874, 2_874),
        sent(PLANS, "special_school_share_pct", year_before, 38.5, grain="rolling_12m"),
        sent(ROLL, "school_pupils_count", close, 45_112, provisional=True),
        sent(ROLL, "sen_support_pct", before, 12.5, 5_000, 40_000),
        sent(ROLL, "sen_support_pct", year_before, 95, 38, 40),
        sent(ROLL, "ehcp_pupils_pct", before, 10, 3, 30),
        sent(COSTS, "placement_spend_gbp", close, 31_250_000.75),
        sent(PLACES, "specialist_places_planned_count", close, 3, 3),
        sent(POST16, "neet_send_pct", close, 4.2),
        sent(THERAPY, "la_ot_waiting_count", close, 4),
        sent(YOUTH_JUSTICE, "yjs_neet_pct", close, 50, 20, 40),
    ]
