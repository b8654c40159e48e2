"""What is too large is refused with a code before it can fill memory or disk, and nothing else suffers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from pipelines import intake
from pipelines.__main__ import main
from pipelines.limits import LONGEST_CELL, LONGEST_LINE, MOST_BYTES, MOST_EXPANDED_BYTES, MOST_ROWS, MOST_XML_BYTES
from pipelines.reading import Unreadable, sheets
from pipelines.staging import desk_table
from pipelines.workbook_bounds import bounds_of
from tests.pipelines.inbox import CONTRACTS, MONTH, as_table, deliver, empty_warehouse, received, run, stage_file
from tests.pipelines.inbox import query as asked
from tests.pipelines.templates import HOME, REFERRALS, RETURN, row, rows


def workbook(path: Path, table: list[list[str]], *far: tuple[int, int, str | None]) -> Path:
    """The table in a workbook, and more cells far from it: filled, or only coloured."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for place, values in enumerate(table):
            page.write_row(place, 0, values)
        colour = book.add_format({"bg_color": "yellow"})
        for line, column, text in far:
            page.write(line, column, text, colour)
    return path


def with_part(path: Path, name: str, write: Callable[[io.BufferedIOBase], None]) -> Path:
    """The workbook with one more part."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w", force_zip64=True) as part:
        write(part)  # type: ignore[arg-type]
    return path


def refused(path: Path) -> str:
    with pytest.raises(Unreadable) as refusal:
        sheets(path)
    assert str(refusal.value).endswith(".")
    return refusal.value.code


def test_a_workbook_that_unfolds_is_refused_before_it_is_opened(tmp_path):
    path = workbook(tmp_path / f"ehe_register_{MONTH}.xlsx", as_table(rows(HOME, 3)))
    assert not bounds_of(path).is_too_large

    def zeros(part: io.BufferedIOBase) -> None:
        part.writelines(bytes(1 << 20) for _ in range(200))

    assert refused(with_part(path, "xl/worksheets/sheet2.xml", zeros)) == "file_too_large"


def test_a_workbook_whose_cells_reach_too_far_is_refused_and_coloured_blanks_do_not_count(tmp_path):
    name, table = f"ehe_register_{MONTH}.xlsx", as_table(rows(HOME, 3))
    assert refused(workbook(tmp_path / name, table, (1_048_575, 16_383, "x"))) == "file_too_large"
    coloured = workbook(tmp_path / name, table, (1_048_575, 0, None), (1, 16_383, None))
    assert received(coloured, tmp_path).recognised


def test_a_long_line_is_refused_wherever_it_stands(tmp_path):
    path = tmp_path / f"ehe_register_{MONTH}.csv"
    path.write_text("x" * (LONGEST_LINE + 1) + ",y\n", encoding="utf-8")
    assert refused(path) == "file_too_large"
    header, *body = as_table([row(HOME, number) for number in range(1, 60)])
    body[55][header.index("nc_year")] = "7" * (LONGEST_LINE + 1)
    path.write_text("\n".join(",".join(line) for line in (header, *body)) + "\n", encoding="utf-8")
    with pytest.raises(Unreadable) as refusal, empty_warehouse() as connection:
        stage_file(connection, received(path, tmp_path))
    assert refusal.value.code == "file_too_large"


def test_a_parquet_file_of_endless_rows_is_refused_by_what_it_says_of_itself(tmp_path, monkeypatch):
    path = tmp_path / f"ehe_register_{MONTH}.parquet"
    pl.DataFrame(rows(HOME, 9)).write_parquet(path)
    monkeypatch.setattr("pipelines.reading.MOST_ROWS", 8)
    assert refused(path) == "file_too_large"


def test_more_rows_than_any_extract_has_refuse_the_file_and_no_other(tmp_path, monkeypatch):
    monkeypatch.setattr("pipelines.staging.MOST_ROWS", 8)
    monkeypatch.setattr("pipelines.reading.MOST_ROWS", 8)
    endless = deliver(tmp_path, HOME, rows(HOME, 30))
    with pytest.raises(Unreadable) as refusal, empty_warehouse() as connection:
        stage_file(connection, received(endless, tmp_path))
    assert refusal.value.code == "file_too_large"
    monkeypatch.setattr("pipelines.staging.MOST_ROWS", 30)
    monkeypatch.setattr("pipelines.reading.MOST_ROWS", 30)
    with empty_warehouse() as connection:
        stage_file(connection, received(endless, tmp_path))
        counted = connection.execute(f"select count(*) from {desk_table(CONTRACTS[HOME])}").fetchall()
    assert counted == [(30,)]


def test_a_long_cell_sets_its_row_aside_and_is_not_kept_whole(tmp_path):
    table = [row(RETURN, 1), row(RETURN, 2, note="x" * (LONGEST_CELL + 1)), row(RETURN, 3, note="x" * LONGEST_CELL)]
    with empty_warehouse() as connection:
        stage_file(connection, received(deliver(tmp_path, RETURN, table), tmp_path))
        found = connection.execute(
            f"select faults, length(note) from {desk_table(CONTRACTS[RETURN])} order by line_number"
        ).fetchall()
    assert [faults for faults, _ in found] == [[], ["row_cell_too_long"], []]
    assert found[1][1] < 1_000


def test_a_file_above_the_limit_is_left_where_it_is_and_told_once(tmp_path, monkeypatch):
    monkeypatch.setattr("pipelines.intake.MOST_BYTES", 5_000)
    inbox, store = tmp_path / "inbox", tmp_path / "store"
    deliver(inbox, REFERRALS, rows(REFERRALS, 5))
    large = deliver(inbox, HOME, rows(HOME, 90))
    outcome = run(store, inbox)
    assert outcome.published
    codes = {(one.extract, one.verdict): outcome.findings[one.receipt_id] for one in outcome.receipts}
    assert [one.code for one in codes[(None, "rejected")]] == ["file_too_large"]
    assert ("nd_referrals", "accepted") in codes
    assert large.exists()
    assert [path.name for path in (store / "received").rglob("*.csv") if "ehe" in path.name] == []
    again = run(store, inbox)
    assert (again.receipts, again.published, again.exit_code) == ([], False, 0)
    assert main(["rebuild", "--store", str(store)]) == 0
    kept = asked(store / "warehouse.duckdb", "select stored_as from ledger.receipt where verdict = 'rejected'")
    assert kept == [(None,)]


def test_an_xml_beyond_any_return_is_refused_unread(tmp_path, monkeypatch):
    path = tmp_path / f"sen2_{MONTH}.xml"
    path.write_text("<Message><Header><Collection>SEN2</Collection></Header></Message>", encoding="utf-8")
    monkeypatch.setattr("pipelines.sen2.MOST_XML_BYTES", 10)
    (delivery,) = intake.receive_each(path, tmp_path, CONTRACTS, (), None)
    assert [one.code for one in delivery.findings] == ["file_too_large"]


def test_the_limits_leave_room_for_a_national_file():
    assert MOST_BYTES > 2 << 30
    assert MOST_XML_BYTES >= 512 << 20
    assert MOST_ROWS >= 50_000_000
    assert MOST_EXPANDED_BYTES >= 1 << 30


ODD_NAMES = ["[x]*?.csv", "ehe_register [v2] (copy) 2025-09*.csv", "a'b\"c.csv", "x\ny.csv"]


@pytest.mark.parametrize("name", [*ODD_NAMES, b"\xff\xfe.csv", b"\xff.xlsx", b"\xff.parquet"], ids=repr)
def test_a_file_is_read_whatever_it_is_called(tmp_path, name):
    folder = tmp_path / MONTH / "education"
    folder.mkdir(parents=True)
    (folder / "xa.csv").write_text("another,file\n1,2\n", encoding="utf-8")
    plain = deliver(tmp_path / "plain", HOME, rows(HOME, 3))
    path = Path(str(folder) + "/" + (name if isinstance(name, str) else name.decode("utf-8", "surrogateescape")))
    if path.suffix == ".xlsx":
        workbook(tmp_path / "plain.xlsx", as_table(rows(HOME, 3))).rename(path)
    elif path.suffix == ".parquet":
        pl.DataFrame(rows(HOME, 3)).write_parquet(tmp_path / "plain.parquet")
        (tmp_path / "plain.parquet").rename(path)
    else:
        path.write_bytes(plain.read_bytes())
    delivery = received(path, tmp_path)
    assert delivery.recognised, delivery.findings
    with empty_warehouse() as connection:
        stage_file(connection, replace(delivery, source=path))
        counted = connection.execute(f"select count(*) from {desk_table(CONTRACTS[HOME])}").fetchall()
    assert counted == [(3,)]
