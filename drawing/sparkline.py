"""The small line of a list: drawn by us, because forty charts would take seconds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from drawing import svg
from drawing.release import Cell, Series, month_end, months_between
from drawing.theme import Palette
from metrics.release_format import Status

WIDTH, HEIGHT, MARGIN = 220, 44, 6


def sparkline(series: Series, end: date, months: int, target: float | None, alternative: str) -> str:
    """The months up to `end` as an HTML image: gaps stay gaps, hidden months are hollow, provisional ones dashed."""
    recent = series.up_to(end, months)
    first = month_end(end, 1 - months)
    low, high = _range([c.number for c in recent.cells if c.number is not None], target)

    def place(cell: Cell) -> tuple[float, float]:
        x = MARGIN + months_between(first, cell.period_end) * (WIDTH - 2 * MARGIN) / max(months - 1, 1)
        return x, _height(low if cell.number is None else cell.number, low, high)

    runs = recent.runs()
    marks = [_target(_height(target, low, high))] if target is not None and runs else []
    marks += [_line([place(c) for c in part], dashed) for run in runs for part, dashed in split(run)]
    marks += [_circle("h", place(c), 2.2) for c in recent.cells if c.status is Status.SUPPRESSED]
    marks += [_circle("d", place(run[0]), 1.8) for run in runs if len(run) == 1]
    if runs:
        last = runs[-1][-1]
        marks.append(_circle("n", place(last), 3.6) if last.period_end == end else _circle("d", place(last), 2.8))
    return svg.image("".join(marks), WIDTH, HEIGHT, _style, alternative, "spark")


def key() -> str:
    """What the marks of a line mean, as HTML: each mark with its words."""
    marks = (
        ('<circle class="n" cx="8" cy="5" r="3.6"/>', 16, "this month"),
        ('<circle class="h" cx="8" cy="5" r="2.8"/>', 16, "hidden month; its place says nothing"),
        ('<path class="t" d="M0 5H24"/>', 24, "target"),
    )
    drawn = (f"<span>{svg.image(mark, width, 10, _style, '')} {words}</span>" for mark, width, words in marks)
    return f'<p class="key">{"".join(drawn)}</p>'


def split(run: Sequence[Cell]) -> list[tuple[list[Cell], bool]]:
    """A run of periods as stretches to draw: final ones, and provisional ones from the last final point on."""
    parts: list[tuple[list[Cell], bool]] = []
    for before, after in pairwise(run):
        if parts and parts[-1][1] == after.is_provisional:
            parts[-1][0].append(after)
        else:
            parts.append(([before, after], after.is_provisional))
    return parts


def _range(numbers: list[float], target: float | None) -> tuple[float, float]:
    """Room for all values and the target; a tenth of the level at least, so that noise does not look like news."""
    values = [*numbers, *([] if target is None else [target])] or [0.0]
    low, high = min(values), max(values)
    room = max(abs(high) * 0.1, 1e-9)
    if high - low < room:
        middle = (high + low) / 2
        return middle - room / 2, middle + room / 2
    return low, high


def _height(value: float, low: float, high: float) -> float:
    return HEIGHT - MARGIN - (value - low) / (high - low) * (HEIGHT - 2 * MARGIN)


def _target(y: float) -> str:
    return f'<path class="t" d="M0 {y:.1f}H{WIDTH}"/>'


def _line(points: Sequence[tuple[float, float]], dashed: bool) -> str:
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="{"l p" if dashed else "l"}" points="{drawn}"/>'


def _circle(kind: str, at: tuple[float, float], radius: float) -> str:
    return f'<circle class="{kind}" cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius}"/>'


def _style(colours: Palette) -> str:
    return (
        f".l{{fill:none;stroke:{colours.context};stroke-width:1.6;stroke-linejoin:round}}.p{{stroke-dasharray:2 3}}"
        f".t{{stroke:{colours.target};stroke-dasharray:4 3}}.n{{fill:{colours.action}}}"
        f".d{{fill:{colours.context}}}.h{{fill:{colours.paper};stroke:{colours.context};stroke-width:1.2}}"
    )
