"""What a workbook is before it is opened: a packed archive that may unfold into far more than anybody sent.

Whoever opens a workbook makes one table of each sheet, from its first filled cell to its last, blank cells
included. So what it unfolds to, and how far its filled cells reach, is found out first, as a stream.
"""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipelines.limits import MOST_EXPANDED_BYTES, MOST_PACKED, MOST_WORKBOOK_CELLS, SMALL_EXPANDED_BYTES

_CHUNK: Final = 1 << 20
_BOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
# A cell that is not closed at once holds something; a blank one that is only coloured takes no room.
_FILLED: Final = re.compile(rb'<(?:\w+:)?c\b[^<>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^<>]*(?<!/)>')
_ERROR: Final = re.compile(rb'<(?:\w+:)?c\b(?=[^<>]*\bt="e")[^<>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')
_SHEET_TAG: Final = re.compile(rb"<(?:\w+:)?sheet\b[^<>]*>")
_RELATION: Final = re.compile(rb"<(?:\w+:)?Relationship\b[^<>]*>")
_FROM_1904: Final = re.compile(rb"\bdate1904\s*=\s*[\"'](1|true|on)[\"']")
_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)

# A cell's row and column, both counted from 0.
Place = tuple[int, int]


@dataclass(frozen=True)
class Bounds:
    """Whether a file is a workbook at all, whether it is small enough to open, and where its days begin."""

    is_workbook: bool
    is_too_large: bool = False
    is_from_1904: bool = False
    # Of each sheet by its name, where cells hold an error instead of a value, counted from its first filled column.
    errors: Mapping[str, Sequence[Place]] = field(default_factory=dict)


def bounds_of(path: Path) -> Bounds:
    """Looks at a file that begins like an archive; a damaged one is no workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            if _BOOK not in archive.namelist():
                return Bounds(is_workbook=False)
            if _unfolds(archive):
                return Bounds(is_workbook=True, is_too_large=True)
            extents = {name: _extent(archive, name) for name in archive.namelist() if _SHEET.fullmatch(name)}
            if any(one.cells > MOST_WORKBOOK_CELLS for one in extents.values()):
                return Bounds(is_workbook=True, is_too_large=True)
            is_from_1904 = _FROM_1904.search(archive.read(_BOOK)) is not None
            errors = {sheet: extents[part].errors for sheet, part in _parts(archive).items() if part in extents}
    except _DAMAGED:
        return Bounds(is_workbook=False)
    return Bounds(is_workbook=True, is_from_1904=is_from_1904, errors=errors)


def _unfolds(archive: zipfile.ZipFile) -> bool:
    expanded = sum(one.file_size for one in archive.infolist())
    packed = sum(one.compress_size for one in archive.infolist())
    is_suspicious = expanded > SMALL_EXPANDED_BYTES and expanded > packed * MOST_PACKED
    return expanded > MOST_EXPANDED_BYTES or is_suspicious


@dataclass(frozen=True)
class _Extent:
    """How many cells the smallest table has that holds a sheet's filled cells and its first; and which hold errors."""

    cells: int
    errors: tuple[Place, ...]


def _extent(archive: zipfile.ZipFile, name: str) -> _Extent:
    rows, filled, rest = 0, set[bytes](), b""
    errors: dict[Place, None] = {}
    with archive.open(name) as sheet:
        while chunk := sheet.read(_CHUNK):
            text = rest + chunk
            found = _FILLED.findall(text)
            if found:
                rows = max(rows, *(int(row) for _, row in found))
                filled |= {letters for letters, _ in found}
            if b't="e"' in text:
                errors |= {(int(row), _place(letters)): None for letters, row in _ERROR.findall(text)}
            # What is cut off at the end of this part is looked at with the next; a tag is never long.
            rest = text[text.rfind(b"<") :][-_CHUNK:]
    columns = [_place(letters) for letters in filled] or [0]
    first = min(columns)
    return _Extent(rows * max(columns), tuple((row - 1, column - first) for row, column in errors))


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The part of the archive that holds each sheet, by the sheet's name."""
    if _RELATIONS not in archive.namelist():
        return {}
    targets = {
        _said(tag, b"Id"): _said(tag, b"Target").lstrip("/").removeprefix("xl/")
        for tag in _RELATION.findall(archive.read(_RELATIONS))
    }
    tags = _SHEET_TAG.findall(archive.read(_BOOK))
    return {_said(tag, b"name"): "xl/" + targets.get(_said(tag, rb"\w+:id"), "") for tag in tags}


def _said(tag: bytes, attribute: bytes) -> str:
    found = re.search(rb"\b" + attribute + rb"\s*=\s*(\"[^\"]*\"|'[^']*')", tag)
    return html.unescape(found[1][1:-1].decode("utf-8", "replace")) if found else ""


def _place(letters: bytes) -> int:
    """The number of a column called A, B, … Z, AA."""
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place
