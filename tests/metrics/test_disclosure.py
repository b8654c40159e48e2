"""No number that could identify a child leaves stop 6, and no number is hidden that need not be."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from data_contracts import load_local_area
from data_contracts.local_area import Policy
from metrics.disclosure import protect
from metrics.release_format import TABLES, Status
from tests.metrics.marts import DEFINITIONS

POLICIES = load_local_area().disclosure.policies
BELOW = POLICIES["default"].below
BY_METRIC = {"a_count": POLICIES["default"], "a_share": POLICIES["default"], "published": POLICIES["public"]}
NUMBERS = ("numerator", "denominator", "value")
SCHEMA = {
    "metric_id": pl.String, "grain": pl.String, "period_start": pl.Date, "period_end": pl.Date, "dimension": pl.String,
    "category": pl.String, "numerator": pl.Float64, "denominator": pl.Float64, "value": pl.Float64,
    "status": pl.String, "is_provisional": pl.Boolean, "is_revised": pl.Boolean, "behind": pl.Float64,
    "behind_complement": pl.Float64,
}  # fmt: skip

counts = st.integers(0, 12)


def row(metric: str, numerator: float | None, denominator: float | None = None, **more: Any) -> dict[str, Any]:
    """A measured cell: a share where there is a denominator, else a count."""
    is_share = numerator is not None and bool(denominator)
    value = 100 * numerator / denominator if numerator is not None and denominator else numerator
    return {
        "metric_id": metric, "grain": "month", "period_start": date(2025, 9, 1), "period_end": date(2025, 9, 30),
        "dimension": "all", "category": "all", "numerator": numerator, "denominator": denominator, "value": value,
        "status": "ok", "is_provisional": False, "is_revised": False, "behind": numerator,
        "behind_complement": denominator - numerator if is_share and numerator is not None and denominator else None,
    } | more  # fmt: skip


def frame(*cells: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(cells), schema=SCHEMA, orient="row")


def protected(*cells: dict[str, Any]) -> list[dict[str, Any]]:
    return protect(frame(*cells), BY_METRIC).to_dicts()


@st.composite
def measured_cells(draw: st.DrawFn) -> dict[str, Any]:
    metric = draw(st.sampled_from(sorted(BY_METRIC)))
    status = draw(st.sampled_from(["ok", "ok", "ok", "x", "z", "low"]))
    if status == "x":
        return row(metric, None, status="x")
    if status == "z":
        return row(metric, 0, 0, value=None, status="z")
    if status == "low":
        return row(metric, None, status="low")
    if metric == "a_count":
        return row(metric, draw(counts))
    denominator = draw(st.integers(1, 12))
    return row(metric, draw(st.integers(0, denominator)), denominator)


frames = st.lists(measured_cells(), max_size=25)


def is_small(count: float | None) -> bool:
    return count is not None and 1 <= count < BELOW


@given(frames)
def test_no_small_count_keeps_its_numerator_or_value(cells):
    for before, after in zip(cells, protected(*cells), strict=True):
        if is_small(before["behind"]) or is_small(before["behind_complement"]):
            if before["metric_id"] == "published":
                continue
            assert (after["numerator"], after["value"], after["status"]) == (None, None, "c")
            assert not is_small(after["denominator"])


@given(frames)
def test_no_number_is_hidden_that_need_not_be(cells):
    for before, after in zip(cells, protected(*cells), strict=True):
        is_unsafe = is_small(before["behind"]) or is_small(before["behind_complement"])
        if not is_unsafe or before["metric_id"] == "published":
            assert {name: after[name] for name in (*NUMBERS, "status")} == {
                name: before[name] for name in (*NUMBERS, "status")
            }


@given(frames)
def test_what_is_hidden_is_never_zero_and_zero_is_never_hidden(cells):
    for before, after in zip(cells, protected(*cells), strict=True):
        if after["status"] == Status.SUPPRESSED:
            assert after["numerator"] is None
            assert after["value"] is None
            assert after["denominator"] != 0
        if before["status"] == "ok" and before["value"] == 0 and before["denominator"] is None:
            assert (after["numerator"], after["value"], after["status"]) == (0, 0, "ok")


@given(frames)
def test_rows_that_hold_no_number_are_left_as_they_are(cells):
    for before, after in zip(cells, protected(*cells), strict=True):
        if before["status"] != "ok":
            assert after == {name: before[name] for name in after}


@given(frames)
def test_rows_keep_their_order_and_lose_what_only_protection_may_see(cells):
    after = protect(frame(*cells), BY_METRIC)
    assert after.columns == list(TABLES["metric_value"])
    kept = ["metric_id", "grain", "period_start", "period_end", "dimension", "category", "is_provisional", "is_revised"]
    assert_frame_equal(after.select(kept), frame(*cells).select(kept))


@given(frames)
def test_to_protect_again_changes_nothing(cells):
    once = protect(frame(*cells), BY_METRIC)
    again = protect(
        once.with_columns(behind=pl.lit(None, pl.Float64), behind_complement=pl.lit(None, pl.Float64)), BY_METRIC
    )
    assert_frame_equal(once, again)


@given(st.integers(0, 12), st.integers(0, 15))
def test_a_policy_hides_from_one_up_to_its_threshold(below, count):
    (after,) = protect(frame(row("a_count", count)), {"a_count": Policy(below=below)}).to_dicts()
    assert after["status"] == ("c" if 1 <= count < below else "ok")


@pytest.mark.parametrize(
    ("numerator", "denominator", "shown"),
    [
        (0, 3, (None, None, None, "c")),
        (0, 4, (None, None, None, "c")),
        (0, 5, (0, 5, 0, "ok")),
        (5, 5, (5, 5, 100, "ok")),
        (4, 20, (None, 20, None, "c")),
        (16, 20, (None, 20, None, "c")),
        (15, 20, (15, 20, 75, "ok")),
        (5, 20, (5, 20, 25, "ok")),
        (2, 3, (None, None, None, "c")),
        (1, 4, (None, None, None, "c")),
    ],
)
def test_a_share_is_hidden_for_a_small_part_a_small_rest_or_a_small_whole(numerator, denominator, shown):
    (after,) = protected(row("a_share", numerator, denominator))
    assert (after["numerator"], after["denominator"], after["value"], after["status"]) == shown


@pytest.mark.parametrize(("behind", "status"), [(0, "ok"), (1, "c"), (4, "c"), (5, "ok"), (None, "ok")])
def test_an_average_is_hidden_for_the_few_behind_it(behind, status):
    cell = row("a_count", 46.0, behind, value=9.2, behind=behind, behind_complement=None)
    (after,) = protected(cell)
    assert after["status"] == status
    assert (after["value"] is None) == (status == "c")


def test_public_figures_are_shown_however_small():
    (after,) = protected(row("published", 1, 2))
    assert (after["numerator"], after["denominator"], after["value"], after["status"]) == (1, 2, 50, "ok")


def test_a_metric_without_a_policy_is_refused_by_name():
    with pytest.raises(KeyError, match="no disclosure policy for forgotten, unheard_of"):
        protect(frame(row("unheard_of", 7), row("a_count", 7), row("forgotten", 7)), BY_METRIC)


def test_what_would_not_be_respected_is_refused():
    with pytest.raises(NotImplementedError):
        protect(frame(row("a_count", 7)), BY_METRIC, links=[("a_count", "a_share")])
    with pytest.raises(NotImplementedError):
        protect(frame(row("a_count", 7)), BY_METRIC, earlier=[frame()])


def test_no_rows_are_no_rows():
    assert protect(frame(), BY_METRIC).columns == list(TABLES["metric_value"])


PUBLIC = {
    "aet_schools_trained_pct",
    "capital_programme_gbp",
    "derby_promise_engagement_count",
    "dsg_expenditure_vs_budget_gbp",
    "ebsna_cpd_schools_count",
    "ebsna_teachers_prepared_pct",
    "erp_new_provisions_count",
    "erp_planned_places_count",
    "festival_of_sport_engagements_count",
    "home_to_school_transport_overspend_gbp",
    "inclusion_charter_schools_count",
    "inclusion_programme_schools_count",
    "kooth_logins_count",
    "kooth_support_hours",
    "nd_hub_sessions_count",
    "parent_forum_followers_count",
    "parent_forum_members_count",
    "pins_schools_count",
    "school_staff_trained_count",
    "senco_forum_attendees_count",
    "send_budget_deficit_gbp",
    "special_ap_expansion_places_count",
    "special_school_costs_gbp",
    "specialist_places_commissioned_count",
    "specialist_places_filled_pct",
    "specialist_places_planned_count",
}


def test_only_figures_that_are_not_about_children_are_public():
    assert {one.metric_id for one in DEFINITIONS.values() if one.disclosure == "public"} == PUBLIC
