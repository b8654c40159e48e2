"""Periods are whole months, and each grain begins where its year begins."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.periods import add_months, month_end, period
from metrics.release_format import Grain

months = st.builds(date, st.integers(1990, 2100), st.integers(1, 12), st.just(1))
grains = st.sampled_from(Grain)

# Month that closes the period, and the first day of the period of each grain that ends with it.
BY_HAND = """
2025-01 month 2025-01-01 quarter 2024-11-01 calendar_ytd 2025-01-01 academic_ytd 2024-09-01 financial_ytd 2024-04-01 rolling_12m 2024-02-01
2025-02 month 2025-02-01 quarter 2024-12-01 calendar_ytd 2025-01-01 academic_ytd 2024-09-01 financial_ytd 2024-04-01 rolling_12m 2024-03-01
2025-03 month 2025-03-01 quarter 2025-01-01 calendar_ytd 2025-01-01 academic_ytd 2024-09-01 financial_ytd 2024-04-01 rolling_12m 2024-04-01
2025-04 month 2025-04-01 quarter 2025-02-01 calendar_ytd 2025-01-01 academic_ytd 2024-09-01 financial_ytd 2025-04-01 rolling_12m 2024-05-01
2025-08 month 2025-08-01 quarter 2025-06-01 calendar_ytd 2025-01-01 academic_ytd 2024-09-01 financial_ytd 2025-04-01 rolling_12m 2024-09-01
2025-09 month 2025-09-01 quarter 2025-07-01 calendar_ytd 2025-01-01 academic_ytd 2025-09-01 financial_ytd 2025-04-01 rolling_12m 2024-10-01
2025-12 month 2025-12-01 quarter 2025-10-01 calendar_ytd 2025-01-01 academic_ytd 2025-09-01 financial_ytd 2025-04-01 rolling_12m 2025-01-01
2024-02 month 2024-02-01 quarter 2023-12-01 calendar_ytd 2024-01-01 academic_ytd 2023-09-01 financial_ytd 2023-04-01 rolling_12m 2023-03-01
"""  # noqa: E501
WORKED = [
    (line.split()[0], grain, start)
    for line in BY_HAND.strip().splitlines()
    for grain, start in zip(line.split()[1::2], line.split()[2::2], strict=True)
]


@pytest.mark.parametrize(("month", "grain", "start"), WORKED)
def test_a_period_begins_where_its_year_begins(month, grain, start):
    found = period(Grain(grain), date.fromisoformat(f"{month}-01"))
    assert found.start == date.fromisoformat(start)
    assert f"{found.end:%Y-%m}" == month


def test_the_table_worked_by_hand_has_every_grain():
    assert {grain for _, grain, _ in WORKED} == set(Grain)


@pytest.mark.parametrize(
    ("day", "last"),
    [
        ("2024-02-01", "2024-02-29"),
        ("2025-02-11", "2025-02-28"),
        ("2100-02-01", "2100-02-28"),
        ("2000-02-29", "2000-02-29"),
        ("2025-12-31", "2025-12-31"),
        ("2025-04-30", "2025-04-30"),
    ],
)
def test_a_month_ends_on_its_last_day(day, last):
    assert month_end(date.fromisoformat(day)) == date.fromisoformat(last)


@given(grains, months)
def test_both_ends_of_a_period_are_ends_of_months(grain, month):
    found = period(grain, month)
    assert found.start.day == 1
    assert (found.end + timedelta(days=1)).day == 1
    assert found.start <= month <= found.end


@given(grains, months)
def test_a_period_covers_as_many_months_as_its_grain_says(grain, month):
    covered = period(grain, month).months()
    lengths = {Grain.MONTH: {1}, Grain.QUARTER: {3}, Grain.ROLLING_12M: {12}}
    assert len(covered) in lengths.get(grain, set(range(1, 13)))
    assert covered[0] == period(grain, month).start
    assert covered[-1] == month
    assert all(add_months(one, 1) == other for one, other in pairwise(covered))


@given(st.sampled_from([Grain.CALENDAR_YTD, Grain.ACADEMIC_YTD, Grain.FINANCIAL_YTD]), months)
def test_a_year_to_date_begins_in_the_same_month_every_year_and_grows_by_one_month(grain, month):
    begins = {Grain.CALENDAR_YTD: 1, Grain.ACADEMIC_YTD: 9, Grain.FINANCIAL_YTD: 4}[grain]
    this, following = period(grain, month), period(grain, add_months(month, 1))
    assert this.start.month == begins
    assert following.start == (this.start if following.end.month != begins else add_months(this.start, 12))


@given(months, st.integers(-600, 600), st.integers(-600, 600))
def test_adding_months_adds_up(month, one, other):
    assert add_months(add_months(month, one), other) == add_months(month, one + other)
    assert add_months(month, 12) == date(month.year + 1, month.month, 1)
