"""The overview as one HTML table: a row says in words and in one line how a measure stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape

from drawing import sentences, sparkline, wording
from drawing.deliveries import Delivery, arrival, of_metric
from drawing.release import Cell, Series
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
    groups: Sequence[tuple[str, str, Sequence[Series]]],
    end: date,
    deliveries: Sequence[Delivery],
    policy: str,
    over_year: Mapping[str, Series],
) -> str:
    """One table for all groups of (heading, small heading, series), as at the month that ends on `end`.

    `over_year` gives the series of 12 months, by metric, of the metrics that have one.
    """
    head = "".join(f'<th scope="col" role="columnheader" class="{kind}">{name}</th>' for name, kind in COLUMNS)
    bodies = "".join(
        _group(title, small, [_row(s, end, deliveries, policy, over_year.get(s.metric.metric_id)) for s in lists])
        for title, small, lists in groups
    )
    return (
        f'{sparkline.key()}<table class="overview" role="table">'
        f'<caption class="hear">Measures, {wording.month(end)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>{bodies}</table>'
    )


def _group(title: str, small: str, rows: Sequence[str]) -> str:
    return (
        f'<tbody role="rowgroup"><tr class="group" role="row"><th scope="rowgroup" role="rowheader" '
        f'colspan="{len(COLUMNS)}"><h2>{escape(title)}</h2><span>{escape(small)}</span></th></tr>{"".join(rows)}</tbody>'
    )


def _row(series: Series, end: date, deliveries: Sequence[Delivery], policy: str, over_year: Series | None) -> str:
    # What is not sent for every month stands with its last figure, which names its own month.
    due, month = series.due(end), filters.asked("period")
    metric, cell, target = series.metric, series.at(due), series.metric.target_at(due)
    awaited = of_metric(metric, deliveries, end)
    href = filters.link("metric", metric=metric.metric_id, period=month and due.strftime("%Y-%m"))
    words = sentences.alternative(series.up_to(end, MONTHS), end)
    trend = sparkline.sparkline(series, end, MONTHS, target.value if target else None, words)
    series = series.up_to(due, MONTHS)
    cells = (
        figure_now(cell, metric.unit) + (f"<small>{wording.short_month(due)}</small>" if due != end else ""),
        trend,
        _change(series, due),
        _target(series, cell, due),
        _freshness(series, due, awaited if arrival(awaited)[1] else of_metric(metric, deliveries, due)),
    )
    kinds = [c for c in COLUMNS if c[1] != "measure"]
    drawn = "".join(
        f'<td role="cell" class="{kind}" data-label="{name}">{inner}</td>'
        for (name, kind), inner in zip(kinds, cells, strict=True)
    )
    return (
        f'<tr role="row"><th scope="row" role="rowheader" class="measure"><a href="{escape(href)}" data-page>'
        f"{escape(metric.title)}</a><p>{escape(sentences.meaning(series, due, policy, over_year))}</p></th>{drawn}</tr>"
    )


def figure_now(cell: Cell | None, unit: str) -> str:
    """A figure with its unit, and whether it is provisional; or its shorthand, and what that stands for."""
    if cell is None or cell.number is None:
        status = cell.status if cell else Status.NOT_AVAILABLE
        return f'<b class="none">{sentences.SHORTHAND[status]}</b><small>{sentences.IN_SHORT[status]}</small>'
    word = wording.unit_word(unit, cell.number)
    small = f' <span class="unit">{word}</span>' if word else ""
    return f"<b>{wording.figure(cell.number, unit)}</b>{small}{'<small>provisional</small>' * cell.is_provisional}"


def steps(series: Series, end: date) -> str:
    """How the figure moved, line by line; direction is a shape and its sense a word, never a colour alone."""
    lines = []
    for change in sentences.changes(series, end):
        shape = f'<span class="arrow {change.direction}" aria-hidden="true"></span>' if change.direction else ""
        sense = f' <span class="{change.verdict}">({change.verdict})</span>' if change.verdict else ""
        said = f"<span>{escape(change.words)}{sense}</span>"
        lines.append(f'<p class="step{"" if shape else " quiet"}">{shape}{said}</p>')
    return "".join(lines)


def _change(series: Series, end: date) -> str:
    cell = series.at(end)
    if cell is None or cell.number is None:
        return '<span class="quiet">No figure to compare</span>'
    return steps(series, end) or '<span class="quiet">First figure</span>'


def _target(series: Series, cell: Cell | None, end: date) -> str:
    figure, verdict = sentences.target_words(series.metric, cell, series.metric.target_at(end))
    return f"{escape(figure)}<small>{verdict}</small>" if figure else ""


def _freshness(series: Series, end: date, delivery: Delivery | None) -> str:
    """The month the figure speaks for, and how its source arrived; a figure is never passed off as newer."""
    words, wanting = arrival(delivery)
    last = sentences.data_to(series, end)
    until = wording.short_month(last) if last else "No data"
    return f'{until}<small class="{"wanting" if wanting else ""}">{escape(words)}</small>'
