"""The product, run from its command line on strangers' files, agrees with the second calculation.

A case refreshes an empty store twice: with a first folder of files, then with corrections. After each, every
figure in the warehouse, every figure shown in the release, and the count of rows in every receipt is compared
with what `calculation` and `extracts` say it ought to be. The files called `test_refresh_*` each give a case.
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

from tests.independent.calculation import METRIC_BY_ID, Cell, calculate, compare, protect
from tests.independent.extracts import WrittenFile, in_force, write_corrections, write_extracts
from tests.independent.faults import Fault
from tests.independent.names import PLANS, ROLL
from tests.independent.returned import RETURNED_BY_ID

ROOT = Path(__file__).parents[2]

COLUMNS = (
    "metric_id", "grain", "period_start", "period_end", "dimension", "category", "numerator", "denominator", "value",
    "status", "is_provisional",
)  # fmt: skip

# Extracts a metric needs besides its own.
ALSO_NEEDED = {
    "suspensions_rate": {ROLL}, "social_care_match_pct": {ROLL, PLANS}, "social_care_ehcp_count": {PLANS},
}  # fmt: skip


@dataclass(repr=False)
class Step:
    """One refresh: what it said, what it left behind, and what ought to be there."""

    expected: list[Cell]
    files: list[WrittenFile]
    exit_code: int
    said: dict[str, Any]
    measured: list[Cell]
    shown: list[Cell]


@dataclass(repr=False)
class Run:
    case: dict[str, Any]
    first: Step
    corrected: Step
    repeated: dict[str, Any]


def refresh_twice(folder: Path, case: dict[str, Any]) -> Run:
    first_account = write_extracts(folder / "first", **case)
    first = _step(folder / "first", folder / "store", first_account)
    corrections = write_corrections(folder / "second", first=first_account, seed=case["seed"])
    corrected = _step(folder / "second", folder / "store", first_account, corrections)
    _, repeated = _refresh(folder / "second", folder / "store")
    return Run(case, first, corrected, repeated)


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
    """The population the product divides by."""
    with (ROOT / "data_contracts" / "population.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _step(inbox: Path, store: Path, *accounts: dict[str, Any]) -> Step:
    exit_code, said = _refresh(inbox, store)
    release = (store / "in_force").read_text(encoding="utf-8").strip()
    measured = _cells_in(store / "warehouse.duckdb", "measure.metric_value")
    shown = _cells_in(store / "releases" / f"{release}.duckdb", "metric_value")
    expected = calculate(in_force(*accounts), _population())
    return Step(expected, accounts[-1]["files"], exit_code, said, measured, shown)


def metrics_in(cells: list[Cell]) -> set[str]:
    return {cell["metric_id"] for cell in cells}


def _told(differences: list[str]) -> str:
    """How many differences each metric has, and the first few of each."""
    per_metric: dict[str, list[str]] = {}
    for difference in differences:
        per_metric.setdefault(difference.split(" ", 1)[0], []).append(difference)
    counts = {metric: len(some) for metric, some in per_metric.items()}
    first_few = [difference for some in per_metric.values() for difference in some[:5]]
    return "\n".join([f"{len(differences)} differences: {counts}", *first_few])


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


def _rejected_in(step: Step) -> set[tuple[str, str]]:
    return {
        (_extract_of(receipt), str(receipt["reporting_month"])[:7])
        for receipt in step.said["receipts"]
        if receipt["verdict"] == "rejected"
    }


def _meant_to_be_rejected(step: Step) -> set[tuple[str, str]]:
    return {(file.extract, file.month) for file in step.files if not file.accepted}


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
    if fault.kind in ("missing", "untypable", "check_digit", "stated_reason", "negative"):
        return any(code.startswith(fault.column) for code in codes)
    return bool(codes)  # a rule between columns may be named for any of them


def _extracts_sent(step: Step) -> set[str]:
    return {file.extract for file in step.files if file.accepted}


class Agreement:
    """What holds in every case; a test file gives the fixture `run` and a class of its own."""

    @pytest.mark.parametrize("which", ["first", "corrected"])
    def test_every_measured_figure_agrees(self, run, which):
        step = getattr(run, which)
        differences = compare(step.expected, step.measured)
        assert not differences, _told(differences)

    @pytest.mark.parametrize("which", ["first", "corrected"])
    def test_every_published_figure_is_protected_and_no_other_is_hidden(self, run, which):
        step = getattr(run, which)
        differences = compare(protect(step.expected), step.shown)
        assert not differences, _told(differences)

    def test_a_metric_whose_extracts_were_not_all_sent_is_not_available(self, run):
        sent = _extracts_sent(run.first)
        needed = {name: {metric.extract} | ALSO_NEEDED.get(name, set()) for name, metric in METRIC_BY_ID.items()}
        needed |= {name: {f"{metric.agency}/indicator_return"} for name, metric in RETURNED_BY_ID.items()}
        assert metrics_in(run.first.measured) <= set(needed)
        for metric in metrics_in(run.first.measured):
            if not needed[metric] <= sent:
                statuses = {cell["status"] for cell in run.first.measured if cell["metric_id"] == metric}
                assert statuses == {"x"}, metric

    def test_receipts_count_every_row_received_accepted_and_set_aside(self, run):
        told, meant = _counts_told(run.first), _counts_meant(run.first)
        assert told == meant, f"meant, not told: {sorted(meant - told)}; told, not meant: {sorted(told - meant)}"

    def test_receipts_of_corrections_count_every_row_too(self, run):
        told, meant = _counts_told(run.corrected), _counts_meant(run.corrected)
        # Receipts of the first refresh may be told again: of the file that was sent again, or of all.
        assert not meant - told, f"meant, not told: {sorted(meant - told)}; told, not meant: {sorted(told - meant)}"
        assert not told - meant - _counts_meant(run.first), sorted(told - meant - _counts_meant(run.first))

    def test_what_must_be_rejected_is_rejected_and_nothing_else(self, run):
        assert _rejected_in(run.first) == _meant_to_be_rejected(run.first)
        assert _rejected_in(run.corrected) - _rejected_in(run.first) == _meant_to_be_rejected(run.corrected)
        assert (run.first.exit_code, run.corrected.exit_code) == (1, 1)

    @pytest.mark.parametrize("which", ["first", "corrected"])
    def test_every_planted_fault_is_named(self, run, which):
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

    def test_a_refresh_publishes_once_for_all_its_months_and_not_again_for_nothing_new(self, run):
        assert run.first.said["published"] is True
        assert run.corrected.said["published"] is True
        assert run.corrected.said["release_id"] != run.first.said["release_id"]
        assert run.repeated["published"] is False
