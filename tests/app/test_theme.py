"""Both palettes can be read, and Streamlit's own look is the same as ours."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from drawing.theme import DARK, LIGHT, Palette
from tests.app.conftest import ROOT

PALETTES = {"light": LIGHT, "dark": DARK}


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
@pytest.mark.parametrize("name", ["ink", "quiet_ink", "faint_ink", "action", "improving", "worse", "target"])
def test_every_colour_that_text_takes_has_a_contrast_of_4_5(palette: Palette, name: str) -> None:
    assert contrast(getattr(palette, name), palette.paper) >= 4.5
    assert contrast(getattr(palette, name), palette.wash) >= 4.5


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_every_mark_has_a_contrast_of_3(palette: Palette) -> None:
    # The analysis function's palette is 3:1 on white but for one orange and two light hues, which carry dark edges.
    assert contrast(palette.context, palette.paper) >= 3
    assert all(contrast(colour, palette.paper) >= 2.9 for colour in palette.categories)


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("scheme", PALETTES)
def test_streamlit_draws_its_own_parts_in_our_colours(config: dict[str, Any], scheme: str) -> None:
    palette, theirs = PALETTES[scheme], config["theme"][scheme]
    assert theirs == {
        "primaryColor": palette.action,
        "backgroundColor": palette.paper,
        "secondaryBackgroundColor": palette.wash,
        "textColor": palette.ink,
        "linkColor": palette.action,
        "borderColor": palette.rule,
    }


def test_every_font_is_shipped_with_its_licence(config: dict[str, Any]) -> None:
    for face in config["theme"]["fontFaces"]:
        assert (ROOT / "static" / face["url"].removeprefix("app/static/")).is_file()
    assert "SIL OPEN FONT LICENSE" in (ROOT / "static" / "inter-LICENSE.txt").read_text(encoding="utf-8").upper()


def test_the_app_reports_nothing_to_anybody(config: dict[str, Any]) -> None:
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"] | {"toolbarMode": "minimal", "showErrorDetails": "none"} == config["client"]


def test_the_stylesheet_uses_no_colour_of_its_own() -> None:
    css = (ROOT / "presentation" / "page.css").read_text(encoding="utf-8")
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", css)
    used = set(re.findall(r"var\(--([a-z-]+)\)", css))
    assert used <= {name.replace("_", "-") for name in Palette.__dataclass_fields__}
