"""Deliveries as the warehouse holds them once accepted, written straight into its tables."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

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
        held = {"receipt_id": one.receipt_id, "reporting_month": one.reporting_month, "line_number": line} | row
        columns, places = ", ".join(f'"{name}"' for name in held), ", ".join("?" * len(held))
        connection.execute(f"insert into staging.{contract.table} ({columns}) values ({places})", list(held.values()))
    return one


def held(connection: duckdb.DuckDBPyConnection, extract: str, *columns: str) -> list[Any]:
    """What is held of an extract now: these columns of its rows, in order (the values alone when it is one column)."""
    listed = ", ".join(f'"{name}"' for name in columns)
    found = connection.execute(f"select {listed} from held.{CONTRACTS[extract].table} order by all").fetchall()
    return [row[0] for row in found] if len(columns) == 1 else found


def mart(connection: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    """The rows of a mart that was built."""
    cursor = connection.execute(f"select * from mart.{name} order by all")
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
