"""Whatever form a file comes in, the same cells are read from it; what cannot be read is refused with a code."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from pipelines.reading import Unreadable, header_name, sheets
from tests.pipelines.inbox import HOME, MONTH, Row, as_table, empty_warehouse, lay_out_file, received, row

TABLE = [
    row(HOME, 1, nc_year="Year 7 – “mixed”, £5"),
    row(HOME, 2, nc_year="first line\nsecond; line|with\ttab"),
    row(HOME, 3, nc_year='say "hello"', end_date="2025-06-30", end_reason="other"),
]
READ = [{name: text.strip() or None for name, text in one.items()} for one in TABLE]


def cells(path: Path, inbox: Path) -> list[Row]:
    """The text cells of a file on the desk, by the canonical names of their columns."""
    with empty_warehouse() as connection:
        lay_out_file(connection, received(path, inbox))
        cursor = connection.execute("select * from desk.cells order by line_number")
        names = [column[0] for column in cursor.description or ()]
        found = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    assert not any(one["too_few"] or one["too_many"] for one in found)
    return [{name: one[f"{name}__text"] for name in TABLE[0]} for one in found]


def lines(delimiter: str = ",", end: str = "\n", *, titles: int = 0) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerows([["Elective home education", "September 2025"]] + [[""]] * (titles - 1) if titles else [])
    writer.writerows(as_table(TABLE))
    return text.getvalue()


TEXT_FILES = {
    "UTF-8": lines().encode(),
    "UTF-8 with a mark": lines().encode("utf-8-sig"),
    "Windows-1252": lines().encode("cp1252"),
    "UTF-16, little end first": b"\xff\xfe" + lines().encode("utf-16-le"),
    "UTF-16, big end first": b"\xfe\xff" + lines().encode("utf-16-be"),
    "semicolons": lines(";").encode(),
    "tabs": lines("\t").encode(),
    "bars": lines("|").encode(),
    "line ends of Windows": lines(end="\r\n").encode(),
    "a title row": lines(titles=1).encode(),
    "many title rows": lines(titles=15).encode("utf-8-sig"),
    "title rows of Windows": lines(";", "\r\n", titles=3).encode("cp1252"),
    "no last line end": lines().rstrip("\n").encode(),
    "blank rows": (lines() + "\n" + "," * (len(TABLE[0]) - 1) + "\n\n").encode(),
}


@pytest.mark.parametrize("content", TEXT_FILES.values(), ids=TEXT_FILES)
def test_a_text_file_is_read_in_any_encoding_delimiter_and_frame(tmp_path, content):
    path = tmp_path / f"ehe_register_{MONTH}.csv"
    path.write_bytes(content)
    assert cells(path, tmp_path) == READ


def test_the_name_does_not_decide_the_format(tmp_path):
    path = tmp_path / f"ehe_register_{MONTH}.xlsx"
    path.write_bytes(lines().encode())
    assert cells(path, tmp_path) == READ


def test_parquet_is_read_with_its_own_types(tmp_path):
    path = tmp_path / f"ehe_register_{MONTH}.parquet"
    frame = pl.DataFrame([{name: text or None for name, text in one.items()} for one in TABLE])
    frame.with_columns(pl.col("start_date").str.to_date(), pl.col("known_to_social_care") == "1").write_parquet(path)
    assert cells(path, tmp_path) == [one | {"known_to_social_care": "false"} for one in READ]


def workbook(path: Path, *, titles: int = 0, typed: bool = False, sheet: str = "Data", **options: object) -> Path:
    """The table in a workbook, as text or with real dates and numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path, options) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        book.add_worksheet("Notes").write(0, 0, "For the insight team")
        book.add_worksheet("Old").write_row(0, 0, list(TABLE[0]))
        book.get_worksheet_by_name("Old").hide()
        page = book.add_worksheet(sheet)
        for place in range(titles):
            page.write(place, 0, "Elective home education")
        for place, values in enumerate(as_table(TABLE), start=titles):
            page.write_row(place, 0, values)
        for place, one in enumerate(TABLE if typed else [], start=titles + 1):
            names = list(one)
            page.write_datetime(place, names.index("start_date"), date.fromisoformat(one["start_date"]), day)
            page.write_number(place, names.index("known_to_social_care"), int(one["known_to_social_care"]))
    return path


@pytest.mark.parametrize("titles", [0, 4])
def test_a_workbook_is_read_from_the_one_visible_sheet_that_fits(tmp_path, titles):
    path = workbook(tmp_path / f"ehe_register_{MONTH}.xlsx", titles=titles)
    assert cells(path, tmp_path) == READ


@pytest.mark.parametrize("options", [{}, {"date_1904": True}], ids=["dates from 1900", "dates from 1904"])
def test_dates_and_numbers_of_a_workbook_mean_what_they_show(tmp_path, options):
    path = workbook(tmp_path / f"ehe_register_{MONTH}.xlsx", typed=True, **options)
    found = cells(path, tmp_path)
    assert {one["start_date"][:10] for one in found} == {"2024-01-15"}
    assert {one["known_to_social_care"] for one in found} == {"0"}


def test_two_sheets_that_fit_are_ambiguous(tmp_path):
    path = tmp_path / f"ehe_register_{MONTH}.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("July", "August"):
            page = book.add_worksheet(name)
            for place, values in enumerate(as_table(TABLE)):
                page.write_row(place, 0, values)
    assert [one.code for one in received(path, tmp_path).findings] == ["file_ambiguous"]


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


@pytest.mark.parametrize(
    "cell",
    ["Spell ID", " spell-id ", "SPELL_ID", "spell\nid", "Spell\u00a0ID", "\ufeffspell_id", "spell – id", "spell__id"],
)
def test_headers_are_compared_without_case_spaces_and_dashes(cell):
    assert header_name(cell) == "spell_id"


def test_rows_of_too_few_or_too_many_fields_are_told_and_the_others_are_read(tmp_path):
    header, *body = as_table([row(HOME, number, nc_year="7") for number in (1, 2, 3, 4)])
    text = [",".join(line) for line in (header, body[0], body[1][:-1], [*body[2], "more"], body[3])]
    path = tmp_path / f"ehe_register_{MONTH}.csv"
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    with empty_warehouse() as connection:
        assert lay_out_file(connection, received(path, tmp_path)) == 4
        found = connection.execute("select line_number, too_few, too_many from desk.cells order by 1").fetchall()
    assert found == [(2, False, False), (3, True, False), (4, False, True), (5, False, False)]


def test_an_unclosed_quote_that_would_swallow_rows_refuses_the_file(tmp_path):
    header, *body = as_table([row(HOME, number, nc_year="7") for number in range(1, 9)])
    body[2][header.index("nc_year")] = '"7'
    path = tmp_path / f"ehe_register_{MONTH}.csv"
    path.write_text("\n".join(",".join(line) for line in (header, *body)) + "\n", encoding="utf-8")
    delivery = received(path, tmp_path)
    codes = [one.code for one in delivery.findings if one.severity == "error"]
    if not codes:
        with empty_warehouse() as connection, pytest.raises(Unreadable) as refused:
            lay_out_file(connection, delivery)
        codes = [refused.value.code]
    assert codes == ["file_unreadable"]
