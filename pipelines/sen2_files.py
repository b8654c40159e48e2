"""The files of SEN2 on disk: which of them belong together as one set, and where the table of each begins."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from pipelines import reading
from pipelines.reading import Sheet, Unreadable, header_name

# Each module with the columns that are read of it. A version of the return that has not got one leaves it blank.
MODULES: Final[Mapping[str, tuple[str, ...]]] = {
    "sen2": ("sen2tableid", "collection", "year", "referencedate", "lea"),
    "person": (
        "persontableid", "surname", "forename", "personbirthdate", "sex", "ethnicity", "upn", "uniquelearnernumber",
        "upnunknown",
    ),
    "requests": (
        "requeststableid", "persontableid", "receiveddate", "requestsource", "requestoutcomedate", "requestoutcome",
        "requestmediation", "requesttribunal", "exported",
    ),
    "assessment": (
        "assessmenttableid", "requeststableid", "assessmentoutcome", "assessmentoutcomedate", "assessmentmediation",
        "assessmenttribunal", "othermediation", "othertribunal", "week20",
    ),
    "namedplan": ("namedplantableid", "assessmenttableid", "startdate", "pb", "ceasedate"),
    "plandetail": (
        "plandetailtableid", "namedplantableid", "urn", "ukprn", "sensetting", "placementrank", "senunitindicator",
        "resourcedprovisionindicator",
    ),
    "activeplans": ("activeplanstableid", "requeststableid", "reviewmeeting", "reviewoutcome", "lastreview"),
    "placementdetail": (
        "placementdetailtableid", "activeplanstableid", "urn", "ukprn", "sensetting", "placementrank", "leavingdate",
        "senunitindicator", "resourcedprovisionindicator",
    ),
    "senneed": ("senneedtableid", "activeplanstableid", "sentype", "sentyperank"),
}  # fmt: skip
# What a column was called in other versions, or is called by some systems.
OTHER_NAMES: Final = {"gendercurrent": "sex", "gender": "sex", "rquestsource": "requestsource"}
_MODULE_FILE: Final = re.compile(rf"^(?P<stem>.+)_(?P<module>{'|'.join(MODULES)})\.csv$", re.IGNORECASE)


def set_files(path: Path) -> dict[str, Path]:
    """The files of the set that a file belongs to, by module in their order; empty if it belongs to none."""
    own = _MODULE_FILE.match(path.name)
    if own is None or not _is_module(path):
        return {}
    stem = own["stem"].lower()
    found: dict[str, Path] = {}
    for beside in sorted(path.parent.iterdir()):
        named = _MODULE_FILE.match(beside.name)
        is_file = named is not None and beside.is_file() and not beside.is_symlink()
        if is_file and named and named["stem"].lower() == stem and _is_module(beside):
            found.setdefault(named["module"].lower(), beside)
    return {module: found[module] for module in MODULES if module in found}


def one_for_each_set(paths: Iterable[Path]) -> list[Path]:
    """The paths, with one in place of all files of a set: its first module's."""
    stands_for: dict[Path, Path] = {}
    kept: dict[Path, None] = {}
    for path in paths:
        if path not in stands_for:
            files = list(set_files(path).values())
            stands_for |= dict.fromkeys(files, files[0]) if files else {path: path}
        kept[stands_for.get(path, path)] = None
    return list(kept)


def modified_at(path: Path) -> int:
    """When a file, or the last of the set it stands for, was modified."""
    return max(file.stat().st_mtime_ns for file in [*set_files(path).values(), path])


def set_name(path: Path) -> str:
    """What the files of a set have in common: their names up to the module."""
    return path.name.rsplit("_", 1)[0]


def fingerprint(path: Path) -> str:
    """SHA-256 of the bytes; of a set, of its files' own, each with its module, whatever the files are called."""
    files = set_files(path)
    if not files:
        return _digest(path)
    parts = "".join(f"{module}:{_digest(file)}\n" for module, file in files.items())
    return hashlib.sha256(parts.encode()).hexdigest()


def _is_module(path: Path) -> bool:
    """Whether a file that is named like a module is one: by the beginning of its name, or by its header."""
    named = _MODULE_FILE.match(path.name)
    if named is None:
        return False
    if path.name.lower().startswith("blade"):
        return True
    module = named["module"].lower()
    own, *others = MODULES[module]
    # What tells a module from an extract of the same name: the number of the record above, or its own fields.
    telling = {own, "lea"} if module == "sen2" else {own, "personbirthdate"} if module == "person" else {own, others[0]}
    try:
        return any(telling <= set(places_of(row)) for sheet in reading.sheets(path) for row in sheet.rows)
    except Unreadable:
        return False


def table(path: Path, module: str) -> tuple[Sheet, int]:
    """Where a module's table lies in its file: the sheet, and the row of its header."""
    key = MODULES[module][0]
    best: tuple[int, Sheet, int] | None = None
    for sheet in reading.sheets(path):
        for place, row in enumerate(sheet.rows):
            found = places_of(row)
            if key in found and (best is None or len(found) > best[0]):
                best = (len(found), sheet, place)
    if best is None:
        raise Unreadable("header_missing", f"The file for {module} has no column {key}.")
    return best[1], best[2]


def places_of(row: Iterable[str]) -> dict[str, int]:
    """Where each column stands in a header; of two that are called the same, the first."""
    places: dict[str, int] = {}
    for place, cell in enumerate(row):
        name = header_name(cell).replace("_", "")
        places.setdefault(OTHER_NAMES.get(name, name), place)
    return places


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
