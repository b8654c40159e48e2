"""What a file is follows from its folder, name and headers; where they disagree, or nothing fits, it is refused."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipelines import intake
from pipelines.intake import Delivery, found, shown_name, stored_name
from tests.pipelines.inbox import AREA, CONTRACTS, MONTH, as_table, deliver, received, write_lines
from tests.pipelines.templates import CASES, HOME, REFERRALS, RETURN, row, rows


def said(delivery: Delivery) -> list[str]:
    return [one.code for one in delivery.findings]


def contract_of(delivery: Delivery) -> str | None:
    return delivery.recognised.contract.id if delivery.recognised else None


@pytest.mark.parametrize("extract", CONTRACTS)
def test_every_extract_is_recognised_by_its_name_and_by_its_headers_alone(tmp_path, extract):
    named = deliver(tmp_path, extract, rows(extract, 2))
    unnamed = write_lines(tmp_path / MONTH / extract.split("/")[0] / "Copy of export.csv", as_table(rows(extract, 2)))
    for path in (named, unnamed):
        delivery = received(path, tmp_path)
        assert (contract_of(delivery), delivery.month, said(delivery)) == (extract, date(2025, 9, 1), [])


@pytest.mark.parametrize("extract", CONTRACTS)
def test_every_alias_of_a_header_is_known(tmp_path, extract):
    contract = CONTRACTS[extract]
    for place in range(max(len(column.aliases) for column in contract.columns)):
        header = [(column.aliases[place:] or (column.name,))[0] for column in contract.columns]
        values = [row(extract).get(column.name, "") for column in contract.columns]
        path = tmp_path / contract.agency / f"{contract.extract}_{MONTH}.csv"
        delivery = received(write_lines(path, [header, values]), tmp_path)
        assert said(delivery) == []
        assert delivery.recognised
        assert set(delivery.recognised.positions) == {column.name for column in contract.columns}


@pytest.mark.parametrize(
    ("place", "given", "month"),
    [
        ("ehe_register_2025-09.csv", None, "2025-09-01"),
        ("2025-08/education/ehe_register.csv", None, "2025-08-01"),
        ("2025-08/education/ehe_register_2025-08.csv", None, "2025-08-01"),
        ("ehe_register 2025_07 final.csv", None, "2025-07-01"),
        ("ehe_register.csv", date(2025, 6, 1), "2025-06-01"),
        ("ehe_register_2025-06.csv", date(2025, 6, 1), "2025-06-01"),
    ],
)
def test_the_month_is_said_by_the_name_the_folder_or_the_person_who_asks(tmp_path, place, given, month):
    path = write_lines(tmp_path / place, as_table(rows(HOME, 1)))
    assert received(path, tmp_path, given).month == date.fromisoformat(month)


@pytest.mark.parametrize(
    ("place", "given"),
    [
        ("2025-08/education/ehe_register_2025-09.csv", None),
        ("ehe_register_2025-09.csv", date(2025, 8, 1)),
        ("2025-09/ehe_register.csv", date(2025, 8, 1)),
        ("ehe_register_2025-08_2025-09.csv", None),
    ],
)
def test_months_that_disagree_are_a_mismatch(tmp_path, place, given):
    delivery = received(write_lines(tmp_path / place, as_table(rows(HOME, 1))), tmp_path, given)
    assert (said(delivery), delivery.recognised) == (["month_mismatch"], None)


def test_a_file_that_says_no_month_is_refused(tmp_path):
    delivery = received(write_lines(tmp_path / "education" / "ehe_register.csv", as_table(rows(HOME, 1))), tmp_path)
    assert (said(delivery), delivery.month, delivery.extract) == (["month_unknown"], None, "ehe_register")


def test_digits_that_are_no_month_say_nothing(tmp_path):
    path = write_lines(tmp_path / MONTH / "education" / "ehe_register_2025-99_12025-013.csv", as_table(rows(HOME, 1)))
    assert received(path, tmp_path).month == date(2025, 9, 1)


def test_a_folder_of_another_agency_contradicts_the_contract(tmp_path):
    path = write_lines(tmp_path / MONTH / "health" / f"ehe_register_{MONTH}.csv", as_table(rows(HOME, 1)))
    delivery = received(path, tmp_path)
    assert said(delivery) == ["agency_mismatch"]
    assert "health" in delivery.findings[0].sentence
    assert "education" in delivery.findings[0].sentence


def test_an_agency_s_folder_is_known_whatever_its_case(tmp_path):
    path = write_lines(tmp_path / "Health" / f"export_{MONTH}.csv", as_table(rows(RETURN, 1)))
    assert contract_of(received(path, tmp_path)) == RETURN


def test_a_missing_column_is_named_with_the_one_that_may_be_meant(tmp_path):
    table = as_table(rows(REFERRALS, 1))
    table[0][table[0].index("pathway")] = "pathwy"
    path = write_lines(tmp_path / MONTH / "health" / f"nd_referrals_{MONTH}.csv", table)
    delivery = received(path, tmp_path)
    assert said(delivery) == ["header_missing"]
    assert delivery.findings[0].sentence == "health/nd_referrals needs pathway; is it pathwy?"


def test_two_columns_that_become_equal_are_refused(tmp_path):
    header, values = as_table([row(HOME, 1)])
    path = write_lines(tmp_path / f"ehe_register_{MONTH}.csv", [[*header, "Spell - ID"], [*values, "S2"]])
    assert said(received(path, tmp_path)) == ["header_duplicate"]
    other = write_lines(tmp_path / "other" / f"ehe_register_{MONTH}.csv", [[*header, "DOB"], [*values, "2012-03-17"]])
    assert said(received(other, tmp_path)) == ["header_duplicate"]


def test_a_column_outside_the_contract_is_named_and_its_values_are_not(tmp_path):
    header, values = as_table([row(HOME, 1)])
    path = write_lines(tmp_path / f"ehe_register_{MONTH}.csv", [[*header, "Home Address"], [*values, "1 Iron Gate"]])
    delivery = received(path, tmp_path)
    assert contract_of(delivery) == HOME
    assert [(one.code, one.severity) for one in delivery.findings] == [("header_unknown", "warning")]
    assert "home_address" in delivery.findings[0].sentence
    assert "Iron Gate" not in delivery.findings[0].sentence


def test_a_column_of_values_without_a_header_is_told_by_its_letter(tmp_path):
    header, values = as_table([row(HOME, 1)])
    path = write_lines(tmp_path / f"ehe_register_{MONTH}.csv", [["", *header, ""], ["1 Iron Gate", *values, ""]])
    assert [(one.code, one.sentence) for one in received(path, tmp_path).findings] == [
        ("header_unknown", "Column A has no header and was not read.")
    ]


def test_headers_of_no_contract_are_unrecognised_with_what_comes_nearest(tmp_path):
    strange = write_lines(tmp_path / f"minutes_{MONTH}.csv", [["agenda", "speaker"], ["welcome", "chair"]])
    delivery = received(strange, tmp_path)
    assert (said(delivery), delivery.extract) == (["file_unrecognised"], None)
    near = write_lines(tmp_path / f"export_{MONTH}.csv", [["child_id", "status", "school"], ["C1", "CIN", "x"]])
    delivery = received(near, tmp_path)
    assert said(delivery) == ["file_unrecognised"]
    assert CASES in delivery.findings[0].sentence


def test_an_extract_that_several_agencies_send_belongs_to_its_folder_and_is_ambiguous_without_one(tmp_path):
    contracts = CONTRACTS | {"care/indicator_return": replace(CONTRACTS[RETURN], agency="care")}
    meant = [("care", "care/indicator_return", []), ("health", RETURN, []), ("", None, ["file_ambiguous"])]
    for folder, extract, codes in meant:
        for name in (f"export_{MONTH}.csv", f"indicator_return_{MONTH}.csv"):
            path = write_lines(tmp_path / folder / name, as_table(rows(RETURN, 1)))
            delivery = intake.receive(path, tmp_path, contracts, AREA.agencies, None)
            assert (contract_of(delivery), said(delivery)) == (extract, codes), f"{folder}/{name}"


def test_what_is_no_regular_file_is_left_alone(tmp_path):
    inbox = tmp_path / "inbox"
    kept = deliver(inbox, HOME, rows(HOME, 1))
    for name in (".hidden.csv", "~$ehe_register_2025-09.xlsx", "Thumbs.db", "thumbs.DB", ".git/config"):
        (inbox / name).parent.mkdir(exist_ok=True)
        (inbox / name).write_text("x", encoding="utf-8")
    if hasattr(os, "mkfifo"):
        os.mkfifo(inbox / "pipe_2025-09.csv")
        (inbox / "link_2025-09.csv").symlink_to(kept)
        (tmp_path / "elsewhere").mkdir()
        deliver(tmp_path / "elsewhere", CASES, rows(CASES, 1))
        (inbox / "linked").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert list(found(inbox)) == [kept]
    told = intake.left_alone(inbox)
    names = ["link_2025-09.csv", "linked", "pipe_2025-09.csv"] if hasattr(os, "mkfifo") else []
    assert [(one.code, one.severity) for one in told] == [("file_not_regular", "warning")] * len(names)
    assert [one.sentence.split(" ")[0] for one in told] == names


def test_files_supersede_each_other_by_their_time_and_then_by_their_name(tmp_path):
    paths = [write_lines(tmp_path / name, [["x"]]) for name in ("b.csv", "a.csv", "c.csv")]
    for path, moment in zip(paths, (20, 20, 10), strict=True):
        os.utime(path, (moment, moment))
    assert [path.name for path in found(tmp_path)] == ["c.csv", "a.csv", "b.csv"]


NAMES = [
    "plain.csv",
    "../../etc/passwd",
    "ü – naïve \u202e.csv",
    "x" * 300 + ".csv",
    "\x1b[31m.csv",
    "...",
    "CON",
    "a b;c",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_from_outside_are_shown_cut_and_printable_and_never_used_as_paths(name):
    shown, stored = shown_name(name), stored_name("0" * 64, name)
    assert shown.isprintable()
    assert len(shown) <= 80
    assert Path(stored).name == stored
    assert stored.isascii()
    assert len(stored) <= 128
    assert stored.startswith("0" * 64 + "__")


def test_the_fingerprint_is_sha_256_of_the_bytes(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    wanted = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert intake.fingerprint_of(tmp_path / "file") == wanted
