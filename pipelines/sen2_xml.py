"""SEN2 as XML, streamed into the nine modules of the return; whatever could reach beyond the file is refused.

A document type is where XML declares entities: text that unfolds into much more, or that is fetched from another
place. A return has none, so the parser stops at the first sign of one, before anything is unfolded or fetched.
"""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.parsers import expat  # safe as it is used here: a document type ends the reading

from pipelines.reading import Unreadable

Record = dict[str, str | int | None]

# What an element of the return begins: the module, and the module it lies in.
ELEMENTS: Final[Mapping[str, tuple[str, str | None]]] = {
    "header": ("sen2", None),
    "person": ("person", None),
    "requests": ("requests", "person"),
    "assessment": ("assessment", "requests"),
    "namedplan": ("namedplan", "assessment"),
    "plandetail": ("plandetail", "namedplan"),
    "activeplans": ("activeplans", "requests"),
    "placementdetail": ("placementdetail", "activeplans"),
    "senneed": ("senneed", "activeplans"),
}
_DEEPEST: Final = 40
_CHUNK: Final = 1 << 16
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NOT_WHOLE: Final = "The XML is damaged or breaks off; export the return again."


class _Enough(Exception):
    """What was looked for has been read."""


class _Otherwise(Exception):
    """The XML is something else than a SEN2 return."""


def is_xml(path: Path) -> bool:
    """Whether a file begins as XML does."""
    with path.open("rb") as file:
        start = file.read(256)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return start.removeprefix(mark).decode(encoding, "ignore").lstrip().startswith("<")
    return start.lstrip().startswith(b"<")


def header(path: Path) -> Record | None:
    """What the return says of itself, or None when the file is no SEN2 return; raises `Unreadable`."""
    reader = _Reader(only_header=True)
    try:
        _parse(path, reader)
    except (_Enough, _Otherwise):
        pass
    except Unreadable:
        # Of broken XML only what is known to be a return is called one; the others are no table.
        if not reader.is_refused:
            return None
        raise
    found = reader.records["sen2"]
    is_return = found and str(found[0].get("collection", "")).strip().upper().startswith("SEN2")
    return found[0] if is_return else None


def records(path: Path) -> dict[str, list[Record]]:
    """The records of every module, each with its own number, that of the record it lies in, and its line.

    Where a line holds more than one record of a module, the line is the record's number in the module.
    Raises `Unreadable`.
    """
    reader = _Reader(only_header=False)
    try:
        _parse(path, reader)
    except _Otherwise:
        raise Unreadable("file_unreadable", _NOT_WHOLE) from None
    for rows in reader.records.values():
        if max(Counter(row["line_number"] for row in rows).values(), default=0) > 1:
            for place, row in enumerate(rows, start=1):
                row["line_number"] = place
    return reader.records


def _parse(path: Path, reader: _Reader) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.document_type
    parser.EntityDeclHandler = reader.entity
    parser.ExternalEntityRefHandler = reader.entity
    parser.StartElementHandler = lambda name, _: reader.start(name, parser.CurrentLineNumber)
    parser.EndElementHandler = lambda _: reader.end()
    parser.CharacterDataHandler = reader.text
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        # The parser's own message can quote the file, so it is not repeated.
        raise Unreadable("file_unreadable", _NOT_WHOLE) from error


@dataclass
class _Element:
    name: str
    module: str | None
    text: list[str] = field(default_factory=list)
    is_leaf: bool = True


class _Reader:
    """Makes records of elements as they pass by."""

    def __init__(self, *, only_header: bool) -> None:
        self.records: dict[str, list[Record]] = {module: [] for module, _ in ELEMENTS.values()}
        self.is_refused = False
        self._only_header = only_header
        self._open: list[_Element] = []
        self._inside: list[tuple[str, Record]] = []

    def document_type(self, name: str, *_: object) -> None:
        if name.lower() == "html":
            raise _Otherwise
        self._refuse()

    def entity(self, *_: object) -> int:
        self._refuse()
        return 0

    def _refuse(self) -> None:
        self.is_refused = True
        sentence = "The XML declares a document type or entities, which a SEN2 return never does; it was not read."
        raise Unreadable("file_unreadable", sentence)

    def start(self, name: str, line: int) -> None:
        local = name.rsplit(":", 1)[-1].lower()
        if not self._open and local != "message":
            raise _Otherwise
        if len(self._open) >= _DEEPEST:
            raise Unreadable("file_unreadable", "The XML is nested deeper than a SEN2 return is.")
        if self._open:
            self._open[-1].is_leaf = False
        module, parent = ELEMENTS.get(local, (None, None))
        if module == "person" and not self.records["sen2"]:
            raise _Otherwise
        self._open.append(_Element(local, module))
        if module:
            self._begin(module, parent, line)

    def _begin(self, module: str, parent: str | None, line: int) -> None:
        rows = self.records[module]
        record: Record = {"line_number": line, f"{module}tableid": str(len(rows) + 1)}
        if parent:
            above = next((one for name, one in reversed(self._inside) if name == parent), None)
            record[f"{parent}tableid"] = above[f"{parent}tableid"] if above else None
        rows.append(record)
        self._inside.append((module, record))

    def text(self, text: str) -> None:
        if self._open and self._open[-1].is_leaf:
            self._open[-1].text.append(text)

    def end(self) -> None:
        element = self._open.pop()
        if element.module:
            self._inside.pop()
            if self._only_header and element.module == "sen2":
                raise _Enough
        elif element.is_leaf and self._inside:
            # A field that is there twice in one record keeps its first value.
            self._inside[-1][1].setdefault(element.name, "".join(element.text).strip() or None)
