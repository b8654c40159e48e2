"""Faults of headers and months: what a file is, whose, and for which month."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.broken_extracts import forms
from tests.broken_extracts.entries import (
    SECRET,
    Entry,
    Make,
    Spot,
    Table,
    at,
    lines,
    refused,
    warned,
)
from tests.pipelines.inbox import as_table
from tests.pipelines.templates import (
    ADVICE,
    ALTERNATIVE,
    ATTENDANCE,
    BREAKS,
    CASES,
    COMMUNITY,
    COMPLEX,
    COSTS,
    DISPUTES,
    EARLY_YEARS,
    EVENTS,
    HOME,
    JUSTICE,
    MISSING,
    PLACES,
    PLANS,
    REFERRALS,
    REQUESTS,
    RETURN,
    RETURNS,
    REVIEWS,
    ROLL,
    THERAPY,
)

Change = Callable[[Table], Table]


def renamed(**names: str) -> Change:
    """Columns under other names."""
    return lambda table: [[names.get(cell, cell) for cell in table[0]], *table[1:]]


def without(*names: str) -> Change:
    """A table that lacks some columns."""
    return lambda table: [
        [cell for cell, name in zip(line, table[0], strict=True) if name not in names] for line in table
    ]


def with_column(name: str, cell: str) -> Change:
    """A table with one more column, at its end."""
    return lambda table: [[*table[0], name], *([*line, cell] for line in table[1:])]


def below(count: int, line: list[str]) -> Change:
    """A table that begins so many lines further down."""
    return lambda table: [line] * count + table


def _repeated_first(table: Table) -> Table:
    return [[line[0], *line] for line in table]


HEADERS: Final = [
    refused("a required column is not there", REFERRALS, "header_missing", lines(without("pathway"))),
    refused("a required column is not in the workbook", HOME, "header_missing",
            lines(without("primary_reason"), form="a workbook")),
    refused("a required column is not in Parquet", COSTS, "header_missing",
            lines(without("annual_cost", "care_contribution"), form="Parquet")),
    refused("a required column has a name that nobody agreed", CASES, "header_missing",
            lines(renamed(status="Case type"), form="UTF-8 with a mark and semicolons")),
    refused("a slip in a column's name", THERAPY, "header_missing", lines(renamed(referral_date="referal_date"))),
    refused("a header that is cut", EVENTS, "header_missing", lines(renamed(recorded_date="recorded_da"))),
    refused("two headers in one cell", BREAKS, "header_missing",
            lines(lambda table: [[f"{table[0][0]} {table[0][1]}", "", *table[0][2:]], *table[1:]])),
    refused("a merged cell over two headers", REVIEWS, "header_missing",
            lines(lambda table: [[*table[0][:1], "", *table[0][2:]], *table[1:]], form="a workbook")),
    refused("no header, only rows", MISSING, "header_missing", lines(lambda table: table[1:])),
    refused("the header after the twentieth line", DISPUTES, "header_missing",
            lines(below(21, ["Disputes of", SECRET]))),
    refused("the header after the twentieth row of a workbook", ROLL, "header_missing",
            lines(below(21, ["School roll"]), form="a workbook")),
    refused("columns turned into rows", COMPLEX, "header_missing",
            lines(lambda table: [list(line) for line in zip(*table, strict=True)])),
    refused("a column twice", ADVICE, "header_duplicate", lines(_repeated_first)),
    refused("a column under its name and under its alias", PLANS, "header_duplicate",
            lines(with_column("DOB", "17/03/2012"), form="Windows-1252 with tabs")),
    refused("two columns that are one without case and spaces", JUSTICE, "header_duplicate",
            lines(with_column(" Child-ID ", SECRET), form="a workbook")),
    refused("a column twice in Parquet, but for its case", COMMUNITY, "header_duplicate",
            lines(with_column("Referral Date", "2025-01-14"), form="Parquet")),
    warned("a column that was not agreed", EARLY_YEARS, "header_unknown",
           lines(with_column("Key worker", SECRET)), rows=4),
    warned("a column that was not agreed, in a workbook", ATTENDANCE, "header_unknown",
           lines(with_column("Tutor group", SECRET), form="a workbook"), rows=4),
    warned("a column that was not agreed, in Parquet", PLACES, "header_unknown",
           lines(with_column("head_teacher", SECRET), form="Parquet"), rows=4),
    warned("a column whose header is no word", ALTERNATIVE, "header_unknown",
           lines(with_column("\u202e\x07=1+1", SECRET)), rows=4),
    warned("a column whose header is a page long", REQUESTS, "header_unknown",
           lines(with_column("Comments " * 200, SECRET)), rows=4),
    warned("a column without a header", COSTS, "header_unknown", lines(with_column("", SECRET)), rows=4),
    warned("a column without a header, in a workbook", CASES, "header_unknown",
           lines(with_column("", SECRET), form="a workbook"), rows=4),
]  # fmt: skip


def _elsewhere(name: str) -> Make:
    """A table below a folder that says neither month nor agency."""

    def make(spot: Spot) -> Path:
        folder = spot.folder / "from the shared drive" / "new"
        folder.mkdir(parents=True)
        return forms.FORMS["plain"](folder / name, spot.table())

    return make


def _of_any_agency(spot: Spot) -> Path:
    """A return in no agency's folder: its headers are those of every agency's."""
    folder = spot.folder / "2025-09"
    folder.mkdir(parents=True)
    return forms.FORMS["plain"](folder / "figures.csv", spot.table())


def _late(**changes: str) -> Make:
    """Rows that all speak of the month after."""
    return lambda spot: forms.FORMS["plain"](spot.path(), as_table(spot.rows(4, **changes)))


MONTHS: Final = [
    refused("another month in the name than in the folder", HOME, "month_mismatch",
            lines(name="ehe_register_2025-08.csv")),
    refused("another month in a workbook's name than in the folder", RETURN, "month_mismatch",
            lines(form="a workbook", name="indicator_return_2024-09.xlsx")),
    refused("two months in the name", COMPLEX, "month_mismatch", lines(name="complex_needs_2025-08_to_2025-09.csv")),
    refused("no month anywhere", CASES, "month_unknown", _elsewhere("open_cases.csv")),
    refused("a thirteenth month", BREAKS, "month_unknown", _elsewhere("short_breaks_2025-13.csv")),
    refused("a month in words", PLACES, "month_unknown", _elsewhere("specialist_places_September.csv")),
    refused("every date after the month", REFERRALS, "month_mismatch",
            _late(referral_date="2025-10-06", accepted_date=""), rows=4, also="referral_date_after_month_end"),
    refused("every event after the month", ADVICE, "month_mismatch",
            _late(requested_date="2025-10-06", received_date=""), rows=4, also="requested_date_after_month_end"),
    refused("attendance of no later month than the one before", ATTENDANCE, "month_mismatch",
            _late(month="2025-08"), rows=4),
    refused("attendance of the month after", ATTENDANCE, "month_mismatch", _late(month="2025-10"), rows=4,
            also="month_after_month_end"),
    at(refused("education's extract in the folder of health", REVIEWS, "agency_mismatch", lines()), agency="health"),
    at(refused("care's extract in the folder of education", THERAPY, "agency_mismatch",
               lines(form="a workbook")), agency="education"),
    at(refused("health's extract in the folder of care", COMMUNITY, "agency_mismatch",
               lines(form="Parquet")), agency="care"),
    at(refused("an unnamed extract in another agency's folder", JUSTICE, "agency_mismatch",
               lines(name="list_2025-09.csv")), agency="partnership"),
    refused("a return that could be any agency's", RETURNS[0], "file_ambiguous", _of_any_agency),
]  # fmt: skip


ENTRIES: Final[list[Entry]] = [*HEADERS, *MONTHS]
