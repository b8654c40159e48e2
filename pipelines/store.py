"""Where things lie in a store, and how a file comes to lie there whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from filelock import FileLock, Timeout

PRIVATE: Final = 0o600
_UMASK: Final = os.umask(0o077)
os.umask(_UMASK)


class StoreBusy(Exception):
    """Another refresh is running on this store."""


class StoreMisused(Exception):
    """The store cannot be used as asked; the message is one sentence for the analyst."""


@dataclass(frozen=True)
class Store:
    """The folder that holds received files, the warehouse and the releases (docs/HOWTO.md lists it)."""

    root: Path

    @property
    def received(self) -> Path:
        return self.root / "received"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def rebuilt(self) -> Path:
        """Where a warehouse is made anew, until it takes the old one's place."""
        return self.root / ".rebuilt.duckdb.part"

    @property
    def aside(self) -> Path:
        """Where what does not fit into memory lies while it is worked on; swept like anything half-written."""
        return self.root / ".aside.part"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def shown(self) -> Path:
        return self.root / "shown.parquet"

    @property
    def journal(self) -> Path:
        return self.root / "receipts.jsonl"

    @property
    def publishing(self) -> Path:
        """Names the release that is being put in force, while it is."""
        return self.root / ".publishing"

    @property
    def pruned(self) -> Path:
        """The ids of releases deleted on purpose, which no other release may ever have."""
        return self.releases / ".pruned"

    @property
    def data_docs(self) -> Path:
        return self.root / "data_docs"

    @property
    def in_force_file(self) -> Path:
        return self.root / "in_force"

    def release_file(self, release_id: str) -> Path:
        return self.releases / f"{release_id}.duckdb"

    def release_ids(self) -> list[str]:
        """Every release kept, oldest month first, and within a month the first published first."""
        ids = [path.stem for path in self.releases.glob("*.duckdb") if ".r" in path.stem]
        return sorted(ids, key=lambda one: (one.split(".r")[0], int(one.split(".r")[1])))

    def in_force(self) -> str | None:
        """The id of the release that the dashboard draws, or None before the first."""
        return self.in_force_file.read_text(encoding="utf-8").strip() if self.in_force_file.exists() else None

    def put_in_force(self, release_id: str) -> None:
        """From now on the dashboard draws this release."""
        write_whole(self.in_force_file, f"{release_id}\n".encode())

    def key(self) -> str:
        """The secret of the identifier hash: `INSIGHT_KEY`, else the store's own, made on first use."""
        given = os.environ.get("INSIGHT_KEY")
        if given:
            return given
        path = self.root / "key"
        if not path.exists():
            if self.warehouse.exists():
                raise StoreMisused(
                    f"{path} is missing, and without it new identifiers would not match those already held: "
                    "put it back, or set INSIGHT_KEY."
                )
            write_whole(path, secrets.token_hex(32).encode(), mode=PRIVATE)
        return path.read_text(encoding="utf-8").strip()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the store for one writer; raises `StoreBusy` at once when another holds it."""
        self.root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.root / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise StoreBusy("Another refresh is running on this store; try again when it has ended.") from error
        try:
            self._sweep()
            yield
        finally:
            lock.release()

    def _sweep(self) -> None:
        """Deletes what writers that were cut off left half-written; only the holder of the lock may."""
        places = [self.root.glob(".*.part*"), self.releases.glob(".*.part*"), self.received.rglob(".*.part")]
        for path in [path for found in places for path in found]:
            with suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def private_files() -> Iterator[None]:
    """Every file made meanwhile, by whatever library, is for its owner alone unless said otherwise."""
    os.umask(0o077)
    try:
        yield
    finally:
        os.umask(_UMASK)


@contextmanager
def public_files() -> Iterator[None]:
    """Within `private_files`: files that are made as always."""
    before = os.umask(_UMASK)
    try:
        yield
    finally:
        os.umask(before)


def for_everybody(path: Path) -> None:
    """Lets a file be read by whom the system lets read files: it holds no personal data."""
    if os.name == "posix":
        path.chmod(0o666 & ~_UMASK)


def write_whole(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Writes a file so that a reader, or a power cut, finds the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with _new_file(beside) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode != PRIVATE:
            for_everybody(beside)
        move_into_place(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def copy_whole(source: Path, target: Path) -> None:
    """Copies a file byte for byte, appearing under its name only when all of it is on the disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # The name of what is copied may be as long as a name can be.
    beside = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with source.open("rb") as reader, _new_file(beside) as writer:
            shutil.copyfileobj(reader, writer, 1 << 20)
            writer.flush()
            os.fsync(writer.fileno())
        move_into_place(beside, target)
    finally:
        beside.unlink(missing_ok=True)


def move_into_place(beside: Path, target: Path) -> None:
    """Gives a finished file its name, and flushes the folder so that the name survives a power cut."""
    os.replace(beside, target)  # noqa: PTH105 (the one call documented to be atomic on every system)
    flush_folder(target.parent)


def flush_folder(folder: Path) -> None:
    """Makes a new name in a folder survive a power cut."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _new_file(path: Path) -> BinaryIO:
    """A new file to write to, for its owner alone from its first byte on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE)
    return os.fdopen(descriptor, "wb")
