"""Stops 2 and 3 for all new deliveries of one extract: read, check, and say what becomes of each."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import duckdb

from data_contracts.contract import Contract, Type
from data_contracts.local_area import LocalArea
from metrics.periods import add_months, month_end
from metrics.release_format import Severity, Verdict
from pipelines import below_the_rows
from pipelines.intake import Delivery, Finding
from pipelines.ledger import Receipt, at_once, record
from pipelines.row_counts import unusual
from pipelines.rules import Check, checks
from pipelines.staging import Placed, clear_desk, desk_table, kept_columns, stage

if TYPE_CHECKING:
    from pipelines.expectations import Expectations

_EXPECTATIONS = "pipelines.expectations"


@dataclass(frozen=True)
class Begun:
    """Deliveries of one extract that are on the desk, with what is still being found out about them."""

    contract: Contract
    receipts: list[Receipt]
    staged: list[Receipt]
    checks: list[Check]
    findings: dict[str, list[Finding]]
    expected: Future[dict[str, int]] | None


class Checker:
    """Checks deliveries, extract by extract, with one set of expectations for the whole run.

    Great Expectations takes seconds to import, so that begins beside the first reading of files.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, area: LocalArea) -> None:
        self._connection = connection
        self._area = area
        self._expectations: Expectations | None = None
        # One thread beside the main one: Great Expectations thinks in Python while DuckDB reads the next files.
        self._validating = ThreadPoolExecutor(max_workers=1)
        self._validating.submit(importlib.import_module, _EXPECTATIONS)

    def begin(
        self, contract: Contract, deliveries: Sequence[tuple[Receipt, Delivery]], tell: Callable[[int], None]
    ) -> Begun:
        """Stages the deliveries, leaving them on the desk, and begins to validate them in the background.

        A file that cannot be read is rejected and the others go on.
        """
        findings = {receipt.receipt_id: list(delivery.findings) for receipt, delivery in deliveries}
        placed = [_placed(contract, receipt, delivery) for receipt, delivery in deliveries]
        read = stage(self._connection, contract, self._area, placed, tell)
        counts = self._counts(f"select receipt_id, count(*) from {desk_table(contract)} group by receipt_id")
        staged = []
        for receipt, _ in deliveries:
            if refusal := read.refusals.get(receipt.receipt_id):
                _reject(receipt, findings, refusal.code, str(refusal), refusal.column)
                continue
            receipt.rows_received = counts.get(receipt.receipt_id, 0)
            staged.append(receipt)
            findings[receipt.receipt_id] += [
                Finding("control_total_differs", Severity.WARNING, below_the_rows.sentence(column), column)
                for column in read.totals_that_differ.get(receipt.receipt_id, ())
            ]
        everything = checks(contract)
        expected = self._validating.submit(self._expect, contract, everything) if staged else None
        return Begun(contract, [receipt for receipt, _ in deliveries], staged, everything, findings, expected)

    def finish(self, begun: Begun) -> dict[str, list[Finding]]:
        """Waits for the verdicts on deliveries that were begun, fills in their receipts, returns their findings."""
        if begun.expected is None:
            return begun.findings
        module = importlib.import_module(_EXPECTATIONS)
        counted = module.set_aside(self._connection, begun.contract, begun.checks)
        module.agree(begun.contract, begun.expected.result(), counted)
        by_code = {check.code: check for check in begun.checks}
        for receipt_id, code, count in self._connection.execute(_COUNT_CODES).fetchall():
            begun.findings[receipt_id].append(_finding(by_code[code], count))
        late, quarantined = self._counts(_LATE), self._counts(_QUARANTINED)
        last = self._last_months(begun.contract)
        for receipt in begun.staged:
            counts = quarantined.get(receipt.receipt_id, 0), late.get(receipt.receipt_id, 0)
            _judge(begun.contract, receipt, begun.findings, *counts, last.get(receipt.receipt_id))
        return begun.findings

    def _last_months(self, contract: Contract) -> dict[str, date]:
        """For an extract whose rows are of months: the last month of each delivery that a sound row is of."""
        if contract.dated_by is None or contract.column(contract.dated_by).type is not Type.MONTH:
            return {}
        rows = f"from {desk_table(contract)} anti join desk.broken using (receipt_id, line_number)"
        query = f'select receipt_id, max("{contract.dated_by}") {rows} group by receipt_id'
        return dict(self._connection.execute(query).fetchall())

    def keep(self, contract: Contract, receipts: Sequence[Receipt], findings: Mapping[str, list[Finding]]) -> None:
        """Writes what became of the deliveries to the warehouse, all of it or nothing."""
        columns = ", ".join(f'"{name}"' for name in kept_columns(contract))
        connection = self._connection
        has_rows = any(receipt.rows_received for receipt in receipts)
        accepted = [one.receipt_id for one in receipts if one.verdict != Verdict.REJECTED]
        ids = [receipt.receipt_id for receipt in receipts]
        with at_once(connection):
            for table in (f"staging.{contract.table}", "quarantine.row"):
                connection.execute(f"delete from {table} where receipt_id in (select unnest(?))", [ids])
            if has_rows:
                connection.execute(
                    f"""insert into staging.{contract.table}
                    select receipt_id, date_trunc('month', month_end)::date, line_number, {columns}
                    from {desk_table(contract)} anti join desk.broken using (receipt_id, line_number)
                    where receipt_id in (select unnest(?))""",
                    [accepted],
                )
                connection.execute(
                    "insert into quarantine.row from desk.broken where receipt_id in (select unnest(?))", [ids]
                )
            record(connection, receipts, findings)
            self._weigh(contract, receipts, findings)
        clear_desk(connection, contract)

    def refuse(self, deliveries: Sequence[tuple[Receipt, Delivery]], *, keep: bool) -> dict[str, list[Finding]]:
        """Records files that no contract fits; what was held of them under an earlier contract goes."""
        findings = {receipt.receipt_id: list(delivery.findings) for receipt, delivery in deliveries}
        for receipt, _ in deliveries:
            receipt.verdict, receipt.rows_accepted = Verdict.REJECTED, 0 if receipt.rows_received else None
            receipt.rows_quarantined = receipt.rows_received
        if keep:
            with at_once(self._connection):
                for table in ("quarantine.row", *self._staged([receipt for receipt, _ in deliveries])):
                    ids = [receipt.receipt_id for receipt, _ in deliveries]
                    self._connection.execute(f"delete from {table} where receipt_id in (select unnest(?))", [ids])
                record(self._connection, [receipt for receipt, _ in deliveries], findings)
        return findings

    def _staged(self, receipts: Sequence[Receipt]) -> list[str]:
        """The tables that may hold rows of these receipts; an extract whose contract is gone may have none."""
        names = {f"{receipt.agency}__{receipt.extract}" for receipt in receipts if receipt.extract}
        query = "select table_name from duckdb_tables() where schema_name = 'staging'"
        return [f"staging.{name}" for (name,) in self._connection.execute(query).fetchall() if name in names]

    def _weigh(self, contract: Contract, receipts: Sequence[Receipt], findings: Mapping[str, list[Finding]]) -> None:
        """Oldest first, so that each delivery is weighed against those that stood before it."""
        accepted = [one for one in receipts if one.verdict != Verdict.REJECTED]
        for receipt in sorted(accepted, key=lambda one: (one.reporting_month or date.min, one.version)):
            found = unusual(self._connection, contract, receipt)
            errors = [one for one in found if one.severity == Severity.ERROR]
            findings[receipt.receipt_id] += [one for one in found if one.severity != Severity.ERROR]
            if errors:
                for one in reversed(errors):
                    _reject(receipt, findings, one.code, one.sentence, one.column)
                table = f"staging.{contract.table}"
                self._connection.execute(f"delete from {table} where receipt_id = ?", [receipt.receipt_id])
            elif found:
                receipt.verdict = Verdict.ACCEPTED_WITH_WARNINGS
            else:
                continue
            record(self._connection, [receipt], findings)

    def site(self) -> Expectations | None:
        """The expectations of this run, or None when nothing was validated."""
        return self._expectations

    def close(self) -> None:
        self._validating.shutdown(cancel_futures=True)
        if self._expectations:
            self._expectations.close()

    def _expect(self, contract: Contract, everything: list[Check]) -> dict[str, int]:
        module = importlib.import_module(_EXPECTATIONS)
        if self._expectations is None:
            self._expectations = module.Expectations(self._connection)
        return self._expectations.validate(contract, everything)

    def _counts(self, query: str) -> dict[str, int]:
        return dict(self._connection.execute(query).fetchall())


_COUNT_CODES = """
    select receipt_id, code, count(*) from (
        select receipt_id, unnest(codes) as code from desk.broken
        union all
        select receipt_id, unnest(codes) from desk.warned
    ) group by receipt_id, code order by receipt_id, count(*) desc, code"""
_QUARANTINED = "select receipt_id, count(*) from desk.broken group by receipt_id"
_LATE = """
    select receipt_id, count(*) from desk.broken
    where len(list_filter(codes, lambda code: ends_with(code, '_after_month_end'))) > 0 group by receipt_id"""


def _placed(contract: Contract, receipt: Receipt, delivery: Delivery) -> Placed:
    recognised, month = delivery.recognised, delivery.month
    if recognised is None or month is None:
        raise ValueError("only recognised deliveries are staged")
    sheet = replace(recognised.sheet, path=delivery.source)
    return Placed(receipt.receipt_id, contract, month_end(month), sheet, recognised.header_row, recognised.positions)


def _judge(
    contract: Contract,
    receipt: Receipt,
    findings: dict[str, list[Finding]],
    quarantined: int,
    late: int,
    last_month: date | None,
) -> None:
    """Gives a delivery its verdict: nothing usable is rejected, anything found is a warning."""
    received = receipt.rows_received or 0
    receipt.rows_quarantined, receipt.rows_accepted = quarantined, received - quarantined
    share = contract.bounds.quarantined_share
    if received == 0:
        _reject(receipt, findings, "file_empty", "The file has a header and no rows.")
    elif late == received:
        _reject(receipt, findings, "month_mismatch", "Every row has a date after the reporting month.")
    elif receipt.rows_accepted == 0:
        _reject(receipt, findings, "no_usable_rows", "No row of the file can be used.")
    elif last_month and last_month < _last_busy_month(contract, receipt.reporting_month or last_month):
        sentence = f"The rows end with {last_month:%Y-%m}, but the file was sent for {receipt.reporting_month:%Y-%m}."
        _reject(receipt, findings, "month_mismatch", sentence)
    elif share is not None and quarantined > share * received:
        sentence = f"More than {share:.0%} of the rows break a rule, which is more than was agreed."
        _reject(receipt, findings, "too_many_quarantined", sentence)
    else:
        has_findings = bool(findings[receipt.receipt_id])
        receipt.verdict = Verdict.ACCEPTED_WITH_WARNINGS if has_findings else Verdict.ACCEPTED


def _last_busy_month(contract: Contract, month: date) -> date:
    """The last month up to this one in which something happens that the extract records."""
    while month.month in contract.quiet_months:
        month = add_months(month, -1)
    return month


def _reject(
    receipt: Receipt, findings: Mapping[str, list[Finding]], code: str, sentence: str, column: str | None = None
) -> None:
    receipt.verdict = Verdict.REJECTED
    if receipt.rows_received is not None:
        receipt.rows_accepted, receipt.rows_quarantined = 0, receipt.rows_received
    findings[receipt.receipt_id].insert(0, Finding(code, Severity.ERROR, sentence, column))


def _finding(check: Check, count: int) -> Finding:
    return Finding(check.code, check.severity, check.sentence, check.column, count)
