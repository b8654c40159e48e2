"""A store's files appear whole or not at all, and what holds personal data is for its owner's eyes."""

from __future__ import annotations

import os
import stat

import pytest

from pipelines import warehouse
from pipelines.store import Store, StoreBusy, StoreMisused, copy_whole, write_whole
from tests.pipelines.inbox import CONTRACTS

posix = os.name == "posix"


@pytest.fixture
def store(tmp_path, monkeypatch) -> Store:
    monkeypatch.delenv("INSIGHT_KEY", raising=False)
    return Store(tmp_path / "store")


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def leftovers(folder) -> list[str]:
    return [path.name for path in folder.rglob("*") if ".part" in path.name]


def test_a_file_is_written_whole_over_the_one_before(store):
    write_whole(store.in_force_file, b"one\n")
    write_whole(store.in_force_file, b"other\n")
    assert store.in_force() == "other"
    assert leftovers(store.root) == []


def test_a_write_that_fails_leaves_the_old_content_and_nothing_beside_it(store, monkeypatch):
    store.put_in_force("2025-08.r1")

    def no_space(*_):
        raise OSError("no space left")

    monkeypatch.setattr("pipelines.store.os.fsync", no_space)
    with pytest.raises(OSError, match="no space"):
        store.put_in_force("2025-09.r1")
    monkeypatch.undo()
    assert store.in_force() == "2025-08.r1"
    assert leftovers(store.root) == []


def test_a_copy_is_the_same_bytes_and_private(store, tmp_path):
    (tmp_path / "sent.csv").write_bytes(bytes(range(256)) * 9_000)
    copy_whole(tmp_path / "sent.csv", store.received / "kept.csv")
    assert (store.received / "kept.csv").read_bytes() == (tmp_path / "sent.csv").read_bytes()
    assert not posix or mode(store.received / "kept.csv") == 0o600
    assert leftovers(store.root) == []


def test_there_is_one_writer_at_a_time(store):
    with store.locked(), pytest.raises(StoreBusy, match="Another refresh is running"), Store(store.root).locked():
        pass
    with store.locked():
        assert store.root.is_dir()


def test_the_key_is_made_once_and_is_private(store):
    key = store.key()
    assert len(key) == 64
    assert store.key() == key
    assert Store(store.root).key() == key
    assert not posix or mode(store.root / "key") == 0o600


def test_a_key_from_outside_is_not_written_down(store, monkeypatch):
    monkeypatch.setenv("INSIGHT_KEY", "a secret from elsewhere")
    assert store.key() == "a secret from elsewhere"
    assert not (store.root / "key").exists()


def test_a_lost_key_is_not_replaced_by_another(store):
    with warehouse.opened(store, CONTRACTS.values()):
        pass
    (store.root / "key").unlink()
    with pytest.raises(StoreMisused, match="put it back, or set INSIGHT_KEY"):
        store.key()


def test_the_warehouse_is_private(store):
    with warehouse.opened(store, CONTRACTS.values()):
        assert not posix or mode(store.warehouse) == 0o600


def test_releases_are_listed_by_month_and_then_by_number(store):
    store.releases.mkdir(parents=True)
    for name in ("2025-09.r10", "2025-09.r2", "2024-12.r1", "2025-09.r1"):
        store.release_file(name).touch()
    (store.releases / ".2025-09.r11.part").touch()
    assert store.release_ids() == ["2024-12.r1", "2025-09.r1", "2025-09.r2", "2025-09.r10"]


def test_an_empty_store_has_nothing_in_force(store):
    assert store.in_force() is None
    assert store.release_ids() == []
