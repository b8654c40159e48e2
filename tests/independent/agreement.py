"""The product, run from its command line on strangers' files, agrees with the second calculation.

A case refreshes an empty store with a folder of files, and most cases once more with corrections. After each,
every figure in the warehouse, every figure shown in the release, the count of rows in every receipt, and every row
set aside is compared with what `calculation` and `extracts` say it ought to be. The files called `test_refresh_*`
each give a case.
"""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.independent.calculation import METRIC_BY_ID, Cell, calculate, compare, protect
from tests.independent.cells import key_of
from tests.independent.corrections import write_corrections
from tests.independent.extracts import WrittenFile, in_force, write_extracts
from tests.independent.faults import Fault
from tests.independent.held import Held, release_month
from tests.independent.names import PLANS, RETURNS, ROLL
from tests.independent.periods import months_between
from tests.independent.returned import RETURNED_BY_ID

ROOT = Path(__file__).parents[2]

COLUMNS = (
    "metric_id", "grain", "period_start", "period_end", "dimension", "category", "numerator", "denominator", "value",
    "status", "is_provisional", "is_revised",
)  # fmt: skip

# Extracts a metric needs besides its own.
ALSO_NEEDED = {
    "suspensions_rate": {ROLL}, "social_care_match_pct": {ROLL, PLANS}, "social_care_ehcp_count": {PLANS},
}  # fmt: skip


@dataclass(repr=False)
class Step:
    """One refresh: what it said, what it left behind, and what ought to be there."""

    accounts: tuple[dict[str, Any], ...]  # what was meant by the files of this refresh, after those before it
    expected: list[Cell]
    exit_code: int
    said: dict[str, Any]
    measured: list[Cell]
    shown: list[Cell]
    set_aside: dict[str, dict[int, set[str]]]  # by the file's fingerprint and the line: the codes

    @property
    def files(self) -> list[WrittenFile]:
        """The files of this refresh."""
        files: list[WrittenFile] = self.accounts[-1]["files"]
        return files

    @property
    def files_so_far(self) -> list[WrittenFile]:
        return [file for account in self.accounts for file in account["files"]]


@dataclass(repr=False)
class Run:
    first: Step
    corrected: Step
    repeated: dict[str, Any]


def refresh_once(folder: Path, case: dict[str, Any]) -> Step:
    """Refreshes an empty store with the files of the case."""
    return _step(folder / "first", folder / "store", write_extracts(folder / "first", **case))


def refresh_twice(folder: Path, case: dict[str, Any], *, drawn: int = 0) -> Run:
    """Refreshes with the files of the case, then with corrections, `drawn` of them at random, then with nothing new."""
    first = refresh_once(folder, case)
    corrections = write_corrections(folder / "second", first=first.accounts[0], seed=case["seed"], drawn=drawn)
    corrected = _step(folder / "second", folder / "store", *first.accounts, corrections)
    _, repeated = _refresh(folder / "second", folder / "store")
    return Run(first, corrected, repeated)


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


def _set_aside(warehouse: Path) -> dict[str, dict[int, set[str]]]:
    query = """
        select fingerprint, line_number, codes from quarantine.row join ledger.receipt using (receipt_id)
        where verdict <> 'rejected'"""
    lines: dict[str, dict[int, set[str]]] = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for fingerprint, line, codes in connection.execute(query).fetchall():
            lines.setdefault(fingerprint, {})[line] = set(codes)
    return lines


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
    return Step(accounts, expected, exit_code, said, measured, shown, _set_aside(store / "warehouse.duckdb"))


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


def _counts_meant(files: list[WrittenFile]) -> Counter[tuple[str, str, int, int, int]]:
    return Counter(
        (file.extract, file.month, file.rows_received, file.rows_accepted, file.rows_quarantined)
        for file in files
        if file.accepted
    )


def _rejected_in(step: Step) -> set[tuple[str, str, str]]:
    return {
        (_extract_of(receipt), str(receipt["reporting_month"])[:7], receipt["fingerprint"])
        for receipt in step.said["receipts"]
        if receipt["verdict"] == "rejected"
    }


def _refused(files: list[WrittenFile]) -> set[tuple[str, str, str]]:
    return {(file.extract, file.month, file.fingerprint) for file in files if not file.accepted}


def _is_named(fault: Fault, codes: set[str]) -> bool:
    if fault.code is not None:
        return fault.code in codes
    if fault.kind.startswith("duplicate"):
        return any("duplicate" in code for code in codes)
    if fault.kind in ("missing", "untypable", "check_digit", "stated_reason", "negative"):
        return any(code.startswith(fault.column) for code in codes)
    return bool(codes)  # a rule between columns may be named for any of them


def _extracts_sent(step: Step) -> set[str]:
    return {file.extract for file in step.files_so_far if file.accepted}


def counted_by_their_agencies(step: Step) -> set[tuple[Any, ...]]:
    """The keys of the figures in returns."""
    returns = [one for one in in_force(*step.accounts) if one.extract in RETURNS]
    columns = ("indicator_id", "grain", "period_end", "dimension", "category")
    return {tuple(row[column] for column in columns) for one in returns for row in one.rows}


def _exit_code_meant(step: Step) -> int:
    """1 when a file of this refresh is rejected, or a month is missing after an extract's first."""
    release = release_month(Held(in_force(*step.accounts))) or ""
    sent: dict[str, set[str]] = {}
    for file in step.files_so_far:
        sent.setdefault(file.extract, set()).add(file.month)
    is_missing = any(set(months_between(min(months), release)) - months for months in sent.values())
    return int(is_missing or any(not file.accepted for file in step.files))


class Agreement:
    """What holds after every refresh of an empty store, and of one that was filled so; a file gives `step`."""

    def test_every_measured_figure_agrees(self, step):
        differences = compare(step.expected, step.measured)
        assert not differences, _told(differences)

    def test_every_published_figure_is_protected_and_no_other_is_hidden(self, step):
        differences = compare(protect(step.expected), step.shown)
        assert not differences, _told(differences)

    def test_a_metric_whose_extracts_were_not_all_sent_has_only_what_its_agency_counted(self, step):
        sent, counted = _extracts_sent(step), counted_by_their_agencies(step)
        needed = {name: {metric.extract} | ALSO_NEEDED.get(name, set()) for name, metric in METRIC_BY_ID.items()}
        needed |= {name: {f"{metric.agency}/indicator_return"} for name, metric in RETURNED_BY_ID.items()}
        assert metrics_in(step.measured) <= set(needed)
        for cell in step.measured:
            assert needed[cell["metric_id"]] <= sent or cell["status"] == "x" or key_of(cell) in counted, cell

    def test_receipts_count_every_row_received_accepted_and_set_aside(self, step):
        told, meant = _counts_told(step), _counts_meant(step.files)
        # Receipts of a refresh before may be told again: of the file that was sent again, or of all.
        before = _counts_meant(step.files_so_far) - meant
        assert not meant - told, f"meant, not told: {sorted(meant - told)}; told, not meant: {sorted(told - meant)}"
        assert not told - meant - before, sorted(told - meant - before)

    def test_what_must_be_rejected_is_rejected_and_nothing_else(self, step):
        meant, before = _refused(step.files), _refused(step.files_so_far)
        assert meant <= _rejected_in(step) <= before
        assert step.exit_code == _exit_code_meant(step)

    def test_the_rows_set_aside_are_those_that_were_spoilt_each_for_its_own_fault(self, step):
        wrong = []
        for file in step.files_so_far:
            if file.accepted:
                found = step.set_aside.get(file.fingerprint, {})
                spoilt = {line: fault for fault in file.faults for line in fault.lines}
                wrong += [f"{file.path}: line {line} is sound: {found[line]}" for line in found.keys() - spoilt.keys()]
                wrong += [f"{fault}: found {found.get(line)}" for line, fault in spoilt.items()
                          if not _is_named(fault, found.get(line, set()))]  # fmt: skip
        assert not wrong, "\n".join([f"{len(wrong)} differences", *wrong[:50]])

    def test_what_is_found_in_a_file_is_told_with_its_number_of_rows(self, step):
        fingerprints = {receipt["receipt_id"]: receipt["fingerprint"] for receipt in step.said["receipts"]}
        told = Counter(
            {
                (fingerprints[finding["receipt_id"]], finding["code"]): finding["row_count"]
                for finding in step.said["findings"]
                if finding["severity"] == "error" and fingerprints[finding["receipt_id"]] in step.set_aside
            }
        )
        there = Counter(
            (fingerprint, code)
            for fingerprint in fingerprints.values()
            for codes in step.set_aside.get(fingerprint, {}).values()
            for code in codes
        )
        assert told == there


class AgreementTwice(Agreement):
    """A file gives `run`, too, and `step` is each of its two."""

    @pytest.fixture(params=["first", "corrected"])
    def step(self, request: pytest.FixtureRequest, run: Run) -> Step:
        step: Step = getattr(run, request.param)
        return step

    def test_a_refresh_publishes_once_for_all_its_months_and_not_again_for_nothing_new(self, run):
        assert run.first.said["published"] is True
        assert run.corrected.said["published"] is True
        assert run.corrected.said["release_id"] != run.first.said["release_id"]
        assert run.repeated["published"] is False

    def test_a_figure_is_revised_exactly_where_another_number_was_shown_before(self, run):
        before = {key_of(cell): cell["value"] for cell in run.first.shown}
        revised = {
            key_of(cell)
            for cell in run.corrected.shown
            if None not in (cell["value"], before.get(key_of(cell)))
            and not math.isclose(cell["value"], before[key_of(cell)], rel_tol=1e-9, abs_tol=1e-9)
        }
        assert revised
        assert {key_of(cell) for cell in run.corrected.shown if cell["is_revised"]} == revised
        assert not [cell for cell in run.first.shown if cell["is_revised"]]
