"""All entries of the corpus, and the codes that each must be there for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.broken_extracts import accepted, contract_rules, files, headers, rows, sen2_returns, workbooks
from tests.broken_extracts.entries import Entry, Spot

ROOT: Final = Path(__file__).parents[2]
BROKEN: Final[Sequence[Entry]] = (
    *files.ENTRIES,
    *headers.ENTRIES,
    *rows.ENTRIES,
    *contract_rules.ENTRIES,
    *workbooks.ENTRIES,
    *sen2_returns.ENTRIES,
)
HUGE: Final[Sequence[Entry]] = tuple(workbooks.HUGE)
SOUND: Final[Sequence[Entry]] = tuple(accepted.ENTRIES)
EVERY: Final[Sequence[Entry]] = (*BROKEN, *HUGE, *SOUND)
# The children of one entry, and the first of all of them.
_CHILDREN: Final = 100
_FIRST: Final = 1000


@dataclass(frozen=True)
class Made:
    """An entry whose files have been written: where they lie."""

    entry: Entry
    paths: tuple[Path, ...]


def make(entry: Entry, place: int, root: Path) -> Made:
    """Writes an entry's files below a folder of its own, which says neither month nor agency."""
    folder = root / f"entry {place:03d}"
    path = entry.make(Spot(folder, entry.extract, _FIRST + _CHILDREN * place))
    return Made(entry, tuple(sorted(one for one in path.parent.iterdir() if one.is_file())))


@cache
def glossary() -> dict[str, list[str]]:
    """The codes in the first column of each of the glossary's tables of codes, by the table's heading."""
    text = (ROOT / "docs" / "GLOSSARY.md").read_text(encoding="utf-8")
    found = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE):
        heading = section.split("\n", 1)[0]
        if heading.startswith("Codes "):
            found[heading] = re.findall(r"^\| `([^`]+)`", section, flags=re.MULTILINE)
    return found
