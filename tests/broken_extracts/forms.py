"""The forms in which systems export one and the same table of text cells."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
import xlsxwriter

_SHEET: Final = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACRO_SHEET: Final = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"


@dataclass(frozen=True)
class Form:
    """How a table is written, and how the file's name ends."""

    ending: str
    write: Callable[[Path, Sequence[Sequence[str]]], object]

    def __call__(self, path: Path, table: Sequence[Sequence[str]]) -> Path:
        self.write(path, table)
        return path


def text(
    encoding: str = "utf-8", delimiter: str = ",", end: str = "\n", quoting: int = csv.QUOTE_MINIMAL, mark: bytes = b""
) -> Form:
    """Text in an encoding, with a delimiter and an end of line."""

    def write(path: Path, table: Sequence[Sequence[str]]) -> None:
        held = io.StringIO()
        csv.writer(held, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(table)  # type: ignore[arg-type]
        path.write_bytes(mark + held.getvalue().encode(encoding))

    return Form("csv", write)


def workbook(path: Path, table: Sequence[Sequence[str]]) -> None:
    """A workbook whose cells are all text."""
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as book:
        page = book.add_worksheet("Data")
        for place, line in enumerate(table):
            for column, cell in enumerate(line):
                page.write_string(place, column, cell)


def macro_workbook(path: Path, table: Sequence[Sequence[str]]) -> None:
    """A workbook of the kind that may hold macros."""
    plain = path.with_name(f".{path.name}")
    workbook(plain, table)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for one in source.namelist():
            target.writestr(one, source.read(one).replace(_SHEET, _MACRO_SHEET))
    plain.unlink()


def parquet(path: Path, table: Sequence[Sequence[str]]) -> None:
    """Parquet whose columns are all text."""
    header, *body = table
    columns = {name: [line[place] or None for line in body] for place, name in enumerate(header)}
    pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).write_parquet(path)


FORMS: Final[Mapping[str, Form]] = {
    "plain": text(),
    "UTF-8 with a mark and semicolons": text("utf-8-sig", ";", "\r\n"),
    "a workbook": Form("xlsx", workbook),
    "Windows-1252 with tabs": text("cp1252", "\t", "\r\n"),
    "Parquet": Form("parquet", parquet),
    "UTF-16 with bars": text("utf-16-le", "|", mark=b"\xff\xfe"),
    "a workbook for macros": Form("xlsm", macro_workbook),
    "UTF-16, big end first": text("utf-16-be", ",", "\r\n", mark=b"\xfe\xff"),
    "every cell in quotes": text(quoting=csv.QUOTE_ALL),
}
