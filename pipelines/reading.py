"""Reading what was received: any file as rows of text cells, nothing interpreted.

The content decides the format, not the name. DuckDB streams CSV and Parquet; workbooks are read with
calamine. Every cell arrives as text, so that what a cell means is decided in one place, by the contract.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import duckdb
import fastexcel

TITLE_ROWS: Final = 20
_DELIMITERS: Final = ",;\t|"
_NO_SUCH_TEXT: Final = "\x01no null\x01"
_MARKS: Final = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Unreadable(Exception):
    """The file cannot be read; `code` is one of the file codes, the message a sentence for its sender."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


@dataclass(frozen=True)
class Sheet:
    """Where rows lie in a file: its format, and for text its encoding and delimiter, for a workbook its sheet."""

    path: Path
    format: str
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def is_text(self) -> bool:
        return self.format == "csv"


def sheets(path: Path) -> list[Sheet]:
    """The places in a file where a table may lie, each with its first rows; raises `Unreadable`."""
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise Unreadable("file_empty", "The file is empty.")
    if start.startswith(b"PK"):
        return _workbook_sheets(path)
    if start.startswith(b"PAR1"):
        return [Sheet(path, "parquet", rows=(_parquet_header(path),))]
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("file_encrypted", "The workbook is encrypted or in the old .xls format; send it as .xlsx.")
    if start.lstrip().startswith((b"<", b"%PDF", b"\x1f\x8b")):
        raise Unreadable("file_unreadable", "The file is not a table: send CSV, XLSX or Parquet.")
    encoding = _encoding(path)
    return [Sheet(path, "csv", encoding, delimiter, rows=rows) for delimiter, rows in _text_tables(path, encoding)]


def header_name(cell: str) -> str:
    """A column's header as it is compared: trimmed, lower case, spaces, dashes and line breaks as `_`."""
    return re.sub(r"[\s\-\u2010-\u2015\u00a0_]+", "_", cell.replace("\ufeff", "").strip().lower()).strip("_")


def load_cells(
    connection: duckdb.DuckDBPyConnection, sheet: Sheet, header_row: int, columns: Sequence[str], into: str
) -> None:
    """Makes the table `into`: `line_number`, the `columns` as text, `too_few` and `too_many` fields."""
    loaders = {"csv": _load_text, "parquet": _load_parquet, "workbook": _load_workbook}
    loaders[sheet.format](connection, sheet, header_row, columns, into)


def _load_text(
    connection: duckdb.DuckDBPyConnection, sheet: Sheet, header_row: int, columns: Sequence[str], into: str
) -> None:
    path = sheet.path if sheet.encoding in ("utf-8", "utf-8-sig") else _transcoded(sheet)
    names = [f"c{position}" for position in range(len(columns))]
    types = ", ".join(f"'{name}': 'VARCHAR'" for name in [*names, "one_more"])
    # An absent last field reads as null and an empty one as '', because no text equals the null string.
    source = f"""read_csv({_quoted(str(path))}, header = false, skip = {header_row + 1}, auto_detect = false,
        columns = {{{types}}}, delim = '{sheet.delimiter}', quote = '"', escape = '"', null_padding = true,
        strict_mode = false, nullstr = {_quoted(_NO_SUCH_TEXT)}, parallel = false)"""
    cells = ", ".join(f'{name} as "{column}"' for name, column in zip(names, columns, strict=True))
    connection.execute(
        f"""create or replace table {into} as
        select row_number() over () + {header_row + 1} as line_number, {cells},
               {names[-1]} is null as too_few, one_more is not null as too_many
        from {source}"""  # noqa: S608 (names from the contract, paths quoted)
    )
    if path != sheet.path:
        path.unlink()


def _load_parquet(
    connection: duckdb.DuckDBPyConnection, sheet: Sheet, header_row: int, columns: Sequence[str], into: str
) -> None:
    cells = ", ".join(f'"{name}"::varchar as "{column}"' for name, column in zip(sheet.rows[0], columns, strict=True))
    connection.execute(
        f"""create or replace table {into} as
        select row_number() over () + 1 as line_number, {cells}, false as too_few, false as too_many
        from read_parquet({_quoted(str(sheet.path))})"""  # noqa: S608
    )


def _load_workbook(
    connection: duckdb.DuckDBPyConnection, sheet: Sheet, header_row: int, columns: Sequence[str], into: str
) -> None:
    frame = fastexcel.read_excel(sheet.path).load_sheet(sheet.sheet, header_row=None, dtypes="string").to_polars()
    frame = frame.slice(header_row + 1).select(frame.columns[: len(columns)])
    frame.columns = [f"c{position}" for position in range(len(columns))]
    connection.register("workbook_rows", frame.to_arrow())
    cells = ", ".join(f'coalesce(c{position}, \'\') as "{column}"' for position, column in enumerate(columns))
    connection.execute(
        f"""create or replace table {into} as
        select row_number() over () + {header_row + 1} as line_number, {cells}, false as too_few, false as too_many
        from workbook_rows"""  # noqa: S608
    )
    connection.unregister("workbook_rows")


def _workbook_sheets(path: Path) -> list[Sheet]:
    try:
        book = fastexcel.read_excel(path)
        found = []
        for name in book.sheet_names:
            sheet = book.load_sheet(name, header_row=None, n_rows=TITLE_ROWS, dtypes="string")
            if sheet.visible == "visible" and sheet.width:
                rows = tuple(tuple(cell or "" for cell in row) for row in sheet.to_polars().iter_rows())
                found.append(Sheet(path, "workbook", sheet=name, rows=rows))
    except fastexcel.FastExcelError as error:
        raise Unreadable("file_unreadable", "The file cannot be opened as a workbook.") from error
    if not found:
        raise Unreadable("file_empty", "The workbook has no visible sheet with cells.")
    return found


def _parquet_header(path: Path) -> tuple[str, ...]:
    with duckdb.connect() as connection:
        try:
            described = connection.execute(f"describe select * from read_parquet({_quoted(str(path))})")  # noqa: S608
            return tuple(row[0] for row in described.fetchall())
        except duckdb.Error as error:
            raise Unreadable("file_unreadable", "The file cannot be opened as Parquet.") from error


def _encoding(path: Path) -> str:
    """A byte-order mark decides; else UTF-8 if all of it is; else Windows-1252 if all of it is."""
    with path.open("rb") as file:
        start = file.read(4)
    for mark, encoding in _MARKS.items():
        if start.startswith(mark):
            return encoding
    for encoding in ("utf-8", "cp1252"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(1 << 20):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Unreadable("file_unreadable", "The file is not text in UTF-8, UTF-16 or Windows-1252.")


def _text_tables(path: Path, encoding: str) -> list[tuple[str, tuple[tuple[str, ...], ...]]]:
    """The first rows as each delimiter would split them, for those that split anything."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            start = "".join(islice(file, TITLE_ROWS * 2))
    except UnicodeError as error:
        raise Unreadable("file_unreadable", "The file's text breaks off or is not in the encoding it claims.") from error
    if "\x00" in start:
        raise Unreadable("file_unreadable", "The file is not text.")
    found = []
    for delimiter in _DELIMITERS:
        rows = tuple(tuple(row) for row in islice(csv.reader(io.StringIO(start), delimiter=delimiter), TITLE_ROWS))
        if any(len(row) > 1 for row in rows):
            found.append((delimiter, rows))
    if not found:
        raise Unreadable("file_unrecognised", "The file has no row that looks like column headers.")
    return found


def _transcoded(sheet: Sheet) -> Path:
    """The text in UTF-8 beside the file, read and written as a stream."""
    target = sheet.path.with_name(f".{sheet.path.name}.utf8")
    with sheet.path.open(encoding=sheet.encoding, newline="") as reader, target.open("w", encoding="utf-8", newline="") as writer:
        while chunk := reader.read(1 << 20):
            writer.write(chunk)
    return target


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
