"""Releases are kept until somebody asks for fewer; the one in force is never deleted, and no id is given twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.store import Store, write_whole
from tests.pipelines.inbox import command, deliver, run
from tests.pipelines.templates import HOME, rows


@pytest.fixture(scope="module")
def inbox(tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("inbox")
    return folder


@pytest.fixture(scope="module")
def store(tmp_path_factory, inbox) -> Store:
    """Three releases, one for an earlier month."""
    place = Store(tmp_path_factory.mktemp("pruned") / "store")
    for month, count in (("2025-08", 9), ("2025-09", 11), ("2025-09", 13)):
        deliver(inbox, HOME, rows(HOME, count), month=month)
        run(place.root, inbox)
    return place


def test_the_last_are_kept_and_the_one_in_force_and_no_id_is_given_again(store, inbox, capsys):
    assert store.release_ids() == ["2025-08.r1", "2025-09.r1", "2025-09.r2"]
    assert command(capsys, "releases", "--prune", 3, "--store", store.root).code == 0
    assert len(store.release_ids()) == 3
    command(capsys, "rollback", "2025-08.r1", "--store", store.root)
    shown = store.shown.read_bytes()
    said = command(capsys, "releases", "--prune", 1, "--store", store.root)
    assert said.code == 0
    assert "Deleted 2025-09.r1." in said.out
    assert store.release_ids() == ["2025-08.r1", "2025-09.r2"]
    assert (store.in_force(), store.shown.read_bytes()) == ("2025-08.r1", shown)
    store.release_file("2025-09.r2").unlink()
    write_whole(store.pruned, b"2025-09.r1\n2025-09.r2\n")
    deliver(inbox, HOME, rows(HOME, 15), month="2025-09")
    assert run(store.root, inbox).release_id == "2025-09.r3"


@pytest.mark.parametrize("number", ["0", "-1", "two"])
def test_how_many_to_keep_is_a_number_from_one_on(store, capsys, number):
    before = store.release_ids()
    assert command(capsys, "releases", "--prune", number, "--store", store.root).code == 2
    assert store.release_ids() == before


def test_releases_are_not_pruned_while_a_refresh_runs(store, capsys):
    with Store(store.root).locked():
        assert command(capsys, "releases", "--prune", 1, "--store", store.root).code == 4
