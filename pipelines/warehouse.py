"""The warehouse: one DuckDB file with personal data, opened by the pipeline only, and the desk beside it.

The desk is a database in memory: what a check needs and nobody may keep lies there, and nowhere else.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from data_contracts.contract import Contract
from data_contracts.local_area import HERE as CONTRACTS
from metrics.definition import Definition
from pipelines.faults import StoreDamaged, is_damage, is_in_use, out_of_room
from pipelines.rows import add_rows
from pipelines.staging import create_staging
from pipelines.store import PRIVATE, Store, StoreBusy, move_into_place, private_files

SQL = Path(__file__).parent / "sql"
# For DuckDB alone, so that a refresh fits beside other programs on an ordinary laptop.
MOST_MEMORY = "800MB"


@contextmanager
def opened(
    store: Store, contracts: Iterable[Contract], path: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The store's warehouse (or the one at `path`), every table in place, with an empty desk; flushed afterwards.

    Raises `StoreBusy` when another process has it open, `StoreDamaged` when it cannot be read as a database.
    """
    key = store.key()
    with private_files():
        connection = _connected(path or store.warehouse)
        try:
            prepare(connection, contracts, key, store.aside)
            yield connection
        except duckdb.Error as error:
            if is_damage(error):
                raise _damaged(store.warehouse) from error
            raise
        finally:
            connection.close()
            shutil.rmtree(store.aside, ignore_errors=True)


def _connected(path: Path) -> duckdb.DuckDBPyConnection:
    if not path.exists():
        # Made aside, so that a warehouse is there whole or not at all.
        beside = path.with_name(f".{path.name}.new.part")
        duckdb.connect(str(beside)).close()
        move_into_place(beside, path)
    path.chmod(PRIVATE)
    try:
        return duckdb.connect(str(path))
    except duckdb.Error as error:
        raise _cannot_be_opened(error, path) from error


def _cannot_be_opened(error: duckdb.Error, path: Path) -> Exception:
    if is_in_use(error):
        return StoreBusy(
            "A refresh is running, or another program has the warehouse open; try again when it has ended."
        )
    return out_of_room(error) or _damaged(path)


def _damaged(path: Path) -> StoreDamaged:
    return StoreDamaged(
        f"{path} is damaged and cannot be read. The release in force is unchanged, and nothing received is lost. "
        "To make the warehouse anew from the files received: python -m pipelines rebuild"
    )


@contextmanager
def read(store: Store) -> Iterator[duckdb.DuckDBPyConnection]:
    """The store's warehouse to look things up in.

    Raises `StoreBusy` while a refresh has it, `StoreDamaged` when it cannot be read as a database.
    """
    try:
        connection = duckdb.connect(str(store.warehouse), read_only=True)
    except duckdb.Error as error:
        raise _cannot_be_opened(error, store.warehouse) from error
    try:
        yield connection
    except duckdb.Error as error:
        if is_damage(error):
            raise _damaged(store.warehouse) from error
        raise
    finally:
        connection.close()


def replace(store: Store, made: Path) -> None:
    """Puts a warehouse that was made anew, and is closed, in the place of the old one."""
    # What the old one had still to write down belongs to it, and must not be found beside the new one.
    store.warehouse.with_name(f"{store.warehouse.name}.wal").unlink(missing_ok=True)
    move_into_place(made, store.warehouse)


@contextmanager
def in_memory(contracts: Iterable[Contract], key: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse that leaves nothing behind, for checking files before they are sent and for tests."""
    with TemporaryDirectory() as aside:
        connection = duckdb.connect(":memory:")
        try:
            prepare(connection, contracts, key, Path(aside))
            yield connection
        finally:
            connection.close()


def prepare(connection: duckdb.DuckDBPyConnection, contracts: Iterable[Contract], key: str, aside: Path) -> None:
    """Every schema, table and view that the seven stops use, and the desk.

    `aside` is a private folder for what does not fit into memory while it is worked on; DuckDB deletes what it
    wrote there, and whoever gave the folder deletes what a kill left.
    """
    connection.execute("set timezone = 'UTC'")
    connection.execute(f"set memory_limit = '{MOST_MEMORY}'")
    connection.execute("set temp_directory = '" + str(aside).replace("'", "''") + "'")
    connection.execute("attach ':memory:' as desk (compress)")
    connection.execute("create schema desk.reference")
    connection.execute("set variable identifier_key = ?", [key])
    connection.execute((SQL / "identifiers.sql").read_text(encoding="utf-8"))
    connection.execute((SQL / "ledger.sql").read_text(encoding="utf-8"))
    for contract in contracts:
        create_staging(connection, contract)


def use_all_memory(connection: duckdb.DuckDBPyConnection) -> None:
    """From now on DuckDB may use what it would by itself, most of the machine's memory."""
    connection.execute("reset memory_limit")


def load_reference(
    connection: duckdb.DuckDBPyConnection,
    definitions: Mapping[str, Definition],
    first_months: Mapping[str, date],
) -> None:
    """What rules look up on the desk, the catalogue of metrics, and what marts look up in the warehouse.

    `first_months` gives the first reporting month of each extract that has any.
    """
    connection.execute(
        "create or replace table desk.reference.metric "
        "(metric_id varchar, agency varchar, lane varchar, unit varchar, first_month date)"
    )
    columns = ("metric_id", "agency", "lane", "unit", "first_month")
    rows = [
        (one.metric_id, one.agency, one.lane, str(one.unit), first_months.get(one.extracts[0]))
        for one in definitions.values()
    ]
    add_rows(connection, "desk.reference.metric", columns, rows)
    connection.execute((SQL / "reference.sql").read_text(encoding="utf-8"))
    connection.execute("create or replace table reference.population (year integer, age integer, population bigint)")
    with (CONTRACTS / "population.csv").open(encoding="utf-8", newline="") as file:
        people = [(int(row["year"]), int(row["age"]), int(row["population"])) for row in csv.DictReader(file)]
    add_rows(connection, "reference.population", ("year", "age", "population"), people)


def at_desk(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A cursor of its own for which the desk's tables are at hand by their plain names."""
    cursor = connection.cursor()
    cursor.execute("use desk")
    return cursor
