"""The journal of receipts, `store/receipts.jsonl`: what a received file does not say of itself.

When a file came, for which month and as which version is nowhere in its bytes. A line says so before the
file is copied into the store, so that the ledger can be made again from the files and this
(docs/decisions/0011-what-a-rebuild-needs.md). Nothing is ever taken out; of two lines for one delivery
the later holds.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import duckdb

from pipelines import ledger
from pipelines.intake import Finding
from pipelines.ledger import Receipt
from pipelines.store import PRIVATE, Store, flush_folder

SAME_BYTES: Final = "same_as_earlier_month"
Key = tuple[str, str | None, str | None, date | None]


@dataclass(frozen=True)
class Entry:
    """A delivery as it was received, before any check.

    `batch` is the refresh that checked it; `told` are the findings that reading the file again cannot give.
    """

    receipt: Receipt
    is_sample: bool
    batch: str
    told: tuple[Finding, ...]

    @property
    def key(self) -> Key:
        one = self.receipt
        return one.fingerprint, one.agency, one.extract, one.reporting_month


class Journal:
    """What one refresh writes down: every line with that refresh's own mark."""

    def __init__(self, store: Store, *, is_sample: bool) -> None:
        self._store = store
        self.is_sample = is_sample
        self._batch = secrets.token_hex(6)

    def note(self, received: Sequence[tuple[Receipt, Sequence[Finding]]]) -> None:
        """Adds a line for each delivery with its findings to keep, and flushes them to the disk."""
        self.note_all([Entry(receipt, self.is_sample, self._batch, tuple(told)) for receipt, told in received])

    def note_all(self, entries: Sequence[Entry]) -> None:
        """Adds a line for each entry, and flushes them to the disk together."""
        if not entries:
            return
        lines = "".join(json.dumps(_as_document(entry), ensure_ascii=True) + "\n" for entry in entries)
        path = self._store.journal
        is_new = not path.exists()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), PRIVATE)
        with os.fdopen(descriptor, "r+b") as file:
            end = file.seek(0, os.SEEK_END)
            if end:
                # A line that a power cut broke off stays alone, and is passed over when read.
                file.seek(end - 1)
                lines = lines if file.read(1) == b"\n" else f"\n{lines}"
            file.write(lines.encode())
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            flush_folder(path.parent)


def entries(store: Store) -> list[Entry]:
    """Every delivery noted, the last line for each, in the order of those lines."""
    found: dict[Key, Entry] = {}
    if store.journal.exists():
        for line in store.journal.read_text(encoding="utf-8", errors="replace").splitlines():
            entry = _entry(line)
            if entry:
                found.pop(entry.key, None)
                found[entry.key] = entry
    return list(found.values())


def catch_up(connection: duckdb.DuckDBPyConnection, store: Store, *, is_sample: bool) -> None:
    """Notes what the ledger has and the journal has not: it was lost, or the store is older than the journal."""
    noted = {entry.receipt.receipt_id for entry in entries(store)}
    missing = [one for one in ledger.receipts(connection, "stored_as is not null") if one.receipt_id not in noted]
    if missing:
        Journal(store, is_sample=is_sample).note_all(
            [Entry(one, is_sample, "", tuple(told_of(connection, one))) for one in missing]
        )


def told_of(connection: duckdb.DuckDBPyConnection, receipt: Receipt) -> list[Finding]:
    """What was found when the file was received and cannot be found by reading it again.

    Of a file that said no extract or no month that is everything: it depended on where the file lay.
    """
    query = "select code, severity, sentence, column_name, row_count from ledger.finding where receipt_id = ?"
    if is_settled(receipt):
        query += f" and code = '{SAME_BYTES}'"
    return [Finding(*row) for row in connection.execute(query, [receipt.receipt_id]).fetchall()]


def is_settled(receipt: Receipt) -> bool:
    """Whether it is known what the file is and for which month; only then is it ever checked again."""
    return receipt.extract is not None and receipt.reporting_month is not None


def _as_document(entry: Entry) -> dict[str, Any]:
    one = entry.receipt
    return {
        "receipt_id": one.receipt_id,
        "agency": one.agency,
        "extract": one.extract,
        "reporting_month": one.reporting_month and one.reporting_month.isoformat(),
        "received_at": one.received_at.isoformat(),
        "due_on": one.due_on and one.due_on.isoformat(),
        "version": one.version,
        "fingerprint": one.fingerprint,
        "supersedes": one.supersedes,
        "file": one.file,
        "stored_as": one.stored_as,
        "is_sample": entry.is_sample,
        "batch": entry.batch,
        "told": [[told.code, str(told.severity), told.sentence, told.column, told.row_count] for told in entry.told],
    }


def _entry(line: str) -> Entry | None:
    try:
        said = json.loads(line)
        month, due_on = said.pop("reporting_month"), said.pop("due_on")
        is_sample, batch, told = said.pop("is_sample"), said.pop("batch"), said.pop("told")
        receipt = Receipt(
            **said | {"received_at": datetime.fromisoformat(said["received_at"])},
            reporting_month=date.fromisoformat(month) if month else None,
            due_on=date.fromisoformat(due_on) if due_on else None,
        )
        return Entry(receipt, bool(is_sample), str(batch), tuple(Finding(*one) for one in told))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
