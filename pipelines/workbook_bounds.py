"""What a workbook is before it is opened: a packed archive that may unfold into far more than anybody sent.

Whoever opens a workbook makes one table of each sheet, from its first filled cell to its last, blank cells
included. So what it unfolds to, and how far its filled cells reach, is found out first, as a stream.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipelines.limits import MOST_EXPANDED_BYTES, MOST_PACKED, MOST_WORKBOOK_CELLS, SMALL_EXPANDED_BYTES

_CHUNK: Final = 1 << 20
_BOOK: Final = "xl/workbook.xml"
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
# A cell that is not closed at once holds something; a blank one that is only coloured takes no room.
_FILLED: Final = re.compile(rb'<(?:\w+:)?c\b[^<>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^<>]*(?<!/)>')
_FROM_1904: Final = re.compile(rb"\bdate1904\s*=\s*[\"'](1|true|on)[\"']")
_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


@dataclass(frozen=True)
class Bounds:
    """Whether a file is a workbook at all, whether it is small enough to open, and where its days begin."""

    is_workbook: bool
    is_too_large: bool = False
    is_from_1904: bool = False


def bounds_of(path: Path) -> Bounds:
    """Looks at a file that begins like an archive; a damaged one is no workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            if _BOOK not in archive.namelist():
                return Bounds(is_workbook=False)
            if _unfolds(archive) or any(
                _reach(archive, name) > MOST_WORKBOOK_CELLS for name in archive.namelist() if _SHEET.fullmatch(name)
            ):
                return Bounds(is_workbook=True, is_too_large=True)
            is_from_1904 = _FROM_1904.search(archive.read(_BOOK)) is not None
    except _DAMAGED:
        return Bounds(is_workbook=False)
    return Bounds(is_workbook=True, is_from_1904=is_from_1904)


def _unfolds(archive: zipfile.ZipFile) -> bool:
    expanded = sum(one.file_size for one in archive.infolist())
    packed = sum(one.compress_size for one in archive.infolist())
    is_suspicious = expanded > SMALL_EXPANDED_BYTES and expanded > packed * MOST_PACKED
    return expanded > MOST_EXPANDED_BYTES or is_suspicious


def _reach(archive: zipfile.ZipFile, name: str) -> int:
    """How many cells the smallest table has that holds the filled cells of a sheet and its first cell."""
    rows, columns, rest = 0, 0, b""
    with archive.open(name) as sheet:
        while chunk := sheet.read(_CHUNK):
            text = rest + chunk
            found = _FILLED.findall(text)
            if found:
                rows = max(rows, *(int(row) for _, row in found))
                columns = max(columns, *(_place(letters) for letters in {letters for letters, _ in found}))
            # What is cut off at the end of this part is looked at with the next; a tag is never long.
            rest = text[text.rfind(b"<") :][-_CHUNK:]
    return rows * columns


def _place(letters: bytes) -> int:
    """The number of a column called A, B, … Z, AA."""
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place
