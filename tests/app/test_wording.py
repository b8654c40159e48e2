"""Numbers, units and dates are written as British readers expect, and rounded once, half up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import wording
from tests.app.cells import UNITS

NUMBERS = st.floats(-1e12, 1e12, allow_nan=False, allow_infinity=False)


@given(NUMBERS, st.integers(0, 3))
def test_rounding_is_half_up_and_never_minus_zero(value: float, places: int) -> None:
    result = wording.rounded(value, places)
    exact, step = Fraction(Decimal(repr(value))), Fraction(1, 10**places)
    assert abs(Fraction(result) - exact) <= step / 2
    if abs(Fraction(result) - exact) == step / 2:
        assert abs(Fraction(result)) > abs(exact), "a tie goes away from zero"
    assert not (result == 0 and result.is_signed())


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (3928, "count", "3,928"),
        (0, "count", "0"),
        (12.5, "count", "12.5"),
        (1234567, "count", "1,234,567"),
        (0.05, "percent", "0.1%"),
        (78.95, "percent", "79.0%"),
        (2.675, "percent", "2.7%"),
        (100, "percent", "100.0%"),
        (-3.25, "percent", "−3.3%"),
        (-0.04, "percent", "0.0%"),
        (6, "weeks", "6.0\u00a0weeks"),
        (1, "weeks", "1.0\u00a0weeks"),
        (1, "days", "1\u00a0day"),
        (140, "days", "140\u00a0days"),
        (97.5, "days", "97.5\u00a0days"),
        (86000, "gbp", "£86,000"),
        (999_999.4, "gbp", "£999,999"),
        (999_999.5, "gbp", "£1.0m"),
        (1_150_000, "gbp", "£1.2m"),
        (-19_000_000, "gbp", "−£19.0m"),
        (1_249_000_000, "gbp", "£1.2bn"),
        (8.449, "per_100", "8.4\u00a0per 100"),
        (-0.125, "score", "−0.13"),
        (44.95, "score", "45.0"),
    ],
)
def test_a_quantity_as_readers_know_it(value: float, unit: str, shown: str) -> None:
    assert wording.quantity(value, unit) == shown


@given(NUMBERS, st.sampled_from(UNITS))
def test_a_figure_has_no_hyphen_for_a_minus_and_no_minus_zero(value: float, unit: str) -> None:
    shown = wording.quantity(value, unit)
    assert "-" not in shown
    if wording.MINUS in shown:
        assert any(digit in shown for digit in "123456789")


@given(NUMBERS, NUMBERS, st.sampled_from(UNITS))
def test_a_difference_agrees_with_the_two_figures_beside_it(now: float, before: float, unit: str) -> None:
    sign, words = wording.difference(now, before, unit)
    left, right = wording.as_shown(now, unit), wording.as_shown(before, unit)
    assert sign == (left > right) - (left < right)
    assert (words == "no difference") == (sign == 0)
    assert wording.MINUS not in words


def test_a_difference_of_percentages_is_in_points() -> None:
    assert wording.difference(51.04, 48.66, "percent") == (1, "2.3\u00a0points")
    assert wording.difference(50, 51, "percent") == (-1, "1.0\u00a0point")


def test_a_difference_is_no_more_exact_than_the_figures() -> None:
    assert wording.difference(42.9, 43.1, "score") == (-1, "0.2")
    assert wording.difference(-0.23, -0.21, "score") == (-1, "0.02")
    assert wording.difference(3_950_000, 3_350_000, "gbp") == (1, "£0.6m")
    assert wording.difference(16_833, 16_317, "gbp") == (1, "£516")


@pytest.mark.parametrize(
    ("count", "words"), [(0, "no measures"), (1, "1 measure"), (2, "2 measures"), (1000, "1,000 measures")]
)
def test_counts_agree_with_their_nouns(count: int, words: str) -> None:
    assert wording.plural(count, "measure") == words


def test_lists_are_read_aloud() -> None:
    assert [wording.listed(list("abc")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("grain", "start", "end", "words"),
    [
        ("month", date(2025, 9, 1), date(2025, 9, 30), "September 2025"),
        ("quarter", date(2025, 7, 1), date(2025, 9, 30), "July to September 2025"),
        ("calendar_ytd", date(2025, 1, 1), date(2025, 1, 31), "January 2025"),
        ("academic_ytd", date(2024, 9, 1), date(2025, 8, 31), "September 2024 to August 2025"),
        ("rolling_12m", date(2024, 10, 1), date(2025, 9, 30), "12 months to September 2025"),
    ],
)
def test_a_period_in_words(grain: str, start: date, end: date, words: str) -> None:
    assert wording.period(grain, start, end) == words


def test_dates_put_the_day_first() -> None:
    assert wording.day(date(2025, 10, 2)) == "2 October 2025"
    assert wording.short_day(date(2025, 10, 2)) == "2\u00a0Oct"
    assert wording.short_month(date(2025, 9, 30)) == "Sep\u00a02025"
