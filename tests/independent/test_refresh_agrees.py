"""The product, run from its command line on strangers' files, publishes what a second calculation works out.

Each case refreshes an empty store twice: with a first folder of files, then with corrections. After each, every
figure in the warehouse, every figure shown in the release, and the count of rows in every receipt is compared
with what `calculation` and `extracts` say it ought to be.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.independent.calculation import Cell, calculate, compare, months_between, protect
from tests.independent.extracts import Fault, WrittenFile, in_force, write_corrections, write_extracts

ROOT = Path(__file__).parents[2]

HEADLINES = {
    "ehc_requests_count", "ehcp_issued_within_20_weeks_pct", "ehcp_issued_within_20_weeks_excl_exceptions_pct",
    "ehcp_open_over_20_weeks_count", "ehcp_caseload_count", "suspensions_count", "permanent_exclusions_count",
    "ehe_count", "neet_16_17_pct", "neet_send_pct", "nd_waiting_count", "nd_avg_wait_weeks", "nd_referrals_count",
    "social_care_ehcp_count", "camhs_waiting_count", "camhs_avg_wait_weeks",
}  # fmt: skip
FROM_HEALTH = {
    "nd_waiting_count", "nd_avg_wait_weeks", "nd_referrals_count", "camhs_waiting_count", "camhs_avg_wait_weeks",
}  # fmt: skip

COLUMNS = (
    "metric_id", "grain", "period_start", "period_end", "dimension", "category", "numerator", "denominator", "value",
    "status", "is_provisional",
)  # fmt: skip

CASES: dict[str, dict[str, Any]] = {
    "a year with a leap day": {"seed": 4171, "months": months_between("2023-09", "2024-09")},
    "health silent in the last month": {
        "seed": 90210,
        "months": months_between("2024-06", "2025-05"),
        "health_silent_at_the_end": True,
    },
    "home education silent in the last month": {
        "seed": 33,
        "months": months_between("2022-12", "2023-12"),
        "home_silent_at_the_end": True,
    },
}


@dataclass
class Step:
    """One refresh: what it said, what it left behind, and what ought to be there."""

    expected: list[Cell]
    files: list[WrittenFile]
    exit_code: int
    said: dict[str, Any]
    measured: list[Cell]
    shown: list[Cell]


@dataclass
class Run:
    months: list[str]
    health_silent: bool
    first: Step
    corrected: Step
    repeated: dict[str, Any]


def _refresh(inbox: Path, store: Path) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "pipelines", "refresh", "--inbox", str(inbox), "--store", str(store), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode in (0, 1), f"exit code {done.returncode}: {done.stderr[-3000:]}"
    said: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, said


def _cells_in(file: Path, table: str) -> list[Cell]:
    with duckdb.connect(str(file), read_only=True) as connection:
        rows = connection.execute(f"select {', '.join(COLUMNS)} from {table}").fetchall()
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def _population() -> list[dict[str, Any]]:
    """The population the product divides by, if it has one."""
    file = ROOT / "data_contracts" / "population.csv"
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _step(inbox: Path, store: Path, *accounts: dict[str, Any]) -> Step:
    exit_code, said = _refresh(inbox, store)
    release = (store / "in_force").read_text(encoding="utf-8").strip()
    measured = _cells_in(store / "warehouse.duckdb", "measure.metric_value")
    shown = _cells_in(store / "releases" / f"{release}.duckdb", "metric_value")
    expected = calculate(in_force(*accounts), _population())
    return Step(expected, accounts[-1]["files"], exit_code, said, measured, shown)


@pytest.fixture(scope="module", params=list(CASES.values()), ids=list(CASES))
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("independent")
    first_account = write_extracts(folder / "first", **request.param)
    first = _step(folder / "first", folder / "store", first_account)
    corrections = write_corrections(folder / "second", first=first_account, seed=request.param["seed"])
    corrected = _step(folder / "second", folder / "store", first_account, corrections)
    _, repeated = _refresh(folder / "second", folder / "store")
    silent = request.param.get("health_silent_at_the_end", False)
    return Run(request.param["months"], silent, first, corrected, repeated)


def _defined_in(cells: list[Cell]) -> set[str]:
    return {cell["metric_id"] for cell in cells}


def _differences(expected: list[Cell], actual: list[Cell]) -> list[str]:
    """Differences in the metrics that both sides know."""
    both = _defined_in(actual) & _defined_in(expected)
    return compare(
        [cell for cell in expected if cell["metric_id"] in both], [cell for cell in actual if cell["metric_id"] in both]
    )


def _told(differences: list[str]) -> str:
    per_metric = Counter(difference.split(" ", 1)[0] for difference in differences)
    return "\n".join([f"{len(differences)} differences: {dict(per_metric)}", *differences[:40]])


def test_the_headline_figures_are_among_those_measured(run):
    assert _defined_in(run.first.measured) >= HEADLINES
    assert _defined_in(run.first.shown) >= HEADLINES


def test_nothing_is_measured_that_was_not_sent(run):
    assert _defined_in(run.first.measured) <= _defined_in(run.first.expected)


def test_every_measured_figure_agrees(run):
    differences = _differences(run.first.expected, run.first.measured)
    assert not differences, _told(differences)


def test_every_measured_figure_agrees_after_corrections(run):
    differences = _differences(run.corrected.expected, run.corrected.measured)
    assert not differences, _told(differences)


def test_every_published_figure_is_protected_and_no_other_is_hidden(run):
    differences = _differences(protect(run.first.expected), run.first.shown)
    assert not differences, _told(differences)


def test_every_published_figure_is_protected_after_corrections(run):
    differences = _differences(protect(run.corrected.expected), run.corrected.shown)
    assert not differences, _told(differences)


def _extract_of(receipt: dict[str, Any]) -> str:
    return f"{receipt['agency']}/{str(receipt['extract']).split('/')[-1]}"


def _counts_told(step: Step) -> Counter[tuple[str, str, int, int, int]]:
    return Counter(
        (
            _extract_of(receipt),
            str(receipt["reporting_month"])[:7],
            receipt["rows_received"],
            receipt["rows_accepted"],
            receipt["rows_quarantined"],
        )
        for receipt in step.said["receipts"]
        if receipt["verdict"] in ("accepted", "accepted_with_warnings")
    )


def _counts_meant(step: Step) -> Counter[tuple[str, str, int, int, int]]:
    return Counter(
        (file.extract, file.month, file.rows_received, file.rows_accepted, file.rows_quarantined)
        for file in step.files
        if file.accepted
    )


def test_receipts_count_every_row_received_accepted_and_set_aside(run):
    told, meant = _counts_told(run.first), _counts_meant(run.first)
    assert told == meant, f"meant, not told: {sorted(meant - told)}; told, not meant: {sorted(told - meant)}"


def test_receipts_of_corrections_count_every_row_too(run):
    told, meant = _counts_told(run.corrected), _counts_meant(run.corrected)
    # Receipts of the first refresh may be told again: of the file that was sent again, or of all.
    assert not meant - told, f"meant, not told: {sorted(meant - told)}; told, not meant: {sorted(told - meant)}"
    assert not told - meant - _counts_meant(run.first), sorted(told - meant - _counts_meant(run.first))


def _rejected_in(step: Step) -> set[tuple[str, str]]:
    return {
        (_extract_of(receipt), str(receipt["reporting_month"])[:7])
        for receipt in step.said["receipts"]
        if receipt["verdict"] == "rejected"
    }


def _meant_to_be_rejected(step: Step) -> set[tuple[str, str]]:
    return {(file.extract, file.month) for file in step.files if not file.accepted}


def test_what_must_be_rejected_is_rejected_and_nothing_else(run):
    assert _rejected_in(run.first) == _meant_to_be_rejected(run.first)
    assert _rejected_in(run.corrected) - _rejected_in(run.first) == _meant_to_be_rejected(run.corrected)
    assert (run.first.exit_code, run.corrected.exit_code) == (1, 1)


def _error_codes(step: Step) -> dict[tuple[str, str], set[str]]:
    """The codes of the errors found, per extract and month."""
    receipts = {receipt["receipt_id"]: receipt for receipt in step.said["receipts"]}
    codes: dict[tuple[str, str], set[str]] = {}
    for finding in step.said["findings"]:
        receipt = receipts.get(finding["receipt_id"])
        if receipt is not None and finding["severity"] == "error":
            place = (_extract_of(receipt), str(receipt["reporting_month"])[:7])
            codes.setdefault(place, set()).add(finding["code"])
    return codes


def _is_named(fault: Fault, codes: set[str]) -> bool:
    if fault.code is not None:
        return fault.code in codes
    if fault.kind.startswith("duplicate"):
        return any("duplicate" in code for code in codes)
    if fault.kind in ("missing", "untypable", "check_digit", "stated_reason"):
        return any(code.startswith(fault.column) for code in codes)
    return bool(codes)  # a rule between columns may be named for either of them


@pytest.mark.parametrize("which", ["first", "corrected"])
def test_every_planted_fault_is_named(run, which):
    step = getattr(run, which)
    codes = _error_codes(step)
    unnamed = [
        f"{fault.extract} {fault.month} {fault.column} {fault.kind}: found {sorted(codes.get(place, set()))}"
        for file in step.files
        for place in [(file.extract, file.month)]
        for fault in file.faults
        if not _is_named(fault, codes.get(place, set()))
    ]
    assert not unnamed, "\n".join(unnamed)


def test_a_silent_agency_has_no_figures_for_the_month_and_no_stale_ones(run):
    last = [cell for cell in run.first.measured if str(cell["period_end"])[:7] == run.months[-1]]
    for metric in sorted(FROM_HEALTH):
        month = [cell for cell in last if cell["metric_id"] == metric and cell["grain"] == "month"]
        if run.health_silent:
            assert [(cell["dimension"], cell["status"]) for cell in month] == [("all", "x")], metric
        elif metric.startswith("nd_"):
            assert {cell["status"] for cell in month} == {"ok"}, metric


def test_a_refresh_publishes_once_for_all_its_months_and_not_again_for_nothing_new(run):
    assert run.first.said["published"] is True
    assert run.corrected.said["published"] is True
    assert run.corrected.said["release_id"] != run.first.said["release_id"]
    assert run.repeated["published"] is False
