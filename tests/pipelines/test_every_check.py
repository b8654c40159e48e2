"""Every check of every contract, found by listing, is tripped by a row planted for it, under the code it is named for.

Great Expectations counts the same rows: `Checker` stops where it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from data_contracts.contract import Contract, Type
from metrics import catalogue
from pipelines import ledger, warehouse
from pipelines.checking import Checker
from pipelines.rules import Check, checks
from tests.pipelines.inbox import AREA, CONTRACTS, MONTH, received, write_lines
from tests.pipelines.planted_faults import LONGEST_CELL, NEVER_ALONE, OWN, SPOILT
from tests.pipelines.templates import Row, row


@dataclass
class Checked:
    """What became of the rows planted for each check, and how many of a delivery were kept."""

    codes: dict[str, set[str]]
    valid: list[list[str]]
    kept: int


def spoilt(contract: Contract, check: Check, number: int) -> list[Row]:
    """The rows planted for one check; all that follow the first are spoilt, or the only one is."""
    own = OWN.get(contract.id, {}).get(check.code)
    if check.code == "row_duplicate":
        return [row(contract.id, number)] * 2
    if check.code == "row_cell_too_long":
        return [row(contract.id, number) | {roomiest(contract): "x" * (LONGEST_CELL + 1)}]
    if own is not None:
        return [row(contract.id, number, **own)]
    fault = check.code.removeprefix(f"{check.column}_")
    if fault == "duplicate":
        coded = next((column for column in contract.columns if column.codes and not column.key_position), None)
        free, texts = (coded.name, coded.codes) if coded else ("value", ("7", "8"))
        return [row(contract.id, number, **{free: text}) for text in texts[:2]]
    return [row(contract.id, number, **{str(check.column): SPOILT[fault]})]


def roomiest(contract: Contract) -> str:
    """A column that takes any text, so that a long one is too long and nothing else; attendance has none."""
    plain = [one for one in contract.columns if one.type is Type.TEXT and not (one.codes or one.reference)]
    return max(plain, key=lambda one: (one.free_text, not one.pattern, one.identifier != "upn")).name


def planted(contract: Contract) -> tuple[list[list[str]], dict[int, str]]:
    """The lines of a delivery with two valid rows and one faulty row for each check, and which line is for which."""
    # What may be empty comes last, so that a row that breaks off lacks nothing else.
    codes = {check.code for check in checks(contract)}
    header = sorted(row(contract.id), key=lambda name: f"{name}_missing" in codes, reverse=True)
    lines = [header, *([row(contract.id, number)[name] for name in header] for number in (1, 2))]
    meant: dict[int, str] = {}
    for number, check in enumerate(checks(contract), start=10):
        if check.code in ("row_too_few_fields", "row_too_many_fields"):
            cells = [row(contract.id, number)[name] for name in header]
            lines.append(cells[:-1] if "few" in check.code else [*cells, "one more"])
        else:
            lines.extend([one[name] for name in header] for one in spoilt(contract, check, number))
        meant[len(lines)] = check.code
    return lines, meant


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inbox")


@pytest.fixture(scope="module", params=list(CONTRACTS.values()), ids=list(CONTRACTS))
def checked(request: pytest.FixtureRequest, inbox: Path) -> tuple[Contract, Checked]:
    contract = request.param
    lines, meant = planted(contract)
    path = write_lines(inbox / MONTH / contract.agency / f"{contract.extract}_{MONTH}.csv", lines)
    definitions = catalogue.load()
    # All records begin in September 2024; figures of the time before can be returned.
    begun = {one.extracts[0]: date(2024, 9, 1) for one in definitions.values()}
    with warehouse.in_memory(CONTRACTS.values(), key="for tests") as connection:
        warehouse.load_reference(connection, definitions, begun)
        delivery = received(path, inbox)
        receipt = ledger.new_receipt(connection, delivery, [])
        checker = Checker(connection, AREA)
        try:
            checker.finish(checker.begin(contract, [(receipt, delivery)], lambda count: None))
        finally:
            checker.close()
        found = dict(
            connection.execute(
                "select line_number, coalesce(broken.codes, []) || coalesce(warned.codes, []) "
                "from desk.broken full join desk.warned using (line_number)"
            ).fetchall()
        )
        accepted = receipt.rows_accepted or 0
    codes = {code: set(found.get(line, ())) for line, code in meant.items()}
    return contract, Checked(codes, [found.get(2, []), found.get(3, [])], accepted)


def test_every_check_is_tripped_by_its_row_and_reported_under_its_own_code(checked):
    contract, result = checked
    wanted = {
        check.code: {check.code} | NEVER_ALONE.get((contract.id, check.code), set()) for check in checks(contract)
    }
    assert result.codes == wanted


def test_a_valid_row_breaks_no_check(checked):
    assert checked[1].valid == [[], []]


def test_a_warning_sets_no_row_aside_and_an_error_does(checked):
    contract, result = checked
    by_code = {check.code: check for check in checks(contract)}
    kept = [code for code, found in result.codes.items() if all(by_code[one].severity == "warning" for one in found)]
    # Two valid rows, the rows that only warn, and the first of the two identical rows.
    assert result.kept == 2 + len(kept) + 1


def test_what_never_comes_alone_is_a_check_that_exists():
    for (extract, code), others in NEVER_ALONE.items():
        assert {code, *others} <= {check.code for check in checks(CONTRACTS[extract])}, (extract, code)
    for extract, planted_rows in OWN.items():
        assert set(planted_rows) <= {check.code for check in checks(CONTRACTS[extract])}, extract
