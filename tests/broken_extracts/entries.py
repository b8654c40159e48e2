"""What an entry of the corpus is: a file that is made by code, and what must be said of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from metrics.release_format import Verdict
from tests.broken_extracts import forms
from tests.pipelines.inbox import CONTRACTS, MONTH, as_table
from tests.pipelines.templates import Row, nhs_number, row, upn

# Runs that occur nowhere else: they stand in what identifies a child, in names and in faulty cells.
SECRET: Final = "ZQXJKV"
SECRET_NUMBER: Final = "7319462"
Table = list[list[str]]
Make = Callable[["Spot"], Path]


@dataclass(frozen=True)
class Spot:
    """Where an entry's file goes, and the number of the first child that it may tell of."""

    folder: Path
    extract: str
    first: int
    month: str = MONTH
    agency: str | None = None

    def path(self, ending: str = "csv", *, name: str | None = None) -> Path:
        """A path as agreed: below month and agency, named for extract and month; its folder is made."""
        own, called = self.extract.split("/")
        folder = self.folder / self.month / (own if self.agency is None else self.agency)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / (f"{called}_{MONTH}.{ending}" if name is None else name)

    def rows(self, count: int = 4, **changes: str) -> list[Row]:
        """Sound rows about children who can be recognised; those of one entry are unlike those of any other."""
        return [self.row(number, **changes) for number in range(count)]

    def row(self, number: int, /, **changes: str) -> Row:
        """The sound row of one child of this entry, with some cells changed."""
        plain = row(self.extract, self.first + number)
        for column in CONTRACTS[self.extract].columns:
            if column.identifier == "local" and column.name in plain:
                plain[column.name] = f"{SECRET}-{column.name}-{self.first + number}"
        if "note" in plain:
            plain["note"] = f"{SECRET} and her mother"
        unknown = set(changes) - set(plain)
        if unknown:
            raise KeyError(f"{self.extract} has no {', '.join(unknown)}")
        return plain | changes

    def table(self, count: int = 4, **changes: str) -> Table:
        """Header and rows as lines of cells."""
        return as_table(self.rows(count, **changes))

    def header(self) -> list[str]:
        """The names of the columns."""
        return list(self.row(0))


@dataclass(frozen=True)
class Entry:
    """One file with one fault (or none), and what `check` must say of it.

    `set_aside` of `rows` rows are quarantined, over all of its `receipts`; of a file that is refused before its
    rows are counted, `rows` is None.
    """

    name: str
    extract: str
    codes: frozenset[str]
    verdict: Verdict
    make: Make
    set_aside: int = 0
    rows: int | None = None
    receipts: int = 1

    def __str__(self) -> str:
        return self.name


def refused(name: str, extract: str, code: str, make: Make, *, rows: int | None = None, also: str = "") -> Entry:
    """A file of which nothing is kept; with `rows`, they were counted, and `also` is what is wrong with each."""
    codes = frozenset({code, also} - {""})
    return Entry(name, extract, codes, Verdict.REJECTED, make, rows or 0, rows)


def aside(
    name: str, extract: str, codes: str | set[str], make: Make, *, set_aside: int = 1, rows: int | None = None
) -> Entry:
    """A file of which some rows are set aside, and the other four are kept."""
    said = frozenset({codes} if isinstance(codes, str) else codes)
    whole = 4 + set_aside if rows is None else rows
    return Entry(name, extract, said, Verdict.ACCEPTED_WITH_WARNINGS, make, set_aside, whole)


def warned(name: str, extract: str, code: str, make: Make, *, rows: int = 5) -> Entry:
    """A file that is taken as a whole, with a warning."""
    return Entry(name, extract, frozenset({code}), Verdict.ACCEPTED_WITH_WARNINGS, make, 0, rows)


def sound(name: str, extract: str, make: Make, *, rows: int = 4) -> Entry:
    """A file that is messy, and with which nothing is wrong."""
    return Entry(name, extract, frozenset(), Verdict.ACCEPTED, make, 0, rows)


def at(entry: Entry, *, month: str | None = None, agency: str | None = None) -> Entry:
    """The same entry, below another month or agency."""

    def make(spot: Spot) -> Path:
        return entry.make(replace(spot, month=spot.month if month is None else month, agency=agency))

    return replace(entry, make=make)


def content(of: bytes | Callable[[Spot], bytes], *, ending: str = "csv", name: str | None = None) -> Make:
    """A file of these bytes."""

    def make(spot: Spot) -> Path:
        path = spot.path(ending, name=name)
        path.write_bytes(of if isinstance(of, bytes) else of(spot))
        return path

    return make


def lines(
    change: Callable[[Table], Table] = lambda table: table,
    *,
    form: str = "plain",
    name: str | None = None,
    count: int = 4,
) -> Make:
    """A table of sound rows, changed as a whole."""

    def make(spot: Spot) -> Path:
        write = forms.FORMS[form]
        return write(spot.path(write.ending, name=name), change(spot.table(count)))

    return make


def cells(form: str = "plain", **changes: str) -> Make:
    """Four sound rows, and in their midst a fifth in which these cells are changed."""

    def make(spot: Spot) -> Path:
        write = forms.FORMS[form]
        good, bad = spot.rows(4), spot.row(4, **changes)
        return write(spot.path(write.ending), as_table([*good[:2], bad, *good[2:]]))

    return make


def text_of(table: Sequence[Sequence[str]], delimiter: str = ",", end: str = "\n") -> str:
    """A table as careful programs write it."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(table)
    return text.getvalue()


def bare(table: Sequence[Sequence[str]]) -> bytes:
    """A table as careless programs write it: cells joined as they are."""
    return ("\n".join(",".join(line) for line in table) + "\n").encode()


def told_of(spot: Spot, count: int = 8) -> set[str]:
    """What tells who the children of an entry are, beside the secret marks."""
    numbers = range(spot.first, spot.first + count)
    return {upn(number) for number in numbers} | {nhs_number(number) for number in numbers}
