"""What can go wrong with the machine or the store rather than with a file, told apart and said in a sentence."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import Final

import duckdb

_FULL: Final = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_SAYS_FULL: Final = ("no space left", "file too large", "disk quota", "not enough space", "disk is full", "os error 28")
_SAYS_DAMAGED: Final = ("corrupt database", "not a valid duckdb", "could not read enough bytes", "checksum")
_DAMAGED: Final = (duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException)


class StoreDamaged(Exception):
    """A file of the store cannot be read as what it is; the message says which, and what to do."""


class OutOfRoom(Exception):
    """The disk is full or memory is short; the message is one sentence."""


def out_of_room(error: BaseException) -> OutOfRoom | None:
    """The sentence for a full disk or short memory, if that is what stands behind an error."""
    for one in _behind(error):
        if isinstance(one, OutOfRoom):
            return one
        text = str(one).lower()
        if (isinstance(one, OSError) and one.errno in _FULL) or any(said in text for said in _SAYS_FULL):
            return OutOfRoom(
                "The disk is full. Nothing was published and nothing received is lost: make room, and give the "
                "command again."
            )
        if isinstance(one, MemoryError | duckdb.OutOfMemoryException):
            return OutOfRoom(
                "There is too little memory. Nothing was published and nothing received is lost: close other "
                "programs, and give the command again."
            )
    return None


def is_damage(error: BaseException) -> bool:
    """Whether an error of DuckDB says that a database file is not as it was written."""
    if out_of_room(error):
        return False
    return any(
        isinstance(one, _DAMAGED)
        or (isinstance(one, duckdb.Error) and any(said in str(one).lower() for said in _SAYS_DAMAGED))
        for one in _behind(error)
    )


def is_in_use(error: duckdb.Error) -> bool:
    """Whether a database cannot be opened because another process has it."""
    return any(said in str(error).lower() for said in ("could not set lock", "being used by another process"))


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those that led to it, each once."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
