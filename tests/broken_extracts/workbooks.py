"""Faults that only workbooks have, and files that are made to fill the machine."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from tests.broken_extracts.entries import SECRET, Entry, Make, Spot, Table, aside, content, lines, refused, text_of
from tests.pipelines.templates import (
    ADVICE,
    ALTERNATIVE,
    BREAKS,
    CASES,
    COMMUNITY,
    COSTS,
    DISPUTES,
    EARLY_YEARS,
    HOME,
    JUSTICE,
    MISSING,
    PLACES,
    PLANS,
    POST16,
    REFERRALS,
    RETURN,
    REVIEWS,
    ROLL,
)

TOO_LARGE: Final = "file_too_large"


def fill(page: Any, table: Table, top: int = 0, left: int = 0) -> None:
    """Writes the lines of cells into a sheet, all as text."""
    for place, line in enumerate(table, start=top):
        for column, cell in enumerate(line, start=left):
            page.write_string(place, column, cell)


def book_of(write: Callable[[Any, Table], object], *, count: int = 4, ending: str = "xlsx") -> Make:
    """A workbook that is filled by `write`, which gets the table."""

    def make(spot: Spot) -> Path:
        path = spot.path(ending)
        with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy"}) as book:
            write(book, spot.table(count))
        return path

    return make


def one_cell(column: str, write: Callable[[Any, int, int], object]) -> Make:
    """Five rows as text, but for one cell of the third, which is written as something else."""

    def write_all(book: Any, table: Table) -> None:
        page = book.add_worksheet("Data")
        fill(page, table)
        write(page, 3, table[0].index(column))

    return book_of(write_all, count=5)


def _two_months(book: Any, table: Table) -> None:
    for name in ("August", "September"):
        fill(book.add_worksheet(name), table)


def _two_copies(book: Any, table: Table) -> None:
    fill(book.add_worksheet("Data"), table)
    fill(book.add_worksheet("Data (2)"), table[:3], top=3)


def _only_hidden(book: Any, table: Table) -> None:
    book.add_worksheet("Start")
    page = book.add_worksheet("Data")
    fill(page, table)
    page.hide()


def _very_hidden(book: Any, table: Table) -> None:
    book.add_worksheet("Start")
    page = book.add_worksheet("Data")
    fill(page, table)
    page.very_hidden()


def _hidden_beside_notes(book: Any, table: Table) -> None:
    book.add_worksheet("Notes").write(0, 0, f"Ask {SECRET}")
    page = book.add_worksheet("Data")
    fill(page, table)
    page.hide()


def _repacked(change: Callable[[str, bytes], bytes | None]) -> Make:
    """A sound workbook, part of whose archive is changed or (None) left out."""

    def make(spot: Spot) -> Path:
        plain = lines(form="a workbook")(spot)
        held = plain.with_name(".held")
        plain.rename(held)
        with zipfile.ZipFile(held) as source, zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as target:
            for name in source.namelist():
                changed = change(name, source.read(name))
                if changed is not None:
                    target.writestr(name, changed)
        held.unlink()
        return plain

    return make


def _in_sheet(change: Callable[[bytes], bytes | None]) -> Make:
    return _repacked(lambda name, part: change(part) if name == "xl/worksheets/sheet1.xml" else part)


BOOKS: Final = [
    refused("two sheets that fit", REVIEWS, "file_ambiguous", book_of(_two_months)),
    refused("a copy of the sheet beside it", ALTERNATIVE, "file_ambiguous", book_of(_two_copies)),
    refused("only a hidden sheet has the table", MISSING, "file_empty", book_of(_only_hidden)),
    refused("only a deeply hidden sheet has the table", PLACES, "file_empty", book_of(_very_hidden)),
    refused("the table is hidden behind notes", CASES, "header_missing", book_of(_hidden_beside_notes)),
    refused("a workbook without a cell", POST16, "file_empty", book_of(lambda book, _: book.add_worksheet("Data"))),
    refused("a workbook that breaks off", HOME, "file_unreadable",
            content(lambda spot: lines(form="a workbook")(spot).read_bytes()[:-400], ending="xlsx")),
    refused("a workbook that lost its sheet", ROLL, "file_unreadable", _in_sheet(lambda _: None)),
    refused("a workbook whose sheet breaks off", DISPUTES, "file_unreadable", _in_sheet(lambda part: part[:-300])),
    refused("a workbook whose sheet is no XML", JUSTICE, "file_unreadable", _in_sheet(lambda _: b"\x00\x01<<<")),
    refused("a workbook that lost its texts", REFERRALS, "file_unreadable",
            _repacked(lambda name, part: None if name == "xl/sharedStrings.xml" else part)),
    aside("an error of a formula", ALTERNATIVE, "weekly_cost_not_a_number",
          one_cell("weekly_cost", lambda page, *at: page.write_formula(*at, "=1/0", None, "#DIV/0!")), rows=5),
    aside("an error of a formula where a code is required", EARLY_YEARS, "record_type_unknown_code",
          one_cell("record_type", lambda page, *at: page.write_formula(*at, "=A0", None, "#REF!")), rows=5),
    aside("a formula that was never worked out", COSTS, "provider_type_missing",
          one_cell("provider_type", lambda page, *at: page.write_formula(*at, '="independent"', None, "")), rows=5),
    aside("a day where a cost belongs", ALTERNATIVE, "weekly_cost_not_a_number",
          one_cell("weekly_cost", lambda page, *at: page.write_datetime(*at, date(2025, 9, 8))), rows=5),
    aside("TRUE where a number of places belongs", PLACES, "filled_places_not_a_whole_number",
          one_cell("filled_places", lambda page, *at: page.write_boolean(*at, True)), rows=5),
    aside("a number that lost its leading nought", PLANS, "school_urn_format",
          one_cell("school_urn", lambda page, *at: page.write_number(*at, 12345)), rows=5),
    aside("an NHS number that Excel took for a number", BREAKS, "nhs_number_format",
          one_cell("nhs_number", lambda page, *at: page.write_number(*at, 99900000.5)), rows=5),
]  # fmt: skip


def _sparse(book: Any, table: Table) -> None:
    """One cell at the far end of the sheet makes it 17 thousand million cells large."""
    page = book.add_worksheet("Data")
    fill(page, table)
    page.write_string(1_048_575, 16_383, SECRET)


def _bomb(part: bytes) -> bytes:
    """A sheet with a remark of eighty million blanks, which packs to almost nothing."""
    return part.replace(b"<sheetData>", b"<!--" + b" " * 80_000_000 + b"--><sheetData>")


def _endless_texts(name: str, part: bytes) -> bytes:
    return part.replace(b"</sst>", b"<si><t>" + b"A" * 80_000_000 + b"</t></si></sst>") if "shared" in name else part


def _rows_without_end(spot: Spot) -> Path:
    """Parquet of a few thousand bytes that unfolds into tens of millions of rows."""
    path = spot.path("parquet")
    column = pa.nulls(1 << 20, pa.string())
    names = spot.header()
    group = pa.table([column] * len(names), names=names)
    with pq.ParquetWriter(path, group.schema) as writer:
        for _ in range(64):
            writer.write_table(group, row_group_size=1 << 20)
    return path


def _line_without_end(spot: Spot) -> bytes:
    return text_of(spot.table()).encode() + b"".join(b"%d," % number for number in range(500_000))


def _late_line_without_end(spot: Spot) -> bytes:
    """The same, so far down that only reading the rows finds it."""
    return text_of(spot.table(60)).encode() + SECRET.encode() * 400_000


HUGE: Final = [
    refused("one cell at the far end of a sheet", RETURN, TOO_LARGE, book_of(_sparse)),
    refused("a workbook that unfolds into a thousand times its size", COMMUNITY, TOO_LARGE, _in_sheet(_bomb)),
    refused("a workbook whose texts unfold", HOME, TOO_LARGE, _repacked(_endless_texts)),
    refused("Parquet of a few bytes and millions of rows", ADVICE, TOO_LARGE, _rows_without_end),
    refused("a line without end", REFERRALS, TOO_LARGE, content(_line_without_end)),
    refused("a line without end far down", CASES, TOO_LARGE, content(_late_line_without_end)),
    refused("a first line without end", DISPUTES, TOO_LARGE,
            content(b'{"rows": [' + b'"' + SECRET.encode() * 500_000 + b'"]}')),
]  # fmt: skip
ENTRIES: Final[list[Entry]] = BOOKS
