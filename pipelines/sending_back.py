"""Sending back: a workbook for each agency of what it should mend, with the rows set aside as it sent them.

The warehouse knows of such a row its line number and its codes alone. The row itself is read again from
the file received, goes into the workbook, and stays nowhere else.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb
import polars as pl
import xlsxwriter

from data_contracts.mistakes import nearest
from metrics.release_format import Severity
from pipelines import ledger, receiving, warehouse
from pipelines.agreed import Agreed
from pipelines.intake import Finding, Recognised, fingerprint_of
from pipelines.journal import Entry
from pipelines.ledger import Receipt
from pipelines.progress import Steps
from pipelines.reading import cells
from pipelines.store import PRIVATE, Store, StoreMisused, move_into_place

SUMMARY: Final = (
    "File", "Extract", "Month", "Version", "Received", "Verdict", "Rows received", "Rows accepted", "Rows quarantined",
)  # fmt: skip
TO_MEND: Final = (
    "File",
    "Extract",
    "Month",
    "Severity",
    "What should hold, or what is wrong",
    "Column",
    "Rows",
    "Code",
)
ROW: Final = ("File", "Month", "Line", "What is wrong", "Codes")
_WIDTHS: Final = {"File": 34, "Extract": 28, "Received": 18, "Verdict": 22, TO_MEND[4]: 90, ROW[3]: 60, "Code": 34}
NOT_AS_RECEIVED: Final = "The file received is not in the store any more as it was, so its rows cannot be shown."
_LONGEST_CELL, _LONGEST_NAME, _MOST_ROWS, _MOST_COLUMNS = 32_767, 31, 1_000_000, 16_384
# A spreadsheet may take a cell that begins so for something to run.
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r")
_BLANKS: Final = re.compile("[\t\r\n\x0b\x0c\x85\u2028\u2029]+")
# Control characters, marks and overrides of text direction, halves of characters, and what XML cannot hold.
_NOT_SHOWN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)

Broken = tuple[int, list[str]]


@dataclass(frozen=True)
class Sent:
    """One delivery with what was found in it, and the lines set aside with their codes."""

    receipt: Receipt
    findings: tuple[Finding, ...]
    broken: tuple[Broken, ...]

    @property
    def extract(self) -> str:
        return f"{self.receipt.agency}/{self.receipt.extract}" if self.receipt.extract else ""

    @property
    def month(self) -> str:
        return f"{self.receipt.reporting_month:%Y-%m}" if self.receipt.reporting_month else ""

    def sentences(self, codes: Sequence[str]) -> str:
        """What the codes mean, one sentence after the other."""
        said = {finding.code: finding.sentence for finding in self.findings}
        return " ".join(said.get(code, f"{code}.") for code in codes)


@dataclass(frozen=True)
class Written:
    """One workbook: whose it is, where it lies, and how much is in it."""

    agency: str
    belongs_to: str
    file: Path
    deliveries: int
    rows: int


@dataclass
class Rows:
    """The rows of one or more deliveries that have the same headers."""

    extract: str
    headers: tuple[str, ...]
    deliveries: list[tuple[Sent, Recognised]] = field(default_factory=list)


def send_back(store: Store, extract: str | None, out: Path, steps: Steps) -> list[Written]:
    """Writes a workbook for each agency that has something to mend; returns what was written.

    It is `out` itself when only one agency is concerned, else `out` with the agency's name added to its own.
    Raises `StoreMisused` for an extract that is not known, `StoreBusy` while a refresh runs.
    """
    agreed = Agreed.load()
    with steps.one("Read"):
        sent = _sent(store, _chosen(extract, agreed))
    agencies = sorted({str(one.receipt.agency) for one in sent})
    written = []
    for done, agency in enumerate(agencies, start=1):
        own = [one for one in sent if one.receipt.agency == agency]
        target = out if len(agencies) == 1 else out.with_name(f"{out.stem}_{agency}{out.suffix}")
        known = agreed.area.agencies.get(agency)
        belongs_to = f"{known.name} ({known.sender})" if known else agency
        rows = _write(target, own, belongs_to, store, agreed)
        written.append(Written(agency, belongs_to, target, len(own), rows))
        steps.tell("Write", done, len(agencies))
    return written


def as_document(written: Sequence[Written]) -> dict[str, Any]:
    """What was written, as one JSON object."""
    return {
        "files": [
            {"agency": one.agency, "file": str(one.file), "deliveries": one.deliveries, "rows": one.rows}
            for one in written
        ],
        "notice": [_notice(one) for one in written],
    }


def as_text(written: Sequence[Written]) -> str:
    """What was written, in words."""
    if not written:
        return "Nothing was set aside: no workbook was written."
    return "\n".join(
        f"Wrote {one.rows} row{'' if one.rows == 1 else 's'} of {one.deliveries} "
        f"deliver{'y' if one.deliveries == 1 else 'ies'} to {one.file}. {_notice(one)}"
        for one in written
    )


def _notice(one: Written) -> str:
    return f"It holds personal data and belongs to {one.belongs_to} only: send it to nobody else, and delete it then."


def _chosen(extract: str | None, agreed: Agreed) -> str | None:
    """The extract meant, by its id or by its name where only one agency has it."""
    if extract is None or extract in agreed.contracts:
        return extract
    named = [name for name in agreed.contracts if name.split("/")[1] == extract]
    if len(named) == 1:
        return named[0]
    if named:
        raise StoreMisused(f"More than one extract is called {extract}: write {' or '.join(named)}.")
    raise StoreMisused(f"There is no extract {extract}{nearest(extract, agreed.contracts) or '.'}")


def _sent(store: Store, extract: str | None) -> list[Sent]:
    """The deliveries in which something was found: of each month the latest, and the one that counts."""
    if not store.warehouse.exists():
        return []
    with warehouse.read(store) as connection:
        receipts = ledger.receipts(
            connection,
            """agency is not null and receipt_id in (
                select receipt_id from ledger.counted union all (
                    select receipt_id from ledger.receipt
                    qualify row_number() over (partition by agency, extract, reporting_month order by version desc) = 1
                    or extract is null
                )
            )""",
        )
        broken: dict[str, list[Broken]] = {}
        for receipt_id, line, codes in connection.execute(
            "select receipt_id, line_number, codes from quarantine.row order by receipt_id, line_number"
        ).fetchall():
            broken.setdefault(receipt_id, []).append((line, codes))
        findings = _findings(connection)
    of_it = [one for one in receipts if extract is None or f"{one.agency}/{one.extract}" == extract]
    sent = [
        Sent(one, tuple(findings.get(one.receipt_id, ())), tuple(broken.get(one.receipt_id, ())))
        for one in sorted(of_it, key=lambda one: (one.extract or "", one.reporting_month or date.min, one.version))
    ]
    return [one for one in sent if one.findings or one.broken]


def _findings(connection: duckdb.DuckDBPyConnection) -> Mapping[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for receipt_id, *finding in connection.execute(
        """select receipt_id, code, severity, sentence, column_name, row_count from ledger.finding
        order by receipt_id, severity, row_count is not null, row_count desc, code"""
    ).fetchall():
        found.setdefault(receipt_id, []).append(Finding(*finding))
    return found


def _write(target: Path, sent: Sequence[Sent], belongs_to: str, store: Store, agreed: Agreed) -> int:
    """Writes a workbook whole or not at all, for its owner's eyes alone; returns how many rows it shows."""
    beside = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
        with TemporaryDirectory(prefix=".", suffix=".part", dir=target.absolute().parent) as scratch:
            options = {
                "constant_memory": True,
                "tmpdir": scratch,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            }
            with xlsxwriter.Workbook(str(beside), options) as book:
                rows = _fill(Book(book), sent, belongs_to, store, agreed)
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        move_into_place(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    return rows


class Book:
    """A workbook of text: sheets with a header row, in which nothing is a formula."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._top = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "num_format": "@"})
        self._text = book.add_format({"num_format": "@", "valign": "top"})
        # As if an apostrophe were typed before it: it stays text also when somebody edits the cell.
        self._kept_text = book.add_format({"num_format": "@", "valign": "top", "quote_prefix": True})
        self._names: set[str] = set()

    def sheet(self, name: str, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        """Writes a sheet, and others like it where one cannot hold the rows; returns how many rows there were."""
        written = 0
        sheet = self._begin(name, headers)
        for row in rows:
            place = written % _MOST_ROWS + 1
            if written and place == 1:
                sheet = self._begin(name, headers)
            for column, value in enumerate(row[:_MOST_COLUMNS]):
                self._cell(sheet, place, column, value)
            written += 1
        return written

    def _begin(self, name: str, headers: Sequence[str]) -> Any:
        sheet = self._book.add_worksheet(self._free(name))
        sheet.freeze_panes(1, 0)
        for place, header in enumerate(headers[:_MOST_COLUMNS]):
            sheet.set_column(place, place, _WIDTHS.get(header, 16))
            sheet.write_string(0, place, shown(header), self._top)
        return sheet

    def _cell(self, sheet: Any, row: int, column: int, value: Any) -> None:
        if value is None or value == "":
            return
        if isinstance(value, int):
            sheet.write_number(row, column, value)
            return
        text = shown(str(value))
        runs = text.lstrip().startswith(_RUNS) or str(value).startswith(_RUNS)
        sheet.write_string(row, column, text, self._kept_text if runs else self._text)

    def _free(self, name: str) -> str:
        """The name as a sheet may have it: 31 characters, each name once."""
        clean = re.sub(r"[\[\]:*?/\\']", " ", name)
        for ending in ("", *(f" {number}" for number in range(2, 10_000))):
            found = clean[: _LONGEST_NAME - len(ending)] + ending
            if found.lower() not in self._names:
                break
        self._names.add(found.lower())
        return found


def shown(text: str) -> str:
    """Text from outside as a workbook may hold it: breaks as blanks, no control characters, not too long."""
    clean = _NOT_SHOWN.sub("", _BLANKS.sub(" ", text))
    return clean if len(clean) <= _LONGEST_CELL else f"{clean[: _LONGEST_CELL - 1]}…"


def _fill(book: Book, sent: Sequence[Sent], belongs_to: str, store: Store, agreed: Agreed) -> int:
    summary: list[Sequence[Any]] = [_summary(one) for one in sent]
    notice = f"This file holds personal data. It belongs to {belongs_to} only."
    book.sheet("Summary", SUMMARY, [*summary, (), (notice,)])
    tables, gone = _tables(sent, store, agreed)
    book.sheet("What to mend", TO_MEND, (row for one in sent for row in _to_mend(one, one in gone)))
    if not tables:
        return book.sheet("Rows", ROW, ())
    rows = 0
    with warehouse.in_memory(agreed.contracts.values(), key="nothing of this is kept") as connection:
        for table in tables:
            name = "Rows" if len(tables) == 1 else f"Rows {table.extract}"
            rows += book.sheet(name, (*ROW, *table.headers), _rows(connection, table))
    return rows


def _summary(sent: Sent) -> Sequence[Any]:
    one = sent.receipt
    return (
        one.file,
        sent.extract,
        sent.month,
        one.version,
        f"{one.received_at:%Y-%m-%d %H:%M}",
        str(one.verdict).replace("_", " "),
        one.rows_received,
        one.rows_accepted,
        one.rows_quarantined,
    )


def _to_mend(sent: Sent, is_gone: bool) -> Iterator[Sequence[Any]]:
    named = (sent.receipt.file, sent.extract, sent.month)
    for one in sent.findings:
        yield (*named, str(one.severity), one.sentence, one.column, one.row_count, one.code)
    if is_gone:
        yield (*named, str(Severity.ERROR), NOT_AS_RECEIVED, None, len(sent.broken), None)


def _tables(sent: Sequence[Sent], store: Store, agreed: Agreed) -> tuple[list[Rows], list[Sent]]:
    """The rows to show, one table for each extract and header, and the deliveries whose file is not as it was."""
    tables: dict[tuple[str, tuple[str, ...]], Rows] = {}
    gone = []
    for one in sent:
        if not one.broken:
            continue
        recognised = _read_again(one.receipt, store, agreed)
        if recognised is None:
            gone.append(one)
            continue
        headers = recognised.sheet.rows[recognised.header_row]
        table = tables.setdefault((one.extract, headers), Rows(str(one.receipt.extract), headers))
        table.deliveries.append((one, recognised))
    return list(tables.values()), gone


def _read_again(receipt: Receipt, store: Store, agreed: Agreed) -> Recognised | None:
    path = store.root / str(receipt.stored_as)
    if not path.is_file() or fingerprint_of(path) != receipt.fingerprint:
        return None
    return receiving.again(store, Entry(receipt, is_sample=False, batch="", told=()), agreed).recognised


def _rows(connection: duckdb.DuckDBPyConnection, table: Rows) -> Iterator[Sequence[Any]]:
    for sent, recognised in table.deliveries:
        lines = {"line_number": [line for line, _ in sent.broken], "codes": [codes for _, codes in sent.broken]}
        connection.register("wanted", pl.DataFrame(lines).to_arrow())
        columns = ", ".join(f"c{place}" for place in range(len(table.headers)))
        with cells(connection, recognised.sheet, recognised.header_row, sent.receipt.receipt_id) as query:
            found = connection.execute(
                f"""select line_number, codes, {columns} from wanted left join ({query}) using (line_number)
                order by line_number"""
            )
            while rows := found.fetchmany(1_000):
                for line, codes, *as_sent in rows:
                    said = sent.sentences(codes)
                    yield (sent.receipt.file, sent.month, line, said, ", ".join(codes), *as_sent)
        connection.unregister("wanted")
