"""Small pictures as images inside HTML: pages strip inline SVG, and keep images that carry their own data.

An image cannot see the page's colours, so it brings both palettes and lets the colour scheme choose.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from html import escape

from drawing.theme import DARK, LIGHT, Palette


def image(
    marks: str, width: int, height: int, style: Callable[[Palette], str], alternative: str, kind: str = ""
) -> str:
    """`marks` (SVG elements) as an HTML image of class `kind`; `style` gives their CSS in a palette."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><style>{style(LIGHT)}'
        f"@media(prefers-color-scheme:dark){{{style(DARK)}}}</style>{marks}</svg>"
    )
    data = base64.b64encode(svg.encode()).decode()
    return (
        f'<img class="{kind}" width="{width}" height="{height}" alt="{escape(alternative, quote=True)}" '
        f'src="data:image/svg+xml;base64,{data}">'
    )
