"""The extracts written for strangers say of themselves what is true: valid identifiers, exact counts, many habits."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.independent.calculation import months_between
from tests.independent.extracts import (
    FAULTS,
    WrittenFile,
    nhs_check_digit,
    upn_check_letter,
    write_corrections,
    write_extracts,
)

MONTHS = months_between("2023-10", "2024-10")


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    written = []
    for seed in (11, 12, 13):
        folder = tmp_path_factory.mktemp(f"seed{seed}")
        first = write_extracts(folder / "first", months=MONTHS, seed=seed)
        written += [first, write_corrections(folder / "second", first=first, seed=seed)]
    return written


def _lines_of(path: Path) -> list[list[str]]:
    """The lines of a CSV file below its header, without blank ones."""
    start = path.read_bytes()[:2]
    encoding = "utf-16" if start in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    with path.open(encoding=encoding, newline="") as file:
        lines = [line for line in csv.reader(file) if any(cell.strip() for cell in line)]
    return lines[2:] if lines[0][0].startswith("Monthly export") else lines[1:]


def _csv_files(accounts: list[dict[str, Any]]) -> list[WrittenFile]:
    return [file for account in accounts for file in account["files"] if file.path.suffix == ".csv"]


def test_check_letters_and_digits_follow_the_published_rule():
    assert upn_check_letter("831417825001") == "W"
    assert upn_check_letter("831702524007") == "Q"
    assert upn_check_letter("801200005001") == "B"
    assert nhs_check_digit("943476591") == 9
    assert nhs_check_digit("999000001") == 8


def test_files_hold_as_many_rows_as_they_are_said_to(accounts):
    for file in _csv_files(accounts):
        assert len(_lines_of(file.path)) == file.rows_received, file.path.name


def test_clean_rows_and_planted_faults_add_up(accounts):
    for account in accounts:
        clean = {(d.extract, d.month, d.version): len(d.rows) for d in account["deliveries"]}
        for file in account["files"]:
            if file.accepted:
                assert file.rows_accepted == clean[file.extract, file.month, file.version]
                assert file.rows_quarantined == sum(fault.rows for fault in file.faults)


def test_every_kind_of_fault_is_planted_somewhere(accounts):
    planted = {(fault.extract, fault.column, fault.kind) for account in accounts for fault in account["faults"]}
    possible = {(extract, column, kind) for extract, faults in FAULTS.items() for column, kind, _ in faults}
    assert len(possible - planted) <= len(possible) // 10
    assert {kind for _, _, kind in planted} >= {"duplicate", "duplicate_differs"}


def test_every_form_of_file_is_written(accounts):
    forms = {file.path.suffix for account in accounts for file in account["files"]}
    assert forms == {".csv", ".xlsx", ".parquet"}


def test_clean_requests_keep_what_must_hold(accounts):
    rows = [
        (delivery.month, row)
        for account in accounts
        for delivery in account["deliveries"]
        if delivery.extract == "education/ehc_requests"
        for row in delivery.rows
    ]
    for _, row in rows:
        assert (row["request_outcome_date"] is not None) == (row["request_outcome"] in ("Y", "N"))
        assert (row["assessment_outcome_date"] is not None) == (row["assessment_outcome"] in ("Y", "N"))
        assert row["assessment_outcome"] is None or row["request_outcome"] == "Y"
        days = [row["received_date"], row["request_outcome_date"], row["assessment_outcome_date"]]
        known = [day for day in days if day is not None]
        assert known == sorted(known)
        born, received = row["date_of_birth"], row["received_date"]
        age = received.year - born.year - ((received.month, received.day) < (born.month, born.day))
        assert 0 <= age <= 25
    waits = {
        (row["assessment_outcome_date"] - row["received_date"]).days
        for _, row in rows
        if row["assessment_outcome"] == "Y"
    }
    assert waits >= {140, 141, 147, 148}


def test_no_key_stands_twice_among_the_clean_rows(accounts):
    keys = {
        "education/ehc_requests": "request_id", "education/ehc_plans": "plan_id", "care/open_cases": "child_id",
        "education/suspensions_exclusions": "event_id", "education/ehe_register": "spell_id",
        "education/post16_activity": "child_id", "health/nd_referrals": "referral_id",
    }  # fmt: skip
    for account in accounts:
        for delivery in account["deliveries"]:
            if delivery.extract in keys:
                values = [row[keys[delivery.extract]] for row in delivery.rows]
                assert len(values) == len(set(values)), (delivery.extract, delivery.month)


def test_the_same_seed_writes_the_same_rows(tmp_path):
    one = write_extracts(tmp_path / "one" / "inbox", months=MONTHS, seed=5, children=60)
    two = write_extracts(tmp_path / "two" / "inbox", months=MONTHS, seed=5, children=60)
    assert one["deliveries"] == two["deliveries"]
    assert one["faults"] == two["faults"]
