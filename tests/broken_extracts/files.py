"""Files that are no table, break off, or hold nothing: all of each is refused."""

from __future__ import annotations

import gzip
from typing import Final

from tests.broken_extracts.entries import SECRET, Entry, Spot, Table, bare, content, lines, refused, text_of
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
)
from tests.pipelines.test_odd_files import compound_file, open_document, zipped

UNREADABLE: Final = "file_unreadable"


def _csv(spot: Spot) -> bytes:
    return text_of(spot.table()).encode()


def _web_page(spot: Spot) -> bytes:
    """What many systems call an Excel export."""
    cells_of = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in line)}</tr>" for line in spot.table())
    return f"<html><head><meta charset='utf-8'></head><body><table>{cells_of}</table></body></html>".encode()


def _two_faults(spot: Spot) -> bytes:
    """A quotation mark that is opened in the third row and never closed."""
    table = spot.table()
    table[3][0] = f'"{table[3][0]}'
    return bare(table)


def _columns_only(table: Table) -> Table:
    return table[:1]


NO_TABLE: Final = [
    refused("nothing at all", HOME, "file_empty", content(b"")),
    refused("a byte-order mark and nothing else", ROLL, "file_empty", content(b"\xef\xbb\xbf")),
    refused("line ends and nothing else", CASES, "file_empty", content(b"\r\n\r\n\r\n")),
    refused("a web page", REFERRALS, UNREADABLE, content(_web_page)),
    refused("a web page that is called .xls", COMMUNITY, UNREADABLE, content(_web_page, ending="xls")),
    refused("a web page after blank lines", JUSTICE, UNREADABLE, content(lambda spot: b"\r\n \r\n" + _web_page(spot))),
    refused("a login page instead of the download", EVENTS, UNREADABLE,
            content(b"<!DOCTYPE html><html><title>Sign in</title></html>")),
    refused("XML of another kind", DISPUTES, UNREADABLE,
            content(f'<?xml version="1.0"?><rows><row name="{SECRET}"/></rows>'.encode(), ending="xml")),
    refused("a PDF", PLACES, UNREADABLE, content(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", ending="pdf")),
    refused("a PDF that is called .csv", THERAPY, UNREADABLE, content(b"%PDF-1.4\n1 0 obj\n")),
    refused("a packed file", ATTENDANCE, UNREADABLE, content(lambda spot: gzip.compress(_csv(spot), mtime=0))),
    refused("an archive with the file in it", REVIEWS, UNREADABLE,
            content(lambda spot: zipped({"annual_reviews.csv": text_of(spot.table())}), ending="zip")),
    refused("an archive that is called .csv", COSTS, UNREADABLE,
            content(lambda spot: zipped({"costs.csv": text_of(spot.table())}))),
    refused("a letter", ADVICE, UNREADABLE,
            content(zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": f"<w>{SECRET}</w>"}),
                    ending="docx")),
    refused("a binary workbook", COMPLEX, UNREADABLE,
            content(zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.bin": "\x83"}), ending="xlsb")),
    refused("an OpenDocument sheet", PLANS, UNREADABLE,
            content(lambda spot: open_document(spot.table()), ending="ods")),
    refused("an old workbook", MISSING, UNREADABLE, content(compound_file("Workbook"), ending="xls")),
    refused("an old workbook that is called .xlsx", POST16, UNREADABLE, content(compound_file("Book"), ending="xlsx")),
    refused("a workbook with a password", REQUESTS, "file_encrypted",
            content(compound_file("EncryptedPackage"), ending="xlsx")),
    refused("a workbook with a password that is called .csv", TIMETABLES, "file_encrypted",
            content(compound_file("EncryptedPackage") + bytes(512))),
    refused("a picture", EARLY_YEARS, UNREADABLE,
            content(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR,\x00\x00\x00\x01", ending="png")),
    refused("a database", ALTERNATIVE, UNREADABLE, content(b"SQLite format 3\x00\x10\x00\x01\x01", ending="db")),
]  # fmt: skip

TEXT: Final = [
    refused("bytes of no known text", HOME, UNREADABLE, content(lambda spot: _csv(spot) + b"\x81\x8d\xff,x\n")),
    refused("text of a mainframe", BREAKS, UNREADABLE, content(lambda spot: text_of(spot.table()).encode("cp500"))),
    refused("UTF-16 that breaks off in a letter", CASES, UNREADABLE,
            content(lambda spot: b"\xff\xfe" + text_of(spot.table()).encode("utf-16-le")[:-1])),
    refused("UTF-16 with half a letter", ROLL, UNREADABLE,
            content(lambda spot: b"\xff\xfe" + text_of(spot.table()).encode("utf-16-le") + b"\x00\xd8,\x00\n\x00")),
    refused("UTF-16 without a mark", REFERRALS, UNREADABLE,
            content(lambda spot: text_of(spot.table()).encode("utf-16-le"))),
    refused("UTF-32", COMMUNITY, UNREADABLE,
            content(lambda spot: b"\xff\xfe\x00\x00" + text_of(spot.table()).encode("utf-32-le"))),
    refused("zeros below the header", DISPUTES, UNREADABLE,
            content(lambda spot: text_of([spot.header()]).encode() + bytes(64) + b"\n")),
    refused("line ends of old Macintoshes", REVIEWS, UNREADABLE,
            content(lambda spot: text_of(spot.table(), end="\r").encode())),
    refused("a quotation mark that is never closed", ADVICE, UNREADABLE, content(_two_faults)),
    refused("one column", COSTS, "file_unrecognised",
            content(lambda spot: "\n".join(line[0] for line in spot.table()).encode())),
    refused("a page of words", PLANS, "file_unrecognised",
            content(f"Dear colleagues\n\nThe file about {SECRET} will follow.\n".encode(), ending="txt")),
    refused("rich text", JUSTICE, "file_unrecognised", content(rb"{\rtf1\ansi Please find attached\par}",
                                                             ending="rtf", name="notes_2025-09.rtf")),
    refused("one object on one line", RETURN, "file_unrecognised",
            content(f'{{"rows": [{{"child": "{SECRET}", "sex": "F"}}]}}'.encode(), name="export_2025-09.json")),
    refused("columns that no contract has", MISSING, "file_unrecognised",
            content(f"Team,Colour,Size\nNorth,{SECRET},7\n".encode(), name="teams_2025-09.csv")),
    refused("an e-mail with the table in it", TIMETABLES, "file_unrecognised",
            content(f"From: {SECRET}\nTo: insight\nSubject: figures, as agreed\n\nSee below, please.\n".encode(),
                    name="figures_2025-09.eml")),
]  # fmt: skip

EMPTY: Final = [
    refused("a header and no rows", ALTERNATIVE, "file_empty", lines(_columns_only), rows=0),
    refused("a header and blank rows", POST16, "file_empty",
            lines(lambda table: [table[0], [""] * len(table[0]), [], ["  "] * len(table[0])]), rows=0),
    refused("a workbook with a header and no rows", EARLY_YEARS, "file_empty",
            lines(_columns_only, form="a workbook"), rows=0),
    refused("Parquet without rows", COMPLEX, "file_empty", lines(_columns_only, form="Parquet"), rows=0),
    refused("UTF-16 with a header and no rows", THERAPY, "file_empty",
            lines(_columns_only, form="UTF-16 with bars"), rows=0),
    refused("a return with a header and no figures", RETURNS[3], "file_empty", lines(_columns_only), rows=0),
]  # fmt: skip

PARQUET: Final = [
    refused("Parquet that breaks off", PLACES, UNREADABLE,
            content(lambda spot: lines(form="Parquet")(spot).read_bytes()[:-200], ending="parquet")),
    refused("Parquet whose footer is damaged", EVENTS, UNREADABLE,
            content(lambda spot: _with_damaged_footer(lines(form="Parquet")(spot).read_bytes()), ending="parquet")),
    refused("Parquet whose rows are damaged", BREAKS, UNREADABLE,
            content(lambda spot: _with_damaged_rows(lines(form="Parquet")(spot).read_bytes()), ending="parquet")),
]  # fmt: skip


def _with_damaged_footer(whole: bytes) -> bytes:
    begins = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    return whole[:begins] + bytes(40) + whole[begins + 40 :]


def _with_damaged_rows(whole: bytes) -> bytes:
    """The first pages are zeros; the footer still promises rows."""
    return whole[:4] + bytes(96) + whole[100:]


ENTRIES: Final[list[Entry]] = [*NO_TABLE, *TEXT, *EMPTY, *PARQUET]
