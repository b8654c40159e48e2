"""A metric has values where what it needs was accepted, says so where it was not, and nothing is carried forward."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from metrics.periods import Coverage, add_months, availability
from metrics.release_format import Grain
from tests.metrics.marts import CONTRACTS, DEFINITIONS, covered, empty_marts, measured, pick

REQUESTS = "education/ehc_requests"
MONTHS = [add_months(date(2025, 1, 1), ahead) for ahead in range(9)]
JANUARY, MAY, AUGUST, SEPTEMBER = MONTHS[0], MONTHS[4], MONTHS[7], MONTHS[8]


def where(metric: str, coverage: dict[str, Coverage], release: date = SEPTEMBER) -> tuple[set[Any], set[Any]]:
    """Grain and closing month of the periods with values, and of those without."""
    found = availability(DEFINITIONS[metric], coverage, release)
    computed, missing = (
        {(one.grain, one.end.replace(day=1)) for one in some} for some in (found.computed, found.missing)
    )
    return computed, missing


def test_values_end_in_every_month_from_the_first_delivery_to_the_release():
    computed, missing = where("ehcp_caseload_count", {"education/ehc_plans": covered("education/ehc_plans", *MONTHS)})
    assert computed == {(Grain.MONTH, month) for month in MONTHS}
    assert missing == set()


def test_nothing_ends_before_the_first_delivery_however_far_the_history_reaches_back():
    coverage = {REQUESTS: covered(REQUESTS, AUGUST, SEPTEMBER, history_begins=date(2019, 1, 1))}
    computed, missing = where("ehc_requests_count", coverage)
    assert computed == {
        (grain, month) for month in (AUGUST, SEPTEMBER) for grain in DEFINITIONS["ehc_requests_count"].grains
    }
    assert missing == set()


def test_a_year_that_begins_before_the_history_is_not_available():
    coverage = {REQUESTS: covered(REQUESTS, AUGUST, SEPTEMBER, history_begins=date(2025, 4, 1))}
    computed, missing = where("ehc_requests_count", coverage)
    assert missing == {
        (Grain.CALENDAR_YTD, AUGUST), (Grain.CALENDAR_YTD, SEPTEMBER), (Grain.ACADEMIC_YTD, AUGUST),
        (Grain.ROLLING_12M, AUGUST), (Grain.ROLLING_12M, SEPTEMBER),
    }  # fmt: skip
    assert {(Grain.FINANCIAL_YTD, AUGUST), (Grain.ACADEMIC_YTD, SEPTEMBER), (Grain.MONTH, AUGUST)} <= computed


def test_a_month_needs_no_history_before_it():
    coverage = {REQUESTS: covered(REQUESTS, AUGUST, history_begins=date(2025, 8, 1))}
    computed, _ = where("ehc_requests_count", coverage, AUGUST)
    assert computed == {(Grain.MONTH, AUGUST)}


def test_a_later_delivery_of_a_history_covers_a_month_that_was_not_sent():
    computed, missing = where("ehc_requests_count", {REQUESTS: covered(REQUESTS, JANUARY, SEPTEMBER)})
    assert (Grain.MONTH, MAY) in computed
    assert missing == set()


def test_after_the_last_delivery_a_history_has_no_values():
    computed, missing = where("ehc_requests_count", {REQUESTS: covered(REQUESTS, JANUARY, AUGUST)})
    assert {month for _, month in missing} == {SEPTEMBER}
    assert {grain for grain, _ in missing} == set(DEFINITIONS["ehc_requests_count"].grains)
    assert (Grain.MONTH, AUGUST) in computed


def test_spells_are_all_to_date_whenever_they_were_first_sent():
    register = "education/ehe_register"
    one = DEFINITIONS["ehe_count"].model_copy(update={"placed_by": "spell", "grains": (Grain.MONTH, Grain.ROLLING_12M)})
    found = availability(one, {register: covered(register, JANUARY, SEPTEMBER)}, SEPTEMBER)
    assert found.missing == ()
    assert len(found.computed) == 2 * len(MONTHS)


def test_a_snapshot_speaks_for_its_own_month_alone():
    coverage = {"health/nd_referrals": covered("health/nd_referrals", JANUARY, SEPTEMBER)}
    computed, missing = where("nd_waiting_count", coverage)
    assert computed == {(Grain.MONTH, JANUARY), (Grain.MONTH, SEPTEMBER)}
    assert missing == {(Grain.MONTH, month) for month in MONTHS[1:-1]}


def test_a_year_to_date_of_a_snapshot_needs_no_history():
    coverage = {"health/nd_referrals": covered("health/nd_referrals", SEPTEMBER)}
    computed, missing = where("nd_referrals_count", coverage)
    assert computed == {(grain, SEPTEMBER) for grain in DEFINITIONS["nd_referrals_count"].grains}
    assert missing == set()


def test_a_link_needs_both_sides_of_the_same_month():
    cases, plans = "care/open_cases", "education/ehc_plans"
    coverage = {cases: covered(cases, *MONTHS[5:]), plans: covered(plans, *MONTHS[:7])}
    computed, missing = where("social_care_ehcp_count", coverage)
    assert computed == {(Grain.MONTH, month) for month in MONTHS[5:7]}
    assert missing == {(Grain.MONTH, month) for month in MONTHS[7:]}
    assert where("social_care_ehcp_count", {cases: coverage[cases]})[0] == set()


def test_an_extract_never_sent_has_no_rows_at_all():
    assert where("ehe_count", {REQUESTS: covered(REQUESTS, SEPTEMBER)}) == (set(), set())


def test_an_extract_sent_and_never_accepted_is_not_available_from_its_first_month_on():
    plans = "education/ehc_plans"
    coverage = {plans: Coverage(CONTRACTS[plans].kind, frozenset(), AUGUST)}
    assert where("ehcp_caseload_count", coverage) == (set(), {(Grain.MONTH, AUGUST), (Grain.MONTH, SEPTEMBER)})


def test_what_is_not_available_is_one_row_for_all_without_numbers():
    coverage = {REQUESTS: covered(REQUESTS, JANUARY, AUGUST)}
    with empty_marts() as marts:
        cells = measured(marts, [DEFINITIONS["ehc_requests_count"]], SEPTEMBER, coverage)
    missing = [cell for cell in cells if cell["status"] == "x"]
    assert {(cell["dimension"], cell["category"], cell["period_end"]) for cell in missing} == {
        ("all", "all", date(2025, 9, 30))
    }
    assert sorted(cell["grain"] for cell in missing) == sorted(DEFINITIONS["ehc_requests_count"].grains)
    assert all(cell[name] is None for cell in missing for name in ("numerator", "denominator", "value", "behind"))


def test_a_month_without_the_return_is_not_available_and_no_other_grain_is_invented():
    returned = "health/indicator_return"
    with empty_marts() as marts:
        cells = measured(
            marts, [DEFINITIONS["camhs_waiting_count"]], SEPTEMBER, {returned: covered(returned, JANUARY, MAY)}
        )
    found = {(cell["grain"], cell["period_end"].month, cell["status"]) for cell in cells}
    assert found == {("month", month, "x") for month in (2, 3, 4, 6, 7, 8, 9)}
    assert len(pick(cells)) == len(cells)


@pytest.mark.parametrize("is_provisional", [True, False])
def test_figures_of_a_provisional_extract_say_so(is_provisional):
    register = "education/ehe_register"
    coverage = {register: covered(register, SEPTEMBER, is_provisional=is_provisional)}
    with empty_marts() as marts:
        cells = measured(marts, [DEFINITIONS["ehe_count"]], SEPTEMBER, coverage)
    assert {cell["is_provisional"] for cell in cells} == {is_provisional}
