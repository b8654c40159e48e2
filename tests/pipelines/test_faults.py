"""A kill, a full disk, a broken-off publication: the release in force stays, and the next refresh finishes."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from benchmarks.kills import contents, read_in_force, refresh
from pipelines import marts, publish
from pipelines.store import Store
from tests.pipelines.inbox import ROOT, command, deliver, outside, run
from tests.pipelines.templates import HOME, REFERRALS, row, rows

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs signals and limits of POSIX")
KILLED_AFTER = ["Receive", "Stage and check", "Model", "Measure", "Protect", "Publish"]


@pytest.fixture(scope="module")
def inbox(tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("inbox")
    deliver(folder, HOME, [*rows(HOME, 12), row(HOME, 13, sex="Q")], month="2025-08")
    deliver(folder, HOME, rows(HOME, 17))
    deliver(folder, REFERRALS, rows(REFERRALS, 9))
    (folder / "minutes_2025-09.csv").write_text("agenda,speaker\nwelcome,chair\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def calm(tmp_path_factory, inbox) -> tuple[dict[str, list[Any]], float]:
    """What an undisturbed store holds, and how many seconds making it took."""
    store = tmp_path_factory.mktemp("calm") / "store"
    begun = time.perf_counter()
    subprocess.run(refresh(inbox, store), cwd=ROOT, check=False, capture_output=True)
    return contents(store), time.perf_counter() - begun


def killed(inbox: Path, store: Path, *, at: str = "", after: float = 0) -> None:
    """A refresh that is killed when it begins a step, or after some seconds."""
    process = subprocess.Popen(
        refresh(inbox, store), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    if at:
        for line in process.stderr:
            if f'"{at}"' in line:
                break
    else:
        time.sleep(after)
    process.kill()
    process.communicate()


def finished(inbox: Path, store: Path) -> dict[str, list[Any]]:
    done = outside("refresh", "--sample", "--inbox", inbox, "--store", store, "--json")
    assert (done.code, "Traceback" in done.err) in ((0, False), (1, False)), done.err[-300:]
    return contents(store)


@posix_only
def test_kills_at_every_stop_and_at_random_lose_nothing_and_count_nothing_twice(inbox, calm, tmp_path):
    undisturbed, seconds = calm
    dice = random.Random(5)
    store = tmp_path / "store"
    for step in KILLED_AFTER:
        killed(inbox, store, at=step)
        read_in_force(store)
    killed(inbox, store, after=dice.uniform(0, seconds))
    read_in_force(store)
    found = finished(inbox, store)
    assert {name: rows for name, rows in found.items() if rows != undisturbed[name]} == {}
    assert [path.name for path in store.rglob("*") if ".part" in path.name] == []


@pytest.fixture
def published(tmp_path) -> tuple[Path, Store]:
    inbox = tmp_path / "inbox"
    deliver(inbox, HOME, rows(HOME, 9))
    run(tmp_path / "store", inbox)
    deliver(inbox, HOME, rows(HOME, 13))
    return inbox, Store(tmp_path / "store")


CUT = {
    "before the bytes are in the store": "pipelines.intake.keep",
    "while the release is written": "pipelines.publish._write",
    "before it is known what it shows": "pipelines.publish._remember_shown",
    "before the release is in its place": "pipelines.publish.move_into_place",
    "before the release is in force": "pipelines.store.Store.put_in_force",
}


def cut(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("place", CUT.values(), ids=CUT)
def test_what_a_cut_off_refresh_began_the_next_one_finishes(published, monkeypatch, place):
    inbox, store = published
    with monkeypatch.context() as patched:
        patched.setattr(place, cut)
        with pytest.raises(KeyboardInterrupt):
            run(store.root, inbox)
    assert store.in_force() == "2025-09.r1"
    outcome = run(store.root, inbox)
    assert (outcome.published, outcome.release_id, store.in_force()) == (True, "2025-09.r2", "2025-09.r2")
    assert store.release_ids() == ["2025-09.r1", "2025-09.r2"]
    assert not store.publishing.exists()
    assert not run(store.root, inbox).published
    assert len(contents(store.root)["receipts"]) == 2


def test_a_rollback_is_not_taken_for_a_release_to_be_finished(published):
    inbox, store = published
    run(store.root, inbox)
    publish.roll_back(store, "2025-09.r1")
    assert not run(store.root, inbox).published
    assert store.in_force() == "2025-09.r1"


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
from pipelines.__main__ import main
import os
code = main(sys.argv[1:])
sys.stdout.flush(); sys.stderr.flush()
os._exit(code)
"""


@posix_only
@pytest.mark.parametrize("limit", [200, 300_000, 2_000_000])
def test_a_full_disk_is_said_in_a_sentence_and_loses_nothing(inbox, calm, tmp_path, limit):
    store = tmp_path / "store"
    words = ["refresh", "--sample", "--inbox", str(inbox), "--store", str(store), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED.format(limit=limit), *words], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 3, done.stderr[-400:]
    assert "The disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    found = finished(inbox, store)
    assert {name: rows for name, rows in found.items() if rows != calm[0][name]} == {}


def test_figures_that_do_not_fit_into_the_memory_agreed_get_what_the_machine_has(published, monkeypatch):
    inbox, store = published
    limits: list[str] = []
    build = marts.build

    def short_at_first(connection: duckdb.DuckDBPyConnection) -> None:
        limits.append(str(connection.execute("select current_setting('memory_limit')").fetchone()))
        if len(limits) == 1:
            raise duckdb.OutOfMemoryException("it did not fit")
        build(connection)

    monkeypatch.setattr(marts, "build", short_at_first)
    assert run(store.root, inbox).published
    assert len(set(limits)) == 2


def test_cells_of_a_release_that_was_never_seen_do_not_stay_among_those_shown(published, monkeypatch):
    inbox, store = published
    with monkeypatch.context() as patched:
        patched.setattr("pipelines.publish.write_whole", cut)
        with pytest.raises(KeyboardInterrupt):
            run(store.root, inbox)
    ehe = (pl.col("metric_id") == "ehe_count") & (pl.col("dimension") == "all") & (pl.col("grain") == "month")
    assert 13.0 in pl.read_parquet(store.shown).filter(ehe)["value"]
    deliver(inbox, HOME, rows(HOME, 20))
    run(store.root, inbox)
    assert 13.0 not in pl.read_parquet(store.shown).filter(ehe)["value"]
    assert 20.0 in pl.read_parquet(store.shown).filter(ehe)["value"]


def test_another_program_that_has_the_warehouse_open_is_busy_and_not_damage(published, capsys):
    inbox, store = published
    code = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print(1, flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", code, str(store.warehouse)], stdout=subprocess.PIPE)
    assert holder.stdout
    try:
        holder.stdout.readline()
        said = command(capsys, "refresh", "--inbox", inbox, "--store", store.root)
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    assert said.code == 4
    assert "open" in said.err
    assert "rebuild" not in said.err


def test_a_damaged_release_is_said_in_a_sentence(published, capsys):
    _, store = published
    store.release_file("2025-09.r1").write_bytes(b"not a database")
    for words in (["values"], ["releases"], ["status"]):
        said = command(capsys, *words, "--store", store.root)
        assert (said.code, "is damaged" in said.err, "Traceback" in said.err) == (2, True, False), words


def test_what_was_half_written_is_swept_by_the_next_writer(published):
    _, store = published
    for path in (store.releases / ".2025-09.r9.part.wal", store.root / ".in_force.ab.part", store.received / ".x.part"):
        path.write_bytes(b"half")
    (store.received / ".set.part").mkdir()
    with store.locked():
        assert [path.name for path in store.root.rglob("*") if ".part" in path.name] == []
    shutil.rmtree(store.root)
