"""What the commands answer: outcomes, status, releases and values, as documents and as text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import duckdb

from data_contracts.contract import load
from data_contracts.mistakes import nearest
from metrics.periods import month_end
from metrics.release_format import CELL_KEY, TABLES
from pipelines import publish, warehouse
from pipelines.intake import Finding
from pipelines.ledger import Receipt
from pipelines.refresh import Outcome, Rebuilt
from pipelines.store import Store, StoreMisused


def as_document(outcome: Outcome) -> dict[str, Any]:
    """A refresh as one JSON object: exact row counts, every receipt and every finding."""
    months = sorted({f"{one.reporting_month:%Y-%m}" for one in outcome.receipts if one.reporting_month})
    return {
        "published": outcome.published,
        "release_id": outcome.release_id,
        "reporting_months": months,
        "receipts": [_receipt(receipt) for receipt in outcome.receipts],
        "findings": [
            _finding(receipt_id, finding)
            for receipt_id, findings in (
                (None, outcome.left_alone),
                *((one.receipt_id, outcome.findings.get(one.receipt_id, ())) for one in outcome.receipts),
            )
            for finding in findings
        ],
    }


def _finding(receipt_id: str | None, finding: Finding) -> dict[str, Any]:
    return {
        "receipt_id": receipt_id,
        "code": finding.code,
        "severity": str(finding.severity),
        "column_name": finding.column,
        "sentence": finding.sentence,
        "row_count": finding.row_count,
    }


def as_text(outcome: Outcome, *, every: bool = False) -> str:
    """A refresh in words: a line for each delivery that has something to tell (or `every` one), then the end."""
    lines = [f"{one.severity} {one.code}: {one.sentence}" for one in outcome.left_alone]
    for receipt in outcome.receipts:
        findings = outcome.findings.get(receipt.receipt_id, [])
        if not findings and not every:
            continue
        name = f"{receipt.agency}/{receipt.extract}" if receipt.extract else receipt.file
        month = f" {receipt.reporting_month:%Y-%m}" if receipt.reporting_month else ""
        lines.append(f"{name}{month}: {str(receipt.verdict).replace('_', ' ')}")
        for finding in findings:
            rows = f"{finding.row_count} row{'' if finding.row_count == 1 else 's'}: " if finding.row_count else ""
            lines.append(f"  {finding.severity} {finding.code}: {rows}{finding.sentence}")
    counted = len(outcome.receipts)
    if counted:
        lines.append(f"{counted} deliver{'y' if counted == 1 else 'ies'} read.")
    if outcome.missing:
        lines.append(f"Not received: {', '.join(outcome.missing)}.")
    return "\n".join([*lines, outcome.sentence]).strip()


def rebuilt_as_document(rebuilt: Rebuilt) -> dict[str, Any]:
    """A rebuild as one JSON object."""
    return {
        "deliveries": rebuilt.deliveries,
        "same_as": rebuilt.same_as,
        "missing": rebuilt.missing,
        "changed": rebuilt.changed,
    }


def rebuilt_as_text(rebuilt: Rebuilt) -> str:
    """A rebuild in words."""
    counted = rebuilt.deliveries
    lines = [f"Made the warehouse anew from {counted} deliver{'y' if counted == 1 else 'ies'}."]
    lines += [f"Noted as received, and not there: {path}" for path in rebuilt.missing]
    lines += [f"Not as it was received, and left out: {path}" for path in rebuilt.changed]
    if rebuilt.same_as:
        lines.append(f"It holds what release {rebuilt.same_as} was made from.")
    else:
        lines.append("No release was made from just this; the next refresh publishes one.")
    return "\n".join(lines)


def _receipt(receipt: Receipt) -> dict[str, Any]:
    row = {name: getattr(receipt, name) for name in TABLES["receipt"]}
    month = f"{receipt.reporting_month:%Y-%m}" if receipt.reporting_month else None
    return row | {"reporting_month": month, "verdict": str(receipt.verdict), "file": receipt.file}


def release_rows(store: Store) -> list[dict[str, Any]]:
    """Every release kept, oldest first."""
    rows = []
    for release_id in store.release_ids():
        with publish.opened(store, release_id) as connection:
            row = connection.execute(
                "select release_id, reporting_month, created_at, supersedes, is_sample from release"
            ).fetchone()
        names = ("release_id", "reporting_month", "created_at", "supersedes", "is_sample")
        rows.append(dict(zip(names, row or (), strict=True)) | {"in_force": release_id == store.in_force()})
    return rows


def status(store: Store) -> dict[str, Any]:
    """The release in force and, by extract, the last delivery, how timely it was and what was set aside."""
    contracts = load()
    in_force = store.in_force()
    extracts: dict[str, dict[str, Any]] = {
        name: {"extract": name, "state": "not_started", "last_month": None} for name in contracts
    }
    if store.warehouse.exists():
        names = ("extract", "last_month", "received_at", "due_on", "verdict", "rows_quarantined", "latest")
        with warehouse.read(store) as connection:
            for row in connection.execute(_LATEST).fetchall():
                one = dict(zip(names, row, strict=True))
                extracts[one["extract"]] = _state(one)
    rows = release_rows(store)
    return {
        "in_force": in_force,
        "reporting_month": next((row["reporting_month"] for row in rows if row["in_force"]), None),
        "releases": len(rows),
        "extracts": list(extracts.values()),
    }


_LATEST = """
    select agency || '/' || extract, strftime(reporting_month, '%Y-%m'), received_at, due_on, verdict,
        rows_quarantined, strftime((select max(reporting_month) from ledger.counted), '%Y-%m')
    from ledger.receipt where extract is not null
    qualify row_number() over (partition by agency, extract order by reporting_month desc, version desc) = 1
    order by all"""


def _state(row: dict[str, Any]) -> dict[str, Any]:
    """In one word: rejected, missing, late or on time."""
    if row["verdict"] == "rejected":
        state = "rejected"
    elif row["latest"] and row["last_month"] < row["latest"]:
        state = "missing"
    else:
        state = "late" if row["received_at"].date() > row["due_on"] else "on_time"
    return {"state": state} | {name: value for name, value in row.items() if name != "latest"}


def status_text(document: dict[str, Any]) -> str:
    """The status as a small table."""
    if document["in_force"] is None:
        head = "There is no release yet. To make one: python -m pipelines refresh --inbox FOLDER"
    else:
        head = f"In force: release {document['in_force']}, for {document['reporting_month']}."
    lines = [
        f"{one['extract']:<36} {str(one['state']).replace('_', ' '):<12} {one['last_month'] or '':<8} "
        + (f"{one['rows_quarantined']} rows set aside" if one.get("rows_quarantined") else "")
        for one in document["extracts"]
    ]
    return "\n".join([head, "", *(line.rstrip() for line in lines)])


def published_values(
    store: Store, metric: str | None, grain: str | None, month: date | None, by: str | None, release_id: str | None
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Rows of `metric_value`, filtered, in key order; an unknown id raises `StoreMisused` with the nearest."""
    chosen = release_id or store.in_force()
    if chosen is None:
        raise StoreMisused("There is no release yet. To make one: python -m pipelines refresh --inbox FOLDER")
    known(chosen, store.release_ids(), "release")
    with publish.opened(store, chosen) as connection:
        filters: list[str] = ["dimension = ?"]
        given: list[Any] = [by or "all"]
        for column, value in (("metric_id", metric), ("grain", grain), ("period_end", month and month_end(month))):
            if value is not None:
                filters.append(f"{column} = ?")
                given.append(value)
        if metric is not None:
            known(metric, _list(connection, "select metric_id from metric"), "metric")
        if grain is not None:
            known(grain, _list(connection, "select distinct unnest(grains) from metric"), "grain")
        if by is not None:
            known(by, ["all", *_list(connection, "select distinct unnest(dimensions) from metric")], "dimension")
        names = list(TABLES["metric_value"])
        listed, order = ", ".join(names), ", ".join(CELL_KEY)
        query = f"select {listed} from metric_value where {' and '.join(filters)} order by {order}"
        return names, connection.execute(query, given).fetchall()


def known(word: str, words: Iterable[str], what: str) -> None:
    """Raises `StoreMisused`, with the nearest known word, if `word` is not one of `words`."""
    listed = list(words)
    if word not in listed:
        raise StoreMisused(f"There is no {what} {word}{nearest(word, listed) or '.'}")


def _list(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [row[0] for row in connection.execute(query).fetchall()]
