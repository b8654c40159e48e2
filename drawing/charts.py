"""Charts of one measure: its trend, and its categories in one period. Titles stand on the page, as sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from html import escape
from itertools import pairwise
from math import ceil, floor
from textwrap import wrap

import plotly.graph_objects as go

from drawing.labels import category_label, dimension_phrase
from drawing.release import Cell, Metric, Series, Target, month_end, months_between
from drawing.sentences import IN_WORDS, SHORTHAND, hidden, quantity_short, shown
from drawing.sparkline import split
from drawing.theme import Palette, template
from drawing.wording import MILLION, MONTHS, NO_BREAK, month, period, quantity, sentence
from metrics.release_format import Status

TREND_HEIGHT = 360
AT_END = "at the end of a line"
BAR_HEIGHT, BAR_WIDTH, LINE_HEIGHT = 34, 22, 17
# Units whose axis starts at zero: a line that is twice as high means twice as many.
FROM_ZERO = ("count", "gbp", "weeks", "days", "hours", "per_100")


def trend(
    series: Series,
    end: date,
    colours: Palette,
    policy: str,
    target: Target | None = None,
    context: Series | None = None,
) -> go.Figure:
    """A measure over time: gaps where there is no figure, hollow marks where it is hidden, dashes where provisional."""
    figure = go.Figure(layout={"template": template(colours), "height": TREND_HEIGHT, "showlegend": False})
    unit, cells = series.metric.unit, series.cells
    if context:
        _line(figure, context, colours.context, 1.5, colours)
    low, high = _span(series, context, target)
    _line(figure, series, colours.action, 2.5, colours)
    _hidden(figure, series, low, policy, colours)
    known = [c for c in cells if c.number is not None]
    known_context = [c for c in context.cells if c.number is not None] if context else []
    if known_context:
        above = not known or (known_context[-1].number or 0) > (known[-1].number or 0)
        _label(figure, known_context[-1], "Everyone", colours.faint_ink, "bottom" if above else "top")
    if known:
        side = ("top" if above else "bottom") if known_context else "middle"
        _latest(figure, known[-1], end, unit, colours, side, _clear_above(known, low, high))
    if target is not None and (known or known_context):
        _target(figure, target, unit, colours)
    figure.update_xaxes(**_dates([c.period_end for c in cells] or [end], end))
    top = high + (high - low) * 0.12
    figure.update_yaxes(range=[low, top], **_scale(unit, low, top))
    figure.update_layout(margin={"r": _room(figure)})
    if not known and not known_context:
        # Nothing to read off: the axis would only suggest a height for what is hidden.
        figure.update_layout(height=84, margin={"t": 12})
        figure.update_yaxes(visible=False)
    return figure


def bars(
    cells: Sequence[Cell], dimension: str, metric: Metric, colours: Palette, policy: str, focus: str = ""
) -> go.Figure:
    """The categories of one period as bars from zero, each with its figure; hidden ones say so and have no bar."""
    drawn = list(reversed(cells))
    lines = [wrap(category_label(dimension, c.category), 26) or [""] for c in drawn]
    # Names as sent may hold what a chart would take for markup.
    names = ["<br>".join(escape(line, quote=False) for line in part) for part in lines]
    heights = [max(BAR_HEIGHT, LINE_HEIGHT * len(part) + 10) for part in lines]
    numbers, places = [c.number or 0 for c in drawn], [sum(heights[:i]) + h / 2 for i, h in enumerate(heights)]
    tints = [colours.action if c.category == focus or not focus else colours.context for c in drawn]
    figure = go.Figure(
        go.Bar(
            x=numbers,
            y=places,
            orientation="h",
            width=BAR_WIDTH,
            marker={"color": tints},
            text=[_bar_label(c, metric.unit) for c in drawn],
            textposition="outside",
            cliponaxis=False,
            textfont={"color": [colours.ink if c.number is not None else colours.faint_ink for c in drawn]},
            hovertext=[_hover_bar(c, dimension, metric, policy) for c in drawn],
            hoverinfo="text",
        )
    )
    top = max([*numbers, 0]) or 1
    bottom = min([*numbers, 0])
    # One unit of the vertical axis is one pixel: a name of three lines gets the height of three.
    total = sum(heights) or BAR_HEIGHT
    figure.update_layout(template=template(colours), height=total + 8, margin={"t": 4, "b": 4, "r": 76})
    figure.update_xaxes(visible=False, range=[bottom * 1.15, top])
    # Places rather than names: every name is written, however narrow the page, and two of one name stay two.
    figure.update_yaxes(showgrid=False, tickvals=places, ticktext=names, ticklabelstandoff=8, range=[0, total])
    return figure


def ordered(cells: Sequence[Cell], dimension: str) -> list[Cell]:
    """Categories as read: ages and years in their own order, others from the highest, hidden and unknown last."""
    if dimension in ("age_band", "age_group", "age", "nc_year", "year"):
        return sorted(cells, key=lambda c: (c.category == "unknown", _first_number(c.category), c.category))
    return sorted(cells, key=lambda c: (c.category == "unknown", c.number is None, -(c.number or 0), c.category))


def _first_number(text: str) -> float:
    head = text.split("-", maxsplit=1)[0].lstrip("0") or "0"
    return float(head) if head.isdigit() else -1.0


def _line(figure: go.Figure, series: Series, colour: str, width: float, colours: Palette) -> None:
    """Runs of neighbouring periods: solid where final, dashed from the last final point on where provisional."""
    unit = series.metric.unit
    for run in series.runs():
        for points, is_dashed in split(run):
            figure.add_scatter(
                x=[c.period_end for c in points],
                y=[c.number for c in points],
                mode="lines",
                line={"color": colour, "width": width, "dash": "3px,3px" if is_dashed else "solid"},
                hoverinfo="skip",
            )
    known = [c for c in series.cells if c.number is not None]
    figure.add_scatter(
        x=[c.period_end for c in known],
        y=[c.number for c in known],
        mode="markers",
        cliponaxis=False,
        marker={
            "size": 6 if width > 2 else 3,
            "opacity": 1,
            "color": [colours.paper if c.is_provisional else colour for c in known],
            "line": {"color": colour, "width": 1.5},
        },
        hovertext=[_hover(series, c, unit) for c in known],
        hoverinfo="text",
    )


def _span(series: Series, context: Series | None, target: Target | None) -> tuple[float, float]:
    """The axis: from zero for counts, times and money; else from just below the lowest figure."""
    cells = [*series.cells, *(context.cells if context else ())]
    values = [c.number for c in cells if c.number is not None] + ([target.value] if target else [])
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if series.metric.unit in FROM_ZERO:
        low = min(low, 0.0)
    elif series.metric.unit == "percent" and low < 75:
        low = 0.0
    else:
        # Two points of a percentage at least: a line that climbs the whole page should have climbed.
        low -= max((high - low) * 0.25, 2 if series.metric.unit == "percent" else 0.1)
    return low, high if high > low else low + 1


def _hidden(figure: go.Figure, series: Series, low: float, policy: str, colours: Palette) -> None:
    """Hollow marks on the axis: they say that a month was hidden, and nothing about how high it was."""
    out = [c for c in series.cells if c.status is Status.SUPPRESSED]
    if not out:
        return
    figure.add_scatter(
        x=[c.period_end for c in out],
        y=[low for _ in out],
        mode="markers",
        cliponaxis=False,
        marker={"size": 8, "color": colours.paper, "line": {"color": colours.faint_ink, "width": 1.5}},
        hovertext=[f"{month(c.period_end)}<br>{hidden(policy, series.metric)}" for c in out],
        hoverinfo="text",
    )


def _clear_above(known: Sequence[Cell], low: float, high: float) -> bool:
    """Whether the last figure's label stands above its mark: not where the line comes down to it, if there is room."""
    last, before = known[-1].number or 0, known[-2].number or 0 if len(known) > 1 else 0
    return len(known) < 2 or before <= last or last - low < (high - low) * 0.15


def _latest(
    figure: go.Figure, cell: Cell, end: date, unit: str, colours: Palette, side: str, is_clear_above: bool
) -> None:
    """The last figure with its value; one that is not of the month asked for says its own month, and stays quiet."""
    colour = colours.action if cell.period_end == end else colours.context
    figure.add_scatter(
        x=[cell.period_end],
        y=[cell.number],
        mode="markers",
        cliponaxis=False,
        hoverinfo="skip",
        marker={"size": 10, "color": colour, "opacity": 1, "line": {"color": colours.paper, "width": 2}},
    )
    if cell.period_end == end:
        # The unit stands under its figure: beside it, it would take a third of a telephone's width.
        figure_alone, _, word = shown(cell, unit).partition(NO_BREAK)
        under = f'<br><span style="font-size:13px">{word}</span>' if word else ""
        _label(figure, cell, f"<b>{figure_alone}</b>{under}", colours.action, side, 15)
        return
    # The month asked for has no figure, so there is no end of the line to stand at: over or under the mark instead,
    # and where more months are empty it begins there, clear of the line.
    has_room = cell.period_end <= month_end(end, -3)
    figure.add_annotation(
        x=cell.period_end,
        y=cell.number,
        text=f"{shown(cell, unit)} in {month(cell.period_end)}",
        showarrow=False,
        xanchor="left" if has_room else "right",
        yanchor="bottom" if is_clear_above else "top",
        xshift=6,
        yshift=9 if is_clear_above else -9,
        font={"size": 13, "color": colours.quiet_ink},
        bgcolor=colours.paper,
    )


def _label(figure: go.Figure, cell: Cell, text: str, colour: str, side: str, size: int = 13) -> None:
    """A word at the end of a line, in the margin; two lines have theirs on opposite sides, so that they never meet."""
    figure.add_annotation(
        x=cell.period_end,
        y=cell.number,
        text=text,
        showarrow=False,
        align="left",
        xanchor="left",
        yanchor=side,
        xshift=8,
        font={"size": size, "color": colour},
        name=AT_END,
    )


def _room(figure: go.Figure) -> int:
    """The margin that the words at the ends of lines need, in pixels."""
    widths = [
        max(len(re.sub("<[^>]+>", "", line)) for line in label.text.split("<br>")) * label.font.size * 0.6
        for label in figure.layout.annotations
        if label.name == AT_END
    ]
    return round(max(widths, default=0)) + 12


def _target(figure: go.Figure, target: Target, unit: str, colours: Palette) -> None:
    figure.add_hline(y=target.value, line={"color": colours.target, "width": 1.5, "dash": "5px,4px"})
    figure.add_annotation(
        x=0, xref="paper", y=target.value, text=f"Target {quantity_short(target.value, unit)}", showarrow=False,
        xanchor="left", yanchor="bottom", yshift=2, font={"color": colours.target},
    )  # fmt: skip


def _dates(ends: Sequence[date], end: date) -> dict[str, object]:
    """At most nine dates, the year under the first and under the first of each year.

    They are those of the figures where these are few and far enough apart to stand side by side, as with terms and
    years; else months counted back from the last.
    """
    first = ends[0]
    count = months_between(first, end)
    step = next(s for s in (1, 2, 3, 6, 12, 24, 60) if count / s <= 8)
    are_apart = ends[-1] == end and all(months_between(a, b) >= count / 8 for a, b in pairwise(ends))
    counted = [month_end(end, -back) for back in range(0, count + 1, step)][::-1]
    ticks = list(ends) if are_apart else counted
    texts = []
    for i, tick in enumerate(ticks):
        new_year = i == 0 or tick.year != ticks[i - 1].year
        texts.append(MONTHS[tick.month - 1][:3] + (f"<br><b>{tick.year}</b>" if new_year else ""))
    room = max(count, 1) * 0.6  # half a mark on both sides
    return {
        "tickvals": ticks,
        "ticktext": texts,
        "tickangle": 0,
        "range": [first - timedelta(days=room), end + timedelta(days=room)],
    }


def _scale(unit: str, low: float, high: float) -> dict[str, object]:
    """How the axis writes its numbers: sums of money as in the text, `£2m`, where Plotly would write `£2M`."""
    if unit == "percent":
        return {"ticksuffix": "%"}
    if unit != "gbp" or max(abs(low), abs(high)) < MILLION:
        return {"tickprefix": "£"} if unit == "gbp" else {}
    steps = (size * 10.0**power for power in range(5, 12) for size in (1, 2, 5))
    step = next(s for s in steps if (high - low) / s <= 6)
    ticks = [i * step for i in range(ceil(low / step), floor(high / step) + 1)]
    return {"tickvals": ticks, "ticktext": [quantity(tick, unit).replace(".0", "") for tick in ticks]}


def _hover(series: Series, cell: Cell, unit: str) -> str:
    marks = [w for w, on in (("provisional", cell.is_provisional), ("revised", cell.is_revised)) if on]
    note = f" ({', '.join(marks)})" if marks else ""
    return f"{period(series.grain, cell.period_start, cell.period_end)}<br><b>{shown(cell, unit)}</b>{note}"


def _name(dimension: str, cell: Cell) -> str:
    """A category in words; names as sent may hold what a chart would take for markup."""
    return escape(category_label(dimension, cell.category), quote=False)


def _bar_label(cell: Cell, unit: str) -> str:
    if cell.number is not None:
        return f" {quantity(cell.number, unit)}"
    return f" {SHORTHAND[cell.status]} {IN_WORDS[cell.status].split(':')[0].lower()}"


def _hover_bar(cell: Cell, dimension: str, metric: Metric, policy: str) -> str:
    name = _name(dimension, cell)
    if cell.status is Status.SUPPRESSED:
        return f"{name}<br>{hidden(policy, metric)}"
    said = IN_WORDS[cell.status] if cell.number is None else f"<b>{shown(cell, metric.unit)}</b>"
    return f"{name}<br>{said}"


def bars_alternative(cells: Sequence[Cell], dimension: str, metric: Metric) -> str:
    """The bars in words, for whoever cannot see them."""
    parts = [f"{category_label(dimension, c.category)} {shown(c, metric.unit)}" for c in cells]
    name = f"{metric.title} by {dimension_phrase(dimension)}"
    return f"{name}: {sentence('; '.join(parts))}" if parts else f"{name}: no figures."


def reading(series: Series, context: Series | None = None) -> str:
    """How to read the marks that this trend really has."""
    parts = ["The grey line is everyone."] if context else []
    if any(c.status is Status.SUPPRESSED for c in series.cells):
        parts.append(
            "A hollow mark on the axis is a month whose figure is hidden to protect children; its place says nothing."
        )
    if any(c.is_provisional and c.number is not None for c in series.cells):
        parts.append("Dashes lead to provisional figures, which may still change.")
    if any(c.status is Status.NOT_AVAILABLE for c in series.cells):
        parts.append("The line breaks where no figure is available.")
    return " ".join(parts)
