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
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb
import fastexcel

from pipelines.limits import LONGEST_LINE, MOST_BYTES, MOST_ROWS
from pipelines.workbook_bounds import bounds_of

TITLE_ROWS: Final = 20
_DELIMITERS: Final = ",;\t|"
# A formula that failed (#DIV/0!, #N/A) is no blank and no text: a control character makes it valid in no column.
_ERROR_CELL: Final = "#error\x1a"
_NO_SUCH_TEXT: Final = "\x01no null\x01"
_PAIRS: Final = ("\n\n", "\n\r", "\r\r", "\n ", "\n\t")
_EMPTY_LINE: Final = re.compile(r"\n[ \t]*\r?\n|\r\r")
_MARKS: Final = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
TOO_MANY_ROWS: Final = f"The file has more than {MOST_ROWS:,} rows; send what was agreed, and no more."
TOO_LONG_A_LINE: Final = f"A line of the file is longer than {LONGEST_LINE:,} characters, so it is no row of a table."
# What Python takes for a cell is bounded as a line is: a long cell is a fault of its row, not of the file.
csv.field_size_limit(LONGEST_LINE)


class Unreadable(Exception):
    """The file cannot be read; `code` is one of the file codes, the message a sentence for its sender."""

    def __init__(self, code: str, sentence: str, column: str | None = None) -> None:
        self.code = code
        self.column = column
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
    is_from_1904: bool = False
    errors: tuple[tuple[int, int], ...] = ()
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
    if path.stat().st_size > MOST_BYTES:
        raise Unreadable("file_too_large", "The file is too large to be an extract; send what was agreed, and no more.")
    if start.startswith(b"PK"):
        return _workbook_sheets(path)
    if start.startswith(b"PAR1"):
        return [Sheet(path, "parquet", rows=(_parquet_header(path),))]
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        if _holds(path, "EncryptedPackage".encode("utf-16-le")):
            raise Unreadable("file_encrypted", "The workbook has a password; send it without one.")
        raise Unreadable("file_unreadable", "The workbook is in the old .xls format; save it as .xlsx.")
    if start.lstrip().startswith((b"<", b"%PDF", b"\x1f\x8b")):
        raise Unreadable("file_unreadable", "The file is no table: send CSV, XLSX, Parquet or SEN2 XML.")
    encoding = _encoding(path)
    return [Sheet(path, "csv", encoding, delimiter, rows=rows) for delimiter, rows in _text_tables(path, encoding)]


def _holds(path: Path, wanted: bytes) -> bool:
    before = b""
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            if wanted in before + chunk:
                return True
            before = chunk[-len(wanted) :]
    return False


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
    # More rows than a file has bytes cannot be in it; only a huge one is cut off where it is too long in any case.
    limit = f"limit {MOST_ROWS + 1}" if sheet.path.stat().st_size > MOST_ROWS else ""
    with _in_utf8(sheet) as path, _row_numbers(connection, sheet, header_row, label) as (line_number, numbered):
        # An absent last field reads as null and an empty one as '', because no text equals the null string.
        yield f"""
            select {line_number} as line_number, {", ".join(names)},
                {names[-1]} is null as too_few, one_more is not null as too_many
            from (
                select row_number() over () + {header_row + 1} as place, *
                from read_csv({path}, header = false, skip = {header_row + 1}, auto_detect = false,
                    columns = {{{types}}}, delim = '{sheet.delimiter}', quote = '"', escape = '"', null_padding = true,
                    strict_mode = false, nullstr = {_quoted(_NO_SUCH_TEXT)}, parallel = false,
                    max_line_size = {LONGEST_LINE})
                {limit}
            ) as read {numbered}"""


@contextmanager
def _row_numbers(
    connection: duckdb.DuckDBPyConnection, sheet: Sheet, header_row: int, label: str
) -> Iterator[tuple[str, str]]:
    """The row in a spreadsheet for a row's `place` among those that hold something, and the join that it needs.

    DuckDB leaves empty lines out; only a file that has some is read a second time, to find them.
    """
    if not _has_empty_lines(sheet):
        yield "read.place", ""
        return
    table = f'desk."row_number_{label}"'
    connection.execute(
        f"create or replace table {table} as select unnest($1) as place, unnest($2) as later", _gaps(sheet, header_row)
    )
    try:
        yield "read.place + coalesce(later, 0)", f"asof left join {table} as gap on read.place >= gap.place"
    finally:
        connection.execute(f"drop table {table}")


def _gaps(sheet: Sheet, header_row: int) -> list[list[int]]:
    """The places from which on rows stand later than their place says, and how many lines later."""
    filled = sum(1 for row in sheet.rows[:header_row] if not row)
    places: list[int] = []
    later: list[int] = []
    with sheet.path.open(encoding=sheet.encoding, newline="") as file:
        try:
            for number, row in enumerate(csv.reader(file, delimiter=sheet.delimiter), start=1):
                filled += bool(row)
                if row and number - filled != (later[-1] if later else 0):
                    places.append(filled)
                    later.append(number - filled)
        except csv.Error as error:
            raise Unreadable("file_unreadable", "The file's lines are not rows of a table.") from error
    return [places, later]


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
    with _reachable(sheet.path) as reachable:
        path = _for_duckdb(reachable)
        yield f"""
            select row_number() over () + 1 as line_number, {texts}, false as too_few, false as too_many
            from read_parquet({path})"""


@contextmanager
def _workbook_cells(
    connection: duckdb.DuckDBPyConnection, sheet: Sheet, header_row: int, names: list[str], label: str
) -> Iterator[str]:
    with _reachable(sheet.path) as path:
        book = fastexcel.read_excel(path)
        frame = book.load_sheet(sheet.sheet, header_row=None, skip_rows=0, dtypes="string").to_polars()
    for column in {column for _, column in sheet.errors if column < frame.width}:
        wrong = [row for row, at in sheet.errors if at == column and row < frame.height]
        frame = frame.with_columns(frame.to_series(column).scatter(wrong, _ERROR_CELL))
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
    bounds = bounds_of(path)
    if not bounds.is_workbook:
        raise Unreadable("file_unreadable", "The file is not a workbook, or damaged: send CSV, XLSX or Parquet.")
    if bounds.is_too_large:
        sentence = "The workbook unfolds into more than can be read: send the table alone, or as CSV."
        raise Unreadable("file_too_large", sentence)
    try:
        with _reachable(path) as reachable:
            book = fastexcel.read_excel(reachable)
            found = []
            for name in book.sheet_names:
                sheet = book.load_sheet(name, header_row=None, skip_rows=0, n_rows=TITLE_ROWS, dtypes="string")
                if sheet.visible == "visible" and sheet.width:
                    rows = tuple(tuple(cell or "" for cell in row) for row in sheet.to_polars().iter_rows())
                    found.append(
                        Sheet(
                            path,
                            "workbook",
                            sheet=name,
                            rows=rows,
                            is_from_1904=bounds.is_from_1904,
                            errors=tuple(bounds.errors.get(name, ())),
                        )
                    )
    except fastexcel.FastExcelError as error:
        raise Unreadable("file_unreadable", "The file cannot be opened as a workbook.") from error
    if not found:
        raise Unreadable("file_empty", "The workbook has no visible sheet with cells.")
    return found


def _parquet_header(path: Path) -> tuple[str, ...]:
    with duckdb.connect() as connection, _reachable(path) as reachable:
        quoted = _for_duckdb(reachable)
        try:
            rows = connection.execute(f"select sum(num_rows) from parquet_file_metadata({quoted})").fetchone()
            described = connection.execute(f"describe select * from read_parquet({quoted})").fetchall()
        except duckdb.Error as error:
            raise Unreadable("file_unreadable", "The file cannot be opened as Parquet.") from error
    if rows and rows[0] > MOST_ROWS:
        raise Unreadable("file_too_large", TOO_MANY_ROWS)
    return tuple(row[0] for row in described)


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
            lines = [file.readline(LONGEST_LINE + 1) for _ in range(TITLE_ROWS * 2)]
    except UnicodeError as error:
        raise Unreadable(
            "file_unreadable", "The file's text breaks off or is not in the encoding it claims."
        ) from error
    if any(len(line) > LONGEST_LINE for line in lines):
        raise Unreadable("file_too_large", TOO_LONG_A_LINE)
    start = "".join(lines)
    if not start.strip(f"\ufeff\r\n \t{_DELIMITERS}"):
        raise Unreadable("file_empty", "The file has nothing in it but blanks.")
    if "\x00" in start:
        raise Unreadable("file_unreadable", "The file is not text.")
    found = []
    is_no_table = False
    for delimiter in _DELIMITERS:
        try:
            rows = tuple(tuple(row) for row in islice(csv.reader(io.StringIO(start), delimiter=delimiter), TITLE_ROWS))
        except csv.Error:
            # What is a quoted cell with one delimiter is a stray line end with another.
            is_no_table = True
            continue
        if any(len(row) > 1 for row in rows):
            found.append((delimiter, rows))
    if not found and is_no_table:
        raise Unreadable("file_unreadable", "The file's first lines are not rows of a table.")
    if not found:
        raise Unreadable("file_unrecognised", "The file has no row that looks like column headers.")
    return found


@contextmanager
def _in_utf8(sheet: Sheet) -> Iterator[str]:
    """The text as DuckDB reads it: the file itself, or a copy in UTF-8 written as a stream; quoted for SQL."""
    if sheet.encoding in ("utf-8", "utf-8-sig"):
        with _reachable(sheet.path) as path:
            yield _for_duckdb(path)
        return
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "utf8.csv"
        with (
            sheet.path.open(encoding=sheet.encoding, newline="") as reader,
            copy.open("w", encoding="utf-8", newline="") as writer,
        ):
            shutil.copyfileobj(reader, writer, 1 << 20)
        yield _for_duckdb(copy)


@contextmanager
def _reachable(path: Path) -> Iterator[Path]:
    """The file under a name that every library can be told: itself, or a copy where its name is no text."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        with TemporaryDirectory() as folder:
            copy = Path(folder) / "file"
            shutil.copyfile(path, copy)
            yield copy
        return
    yield path


def _for_duckdb(path: Path) -> str:
    """A path as SQL, in which nothing stands for other letters."""
    return _quoted(re.sub(r"[\[*?]", r"[\g<0>]", str(path)))


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
