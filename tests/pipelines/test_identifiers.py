"""Check letters and digits follow the published rules, and an identifier never stands as it was sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import warehouse
from tests.pipelines.inbox import CONTRACTS, as_table, staged
from tests.pipelines.templates import CASES, HOME, check_letter, nhs_number, row, upn

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
eleven_digits = st.text("0123456789", min_size=11, max_size=11)
last_characters = st.sampled_from("0123456789" + LETTERS)


@pytest.fixture(scope="module")
def macros():
    with duckdb.connect() as connection:
        connection.execute((warehouse.SQL / "identifiers.sql").read_text(encoding="utf-8"))
        yield connection


def fault(macros, kind: str, value: str | None) -> Any:
    return macros.execute(f"select {kind}_fault(?)", [value]).fetchone()[0]


def valid(macros, kind: str, values: list[str]) -> list[str]:
    """Those without a fault, in order."""
    sql = f"select value from unnest(?) with ordinality as given (value, place) where {kind}_fault(value) is null "
    return [found for (found,) in macros.execute(f"{sql} order by place", [values]).fetchall()]


@pytest.mark.parametrize("value", ["B801200005001", "W831417825001", "Q831702524007"])
def test_a_upn_with_the_letter_its_digits_call_for_is_valid(macros, value):
    assert fault(macros, "upn", value) is None


def test_a_upn_with_another_letter_is_not_valid(macros):
    assert fault(macros, "upn", "A801200005001") == "check_letter"


@pytest.mark.parametrize(
    "value",
    ["", "B80120000500", "B8012000050011", "8801200005001", "I801200005001", "O801200005001", "S801200005001",
     "BB01200005001", "b801200005001", "B80120000500I", "B8012 0005001"],
)  # fmt: skip
def test_what_is_not_a_letter_and_twelve_characters_is_no_upn(macros, value):
    assert fault(macros, "upn", value) == "format"


@settings(max_examples=50)
@given(eleven_digits, last_characters)
def test_of_all_letters_exactly_one_makes_a_upn_valid(macros, digits, last):
    rest = digits + last
    assert valid(macros, "upn", [letter + rest for letter in LETTERS]) == [check_letter(rest) + rest]


def test_a_temporary_upn_ends_in_a_letter_and_is_valid(macros):
    rest = "83141782501A"
    assert fault(macros, "upn", check_letter(rest) + rest) is None


@pytest.mark.parametrize("value", ["9434765919", "9990000018"])
def test_an_nhs_number_with_its_check_digit_is_valid(macros, value):
    assert fault(macros, "nhs_number", value) is None


@pytest.mark.parametrize(
    ("value", "found"),
    [("9990000000", "check_digit"), ("9434765918", "check_digit"), ("943476591", "format"), ("94347659190", "format"),
     ("943476591X", "format"), ("", "format")],
)  # fmt: skip
def test_an_nhs_number_without_its_check_digit_is_not(macros, value, found):
    assert fault(macros, "nhs_number", value) == found


@settings(max_examples=50)
@given(st.integers(0, 999_999_999))
def test_no_nine_digits_have_two_check_digits(macros, body):
    weighed = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), f"{body:09d}", strict=True))
    digits = [(11 - weighed % 11) % 11] if weighed % 11 != 1 else []
    found = valid(macros, "nhs_number", [f"{body:09d}{digit}" for digit in range(10)])
    assert found == [f"{body:09d}{digit}" for digit in digits]


@pytest.mark.parametrize("kind", ["upn", "nhs_number"])
def test_nothing_is_neither_valid_nor_a_fault(macros, kind):
    assert fault(macros, kind, None) is None


def test_identifiers_of_tests_are_valid(macros):
    for number in (1, 2, 77, 4_000):
        assert fault(macros, "upn", upn(number)) is None
        assert fault(macros, "nhs_number", nhs_number(number)) is None


def test_the_same_number_is_the_same_however_it_is_written(tmp_path):
    number, pupil = nhs_number(7), upn(7)
    spaced = f"{number[:3]} {number[3:6]} {number[6:]}"
    written = [(number, pupil), (spaced, pupil.lower()), (spaced.replace(" ", "-"), f" {pupil[:4]} {pupil[4:]} ")]
    table = [row(CASES, place, nhs_number=one, upn=other) for place, (one, other) in enumerate(written)]
    found = staged(CASES, as_table(table), tmp_path)
    assert len({(one["nhs_number"], one["upn"]) for one in found}) == 1
    assert {(one["nhs_number_fault"], one["upn_fault"]) for one in found} == {(None, None)}


def test_a_stated_reason_leaves_the_upn_blank(tmp_path):
    reasons = [*(f"UN{number}" for number in range(1, 11)), "un3", " UN 3 "]
    found = staged(CASES, as_table([row(CASES, place, upn=one) for place, one in enumerate(reasons)]), tmp_path)
    assert [(one["upn"], one["upn_fault"]) for one in found] == [(None, "stated_reason")] * len(reasons)


def test_any_other_reason_is_no_upn(tmp_path):
    reasons = ["UN0", "UN11", "UN", "UN3X", "unknown"]
    found = staged(CASES, as_table([row(CASES, place, upn=one) for place, one in enumerate(reasons)]), tmp_path)
    assert [one["upn_fault"] for one in found] == ["format"] * len(reasons)


def test_identifiers_are_hashed_by_their_kind_and_full_dates_of_birth_are_kept_by_nobody(tmp_path):
    (found,) = staged(HOME, as_table([row(HOME, 5, child_id="twin", spell_id="twin")]), tmp_path)
    identifiers = {name: found[name] for name in ("spell_id", "child_id", "upn", "nhs_number")}
    assert all(isinstance(value, UUID) for value in identifiers.values())
    assert len(set(identifiers.values())) == 4, "a case and a child of the same number are told apart"
    assert found["birth_month"].isoformat() == "2012-03-01"
    with warehouse.in_memory(CONTRACTS.values(), key="for tests") as connection:
        columns = connection.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'staging'"
        ).fetchall()
    assert not [name for name in columns if name[1] == "date_of_birth"]
    assert ("education__ehe_register", "birth_month") in columns


def test_another_store_s_key_gives_other_hashes(tmp_path):
    hashes: list[str] = []
    for key in ("one", "other"):
        with warehouse.in_memory([], key=key) as connection:
            sql = "select left(sha256(getvariable('identifier_key') || ':upn:' || ?), 32)"
            hashes += [found for (found,) in connection.execute(sql, [upn(1)]).fetchall()]
    (found,) = staged(CASES, as_table([row(CASES, 1)]), tmp_path)
    assert len({*hashes, found["upn"]}) == 3
