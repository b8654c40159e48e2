"""Whatever comes, in whatever form: it is refused with a known code, or every row of it is counted."""

from __future__ import annotations

import csv
import io
import itertools
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.contract import Contract, Type
from metrics.release_format import Verdict
from pipelines.progress import Steps
from pipelines.refresh import check
from pipelines.rules import checks
from pipelines.staging import desk_table
from tests.broken_extracts import forms
from tests.broken_extracts.entries import Table
from tests.broken_extracts.quickly import Came, taken
from tests.docs_kept.test_glossary import FILE_CODES
from tests.pipelines.inbox import CONTRACTS, MONTH, empty_warehouse
from tests.pipelines.returns_sen2 import as_set, as_xml, children
from tests.pipelines.templates import CASES, HOME, PLACES, RETURN, row

BLANK: Final = " \t\r\n\u00a0\ufeff"
ORDERS: Final = {f"{column.name}_date_order" for contract in CONTRACTS.values() for column in contract.columns}
KNOWN: Final = FILE_CODES | ORDERS | {check.code for contract in CONTRACTS.values() for check in checks(contract)}
_counter = itertools.count()


@pytest.fixture(scope="module")
def desk() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_warehouse() as connection:
        yield connection


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inbox")


# Cells as people and programs fill them.
NASTY: Final = st.sampled_from([
    "", " ", "\u00a0", "001", "NA", "N/A", "null", "NULL", "None", "nan", "NaN", "inf", "-Infinity", "1E5", "1e400",
    "-0", "0.0", "1,234", "12,34", "1.234,5", "£1,234.50", "12%", "%", "£", "-", "–", "*", "<5", "< 5", "c", "x", "z",
    "~", "..", "2025-09-30", "30/09/2025", "31/02/2025", "0000-00-00", "45930", "99999", "2025-W40-1", "1/1/1", "24:00",
    "2025-09", "Y", "n", "TRUE", "2", "UN1", "un10", "A801200005001", "9990000018", "999 000 0018", "=1+1", "@SUM(A1)",
    "'", "''", '"', '""', '"""', 'a "b" c', '"a', 'a"', "a,b;c\td|e", ",,,,", "a\nb", "a\r\nb", "a\rb", "\n", "\\",
    "\\n", "\\N", "{}", "[1]", "<b>", "&amp;", "%s", "{0}", "${x}", "\x07", "\x1b[31m", "\u202eabc", "\u200b", "\x85",
    "\u2028", "e\u0301", "\U0001f600", "\ufb01", "I\u0130i\u0131", "ß", "\u0663", "\uff11", "_x0041_", "Total",
    "total 5", "Note: this", "a" * 5000,
])  # fmt: skip
CELLS: Final = NASTY | st.text(max_size=12) | st.integers().map(str) | st.floats().map(str) | st.dates().map(str)


@dataclass(frozen=True)
class Drawn:
    """A table of an extract, and how it is written."""

    contract: Contract
    table: Table
    form: str
    encoding: str
    delimiter: str
    quoting: int

    def write(self, inbox: Path) -> Path:
        """The file, in an inbox of its own."""
        folder = inbox / str(next(_counter)) / MONTH / self.contract.agency
        folder.mkdir(parents=True)
        ending = {"a workbook": "xlsx", "Parquet": "parquet"}.get(self.form, "csv")
        path = folder / f"{self.contract.extract}_{MONTH}.{ending}"
        if self.form != "text":
            return forms.FORMS[self.form](path, self.table)
        held = io.StringIO()
        csv.writer(held, delimiter=self.delimiter, lineterminator="\r\n", quoting=self.quoting).writerows(self.table)  # type: ignore[arg-type]
        path.write_bytes(in_bytes(held.getvalue(), self.encoding))
        return path

    @property
    def filled(self) -> list[list[str]]:
        """The rows that hold something."""
        return [line for line in self.table[1:] if any(cell.strip(BLANK) for cell in line)]


def in_bytes(text: str, encoding: str) -> bytes:
    """The text in an encoding that can hold it and is not taken for another."""
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode()
    if encoding == "cp1252":
        try:
            return content if content.decode() == text else text.encode()
        except UnicodeDecodeError:
            return content
    return content


def holds(form: str, cell: str) -> bool:
    """Whether a form can hold a cell at all: half a letter never, and a workbook no character that XML has not got."""
    if any("\ud800" <= letter <= "\udfff" for letter in cell):
        return False
    return form != "a workbook" or (
        "_x" not in cell and all(letter.isprintable() or letter in " \n" for letter in cell)
    )


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """A table whose last row is sound, so that none above it can be taken for a total or a note."""
    contract = CONTRACTS[draw(st.sampled_from(sorted(CONTRACTS)))]
    form = draw(st.sampled_from(["text", "text", "text", "a workbook", "Parquet"]))
    chosen = [column for column in contract.columns if column.required or draw(st.booleans())]
    names = draw(st.permutations([column.name for column in chosen]))
    body = []
    for number in range(1, draw(st.integers(2, 6))):
        plain = row(contract.id, number)
        for name in draw(st.sets(st.sampled_from(names), max_size=3)):
            cell = draw(CELLS)
            plain[name] = cell if holds(form, cell) else plain[name]
        body.append([plain[name] for name in names])
    body.insert(draw(st.integers(0, len(body))), draw(st.sampled_from([[""] * len(names), body[0]])))
    body.append([row(contract.id, 99)[name] for name in names])
    header = [draw(st.sampled_from([name, name.upper(), f" {name.replace('_', ' ')} "])) for name in names]
    return Drawn(
        contract,
        [header, *body],
        form,
        draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"])),
        draw(st.sampled_from(",;\t|")),
        draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    )


def is_in_order(came: Sequence[Came]) -> None:
    """What holds of whatever comes: a verdict, codes that are known, and rows that add up."""
    assert came
    for one in came:
        receipt = one.receipt
        assert receipt.verdict in (Verdict.ACCEPTED, Verdict.ACCEPTED_WITH_WARNINGS, Verdict.REJECTED)
        assert one.codes <= KNOWN
        assert (receipt.verdict == Verdict.ACCEPTED) == (not one.findings)
        if receipt.rows_received is None:
            assert receipt.verdict == Verdict.REJECTED
        else:
            assert receipt.rows_received == (receipt.rows_accepted or 0) + (receipt.rows_quarantined or 0)


def own_words(contract: Contract) -> list[str]:
    """The columns of plain text, which mean what they say."""
    return [
        column.name
        for column in contract.columns
        if column.type is Type.TEXT
        and not (column.codes or column.identifier or column.reference or column.pattern or column.free_text)
    ]


@settings(max_examples=50)
@given(drawn())
def test_every_row_of_a_table_is_counted_and_its_words_mean_themselves(desk, inbox, one: Drawn):
    (came,) = taken(desk, one.write(inbox), inbox)
    is_in_order([came])
    if came.receipt.rows_received is None:
        has_zeros = one.form == "text" and any("\x00" in cell for line in one.table for cell in line)
        assert came.codes & ORDERS or (has_zeros and came.codes == {"file_unreadable"})
        return
    assert came.receipt.rows_received == len(one.filled)
    names = [name.strip().lower().replace(" ", "_") for name in one.table[0]]
    for name in set(own_words(one.contract)) & set(names):
        query = f'select "{name}" from {desk_table(one.contract)} order by line_number'
        kept = [text for (text,) in desk.execute(query).fetchall()]
        assert kept == [line[names.index(name)].strip(BLANK) or None for line in one.filled]


@dataclass(frozen=True)
class Below:
    """A table with totals and notes below it, and whether the totals agree."""

    table: Table
    agrees: bool


@st.composite
def totalled(draw: st.DrawFn) -> Below:
    """Places of schools, with a total of one or more columns and with footnotes."""
    filled = draw(st.lists(st.integers(0, 5000), min_size=1, max_size=6))
    table = [
        list(row(PLACES)),
        *(list(row(PLACES, n, filled_places=str(one)).values()) for n, one in enumerate(filled, 1)),
    ]
    off = draw(st.sampled_from([0, 0, 1, -3]))
    total = [""] * len(table[0])
    total[0] = draw(st.sampled_from(["Total", "TOTAL", "Grand total", "Totals:"]))
    total[table[0].index("filled_places")] = draw(st.sampled_from(["{}", "{:,}", "{}.0"])).format(sum(filled) + off)
    if draw(st.booleans()):
        total[table[0].index("commissioned_places")] = str(24 * len(filled))
    notes = draw(st.lists(st.sampled_from(["Source: school census", "Note: provisional", "* includes planned places"])))
    blanks = [[""] * len(total)] * draw(st.integers(0, 2))
    return Below(
        [*table, *blanks, total, *([note, *total[len(total) :], *[""] * (len(total) - 1)] for note in notes)], off == 0
    )


@settings(max_examples=12)
@given(totalled(), st.sampled_from(["plain", "a workbook", "Parquet", "UTF-16 with bars"]))
def test_a_total_below_the_rows_is_no_row_and_differs_only_when_it_does(desk, inbox, below: Below, form: str):
    folder = inbox / str(next(_counter)) / MONTH / "education"
    folder.mkdir(parents=True)
    write = forms.FORMS[form]
    (came,) = taken(desk, write(folder / f"specialist_places_{MONTH}.{write.ending}", below.table), inbox)
    is_in_order([came])
    assert came.codes == (set() if below.agrees else {"control_total_differs"})
    assert came.receipt.rows_received == len([line for line in below.table[1:] if line[0].isdigit()])


def workbook_part(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook whose sheet is changed inside the archive, so that the archive itself stays whole."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, change(part) if name.startswith(("xl/worksheets/", "xl/shared", "xl/work")) else part)
    return changed.getvalue()


@dataclass(frozen=True)
class Original:
    """A sound file of some kind; of a set, its other files lie beside it."""

    agency: str
    name: str
    content: bytes
    beside: tuple[tuple[str, bytes], ...] = ()


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[Original]:
    """A sound file of every kind."""
    folder = tmp_path_factory.mktemp("originals")
    made = []
    for extract, (kind, write) in itertools.product((HOME, RETURN, CASES), forms.FORMS.items()):
        name = f"{extract.split('/')[1]}_{MONTH}.{write.ending}"
        table = [list(row(extract)), *(list(row(extract, number).values()) for number in range(1, 5))]
        made.append(Original(extract.split("/")[0], name, write(folder / f"{kind} {name}", table).read_bytes()))
    made.append(Original("education", "sen2.xml", as_xml(children(2025, 3), folder / "sen2.xml").read_bytes()))
    files = [(file.name, file.read_bytes()) for file in as_set(children(2025, 3), folder / "set").values()]
    made += [Original("education", *one, tuple(other for other in files if other != one)) for one in files[:3]]
    return made


@dataclass(frozen=True)
class Harm:
    """What happens to the bytes of a file on its way."""

    kind: str
    place: float
    length: int
    filling: bytes
    other: int

    def to(self, content: bytes, others: Sequence[bytes]) -> bytes:
        at, other = int(self.place * len(content)), others[self.other % len(others)]
        done: Mapping[str, Callable[[], bytes]] = {
            "cut": lambda: content[:at],
            "beheaded": lambda: content[at:],
            "flipped": lambda: content[:at] + _flipped(content[at : at + self.length]) + content[at + self.length :],
            "filled": lambda: content[:at] + self.filling + content[at + len(self.filling) :],
            "inserted": lambda: content[:at] + self.filling + content[at:],
            "repeated": lambda: content[:at] + content[max(0, at - self.length) :],
            "spliced": lambda: content[:at] + other[min(at, int(self.place * len(other))) :],
        }
        return done[self.kind]()


def _flipped(some: bytes) -> bytes:
    return bytes(one ^ 255 for one in some)


KINDS: Final = ("cut", "beheaded", "flipped", "filled", "inserted", "repeated", "spliced")
HARMS: Final = st.builds(
    Harm,
    st.sampled_from(KINDS),
    st.floats(0, 1),
    st.integers(1, 12),
    st.binary(min_size=1, max_size=8)
    | st.sampled_from([b'"', b"\r", b"\n", b",", b";", b"\x00", b"\xff", b"<", b"&", b"PK"]),
    st.integers(0, 60),
)
# Mostly a file keeps its name; sometimes it comes under another's.
RENAMED: Final = st.sampled_from([None, None, None, f"open_cases_{MONTH}.xlsx", f"{MONTH}.bin"])


@settings(max_examples=80)
@given(st.integers(0, 60), st.lists(HARMS, min_size=1, max_size=3), st.booleans(), RENAMED)
def test_whatever_befalls_a_file_it_is_refused_or_counted(desk, inbox, originals, which, harms, is_inside, renamed):
    original = originals[which % len(originals)]
    content, others = original.content, [one.content for one in originals]
    for harm in harms:
        if is_inside and content.startswith(b"PK") and zipfile.is_zipfile(io.BytesIO(content)):
            content = workbook_part(content, lambda part, harm=harm: harm.to(part, others))  # type: ignore[misc]
        else:
            content = harm.to(content, others)
    folder = inbox / str(next(_counter)) / original.agency
    folder.mkdir(parents=True)
    for name, sound in original.beside:
        (folder / name).write_bytes(sound)
    path = folder / (renamed or original.name)
    path.write_bytes(content)
    is_in_order(taken(desk, path, inbox))


@settings(max_examples=1)
@given(st.lists(drawn(), min_size=6, max_size=6))
def test_great_expectations_counts_the_same_rows_of_any_table(inbox, several: list[Drawn]):
    outcome = check([one.write(inbox) for one in several], None, Steps())
    is_in_order([Came(receipt, outcome.findings[receipt.receipt_id]) for receipt in outcome.receipts])
    for receipt, one in zip(outcome.receipts, several, strict=True):
        assert receipt.rows_received in (None, len(one.filled))
