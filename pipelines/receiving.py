"""Stop 1 for a whole inbox: which files are new, what they are, and their bytes and receipts in the store.

A delivery is noted in the journal, then copied into the store, then checked and put into the ledger. Cut
off between any two, the next refresh takes it up where it stands: what lies in the store and is not in
the ledger comes first, as what it was received as.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from metrics.release_format import Severity
from pipelines import intake, journal, ledger, publish
from pipelines.agreed import Agreed
from pipelines.intake import Delivery, Finding
from pipelines.journal import Entry, Journal
from pipelines.ledger import Receipt
from pipelines.progress import Steps
from pipelines.store import Store, StoreMisused

Pair = tuple[Receipt, Delivery]
_UNKNOWN = "unknown"


@dataclass
class LeftOver:
    """What lies in the store and is not in the ledger, in batches as it was checked; and what should and does not."""

    batches: list[list[Pair]] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def pairs(self) -> list[Pair]:
        return [pair for batch in self.batches for pair in batch]


def settle_nature(connection: duckdb.DuckDBPyConnection, store: Store, *, is_sample: bool) -> None:
    """Raises `StoreMisused` when sample and real data would mix; the first refresh decides."""
    before = nature(connection, store)
    if before is not None and before != is_sample:
        holds = "sample data: add --sample, or choose" if before else "real data: leave out --sample, or choose"
        raise StoreMisused(f"This store holds {holds} another store with --store.")
    note_nature(connection, is_sample=is_sample)


def nature(connection: duckdb.DuckDBPyConnection, store: Store) -> bool | None:
    """Whether the store holds sample data, from whatever is left of it; None where nothing says so."""
    found = connection.execute("select is_sample from ledger.nature").fetchone()
    if found:
        return bool(found[0])
    noted = journal.entries(store)
    if noted:
        return noted[-1].is_sample
    in_force = store.in_force()
    if in_force in store.release_ids():
        with publish.opened(store, str(in_force)) as release:
            row = release.execute("select is_sample from release").fetchone()
            return bool(row[0]) if row else None
    return None


def note_nature(connection: duckdb.DuckDBPyConnection, *, is_sample: bool) -> None:
    """Writes down, once, whether the store holds sample data."""
    connection.execute("insert into ledger.nature select ? where not exists (from ledger.nature)", [is_sample])


def receive(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    inbox: Path,
    month: date | None,
    agreed: Agreed,
    notes: Journal,
    steps: Steps,
) -> list[Pair]:
    """Every new delivery, noted and kept; those that a refresh received and did not finish come first."""
    pairs = left_over(connection, store, agreed).pairs()
    notes.note([(receipt, told(receipt, delivery)) for receipt, delivery in pairs])
    arrived = list(intake.found(inbox))
    for done, path in enumerate(arrived, start=1):
        fresh: list[Pair] = []
        for delivery in _deliveries(path, inbox, agreed, month):
            if _is_new(connection, delivery, [*pairs, *fresh]):
                # A sample is read years at once; each of its files carries the day on which it would have come.
                came = _modified(path) if notes.is_sample else None
                fresh.append(_new_receipt(connection, delivery, [*pairs, *fresh], came))
        pairs += _kept(store, notes, fresh)
        steps.tell("Receive", done, len(arrived))
    return pairs


def left_over(connection: duckdb.DuckDBPyConnection, store: Store, agreed: Agreed) -> LeftOver:
    """What lies in the store and is not in the ledger: as the journal has it, else as the file says of itself."""
    found = LeftOver()
    held = {row[0] for row in connection.execute("select receipt_id from ledger.receipt").fetchall()}
    noted = journal.entries(store)
    batch = None
    for entry in noted:
        if entry.receipt.receipt_id in held:
            continue
        stored_as = str(entry.receipt.stored_as)
        path = store.root / stored_as
        if entry.receipt.stored_as is None:
            # Too large to be kept: all that is known of it stands in the journal.
            found.batches.append([(entry.receipt, again(store, entry, agreed))])
        elif not path.is_file():
            found.missing.append(stored_as)
        elif intake.fingerprint_of(path) != entry.receipt.fingerprint:
            found.changed.append(stored_as)
        else:
            if batch != entry.batch or not found.batches:
                found.batches.append([])
            batch = entry.batch
            found.batches[-1].append((entry.receipt, again(store, entry, agreed)))
    strays = _strays(connection, store, agreed, noted, found.pairs())
    if strays:
        found.batches.append(strays)
    return found


def _strays(
    connection: duckdb.DuckDBPyConnection, store: Store, agreed: Agreed, noted: Sequence[Entry], pairs: list[Pair]
) -> list[Pair]:
    """Files of the store of which neither ledger nor journal knows; they came when they were written."""
    if not store.received.exists():
        return []
    known = {str(entry.receipt.stored_as) for entry in noted}
    known |= {row[0] for row in connection.execute("select stored_as from ledger.receipt").fetchall()}
    strays: list[Pair] = []
    for path in intake.found(store.received):
        stored_as = path.relative_to(store.root).as_posix()
        if stored_as in known:
            continue
        for delivery in _deliveries(path, store.received, agreed, None):
            earlier = [*pairs, *strays]
            if _is_new(connection, delivery, earlier):
                receipt, warned = _new_receipt(connection, delivery, earlier, _modified(path))
                receipt.stored_as = stored_as
                strays.append((receipt, warned))
    return strays


def again(store: Store, entry: Entry, agreed: Agreed) -> Delivery:
    """A delivery received before, read again from the store under the contracts of now."""
    receipt = entry.receipt
    path = store.root / str(receipt.stored_as)
    name = f"{receipt.agency}/{receipt.extract}"
    refused = Delivery(
        path,
        receipt.file,
        receipt.fingerprint,
        receipt.agency,
        receipt.reporting_month,
        agreed.contracts.get(name),
        None,
        entry.told,
    )
    if not journal.is_settled(receipt) or any(one.severity == Severity.ERROR for one in entry.told):
        return refused
    deliveries = list(_deliveries(path, store.received, agreed, None))
    of_it = [one for one in deliveries if one.recognised and one.recognised.contract.id == name]
    if of_it:
        return replace(of_it[0], findings=(*of_it[0].findings, *entry.told))
    said = next((one.findings for one in deliveries if not one.recognised), ())
    other = Finding("file_unrecognised", Severity.ERROR, f"The file is not {name} as it is agreed now.")
    return replace(refused, findings=(*(said or (other,)), *entry.told))


def to_check_again(connection: duckdb.DuckDBPyConnection, store: Store, agreed: Agreed) -> list[Pair]:
    """Deliveries held that were checked with another contract than the one now agreed."""
    pairs = []
    for receipt in ledger.receipts(connection, "extract is not null and stored_as is not null"):
        name = f"{receipt.agency}/{receipt.extract}"
        if not journal.is_settled(receipt) or name not in agreed.contracts:
            continue
        if receipt.checked_with != agreed.fingerprint(name) and (store.root / str(receipt.stored_as)).is_file():
            entry = Entry(receipt, is_sample=False, batch="", told=tuple(journal.told_of(connection, receipt)))
            pairs.append((receipt, again(store, entry, agreed)))
    return pairs


def told(receipt: Receipt, delivery: Delivery) -> list[Finding]:
    """The findings of a delivery that reading its file again cannot give (see `journal.told_of`)."""
    settled = journal.is_settled(receipt)
    return [one for one in delivery.findings if not settled or one.code == journal.SAME_BYTES]


def _deliveries(path: Path, root: Path, agreed: Agreed, month: date | None) -> Iterator[Delivery]:
    """What a file delivers; it may feed several extracts, with a receipt for each."""
    yield from intake.receive_each(path, root, agreed.contracts, agreed.area.agencies, month)


def _is_new(connection: duckdb.DuckDBPyConnection, delivery: Delivery, pairs: Sequence[Pair]) -> bool:
    same = (delivery.fingerprint, delivery.agency, delivery.extract, delivery.month)
    seen = {(one.fingerprint, one.agency, one.extract, one.reporting_month) for one, _ in pairs}
    return same not in seen and not ledger.is_known(connection, delivery)


def _new_receipt(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, pairs: Sequence[Pair], came: datetime | None
) -> tuple[Receipt, Delivery]:
    """A receipt for a delivery; the delivery with a warning when the very same file came for another month too."""
    receipt = ledger.new_receipt(connection, delivery, [one for one, _ in pairs], came)
    months = [
        *ledger.months_of_same_bytes(connection, delivery),
        *(f"{one.month:%Y-%m}" for _, one in pairs if _is_same_but_for_month(one, delivery)),
    ]
    if months and delivery.recognised is not None:
        sentence = f"The file is the same, byte for byte, as the one sent for {' and '.join(months)}."
        if delivery.contract and delivery.contract.must_change:
            sentence += " What this extract holds changes every month."
            refusal = Finding("same_as_earlier_month", Severity.ERROR, sentence)
            return receipt, replace(delivery, recognised=None, findings=(refusal, *delivery.findings))
        warning = Finding("same_as_earlier_month", Severity.WARNING, sentence)
        delivery = replace(delivery, findings=(*delivery.findings, warning))
    return receipt, delivery


def _is_same_but_for_month(one: Delivery, other: Delivery) -> bool:
    same = (one.fingerprint, one.agency, one.extract) == (other.fingerprint, other.agency, other.extract)
    return same and one.recognised is not None and one.month is not None


def _kept(store: Store, notes: Journal, pairs: Sequence[Pair]) -> list[Pair]:
    """The deliveries of one file with its bytes in the store, where lines of the journal await them."""
    targets = []
    for receipt, delivery in pairs:
        if not delivery.is_kept:
            notes.note([(receipt, told(receipt, delivery)) for receipt, delivery in pairs])
            return list(pairs)
        month = f"{delivery.month:%Y-%m}" if delivery.month else _UNKNOWN
        target = intake.place_in(store.received / month / (delivery.agency or _UNKNOWN), delivery)
        receipt.stored_as = target.relative_to(store.root).as_posix()
        targets.append(target)
    notes.note([(receipt, told(receipt, delivery)) for receipt, delivery in pairs])
    for target, (_, delivery) in dict(zip(targets, pairs, strict=True)).items():
        intake.keep(delivery, target)
    return [
        (receipt, replace(delivery, source=target)) for target, (receipt, delivery) in zip(targets, pairs, strict=True)
    ]


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)
