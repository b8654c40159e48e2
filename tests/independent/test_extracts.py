"""The extracts written for strangers say of themselves what is true: valid identifiers, exact counts, many habits."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.independent.corrections import write_corrections
from tests.independent.extracts import WrittenFile, write_extracts
from tests.independent.faults import FAULTS
from tests.independent.identifiers import nhs_check_digit, upn_check_letter
from tests.independent.names import ATTENDANCE, COSTS, DATED, KEY, REVIEWS, ROLL
from tests.independent.periods import months_between

MONTHS = months_between("2023-10", "2024-10")


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    written = []
    for seed in (11, 12):
        folder = tmp_path_factory.mktemp(f"seed{seed}")
        first = write_extracts(folder / "first", months=MONTHS, seed=seed, children=150)
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
    for account in accounts:
        for delivery in account["deliveries"]:
            keys = [tuple(row[column] for column in KEY[delivery.extract]) for row in delivery.rows]
            assert len(keys) == len(set(keys)), (delivery.extract, delivery.month)


def _clean_rows(accounts: list[dict[str, Any]], extract: str) -> list[dict[str, Any]]:
    deliveries = [one for account in accounts for one in account["deliveries"] if one.extract == extract]
    return [row for delivery in deliveries for row in delivery.rows]


def test_no_history_is_sent_empty_or_grows_so_thin_that_it_would_be_refused(accounts):
    for first in accounts[::2]:
        for extract, placed in DATED.items():
            held: list[Any] = []
            for delivery in [one for one in first["deliveries"] if one.extract == extract]:
                days = [row[placed] for row in delivery.rows]
                replaced = [day for day in held if day >= min(days)]
                assert 2 * len(days) >= len(replaced), (extract, delivery.month)
                held = [day for day in held if day < min(days)] + days


def test_absence_meets_both_thresholds_exactly_and_by_a_session_to_either_side(accounts):
    rows = [row for row in _clean_rows(accounts, ATTENDANCE) if row["sessions_possible"] >= 10]
    absent = [row["sessions_authorised_absence"] + row["sessions_unauthorised_absence"] for row in rows]
    for times in (10, 2):
        over = {absence * times - row["sessions_possible"] for absence, row in zip(absent, rows, strict=True)}
        assert over >= {0, -times}
    parts = ("sessions_attended", "sessions_authorised_absence", "sessions_unauthorised_absence")
    assert all(sum(row[part] for part in parts) == row["sessions_possible"] for row in rows)
    assert any(row["sessions_possible"] == 0 for row in _clean_rows(accounts, ATTENDANCE))


def test_pupils_are_at_two_schools_in_two_phases_and_on_roll_as_subsidiary_alone(accounts):
    roll = [one for one in accounts[0]["deliveries"] if one.extract == ROLL][-1].rows
    enrolments: dict[str, list[dict[str, Any]]] = {}
    for row in roll:
        enrolments.setdefault(row["upn"], []).append(row)
    assert any(len({row["phase"] for row in rows}) == 2 for rows in enrolments.values())
    assert any({row["enrolment"] for row in rows} == {"S"} for rows in enrolments.values())


def test_clean_reviews_and_costs_keep_what_must_hold(accounts):
    for row in _clean_rows(accounts, REVIEWS):
        assert (row["decision_date"] is None) == (row["decision"] is None)
        assert (
            row["meeting_date"] is None or row["decision_date"] is None or row["meeting_date"] <= row["decision_date"]
        )
    for row in _clean_rows(accounts, COSTS):
        parts = (row[f"{payer}_contribution"] for payer in ("education", "health", "care"))
        assert abs(sum(parts) - row["annual_cost"]) < 0.001


def test_the_same_seed_writes_the_same_rows(accounts, tmp_path):
    again = write_extracts(tmp_path / "first", months=MONTHS, seed=11, children=150)
    assert again["deliveries"] == accounts[0]["deliveries"]
    assert again["faults"] == accounts[0]["faults"]
