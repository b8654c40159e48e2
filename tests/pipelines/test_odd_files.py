"""What cannot be read as a table is refused with a code; no row is lost, and no file stops a refresh."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.reading import Unreadable, sheets
from pipelines.staging import desk_table
from tests.pipelines.inbox import CONTRACTS, MONTH, as_table, empty_warehouse, received, stage_file
from tests.pipelines.templates import HOME, row, rows


def lines(end: str = "\n") -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows(as_table(rows(HOME, 3)))
    return text.getvalue()


def compound_file(stream: str) -> bytes:
    """What begins an old Office file: a header, and a directory that names one stream."""
    entry = stream.encode("utf-16-le").ljust(64, b"\0") + (2 * len(stream) + 2).to_bytes(2, "little") + b"\x02\x01"
    root = "Root Entry".encode("utf-16-le").ljust(64, b"\0") + (22).to_bytes(2, "little") + b"\x05\x01"
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + b"\x3e\x00\x03\x00\xfe\xff\x09\x00\x06\x00"
    return header.ljust(512, b"\0") + bytes(512) + root.ljust(128, b"\0") + entry.ljust(128, b"\0") + bytes(768)


def zipped(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def open_document(table: list[list[str]]) -> bytes:
    """A sheet as free office programs save it."""
    names, kind = "urn:oasis:names:tc:opendocument:xmlns", "application/vnd.oasis.opendocument.spreadsheet"
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    body = "".join(f"<table:table-row>{''.join(map(cell.format, line))}</table:table-row>" for line in table)
    return zipped(
        {
            "mimetype": kind,
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="{names}:manifest:1.0"><m:file-entry m:full-path="/" '
            f'm:media-type="{kind}"/><m:file-entry m:full-path="content.xml" m:media-type="text/xml"/></m:manifest>',
            "content.xml": f'<office:document-content xmlns:office="{names}:office:1.0" '
            f'xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0"><office:body><office:spreadsheet>'
            f'<table:table table:name="Data">{body}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
        }
    )


REFUSED = {
    "nothing": (b"", "file_empty"),
    "a mark and nothing else": (b"\xef\xbb\xbf", "file_empty"),
    "blank lines and nothing else": (b"\r\n\r\n \r\n,,,\r\n", "file_empty"),
    "a web page": (b"<html><table><tr><td>spell_id</td></tr></table></html>", "file_unreadable"),
    "a web page after blank lines": (b"\n\n <!DOCTYPE html><html></html>", "file_unreadable"),
    "other XML": (b'<?xml version="1.0"?><rows/>', "file_unreadable"),
    "a PDF": (b"%PDF-1.7\n", "file_unreadable"),
    "an archive": (zipped({"one.csv": "spell_id,child_id"}), "file_unreadable"),
    "a packed file": (b"\x1f\x8b\x08" + bytes(20), "file_unreadable"),
    "a broken workbook": (b"PK\x03\x04" + bytes(40), "file_unreadable"),
    "a broken Parquet file": (b"PAR1" + bytes(40), "file_unreadable"),
    "an encrypted workbook": (compound_file("EncryptedPackage"), "file_encrypted"),
    "an old workbook": (compound_file("Workbook"), "file_unreadable"),
    "an OpenDocument sheet": (open_document(as_table([row(HOME)])), "file_unreadable"),
    "bytes of no known text": (lines().encode() + b"\x81\x8d\xff\n", "file_unreadable"),
    "UTF-16 that breaks off": (b"\xff\xfe" + lines().encode("utf-16-le")[:-1], "file_unreadable"),
    "zeros": (b"spell_id,child_id\n\x00\x00\x00\n", "file_unreadable"),
    "one column": (b"spell_id\nS1\n", "file_unrecognised"),
}


@pytest.mark.parametrize(("content", "code"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused_with_a_code_and_a_sentence(tmp_path, content, code):
    path = tmp_path / f"ehe_register_{MONTH}.csv"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refused:
        sheets(path)
    assert refused.value.code == code
    assert str(refused.value).endswith(".")


def text_file(folder: Path, table: list[list[str]]) -> Path:
    """Cells joined as they are, without the quoting that a careful program would add."""
    path = folder / f"ehe_register_{MONTH}.csv"
    path.write_text("\n".join(",".join(line) for line in table) + "\n", encoding="utf-8")
    return path


def faults(path: Path, inbox: Path) -> list[list[str]]:
    """The faults of each row, as staging finds them."""
    with empty_warehouse() as connection:
        stage_file(connection, received(path, inbox))
        found = connection.execute(f"select faults from {desk_table(CONTRACTS[HOME])} order by line_number").fetchall()
    return [one for (one,) in found]


def test_an_unclosed_quote_that_would_swallow_rows_refuses_the_file(tmp_path):
    header, *body = as_table([row(HOME, number, nc_year="7") for number in range(1, 9)])
    body[2][header.index("nc_year")] = '"7'
    with pytest.raises(Unreadable) as refused:
        faults(text_file(tmp_path, [header, *body]), tmp_path)
    assert refused.value.code == "file_unreadable"


def test_rows_swallowed_between_two_stray_quotes_are_never_taken_for_a_cell(tmp_path):
    header, *body = as_table([row(HOME, number, nc_year="7") for number in range(1, 9)])
    body[2][header.index("nc_year")] = body[4][header.index("nc_year")] = '"7'
    try:
        found = faults(text_file(tmp_path, [header, *body]), tmp_path)
    except Unreadable:
        return
    assert len(found) == 8 or [one for one in found if one], "rows were lost in a row that counts as good"


def test_a_quote_inside_a_cell_swallows_nothing(tmp_path):
    header, *body = as_table([row(HOME, number, nc_year='7" x') for number in (1, 2, 3)])
    assert faults(text_file(tmp_path, [header, *body]), tmp_path) == [[], [], []]


LINE_NUMBERS = {
    "as it should be": (["H", "1", "2", "3"], [2, 3, 4]),
    "a blank line": (["H", "1", "", "2", "", "", "3"], [2, 4, 7]),
    "a blank row": (["H", "1", ",,,,", "2", "3"], [2, 4, 5]),
    "titles and a blank line": (["T", "", "H", "1", "2", "3"], [4, 5, 6]),
}


@pytest.mark.parametrize(("frame", "numbers"), LINE_NUMBERS.values(), ids=LINE_NUMBERS)
@pytest.mark.parametrize("form", ["text", "workbook"])
def test_a_row_is_told_by_the_number_that_a_spreadsheet_shows(tmp_path, form, frame, numbers):
    header, *body = as_table([row(HOME, number) for number in (1, 2, 3)])
    meant = {"H": header, "T": ["Elective home education"], "": [], ",,,,": [""] * len(header)}
    table = [meant[one] if one in meant else body[int(one) - 1] for one in frame]
    path = text_file(tmp_path, table)
    if form == "workbook":
        with xlsxwriter.Workbook(path) as book:
            page = book.add_worksheet()
            for place, values in enumerate(table):
                page.write_row(place, 0, values)
    assert line_numbers(path, tmp_path) == numbers


def test_a_workbook_s_rows_are_told_by_their_own_number_though_it_begins_further_down(tmp_path):
    path = tmp_path / f"ehe_register_{MONTH}.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for place, values in enumerate(as_table([row(HOME, 1), row(HOME, 2)]), start=4):
            page.write_row(place, 2, values)
    assert line_numbers(path, tmp_path) == [6, 7]


def line_numbers(path: Path, inbox: Path) -> list[int]:
    with empty_warehouse() as connection:
        stage_file(connection, received(path, inbox))
        found = connection.execute(f"select line_number from {desk_table(CONTRACTS[HOME])} order by 1").fetchall()
    return [number for (number,) in found]


ANYTHING = st.binary(max_size=200) | st.text(max_size=80).map(str.encode)
BEGINNINGS = [b"", b"PK\x03\x04", b"PAR1", b"\xff\xfe", b"\xef\xbb\xbf", b"\xd0\xcf\x11\xe0", b"{", b"<",
              ",".join(row(HOME)).encode() + b"\n"]  # fmt: skip
ODD_FILES = {
    "line ends of old Macintoshes": lines("\r").encode(),
    "a line end inside a cell": lines().replace("S000002", "S0\r2").encode(),
    "one endless line": b'{"rows": [' + b"1," * 200_000 + b"1]}",
    "an endless cell": b'"' + b"x" * 300_000 + b'",y\n',
}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(BEGINNINGS), ANYTHING)
def test_whatever_bytes_arrive_are_a_delivery_or_refused(tmp_path, beginning, rest):
    path = tmp_path / f"ehe_register_{MONTH}.csv"
    path.write_bytes(beginning + rest)
    delivery = received(path, tmp_path)
    assert delivery.recognised or [one for one in delivery.findings if one.severity == "error"]


@pytest.mark.parametrize("content", ODD_FILES.values(), ids=ODD_FILES)
def test_an_odd_file_is_a_delivery_or_refused(tmp_path, content):
    path = tmp_path / f"ehe_register_{MONTH}.csv"
    path.write_bytes(content)
    delivery = received(path, tmp_path)
    assert delivery.recognised or [one for one in delivery.findings if one.severity == "error"]
