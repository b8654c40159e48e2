"""SEN2, the yearly return on EHC plans, as it leaves the council's system: one delivery that feeds three extracts.

A return is a set of nine CSV files (the "Blade" export of COLLECT), or one XML file. Which of its columns becomes
which column of an extract is SQL, in `pipelines/sql/sen2/`; docs/SEN2.md says it in words.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from data_contracts.contract import HERE as CONTRACTS
from pipelines import reading, sen2_xml
from pipelines.limits import MOST_XML_BYTES
from pipelines.reading import Sheet, Unreadable
from pipelines.sen2_files import MODULES, OTHER_NAMES, fingerprint, places_of, set_files, set_name, table
from pipelines.values import trimmed

SQL: Final = Path(__file__).parent / "sql" / "sen2"
# The columns of each extract that a return fills; the others it does not hold.
FILLED: Final[Mapping[str, tuple[str, ...]]] = {
    "education/ehc_requests": (
        "request_id", "child_id", "upn", "date_of_birth", "sex", "ethnicity", "phase", "primary_need",
        "request_source", "received_date", "request_outcome", "request_outcome_date", "assessment_outcome",
        "assessment_outcome_date", "exception_applies", "named_placement", "mediation", "tribunal",
    ),
    "education/ehc_plans": (
        "plan_id", "child_id", "upn", "date_of_birth", "sex", "ethnicity", "primary_need", "start_date",
        "placement_type", "school_urn", "personal_budget",
    ),
    "education/annual_reviews": (
        "review_id", "plan_id", "child_id", "upn", "date_of_birth", "sex", "ethnicity", "primary_need", "due_date",
        "meeting_date", "decision_date", "decision", "priority_group",
    ),
}  # fmt: skip
FORMAT: Final = "sen2"
_EXPORT_DAY: Final = re.compile(r"(?<!\d)(?:0[1-9]|[12]\d|3[01])-(0[1-9]|1[0-2])-(20\d\d)(?!\d)")
_DAYS: Final = ("%Y-%b-%d", "%Y-%m-%d", "%d/%m/%Y")


@dataclass(frozen=True)
class Return:
    """One SEN2 return: where it lies, and what it says of whose it is and for which day.

    `path` stands for all of it: the XML file, or the first of the set's files. `files` has the set's, by module.
    """

    path: Path
    name: str
    files: Mapping[str, Path]
    councils: tuple[str, ...]
    reference_date: date | None
    fingerprint: str

    @property
    def missing(self) -> tuple[str, ...]:
        """The modules of a set that are not there."""
        return tuple(module for module in MODULES if module not in self.files) if self.files else ()

    @property
    def exported(self) -> date | None:
        """The month in which a set was exported, as its name says."""
        said = _EXPORT_DAY.search(self.name) if self.files else None
        return date(int(said[2]), int(said[1]), 1) if said else None


def return_at(path: Path, name: str) -> Return | None:
    """The return that a file is, or is part of; None when it is something else. Raises `Unreadable`."""
    files = set_files(path)
    if files:
        first = next(iter(files.values()))
        return _return(first, set_name(first), files, _heads(files["sen2"]) if "sen2" in files else [])
    if not sen2_xml.is_xml(path):
        return None
    if path.stat().st_size > MOST_XML_BYTES:
        raise Unreadable("file_too_large", "The XML is larger than any council's return can be; it was not read.")
    head = sen2_xml.header(path)
    return _return(path, name, {}, [head]) if head is not None else None


@contextmanager
def cells(connection: duckdb.DuckDBPyConnection, sheet: Sheet, label: str) -> Iterator[str]:
    """The rows that a return gives for an extract (`sheet.sheet`), as `reading.cells` gives those of a table.

    A row's line is that of the record it is made of: a request, or an active plan.
    """
    connection.execute((SQL / "macros.sql").read_text(encoding="utf-8"))
    extract = sheet.sheet.split("/")[-1]
    given = FILLED[sheet.sheet]
    texts = ", ".join(f'"{name}"::varchar as c{place}' for place, name in enumerate(given))
    with ExitStack() as opened:
        modules = opened.enter_context(_modules(connection, sheet.path, label))
        relations = [f"{module} as ({query})" for module, query in modules.items()]
        relations.append(f"school as ({_schools()})")
        shared = (SQL / "modules.sql").read_text(encoding="utf-8")
        rows = (SQL / f"{extract}.sql").read_text(encoding="utf-8")
        relations.append(shared)
        yield f"""
            with {", ".join(relations)}
            select line_number, too_few, too_many, {texts} from ({rows})"""


def sheet_for(returned: Return, extract: str) -> Sheet:
    """The extract's place in a return: a table with the columns that are filled as its header."""
    return Sheet(returned.path, FORMAT, sheet=extract, rows=(FILLED[extract],), read=cells)


@contextmanager
def _modules(connection: duckdb.DuckDBPyConnection, path: Path, label: str) -> Iterator[dict[str, str]]:
    """The nine modules as queries, each with its line numbers and all of its columns."""
    with ExitStack() as opened:
        files = set_files(path)
        if files:
            yield {module: opened.enter_context(_from_csv(connection, files, module, label)) for module in MODULES}
            return
        found = sen2_xml.records(path)
        yield {module: opened.enter_context(_from_xml(connection, found, module, label)) for module in MODULES}


@contextmanager
def _from_csv(
    connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path], module: str, label: str
) -> Iterator[str]:
    if module not in files:
        raise Unreadable("file_incomplete", f"The set has no file for {module}.")
    sheet, header_row = table(files[module], module)
    if reading.has_open_quote(sheet):
        sentence = f"In the file for {module} a quotation mark is opened and never closed."
        raise Unreadable("file_unreadable", sentence)
    places = places_of(sheet.rows[header_row])
    columns = ", ".join(
        f'{trimmed(f"c{places[name]}") if name in places else "null::varchar"} as "{name}"' for name in MODULES[module]
    )
    with reading.cells(connection, sheet, header_row, f"{label}_{module}") as query:
        every = ", ".join(f'"{name}"' for name in MODULES[module])
        yield f"""select * from (select line_number, too_few, too_many, {columns} from ({query}))
            where coalesce({every}) is not null"""


@contextmanager
def _from_xml(
    connection: duckdb.DuckDBPyConnection, found: Mapping[str, list[sen2_xml.Record]], module: str, label: str
) -> Iterator[str]:
    rows = [{OTHER_NAMES.get(name, name): value for name, value in row.items()} for row in found[module]]
    columns = {name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in MODULES[module]}
    lines = pl.Series([row["line_number"] for row in rows], dtype=pl.Int64)
    relation = f"sen2_{label}_{module}"
    connection.register(relation, pl.DataFrame({"line_number": lines} | columns).to_arrow())
    try:
        yield f'select *, false as too_few, false as too_many from "{relation}"'
    finally:
        connection.unregister(relation)


def _schools() -> str:
    """The register of schools by number: the URN, and the UKPRN where the register has that column."""
    path = CONTRACTS / "schools.csv"
    with path.open(encoding="utf-8", newline="") as file:
        has_ukprn = "ukprn" in next(csv.reader(file))
    register = f"""select * from read_csv('{str(path).replace("'", "''")}', header = true, all_varchar = true)"""
    wanted = "urn, nullif(phase, '') as phase, nullif(placement_type, '') as placement_type"
    by_number = f"select urn as number, {wanted} from ({register})"
    if has_ukprn:
        by_number += f" union all select ukprn, {wanted} from ({register}) where ukprn <> ''"
    return f"select * from ({by_number}) qualify row_number() over (partition by number order by urn desc) = 1"


def _heads(path: Path) -> list[sen2_xml.Record]:
    """The rows of the module that says whose return it is."""
    sheet, header_row = table(path, "sen2")
    places = places_of(sheet.rows[header_row])
    rows = [row for row in sheet.rows[header_row + 1 :] if any(cell.strip() for cell in row)]
    return [{name: row[place].strip() for name, place in places.items() if place < len(row)} for row in rows]


def _return(path: Path, name: str, files: Mapping[str, Path], heads: list[sen2_xml.Record]) -> Return:
    councils = {re.sub(r"\.0+$", "", str(head.get("lea") or "").strip()) for head in heads}
    days = [day for head in heads if (day := _day(str(head.get("referencedate") or "")))]
    return Return(path, name, files, tuple(sorted(councils)), max(days, default=None), fingerprint(path))


def _day(text: str) -> date | None:
    first = text.strip().replace("T", " ").split(" ")[0]
    for form in _DAYS:
        try:
            return datetime.strptime(first, form).date()  # noqa: DTZ007 (a day has no time zone)
        except ValueError:
            continue
    return None
