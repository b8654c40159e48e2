"""Each cell is computed from its own rows: ages, categories, moments, zeros and middles, worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.definition import FINE_DIMENSIONS, Definition, Shape, Unit
from metrics.queries import UNKNOWN
from metrics.release_format import CELL_KEY
from tests.metrics.marts import DEFINITIONS, by_category, covered, empty_marts, fill, measured, pick

Rows = Sequence[Mapping[str, Any]]
SEPTEMBER, END = date(2025, 9, 1), date(2025, 9, 30)
DAYS = st.dates(date(1998, 1, 1), date(2040, 12, 31))


@pytest.fixture(scope="module")
def marts():
    with empty_marts() as connection:
        yield connection


def changed(metric: str, **changes: object) -> Definition:
    """A definition as if it had been written otherwise."""
    return Definition.model_validate(DEFINITIONS[metric].model_dump(by_alias=True) | {"caveats": (), **changes})


def home_educated(marts, given_rows: Rows, **changes: object) -> list[dict]:
    one = changed("ehe_count", **changes)
    fill(marts, "mart.home_education", [{"start_date": date(2025, 1, 6), **row} for row in given_rows])
    return measured(marts, [one], SEPTEMBER)


def suspended(marts, given_rows: Rows, **changes: object) -> list[dict]:
    rows = [{"category": "SUSP", "start_date": date(2025, 9, 8), **row} for row in given_rows]
    fill(marts, "mart.exclusion_event", rows)
    return measured(marts, [changed("suspensions_count", **changes)], SEPTEMBER)


def waiting(marts, shape: Shape, weeks: list[float | None], **changes: object) -> dict:
    rows = [
        {"snapshot_date": END, "referral_date": SEPTEMBER, "is_waiting": True, "weeks_waited": one} for one in weeks
    ]
    fill(marts, "mart.nd_referral", rows)
    (cell,) = pick(measured(marts, [changed("nd_avg_wait_weeks", shape=shape, **changes)], SEPTEMBER))
    return cell


def address(cell: dict) -> list[str]:
    return [str(cell[name]) for name in CELL_KEY]


def test_empty_is_unknown_alone_and_in_two_way_categories(marts):
    rows: Rows = [{"phase": "secondary", "sen_provision": "K"}, {"phase": None, "sen_provision": "K"}, {}]
    cells = suspended(marts, rows)
    assert by_category(cells, "sen_provision") == {"K": 2, UNKNOWN: 1}
    assert by_category(cells, "phase") == {"secondary": 1, UNKNOWN: 2}
    two_way = by_category(cells, "phase*sen_provision", grain="rolling_12m")
    assert two_way == {"secondary*K": 1, "unknown*K": 1, "unknown*unknown": 1}


def test_yes_and_no_are_true_and_false(marts):
    rows: Rows = [{"known_to_social_care": True}, {"known_to_social_care": False}, {"known_to_social_care": None}]
    assert by_category(suspended(marts, rows), "known_to_social_care") == {"true": 1, "false": 1, UNKNOWN: 1}


def test_fine_breakdowns_of_a_flow_stand_at_the_rolling_year_alone_and_of_a_state_at_its_month(marts):
    cells = suspended(marts, [{"reason_1": "DB", "phase": "primary"}])
    for dimension in DEFINITIONS["suspensions_count"].dimensions:
        is_fine = dimension in FINE_DIMENSIONS or "*" in dimension
        grains = {cell["grain"] for cell in cells if cell["dimension"] == dimension}
        assert grains == ({"rolling_12m"} if is_fine else set(DEFINITIONS["suspensions_count"].grains)), dimension
    states = home_educated(marts, [{"primary_reason": "lifestyle"}])
    assert {cell["dimension"] for cell in states} == {"all", *DEFINITIONS["ehe_count"].dimensions}
    assert {cell["grain"] for cell in states} == {"month"}


def test_a_category_in_which_nothing_counted_falls_has_no_row(marts):
    cells = suspended(marts, [{"phase": "primary"}, {"phase": "special", "category": "PERM"}])
    assert by_category(cells, "phase") == {"primary": 1}


def test_a_count_of_nothing_is_zero_and_a_share_or_average_of_nothing_does_not_apply(marts):
    (count,) = pick(home_educated(marts, []))
    assert (count["numerator"], count["denominator"], count["value"], count["status"]) == (0, None, 0, "ok")
    mean = waiting(marts, Shape.MEAN, [])
    assert (mean["numerator"], mean["denominator"], mean["value"], mean["status"]) == (0, 0, None, "z")
    for shape in (Shape.MEDIAN, Shape.MAXIMUM):
        middle = waiting(marts, shape, [])
        assert (middle["numerator"], middle["denominator"], middle["value"], middle["status"]) == (None, 0, None, "z")
    fill(marts, "mart.post16_activity", [])
    (share,) = pick(measured(marts, [DEFINITIONS["neet_send_pct"]], SEPTEMBER))
    assert (share["numerator"], share["denominator"], share["value"], share["status"]) == (0, 0, None, "z")


@pytest.mark.parametrize(
    ("shape", "weeks", "numbers"),
    [
        (Shape.MEAN, [1.0, 2.0, 6.0], (9.0, 3, 3.0)),
        (Shape.MEDIAN, [9.0, 1.0, 4.0, 3.0], (None, 4, 3.5)),
        (Shape.MEDIAN, [9.0, 1.0, 4.0], (None, 3, 4.0)),
        (Shape.MAXIMUM, [9.0, 1.0, 4.0], (None, 3, 9.0)),
        (Shape.MEAN, [4.0, None], (4.0, 1, 4.0)),
        (Shape.MEDIAN, [4.0, None], (None, 1, 4.0)),
    ],
)
def test_means_medians_and_maxima(marts, shape, weeks, numbers):
    found = waiting(marts, shape, weeks)
    assert (found["numerator"], found["denominator"], found["value"]) == numbers
    assert (found["behind"], found["behind_complement"], found["status"]) == (numbers[1], None, "ok")


@settings(max_examples=25)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=12))
def test_a_median_of_an_even_number_is_the_mean_of_the_middle_two(marts, days):
    ordered = sorted(days)
    middle = (ordered[(len(days) - 1) // 2] + ordered[len(days) // 2]) / 2
    assert waiting(marts, Shape.MEDIAN, [float(one) for one in days])["value"] == middle


def test_a_sum_adds_a_column_and_says_how_many_rows_stand_behind_it(marts):
    rows: Rows = [{"sessions": 3}, {"sessions": 5}, {"sessions": None}]
    (cell,) = pick(suspended(marts, rows, shape=Shape.SUM, of="sessions", unit=Unit.DAYS))
    assert (cell["numerator"], cell["denominator"], cell["value"], cell["behind"]) == (8, None, 8, 2)


def test_a_ratio_divides_the_sums_of_its_rows(marts):
    rows = [{"sessions": 3}, {"sessions": 5}]
    ratio = {"shape": Shape.RATIO_OF_SUMS, "numerator": "sessions", "denominator": "10", "unit": Unit.PERCENT}
    (cell,) = pick(suspended(marts, rows, **ratio))
    assert (cell["numerator"], cell["denominator"], cell["value"], cell["behind"]) == (8, 20, 40.0, 8)
    assert cell["behind_complement"] == 12


def test_a_ratio_of_childrens_sessions_looks_at_how_many_children_are_behind_it(marts):
    rows = [{"sessions": 3, "upn": "a"}, {"sessions": 5, "upn": "a"}, {"sessions": 2, "upn": "b"}]
    ratio = {"shape": Shape.RATIO_OF_SUMS, "numerator": "sessions", "denominator": "10", "unit": Unit.PERCENT}
    (cell,) = pick(suspended(marts, rows, per="upn", **ratio))
    assert (cell["behind"], cell["behind_complement"]) == (2, None)


def test_a_child_in_two_categories_counts_in_each_and_once_in_all(marts):
    rows = [{"upn": "one", "phase": "primary"}, {"upn": "one", "phase": "special"}, {"upn": "two", "phase": "primary"}]
    cells = suspended(marts, rows, distinct="upn")
    assert [cell["value"] for cell in pick(cells)] == [2]
    assert by_category(cells, "phase") == {"primary": 2, "special": 1}


def test_a_share_counts_only_rows_of_its_denominator_and_says_who_is_left(marts):
    young = {"snapshot_date": END, "academic_age": 16}
    rows = [young | {"sen_provision": sen, "is_neet": neet} for sen, neet in [("E", True), ("K", False), ("N", True)]]
    fill(marts, "mart.post16_activity", rows)
    (cell,) = pick(measured(marts, [DEFINITIONS["neet_send_pct"]], SEPTEMBER))
    assert (cell["numerator"], cell["denominator"], cell["value"]) == (1, 2, 50.0)
    assert (cell["behind"], cell["behind_complement"]) == (1, 1)


@pytest.mark.parametrize(
    ("begins", "ends", "as_at", "spell"),
    [
        ("2025-09-30", None, 1, 1),
        ("2025-10-01", None, 0, 0),
        ("2025-09-01", "2025-09-30", 0, 1),
        ("2025-09-01", "2025-10-01", 1, 1),
        ("2025-01-01", "2025-09-01", 0, 1),
        ("2025-01-01", "2025-08-31", 0, 0),
        ("2025-09-30", "2025-09-30", 0, 1),
    ],
)
def test_what_ended_on_the_last_day_is_over_at_its_close_and_was_active_in_the_month(marts, begins, ends, as_at, spell):
    row = {"start_date": date.fromisoformat(begins), "end_date": date.fromisoformat(ends) if ends else None}
    assert [cell["value"] for cell in pick(home_educated(marts, [row]))] == [as_at]
    assert [cell["value"] for cell in pick(home_educated(marts, [row], placed_by="spell"))] == [spell]


@pytest.mark.parametrize(
    ("day", "counts"), [("2025-08-31", 0), ("2025-09-01", 1), ("2025-09-30", 1), ("2025-10-01", 0)]
)
def test_both_days_of_a_period_belong_to_it(marts, day, counts):
    (cell,) = pick(suspended(marts, [{"start_date": date.fromisoformat(day)}]))
    assert cell["value"] == counts


def test_a_row_without_the_date_that_places_it_is_in_no_period(marts):
    assert {cell["value"] for cell in suspended(marts, [{"start_date": None}])} == {0}


def test_the_flows_of_a_snapshot_are_read_in_the_snapshot_of_the_month_that_closes_the_period(marts):
    august = date(2025, 8, 31)
    fill(marts, "mart.nd_referral", [
        {"snapshot_date": august, "referral_date": date(2025, 8, 4)},
        {"snapshot_date": august, "referral_date": date(2025, 8, 5)},
        {"snapshot_date": END, "referral_date": date(2025, 8, 4)},
        {"snapshot_date": END, "referral_date": date(2025, 9, 9)},
    ])  # fmt: skip
    coverage = {"health/nd_referrals": covered("health/nd_referrals", date(2025, 8, 1), SEPTEMBER)}
    cells = measured(marts, [DEFINITIONS["nd_referrals_count"]], SEPTEMBER, coverage)
    for grain, in_august, in_september in [("month", 2, 1), ("calendar_ytd", 2, 2), ("academic_ytd", 2, 1)]:
        assert [cell["value"] for cell in pick(cells, grain=grain, end=august)] == [in_august], grain
        assert [cell["value"] for cell in pick(cells, grain=grain, end=END)] == [in_september], grain


def test_metrics_of_the_same_rows_are_computed_together_as_if_alone(marts):
    rows = [{"category": one, "start_date": date(2025, 9, 8), "phase": "primary"} for one in ("SUSP", "PERM", "SUSP")]
    fill(marts, "mart.exclusion_event", rows)
    both = [DEFINITIONS["suspensions_count"], DEFINITIONS["permanent_exclusions_count"]]
    together = measured(marts, both, SEPTEMBER)
    alone = [cell for one in both for cell in measured(marts, [one], SEPTEMBER)]
    assert sorted(together, key=address) == sorted(alone, key=address)
    assert {cell["value"] for cell in pick(together)} == {2, 1}


def test_every_cell_is_there_once(marts):
    cells = suspended(marts, [{"phase": "primary"}] * 7)
    keys = [tuple(address(cell)) for cell in cells]
    assert len(keys) == len(set(keys)) > len(DEFINITIONS["suspensions_count"].dimensions)
