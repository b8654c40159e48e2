"""Whatever form a file comes in, the same cells are read from it."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from pipelines.reading import header_name
from pipelines.staging import text_cells
from tests.pipelines.inbox import CONTRACTS, MONTH, as_table, empty_warehouse, placed, received
from tests.pipelines.templates import HOME, Row, row

TABLE = [
    row(HOME, 1, nc_year="Year 7 – “mixed”, £5"),
    row(HOME, 2, nc_year="first line\nsecond; line|with\ttab"),
    row(HOME, 3, nc_year='say "hello"', end_date="2025-06-30", end_reason="other"),
]
READ = [{name: text.strip() or None for name, text in one.items()} for one in TABLE]


def cells(path: Path, inbox: Path) -> list[Row]:
    """The text cells of a file, by the canonical names of their columns."""
    with (
        empty_warehouse() as connection,
        text_cells(connection, CONTRACTS[HOME], [placed(received(path, inbox))]) as query,
    ):
        cursor = connection.execute(f"select * from ({query}) order by line_number")
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


@pytest.mark.parametrize("is_1904", [False, True], ids=["from 1900", "from 1904"])
def test_a_day_that_is_not_formatted_as_one_is_counted_from_the_workbook_s_own_first_day(tmp_path, is_1904):
    path = tmp_path / f"ehe_register_{MONTH}.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": is_1904}) as book:
        page = book.add_worksheet()
        for place, values in enumerate(as_table(TABLE)):
            page.write_row(place, 0, values)
        page.write_number(1, list(TABLE[0]).index("start_date"), 45306 - (1462 if is_1904 else 0))
    assert cells(path, tmp_path)[0]["start_date"].removesuffix(".0") == "45306"


@pytest.mark.parametrize("left", [0, 2], ids=["at the left edge", "further right"])
def test_a_formula_that_failed_is_no_blank_and_no_text(tmp_path, left):
    path = tmp_path / f"ehe_register_{MONTH}.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Notes").write_formula(0, 0, "=1/0", None, "#DIV/0!")
        page = book.add_worksheet("R&D <data>")
        for place, values in enumerate(as_table(TABLE), start=3):
            page.write_row(place, left, values)
        for name, place in (("nc_year", 4), ("end_date", 5)):
            page.write_formula(place, left + list(TABLE[0]).index(name), "=1/0", None, "#DIV/0!")
    found = cells(path, tmp_path)
    assert [found[0]["nc_year"], found[1]["end_date"]] == ["#error\x1a"] * 2
    assert [one | {"nc_year": None, "end_date": None} for one in found] == [
        one | {"nc_year": None, "end_date": None} for one in READ
    ]


def test_two_sheets_that_fit_are_ambiguous(tmp_path):
    path = tmp_path / f"ehe_register_{MONTH}.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("July", "August"):
            page = book.add_worksheet(name)
            for place, values in enumerate(as_table(TABLE)):
                page.write_row(place, 0, values)
    assert [one.code for one in received(path, tmp_path).findings] == ["file_ambiguous"]


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
    with (
        empty_warehouse() as connection,
        text_cells(connection, CONTRACTS[HOME], [placed(received(path, tmp_path))]) as query,
    ):
        found = connection.execute(f"select line_number, too_few, too_many from ({query}) order by 1").fetchall()
    assert found == [(2, False, False), (3, True, False), (4, False, True), (5, False, False)]
