"""The seven stops, from an inbox to a release."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

import metrics.catalogue
from data_contracts.contract import HERE as CONTRACTS
from data_contracts.contract import Contract, load
from data_contracts.local_area import LocalArea, load_local_area
from metrics.calculate import measure
from metrics.definition import Definition
from metrics.disclosure import protect
from metrics.release_format import FORMAT_VERSION, Severity, Verdict
from pipelines import intake, ledger, marts, publish, warehouse
from pipelines.checking import Begun, Checker
from pipelines.intake import Delivery, Finding
from pipelines.ledger import Receipt
from pipelines.lineage import Lineage
from pipelines.progress import Steps
from pipelines.store import Store, StoreMisused, copy_whole

_UNKNOWN = "unknown"


@dataclass(frozen=True)
class Agreed:
    """What was agreed before any file came: contracts, definitions, the local area."""

    contracts: Mapping[str, Contract]
    definitions: Mapping[str, Definition]
    area: LocalArea

    @staticmethod
    def load() -> Agreed:
        """All of it, or `Mistakes` with a sentence for each thing that is wrong."""
        return Agreed(load(), metrics.catalogue.load(), load_local_area())

    def fingerprint(self, name: str) -> str:
        """What the checks of one extract depend on: a delivery checked with another is checked again."""
        contract = self.contracts[name]
        catalogue = sorted(f"{one.metric_id} {one.agency} {one.lane} {one.unit}" for one in self.definitions.values())
        parts = [(CONTRACTS / f"{name}.yaml").read_bytes(), (CONTRACTS / "local_area.yaml").read_bytes()]
        return ledger.digest(*parts, "\n".join(catalogue if contract.kind == "return" else []).encode())


@dataclass
class Outcome:
    """What a refresh did: new receipts and their findings, and the release that came of them."""

    release_id: str | None = None
    published: bool = False
    receipts: list[Receipt] = field(default_factory=list)
    findings: dict[str, list[Finding]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    sentence: str = ""

    @property
    def exit_code(self) -> int:
        """0 done or nothing to do, 1 something was rejected or is missing, 3 new but nothing publishable."""
        rejected = any(receipt.verdict == Verdict.REJECTED for receipt in self.receipts)
        if self.published:
            return 1 if rejected or self.missing else 0
        return 3 if self.receipts else 0


def refresh(store: Store, inbox: Path, month: date | None, *, is_sample: bool, steps: Steps) -> Outcome:
    """Receives every new file below `inbox`, all seven stops, and publishes one release.

    Raises `StoreBusy` when another refresh is running, `StoreMisused` when sample and real data would mix.
    """
    agreed = Agreed.load()
    with store.locked(), warehouse.opened(store, agreed.contracts.values()) as connection:
        _settle_nature(connection, is_sample=is_sample)
        received = _receive(connection, store, inbox, month, agreed, steps, is_sample=is_sample)
        outcome = _stage_and_check(connection, store, received, agreed, steps)
        edition = _edition(connection, agreed, is_sample=is_sample)
        if edition is None or _is_published(store, edition, outcome):
            return outcome
        with steps.one("Model"):
            marts.build(connection)
        with steps.one("Measure"):
            coverage = ledger.coverage(connection, agreed.contracts)
            measure(connection, agreed.definitions.values(), coverage, edition.month)
        with steps.one("Protect"):
            values = _protected(connection, agreed)
        with steps.one("Publish"):
            lineage = Lineage(agreed.contracts.values())
            sources = {name: sorted(lineage.feeding(one)) for name, one in agreed.definitions.items()}
            edition = replace(edition, mart_columns=_mart_columns(connection), lineage=sources)
            outcome.release_id = publish.publish(store, edition, values)
            outcome.published = True
    outcome.missing = [
        f"{row['agency']}/{row['extract']} {row['reporting_month']}"
        for row in edition.receipts
        if row["verdict"] == Verdict.MISSING
    ]
    outcome.sentence = f"Published release {outcome.release_id}."
    return outcome


def check(files: Iterable[Path], month: date | None, steps: Steps) -> Outcome:
    """Stops 1 to 3 for the files only, nothing kept: what would be accepted, with every finding."""
    agreed = Agreed.load()
    outcome = Outcome()
    with warehouse.in_memory(agreed.contracts.values(), key="nothing of a check is kept") as connection:
        warehouse.load_reference(connection, agreed.definitions, {})
        pairs: list[tuple[Receipt, Delivery]] = []
        for path in files:
            # The folders above a file may say whose it is and for which month, as they do in an inbox.
            inbox = path.resolve().parents[min(2, len(path.resolve().parents) - 1)]
            delivery = intake.receive(path.resolve(), inbox, agreed.contracts, agreed.area.agencies, month)
            pairs.append((ledger.new_receipt(connection, delivery, [one for one, _ in pairs]), delivery))
        _check_all(connection, pairs, agreed, outcome, steps, keep=False)
    return outcome


def _settle_nature(connection: duckdb.DuckDBPyConnection, *, is_sample: bool) -> None:
    found = connection.execute("select is_sample from ledger.nature").fetchone()
    if found is None:
        connection.execute("insert into ledger.nature values (?)", [is_sample])
    elif bool(found[0]) != is_sample:
        holds = "sample data: add --sample, or choose" if found[0] else "real data: leave out --sample, or choose"
        raise StoreMisused(f"This store holds {holds} another store with --store.")


def _receive(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    inbox: Path,
    month: date | None,
    agreed: Agreed,
    steps: Steps,
    *,
    is_sample: bool,
) -> list[tuple[Receipt, Delivery]]:
    """Stop 1: every new file, kept in the store; files kept by a refresh that was cut off come first."""
    known = {row[0] for row in connection.execute("select stored_as from ledger.receipt").fetchall()}
    left_over = (
        [path for path in intake.found(store.received) if path.relative_to(store.root).as_posix() not in known]
        if store.received.exists()
        else []
    )
    arrived = [(path, store.received, None) for path in left_over] + [
        (path, inbox, month) for path in intake.found(inbox)
    ]
    pairs: list[tuple[Receipt, Delivery]] = []
    for done, (path, root, given) in enumerate(arrived, start=1):
        delivery = intake.receive(path, root, agreed.contracts, agreed.area.agencies, given)
        same = (delivery.fingerprint, delivery.agency, delivery.extract, delivery.month)
        seen = {(one.fingerprint, one.agency, one.extract, one.month) for _, one in pairs}
        if same not in seen and not ledger.is_known(connection, delivery):
            # A sample is read years at once; each of its files carries the day on which it would have come.
            came = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None) if is_sample else None
            receipt = ledger.new_receipt(connection, delivery, [one for one, _ in pairs], came)
            earlier = [f"{one.month:%Y-%m}" for _, one in pairs if _is_same_but_for_month(one, delivery)]
            months = [*ledger.months_of_same_bytes(connection, delivery), *earlier]
            pairs.append((receipt, _kept(store, receipt, _warned(delivery, months))))
        steps.tell("Receive", done, len(arrived))
    return pairs


def _is_same_but_for_month(one: Delivery, other: Delivery) -> bool:
    same = (one.fingerprint, one.agency, one.extract) == (other.fingerprint, other.agency, other.extract)
    return same and one.recognised is not None and one.month is not None


def _warned(delivery: Delivery, months: list[str]) -> Delivery:
    """The delivery, with a warning when the very same file came for another month too."""
    if not months or delivery.recognised is None:
        return delivery
    sentence = f"The file is the same, byte for byte, as the one sent for {' and '.join(months)}."
    warning = Finding("same_as_earlier_month", Severity.WARNING, sentence)
    return replace(delivery, findings=(*delivery.findings, warning))


def _kept(store: Store, receipt: Receipt, delivery: Delivery) -> Delivery:
    """The delivery with its bytes in the store."""
    if delivery.source.is_relative_to(store.received):
        receipt.stored_as = delivery.source.relative_to(store.root).as_posix()
        return delivery
    month = f"{delivery.month:%Y-%m}" if delivery.month else _UNKNOWN
    folder = store.received / month / (delivery.agency or _UNKNOWN)
    target = folder / intake.stored_name(delivery.fingerprint, delivery.source.name)
    copy_whole(delivery.source, target)
    receipt.stored_as = target.relative_to(store.root).as_posix()
    return replace(delivery, source=target)


def _stage_and_check(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    received: list[tuple[Receipt, Delivery]],
    agreed: Agreed,
    steps: Steps,
) -> Outcome:
    """Stops 2 and 3: new deliveries, and held ones whose contract has changed since they were checked."""
    outcome = Outcome(sentence="Nothing new: every file was received before.")
    covered = ledger.coverage(connection, agreed.contracts)
    first_months = {name: one.first for name, one in covered.items() if one.accepted}
    for _, delivery in received:
        if delivery.recognised and delivery.month:
            name = delivery.recognised.contract.id
            first_months[name] = min(first_months.get(name, delivery.month), delivery.month)
    warehouse.load_reference(connection, agreed.definitions, first_months)
    again = _to_check_again(connection, store, agreed)
    verdicts = {receipt.receipt_id: receipt.verdict for receipt, _ in again}
    if received or again:
        site = _check_all(connection, [*again, *received], agreed, outcome, steps, keep=True, site=store.data_docs)
        turned = [receipt for receipt, _ in again if receipt.verdict != verdicts[receipt.receipt_id]]
        outcome.receipts = [*turned, *(receipt for receipt, _ in received)]
        outcome.sentence = "Nothing could be published: the release in force is unchanged." if received else site
    return outcome


def _check_all(
    connection: duckdb.DuckDBPyConnection,
    pairs: list[tuple[Receipt, Delivery]],
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
            expectations.write_site(site)
    finally:
        checker.close()
    if not keep:
        outcome.receipts = [receipt for receipt, _ in pairs]
    return "Every delivery was checked again, because contracts changed."


def _by_extract(
    pairs: list[tuple[Receipt, Delivery]], agreed: Agreed
) -> Iterator[tuple[Contract, list[tuple[Receipt, Delivery]]]]:
    for name, contract in agreed.contracts.items():
        if own := _pairs_of(pairs, name, agreed):
            yield contract, own


def _pairs_of(
    pairs: list[tuple[Receipt, Delivery]], name: str | None, agreed: Agreed
) -> list[tuple[Receipt, Delivery]]:
    """The deliveries recognised as this extract (None: as no extract), marked with what they are checked with."""
    own = [pair for pair in pairs if _extract_of(pair[1]) == name]
    for receipt, _ in own:
        known = f"{receipt.agency}/{receipt.extract}"
        receipt.checked_with = agreed.fingerprint(known) if known in agreed.contracts else None
    return own


def _extract_of(delivery: Delivery) -> str | None:
    return delivery.recognised.contract.id if delivery.recognised else None


def _to_check_again(
    connection: duckdb.DuckDBPyConnection, store: Store, agreed: Agreed
) -> list[tuple[Receipt, Delivery]]:
    """Deliveries held that were checked with another contract than the one now agreed."""
    pairs = []
    columns = ", ".join(ledger.RECEIPT_COLUMNS)
    for row in connection.execute(
        f"select {columns} from ledger.receipt where extract is not null and stored_as is not null"
    ).fetchall():
        receipt = Receipt(**dict(zip(ledger.RECEIPT_COLUMNS, row, strict=True)))
        name = f"{receipt.agency}/{receipt.extract}"
        if name in agreed.contracts and receipt.checked_with != agreed.fingerprint(name):
            path = store.root / str(receipt.stored_as)
            delivery = intake.receive(path, store.received, agreed.contracts, agreed.area.agencies, None)
            pairs.append(
                (receipt, replace(delivery, findings=(*delivery.findings, *_kept_warning(connection, receipt))))
            )
    return pairs


def _kept_warning(connection: duckdb.DuckDBPyConnection, receipt: Receipt) -> list[Finding]:
    """What was found when the file was received, and cannot be found by reading it again."""
    rows = connection.execute(
        "select code, severity, sentence from ledger.finding where receipt_id = ? and code = 'same_as_earlier_month'",
        [receipt.receipt_id],
    ).fetchall()
    return [Finding(code, severity, sentence) for code, severity, sentence in rows]


def _edition(connection: duckdb.DuckDBPyConnection, agreed: Agreed, *, is_sample: bool) -> publish.Edition | None:
    """What the release to come says of itself; None while no month has what the quorum asks for."""
    month = ledger.release_month(connection, agreed.area.release_quorum)
    if month is None:
        return None
    accepted = connection.execute(
        """select agency, extract, reporting_month, version, fingerprint from ledger.receipt
        where receipt_id in (select receipt_id from ledger.counted) order by all"""
    ).fetchall()
    return publish.Edition(
        month=month,
        inputs_fingerprint=ledger.digest(
            repr(accepted).encode(),
            repr((FORMAT_VERSION, is_sample)).encode(),
            ledger.folder_digest(CONTRACTS, "**/*.yaml"),
            ledger.folder_digest(CONTRACTS, "*.csv"),
            ledger.folder_digest(metrics.catalogue.HERE, "**/*.yaml"),
            ledger.folder_digest(marts.MARTS, "*.sql"),
        ),
        is_sample=is_sample,
        area=agreed.area,
        definitions=agreed.definitions,
        receipts=_receipt_rows(connection, agreed, month),
        findings=_rows(connection, "select * from ledger.finding order by receipt_id, severity, code, sentence"),
        mart_columns={},
        lineage={},
    )


def _receipt_rows(connection: duckdb.DuckDBPyConnection, agreed: Agreed, month: date) -> list[dict[str, Any]]:
    held = _rows(connection, "select * from ledger.receipt order by reporting_month, agency, extract, version")
    rows = [*held, *ledger.expected(connection, agreed.contracts, month)]
    return [
        {**row, "reporting_month": f"{row['reporting_month']:%Y-%m}" if row["reporting_month"] else None}
        for row in rows
    ]


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _is_published(store: Store, edition: publish.Edition, outcome: Outcome) -> bool:
    """Whether these inputs made a release before; then nothing new is published."""
    earlier = publish.published_with(store, edition.inputs_fingerprint)
    if earlier is None:
        return False
    outcome.release_id = store.in_force()
    if not outcome.receipts:
        outcome.sentence = f"Nothing new: release {earlier} was made from these files."
        if earlier != outcome.release_id:
            outcome.sentence += f" In force is {outcome.release_id}; to change that: rollback {earlier}."
    return True


def _protected(connection: duckdb.DuckDBPyConnection, agreed: Agreed) -> pl.DataFrame:
    """Stop 6, the one choke point: nothing that was measured is written outside the warehouse but through it."""
    policies = {one.metric_id: agreed.area.disclosure.policies[one.disclosure] for one in agreed.definitions.values()}
    return protect(connection.sql("select * from measure.metric_value").pl(), policies)


def _mart_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    rows = connection.execute(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = 'mart'"
    ).fetchall()
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        columns.setdefault(f"mart.{table}", {})[column] = kind
    return columns
