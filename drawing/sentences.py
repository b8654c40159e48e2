"""Sentences about figures, true for any figure: hidden, missing, zero, one, equal, first.

A change is stated only between two figures that are both shown, so that no sentence gives away a hidden one.
Beside a change may stand on which side of the other figure the better lies; whether it is more than chance is not
decided here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from drawing.labels import NO, YES, category_label, dimension_label, extract_label, in_sentence
from drawing.release import Cell, Metric, Series, Target, month_end
from drawing.wording import (
    MONTHS,
    NO_BREAK,
    as_shown,
    difference,
    digits,
    figure,
    listed,
    month,
    period,
    quantity,
    rounded,
    sentence,
    short_month,
    unit_word,
)
from metrics.release_format import Status

# What stands in place of a number, in square brackets, as English official statistics write it.
SHORTHAND = {
    Status.SUPPRESSED: "[c]",
    Status.NOT_AVAILABLE: "[x]",
    Status.NOT_APPLICABLE: "[z]",
    Status.LOW: "[low]",
}
IN_SHORT = {
    Status.OK: "",
    Status.SUPPRESSED: "hidden",
    Status.NOT_AVAILABLE: "not available",
    Status.NOT_APPLICABLE: "no cases",
    Status.LOW: "rounds to 0",
}
IN_WORDS = {
    Status.OK: "A figure",
    Status.SUPPRESSED: "Hidden to protect children",
    Status.NOT_AVAILABLE: "Not available",
    Status.NOT_APPLICABLE: "Not applicable: nothing to measure",
    Status.LOW: "More than zero, but rounds to zero",
}


@dataclass(frozen=True)
class Change:
    """How a figure moved: `up`, `down` or `same`, or no direction where two figures cannot be compared."""

    direction: str
    words: str
    verdict: str = ""  # `better` or `worse`, where the two figures differ and the measure says which is which


def shown(cell: Cell | None, unit: str) -> str:
    """A cell as it stands in a table: its figure with the unit, or its shorthand."""
    if cell is None:
        return SHORTHAND[Status.NOT_AVAILABLE]
    if cell.number is None:
        return SHORTHAND[cell.status]
    return quantity(cell.number, unit)


def hidden(policy: str, metric: Metric) -> str:
    """Why a number is hidden. The threshold is named only where every hidden number lies below it.

    It does not where others are hidden to protect it, nor where the sender hid the number by a rule of its own.
    """
    most = most_hidden(policy)
    if not most or metric.lane != "computed":
        return IN_WORDS[Status.SUPPRESSED]
    if metric.unit == "count":
        return f"Between 1 and {most}: hidden to protect children"
    return f"Hidden to protect children: a number behind it is between 1 and {most}"


def most_hidden(policy: str) -> int | None:
    """The largest count that a policy of primary suppression alone hides; None for any other policy.

    None too where it hides ones only: to name the threshold would be to name the number.
    """
    below = re.fullmatch(r"primary suppression below (\d+)", policy)
    return int(below[1]) - 1 if below and int(below[1]) > 2 else None


def protection(policy: str) -> str:
    """What a release hides, and what its policy does not look at; nothing is promised of a policy not known here."""
    most = most_hidden(policy)
    if most:
        return (
            f"Counts of children from 1 to {most} are hidden. Figures over different periods and groups are not yet "
            "checked against one another."
        )
    return f"What is hidden follows the policy “{policy}”." if policy else "No policy on what to hide is named."


def change(series: Series, end: date, months: int) -> Change | None:
    """How the figure at `end` compares with the one so many months before; None when nothing was measured then."""
    now, then = series.at(end), series.at(month_end(end, -months))
    if now is None or then is None:
        return None
    when = dict(steps(series.grain))[months].format(month=MONTHS[then.period_end.month - 1])
    if now.number is None or then.number is None:
        hide = Status.SUPPRESSED in (now.status, then.status)
        return Change("", f"{'Not compared with' if hide else 'No comparison with'} {when.removeprefix('in ')}")
    sign, size = difference(now.number, then.number, series.metric.unit)
    if sign == 0:
        return Change("same", f"Same as {when}")
    words = f"{size} {_comparative(series.metric.unit, sign)} than {when}"
    return Change("up" if sign > 0 else "down", words, _verdict(series.metric.direction, sign))


def _verdict(direction: str, sign: int) -> str:
    if direction not in ("higher_better", "lower_better"):
        return ""
    return "better" if (sign > 0) == (direction == "higher_better") else "worse"


def steps(grain: str) -> tuple[tuple[int, str], ...]:
    """The comparisons a grain allows, as months back; a year to date is compared with last year's only."""
    if grain.endswith("_ytd"):
        return ((12, "a year ago"),)
    if grain == "quarter":
        return ((12, "a year ago"), (3, "the quarter before"))
    return ((12, "a year ago"), (1, "in {month}"))


def changes(series: Series, end: date) -> list[Change]:
    """A year back first, as schools and budgets have seasons; then a step back."""
    return [c for c in (change(series, end, months) for months, _ in steps(series.grain)) if c]


def _comparative(unit: str, sign: int) -> str:
    if unit in ("count", "hours"):
        return "more" if sign > 0 else "fewer"
    if unit in ("weeks", "days"):
        return "longer" if sign > 0 else "shorter"
    if unit == "gbp":
        return "more" if sign > 0 else "less"
    return "higher" if sign > 0 else "lower"


def data_to(series: Series, end: date) -> date | None:
    """The end of the last period up to `end` for which the source was there, whatever its figure; None if never."""
    held = [c.period_end for c in series.cells if c.period_end <= end and c.status is not Status.NOT_AVAILABLE]
    return max(held, default=None)


def latest_known(series: Series, end: date) -> Cell | None:
    """The last cell before or at `end` that has a number."""
    return next((c for c in reversed(series.cells) if c.period_end <= end and c.number is not None), None)


def behind(cell: Cell, unit: str) -> str:
    """What a share rests on, where both numbers are shown: `38 of 74`."""
    if unit != "percent" or cell.number is None or cell.numerator is None or cell.denominator is None:
        return ""
    return f"{figure(cell.numerator, 'count')} of {figure(cell.denominator, 'count')}"


def standing(series: Series, end: date) -> str:
    """Where the latest figure stands among those before it; empty when nothing certain can be said.

    A hidden month could be higher or lower than any figure, so with one in sight no rank is claimed.
    """
    cells = [c for c in series.cells if c.period_end <= end]
    numbers = [c.number for c in cells if c.number is not None]
    if len(numbers) < 6 or any(c.status in (Status.SUPPRESSED, Status.LOW) for c in cells) or cells[-1].number is None:
        return ""
    unit = series.metric.unit
    levels = [as_shown(n, unit) for n in numbers]
    span = f"{len(levels)} {'months' if series.grain == 'month' else 'periods'}"
    span = f"the {span}" if len(levels) == len(cells) else f"the {span} with a figure"
    now, rest = levels[-1], levels[:-1]
    if now > max(rest):
        return f"highest of {span}"
    if now < min(rest):
        return f"lowest of {span}"
    low, high = figure(min(numbers), unit), quantity(max(numbers), unit)
    return f"unchanged over {span}" if min(levels) == max(levels) else f"between {low} and {high} over {span}"


def meaning(series: Series, end: date, policy: str, over_year: Series | None = None) -> str:
    """The sentence under a measure's name: what its latest figure means.

    A hidden month still tells something where the measure has its 12 months too: `over_year`.
    """
    cell, unit = series.at(end), series.metric.unit
    if cell is None or cell.status is Status.NOT_AVAILABLE:
        known = latest_known(series, end)
        if known is None or known.number is None:
            return f"No figure for {month(end)}." if series.cells else "No figure for everyone together."
        when = period(series.grain, known.period_start, known.period_end)
        return f"No figure for {month(end)}. Last available: {quantity(known.number, unit)}, {when}."
    if cell.status is Status.SUPPRESSED:
        return f"{sentence(hidden(policy, series.metric))} {_over_year(series, end, over_year)}".strip()
    if cell.status is Status.NOT_APPLICABLE:
        return f"Nothing to measure in {period(series.grain, cell.period_start, cell.period_end)}."
    if cell.status is Status.LOW:
        return sentence(IN_WORDS[Status.LOW])
    place = period_of(series, end) if series.grain.endswith("_ytd") else standing(series, end) or _so_far(series, end)
    return sentence("; ".join(p for p in (behind(cell, unit), place) if p))


def _over_year(series: Series, end: date, over_year: Series | None) -> str:
    """The figure of the 12 months to `end`; not where this month is the only one of them that is hidden.

    Eleven figures and their total would give away the twelfth.
    """
    cell = over_year.at(end) if over_year else None
    hidden_months = sum(c.status is Status.SUPPRESSED for c in series.up_to(end, 12).cells)
    if cell is None or cell.number is None or series.grain != "month" or hidden_months < 2:
        return ""
    return f"{quantity(cell.number, series.metric.unit)} in the {period('rolling_12m', cell.period_start, end)}."


def _so_far(series: Series, end: date) -> str:
    """What can be said of a series too short, or too often hidden, to rank its latest figure."""
    cells = [c for c in series.cells if c.period_end <= end]
    span = "months" if series.grain == "month" else "periods"
    out = sum(c.status is Status.SUPPRESSED for c in cells)
    if len(cells) == 1:
        return f"the first {span[:-1]} with figures"
    if out:
        return f"{out} earlier {span[:-1]} is hidden" if out == 1 else f"{out} earlier {span} are hidden"
    return f"{len(cells)} {span} of figures so far"


def _when(series: Series, cell: Cell) -> str:
    words = period(series.grain, cell.period_start, cell.period_end)
    if series.grain == "rolling_12m":
        return f"in the {words}"
    return f"from {words}" if " to " in words else f"in {words}"


def not_sent(metric: Metric, agency: str) -> str:
    """What has to come before a measure has figures."""
    return f"Figures appear here once {agency} has sent {in_sentence(extract_label(metric.extract))}."


def period_of(series: Series, end: date) -> str:
    """The period that ends on `end`, in words."""
    cell = series.at(end)
    return period(series.grain, cell.period_start, cell.period_end) if cell else month(end)


def trend_finding(series: Series, end: date) -> str:
    """The title of a trend: the latest figure and how it compares, or why there is none."""
    cell, unit = series.at(end), series.metric.unit
    if cell is None or cell.status is Status.NOT_AVAILABLE:
        known = latest_known(series, end)
        last = f"; the last was {shown(known, unit)} {_when(series, known)}" if known else ""
        return f"No figure for {month(end)}{last}"
    when = _when(series, cell)
    if cell.status is Status.SUPPRESSED:
        return f"The figure is hidden {when}, to protect children"
    if cell.status is Status.NOT_APPLICABLE:
        return f"Nothing to measure {when}"
    if cell.status is Status.LOW:
        return f"More than zero {when}, but rounds to zero"
    compared = next((c for c in changes(series, end) if c.direction), None)
    words = f", {_as_clause(compared)}" if compared else ""
    return f"{shown(cell, unit)} {when}{words}"


def _as_clause(compared: Change) -> str:
    return compared.words[:1].lower() + compared.words[1:] if compared.direction == "same" else compared.words


def breakdown_finding(cells: Sequence[Cell], dimension: str, unit: str) -> str:
    """The title of a breakdown: who is highest and who is lowest of those shown; `unknown` is no group of children."""
    shown_cells = [c for c in cells if c.number is not None]
    known = [c for c in shown_cells if "unknown" not in c.category.split("*")] or shown_cells
    out = sum(c.status is Status.SUPPRESSED for c in cells)
    if not known:
        return "Every group is hidden to protect children" if out else "No figures to break down"
    levels = {c.category: as_shown(c.number or 0, unit) for c in known}
    high, low = max(levels.values()), min(levels.values())
    top = [category_label(dimension, c) for c, level in levels.items() if level == high]
    tail = f"; {out} {'group is' if out == 1 else 'groups are'} hidden" if out else ""
    names = {category_label(dimension, category): quantity(float(level), unit) for category, level in levels.items()}
    if set(names) <= {YES, NO}:
        # “Highest for No” would leave the reader to guess what is denied.
        said = ", ".join(f"{name.lower()} {figure}" for name, figure in names.items())
        return f"{dimension_label(dimension)}: {said}{tail}"
    if len(known) == 1:
        return f"{top[0]}: {shown(known[0], unit)}{tail}"
    best = quantity(float(high), unit)
    if high == low:
        return f"{best} in each of {len(known)} groups{' shown' if out else ''}{tail}"
    if len(top) > 2:
        return f"{len(top)} groups are equal highest ({best}){tail}"
    bottom = [category_label(dimension, c) for c, level in levels.items() if level == low]
    least = f", lowest for {bottom[0]} ({quantity(float(low), unit)})" if len(bottom) == 1 and not out else ""
    return f"Highest for {listed(top)} ({best}){least}{tail}"


def target_words(metric: Metric, cell: Cell | None, target: Target | None) -> tuple[str, str]:
    """A target as a figure, and whether it is met: `100%`, `not met`; nothing is said of a figure not shown."""
    if target is None:
        return "", ""
    shown_target = quantity_short(target.value, metric.unit)
    if cell is None or cell.number is None or metric.direction not in ("higher_better", "lower_better"):
        return shown_target, ""
    met = cell.number >= target.value if metric.direction == "higher_better" else cell.number <= target.value
    if met:
        return shown_target, "met"
    close = as_shown(cell.number, metric.unit) == as_shown(target.value, metric.unit)
    return shown_target, "just short" if close else "not met"


def quantity_short(value: float, unit: str) -> str:
    """A target's figure: whole where it is whole (`100%`, `13 weeks`, `1 week`)."""
    if value != int(value) or unit not in ("percent", "weeks", "hours", "per_100"):
        return quantity(value, unit)
    word = unit_word(unit)
    word = word.removesuffix("s") if value == 1 else word
    return f"{digits(rounded(value, 0))}{'' if word == '%' else NO_BREAK}{word}"


def alternative(series: Series, end: date) -> str:
    """A series in words, for whoever cannot see its line."""
    unit, cells = series.metric.unit, [c for c in series.cells if c.period_end <= end]
    known = [c for c in cells if c.number is not None]
    if not known:
        return f"{series.metric.title}: no figures shown up to {month(end)}."
    first, last = known[0], known[-1]
    low = min(known, key=lambda c: c.number or 0)
    high = max(known, key=lambda c: c.number or 0)
    text = f"from {shown(first, unit)} in {month(first.period_end)} to {shown(last, unit)} in {month(last.period_end)}"
    if len(known) == 1:
        text = f"{shown(first, unit)} in {month(first.period_end)}"
    elif as_shown(low.number or 0, unit) != as_shown(high.number or 0, unit):
        text += f"; lowest {shown(low, unit)} ({short_month(low.period_end)})"
        text += f", highest {shown(high, unit)} ({short_month(high.period_end)})"
    hidden_count = sum(c.status is Status.SUPPRESSED for c in cells)
    missing = sum(c.status is Status.NOT_AVAILABLE for c in cells)
    text += f"; {hidden_count} hidden" if hidden_count else ""
    text += f"; {missing} not available" if missing else ""
    return f"{series.metric.title}: {text}."
