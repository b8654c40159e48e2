"""The warehouse: one DuckDB file with personal data, opened by the pipeline only, and the desk beside it.

The desk is a database in memory: what a check needs and nobody may keep lies there, and nowhere else.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from data_contracts.contract import Contract
from data_contracts.local_area import HERE as CONTRACTS
from metrics.definition import Definition
from pipelines.staging import create_staging
from pipelines.store import PRIVATE, Store, StoreBusy

SQL = Path(__file__).parent / "sql"


@contextmanager
def opened(store: Store, contracts: Iterable[Contract]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The store's warehouse, every table in place, with an empty desk; closed and flushed afterwards."""
    key = store.key()
    connection = duckdb.connect(str(store.warehouse))
    try:
        store.warehouse.chmod(PRIVATE)
        prepare(connection, contracts, key)
        yield connection
    finally:
        connection.close()


@contextmanager
def read(store: Store) -> Iterator[duckdb.DuckDBPyConnection]:
    """The store's warehouse to look things up in; raises `StoreBusy` while a refresh has it."""
    try:
        connection = duckdb.connect(str(store.warehouse), read_only=True)
    except duckdb.IOException as error:
        raise StoreBusy("A refresh is running on this store; ask again when it has ended.") from error
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def in_memory(contracts: Iterable[Contract], key: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse that leaves nothing behind, for checking files before they are sent and for tests."""
    connection = duckdb.connect(":memory:")
    try:
        prepare(connection, contracts, key)
        yield connection
    finally:
        connection.close()


def prepare(connection: duckdb.DuckDBPyConnection, contracts: Iterable[Contract], key: str) -> None:
    """Every schema, table and view that the seven stops use, and the desk."""
    connection.execute("set timezone = 'UTC'")
    connection.execute("attach ':memory:' as desk")
    connection.execute("create schema desk.reference")
    connection.execute("set variable identifier_key = ?", [key])
    connection.execute((SQL / "identifiers.sql").read_text(encoding="utf-8"))
    connection.execute((SQL / "ledger.sql").read_text(encoding="utf-8"))
    for contract in contracts:
        create_staging(connection, contract)


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
    rows = [
        (one.metric_id, one.agency, one.lane, one.unit, first_months.get(one.extracts[0]))
        for one in definitions.values()
    ]
    if rows:
        connection.executemany("insert into desk.reference.metric values (?, ?, ?, ?, ?)", rows)
    connection.execute((SQL / "reference.sql").read_text(encoding="utf-8"))
    connection.execute("create or replace table reference.population (year integer, age integer, population bigint)")
    with (CONTRACTS / "population.csv").open(encoding="utf-8", newline="") as file:
        people = [(int(row["year"]), int(row["age"]), int(row["population"])) for row in csv.DictReader(file)]
    connection.executemany("insert into reference.population values (?, ?, ?)", people)


def at_desk(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A cursor of its own for which the desk's tables are at hand by their plain names."""
    cursor = connection.cursor()
    cursor.execute("use desk")
    return cursor
