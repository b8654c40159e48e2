"""Nothing that tells who a child is, is kept, shown or said outside the received file itself.

Children whose every cell can be recognised are planted in every extract, in good rows and in faulty ones; then every
byte that a refresh leaves behind, and every word it says, is searched for them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.pipelines.inbox import CONTRACTS, as_table, deliver, write_lines
from tests.pipelines.templates import CASES, EVENTS, HOME, REFERRALS, RETURN, Row, nhs_number, row, rows, upn

ROOT = Path(__file__).parents[2]
BORN = [date(2010 + place, 3 + place, 17 + place) for place in range(6)]
# Runs of letters that occur nowhere else: in what identifies a child or is faulty, and in the note of a return.
SECRET, NOTE = "ZQXJKV", "WQZJXY"
FAULTY = {
    "upn": f"X{SECRET}",
    "nhs_number": f"1{SECRET}",
    "date_of_birth": f"17/03/12 {SECRET}",
    "sex": SECRET,
    "ward": f"{SECRET} Street",
    "start_date": f"{SECRET}-03",
    "sen_provision": f"E{SECRET}",
    "value": SECRET,
    "grain": SECRET,
    "phase": SECRET,
}


@dataclass
class Left:
    """What a refresh and a check left behind, and said."""

    store: Path
    temporary: Path
    spoken: bytes
    numbers: set[bytes]

    def files(self) -> Iterator[Path]:
        """Every file of the store but the received ones."""
        for path in self.store.rglob("*"):
            if path.is_file() and path.relative_to(self.store).parts[0] != "received":
                yield path

    def told(self, content: bytes) -> set[bytes]:
        """What in some bytes could only have come from a child's cells."""
        days = [day.strftime(form) for day in BORN for form in ("%Y-%m-%d", "%d/%m/%Y")]
        texts = [text.encode(coding) for text in (SECRET, *days) for coding in ("utf-8", "utf-16-le")]
        like_numbers = re.findall(rb"8312000\d{5}|9990\d{6}", content)
        return {text for text in texts if text in content} | (self.numbers & set(like_numbers))


def planted_rows(extract: str, first: int) -> list[Row]:
    """Rows about children who can be recognised: good ones, and one for each cell that can be faulty."""
    table = []
    for number in range(first, first + len(BORN)):
        plain = row(extract, number)
        ids = [column.name for column in CONTRACTS[extract].columns if column.identifier == "local"]
        table.append(plain | {name: f"{SECRET}{number}{name}" for name in ids})
        if "date_of_birth" in plain:
            table[-1]["date_of_birth"] = BORN[number - first].isoformat()
        if "note" in plain:
            table[-1]["note"] = f"About {NOTE}{number} and her mother"
    faulty = {name: text for name, text in FAULTY.items() if name in row(extract)}
    return table + [row(extract, first + 20 + place, **{one: faulty[one]}) for place, one in enumerate(faulty)]


def run_outside(temporary: Path, *words: object) -> bytes:
    """What a command says, as a process of its own whose temporary files all lie in one folder."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("INSIGHT_")}
    surroundings |= {"TMPDIR": str(temporary), "TEMP": str(temporary), "TMP": str(temporary), "COLUMNS": "400"}
    command = [sys.executable, "-m", "pipelines", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True)
    assert done.returncode == 1, done.stderr[-2000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    folder = tmp_path_factory.mktemp("privacy")
    inbox, temporary = folder / "inbox", folder / "temporary"
    temporary.mkdir()
    tables = {extract: planted_rows(extract, 100 * place) for place, extract in enumerate(CONTRACTS, start=1)}
    for extract, table in tables.items():
        deliver(inbox, extract, [*rows(extract, 6), *table])
    # One in an encoding that is read through a copy, one refused for its header, two for their rows.
    earlier = inbox / "2025-08"
    write_lines(earlier / "education" / "ehe_register_2025-08.csv", as_table(tables[HOME]), encoding="utf-16")
    header, *body = as_table(tables[REFERRALS])
    renamed = [f"{SECRET} pathway" if name == "pathway" else name for name in header]
    refused = write_lines(earlier / "health" / "nd_referrals_2025-08.csv", [renamed, *body])
    unusable = deliver(inbox, EVENTS, [one | {"phase": SECRET} for one in tables[EVENTS]], month="2025-08")
    late = deliver(inbox, CASES, [one | {"start_date": "2025-10-01"} for one in tables[CASES]], month="2025-08")

    spoken = run_outside(temporary, "refresh", "--inbox", inbox, "--store", folder / "store")
    spoken += run_outside(temporary, "check", refused, unusable, late, "--json")
    numbers = {upn(number)[1:].encode() for place in range(1, 9) for number in range(100 * place, 100 * place + 40)}
    numbers |= {nhs_number(number).encode() for place in range(1, 9) for number in range(100 * place, 100 * place + 40)}
    return Left(folder / "store", temporary, spoken, numbers)


def test_what_is_searched_for_was_sent(left):
    sent = b"".join(path.read_bytes() for path in (left.store / "received").rglob("*.csv"))
    assert {SECRET.encode(), SECRET.encode("utf-16-le"), BORN[5].isoformat().encode()} <= left.told(sent)
    assert {upn(105)[1:].encode(), nhs_number(105).encode()} <= left.told(sent)
    assert NOTE.encode() in sent


def test_no_file_of_the_store_holds_a_byte_of_it(left):
    places = set()
    for path in left.files():
        assert left.told(path.read_bytes()) == set(), path.relative_to(left.store)
        assert SECRET not in str(path)
        places.add(path.relative_to(left.store).parts[0])
    assert {"warehouse.duckdb", "releases", "shown.parquet", "data_docs", "in_force"} <= places


def test_nothing_of_it_is_said_by_a_refresh_or_a_check(left):
    assert left.told(left.spoken) == set()
    assert NOTE.encode() not in left.spoken
    assert b"Traceback" not in left.spoken


def test_a_note_goes_no_further_than_the_warehouse(left):
    holding = {path.relative_to(left.store).parts[0] for path in left.files() if NOTE.encode() in path.read_bytes()}
    assert holding <= {"warehouse.duckdb"}


def test_nothing_is_left_in_the_temporary_folder(left):
    assert [path for path in left.temporary.rglob("*") if path.is_file()] == []


def cells_of(file: Path) -> Iterator[tuple[str, str, list[object]]]:
    """Table, column and distinct values of every column of a database, views included."""
    with duckdb.connect(str(file), read_only=True) as connection:
        columns = connection.execute("select table_schema, table_name, column_name from information_schema.columns")
        for schema, table, column in columns.fetchall():
            found = connection.execute(f'select distinct "{column}" from {schema}."{table}"').fetchall()
            yield f"{schema}.{table}", column, [value for (value,) in found]


def test_no_cell_of_any_table_holds_it_however_it_is_packed(left):
    databases = [left.store / "warehouse.duckdb", *(left.store / "releases").glob("*.duckdb")]
    assert len(databases) == 2
    for file in databases:
        for table, column, values in cells_of(file):
            assert left.told("\n".join(str(value) for value in values).encode()) == set(), f"{table}.{column}"
    assert left.told(pl.read_parquet(left.store / "shown.parquet").write_csv().encode()) == set()


def test_no_date_of_birth_is_kept_but_its_month_is(left):
    months = set()
    for table, column, values in cells_of(left.store / "warehouse.duckdb"):
        days = {value for value in values if isinstance(value, date)}
        assert column != "date_of_birth", table
        assert not set(BORN) & days, f"{table}.{column}"
        months |= days if column == "birth_month" else set()
    assert {day.replace(day=1) for day in BORN} <= months
    assert {day.day for day in months} == {1}


def test_quarantine_holds_lines_and_codes_alone(left):
    with duckdb.connect(str(left.store / "warehouse.duckdb"), read_only=True) as connection:
        columns = [one[0] for one in connection.execute('describe quarantine."row"').fetchall()]
        counted = connection.execute('select count(*) from quarantine."row"').fetchall()
    assert columns == ["receipt_id", "line_number", "codes"]
    assert counted[0][0] > 20


def test_a_release_has_no_column_about_one_child(left):
    (release,) = (left.store / "releases").glob("*.duckdb")
    own = {column.name for contract in CONTRACTS.values() for column in contract.columns if column.identifier}
    for table, column, _ in cells_of(release):
        assert column not in {*own, "date_of_birth", "birth_month", "behind_complement"}, table


def test_the_same_child_is_the_same_hash_in_every_extract(left):
    found = []
    for extract in (HOME, CASES, REFERRALS):
        with duckdb.connect(str(left.store / "warehouse.duckdb"), read_only=True) as connection:
            sql = f"select distinct upn from staging.{CONTRACTS[extract].table} where upn is not null"
            found.append(set(connection.execute(sql).fetchall()))
    assert len(found[0] & found[1] & found[2]) == 6, "the six ordinary children are in all three"
    assert not any(column.identifier for column in CONTRACTS[RETURN].columns)
