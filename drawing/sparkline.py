"""The small line of a list: 25 months in one SVG image, drawn by us because forty charts would take seconds.

An image cannot see the page's colours, so it carries both palettes and lets the colour scheme choose.
"""

from __future__ import annotations

import base64
from datetime import date
from html import escape
from itertools import pairwise

from drawing.release import Cell, Series, month_end
from drawing.theme import DARK, LIGHT, Palette
from metrics.release_format import Status

WIDTH, HEIGHT, MARGIN = 220, 44, 6


def sparkline(series: Series, end: date, months: int, target: float | None = None) -> str:
    """The months up to `end` as an SVG: gaps stay gaps, hidden months are hollow, provisional ones dashed."""
    first = month_end(end, 1 - months)
    cells = [c for c in series.cells if first <= c.period_end <= end]
    numbers = [c.number for c in cells if c.number is not None]
    low, high = _range(numbers, target)

    def x(cell: Cell) -> float:
        place = (cell.period_end.year - first.year) * 12 + cell.period_end.month - first.month
        return MARGIN + place * (WIDTH - 2 * MARGIN) / max(months - 1, 1)

    def y(value: float) -> float:
        return HEIGHT - MARGIN - (value - low) / (high - low) * (HEIGHT - 2 * MARGIN)

    parts = []
    if target is not None and numbers:
        parts.append(f'<line class="t" x1="0" x2="{WIDTH}" y1="{y(target):.1f}" y2="{y(target):.1f}"/>')
    known = [(c, x(c), y(c.number)) for c in cells if c.number is not None]
    joined = [(a, b) for a, b in pairwise(known) if _adjacent(a[0], b[0], series.grain)]
    parts += [_segment(a, b) for a, b in joined]
    in_line = {id(c) for pair in joined for c, _, _ in pair}
    parts += [
        f'<circle class="h" cx="{x(c):.1f}" cy="{HEIGHT - MARGIN}" r="2.2"/>'
        for c in cells
        if c.status is Status.SUPPRESSED
    ]
    last = known[-1][0] if known else None
    parts += [
        _mark(c, cx, cy, c.period_end == end, c is last) for c, cx, cy in known if c is last or id(c) not in in_line
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f"<style>{_style(LIGHT)}@media(prefers-color-scheme:dark){{{_style(DARK)}}}</style>{''.join(parts)}</svg>"
    )


def image(svg: str, alternative: str) -> str:
    """An SVG as an HTML image with its text alternative."""
    data = base64.b64encode(svg.encode()).decode()
    return (
        f'<img class="spark" width="{WIDTH}" height="{HEIGHT}" alt="{escape(alternative, quote=True)}" '
        f'src="data:image/svg+xml;base64,{data}">'
    )


def _range(numbers: list[float], target: float | None) -> tuple[float, float]:
    """Room for all values and the target; a tenth of the level at least, so that noise does not look like news."""
    values = [*numbers, *([] if target is None else [target])] or [0.0]
    low, high = min(values), max(values)
    room = max(abs(high) * 0.1, 1e-9)
    if high - low < room:
        middle = (high + low) / 2
        return middle - room / 2, middle + room / 2
    return low, high


def _adjacent(a: Cell, b: Cell, grain: str) -> bool:
    """Neighbouring periods are joined; across a period without a figure the line breaks."""
    gap = (b.period_end.year - a.period_end.year) * 12 + b.period_end.month - a.period_end.month
    return gap <= (3 if grain == "quarter" else 1)


def _segment(a: tuple[Cell, float, float], b: tuple[Cell, float, float]) -> str:
    kind = "l p" if b[0].is_provisional else "l"
    return f'<line class="{kind}" x1="{a[1]:.1f}" y1="{a[2]:.1f}" x2="{b[1]:.1f}" y2="{b[2]:.1f}"/>'


def _mark(cell: Cell, x: float, y: float, now: bool, last: bool) -> str:
    """The figure of the month stands out; the last one before a month without a figure stays grey."""
    return (
        f'<circle class="{"n" if now else "d"}" cx="{x:.1f}" cy="{y:.1f}" r="{3.6 if now else 2.8 if last else 1.8}"/>'
    )


def _style(colours: Palette) -> str:
    return (
        f".l{{stroke:{colours.context};stroke-width:1.6;stroke-linecap:round}}.p{{stroke-dasharray:2 3}}"
        f".t{{stroke:{colours.target};stroke-width:1;stroke-dasharray:4 3}}.n{{fill:{colours.action}}}"
        f".d{{fill:{colours.context}}}.h{{fill:{colours.paper};stroke:{colours.context};stroke-width:1.2}}"
    )
