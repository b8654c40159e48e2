"""Figures that an agency counted itself stand as sent, beside the computed ones and never in their place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.metrics.marts import DEFINITIONS, Cell, covered, empty_marts, fill, measured

RETURN, REGISTER = "health/indicator_return", "education/ehe_register"
AUGUST, SEPTEMBER = date(2025, 8, 1), date(2025, 9, 1)


@pytest.fixture(scope="module")
def marts():
    with empty_marts() as connection:
        yield connection


def returned(marts, *figures: dict[str, Any], coverage: dict | None = None) -> list[Cell]:
    """What is measured of figures for the month of September unless they say otherwise."""
    plain = {
        "agency": "health", "indicator_id": "camhs_waiting_count", "grain": "month", "period_start": SEPTEMBER,
        "period_end": date(2025, 9, 30), "dimension": "all", "category": "all", "is_provisional": False,
    }  # fmt: skip
    fill(marts, "mart.indicator", [plain | figure for figure in figures])
    definitions = [DEFINITIONS["camhs_waiting_count"], DEFINITIONS["ehe_count"]]
    return measured(marts, definitions, SEPTEMBER, coverage or {RETURN: covered(RETURN, SEPTEMBER)})


def test_a_figure_stands_as_sent_in_whatever_breakdown_and_grain(marts):
    cells = returned(
        marts,
        {"value": 97.0},
        {"value": 60.0, "dimension": "team", "category": "north"},
        {"value": 300.0, "grain": "quarter", "period_start": date(2025, 7, 1), "is_provisional": True},
    )
    found = {(one["grain"], one["dimension"], one["category"]): (one["value"], one["is_provisional"]) for one in cells}
    assert found == {
        ("month", "all", "all"): (97, False),
        ("month", "team", "north"): (60, False),
        ("quarter", "all", "all"): (300, True),
    }
    assert {one["status"] for one in cells} == {"ok"}


@pytest.mark.parametrize("mark", ["c", "x", "z", "low"])
def test_a_mark_is_the_status_and_there_is_one_row(marts, mark):
    (cell,) = returned(marts, {"mark": mark})
    assert (cell["status"], cell["value"], cell["behind"]) == (mark, None, None)


@pytest.mark.parametrize(
    ("figure", "behind"),
    [
        ({"value": 97.0}, (97, None)),
        ({"value": 3.0}, (3, None)),
        ({"value": 3.0, "numerator": 3.0}, (3, None)),
        ({"value": 97.0, "numerator": 97.0, "denominator": 200.0}, (97, 200)),
    ],
)
def test_a_returned_count_is_looked_at_like_any_count(marts, figure, behind):
    (cell,) = returned(marts, figure)
    assert (cell["behind"], cell["behind_complement"]) == behind


def test_a_figure_that_is_no_count_is_looked_at_by_what_was_sent_with_it(marts):
    fill(marts, "mart.indicator", DEFINITIONS["camhs_avg_wait_weeks"].example.given)
    coverage = {RETURN: covered(RETURN, SEPTEMBER)}
    (cell,) = measured(marts, [DEFINITIONS["camhs_avg_wait_weeks"]], SEPTEMBER, coverage)
    assert (cell["value"], cell["behind"], cell["behind_complement"]) == (12, 1164, 97)


def test_a_period_that_ends_after_the_release_is_not_shown_yet(marts):
    later = {"value": 5.0, "period_start": date(2025, 10, 1), "period_end": date(2025, 10, 31)}
    assert [cell["value"] for cell in returned(marts, {"value": 97.0}, later)] == [97]


def test_a_figure_for_a_month_of_its_own_says_nothing_of_another_month_that_was_not_sent(marts):
    cells = returned(
        marts,
        {"value": 90.0, "period_start": AUGUST, "period_end": date(2025, 8, 31)},
        coverage={RETURN: covered(RETURN, AUGUST)},
    )
    assert [(cell["period_end"].month, cell["value"], cell["status"]) for cell in cells] == [
        (8, 90, "ok"),
        (9, None, "x"),
    ]


@pytest.mark.parametrize(("month", "stands"), [(7, True), (8, False), (9, False)])
def test_a_computed_metric_may_be_returned_only_for_what_lies_before_its_records(marts, month, stands):
    coverage = {RETURN: covered(RETURN, SEPTEMBER), REGISTER: covered(REGISTER, AUGUST, SEPTEMBER)}
    figure = {"indicator_id": "ehe_count", "value": 555.0, "period_start": date(2025, month, 1)}
    figure["period_end"] = date(2025, month, 31 if month < 9 else 30)
    fill(marts, "mart.home_education", [{"start_date": date(2025, 1, 6)}])
    cells = returned(marts, figure, {"value": 97.0}, coverage=coverage)
    of_register = [cell for cell in cells if (cell["metric_id"], cell["dimension"]) == ("ehe_count", "all")]
    values = {cell["period_end"].month: cell["value"] for cell in of_register}
    assert values == ({7: 555.0} if stands else {}) | {8: 1, 9: 1}
    assert len(of_register) == len(values), "no cell is there twice"


def test_a_refused_delivery_of_records_takes_no_returned_figure_away(marts):
    refused = replace(covered(REGISTER, AUGUST), accepted=frozenset())
    figure = {"indicator_id": "ehe_count", "value": 555.0, "period_start": AUGUST, "period_end": date(2025, 8, 31)}
    cells = returned(marts, figure, {"value": 97.0}, coverage={RETURN: covered(RETURN, SEPTEMBER), REGISTER: refused})
    of_register = [cell for cell in cells if (cell["metric_id"], cell["dimension"]) == ("ehe_count", "all")]
    assert [(cell["period_end"].month, cell["value"], cell["status"]) for cell in of_register] == [
        (8, 555.0, "ok"),
        (9, None, "x"),
    ]
