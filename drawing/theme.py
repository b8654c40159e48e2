"""Colours and type of everything drawn: one light palette, one dark, each checked for contrast in the tests."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Final

import plotly.graph_objects as go

FONT: Final = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True)
class Palette:
    """Every colour used on a page. Colour carries meaning; everything without meaning is a grey."""

    paper: str
    ink: str
    quiet_ink: str  # sentences beside a figure, labels
    faint_ink: str  # column headings, footnotes: still 4.5:1 on paper
    rule: str  # lines between rows
    faint_rule: str  # grid lines of a chart
    wash: str  # the few filled surfaces
    action: str  # links, focus, the series in focus
    context: str  # marks that are context for the one in focus: 3:1 on paper
    improving: str
    worse: str
    target: str
    categories: tuple[str, ...]


# Categories: the palette of the Government Analysis Function, 3:1 on white.
LIGHT: Final = Palette(
    paper="#FFFFFF",
    ink="#14191F",
    quiet_ink="#46505A",
    faint_ink="#5F6B76",
    rule="#DDE2E7",
    faint_rule="#ECEFF2",
    wash="#F4F6F8",
    action="#1B5A94",
    context="#87919B",
    improving="#0B6E4F",
    worse="#B5541C",
    target="#801650",
    categories=("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1"),
)

DARK: Final = Palette(
    paper="#11161B",
    ink="#E9EDF1",
    quiet_ink="#B6C0C9",
    faint_ink="#96A2AD",
    rule="#2C353D",
    faint_rule="#212930",
    wash="#1A2128",
    action="#7DB7EA",
    context="#75818C",
    improving="#57C79B",
    worse="#F0945C",
    target="#E58DBB",
    categories=("#7DB7EA", "#35B8AC", "#E58DBB", "#F58A52", "#C3C9CF", "#B9A1E3"),
)


def palette(scheme: str | None) -> Palette:
    """The palette of a colour scheme; anything but `dark` is light."""
    return DARK if scheme == "dark" else LIGHT


def custom_properties() -> str:
    """Both palettes as CSS custom properties; `light-dark()` lets the browser choose, so nothing flashes on load."""
    names = [field.name for field in fields(Palette) if field.name != "categories"]
    pairs = [(name.replace("_", "-"), getattr(LIGHT, name), getattr(DARK, name)) for name in names]
    return "".join(f"--{name}:light-dark({light},{dark});" for name, light, dark in pairs)


@cache
def template(colours: Palette) -> go.layout.Template:
    """The Plotly template: light horizontal lines, no boxes, no legend, text in the page's own face."""
    label = {"color": colours.faint_ink, "size": 13}
    axis = {
        "showline": False,
        "zeroline": False,
        "fixedrange": True,
        "tickfont": label,
        "title": None,
        "separatethousands": True,
    }
    layout = go.Layout(
        font={"family": FONT, "size": 13, "color": colours.ink},
        paper_bgcolor=colours.paper,
        plot_bgcolor=colours.paper,
        colorway=list(colours.categories),
        margin={"l": 4, "r": 12, "t": 24, "b": 4},
        hoverlabel={"bgcolor": colours.paper, "bordercolor": colours.rule, "align": "left",
                    "font": {"family": FONT, "size": 13, "color": colours.ink}},
        hovermode="closest",
        dragmode=False,
        separators=".,",
        xaxis={**axis, "showgrid": False, "ticks": "outside", "ticklen": 4, "tickcolor": colours.rule,
               "automargin": True},
        yaxis={**axis, "gridcolor": colours.rule, "nticks": 6, "automargin": True, "ticklabelstandoff": 6},
    )  # fmt: skip
    return go.layout.Template(layout=layout)
