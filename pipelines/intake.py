"""Stop 1, receive: every new file below an inbox gets a receipt and lies, untouched, in the store.

The inbox is never changed. What a file is follows from its folder, its name and its headers; where they
disagree, or nothing fits, the file is refused with a code and a sentence, and the others go on.
"""

from __future__ import annotations

import re
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from xlsxwriter.utility import xl_col_to_name

from data_contracts.contract import Contract
from data_contracts.local_area import load_local_area
from data_contracts.mistakes import nearest
from metrics.release_format import Severity
from pipelines import sen2, sen2_files
from pipelines.limits import MOST_BYTES
from pipelines.reading import Sheet, Unreadable, header_name, sheets
from pipelines.store import copy_whole, move_into_place

_MONTH: Final = re.compile(r"(?<!\d)(20\d\d)[-_](0[1-9]|1[0-2])(?!\d)")
_IGNORED: Final = re.compile(r"^(\..*|~\$.*|thumbs\.db)$", re.IGNORECASE)
_STORED: Final = re.compile(r"^[0-9a-f]{64}__")
_SHOWN_LENGTH: Final = 80


@dataclass(frozen=True)
class Finding:
    """Something to tell the sender: a code, a sentence, how many rows (None for the whole file)."""

    code: str
    severity: str
    sentence: str
    column: str | None = None
    row_count: int | None = None


class Refused(Exception):
    """A file that cannot be a delivery: the finding that says why, and the contract it comes nearest to."""

    def __init__(self, code: str, sentence: str, contract: Contract | None = None) -> None:
        self.finding = Finding(code, "error", sentence)
        self.contract = contract
        super().__init__(sentence)


@dataclass(frozen=True)
class Recognised:
    """Which contract a file fulfils, and which of its columns holds which of the contract's."""

    contract: Contract
    sheet: Sheet
    header_row: int
    positions: Mapping[str, int]
    warnings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """One received file: where it came from, what it says it is, and what it was recognised as."""

    source: Path
    file: str
    fingerprint: str
    agency: str | None
    month: date | None
    contract: Contract | None = None
    recognised: Recognised | None = None
    findings: tuple[Finding, ...] = field(default=())
    is_kept: bool = True

    @property
    def extract(self) -> str | None:
        return self.contract.extract if self.contract else None


def found(inbox: Path) -> Iterator[Path]:
    """The files below an inbox that may be deliveries, in the order in which they supersede each other.

    A SEN2 set is one delivery: its first file stands for all of them.
    """
    candidates = [path for path in _lying_in(inbox) if _is_regular(path)]
    return iter(
        sorted(
            sen2_files.one_for_each_set(candidates),
            key=lambda path: (sen2_files.modified_at(path), path.name, str(path)),
        )
    )


def left_alone(inbox: Path) -> list[Finding]:
    """A warning for each link, pipe or the like below an inbox: it is no file, and stays where it is."""
    return [
        Finding(
            "file_not_regular",
            Severity.WARNING,
            f"{shown_name(str(path.relative_to(inbox)))} is a link, a pipe or the like, and was left where it is.",
        )
        for path in sorted(_lying_in(inbox))
        if not _is_regular(path) and (path.is_symlink() or not path.is_dir())
    ]


def _lying_in(inbox: Path) -> Iterator[Path]:
    """Whatever lies below an inbox and is not ignored."""
    for path in inbox.rglob("*"):
        if not any(_IGNORED.match(part) for part in path.relative_to(inbox).parts):
            yield path


def _is_regular(path: Path) -> bool:
    return not path.is_symlink() and stat.S_ISREG(path.lstat().st_mode)


def receive_each(
    path: Path, inbox: Path, contracts: Mapping[str, Contract], agencies: Iterable[str], month: date | None
) -> list[Delivery]:
    """What one file is, as a delivery for each extract that it feeds: three for a SEN2 return, else one."""
    name = _STORED.sub("", path.name)
    if sum(file.stat().st_size for file in sen2_files.set_files(path).values() or [path]) > MOST_BYTES:
        return [_too_large(path, name, inbox, agencies)]
    try:
        returned = sen2.return_at(path, name)
    except Unreadable as refusal:
        finding = Finding(refusal.code, "error", str(refusal))
        return [Delivery(path, shown_name(name), fingerprint_of(path), None, None, None, None, (finding,))]
    if returned is None:
        return [receive(path, inbox, contracts, agencies, month)]
    return _receive_return(returned, inbox, contracts, agencies, month)


def _too_large(path: Path, name: str, inbox: Path, agencies: Iterable[str]) -> Delivery:
    """A file that would fill the store: it is noted, and left where it is."""
    folders = path.relative_to(inbox).parts[:-1]
    agency = next((part.lower() for part in reversed(folders) if part.lower() in set(agencies)), None)
    sentence = (
        f"The file is larger than {MOST_BYTES / (1 << 30):g} GB, so it was not kept; send what was agreed, and no more."
    )
    finding = Finding("file_too_large", Severity.ERROR, sentence)
    return Delivery(path, shown_name(name), fingerprint_of(path), agency, None, findings=(finding,), is_kept=False)


def place_in(folder: Path, delivery: Delivery) -> Path:
    """Where in a folder of the store a delivery will lie; of a SEN2 set, which gets its own, its first file."""
    files = sen2_files.set_files(delivery.source)
    if not files:
        return folder / stored_name(delivery.fingerprint, delivery.source.name)
    own = folder / stored_name(delivery.fingerprint, sen2_files.set_name(delivery.source))
    return own / _module_name(own, next(iter(files)))


def keep(delivery: Delivery, target: Path) -> None:
    """Copies what was sent to its place in the store, where it appears when all of it is on the disk."""
    files = sen2_files.set_files(delivery.source)
    if not files:
        copy_whole(delivery.source, target)
        return
    beside = target.parent.with_name(f".{secrets.token_hex(8)}.part")
    try:
        for module, file in files.items():
            copy_whole(file, beside / _module_name(target.parent, module))
        if not target.parent.exists():
            move_into_place(beside, target.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _module_name(folder: Path, module: str) -> str:
    return f"{_STORED.sub('', folder.name)}_{module}.csv"


def _receive_return(
    returned: sen2.Return, inbox: Path, contracts: Mapping[str, Contract], agencies: Iterable[str], month: date | None
) -> list[Delivery]:
    """A SEN2 return as deliveries: what is wrong with it is wrong with each."""
    folders = returned.path.relative_to(inbox).parts[:-1]
    agency = next((part.lower() for part in reversed(folders) if part.lower() in set(agencies)), None)
    shown = shown_name(f"{returned.name}_*.csv" if returned.files else returned.name)
    fed = [contracts[name] for name in sen2.FILLED if name in contracts]
    said: date | None = None
    refusal: Finding | None = None
    try:
        said = _month_of_return(returned, folders, month)
        _check_return(returned, agency, fed)
        if said is None:
            raise Refused("month_unknown", "Neither the return, its folder nor --month says which month this is for.")
    except Refused as refused:
        refusal = refused.finding
    deliveries = []
    for contract in fed:
        positions = {column: place for place, column in enumerate(sen2.FILLED[contract.id])}
        recognised = None if refusal else Recognised(contract, sen2.sheet_for(returned, contract.id), 0, positions)
        findings = (refusal,) if refusal else ()
        deliveries.append(
            Delivery(returned.path, shown, returned.fingerprint, contract.agency, said, contract, recognised, findings)
        )
    return deliveries


def _month_of_return(returned: sen2.Return, folders: tuple[str, ...], given: date | None) -> date | None:
    """The month of the reference date, with which whatever else speaks of a month agrees.

    A set is exported on or after its reference date: the day in its name says the month only where nothing else does.
    """
    reference, exported = returned.reference_date, returned.exported
    said = _month(returned.name, folders, given)
    month = reference.replace(day=1) if reference else None
    if month and said and month != said:
        raise Refused(
            "month_mismatch", f"The return's reference date is in {month:%Y-%m}, but it was sent for {said:%Y-%m}."
        )
    known = month or said
    if exported and known and exported < known:
        raise Refused("month_mismatch", f"The set was exported in {exported:%Y-%m}, before its month {known:%Y-%m}.")
    return known or exported


def _check_return(returned: sen2.Return, agency: str | None, fed: Iterable[Contract]) -> None:
    """Raises `Refused` where a return is not of this area's council, not of this folder's agency, or not whole."""
    for contract in fed:
        if agency and agency != contract.agency:
            sentence = f"The folder says {agency}, but {contract.id} is sent by {contract.agency}."
            raise Refused("agency_mismatch", sentence)
    if returned.missing:
        lacking = ", ".join(returned.missing)
        raise Refused("file_incomplete", f"The SEN2 set lacks the files for {lacking}; export all nine together.")
    area = load_local_area()
    if set(returned.councils) != {area.dfe_code}:
        sentence = f"The return's council code (LEA) is not that of {area.name}, {area.dfe_code}."
        raise Refused("agency_mismatch", sentence)


def receive(
    path: Path, inbox: Path, contracts: Mapping[str, Contract], agencies: Iterable[str], month: date | None
) -> Delivery:
    """What one file is. A file that is refused is a delivery too, with the finding that says why."""
    name = _STORED.sub("", path.name)
    shown, fingerprint = shown_name(name), fingerprint_of(path)
    folders = path.relative_to(inbox).parts[:-1]
    agency = next((part.lower() for part in reversed(folders) if part.lower() in set(agencies)), None)
    said = None
    try:
        said = _month(name, folders, month)
        recognised = recognise(path, name, contracts, agency)
        if said is None:
            raise Refused("month_unknown", "Neither the name, the folder nor --month says which month this is for.")
    except (Refused, Unreadable) as refusal:
        finding = refusal.finding if isinstance(refusal, Refused) else Finding(refusal.code, "error", str(refusal))
        near = (refusal.contract if isinstance(refusal, Refused) else None) or _named(name, contracts, agency)
        contract = near if near and agency in (None, near.agency) else None
        agency = contract.agency if contract else agency
        return Delivery(path, shown, fingerprint, agency, said, contract, None, (finding,))
    contract = recognised.contract
    return Delivery(path, shown, fingerprint, contract.agency, said, contract, recognised, recognised.warnings)


def recognise(path: Path, name: str, contracts: Mapping[str, Contract], agency: str | None) -> Recognised:
    """The one contract that a file fulfils, by its name and headers; raises `Refused` or `Unreadable`."""
    named = _named(name, contracts, agency)
    candidates = [named] if named else list(contracts.values())
    readings = [
        reading
        for sheet in sheets(path)
        for contract in candidates
        if (reading := _reading(sheet, contract)) is not None
    ]
    complete = [one for one in readings if not one.missing]
    if agency and not named and any(one.contract.agency == agency for one in complete):
        complete = [one for one in complete if one.contract.agency == agency]
    exact = [one for one in complete if not one.unknown] or complete
    widest = max((len(one.positions) for one in exact), default=0)
    best = [one for one in exact if len(one.positions) == widest]
    if not best:
        raise _nearest_refusal(readings, named)
    if len({(one.contract.id, one.sheet.sheet) for one in best}) > 1:
        fits = " and ".join(sorted({one.contract.id for one in best}))
        if " and " not in fits:
            raise Refused("file_ambiguous", f"Two sheets fit {fits}; leave only one of them visible.", best[0].contract)
        raise Refused("file_ambiguous", f"The headers fit {fits}; name the file after the one it is.")
    return _accepted(best[0], agency)


@dataclass(frozen=True)
class _Reading:
    contract: Contract
    sheet: Sheet
    header_row: int
    positions: dict[str, int]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    twice: tuple[str, ...]
    nameless: tuple[int, ...]


def _reading(sheet: Sheet, contract: Contract) -> _Reading | None:
    """The row of the sheet that looks most like the contract's header, or None when none does."""
    known = {header_name(column.name): column.name for column in contract.columns}
    for column in contract.columns:
        known |= {header_name(alias): column.name for alias in column.aliases if header_name(alias) not in known}
    best: _Reading | None = None
    for position, row in enumerate(sheet.rows):
        names = [header_name(cell) for cell in row]
        columns = [known.get(name) for name in names]
        positions = {column: place for place, column in enumerate(columns) if column}
        if len(positions) * 2 < len(contract.key) + 1 or (best and len(positions) <= len(best.positions)):
            continue
        required = [column.name for column in contract.columns if column.required]
        best = _Reading(
            contract,
            sheet,
            position,
            positions,
            tuple(name for name in required if name not in positions),
            tuple(sorted({name for name, column in zip(names, columns, strict=True) if name and not column})),
            tuple(sorted({column for column in positions if columns.count(column) > 1})),
            tuple(place for place, name in enumerate(names) if not name and _is_filled(sheet, position, place)),
        )
    return best


def _is_filled(sheet: Sheet, header_row: int, place: int) -> bool:
    """Whether a column holds values; one that a sender filled shows some in its first rows."""
    return any(len(row) > place and row[place].strip() for row in sheet.rows[header_row + 1 :])


def _accepted(reading: _Reading, agency: str | None) -> Recognised:
    contract = reading.contract
    if reading.twice:
        raise Refused("header_duplicate", f"More than one column is {reading.twice[0]}.", contract)
    if agency and agency != contract.agency:
        sentence = f"The folder says {agency}, but {contract.id} is sent by {contract.agency}."
        raise Refused("agency_mismatch", sentence)
    warnings = [
        Finding("header_unknown", "warning", f"{shown_name(name)} is not in the contract and was not read.")
        for name in reading.unknown
    ]
    warnings += [
        Finding("header_unknown", "warning", f"Column {xl_col_to_name(place)} has no header and was not read.")
        for place in reading.nameless
    ]
    return Recognised(contract, reading.sheet, reading.header_row, reading.positions, tuple(warnings))


def _nearest_refusal(readings: list[_Reading], named: Contract | None) -> Refused:
    near = min(readings, key=lambda one: (len(one.missing), -len(one.positions)), default=None)
    if near is None:
        hint = f"The headers of {named.id} were not found in it." if named else "No contract has headers like these."
        return Refused("header_missing" if named else "file_unrecognised", hint, named)
    lacking = ", ".join(near.missing)
    if named or len(near.positions) > len(near.missing):
        seen = nearest(near.missing[0], near.unknown).replace("did you mean", "is it")
        return Refused("header_missing", f"{near.contract.id} needs {lacking}{shown_name(seen)}", near.contract)
    return Refused("file_unrecognised", f"The nearest contract is {near.contract.id}, which needs {lacking} as well.")


def _named(name: str, contracts: Mapping[str, Contract], agency: str | None) -> Contract | None:
    """The contract that the file's name begins with, if its folder does not leave it open whose it is."""
    stem = header_name(name.rsplit(".", 1)[0])
    fitting = [one for one in contracts.values() if stem == one.extract or stem.startswith(f"{one.extract}_")]
    own = [one for one in fitting if one.agency == agency]
    fitting = own or fitting
    return fitting[0] if len(fitting) == 1 else None


def _month(name: str, folders: tuple[str, ...], given: date | None) -> date | None:
    said = {date(int(year), int(month), 1) for part in (name, *folders) for year, month in _MONTH.findall(part)}
    said |= {given} if given else set()
    if len(said) > 1:
        months = " and ".join(sorted(f"{one:%Y-%m}" for one in said))
        raise Refused("month_mismatch", f"The name, the folder and --month speak of different months: {months}.")
    return said.pop() if said else None


def shown_name(name: str) -> str:
    """A name from outside as it may be shown: printable, and cut."""
    clean = "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
    return clean if len(clean) <= _SHOWN_LENGTH else f"{clean[: _SHOWN_LENGTH - 1]}…"


def stored_name(fingerprint: str, name: str) -> str:
    """The name under which a file is kept: its fingerprint, and what of its own name is safe on any disk."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._")[-60:] or "file"
    return f"{fingerprint}__{safe}"


def fingerprint_of(path: Path) -> str:
    """SHA-256 of the bytes; of a SEN2 set, of the fingerprints of all its files."""
    return sen2_files.fingerprint(path)
