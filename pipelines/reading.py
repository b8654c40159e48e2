"""Reading what was received: any file as rows of text cells, nothing interpreted.

The content decides the format, not the name. DuckDB streams CSV and Parquet; workbooks are read with
calamine. Every cell arrives as text, so that what a cell means is decided in one place, by the contract.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb
import fastexcel

TITLE_ROWS: Final = 20
_DELIMITERS: Final = ",;\t|"
_NO_SUCH_TEXT: Final = "\x01no null\x01"
_PAIRS: Final = ("\n\n", "\n\r", "\r\r", "\n ", "\n\t")
_EMPTY_LINE: Final = re.compile(r"\n[ \t]*\r?\n|\r\r")
_MARKS: Final = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Unreadable(Exception):
    """The file cannot be read; `code` is one of the file codes, the message a sentence for its sender."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


@dataclass(frozen=True)
class Sheet:
    """Where rows lie in a file: its format, and for text its encoding and delimiter, for a workbook its sheet.

    What is no table as it lies there, such as a national return, brings `read` along, which makes one of it.
    """

    path: Path
    format: str
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    read: Callable[[duckdb.DuckDBPyConnection, Sheet, str], AbstractContextManager[str]] | None = None

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
        if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
            raise Unreadable("file_encrypted", "The workbook has a password; send it without one.")
        raise Unreadable("file_unreadable", "The workbook is in the old .xls format; save it as .xlsx.")
    if start.lstrip().startswith((b"<", b"%PDF", b"\x1f\x8b")):
        raise Unreadable("file_unreadable", "The file is no table: send CSV, XLSX, Parquet or SEN2 XML.")
    encoding = _encoding(path)
    return [Sheet(path, "csv", encoding, delimiter, rows=rows) for delimiter, rows in _text_tables(path, encoding)]


def header_name(cell: str) -> str:
    """A column's header as it is compared: trimmed, lower case, spaces, dashes and line breaks as `_`."""
    return re.sub(r"[\s\-\u2010-\u2015\u00a0_]+", "_", cell.replace("\ufeff", "").strip().lower()).strip("_")


@contextmanager
def cells(connection: duckdb.DuckDBPyConnection, sheet: Sheet, header_row: int, label: str) -> Iterator[str]:
    """The rows below the header, as a query: `line_number`, cells `c0`, `c1`, … as text, `too_few`, `too_many`.

    The query can be run inside the `with` block, where what it reads from is at hand under names that hold
    the `label`: sheets that are open together have different ones.
    """
    if sheet.read:
        with sheet.read(connection, sheet, label) as query:
            yield query
        return
    names = [f"c{position}" for position in range(len(sheet.rows[header_row]))]
    readers = {"csv": _text_cells, "parquet": _parquet_cells, "workbook": _workbook_cells}
    with readers[sheet.format](connection, sheet, header_row, names, label) as query:
        yield query


@contextmanager
def _text_cells(
    connection: duckdb.DuckDBPyConnection, sheet: Sheet, header_row: int, names: list[str], label: str
) -> Iterator[str]:
    types = ", ".join(f"'{name}': 'VARCHAR'" for name in [*names, "one_more"])
    with _in_utf8(sheet) as path, _row_numbers(connection, sheet, header_row, label) as numbered:
        # An absent last field reads as null and an empty one as '', because no text equals the null string.
        yield f"""
            select coalesce(line_number, place) as line_number, {", ".join(names)},
                {names[-1]} is null as too_few, one_more is not null as too_many
            from (
                select row_number() over () + {header_row + 1} as place, *
                from read_csv({_quoted(str(path))}, header = false, skip = {header_row + 1}, auto_detect = false,
                    columns = {{{types}}}, delim = '{sheet.delimiter}', quote = '"', escape = '"', null_padding = true,
                    strict_mode = false, nullstr = {_quoted(_NO_SUCH_TEXT)}, parallel = false)
            ) left join {numbered} using (place)"""


@contextmanager
def _row_numbers(connection: duckdb.DuckDBPyConnection, sheet: Sheet, header_row: int, label: str) -> Iterator[str]:
    """A relation that gives the row in a spreadsheet for a row's `place` among those that hold something.

    DuckDB leaves empty lines out; only a file that has some is read a second time, to count them.
    """
    if not _has_empty_lines(sheet):
        yield "(select null::bigint as place, null::bigint as line_number limit 0)"
        return
    with sheet.path.open(encoding=sheet.encoding, newline="") as file:
        try:
            rows = [number for number, row in enumerate(csv.reader(file, delimiter=sheet.delimiter), start=1) if row]
        except csv.Error as error:
            raise Unreadable("file_unreadable", "The file's lines are not rows of a table.") from error
    table = f'desk."row_number_{label}"'
    empty_above = sum(1 for row in sheet.rows[:header_row] if not row)
    connection.execute(
        f"create or replace table {table} as "
        "select line_number, row_number() over () + $2 as place from (select unnest($1) as line_number)",
        [rows, empty_above],
    )
    try:
        yield table
    finally:
        connection.execute(f"drop table {table}")


def _has_empty_lines(sheet: Sheet) -> bool:
    before = "\n"  # so that an empty first line is seen like any other
    with sheet.path.open(encoding=sheet.encoding, newline="") as file:
        while chunk := file.read(1 << 20):
            text = before + chunk
            # Looking for two characters is much faster than for a pattern, and rules most files out.
            if any(pair in text for pair in _PAIRS) and _EMPTY_LINE.search(text):
                return True
            before = chunk[-4:]
    return False


@contextmanager
def _parquet_cells(
    _: duckdb.DuckDBPyConnection, sheet: Sheet, header_row: int, names: list[str], __: str
) -> Iterator[str]:
    held = zip(sheet.rows[header_row], names, strict=True)
    texts = ", ".join(f"{_named(column)}::varchar as {name}" for column, name in held)
    yield f"""
        select row_number() over () + 1 as line_number, {texts}, false as too_few, false as too_many
        from read_parquet({_quoted(str(sheet.path))})"""


@contextmanager
def _workbook_cells(
    connection: duckdb.DuckDBPyConnection, sheet: Sheet, header_row: int, names: list[str], label: str
) -> Iterator[str]:
    book = fastexcel.read_excel(sheet.path)
    frame = book.load_sheet(sheet.sheet, header_row=None, skip_rows=0, dtypes="string").to_polars()
    frame = frame.slice(header_row + 1).select(frame.columns[: len(names)])
    frame.columns = names
    table = f"workbook_{label}"
    connection.register(table, frame.to_arrow())
    try:
        yield f"""
            select row_number() over () + {header_row + 1} as line_number, {", ".join(names)},
                false as too_few, false as too_many
            from "{table}" """
    finally:
        connection.unregister(table)


def _workbook_sheets(path: Path) -> list[Sheet]:
    if not _is_workbook(path):
        raise Unreadable("file_unreadable", "The file is not a workbook: send CSV, XLSX or Parquet.")
    try:
        book = fastexcel.read_excel(path)
        found = []
        for name in book.sheet_names:
            sheet = book.load_sheet(name, header_row=None, skip_rows=0, n_rows=TITLE_ROWS, dtypes="string")
            if sheet.visible == "visible" and sheet.width:
                rows = tuple(tuple(cell or "" for cell in row) for row in sheet.to_polars().iter_rows())
                found.append(Sheet(path, "workbook", sheet=name, rows=rows))
    except fastexcel.FastExcelError as error:
        raise Unreadable("file_unreadable", "The file cannot be opened as a workbook.") from error
    if not found:
        raise Unreadable("file_empty", "The workbook has no visible sheet with cells.")
    return found


def _is_workbook(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return "xl/workbook.xml" in archive.namelist()


def _parquet_header(path: Path) -> tuple[str, ...]:
    with duckdb.connect() as connection:
        try:
            described = connection.execute(f"describe select * from read_parquet({_quoted(str(path))})")
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
        raise Unreadable(
            "file_unreadable", "The file's text breaks off or is not in the encoding it claims."
        ) from error
    if "\x00" in start:
        raise Unreadable("file_unreadable", "The file is not text.")
    found = []
    for delimiter in _DELIMITERS:
        try:
            rows = tuple(tuple(row) for row in islice(csv.reader(io.StringIO(start), delimiter=delimiter), TITLE_ROWS))
        except csv.Error as error:
            raise Unreadable("file_unreadable", "The file's first lines are not rows of a table.") from error
        if any(len(row) > 1 for row in rows):
            found.append((delimiter, rows))
    if not found:
        raise Unreadable("file_unrecognised", "The file has no row that looks like column headers.")
    return found


@contextmanager
def _in_utf8(sheet: Sheet) -> Iterator[Path]:
    """The text as DuckDB reads it: the file itself, or a copy in UTF-8 written as a stream."""
    if sheet.encoding in ("utf-8", "utf-8-sig"):
        yield sheet.path
        return
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "utf8.csv"
        with (
            sheet.path.open(encoding=sheet.encoding, newline="") as reader,
            copy.open("w", encoding="utf-8", newline="") as writer,
        ):
            shutil.copyfileobj(reader, writer, 1 << 20)
        yield copy


def has_open_quote(sheet: Sheet) -> bool:
    """Whether the text holds an odd number of quotation marks, so that one was opened and never closed."""
    if sheet.format != "csv":
        return False
    marks = 0
    with sheet.path.open(encoding=sheet.encoding, newline="") as file:
        while chunk := file.read(1 << 20):
            marks += chunk.count('"')
    return marks % 2 == 1


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _named(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
