"""The seven stops, from an inbox to a release; and the same again from what was received."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from data_contracts.contract import Contract
from metrics.calculate import measure
from metrics.disclosure import protect
from metrics.release_format import Verdict
from pipelines import intake, journal, ledger, marts, publish, receiving, sen2_files, warehouse
from pipelines.agreed import Agreed
from pipelines.checking import Begun, Checker
from pipelines.edition import edition_of, with_lineage
from pipelines.intake import Delivery, Finding
from pipelines.journal import Journal
from pipelines.ledger import Receipt
from pipelines.progress import Steps
from pipelines.receiving import Pair
from pipelines.store import Store, StoreMisused, public_files

__all__ = ["Agreed", "Outcome", "Rebuilt", "check", "rebuild", "refresh"]


@dataclass
class Outcome:
    """What a refresh did: new receipts and their findings, and the release that came of them."""

    release_id: str | None = None
    published: bool = False
    receipts: list[Receipt] = field(default_factory=list)
    findings: dict[str, list[Finding]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    left_alone: list[Finding] = field(default_factory=list)
    sentence: str = ""

    @property
    def exit_code(self) -> int:
        """0 done or nothing to do, 1 something was rejected or is missing, 3 new but nothing publishable."""
        rejected = any(receipt.verdict == Verdict.REJECTED for receipt in self.receipts)
        if self.published:
            return 1 if rejected or self.missing else 0
        return 3 if self.receipts else 0


@dataclass
class Rebuilt:
    """What a rebuild made: of how many deliveries, of the same inputs as which release, and what it could not read."""

    deliveries: int
    same_as: str | None
    missing: list[str]
    changed: list[str]

    @property
    def exit_code(self) -> int:
        """1 when something that was received is not there any more as it was."""
        return 1 if self.missing or self.changed else 0


def refresh(store: Store, inbox: Path, month: date | None, *, is_sample: bool, steps: Steps) -> Outcome:
    """Receives every new file below `inbox`, all seven stops, and publishes one release.

    Raises `StoreBusy` when another refresh is running, `StoreMisused` when sample and real data would mix,
    `StoreDamaged` when the warehouse cannot be read.
    """
    agreed = Agreed.load()
    with store.locked(), warehouse.opened(store, agreed.contracts.values()) as connection:
        receiving.settle_nature(connection, store, is_sample=is_sample)
        journal.catch_up(connection, store, is_sample=is_sample)
        notes = Journal(store, is_sample=is_sample)
        finished = publish.finish(store)
        received = receiving.receive(connection, store, inbox, month, agreed, notes, steps)
        outcome = _stage_and_check(connection, store, received, agreed, notes, steps)
        outcome.published = finished is not None
        outcome.left_alone = intake.left_alone(inbox)
        edition = edition_of(connection, agreed, is_sample=is_sample)
        if edition is None or _is_published(store, edition, outcome):
            return outcome
        values = _measured(connection, agreed, edition.month, steps)
        with steps.one("Publish"):
            edition = with_lineage(connection, agreed, edition)
            outcome.release_id = publish.publish(store, edition, values)
            outcome.published = True
    outcome.missing = [
        f"{row['agency']}/{row['extract']} {row['reporting_month']}"
        for row in edition.receipts
        if row["verdict"] == Verdict.MISSING
    ]
    outcome.sentence = f"Published release {outcome.release_id}."
    return outcome


def rebuild(store: Store, steps: Steps) -> Rebuilt:
    """Makes the warehouse anew from the files received and the journal of receipts; publishes nothing.

    The old warehouse stays until the new one is whole. Raises `StoreMisused` where nothing was ever received.
    """
    agreed = Agreed.load()
    if not store.received.exists():
        raise StoreMisused(f"There is nothing to rebuild from: {store.received} is missing.")
    with store.locked():
        _rescue_journal(store)
        with warehouse.opened(store, agreed.contracts.values(), store.rebuilt) as connection:
            is_sample = receiving.nature(connection, store)
            if is_sample is not None:
                receiving.note_nature(connection, is_sample=is_sample)
            with steps.one("Receive"):
                found = receiving.left_over(connection, store, agreed)
            _replay(connection, found.batches, agreed, steps)
            journal.catch_up(connection, store, is_sample=bool(is_sample))
            edition = edition_of(connection, agreed, is_sample=bool(is_sample))
            if edition:
                _measured(connection, agreed, edition.month, steps)
            connection.execute("checkpoint")
        warehouse.replace(store, store.rebuilt)
        same = publish.published_with(store, edition.inputs_fingerprint) if edition else None
    return Rebuilt(len(found.pairs()), same, found.missing, found.changed)


def _rescue_journal(store: Store) -> None:
    """Notes what the old warehouse, if it still opens, knows of deliveries and the journal does not."""
    with suppress(duckdb.Error), duckdb.connect(str(store.warehouse), read_only=True) as old:
        nature = old.execute("select is_sample from ledger.nature").fetchone()
        if nature:
            journal.catch_up(old, store, is_sample=bool(nature[0]))


def _replay(connection: duckdb.DuckDBPyConnection, batches: Sequence[list[Pair]], agreed: Agreed, steps: Steps) -> None:
    """Stops 2 and 3 for deliveries received before, each with what was known when it was checked."""
    for era in eras(batches):
        first = _first_months(connection, [pair for batch in era for pair in batch], agreed)
        warehouse.load_reference(connection, agreed.definitions, first)
        for pairs in waves(era):
            _check_all(connection, pairs, agreed, Outcome(), steps, keep=True)


def eras(batches: Sequence[list[Pair]]) -> list[list[list[Pair]]]:
    """Batches that follow each other and know the same first month of every extract.

    Which figures may be returned depends on since when they are computed.
    """
    found: list[list[list[Pair]]] = []
    first: dict[str, date] = {}
    for batch in batches:
        before = first
        first = _with_months_of(batch, before)
        if first != before or not found:
            found.append([])
        found[-1].append(batch)
    return found


def waves(batches: Sequence[list[Pair]]) -> list[list[Pair]]:
    """The deliveries as they are checked again: together where that weighs each against the same as before.

    A batch was weighed together, oldest month first. Batches of one extract that follow each other in
    months and versions can be weighed as one; a delivery for an earlier month begins another wave.
    """
    found: list[list[Pair]] = []
    last: dict[str | None, tuple[int, tuple[date, int]]] = {}
    for batch in batches:
        by_extract: dict[str | None, list[Pair]] = {}
        for pair in batch:
            by_extract.setdefault(_extract_of(pair[1]), []).append(pair)
        for name, own in by_extract.items():
            places = [(receipt.reporting_month or date.min, receipt.version) for receipt, _ in own]
            wave, before = last.get(name, (0, (date.min, 0)))
            wave += name is not None and min(places) < before
            last[name] = (wave, max(places))
            while len(found) <= wave:
                found.append([])
            found[wave].extend(own)
    return found


def _measured(connection: duckdb.DuckDBPyConnection, agreed: Agreed, month: date, steps: Steps) -> pl.DataFrame:
    """Stops 4 to 6: marts, figures, and what of them may be shown."""
    with steps.one("Model"):
        marts.build(connection)
    with steps.one("Measure"):
        coverage = ledger.coverage(connection, agreed.contracts)
        measure(connection, agreed.definitions.values(), coverage, month)
    with steps.one("Protect"):
        return _protected(connection, agreed)


def check(files: Iterable[Path], month: date | None, steps: Steps) -> Outcome:
    """Stops 1 to 3 for the files only, nothing kept: what would be accepted, with every finding."""
    agreed = Agreed.load()
    outcome = Outcome()
    with warehouse.in_memory(agreed.contracts.values(), key="nothing of a check is kept") as connection:
        warehouse.load_reference(connection, agreed.definitions, {})
        pairs: list[Pair] = []
        for path in sen2_files.one_for_each_set(path.resolve() for path in files):
            # The folders above a file may say whose it is and for which month, as they do in an inbox.
            inbox = path.parents[min(2, len(path.parents) - 1)]
            for delivery in intake.receive_each(path, inbox, agreed.contracts, agreed.area.agencies, month):
                pairs.append((ledger.new_receipt(connection, delivery, [one for one, _ in pairs]), delivery))
        _check_all(connection, pairs, agreed, outcome, steps, keep=False)
    return outcome


def _stage_and_check(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    received: list[Pair],
    agreed: Agreed,
    notes: Journal,
    steps: Steps,
) -> Outcome:
    """Stops 2 and 3: new deliveries, and held ones whose contract has changed since they were checked."""
    outcome = Outcome(sentence="Nothing new: every file was received before.")
    warehouse.load_reference(connection, agreed.definitions, _first_months(connection, received, agreed))
    again = receiving.to_check_again(connection, store, agreed)
    notes.note([(receipt, receiving.told(receipt, delivery)) for receipt, delivery in again])
    verdicts = {receipt.receipt_id: receipt.verdict for receipt, _ in again}
    if received or again:
        site = _check_all(connection, [*again, *received], agreed, outcome, steps, keep=True, site=store.data_docs)
        turned = [receipt for receipt, _ in again if receipt.verdict != verdicts[receipt.receipt_id]]
        outcome.receipts = [*turned, *(receipt for receipt, _ in received)]
        outcome.sentence = "Nothing could be published: the release in force is unchanged." if received else site
    return outcome


def _first_months(connection: duckdb.DuckDBPyConnection, pairs: list[Pair], agreed: Agreed) -> dict[str, date]:
    """The first reporting month of each extract, those just received included."""
    covered = ledger.coverage(connection, agreed.contracts)
    return _with_months_of(pairs, {name: one.first for name, one in covered.items() if one.accepted})


def _with_months_of(pairs: Iterable[Pair], first: Mapping[str, date]) -> dict[str, date]:
    """The first months known so far, or earlier ones that these deliveries are for."""
    found = dict(first)
    for _, delivery in pairs:
        name = _extract_of(delivery)
        if name and delivery.month:
            found[name] = min(found.get(name, delivery.month), delivery.month)
    return found


def _check_all(
    connection: duckdb.DuckDBPyConnection,
    pairs: list[Pair],
    agreed: Agreed,
    outcome: Outcome,
    steps: Steps,
    *,
    keep: bool,
    site: Path | None = None,
) -> str:
    checker = Checker(connection, agreed.area)
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        steps.tell("Stage and check", done, len(pairs))

    def finish(begun: Begun) -> None:
        outcome.findings |= checker.finish(begun)
        if keep:
            checker.keep(begun.contract, begun.receipts, begun.findings)

    try:
        under_way: list[Begun] = []
        for contract, own in _by_extract(pairs, agreed):
            # While these are read, those of the extract before are validated.
            under_way.append(checker.begin(contract, own, tell))
            if len(under_way) > 1:
                finish(under_way.pop(0))
        for begun in under_way:
            finish(begun)
        if unrecognised := _pairs_of(pairs, None, agreed):
            outcome.findings |= checker.refuse(unrecognised, keep=keep)
        if site and (expectations := checker.site()):
            with public_files():
                expectations.write_site(site)
    finally:
        checker.close()
    if not keep:
        outcome.receipts = [receipt for receipt, _ in pairs]
    return "Every delivery was checked again, because contracts changed."


def _by_extract(pairs: list[Pair], agreed: Agreed) -> Iterator[tuple[Contract, list[Pair]]]:
    for name, contract in agreed.contracts.items():
        if own := _pairs_of(pairs, name, agreed):
            yield contract, own


def _pairs_of(pairs: list[Pair], name: str | None, agreed: Agreed) -> list[Pair]:
    """The deliveries recognised as this extract (None: as no extract), marked with what they are checked with."""
    own = [pair for pair in pairs if _extract_of(pair[1]) == name]
    for receipt, _ in own:
        known = f"{receipt.agency}/{receipt.extract}"
        receipt.checked_with = agreed.fingerprint(known) if known in agreed.contracts else None
    return own


def _extract_of(delivery: Delivery) -> str | None:
    return delivery.recognised.contract.id if delivery.recognised else None


def _is_published(store: Store, edition: publish.Edition, outcome: Outcome) -> bool:
    """Whether these inputs made a release before; then nothing new is published."""
    earlier = publish.published_with(store, edition.inputs_fingerprint)
    if earlier is None:
        return False
    outcome.release_id = store.in_force()
    if outcome.published and earlier == outcome.release_id:
        outcome.sentence = f"Published release {earlier}, which an earlier refresh made and could not put in force."
    elif not outcome.receipts:
        outcome.sentence = f"Nothing new: release {earlier} was made from these files."
        if earlier != outcome.release_id:
            outcome.sentence += f" In force is {outcome.release_id}; to change that: rollback {earlier}."
    return True


def _protected(connection: duckdb.DuckDBPyConnection, agreed: Agreed) -> pl.DataFrame:
    """Stop 6, the one choke point: nothing that was measured is written outside the warehouse but through it."""
    policies = {one.metric_id: agreed.area.disclosure.policies[one.disclosure] for one in agreed.definitions.values()}
    return protect(connection.sql("select * from measure.metric_value").pl(), policies)
