"""A SEN2 return gives the same figures as the agreed extracts of the same children, in every version and form."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from metrics import catalogue
from metrics.release_format import Verdict
from pipelines import sen2, sen2_files
from pipelines.lineage import Lineage
from tests.pipelines.inbox import CONTRACTS, ROOT, query, run
from tests.pipelines.returns_sen2 import VERSIONS, as_canonical, as_set, as_xml, children
from tests.pipelines.templates import PLANS, REQUESTS, REVIEWS

# Every metric of EHC requests, plans and reviews whose columns a return holds.
HELD = {
    "annual_reviews_decision_within_4_weeks_pct",  # from 2024 on
    "ehc_agreed_to_assess_pct",
    "ehc_assessment_to_plan_pct",
    "ehc_decisions_within_6_weeks_pct",
    "ehc_plans_issued_count",
    "ehc_refusals_to_assess_count",
    "ehc_refusals_to_issue_count",
    "ehc_requests_count",
    "ehcp_caseload_count",
    "ehcp_communication_need_pct",
    "ehcp_issued_within_20_weeks_excl_exceptions_pct",
    "ehcp_issued_within_20_weeks_pct",
    "ehcp_open_over_20_weeks_count",
    "ehcp_open_over_21_weeks_count",
    "ehcp_personal_budget_count",
    "ehcp_requests_received_finished_within_20_weeks_pct",
    "ehcp_weeks_to_issue_median",
    "new_plans_mainstream_pct",
    "special_school_share_pct",
}
# The others, each with the columns that a return lacks.
NOT_HELD = {
    "annual_reviews_completed_pct": {"due_date"},
    "annual_reviews_on_time_pct": {"due_date"},
    "annual_reviews_overdue_count": {"due_date"},
    "joint_funded_ehcp_count": {"joint_funded"},
    "mft_takeup_pct": {"moving_forward_offered", "moving_forward_taken_up"},
}
# Breakdowns by what no return holds, and by what those before a year do not.
NEVER_BROKEN_DOWN = {"ward", "joint_funded", "priority_group"}
FROM_2024 = {"annual_reviews_decision_within_4_weeks_pct"}
FROM_2025 = {"request_source"}
# A return tells of one review of each plan and of no due date; docs/SEN2.md says how one is worked out.
WORKED_OUT = {"due_date", "priority_group"}
MARTS = {"mart.ehc_request", "mart.ehc_plan", "mart.annual_review"}

Cell = tuple[Any, ...]


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, str], dict[Cell, Cell]]:
    """The figures of a year's children by the form in which they were sent; each is refreshed once."""
    base = tmp_path_factory.mktemp("sen2")

    @cache
    def of(year: int, form: str) -> dict[Cell, Cell]:
        inbox, store = base / f"{year}-{form}" / "inbox", base / f"{year}-{form}" / "store"
        found = children(year)
        if form == "extracts":
            as_canonical(found, inbox)
        elif form == "set":
            as_set(found, inbox / found.month / "education")
        else:
            as_xml(found, inbox / found.month / "education" / "SEN2.xml")
        outcome = run(store, inbox)
        assert [one.verdict for one in outcome.receipts] == [Verdict.ACCEPTED] * 3, outcome.findings
        return cells(store)

    return of


def cells(store: Path) -> dict[Cell, Cell]:
    rows = query(
        store / "warehouse.duckdb",
        """select metric_id, dimension, grain, period_end, category, numerator, denominator, value, status
        from measure.metric_value""",
    )
    return {row[:5]: row[5:] for row in rows}


def is_held(cell: Cell, year: int) -> bool:
    metric, dimension, *_ = cell
    if metric not in HELD or dimension in NEVER_BROKEN_DOWN:
        return False
    return (year >= 2024 or metric not in FROM_2024) and (year >= 2025 or dimension not in FROM_2025)


@pytest.mark.parametrize("form", ["set", "xml"])
@pytest.mark.parametrize("year", VERSIONS)
def test_a_return_gives_the_figures_of_the_extracts_of_the_same_children(figures, year, form):
    expected, found = ({key: row for key, row in figures(year, one).items() if is_held(key, year)}
                       for one in ("extracts", form))  # fmt: skip
    assert found == expected
    numbers = {key[0] for key, row in expected.items() if row[2]}
    assert numbers == HELD - (FROM_2024 if year < 2024 else set()), "every metric has a figure that is not zero"


@pytest.mark.parametrize("form", ["set", "xml"])
def test_what_a_return_does_not_hold_counts_as_unknown(figures, form):
    found = figures(2025, form)
    by_ward = {key[4] for key in found if key[1] in ("ward", "joint_funded")}
    assert by_ward == {"unknown"}
    assert {key[4] for key in figures(2023, form) if key[1] == "request_source"} == {"unknown"}


def test_the_metrics_are_sorted_by_the_columns_that_a_return_fills():
    lineage = Lineage(CONTRACTS.values())
    filled = {extract: set(columns) - WORKED_OUT for extract, columns in sen2.FILLED.items()}
    lacking = {}
    for name, definition in catalogue.load().items():
        if definition.mart in MARTS:
            fed = {(extract, column) for extract, column in lineage.feeding(definition) if column != "reporting_month"}
            lacking[name] = {column for extract, column in fed if column not in filled[extract]}
    assert {name for name, columns in lacking.items() if not columns} == HELD
    assert {name: columns for name, columns in lacking.items() if columns} == NOT_HELD


def test_the_page_on_sen2_names_every_metric_and_every_column():
    page = (ROOT / "docs" / "SEN2.md").read_text(encoding="utf-8")
    columns = {column.name for extract in (REQUESTS, PLANS, REVIEWS) for column in CONTRACTS[extract].columns}
    read = {column for names in sen2_files.MODULES.values() for column in names if not column.endswith("tableid")}
    assert sorted(name for name in HELD | set(NOT_HELD) | columns | read if f"`{name}`" not in page) == []
