"""Files as councils really send them: untidy, and with nothing wrong. All rows are taken, and nothing is said."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl
import xlsxwriter

from tests.broken_extracts import forms
from tests.broken_extracts.entries import Entry, Make, Spot, Table, content, lines, sound, text_of
from tests.broken_extracts.headers import below, renamed
from tests.broken_extracts.sen2_returns import ACCEPTED as RETURNED
from tests.broken_extracts.workbooks import book_of, fill
from tests.pipelines.inbox import as_table
from tests.pipelines.planted_faults import SHARES
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
    POST16,
    REFERRALS,
    REQUESTS,
    RETURN,
    RETURNS,
    REVIEWS,
    ROLL,
    THERAPY,
    TIMETABLES,
    check_letter,
)

ENCODINGS: Final = {
    "UTF-8": ("utf-8", b""),
    "UTF-8 with a mark": ("utf-8-sig", b""),
    "Windows-1252": ("cp1252", b""),
    "UTF-16, little end first": ("utf-16-le", codecs.BOM_UTF16_LE),
    "UTF-16, big end first": ("utf-16-be", codecs.BOM_UTF16_BE),
}
DELIMITERS: Final = {"commas": ",", "semicolons": ";", "tabs": "\t", "bars": "|"}
ENDS: Final = {"Unix": "\n", "Windows": "\r\n"}


def _encoded(encoding: str, mark: bytes, delimiter: str, end: str) -> Make:
    def make(spot: Spot) -> Path:
        rows = [one | {"nc_year": "Year 7 – “mixed”, £5; a|b’é"} for one in spot.rows(4)]
        rows[1]["nc_year"] = 'say "hello"'
        text = text_of(as_table(rows), delimiter, end)
        return content(mark + text.encode(encoding))(spot)

    return make


TEXT: Final = [
    sound(f"{encoding} with {delimiter}, {end}", MISSING, _encoded(*how, mark, ENDS[end]))
    for place, (encoding, how) in enumerate(ENCODINGS.items())
    for other, (delimiter, mark) in enumerate(DELIMITERS.items())
    for end in [list(ENDS)[(place + other) % 2]]
]


def changed(form: str = "plain", count: int = 4, **changes: str) -> Make:
    """Rows in all of which some cells are written otherwise."""

    def make(spot: Spot) -> Path:
        write = forms.FORMS[form]
        return write(spot.path(write.ending), as_table(spot.rows(count, **changes)))

    return make


def with_text(change: Callable[[str], str]) -> Make:
    """A text file that is changed as a whole."""
    return content(lambda spot: change(text_of(spot.table())).encode())


def reworded(change: Callable[[str], str]) -> Callable[[Table], Table]:
    """The same table, its headers worded otherwise."""
    return lambda table: [[change(cell) for cell in table[0]], *table[1:]]


FRAMES: Final = [
    sound("no last end of line", HOME, with_text(lambda text: text.rstrip("\n"))),
    sound("both ends of line in one file", ROLL, with_text(lambda text: text.replace("\n", "\r\n", 2))),
    sound("blank lines between rows", EVENTS, with_text(lambda text: "\n\n" + text.replace("\n", "\n\n"))),
    sound("a delimiter at every line's end", COMPLEX, with_text(lambda text: text.replace("\n", ",\n"))),
    sound("empty columns right of the table", THERAPY, with_text(lambda text: text.replace("\n", ",,,,\n"))),
    sound("blank rows of delimiters", REVIEWS,
          lines(lambda table: [table[0], [""] * len(table[0]), *table[1:], [""] * len(table[0])])),
    sound("a title row", REFERRALS, lines(below(1, ["Neurodevelopmental referrals", "", "September 2025"]))),
    sound("nineteen title rows in a workbook", PLACES, lines(below(19, ["Places"]), form="a workbook")),
    sound("a title as wide as the table", ADVICE, lines(lambda table: [["Advice"] * len(table[0]), *table])),
    sound("a group of headers above the headers", PLANS,
          lines(lambda table: [["Child", *[""] * 7, "Plan", *[""] * (len(table[0]) - 9)], *table], form="a workbook")),
    sound("columns in another order", EARLY_YEARS, lines(lambda table: [line[::-1] for line in table])),
    sound("only the required columns", TIMETABLES,
          lines(lambda table: [[line[table[0].index(name)] for name in
                                ("timetable_id", "upn", "phase", "sen_provision", "start_date", "reason",
                                 "known_to_social_care")] for line in table])),
    sound("tabs in a file that is called .xls", JUSTICE,
          content(lambda spot: text_of(spot.table(), "\t").encode(), ending="xls")),
    sound("text in a file that is called .xlsx", COSTS, content(lambda spot: text_of(spot.table()).encode(),
                                                                 ending="xlsx")),
    sound("a workbook that is called .csv", DISPUTES,
          lambda spot: forms.FORMS["a workbook"](spot.path("csv"), spot.table())),
    sound("headers with capitals, blanks and dashes", REQUESTS,
          lines(reworded(lambda name: f" {name.replace('_', ' – ').title()} "))),
    sound("headers over two lines in a workbook", ATTENDANCE,
          lines(reworded(lambda name: name.replace("_", "\n").upper()), form="a workbook")),
    sound("headers by their aliases", COMMUNITY,
          lines(renamed(referral_id="Service request identifier", date_of_birth="DOB", sex="Gender", ward="Ward name",
                        nhs_number="NHS no", referral_date="Referral received date", closed_date="Discharge date"))),
    sound("headers of Parquet with capitals", BREAKS, lines(reworded(str.upper), form="Parquet")),
    sound("a total that agrees", ATTENDANCE,
          lines(lambda table: [*table, ["Total", *[""] * 4, "152", "136", "12", "4"]])),
    sound("a count of the rows below them", HOME, lines(lambda table: [*table, ["Total", "4", *[""] * 13]])),
    sound("footnotes below the rows", ROLL,
          lines(lambda table: [*table, [], ["Source: school census"], ["Extracted on 2 October by the data team"]])),
    sound("a total and a footnote in a workbook", COSTS,
          lines(lambda table: [*table, ["Total", *[""] * 6, "184000", *[""] * 4], [""], ["Note: figures are yearly."]],
                form="a workbook")),
]  # fmt: skip

VALUES: Final = [
    sound("pounds with thousands", COSTS, changed(annual_cost="£46,000.00", transport_annual_cost=" £9,200 ")),
    sound("every way to say yes and no", CASES, lambda spot: forms.FORMS["plain"](spot.path(), as_table(
        [spot.row(place, disabled=said) for place, said in enumerate(
            ("1", "0", "Y", "n", "TRUE", "false", "Yes", "NO", "1.0", "0.0"))])), rows=10),
    sound("codes in small letters and with blanks", REQUESTS, changed(sex=" f ", primary_need="asd ", phase="PRIMARY")),
    sound("codes and ids that were numbers once", REQUESTS, changed(request_source="1.0")),
    sound("whole numbers that were fractions once", PLACES, changed(commissioned_places="24.0", filled_places="1,022")),
    sound("an old code that the contract knows", EVENTS, changed(category="FIXD")),
    sound("NHS numbers as they are printed", REFERRALS, lambda spot: _nhs(spot, " ")),
    sound("NHS numbers with hyphens", COMMUNITY, lambda spot: _nhs(spot, "-")),
    sound("UPNs in small letters", ROLL, lambda spot: forms.FORMS["plain"](spot.path(), as_table(
        [one | {"upn": one["upn"].lower()} for one in spot.rows(4)]))),
    sound("temporary UPNs", ALTERNATIVE, lambda spot: forms.FORMS["plain"](spot.path(), as_table(
        [one | {"upn": _temporary(spot.first + place)} for place, one in enumerate(spot.rows(4))]))),
    sound("days the British way", REQUESTS,
          changed(received_date="03/03/2025", request_outcome_date="7/4/2025", date_of_birth="17/03/2012 00:00:00")),
    sound("days with the month's name", ADVICE, changed(requested_date="08-Apr-2025", received_date="15-MAY-2025")),
    sound("days as COLLECT writes them", PLANS, changed(start_date="2023-May-09 00:00:00")),
    sound("days with the time of day", DISPUTES, changed(opened_date="2025-02-10 00:00:00")),
    sound("days as Excel counts them, in text", HOME, changed(date_of_birth="40985", start_date="45306")),
    sound("wards in other letters", MISSING, changed(ward="  CHELLASTON and shelton  LOCK ")),
    sound("text that looks like something else", COMPLEX, lambda spot: forms.FORMS["plain"](spot.path(), as_table(
        [spot.row(place, event_id=said) for place, said in enumerate(("001", "NA", "null", "1E5", "None", "-"))])),
        rows=6),
    sound("a formula that a cell of text begins like", EARLY_YEARS, changed(setting="=1+1")),
    sound("marks for figures that may not be shown", RETURN, lambda spot: forms.FORMS["plain"](spot.path(), as_table(
        [spot.row(place, value=said) for place, said in enumerate(
            ("c", "*", "<5", "< 10", "x", "-", "–", "N/A", "n/a", ":", "..", "z", "low", "~"))])), rows=14),
    sound("a percentage with its sign", RETURNS[3], lambda spot: forms.FORMS["plain"](spot.path(), as_table(
        [spot.row(place, indicator_id=SHARES["partnership"], value=f"{70 + place}.0%") for place in range(4)]))),
    sound("notes over several lines", RETURNS[0], changed("every cell in quotes", note='first\nsecond, "third"')),
    sound("a code of the year before", POST16, changed(activity_code="540")),
    sound("figures with thousands and decimals", RETURNS[2], changed(numerator="", denominator="", value="1,234.50")),
]  # fmt: skip


def _nhs(spot: Spot, mark: str) -> Path:
    rows = spot.rows(4)
    for one in rows:
        number = one["nhs_number"]
        one["nhs_number"] = mark.join((number[:3], number[3:6], number[6:]))
    return forms.FORMS["plain"](spot.path(), as_table(rows))


def _temporary(number: int) -> str:
    """A UPN as a school gives one to a child whose own is not known: its last character is a letter."""
    rest = f"8312{number:07d}A"
    return check_letter(rest) + rest


def _typed(book: Any, table: Table) -> None:
    """Days, numbers and truths as a workbook has them."""
    page, day = book.add_worksheet("Data"), book.add_format({"num_format": "dd/mm/yyyy"})
    fill(page, table)
    for place in range(1, len(table)):
        page.write_datetime(place, table[0].index("start_date"), date(2025, 2, 11), day)
        page.write_boolean(place, table[0].index("disabled"), place % 2 == 0)
        page.write_number(place, table[0].index("nhs_number"), int(table[place][table[0].index("nhs_number")]))


def _formulas(book: Any, table: Table) -> None:
    page = book.add_worksheet("Data")
    fill(page, table)
    for place in range(1, len(table)):
        page.write_formula(place, table[0].index("sessions_possible"), f"=SUM(G{place}:I{place})", None, 38)
        page.write_formula(place, table[0].index("phase"), '="second" & "ary"', None, "secondary")


def _among_others(book: Any, table: Table) -> None:
    book.add_worksheet("Read me").write(0, 0, "One row for each placement")
    fill(book.add_worksheet("Data"), table)
    old = book.add_worksheet("August")
    fill(old, table)
    old.hide()
    book.add_worksheet("Pivot").write_row(3, 2, ["Row labels", "Count", 12])


def _from_1904(spot: Spot) -> Path:
    path = spot.path("xlsx")
    with xlsxwriter.Workbook(path, {"date_1904": True}) as book:
        page, day = book.add_worksheet("Data"), book.add_format({"num_format": "yyyy-mm-dd"})
        table = spot.table()
        fill(page, table)
        for place in range(1, len(table)):
            page.write_datetime(place, table[0].index("referral_date"), date(2025, 2, 3), day)
    return path


def _typed_parquet(spot: Spot) -> Path:
    path = spot.path("parquet")
    rows = [{name: text or None for name, text in one.items()} for one in spot.rows(4)]
    pl.DataFrame(rows).with_columns(
        pl.col("start_date").str.to_date(),
        pl.col("end_date").str.to_datetime(),
        pl.col("date_of_birth" if "date_of_birth" in rows[0] else "sen_provision").cast(pl.String),
        pl.col("outcome").cast(pl.Categorical),
        pl.col("sessions_per_week").cast(pl.Int8),
        pl.col("weekly_cost").cast(pl.Float64),
    ).write_parquet(path)
    return path


BOOKS: Final = [
    sound("days, truths and numbers of a workbook", CASES, book_of(_typed)),
    sound("formulas with their values", ATTENDANCE, book_of(_formulas)),
    sound("one sheet that fits among others", BREAKS, book_of(_among_others)),
    sound("a table that begins at C5", TIMETABLES,
          book_of(lambda book, table: fill(book.add_worksheet(), table, 4, 2))),
    sound("a workbook that counts from 1904", THERAPY, _from_1904),
    sound("Parquet with its own types", ALTERNATIVE, _typed_parquet),
    sound("a workbook for macros", POST16, lines(form="a workbook for macros")),
]  # fmt: skip

_NAMES = [
    "Ward’s “list” (final) v2 🎉 2025-09.csv",
    "list #1; drop table 2025-09.csv",
    "'2025-09'.csv",
    "2025-09",
]
# No other system than these lets such names be.
if sys.platform != "win32":
    _NAMES += [
        "[x]*?_2025-09.csv",
        '"quoted" <b>2025-09<b>.csv',
        "new\nline\x1b[31m_2025-09.csv",
        "\u202egnp_2025-09.csv",
        f"{'as long as a name may be ' * 9}2025-09.csv",
    ]
if sys.platform == "linux":
    _NAMES += ["caf\udce9_2025-09.csv"]
NAMES: Final = [
    sound(f"a file that is called {name!a}", (ADVICE, DISPUTES, JUSTICE)[place % 3], lines(name=name))
    for place, name in enumerate(_NAMES)
]
ENTRIES: Final[list[Entry]] = [*TEXT, *FRAMES, *VALUES, *BOOKS, *NAMES, *RETURNED]
