"""A delivery with far fewer rows than are held is more often a wrong export than a wonder (INTAKE 21)."""

from __future__ import annotations

from datetime import date
from typing import Final

import duckdb

from data_contracts.contract import Contract, Kind
from metrics.release_format import Severity
from pipelines.intake import Finding
from pipelines.ledger import Receipt
from pipelines.staging import held_rows

CODE: Final = "row_count_fell"


def fall(connection: duckdb.DuckDBPyConnection, contract: Contract, receipt: Receipt) -> Finding | None:
    """What to say when an accepted delivery, already staged, has less than half of the rows held before it.

    For a history that is an error, because the delivery would replace what is held; a register that
    halves is a warning, because it stands beside the earlier ones. Returns have no usual size.
    """
    accepted, month = receipt.rows_accepted or 0, receipt.reporting_month
    if month is None or contract.kind is Kind.RETURN:
        return None
    if contract.kind is Kind.HISTORY:
        # Exactly what is held takes long to say; that it cannot be too much is mostly plain without.
        if accepted * 2 >= _at_most_in_range(connection, contract, receipt):
            return None
        held = _held_in_range(connection, contract, receipt)
        sentence = "The delivery would leave less than half of the rows held for the time it covers."
        return Finding(CODE, Severity.ERROR, sentence) if accepted * 2 < held else None
    before = _accepted_before(connection, contract, month)
    sentence = "There are less than half as many rows as in the month before."
    return Finding(CODE, Severity.WARNING, sentence) if accepted * 2 < before else None


def _at_most_in_range(connection: duckdb.DuckDBPyConnection, contract: Contract, receipt: Receipt) -> int:
    """No fewer than `_held_in_range`: things that two of the deliveries speak of count twice."""
    return _count_in_range(
        connection,
        contract,
        receipt,
        f"""select row.* from staging.{contract.table} as row join (
            select receipt_id, min(min("{contract.dated_by}")) over (
                order by reporting_month rows between 1 following and unbounded following
            ) as superseded_from
            from staging.{contract.table} join ({_STOOD_BEFORE}) using (receipt_id, reporting_month)
            group by receipt_id, reporting_month
        ) using (receipt_id)
        where "{contract.dated_by}" < superseded_from or superseded_from is null""",
    )


def _held_in_range(connection: duckdb.DuckDBPyConnection, contract: Contract, receipt: Receipt) -> int:
    """Rows held from the delivery's first date on, by the deliveries that stand before it in time."""
    return _count_in_range(connection, contract, receipt, held_rows(contract, _STOOD_BEFORE))


_STOOD_BEFORE: Final = """
    select receipt_id, reporting_month from ledger.receipt
    where agency = $agency and extract = $extract and receipt_id <> $receipt_id and verdict <> 'rejected'
        and (reporting_month < $month or (reporting_month = $month and version < $version))
    qualify row_number() over (partition by reporting_month order by version desc) = 1"""


def _count_in_range(connection: duckdb.DuckDBPyConnection, contract: Contract, receipt: Receipt, rows: str) -> int:
    found = connection.execute(
        f"""select count(*) from ({rows}) where "{contract.dated_by}" >= (
            select min("{contract.dated_by}") from staging.{contract.table} where receipt_id = $receipt_id
        )""",
        {
            "agency": contract.agency,
            "extract": contract.extract,
            "receipt_id": receipt.receipt_id,
            "month": receipt.reporting_month,
            "version": receipt.version,
        },
    ).fetchone()
    return int(found[0]) if found else 0


def _accepted_before(connection: duckdb.DuckDBPyConnection, contract: Contract, month: date) -> int:
    found = connection.execute(
        """select rows_accepted from ledger.receipt
        where receipt_id in (select receipt_id from ledger.counted) and agency = ? and extract = ?
            and reporting_month < ?
        order by reporting_month desc limit 1""",
        [contract.agency, contract.extract, month],
    ).fetchone()
    return int(found[0]) if found else 0
