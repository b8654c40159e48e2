"""What goes back to a sender is its own: findings, and rows as it sent them, in a workbook that runs nothing."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import fastexcel
import pytest

from pipelines import sending_back
from pipelines.store import Store
from tests.pipelines.inbox import Said, command, deliver, outside, query, run, write_lines
from tests.pipelines.templates import HOME, REFERRALS, row, rows

NASTY = ["=1+1", "+441332", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")', "http://example.org"]
SECRET = "Amy Smithson"


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    folder = tmp_path_factory.mktemp("store")
    inbox = folder / "inbox"
    home = [
        row(HOME, 1),
        row(HOME, 2, sex="Q", ward=SECRET),
        *(row(HOME, 3 + n, sex=one) for n, one in enumerate(NASTY)),
    ]
    lines = [["Derby", *[""] * (len(home[0]) - 1)], [], list(home[0]), *(list(one.values()) for one in home)]
    write_lines(inbox / "2025-09" / "education" / "ehe_register_2025-09.csv", lines)
    deliver(inbox, HOME, [row(HOME, 1), row(HOME, 2, sex="")], month="2025-08")
    deliver(inbox, REFERRALS, [*rows(REFERRALS, 5), row(REFERRALS, 6, sex="x\x07\u202ey")])
    run(folder / "store", inbox)
    return Store(folder / "store")


def sheet(file: Path, name: str) -> list[list[str]]:
    frame = fastexcel.read_excel(file).load_sheet(name, header_row=None, dtypes="string").to_polars()
    return [[cell or "" for cell in line] for line in frame.iter_rows()]


@pytest.fixture(scope="module")
def written(store, tmp_path_factory) -> tuple[Path, Said]:
    out = tmp_path_factory.mktemp("out") / "back.xlsx"
    return out, outside("quarantine", "--out", out, "--store", store.root)


def test_there_is_a_workbook_for_each_agency_and_it_is_its_owner_s_alone(written):
    out, said = written
    assert said.code == 0, said.err
    files = sorted(path.name for path in out.parent.iterdir())
    assert files == ["back_education.xlsx", "back_health.xlsx"]
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in out.parent.iterdir()} == {0o600}
    assert "personal data" in said.out
    assert "Derby City Council" in said.out
    assert SECRET not in said.out + said.err


def test_the_summary_counts_every_row_of_every_delivery(written, store):
    header, *lines = sheet(written[0].with_name("back_education.xlsx"), "Summary")
    assert header == list(sending_back.SUMMARY)
    deliveries = [line for line in lines if line[1] == HOME]
    assert [line[2] for line in deliveries] == ["2025-08", "2025-09"]
    for line in deliveries:
        received, accepted, quarantined = (int(float(cell)) for cell in line[6:9])
        assert received == accepted + quarantined
    assert [int(float(line[8])) for line in deliveries] == [1, 8]
    assert "belongs to" in lines[-1][0]


def test_what_to_mend_is_a_sentence_a_column_and_a_count(written):
    _, *lines = sheet(written[0].with_name("back_education.xlsx"), "What to mend")
    found = {(line[2], line[7]): (line[4], line[5], int(float(line[6]))) for line in lines}
    assert found["2025-09", "sex_unknown_code"] == ("sex is one of M, F or U.", "sex", 8)
    assert found["2025-08", "sex_missing"] == ("Every row has sex.", "sex", 1)


def test_rows_stand_under_their_own_headers_with_the_line_of_the_spreadsheet(written, store):
    names = fastexcel.read_excel(written[0].with_name("back_education.xlsx")).sheet_names
    assert names == ["Summary", "What to mend", "Rows"]
    header, *lines = sheet(written[0].with_name("back_education.xlsx"), "Rows")
    assert header == [*sending_back.ROW, *row(HOME)]
    held = query(
        store.warehouse,
        "select line_number from quarantine.row join ledger.receipt using (receipt_id) "
        "where extract = 'ehe_register' order by reporting_month, line_number",
    )
    assert [int(float(line[2])) for line in lines] == [line for (line,) in held]
    assert [int(float(line[2])) for line in lines][1] == 5, "below a title, a blank line, the header and a good row"
    assert lines[1][header.index("ward")] == SECRET
    assert "sex is one of M, F or U." in lines[1][3]


def test_no_cell_runs_and_every_one_is_as_sent(written):
    file = written[0].with_name("back_education.xlsx")
    header, *lines = sheet(file, "Rows")
    shown = [line[header.index("sex")].strip() for line in lines[2:]]
    assert shown == [one.strip() for one in NASTY]
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        parts = b"".join(archive.read(name) for name in names if name.startswith("xl/worksheets/"))
        styles = archive.read("xl/styles.xml")
    assert b"<f>" not in parts
    assert b"<f " not in parts
    assert b"<hyperlink" not in parts
    assert b'quotePrefix="1"' in styles
    assert not any("externalLink" in name for name in names)


def test_control_characters_and_overrides_of_direction_are_taken_out(written):
    header, *lines = sheet(written[0].with_name("back_health.xlsx"), "Rows")
    assert lines[0][header.index("sex")] == "xy"
    assert sending_back.shown("a\x00\x1b[31m\u202eb\u2066c") == "a[31mbc"
    assert sending_back.shown("one\r\ntwo\tthree") == "one two three"
    assert len(sending_back.shown("x" * 40_000)) == 32_767


def test_one_extract_makes_the_one_file_that_was_asked_for(store, tmp_path, capsys):
    said = command(
        capsys, "quarantine", "--extract", REFERRALS, "--out", tmp_path / "q.xlsx", "--store", store.root, "--json"
    )
    assert said.code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["q.xlsx"]
    assert said.document["files"] == [
        {"agency": "health", "file": str(tmp_path / "q.xlsx"), "deliveries": 1, "rows": 1}
    ]
    assert (
        command(
            capsys, "quarantine", "--extract", "ehe_register", "--out", tmp_path / "q.xlsx", "--store", store.root
        ).code
        == 0
    )


def test_wrong_words_end_with_two_and_the_nearest(store, tmp_path, capsys):
    for extract, out, said in (
        ("health/nd_referals", "q.xlsx", "health/nd_referrals"),
        (HOME, "q.csv", "xlsx"),
        (HOME, "none/q.xlsx", "no folder"),
    ):
        done = command(capsys, "quarantine", "--extract", extract, "--out", tmp_path / out, "--store", store.root)
        assert done.code == 2
        assert said in " ".join(done.err.replace("│", " ").split())
    assert list(tmp_path.iterdir()) == []


def test_nothing_set_aside_writes_nothing(tmp_path, capsys):
    deliver(tmp_path / "inbox", HOME, rows(HOME, 3))
    run(tmp_path / "store", tmp_path / "inbox")
    said = command(capsys, "quarantine", "--out", tmp_path / "q.xlsx", "--store", tmp_path / "store")
    assert (said.code, "Nothing was set aside" in said.out) == (0, True)
    assert not (tmp_path / "q.xlsx").exists()


def test_a_workbook_that_cannot_be_finished_leaves_the_old_one_and_nothing_beside_it(store, tmp_path, monkeypatch):
    (tmp_path / "q.xlsx").write_bytes(b"old")

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sending_back, "_rows", fails)
    from pipelines.progress import Steps

    with pytest.raises(OSError, match="No space"):
        sending_back.send_back(store, HOME, tmp_path / "q.xlsx", Steps())
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("q.xlsx", b"old")]


def test_a_file_that_is_not_there_as_received_is_said_and_the_others_are_shown(store, tmp_path, capsys):
    path = next(one for one in store.received.rglob("*.csv") if "2025-08" in one.name)
    kept = path.read_bytes()
    path.write_bytes(kept + b"\n")
    try:
        said = command(capsys, "quarantine", "--extract", HOME, "--out", tmp_path / "q.xlsx", "--store", store.root)
    finally:
        path.write_bytes(kept)
    assert said.code == 0
    sentences = [line[4] for line in sheet(tmp_path / "q.xlsx", "What to mend")]
    assert sending_back.NOT_AS_RECEIVED in sentences
    assert len(sheet(tmp_path / "q.xlsx", "Rows")) == 9
