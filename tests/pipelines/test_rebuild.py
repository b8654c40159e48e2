"""A lost warehouse is made again from the files received and the journal: the same receipts, the same figures."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from benchmarks.kills import contents
from pipelines import journal
from pipelines.progress import Steps
from pipelines.refresh import rebuild
from pipelines.store import Store, StoreMisused
from tests.pipelines.inbox import command, deliver, query, run, write_lines
from tests.pipelines.templates import CASES, EVENTS, HOME, REFERRALS, row, rows

RECEIVED = "select receipt_id, received_at, version, supersedes, verdict, rows_accepted, file from ledger.receipt"


def told(store: Path) -> list:
    """Every receipt with the moment it came, and every figure."""
    found = contents(store)
    return [sorted(query(store / "warehouse.duckdb", RECEIVED), key=repr), found]


@pytest.fixture(scope="module")
def lived(tmp_path_factory) -> Path:
    """A store with a past: months late, versions, faults, a refused file, one sent under `--month`."""
    folder = tmp_path_factory.mktemp("lived")
    first, second, third = (folder / name for name in ("first", "second", "third"))
    deliver(first, EVENTS, rows(EVENTS, 12), month="2025-09")
    deliver(first, HOME, [*rows(HOME, 9), row(HOME, 10, sex="Q")], month="2025-08")
    deliver(first, REFERRALS, rows(REFERRALS, 7), month="2025-09")
    run(folder / "store", first)
    # A month that comes late, and a second version; the very same file for two months.
    deliver(second, EVENTS, rows(EVENTS, 30), month="2025-08")
    deliver(second, HOME, rows(HOME, 9), month="2025-08")
    deliver(second, CASES, rows(CASES, 5), month="2025-08")
    deliver(second, CASES, rows(CASES, 5), month="2025-09")
    (second / "minutes.csv").write_text("agenda,speaker\nwelcome,chair\n", encoding="utf-8")
    run(folder / "store", second)
    lines = [list(row(HOME)), *(list(one.values()) for one in rows(HOME, 4))]
    write_lines(third / "education" / "ehe_register.csv", lines)
    write_lines(third / "education" / "ehe_register_2025-08.csv", lines)
    run(folder / "store", third, month=date(2025, 9, 1))
    place: Path = folder / "store"
    return place


@pytest.fixture
def store(lived, tmp_path) -> Store:

    shutil.copytree(lived, tmp_path / ".store")
    # Hidden, so that the folder it lies in can be an inbox with nothing in it.
    return Store(tmp_path / ".store")


def test_the_past_has_what_a_rebuild_must_keep(lived):
    codes = {code for (code,) in query(lived / "warehouse.duckdb", "select code from ledger.finding")}
    assert {"sex_unknown_code", "same_as_earlier_month", "month_mismatch", "file_unrecognised"} <= codes
    assert query(lived / "warehouse.duckdb", "select max(version) from ledger.receipt") == [(2,)]


def damage(store: Store, how: str) -> None:
    if how == "garbage":
        store.warehouse.write_bytes(b"not a database" * 1000)
    elif how == "cut off":
        store.warehouse.write_bytes(store.warehouse.read_bytes()[: store.warehouse.stat().st_size // 2])
    elif how == "empty":
        store.warehouse.write_bytes(b"")
    else:
        store.warehouse.unlink()


@pytest.mark.parametrize("how", ["garbage", "gone"])
def test_a_rebuild_gives_the_same_receipts_and_the_same_figures(store, capsys, tmp_path, how):
    before = told(store.root)
    damage(store, how)
    said = command(capsys, "rebuild", "--store", store.root, "--json")
    assert said.code == 0, said.err
    assert told(store.root) == before
    assert said.document["same_as"] == store.in_force()
    assert [path.name for path in store.root.iterdir() if ".part" in path.name or path.suffix == ".wal"] == []
    again = command(capsys, "refresh", "--inbox", tmp_path, "--store", store.root)
    assert (again.code, "Nothing new" in again.out) == (0, True)


@pytest.mark.parametrize("how", ["garbage", "cut off", "empty"])
def test_a_refresh_on_a_damaged_warehouse_says_rebuild_in_one_sentence(store, capsys, how):
    in_force = store.in_force()
    damage(store, how)
    for words in (["refresh", "--inbox", store.releases], ["status"], ["quarantine", "--out", store.root / "q.xlsx"]):
        said = command(capsys, *words, "--store", store.root)
        assert (said.code, said.out) == (2, ""), words
        assert "python -m pipelines rebuild" in said.err
        assert "Traceback" not in said.err
    assert store.in_force() == in_force
    assert command(capsys, "values", "--metric", "ehe_count", "--store", store.root).code == 0


def test_without_a_journal_the_files_alone_give_the_same_rows(store, capsys):
    figures = contents(store.root)["rows accepted"]
    store.journal.unlink()
    damage(store, "gone")
    assert command(capsys, "rebuild", "--store", store.root).code == 0
    accepted = "select sum(rows_accepted) from ledger.receipt where reporting_month = date '2025-09-01'"
    assert query(store.warehouse, accepted)[0][0] > 0
    assert {name for name, count, *_ in figures if count} == {
        name for name, count, *_ in contents(store.root)["rows accepted"] if count
    }


def test_a_lost_journal_is_written_again_from_the_ledger(store, tmp_path):
    before = told(store.root)
    store.journal.unlink()
    (tmp_path / "empty").mkdir()
    run(store.root, tmp_path / "empty")
    damage(store, "gone")
    rebuild(store, Steps())
    assert told(store.root)[0] == before[0]


def test_a_line_that_was_broken_off_costs_nothing_but_itself(store):
    whole = store.journal.read_bytes()
    store.journal.write_bytes(whole[:-30])
    found = journal.entries(store)
    assert len(found) == len(whole.splitlines()) - 1
    journal.Journal(store, is_sample=False).note_all(found[:1])
    assert len(journal.entries(store)) == len(found)
    assert json.loads(store.journal.read_text(encoding="utf-8").splitlines()[-1])


def test_a_file_that_is_gone_or_changed_is_told_of_and_left_out(store, capsys):
    paths = sorted(path for path in store.received.rglob("*.csv") if "ehe_register" in path.name)
    paths[0].unlink()
    paths[1].write_bytes(paths[1].read_bytes() + b"\n")
    damage(store, "gone")
    said = command(capsys, "rebuild", "--store", store.root, "--json")
    assert said.code == 1
    assert [len(said.document[name]) for name in ("missing", "changed")] == [1, 1]


def test_there_is_nothing_to_rebuild_where_nothing_was_received(tmp_path, capsys):
    with pytest.raises(StoreMisused, match="nothing to rebuild from"):
        rebuild(Store(tmp_path / "none"), Steps())
    said = command(capsys, "rebuild", "--store", tmp_path / "none")
    assert said.code == 2
    assert not (tmp_path / "none").exists()


def test_a_rebuild_keeps_sample_and_real_data_apart(store, capsys):
    damage(store, "gone")
    said = command(capsys, "refresh", "--inbox", store.releases, "--store", store.root, "--sample")
    assert (said.code, "real data" in said.err) == (2, True)
