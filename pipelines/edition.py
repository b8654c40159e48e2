"""What the release to come says of itself, read from the warehouse."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import duckdb

import metrics.catalogue
from data_contracts.contract import HERE as CONTRACTS
from metrics.release_format import FORMAT_VERSION
from pipelines import ledger, marts, revisions
from pipelines.agreed import Agreed
from pipelines.lineage import Lineage
from pipelines.publish import Edition


def edition_of(connection: duckdb.DuckDBPyConnection, agreed: Agreed, *, is_sample: bool) -> Edition | None:
    """What the release to come says of itself; None while no month has what the quorum asks for."""
    month = ledger.release_month(connection, agreed.area.release_quorum)
    if month is None:
        return None
    accepted = connection.execute(
        """select agency, extract, reporting_month, version, fingerprint from ledger.receipt
        where receipt_id in (select receipt_id from ledger.counted) order by all"""
    ).fetchall()
    return Edition(
        month=month,
        inputs_fingerprint=ledger.digest(
            repr(accepted).encode(),
            repr((FORMAT_VERSION, is_sample)).encode(),
            ledger.folder_digest(CONTRACTS, "**/*.yaml"),
            ledger.folder_digest(CONTRACTS, "*.csv"),
            ledger.folder_digest(metrics.catalogue.HERE, "**/*.yaml"),
            ledger.folder_digest(marts.MARTS, "*.sql"),
        ),
        is_sample=is_sample,
        area=agreed.area,
        definitions=agreed.definitions,
        receipts=_receipt_rows(connection, agreed, month),
        findings=_rows(connection, "select * from ledger.finding order by receipt_id, severity, code, sentence"),
        mart_columns={},
        lineage={},
        held=revisions.NOTHING,
    )


def _receipt_rows(connection: duckdb.DuckDBPyConnection, agreed: Agreed, month: date) -> list[dict[str, Any]]:
    held = _rows(connection, "select * from ledger.receipt order by reporting_month, agency, extract, version")
    rows = [*held, *ledger.expected(connection, agreed.contracts, month)]
    return [
        {**row, "reporting_month": f"{row['reporting_month']:%Y-%m}" if row["reporting_month"] else None}
        for row in rows
    ]


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def with_lineage(connection: duckdb.DuckDBPyConnection, agreed: Agreed, edition: Edition) -> Edition:
    """The edition with what it says once the marts are built: their columns, and which deliveries feed each metric."""
    lineage = Lineage(agreed.contracts.values())
    sources = {name: sorted(lineage.feeding(one)) for name, one in agreed.definitions.items()}
    held = revisions.held(connection, agreed.contracts)
    return replace(edition, mart_columns=_mart_columns(connection), lineage=sources, held=held)


def _mart_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    rows = connection.execute(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = 'mart'"
    ).fetchall()
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        columns.setdefault(f"mart.{table}", {})[column] = kind
    return columns
