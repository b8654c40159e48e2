"""The months of one extract as a strip of small marks: a shape for each verdict, so that colour is never alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from drawing import svg
from drawing.deliveries import VERDICT_WORDS, Delivery
from drawing.release import month_end
from drawing.theme import Palette
from drawing.wording import listed, month, plural, sentence
from metrics.release_format import Verdict

MONTHS = 13
STEP, SIZE = 14, 10

MARKS = {
    Verdict.ACCEPTED: '<rect class="a" width="10" height="10" rx="1.5"/>',
    Verdict.ACCEPTED_WITH_WARNINGS: (
        '<rect class="o" x=".75" y=".75" width="8.5" height="8.5" rx="1"/><path class="a" d="M1 9V4l5 5z"/>'
    ),
    Verdict.REJECTED: '<path class="w" d="M1 1l8 8M9 1 1 9"/>',
    Verdict.MISSING: '<rect class="m" x="1" y="1" width="8" height="8" rx="1"/>',
    Verdict.NOT_STARTED: '<circle class="a" cx="5" cy="5" r="1"/>',
}


def calendar(deliveries: Iterable[Delivery], end: date) -> str:
    """An HTML image of the verdicts of one extract in the months up to `end`, with the same in words."""
    ends = [month_end(end, -back) for back in range(MONTHS - 1, -1, -1)]
    by_month = {d.month: d for d in deliveries}
    marks = [
        f'<g transform="translate({i * STEP} 0)">{MARKS[by_month[e].verdict]}</g>'
        for i, e in enumerate(ends)
        if e in by_month
    ]
    words = in_words([by_month[e] for e in ends if e in by_month])
    return svg.image("".join(marks), MONTHS * STEP - STEP + SIZE, SIZE, _style, words, "marks")


def key(verdict: Verdict) -> str:
    """One mark with its meaning, for the line that explains them."""
    return f"<span>{svg.image(MARKS[verdict], SIZE, SIZE, _style, '')} {VERDICT_WORDS[verdict]}</span>"


def in_words(deliveries: list[Delivery]) -> str:
    """How often each verdict was given, the months named where something was wanting."""
    parts = []
    for verdict, words in VERDICT_WORDS.items():
        found = [d for d in deliveries if d.verdict is verdict]
        if not found:
            continue
        if verdict in (Verdict.REJECTED, Verdict.MISSING) and len(found) <= 3:
            parts.append(f"{words.lower()} in {listed([month(d.month) for d in found])}")
        else:
            parts.append(f"{words.lower()} in {plural(len(found), 'month')}")
    return sentence("; ".join(parts)) if parts else "No deliveries."


def _style(colours: Palette) -> str:
    return (
        f".a{{fill:{colours.context}}}.o{{fill:none;stroke:{colours.context};stroke-width:1.5}}"
        f".w{{fill:none;stroke:{colours.worse};stroke-width:2;stroke-linecap:round}}"
        f".m{{fill:none;stroke:{colours.worse};stroke-width:1.5;stroke-dasharray:2 1.5}}"
    )
