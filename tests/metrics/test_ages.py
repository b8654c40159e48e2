"""Age is in whole years at the end of a month, from the month of birth, and falls in a band."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.periods import month_end
from metrics.queries import UNKNOWN, age_expression, dimension_expression
from tests.metrics.marts import DEFINITIONS, by_category, empty_marts, fill, measured

SEPTEMBER = date(2025, 9, 1)
DAYS = st.dates(date(1998, 1, 1), date(2040, 12, 31))


@pytest.fixture(scope="module")
def marts():
    with empty_marts() as connection:
        yield connection


def age(marts, born: date, day: date) -> Any:
    birth_month = born.replace(day=1)
    expression = age_expression("anchor")
    sql = f"select {expression} from (select ?::date as birth_month, ?::date as anchor)"
    return marts.execute(sql, [birth_month, day]).fetchone()[0]


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        ("2008-02-29", "2025-02-28", 17),
        ("2008-02-29", "2025-02-01", 17),
        ("2008-02-29", "2025-01-31", 16),
        ("2008-02-29", "2024-02-29", 16),
        ("2009-09-30", "2025-09-01", 16),
        ("2009-09-01", "2025-09-30", 16),
        ("2009-09-30", "2025-08-31", 15),
        ("2009-10-01", "2025-09-30", 15),
        ("2025-09-11", "2025-09-30", 0),
        ("2000-12-31", "2025-12-01", 25),
        ("2000-01-01", "2025-12-31", 25),
    ],
)
def test_whoever_has_a_birthday_later_in_the_month_has_had_it(marts, born, day, years):
    assert age(marts, date.fromisoformat(born), date.fromisoformat(day)) == years


@given(DAYS, st.integers(0, 9000))
def test_age_is_whole_years_at_the_end_of_the_month(marts, born, days_later):
    day = born + timedelta(days=days_later)
    close = month_end(day)
    # Born on the 29th of February, a child turns at the end of February.
    birthday = (born.month, 28) if (born.month, born.day) == (2, 29) else (born.month, born.day)
    assert age(marts, born, day) == close.year - born.year - ((close.month, close.day) < birthday)


@pytest.mark.parametrize(
    ("years", "band"),
    [(-1, UNKNOWN), (0, "0-4"), (4, "0-4"), (5, "5-10"), (10, "5-10"), (11, "11-15"), (15, "11-15"), (16, "16-19"),
     (19, "16-19"), (20, "20-25"), (25, "20-25"), (26, UNKNOWN), (None, UNKNOWN)],
)  # fmt: skip
def test_an_age_falls_in_its_band(marts, years, band):
    sql = f"select {dimension_expression('age_band')} from (select ?::bigint as age)"
    assert marts.execute(sql, [years]).fetchone()[0] == band


def test_the_age_of_a_state_is_that_at_the_close_of_the_month_and_of_a_flow_that_of_its_own_day(marts):
    born = {"birth_month": date(2014, 9, 1)}  # 11 in September 2025, 10 before
    fill(marts, "mart.home_education", [{"start_date": date(2025, 1, 6)} | born])
    assert by_category(measured(marts, [DEFINITIONS["ehe_count"]], SEPTEMBER), "age_band") == {"11-15": 1}
    received = [{"received_date": date(2025, 8, 31)} | born, {"received_date": date(2025, 9, 1)} | born]
    fill(marts, "mart.ehc_request", received)
    cells = measured(marts, [DEFINITIONS["ehc_requests_count"]], SEPTEMBER)
    assert by_category(cells, "age_band", grain="rolling_12m") == {"5-10": 1, "11-15": 1}
