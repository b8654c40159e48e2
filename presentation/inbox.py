"""The files that wait to be received: how an upload comes to lie in `store/inbox/`, and when it leaves again.

A name from outside never becomes a path. What is saved is for its owner alone, and appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
LONGEST: Final = 120
_LONGEST_END: Final = 40
_AN_HOUR: Final = 3600
_MONTH: Final = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
# Stems that are devices on Windows, and the one file there that a refresh passes over.
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|thumbs)(\.|$)", re.IGNORECASE)
# What a refresh passes over: it would wait for ever.
_IGNORED: Final = re.compile(r"^(\..*|~\$.*|thumbs\.db)$", re.IGNORECASE)


@dataclass(frozen=True)
class Waiting:
    """One file that waits: where it lies below the inbox, how large it is, and which version of it this is."""

    path: Path
    folders: tuple[str, ...]
    size: int
    written: tuple[int, int]  # when, and as which file of the disk

    @property
    def name(self) -> str:
        return self.path.name


def folder(store: Path) -> Path:
    """Where uploads wait."""
    return store / "inbox"


def is_month(name: str) -> bool:
    """Whether the name of a folder is a month."""
    return bool(_MONTH.fullmatch(name))


def waiting(store: Path) -> list[Waiting]:
    """Every file that the next refresh would find, by its place."""
    inbox, found = folder(store), []
    for path in sorted(inbox.rglob("*")):
        *folders, name = path.relative_to(inbox).parts
        with suppress(FileNotFoundError):  # it may have been received, or removed, this very moment
            if path.is_file() and not path.is_symlink() and not any(map(_IGNORED.match, (*folders, name))):
                about = path.stat()
                found.append(Waiting(path, tuple(folders), about.st_size, (about.st_mtime_ns, about.st_ino)))
    return found


def safe_name(name: str) -> str:
    """A name from outside as a file may have it here: letters, digits, dot, dash, underscore.

    Its end stays, as the files of a SEN2 set are known by it; so does its beginning, which names the extract.
    """
    last = re.split(r"[/\\]", name)[-1]
    clean = re.sub(r"[^A-Za-z0-9._-]+", "_", _without_accents(last)).lstrip("._-").rstrip(".")
    if _RESERVED.match(clean):
        clean = f"file_{clean}"
    return _cut(clean) or "file"


def _without_accents(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))


def _cut(name: str) -> str:
    """The name, if it is too long without its middle; all files of a set lose the same."""
    if len(name) <= LONGEST:
        return name
    at = name.rfind("_") if "_" in name[-_LONGEST_END:] else name.rfind(".")
    end = name[at:] if at >= 0 and len(name) - at <= _LONGEST_END else ""
    return name[: LONGEST - _LONGEST_END] + end


def save(store: Path, name: str, content: bytes | memoryview, month: str = "", agency: str = "") -> bool:
    """Writes an upload, named by `safe_name`, whole into the inbox; returns whether it replaced one that waited.

    Raises OSError where it cannot be written.
    """
    target = _private(store, month, agency) / name
    beside = target.with_name(f".{secrets.token_hex(8)}.part")
    is_there = target.exists()
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)  # noqa: PTH105 (the one call documented to be atomic on every system)
    finally:
        beside.unlink(missing_ok=True)
    return is_there


def _private(store: Path, month: str, agency: str) -> Path:
    """The folder for a month and an agency, made for its owner alone; both come from lists of ours."""
    store.mkdir(parents=True, exist_ok=True)
    inbox = place = folder(store)
    for part in ("", month, agency):
        place = place / part
        place.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        with suppress(PermissionError):
            place.chmod(PRIVATE_FOLDER)
    if not place.resolve().is_relative_to(inbox.resolve()):
        raise OSError(f"{place} leads out of the inbox")
    _sweep(place)
    return place


def _sweep(place: Path) -> None:
    """Deletes what an upload that was cut off left half-written."""
    for left in place.glob(".*.part"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _AN_HOUR:
                left.unlink()


def remove(file: Waiting) -> None:
    """Takes a file that waits out of the inbox."""
    file.path.unlink(missing_ok=True)


def clear_received(store: Path, files: Iterable[Waiting]) -> list[Waiting]:
    """Removes those of `files` that lie byte for byte among the files received; returns what was removed.

    A file that was written since it was listed stays: it was not what the refresh read.
    """
    listed = set(files)
    same = [one for one in waiting(store) if one in listed]
    sizes = {one.size for one in same}
    received = (path for path in (store / "received").rglob("*") if path.is_file() and not path.is_symlink())
    kept = {_digest(path) for path in received if path.stat().st_size in sizes}
    gone = [one for one in same if _digest(one.path) in kept]
    for one in gone:
        remove(one)
    return gone


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
