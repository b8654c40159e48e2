"""Numbers, units, months and periods as British readers expect them. Rounding happens here, once, half up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

MINUS: Final = "\N{MINUS SIGN}"
THIN: Final = "\N{NARROW NO-BREAK SPACE}"
NO_BREAK: Final = "\N{NO-BREAK SPACE}"
DASH: Final = "\N{EN DASH}"

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
SMALL: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

# Decimal places of each unit; `score` and `gbp` depend on the size of the number.
PLACES: Final = {"count": 0, "percent": 1, "per_100": 1, "weeks": 1, "days": 0, "hours": 1}
MILLION: Final = 1_000_000


def rounded(value: float, places: int) -> Decimal:
    """`value` rounded half up (away from zero) to so many places; never minus zero."""
    step = Decimal(1).scaleb(-places)
    result = Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_UP)
    return abs(result) if result == 0 else result


def places(unit: str, value: float) -> int:
    """Decimal places a figure of this unit is shown with; a count or a day that is not whole keeps one."""
    if unit == "score":
        return 1 if abs(value) >= 10 else 2
    if unit == "gbp":
        return 0
    if unit in ("count", "days") and rounded(value, 1) != rounded(value, 0):
        return 1
    return PLACES.get(unit, 1)


def as_shown(value: float, unit: str) -> Decimal:
    """The number a reader sees: differences are taken between these, so that they add up on the page."""
    if unit == "gbp" and abs(rounded(value, 0)) >= MILLION:
        return rounded(value / MILLION, 1) * MILLION
    return rounded(value, places(unit, value))


def digits(value: Decimal | int, decimal_places: int | None = None) -> str:
    """Digits with thousands separators and a real minus sign."""
    text = f"{abs(value):,}" if decimal_places is None else f"{abs(value):,.{decimal_places}f}"
    return f"{MINUS}{text}" if value < 0 else text


def figure(value: float, unit: str) -> str:
    """The figure alone: `3,928`, `51.0`, `£86,000`, `£1.2m`; the unit's word stands beside it."""
    if unit == "gbp":
        return money(as_shown(value, unit))
    return digits(as_shown(value, unit), places(unit, value))


def money(amount: Decimal) -> str:
    """Pounds: whole below a million, `£1.2m` and `£1.2bn` above."""
    sign, size = (MINUS if amount < 0 else ""), abs(amount)
    if rounded(float(size) / MILLION, 1) >= 1000:
        return f"{sign}£{rounded(float(size) / 1e9, 1):,}bn"
    if size >= MILLION:
        return f"{sign}£{rounded(float(size) / MILLION, 1):,}m"
    return f"{sign}£{rounded(float(size), 0):,}"


def unit_word(unit: str, value: float | None = None) -> str:
    """What stands beside a figure: `%`, `weeks`, `per 100`; nothing for counts, money and scores."""
    if unit in ("weeks", "days", "hours"):
        one = value is not None and figure(value, unit) == "1"
        return unit[:-1] if one else unit
    return {"percent": "%", "per_100": "per 100"}.get(unit, "")


def quantity(value: float, unit: str) -> str:
    """A figure with its unit: `51.0%`, `12.0 weeks`, `1 day`, `8.4 per 100`, `3,928`."""
    word = unit_word(unit, value)
    gap = "" if word in ("", "%") else NO_BREAK
    return f"{figure(value, unit)}{gap}{word}"


def unit_name(unit: str) -> str:
    """The unit under a chart: `Number`, `Per cent`, `Weeks`."""
    names = {"count": "Number", "percent": "Per cent", "per_100": "Rate per 100", "gbp": "Pounds"}
    return names.get(unit) or unit.capitalize()


def difference(now: float, before: float, unit: str) -> tuple[int, str]:
    """How far `now` is from `before` as shown: the sign (−1, 0, 1) and the size in words.

    Percentages differ by points; sums of money and times keep their unit. It is no more exact than the two figures.
    """
    gap = as_shown(now, unit) - as_shown(before, unit)
    if gap == 0:
        return 0, "no difference"
    sign, size = (1 if gap > 0 else -1), abs(float(gap))
    if unit == "percent":
        word = "point" if size == 1 else "points"
        return sign, f"{digits(rounded(size, 1), 1)}{NO_BREAK}{word}"
    if unit == "score":
        exact = max(places(unit, now), places(unit, before))
        return sign, digits(rounded(size, exact), exact)
    if unit == "gbp" and size < MILLION and min(abs(as_shown(v, unit)) for v in (now, before)) >= MILLION:
        return sign, f"£{rounded(size / MILLION, 1)}m"
    return sign, quantity(size, unit)


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 measure`, `2 measures`, `no measures`: a count with its noun."""
    word = one if count == 1 else many or f"{one}s"
    return f"{'no' if count == 0 else digits(count)} {word}"


def sentence(text: str) -> str:
    """The text as a sentence: a capital first and a full stop last."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def listed(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def day(when: date, year: bool = True) -> str:
    """`12 October 2025`, or `12 October`."""
    return f"{when.day} {MONTHS[when.month - 1]}" + (f" {when.year}" if year else "")


def short_day(when: date) -> str:
    """`12 Oct`."""
    return f"{when.day}{NO_BREAK}{MONTHS[when.month - 1][:3]}"


def month(when: date) -> str:
    """`September 2025`."""
    return f"{MONTHS[when.month - 1]} {when.year}"


def short_month(when: date) -> str:
    """`Sep 2025`."""
    return f"{MONTHS[when.month - 1][:3]}{NO_BREAK}{when.year}"


def period(grain: str, start: date, end: date) -> str:
    """A period in words: `September 2025`, `April to September 2025`, `12 months to September 2025`."""
    if grain == "rolling_12m":
        return f"12 months to {month(end)}"
    if (start.year, start.month) == (end.year, end.month):
        return month(end)
    begin = MONTHS[start.month - 1] if start.year == end.year else month(start)
    return f"{begin} to {month(end)}"
