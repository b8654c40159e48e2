"""What the warehouse knows of deliveries: receipts, findings, and what is covered by them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from data_contracts.contract import Contract, Kind
from metrics.periods import Coverage, add_months, month_end
from metrics.release_format import Verdict
from pipelines.intake import Delivery, Finding
from pipelines.rows import add_rows

FINDING_COLUMNS = ("receipt_id", "code", "severity", "column_name", "sentence", "row_count")
RECEIPT_COLUMNS = (
    "receipt_id",
    "agency",
    "extract",
    "reporting_month",
    "received_at",
    "due_on",
    "version",
    "verdict",
    "rows_received",
    "rows_accepted",
    "rows_quarantined",
    "fingerprint",
    "supersedes",
    "file",
    "stored_as",
    "checked_with",
)


@dataclass
class Receipt:
    """What became of one delivery; `stored_as` is its path below the store."""

    receipt_id: str
    agency: str | None
    extract: str | None
    reporting_month: date | None
    received_at: datetime
    due_on: date | None
    version: int
    fingerprint: str
    supersedes: str | None
    file: str
    stored_as: str | None
    checked_with: str | None = None
    verdict: str = Verdict.REJECTED
    rows_received: int | None = None
    rows_accepted: int | None = None
    rows_quarantined: int | None = None

    def row(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in RECEIPT_COLUMNS)


def receipts(connection: duckdb.DuckDBPyConnection, condition: str = "true") -> list[Receipt]:
    """The receipts held that meet a condition, in the order in which they were given, as far as that is known."""
    rows = connection.execute(
        f"""select {", ".join(RECEIPT_COLUMNS)} from ledger.receipt where {condition}
        order by received_at, reporting_month, agency, extract, version"""
    ).fetchall()
    return [Receipt(**dict(zip(RECEIPT_COLUMNS, row, strict=True))) for row in rows]


@contextmanager
def at_once(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Everything that is written meanwhile, or nothing of it."""
    connection.execute("begin")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        # After a full disk DuckDB refuses even this; the error that led here is the one to tell of.
        with suppress(duckdb.Error):
            connection.execute("rollback")
        raise


def is_known(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> bool:
    """Whether the same bytes were received before as the same agency's extract for the same month."""
    found = connection.execute(
        """select count(*) from ledger.receipt where fingerprint = ? and agency is not distinct from ?
        and extract is not distinct from ? and reporting_month is not distinct from ?""",
        [delivery.fingerprint, delivery.agency, delivery.extract, delivery.month],
    ).fetchone()
    return bool(found and found[0])


def months_of_same_bytes(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> list[str]:
    """The other months for which the same bytes came as the same extract."""
    rows = connection.execute(
        """select distinct strftime(reporting_month, '%Y-%m') from ledger.receipt where fingerprint = ?
        and agency = ? and extract = ? and reporting_month <> ? order by all""",
        [delivery.fingerprint, delivery.agency, delivery.extract, delivery.month],
    ).fetchall()
    return [row[0] for row in rows]


def new_receipt(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    earlier: Iterable[Receipt],
    received_at: datetime | None = None,
) -> Receipt:
    """A receipt for a delivery, numbered after those held and those `earlier` in the same refresh.

    It is received now, unless `received_at` (UTC, without its zone) says otherwise.
    """
    contract = delivery.contract
    versions = connection.execute(
        """select version, receipt_id from ledger.receipt where agency is not distinct from ?
        and extract is not distinct from ? and reporting_month is not distinct from ?""",
        [delivery.agency, delivery.extract, delivery.month],
    ).fetchall()
    versions += [
        (one.version, one.receipt_id)
        for one in earlier
        if (one.agency, one.extract, one.reporting_month) == (delivery.agency, delivery.extract, delivery.month)
    ]
    last_version, last_id = max(versions, default=(0, None))
    named = f"{delivery.agency}|{delivery.extract}|{delivery.month}|{last_version + 1}|{delivery.fingerprint}"
    return Receipt(
        receipt_id=hashlib.sha256(named.encode()).hexdigest()[:16],
        agency=delivery.agency,
        extract=delivery.extract,
        reporting_month=delivery.month,
        received_at=received_at or datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        due_on=due_on(contract, delivery.month) if contract and delivery.month else None,
        version=last_version + 1,
        fingerprint=delivery.fingerprint,
        supersedes=last_id if contract else None,
        file=delivery.file,
        stored_as=None,
    )


def due_on(contract: Contract, month: date) -> date:
    """The day by which a month's delivery was agreed to arrive."""
    return month_end(month) + timedelta(days=contract.due_days)


def record(
    connection: duckdb.DuckDBPyConnection, receipts: Iterable[Receipt], findings: Mapping[str, list[Finding]]
) -> None:
    """Writes receipts and findings, replacing what was recorded for the same receipts before."""
    known = {receipt.receipt_id: receipt for receipt in receipts}
    for table in ("ledger.receipt", "ledger.finding"):
        connection.execute(f"delete from {table} where receipt_id in (select unnest(?))", [list(known)])
    add_rows(connection, "ledger.receipt", RECEIPT_COLUMNS, [one.row() for one in known.values()])
    found = [
        (receipt_id, one.code, str(one.severity), one.column, one.sentence, one.row_count)
        for receipt_id in known
        for one in findings.get(receipt_id, ())
    ]
    add_rows(connection, "ledger.finding", FINDING_COLUMNS, found)


def coverage(connection: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract]) -> dict[str, Coverage]:
    """By extract id, what has been accepted of it; extracts never delivered are left out.

    The first month is the first accepted, or the first delivered where nothing was ever accepted.
    """
    months: dict[str, tuple[set[date], set[date]]] = {}
    for agency, extract, month, verdict in connection.execute(
        "select agency, extract, reporting_month, verdict from ledger.receipt where reporting_month is not null"
    ).fetchall():
        if f"{agency}/{extract}" not in contracts:
            continue
        delivered, accepted = months.setdefault(f"{agency}/{extract}", (set(), set()))
        delivered.add(month)
        if verdict != Verdict.REJECTED:
            accepted.add(month)
    covered = {}
    for name, (delivered, accepted) in months.items():
        contract = contracts[name]
        covered[name] = Coverage(
            kind=contract.kind,
            accepted=frozenset(accepted),
            first=min(accepted or delivered),
            history_begins=_history_begins(connection, contract),
            is_provisional=contract.is_provisional,
        )
    return covered


def _history_begins(connection: duckdb.DuckDBPyConnection, contract: Contract) -> date | None:
    if contract.kind is not Kind.HISTORY:
        return None
    query = f"select date_trunc('month', min(\"{contract.dated_by}\"))::date from held.{contract.table}"
    found = connection.execute(query).fetchone()
    return found[0] if found else None


def release_month(connection: duckdb.DuckDBPyConnection, quorum: int) -> date | None:
    """The latest month with an accepted delivery from at least `quorum` agencies."""
    found = connection.execute(
        """select max(reporting_month) from (
            select reporting_month from ledger.counted group by reporting_month having count(distinct agency) >= ?
        )""",
        [quorum],
    ).fetchone()
    return found[0] if found else None


def expected(
    connection: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract], month: date
) -> list[dict[str, Any]]:
    """Rows for deliveries that did not come: `missing` by month, `not_started` once for each extract."""
    delivered: dict[str, set[date]] = {}
    for agency, extract, one in connection.execute(
        "select distinct agency, extract, reporting_month from ledger.receipt where reporting_month is not null"
    ).fetchall():
        delivered.setdefault(f"{agency}/{extract}", set()).add(one)
    rows = []
    for name, contract in contracts.items():
        if name not in delivered:
            rows.append(_absent(contract, month, Verdict.NOT_STARTED))
            continue
        one = min(delivered[name])
        while one <= month:
            if one not in delivered[name]:
                rows.append(_absent(contract, one, Verdict.MISSING))
            one = add_months(one, 1)
    return rows


def _absent(contract: Contract, month: date, verdict: Verdict) -> dict[str, Any]:
    named = f"{contract.id}|{month}|{verdict}"
    return {
        "receipt_id": hashlib.sha256(named.encode()).hexdigest()[:16],
        "agency": contract.agency,
        "extract": contract.extract,
        "reporting_month": month,
        "due_on": due_on(contract, month),
        "verdict": str(verdict),
    }


def digest(*contents: bytes) -> str:
    """One fingerprint of several contents, in their order."""
    whole = hashlib.sha256()
    for content in contents:
        whole.update(hashlib.sha256(content).digest())
    return whole.hexdigest()


def folder_digest(folder: Path, pattern: str) -> bytes:
    """A fingerprint of every file of a folder that fits the pattern, names included."""
    parts = [
        part
        for path in sorted(folder.glob(pattern))
        for part in (str(path.relative_to(folder)).encode(), path.read_bytes())
    ]
    return digest(*parts).encode()
