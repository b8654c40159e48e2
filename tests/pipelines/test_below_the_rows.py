"""Totals and footnotes below the rows are no rows, a total is compared, and what could be a row stays one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pipelines.staging import Staged, desk_table, stage
from tests.pipelines.inbox import AREA, CONTRACTS, MONTH, as_table, empty_warehouse, placed, received, write_lines
from tests.pipelines.templates import ATTENDANCE, COSTS, HOME, PLACES, RETURN, Row, row, rows


def read(folder: Path, extract: str, table: Sequence[Row], *below: Sequence[str]) -> tuple[Staged, int, list[str]]:
    """What staging found, how many rows it read, and their faults, of a file with these lines below its rows."""
    agency, name = extract.split("/")
    path = write_lines(folder / MONTH / agency / f"{name}_{MONTH}.csv", [*as_table(table), *below])
    with empty_warehouse() as connection:
        found = stage(connection, CONTRACTS[extract], AREA, [placed(received(path, folder))])
        desk = desk_table(CONTRACTS[extract])
        faults = connection.execute(f"select unnest(faults) from {desk} order by all").fetchall()
        counted = connection.execute(f"select count(*) from {desk}").fetchall()
    return found, counted[0][0], [code for (code,) in faults]


def differing(found: Staged) -> list[str | None]:
    return [column for columns in found.totals_that_differ.values() for column in columns]


def line(extract: str, **cells: str) -> list[str]:
    return [cells.get(name, "") for name in row(extract)]


SESSIONS = {"upn": "Total", "sessions_possible": "114", "sessions_attended": "102"}
AGREEING = {
    "sums": [line(ATTENDANCE, **SESSIONS)],
    "a sum with thousands": [line(ATTENDANCE, upn="GRAND TOTAL", sessions_possible="114.0")],
    "how many rows": [["Total: 3"]],
    "how many rows beside": [["Number of rows", "3"]],
    "how many under another column": [line(ATTENDANCE, upn="Total", school_urn="3")],
    "how many different": [line(ATTENDANCE, upn="Total", phase="1")],
    "a part of them": [line(ATTENDANCE, upn="Sub-total", sessions_possible="38")],
    "a total between notes": [["Source: school census, as at 30 September"], ["Sum", "3"], ["* provisional"]],
    "a total of nothing": [["Total"]],
}  # fmt: skip


@pytest.mark.parametrize("below", AGREEING.values(), ids=AGREEING)
def test_a_total_that_agrees_is_no_row_and_tells_nothing(tmp_path, below):
    found, counted, faults = read(tmp_path, ATTENDANCE, rows(ATTENDANCE, 3), *below)
    assert (counted, faults, differing(found)) == (3, [], [])


DIFFERING = {
    "a sum": ([line(ATTENDANCE, **SESSIONS | {"sessions_attended": "110"})], ["sessions_attended"]),
    "two sums": ([line(ATTENDANCE, **SESSIONS | {"sessions_attended": "1", "sessions_possible": "2"})],
                 ["sessions_possible", "sessions_attended"]),
    "how many rows": ([["Total: 4"]], [None]),
    "how many rows beside": ([["Row count", "4"]], [None]),
    "how many under another column": ([line(ATTENDANCE, upn="Total", school_urn="7")], ["school_urn"]),
}  # fmt: skip


@pytest.mark.parametrize(("below", "columns"), DIFFERING.values(), ids=DIFFERING)
def test_a_total_that_differs_is_told_by_its_column(tmp_path, below, columns):
    found, counted, faults = read(tmp_path, ATTENDANCE, rows(ATTENDANCE, 3), *below)
    assert (counted, faults, differing(found)) == (3, [], columns)


def test_money_is_compared_to_the_penny(tmp_path):
    table = rows(COSTS, 3)
    spent = sum(float(one["annual_cost"]) for one in table)
    for total, columns in ((f"£{spent:,.2f}", []), (f"{spent + 0.01:.2f}", ["annual_cost"])):
        found, counted, _ = read(tmp_path, COSTS, table, line(COSTS, placement_id="Total", annual_cost=total))
        assert (counted, differing(found)) == (3, columns)


def test_a_total_over_figures_that_the_sender_hides_is_not_compared(tmp_path):
    table = [row(RETURN, 1, value="12"), row(RETURN, 2, value="*")]
    found, counted, _ = read(tmp_path, RETURN, table, line(RETURN, indicator_id="Total", value="15"))
    assert (counted, differing(found)) == (2, [])


NOTES = [
    ["Notes"],
    ["Source: case system, run on 1 October, second version", "", "", ""],
    ["* includes children who moved in"],
    ["[1] as at the last day of the month"],
    ["Prepared by the data team"],
    ["This register was checked by hand"],
    ["End of report"],
]


@pytest.mark.parametrize("note", NOTES, ids=[note[0] for note in NOTES])
def test_a_footnote_is_no_row(tmp_path, note):
    found, counted, faults = read(tmp_path, HOME, rows(HOME, 3), [], note)
    assert (counted, faults, differing(found)) == (3, [], [])


STAY = {
    "a row that breaks off": [["S000123"]],
    "a row that breaks off later": [["S000123", "C000123"]],
    "a number alone": [["153"]],
    "a total with words in it": [line(HOME, spell_id="Total", child_id="C000001", nc_year="seven")],
    "a word alone": [["Tomorrow"]],
}


@pytest.mark.parametrize("below", STAY.values(), ids=STAY)
def test_what_could_be_a_row_stays_one(tmp_path, below):
    _, counted, _ = read(tmp_path, HOME, rows(HOME, 3), *below)
    assert counted == 4


def test_a_total_or_a_note_between_rows_stays_a_row(tmp_path):
    header, first, second = as_table(rows(HOME, 2))
    path = write_lines(
        tmp_path / f"ehe_register_{MONTH}.csv", [header, first, ["Total: 1"], ["A note in between"], second]
    )
    with empty_warehouse() as connection:
        stage(connection, CONTRACTS[HOME], AREA, [placed(received(path, tmp_path))])
        found = connection.execute(
            f"select line_number, 'row_too_few_fields' in faults from {desk_table(CONTRACTS[HOME])} order by 1"
        ).fetchall()
    assert found == [(2, False), (3, True), (4, True), (5, False)]


def test_a_name_that_sounds_like_a_total_is_a_row(tmp_path):
    table = [*rows(PLACES, 2), row(PLACES, 3, school_name="Total Communication School")]
    _, counted, faults = read(tmp_path, PLACES, table)
    assert (counted, faults) == (3, [])


def test_rows_of_a_file_that_holds_nothing_else_are_none(tmp_path):
    header = list(row(HOME))
    path = write_lines(
        tmp_path / f"ehe_register_{MONTH}.csv", [header, ["Total", "0"], ["No child was on the register"]]
    )
    with empty_warehouse() as connection:
        found = stage(connection, CONTRACTS[HOME], AREA, [placed(received(path, tmp_path))])
        counted = connection.execute(f"select count(*) from {desk_table(CONTRACTS[HOME])}").fetchall()
    assert (counted, differing(found)) == ([(0,)], [])
