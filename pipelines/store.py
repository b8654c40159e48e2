"""Where things lie in a store, and how a file comes to lie there whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

PRIVATE: Final = 0o600


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
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def shown(self) -> Path:
        return self.root / "shown.parquet"

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
            yield
        finally:
            lock.release()


def write_whole(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Writes a file so that a reader, or a power cut, finds the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        move_into_place(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def copy_whole(source: Path, target: Path) -> None:
    """Copies a file byte for byte, appearing under its name only when all of it is on the disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with source.open("rb") as reader, beside.open("xb") as writer:
            shutil.copyfileobj(reader, writer, 1 << 20)
            writer.flush()
            os.fsync(writer.fileno())
        beside.chmod(PRIVATE)
        move_into_place(beside, target)
    finally:
        beside.unlink(missing_ok=True)


def move_into_place(beside: Path, target: Path) -> None:
    """Gives a finished file its name, and flushes the folder so that the name survives a power cut."""
    os.replace(beside, target)  # noqa: PTH105 (the one call documented to be atomic on every system)
    if os.name == "posix":
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
