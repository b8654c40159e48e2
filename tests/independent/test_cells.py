"""Returned figures, protection and comparison do what they say, on cells few enough to work out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from tests.independent.calculation import calculate, compare, protect
from tests.independent.examples import (
    NOT_AVAILABLE,
    case,
    cell_of,
    delivery,
    figure,
    numbers_of,
    plan,
    referral,
    young_person,
)
from tests.independent.names import CASES, EDUCATION_RETURN, ND, PLACES, PLANS, POST16
from tests.independent.names import HEALTH_RETURN as RETURN

# -- returns ------------------------------------------------------------------------------------------------


def test_a_returned_figure_stands_as_sent_and_the_latest_delivery_of_it_wins():
    january, march = date(2024, 1, 31), date(2024, 3, 31)
    cells = calculate(
        [
            delivery(RETURN, "2024-01", figure("camhs_waiting_count", january, 300)),
            delivery(
                RETURN, "2024-03",
                figure("camhs_waiting_count", january, 310, numerator=310),
                figure("camhs_avg_wait_weeks", march, 12.3, numerator=1230, denominator=100, grain="financial_ytd"),
                figure("camhs_waiting_count", march, 0, status="c"),
            ),
        ]
    )  # fmt: skip
    assert numbers_of(cells, "camhs_waiting_count", "2024-01") == (310, None, 310, "ok")
    # February was not sent; March is hidden by the sender; the year begins on 1 April.
    assert numbers_of(cells, "camhs_waiting_count", "2024-02") == NOT_AVAILABLE
    assert numbers_of(cells, "camhs_waiting_count", "2024-03") == (None, None, None, "c")
    year = cell_of(cells, "camhs_avg_wait_weeks", "2024-03", grain="financial_ytd")
    assert (year["period_start"], year["value"]) == (date(2023, 4, 1), 12.3)
    assert not [cell for cell in cells if cell["metric_id"] == "camhs_avg_wait_weeks" and cell["status"] == "ok"][1:]


def test_a_figure_a_month_sent_first_is_gone_when_the_month_is_sent_again_without_it():
    close = date(2024, 1, 31)
    first = delivery(
        RETURN, "2024-01", figure("camhs_waiting_count", close, 300), figure("mhst_waiting_count", close, 90)
    )
    second = delivery(RETURN, "2024-01", figure("camhs_waiting_count", close, 301), version=2)
    cells = calculate([first, second])
    assert [(cell["metric_id"], cell["value"]) for cell in cells] == [("camhs_waiting_count", 301)]


def test_a_return_never_replaces_a_computed_figure():
    cells = calculate(
        [
            delivery(RETURN, "2024-02", figure("nd_waiting_count", date(2024, 1, 31), 800)),
            delivery(ND, "2024-02", referral("a", date(2024, 2, 1))),
        ]
    )
    assert numbers_of(cells, "nd_waiting_count", "2024-01") == (None, None, 800, "ok")
    assert numbers_of(cells, "nd_waiting_count", "2024-02") == (1, None, 1, "ok")


def test_a_computed_figure_is_returned_as_long_as_its_records_never_came():
    returned = delivery(RETURN, "2024-02", figure("nd_waiting_count", date(2024, 2, 29), 800))
    assert numbers_of(calculate([returned]), "nd_waiting_count", "2024-02") == (None, None, 800, "ok")
    from_then_on = delivery(ND, "2024-03", referral("a", date(2024, 2, 1)))
    cells = calculate([returned, from_then_on])
    assert numbers_of(cells, "nd_waiting_count", "2024-02") == (None, None, 800, "ok")
    too_late = delivery(ND, "2024-01")
    assert numbers_of(calculate([returned, too_late]), "nd_waiting_count", "2024-02") == NOT_AVAILABLE


# -- protection ---------------------------------------------------------------------------------------------


def test_small_numbers_are_hidden_and_zero_is_shown():
    rows = [case(str(number), status="CLA" if number < 4 else "CIN") for number in range(9)]
    cells = protect(calculate([delivery(CASES, "2024-02", *rows), delivery(PLANS, "2024-02", plan("p"))]))
    assert numbers_of(cells, "social_care_open_count", "2024-02", dimension="status", category="CLA") == (
        None, None, None, "c",
    )  # fmt: skip
    assert numbers_of(cells, "social_care_open_count", "2024-02", dimension="status", category="CIN") == (
        5, None, 5, "ok",
    )  # fmt: skip
    assert numbers_of(cells, "social_care_ehcp_count", "2024-02") == (0, None, 0, "ok")


@pytest.mark.parametrize(
    ("neet", "others", "shown"),
    [
        (5, 5, (5, 10, 50.0, "ok")),
        (4, 6, (None, 10, None, "c")),  # a small numerator
        (6, 4, (None, 10, None, "c")),  # a small remainder
        (2, 2, (None, None, None, "c")),  # a small denominator is hidden itself
        (0, 9, (0, 9, 0.0, "ok")),
        (9, 0, (9, 9, 100.0, "ok")),
    ],
)
def test_a_share_is_hidden_for_a_small_numerator_remainder_or_denominator(neet, others, shown):
    rows = [young_person(f"n{number}", "540") for number in range(neet)]
    rows += [young_person(f"o{number}", "210") for number in range(others)]
    cells = protect(calculate([delivery(POST16, "2024-02", *rows)]))
    assert numbers_of(cells, "neet_16_17_pct", "2024-02") == shown


def test_a_returned_share_is_hidden_for_a_small_remainder_where_the_computed_one_is():
    close = date(2024, 2, 29)
    shares = [
        figure("ehe_school_age_pct", close, 92.6, numerator=25, denominator=27),
        figure("phonics_expected_pct", close, 92.6, numerator=25, denominator=27),
    ]
    cells = protect(calculate([delivery(EDUCATION_RETURN, "2024-02", *shares)]))
    assert numbers_of(cells, "ehe_school_age_pct", "2024-02") == (None, 27, None, "c")
    assert numbers_of(cells, "phonics_expected_pct", "2024-02") == (25, 27, 92.6, "ok")


def test_what_is_not_about_children_is_shown_even_where_there_is_nothing_to_divide_by():
    place = {"school_urn": "113200", "school_name": "Ivy House", "place_type": "erp", "phase": "primary"}
    row = {**place, "commissioned_places": 0, "filled_places": 2, "planned_places": 3}
    cells = protect(calculate([delivery(PLACES, "2024-02", row)]))
    assert numbers_of(cells, "specialist_places_filled_pct", "2024-02") == (2, 0, None, "z")
    assert numbers_of(cells, "specialist_places_planned_count", "2024-02") == (3, None, 3, "ok")


def test_an_average_is_hidden_when_few_rows_stand_behind_it():
    rows = [referral(str(number), date(2024, 1, 10 + number)) for number in range(4)]
    few = protect(calculate([delivery(ND, "2024-02", *rows)]))
    enough = protect(calculate([delivery(ND, "2024-02", *rows, referral("fifth", date(2024, 1, 2)))]))
    for metric in ("nd_avg_wait_weeks", "nd_median_wait_weeks", "nd_longest_wait_weeks"):
        assert numbers_of(few, metric, "2024-02") == (None, None, None, "c")
        assert cell_of(enough, metric, "2024-02")["status"] == "ok"


def test_a_returned_count_is_looked_at_like_any_count():
    close = date(2024, 2, 29)
    cells = protect(
        calculate(
            [
                delivery(
                    RETURN, "2024-02",
                    figure("camhs_waiting_count", close, 3),
                    figure("kooth_logins_count", close, 3),
                    figure("camhs_avg_wait_weeks", close, 4.5),
                    figure("mhst_avg_wait_days", close, 20.0, numerator=60, denominator=3),
                )
            ]
        )
    )  # fmt: skip
    assert numbers_of(cells, "camhs_waiting_count", "2024-02") == (None, None, None, "c")
    assert numbers_of(cells, "kooth_logins_count", "2024-02") == (None, None, 3, "ok")  # not about children
    assert numbers_of(cells, "camhs_avg_wait_weeks", "2024-02") == (None, None, 4.5, "ok")  # stands as sent
    assert numbers_of(cells, "mhst_avg_wait_days", "2024-02") == (None, None, None, "c")


# -- comparing ----------------------------------------------------------------------------------------------


def test_comparing_names_what_is_missing_what_is_too_many_and_what_differs():
    expected = calculate([delivery(CASES, "2024-02", case("a"), case("b", status="EH"))])
    assert compare(expected, expected) == []
    wrong = [dict(cell) for cell in expected if cell["category"] != "EH"]
    cell_of(wrong, "social_care_open_count", "2024-02")["value"] = 3
    extra = {**cell_of(expected, "social_care_open_count", "2024-02"), "dimension": "status", "category": "CP"}
    assert compare(expected, [*wrong, extra]) == [
        "social_care_open_count month 2024-02 all=all: value: expected 2/None = 2 (ok), found 2/None = 3 (ok)",
        "social_care_open_count month 2024-02 status=CP: too many, found 2/None = 2 (ok)",
        "social_care_open_count month 2024-02 status=EH: missing, expected 1/None = 1 (ok)",
    ]


def test_comparing_allows_a_zero_for_a_category_of_the_metric_in_which_nothing_falls():
    expected = calculate([delivery(CASES, "2024-02", case("a"))])
    whole = cell_of(expected, "social_care_open_count", "2024-02")
    zero = {**whole, "dimension": "status", "category": "CP", "numerator": 0, "value": 0}
    assert compare(expected, [*expected, zero]) == []
    assert compare(expected, [*expected, {**zero, "dimension": "sex", "category": "F"}]) != []
