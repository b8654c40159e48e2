"""Deliveries as the warehouse holds them once accepted, written straight into its tables."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import duckdb

from pipelines import ledger
from pipelines.ledger import Receipt
from pipelines.staging import kept_columns
from tests.pipelines.inbox import CONTRACTS


def first_of(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def receipt(extract: str, month: str, *, version: int = 1, verdict: str = "accepted", count: int = 0) -> Receipt:
    """The receipt of a delivery of `count` rows."""
    agency, name = extract.split("/")
    named = hashlib.sha256(f"{extract} {month} {version}".encode()).hexdigest()
    return Receipt(
        receipt_id=named[:16],
        agency=agency,
        extract=name,
        reporting_month=first_of(month),
        received_at=datetime(2025, 10, 3, 9, 30),
        due_on=ledger.due_on(CONTRACTS[extract], first_of(month)),
        version=version,
        fingerprint=named,
        supersedes=None,
        file=f"{name}_{month}.csv",
        stored_as=f"received/{month}/{agency}/{named}__{name}_{month}.csv",
        verdict=verdict,
        rows_received=count,
        rows_accepted=count,
        rows_quarantined=0,
    )


_LETTERS: dict[UUID, str] = {}


def stands_for(letter: str | None) -> UUID | None:
    """The hashed identifier that a letter stands for in a test; `letter` gives it back."""
    if letter is None:
        return None
    hashed = uuid5(NAMESPACE_OID, letter)
    _LETTERS[hashed] = letter
    return hashed


def letter(value: Any) -> Any:
    """The letter that a hashed identifier stands for in a test; anything else as it is."""
    return _LETTERS.get(value, value) if isinstance(value, UUID) else value


def hold(
    connection: duckdb.DuckDBPyConnection,
    extract: str,
    month: str,
    rows: Sequence[dict[str, Any]],
    *,
    version: int = 1,
    verdict: str = "accepted",
) -> Receipt:
    """Puts a delivery into the warehouse; columns that a row leaves out are null."""
    contract = CONTRACTS[extract]
    one = receipt(extract, month, version=version, verdict=verdict, count=len(rows))
    ledger.record(connection, [one], {})
    for line, row in enumerate(rows, start=2):
        assert set(row) <= set(kept_columns(contract)), row
        kept = kept_columns(contract)
        hashed = {name: stands_for(value) if kept[name] == "uuid" else value for name, value in row.items()}
        held = {"receipt_id": one.receipt_id, "reporting_month": one.reporting_month, "line_number": line} | hashed
        columns, places = ", ".join(f'"{name}"' for name in held), ", ".join("?" * len(held))
        connection.execute(f"insert into staging.{contract.table} ({columns}) values ({places})", list(held.values()))
    return one


def held(connection: duckdb.DuckDBPyConnection, extract: str, *columns: str) -> list[Any]:
    """What is held of an extract now: these columns of its rows, in order (the values alone when it is one column)."""
    listed = ", ".join(f'"{name}"' for name in columns)
    rows = connection.execute(f"select {listed} from held.{CONTRACTS[extract].table}").fetchall()
    found = sorted((tuple(letter(value) for value in row) for row in rows), key=repr)
    return [row[0] for row in found] if len(columns) == 1 else found


def mart(connection: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    """The rows of a mart that was built."""
    cursor = connection.execute(f"select * from mart.{name} order by all")
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, map(letter, values), strict=True)) for values in cursor.fetchall()]
