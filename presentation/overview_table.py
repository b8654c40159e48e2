"""The overview as one HTML table: a row says in words and in one line how a measure stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from drawing import sentences, wording
from drawing.deliveries import Delivery, arrival, of_metric
from drawing.release import Cell, Series
from drawing.sparkline import sparkline
from metrics.release_format import Status
from presentation import filters

MONTHS = 25
COLUMNS = (
    ("Measure", "measure"),
    ("Now", "now"),
    (f"{MONTHS} months", "trend"),
    ("Change", "change"),
    ("Target", "target"),
    ("Data to", "fresh"),
)


def overview_table(
    groups: Sequence[tuple[str, str, Sequence[Series]]], end: date, deliveries: Sequence[Delivery], policy: str
) -> str:
    """One table for all groups of (heading, small heading, series), as at the month that ends on `end`."""
    head = "".join(f'<th scope="col" role="columnheader" class="{kind}">{name}</th>' for name, kind in COLUMNS)
    bodies = "".join(_group(*group, end, deliveries, policy) for group in groups)
    return (
        f'<table class="overview" role="table"><caption class="hear">Headline measures, {wording.month(end)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>{bodies}</table>'
    )


def _group(
    title: str, small: str, lists: Sequence[Series], end: date, deliveries: Sequence[Delivery], policy: str
) -> str:
    rows = "".join(_row(series, end, of_metric(series.metric, deliveries, end), policy) for series in lists)
    return (
        f'<tbody role="rowgroup"><tr class="group" role="row"><th scope="rowgroup" role="rowheader" '
        f'colspan="{len(COLUMNS)}"><h2>{escape(title)}</h2><span>{escape(small)}</span></th></tr>{rows}</tbody>'
    )


def _row(series: Series, end: date, delivery: Delivery | None, policy: str) -> str:
    metric, cell = series.metric, series.at(end)
    href = filters.link("metric", metric=metric.metric_id, period=filters.asked("period"))
    target = metric.target_at(end)
    words = sentences.alternative(series.up_to(end, MONTHS), end)
    trend = sparkline(series, end, MONTHS, target.value if target else None, words)
    cells = (
        _now(cell, metric.unit),
        trend,
        _change(series, end),
        _target(series, cell, end),
        _freshness(series, end, delivery),
    )
    kinds = [c for c in COLUMNS if c[1] != "measure"]
    drawn = "".join(
        f'<td role="cell" class="{kind}" data-label="{name}">{inner}</td>'
        for (name, kind), inner in zip(kinds, cells, strict=True)
    )
    return (
        f'<tr role="row"><th scope="row" role="rowheader" class="measure"><a href="{escape(href)}" data-page>'
        f"{escape(metric.title)}</a><p>{escape(sentences.meaning(series, end, policy))}</p></th>{drawn}</tr>"
    )


def _now(cell: Cell | None, unit: str) -> str:
    if cell is None or cell.number is None:
        status = cell.status if cell else Status.NOT_AVAILABLE
        return f'<span class="none">{sentences.SHORTHAND[status]}</span><small>{sentences.IN_SHORT[status]}</small>'
    word = wording.unit_word(unit, cell.number)
    small = f' <span class="unit">{word}</span>' if word else ""
    flag = "<small>provisional</small>" if cell.is_provisional else ""
    return f"<b>{wording.figure(cell.number, unit)}</b>{small}{flag}"


def _change(series: Series, end: date) -> str:
    found, cell = sentences.changes(series, end), series.at(end)
    if cell is None or cell.number is None:
        return '<span class="quiet">No figure to compare</span>'
    if not found:
        return '<span class="quiet">First month</span>'
    return "".join(f'<p class="step">{arrow(c.direction)}{escape(c.words)}</p>' for c in found)


def arrow(direction: str) -> str:
    """A small shape for a direction; nothing where there is none."""
    return f'<span class="arrow {direction}" aria-hidden="true"></span>' if direction else ""


def _target(series: Series, cell: Cell | None, end: date) -> str:
    figure, verdict = sentences.target_words(series.metric, cell, series.metric.target_at(end))
    return f"{escape(figure)}<small>{verdict}</small>" if figure else ""


def _freshness(series: Series, end: date, delivery: Delivery | None) -> str:
    """The month the figure speaks for, and how its source arrived; a figure is never passed off as newer."""
    held = [c for c in series.cells if c.period_end <= end and c.status is not Status.NOT_AVAILABLE]
    words, wanting = arrival(delivery)
    until = wording.short_month(held[-1].period_end) if held else "No data"
    return f'{until}<small class="{"wanting" if wanting else ""}">{escape(words)}</small>'
