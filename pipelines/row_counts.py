"""A delivery with far fewer or more rows than the last is more often a wrong export than a wonder (INTAKE 21)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import duckdb

from data_contracts.contract import ROWS_FELL, ROWS_ROSE, TOTAL_JUMPED, Bounds, Contract, Kind
from metrics.release_format import Severity
from pipelines.intake import Finding
from pipelines.ledger import Receipt
from pipelines.staging import held_rows


def unusual(connection: duckdb.DuckDBPyConnection, contract: Contract, receipt: Receipt) -> list[Finding]:
    """What is unusual about an accepted delivery, already staged, against what stood before it.

    For a history a fall is an error, because it would replace what is held; a register that halves or doubles is a
    warning, because it stands beside the earlier ones, unless its contract says that it stops. Returns have no usual
    size.
    """
    if receipt.reporting_month is None or contract.kind is Kind.RETURN:
        return []
    if contract.kind is Kind.HISTORY:
        return _history_fell(connection, contract, receipt)
    before = _before(connection, contract, receipt)
    if before is None:
        return []
    totals = _totals_of(connection, contract, receipt.receipt_id)
    said = [*_rows_moved(contract.bounds, receipt.rows_accepted or 0, before[0])]
    said += _totals_moved(contract.bounds, totals, before[1])
    return [
        Finding(code, Severity.ERROR if code in contract.bounds.stops else Severity.WARNING, sentence, column)
        for code, column, sentence in said
    ]


Said = tuple[str, str | None, str]


def _rows_moved(bounds: Bounds, now: int, before: int) -> Iterator[Said]:
    """A code, no column and a sentence where the number of rows is unusual."""
    if now < before * bounds.rows_fall:
        yield ROWS_FELL, None, f"There are {_less(bounds.rows_fall)} as many rows as in the last delivery."
    if now > before * bounds.rows_rise:
        yield ROWS_ROSE, None, f"There are {_more(bounds.rows_rise)} as many rows as in the last delivery."


def _totals_moved(bounds: Bounds, now: Sequence[float], before: Sequence[float]) -> Iterator[Said]:
    """A code, its column and a sentence for each total that is unusual."""
    less, more = _less(bounds.totals_fall), _more(bounds.totals_rise)
    for column, total, earlier in zip(bounds.totals, now, before, strict=True):
        if not earlier * bounds.totals_fall <= total <= earlier * bounds.totals_rise:
            sentence = f"The total of {column} is {less} or {more} that of the last delivery."
            yield f"{column}{TOTAL_JUMPED}", column, sentence


def _history_fell(connection: duckdb.DuckDBPyConnection, contract: Contract, receipt: Receipt) -> list[Finding]:
    accepted, share = receipt.rows_accepted or 0, contract.bounds.rows_fall
    # Exactly what is held takes long to say; that it cannot be too much is mostly plain without.
    if accepted >= share * _at_most_in_range(connection, contract, receipt):
        return []
    if accepted >= share * _held_in_range(connection, contract, receipt):
        return []
    sentence = f"The delivery would leave {_less(share)} of the rows held for the time it covers."
    return [Finding(ROWS_FELL, Severity.ERROR, sentence)]


def _less(share: float) -> str:
    return "less than half" if share == 0.5 else f"less than {share:.0%}"


def _more(share: float) -> str:
    return "more than twice" if share == 2 else f"more than {share:g} times"


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
        _named(contract, receipt),
    ).fetchone()
    return int(found[0]) if found else 0


def _before(
    connection: duckdb.DuckDBPyConnection, contract: Contract, receipt: Receipt
) -> tuple[int, list[float]] | None:
    """How many rows the last delivery had that was accepted before this one, and its totals; None before the first."""
    found = connection.execute(
        f"""select receipt_id, rows_accepted from ledger.receipt join ({_STOOD_BEFORE}) using (receipt_id)
        order by ledger.receipt.reporting_month desc limit 1""",
        _named(contract, receipt),
    ).fetchone()
    return (int(found[1]), _totals_of(connection, contract, found[0])) if found else None


def _totals_of(connection: duckdb.DuckDBPyConnection, contract: Contract, receipt_id: str) -> list[float]:
    if not contract.bounds.totals:
        return []
    sums = ", ".join(f'coalesce(sum("{name}"), 0)::double' for name in contract.bounds.totals)
    query = f"select {sums} from staging.{contract.table} where receipt_id = ?"
    return list(connection.execute(query, [receipt_id]).fetchone() or ())


def _named(contract: Contract, receipt: Receipt) -> dict[str, object]:
    return {
        "agency": contract.agency,
        "extract": contract.extract,
        "receipt_id": receipt.receipt_id,
        "month": receipt.reporting_month,
        "version": receipt.version,
    }
