"""How a sender writes a value down, and the files it goes into."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter


class AsTyped(str):
    """A value that goes into the file as it stands, whatever its column."""

    __slots__ = ()


@dataclass(frozen=True)
class Hand:
    """One file's habits."""

    rng: random.Random
    form: str  # csv, xlsx or parquet
    yes_and_no: tuple[Any, Any]
    typed: bool  # real dates and numbers where the format has them

    def write(self, column: str, kind: str, value: Any) -> Any:
        if isinstance(value, AsTyped):
            return str(value)
        if value is None:
            return self.rng.choice(("", "", "  ")) if self.form == "csv" else None
        return WRITERS.get(kind, Hand._text)(self, column, value)

    def _text(self, column: str, value: Any) -> Any:
        if column.endswith(("_id", "_urn")) and value.isdigit() and self.typed and self.form == "xlsx":
            return int(value)
        return f" {value} " if column in ("nc_year", "note") and self.rng.random() < 0.1 else str(value)

    def _bool(self, column: str, value: Any) -> Any:
        return self.yes_and_no[0 if value else 1]

    def _date(self, column: str, value: Any) -> Any:
        return value if self.typed else value.isoformat()

    def _whole(self, column: str, value: Any) -> Any:
        return int(value) if self.typed and self.form == "xlsx" else str(value)

    def _number(self, column: str, value: Any) -> Any:
        if self.typed and self.form == "xlsx":
            return value
        return f"{value:,}" if value >= 1000 and self.rng.random() < 0.5 else str(value)

    def _money(self, column: str, value: Any) -> Any:
        if self.typed and self.form == "xlsx":
            return value
        return self.rng.choice((str(value), str(value), f"£{value:,.2f}", f"{value:,.2f}"))

    def _month(self, column: str, value: Any) -> Any:
        return f"{value:%Y-%m}"

    def _upn(self, column: str, value: Any) -> Any:
        ways = (value, value, value, value.lower(), f" {value}", f"{value[:4]} {value[4:8]} {value[8:]}", f"{value} ")
        return self.rng.choice(ways)

    def _nhs(self, column: str, value: Any) -> Any:
        spaced, hyphened = (mark.join((value[:3], value[3:6], value[6:])) for mark in " -")
        plain = int(value) if self.typed and self.form == "xlsx" else value
        return self.rng.choice((plain, plain, spaced, hyphened))

    def _ward(self, column: str, value: Any) -> Any:
        other = value.replace("&", "and")
        return self.rng.choice((value, value, other, other.lower(), value.upper(), f" {other.title()} "))

    def _code(self, column: str, value: Any) -> Any:
        if value == "SUSP" and self.rng.random() < 0.3:
            value = "FIXD"
        return self.rng.choice((value, value, value.lower(), value.upper(), value.capitalize(), f" {value}"))


WRITERS: dict[str, Callable[[Hand, str, Any], Any]] = {
    "bool": Hand._bool, "date": Hand._date, "month": Hand._month, "int": Hand._whole, "number": Hand._number,
    "money": Hand._money, "upn": Hand._upn, "nhs": Hand._nhs, "ward": Hand._ward, "code": Hand._code,
}  # fmt: skip

YES_AND_NO: tuple[tuple[str, str], ...] = (
    ("1", "0"), ("true", "false"), ("TRUE", "FALSE"), ("True", "False"), ("Y", "N"), ("y", "n"),
)  # fmt: skip


def spelled_header(rng: random.Random, column: str) -> str:
    ways = (column, column, column, column.upper(), column.replace("_", " "), column.replace("_", "-").title())
    return rng.choice((*ways, f" {column} "))


# ---------------------------------------------------------------------------------------------------------
# Files: each function says on which line, as a spreadsheet counts them, the first row below the header stands


def write_csv(path: Path, header: list[str], lines: list[list[Any]], rng: random.Random) -> int:
    encoding = rng.choice(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16"))
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(
            file,
            lineterminator=rng.choice(("\n", "\r\n")),
            quoting=csv.QUOTE_ALL if rng.random() < 0.3 else csv.QUOTE_MINIMAL,
        )
        has_title = rng.random() < 0.15
        if has_title:
            writer.writerow(["Monthly export, made by hand", *[""] * (len(header) - 1)])
        writer.writerow(header)
        writer.writerows(lines)
        if rng.random() < 0.2:
            writer.writerow([""] * len(header))
    return 3 if has_title else 2


def write_xlsx(path: Path, header: list[str], lines: list[list[Any]], rng: random.Random) -> int:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Export")
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    top = 0
    if rng.random() < 0.3:
        sheet.write_string(0, 0, "Monthly export, made by hand")
        top = 2
    for across, name in enumerate(header):
        sheet.write_string(top, across, name)
    for down, line in enumerate(lines, start=top + 1):
        for across, value in enumerate(line):
            if isinstance(value, bool):
                sheet.write_boolean(down, across, value)
            elif isinstance(value, date):
                sheet.write_datetime(down, across, value, day)
            elif isinstance(value, (int, float)):
                sheet.write_number(down, across, value)
            elif value:
                sheet.write_string(down, across, value)
    if rng.random() < 0.5:
        book.add_worksheet("Notes").write_string(0, 0, "Ask the data team before changing this sheet.")
    book.close()
    return top + 2


def write_parquet(path: Path, header: list[str], lines: list[list[Any]]) -> int:
    columns = []
    for across, name in enumerate(header):
        values = [line[across] for line in lines]
        present = [value for value in values if value is not None]
        if present and all(isinstance(value, date) for value in present):
            columns.append(pl.Series(name, values, dtype=pl.Date))
        elif present and all(isinstance(value, bool) for value in present):
            columns.append(pl.Series(name, values, dtype=pl.Boolean))
        else:
            texts = [None if value is None else str(value) for value in values]
            columns.append(pl.Series(name, texts, dtype=pl.String))
    pl.DataFrame(columns).write_parquet(path)
    return 2
