"""Stop 2, stage: text cells become canonical names and types, derived from the contract.

Staging renames, casts and hashes, nothing else. A row keeps the codes of what could not be read in
it (`faults`); stop 3 sets it aside. What nobody may keep lives on the desk only, a database in memory:
raw cells until they are typed, and the full date of birth until the rows are checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import duckdb

from data_contracts.contract import Column, Contract, Kind, Type
from data_contracts.local_area import LocalArea, ward_key
from pipelines.reading import Sheet, Unreadable, cells, has_open_quote

DATE_FORMATS: Final = {
    "yyyy-mm-dd": ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S"),
    "dd/mm/yyyy": ("%d/%m/%Y", "%d/%m/%Y %H:%M:%S"),
    "dd-mon-yyyy": ("%d-%b-%Y",),
    "yyyy-mon-dd": ("%Y-%b-%d", "%Y-%b-%d %H:%M:%S"),
}
_SQL_TYPES: Final = {
    Type.TEXT: "varchar",
    Type.INT: "bigint",
    Type.NUMBER: "double",
    Type.DATE: "date",
    Type.BOOL: "boolean",
    Type.MONTH: "date",
}
_HASHED: Final = "uuid"  # 128 bits of a keyed hash: compared as a number, half the size of its digits
_MARKS: Final = {
    "c": "(^\\*$|^c$|^<\\s*[0-9]+$)",
    "x": "^(x|-|\u2013|n/a|:|\\.\\.)$",
    "z": "^z$",
    "low": "^(low|~)$",
}
_OVERRIDES: Final = "\\x7f\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}"
_CONTROL: Final = f"[\\x00-\\x1f{_OVERRIDES}]"
# A note may run over lines; anything else that does has swallowed the rows below it.
_CONTROL_IN_NOTES: Final = f"[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f{_OVERRIDES}]"
_STATED_REASON: Final = "^UN([1-9]|10)$"
_BLANK: Final = " \t\r\n\u00a0\ufeff"


@dataclass(frozen=True)
class Reader:
    """How one column is read: its value and companions as SQL, and the faults a cell can have.

    What is costly and needed twice is `cleaned` once, in a layer of its own below the values.
    """

    select: tuple[tuple[str, str], ...]
    faults: tuple[tuple[str, str], ...] = ()
    cleaned: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Placed:
    """A delivery whose header is known: which of the file's columns holds which of the contract's."""

    receipt_id: str
    contract: Contract
    month_end: date
    sheet: Sheet
    header_row: int
    positions: Mapping[str, int]


def desk_table(contract: Contract) -> str:
    """The table in memory that holds every delivery of an extract while it is checked."""
    return f"desk.{contract.table}"


def kept_columns(contract: Contract) -> dict[str, str]:
    """What the warehouse keeps of an extract: column to SQL type, without what only checks may see."""
    kept = {}
    for column in contract.columns:
        if column.name == "date_of_birth":
            kept["birth_month"] = "date"
            continue
        kept[column.name] = _HASHED if column.identifier else _SQL_TYPES[column.type]
        if column.marks:
            kept[f"{column.name}_mark"] = "varchar"
    return kept


def clear_desk(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Takes the extract's rows, full dates of birth among them, out of memory."""
    for table in (desk_table(contract), "desk.cells"):
        connection.execute(f"drop table if exists {table}")


def lay_out(connection: duckdb.DuckDBPyConnection, delivery: Placed) -> int:
    """Adds the text cells of one delivery to those on the desk and returns how many rows it holds.

    Blank rows are not rows. Raises `duckdb.Error` when the file's rows cannot be read.
    """
    contract, positions = delivery.contract, delivery.positions
    names = ", ".join(f'"{_text(column)}" varchar' for column in contract.columns)
    connection.execute(
        "create table if not exists desk.cells "
        f"(receipt_id varchar, month_end date, line_number bigint, too_few boolean, too_many boolean, {names})"
    )
    held = [
        f"nullif(trim(c{positions[column.name]}, '{_BLANK}'), '')" if column.name in positions else "null::varchar"
        for column in contract.columns
    ]
    texts = ", ".join(f'{text} as "{_text(column)}"' for text, column in zip(held, contract.columns, strict=True))
    every = ", ".join(f'"{_text(column)}"' for column in contract.columns)
    with cells(connection, delivery.sheet, delivery.header_row) as query:
        counted = connection.execute(
            f"""insert into desk.cells
            select * from (
                select '{delivery.receipt_id}', date '{delivery.month_end}', line_number, too_few, too_many, {texts}
                from ({query})
            ) where coalesce({every}) is not null"""
        ).fetchone()
    rows = int(counted[0]) if counted else 0
    if _has_swallowed(connection, delivery):
        connection.execute("delete from desk.cells where receipt_id = ?", [delivery.receipt_id])
        raise Unreadable("file_unreadable", "A quotation mark is opened and never closed, and swallows rows.")
    return rows


def _has_swallowed(connection: duckdb.DuckDBPyConnection, delivery: Placed) -> bool:
    """Whether a cell runs over the end of a line in a file where a quotation mark stays open."""
    runs_on = " or ".join(f'contains("{_text(column)}", chr(10))' for column in delivery.contract.columns)
    found = connection.execute(
        f"select count(*) from desk.cells where receipt_id = ? and ({runs_on})", [delivery.receipt_id]
    ).fetchone()
    return bool(found and found[0]) and has_open_quote(delivery.sheet)


def stage(connection: duckdb.DuckDBPyConnection, contract: Contract, area: LocalArea) -> None:
    """Makes the extract's desk table from all cells laid out: canonical names and types, and each row's faults.

    Needs the variable `identifier_key` and the macros of `sql/identifiers.sql` on the connection.
    """
    readers = [_reader(column, contract, area) for column in contract.columns]
    connection.execute(f"create table {desk_table(contract)} as {_statement(contract, readers)}")
    connection.execute("drop table desk.cells")


def _statement(contract: Contract, readers: list[Reader]) -> str:
    texts = ", ".join(f'"{_text(column)}"' for column in contract.columns)
    cleaned = ", ".join(f'{expression} as "{name}"' for reader in readers for name, expression in reader.cleaned)
    values = ", ".join(f'{expression} as "{name}"' for reader in readers for name, expression in reader.select)
    names = ", ".join(f'"{name}"' for reader in readers for name, _ in reader.select)
    faults = ",\n".join(
        f"case when {condition} then '{code}' end" for reader in readers for code, condition in reader.faults
    )
    key = ", ".join(f'"{column.name}"' for column in contract.key)
    has_key = " and ".join(f'"{column.name}" is not null' for column in contract.key)
    code = f"{contract.key[0].name}_duplicate"
    return f"""
    with cleaned as (
        select *, hash({texts}) as fingerprint{"," if cleaned else ""} {cleaned} from desk.cells
    ),
    typed as (
        select *, {values} from cleaned
    ),
    compared as (
        select *,
            count(*) over same_key as sharing,
            min(fingerprint) over same_key = max(fingerprint) over same_key as is_same_row,
            row_number() over (partition by receipt_id, {key}, fingerprint order by line_number) as copy
        from typed
        window same_key as (partition by receipt_id, {key})
    )
    select receipt_id, month_end, line_number, {names},
        list_filter([
            case when too_few then 'row_too_few_fields' end,
            case when too_many then 'row_too_many_fields' end,
            case when {has_key} and copy > 1 then 'row_duplicate' end,
            case when {has_key} and sharing > 1 and not is_same_row then '{code}' end,
            {faults}
        ], lambda code: code is not null) as faults
    from compared"""


def _text(column: Column) -> str:
    return f"{column.name}__text"


def _reader(column: Column, contract: Contract, area: LocalArea) -> Reader:
    text = f'"{_text(column)}"'
    if column.identifier in ("upn", "nhs_number"):
        return _national_identifier(column, text)
    if column.reference == "ward":
        return _ward(column, area, text)
    if column.marks:
        return _marked_number(column, text)
    if column.type is Type.TEXT:
        return _coded(column, text) if column.codes else _free(column, text)
    if column.type is Type.DATE:
        return _date(column, contract, text)
    expressions = {
        Type.MONTH: (_month(text), "not_a_month"),
        Type.BOOL: (_bool(text), "not_yes_or_no"),
        Type.INT: (_whole(text), "not_a_whole_number"),
        Type.NUMBER: (_number(text), "not_a_number"),
    }
    value, fault = expressions[column.type]
    return Reader(
        ((column.name, value),), ((f"{column.name}_{fault}", f'{text} is not null and "{column.name}" is null'),)
    )


def _hashed(column: Column, text: str) -> str:
    # Keyed, so that nobody without the store's key can try out identifiers; the column's name keeps
    # a plan's number and a child's number apart. 128 bits are kept.
    return f"left(sha256(getvariable('identifier_key') || ':{column.name}:' || {text}), 32)::uuid"


def _national_identifier(column: Column, text: str) -> Reader:
    strip = "[\\s\\-]" if column.identifier == "nhs_number" else "\\s"
    clean = f'"{column.name}__clean"'
    cleaned = (column.name + "__clean", f"upper(regexp_replace({text}, '{strip}', '', 'g'))")
    stated = f"coalesce(regexp_matches({clean}, '{_STATED_REASON}'), false)" if column.identifier == "upn" else "false"
    fault = f"case when {stated} then 'stated_reason' else {column.identifier}_fault({clean}) end"
    value = f"case when not {stated} then {_hashed(column, clean)} end"
    return Reader(((column.name, value), (f"{column.name}_fault", fault)), cleaned=(cleaned,))


def _date(column: Column, contract: Contract, text: str) -> Reader:
    formats = ", ".join(f"'{form}'" for name in contract.date_formats for form in DATE_FORMATS[name])
    parsed = f'"{column.name}__parsed"'
    # A year before 1900 is a two-digit year or a slip, and nobody here was born then.
    select = [(column.name, f"case when {parsed} >= date '1900-01-01' then {parsed}::date end")]
    if column.name == "date_of_birth":
        select.append(("birth_month", f"date_trunc('month', {parsed})::date"))
    return Reader(
        tuple(select),
        ((f"{column.name}_not_a_date", f'{text} is not null and "{column.name}" is null'),),
        ((f"{column.name}__parsed", f"try_strptime({text}, [{formats}])"),),
    )


def _ward(column: Column, area: LocalArea, text: str) -> Reader:
    known = ", ".join(f"'{ward_key(ward)}': {_quoted(ward)}" for ward in area.wards)
    compared = f"regexp_replace(trim(replace(lower({text}), '&', ' and ')), '\\s+', ' ', 'g')"
    value = f"map {{{known}}}[{compared}]"
    return Reader(
        ((column.name, value), (f"{column.name}_is_outside", f"{text} is not null and {value} is null")),
    )


def _coded(column: Column, text: str) -> Reader:
    clean = f"lower(regexp_replace({text}, '\\.0+$', ''))"
    known = {code.lower(): code for code in column.codes}
    known |= {alias.lower(): code for alias, code in column.value_aliases.items()}
    pairs = ", ".join(f"{_quoted(said)}: {_quoted(code)}" for said, code in known.items())
    # An unknown code stays on the desk as it was sent, for the expectation to refuse.
    return Reader(((column.name, f"coalesce(map {{{pairs}}}[{clean}], {text})"),))


def _free(column: Column, text: str) -> Reader:
    clean = f"regexp_replace({text}, '\\.0+$', '')" if column.identifier or column.pattern else text
    if column.free_text:
        value = f"nullif(regexp_replace({text}, '{_CONTROL_IN_NOTES}', '', 'g'), '')"
        found = f"coalesce(regexp_matches({text}, '{_CONTROL_IN_NOTES}'), false)"
        stripped = (f"{column.name}_was_stripped", found)
        return Reader(((column.name, value), stripped))
    value = _hashed(column, clean) if column.identifier else clean
    return Reader(
        ((column.name, value),),
        ((f"{column.name}_control_characters", f"regexp_matches({text}, '{_CONTROL}')"),),
    )


def _marked_number(column: Column, text: str) -> Reader:
    mark = " ".join(
        f"when regexp_matches(lower({text}), '{pattern}') then '{status}'" for status, pattern in _MARKS.items()
    )
    value, name = _number(text), column.name
    # How many decimals were sent bounds how far rounding can have moved the figure.
    decimals = f"length(regexp_extract({text}, '\\.([0-9]+)', 1))"
    return Reader(
        ((name, value), (f"{name}_mark", f"case {mark} end"), (f"{name}_decimals", decimals)),
        ((f"{name}_not_a_number", f'{text} is not null and "{name}" is null and "{name}_mark" is null'),),
    )


def _month(text: str) -> str:
    return f"case when regexp_full_match({text}, '(19|20)[0-9]{{2}}-(0[1-9]|1[0-2])') then ({text} || '-01')::date end"


def _bool(text: str) -> str:
    clean = f"regexp_replace(lower({text}), '\\.0+$', '')"
    yes, no = "('1', 'true', 'y', 'yes')", "('0', 'false', 'n', 'no')"
    return f"case when {clean} in {yes} then true when {clean} in {no} then false end"


def _whole(text: str) -> str:
    clean = f"regexp_replace({text}, '\\.0+$', '')"
    return (
        f"case when regexp_full_match({clean}, '-?([0-9]+|[0-9]{{1,3}}(,[0-9]{{3}})+)') "
        f"then try_cast(replace({clean}, ',', '') as bigint) end"
    )


def _number(text: str) -> str:
    clean = f"regexp_replace({text}, '[£%\\s]', '', 'g')"
    return (
        f"case when regexp_full_match({clean}, '-?([0-9]+|[0-9]{{1,3}}(,[0-9]{{3}})+)(\\.[0-9]+)?') "
        f"then try_cast(replace({clean}, ',', '') as double) end"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def create_staging(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """The warehouse's table for an extract, derived from its contract, if it is not there."""
    kept = kept_columns(contract)
    found = connection.execute(
        "select list(column_name order by column_index) from duckdb_columns() "
        "where schema_name = 'staging' and table_name = ?",
        [contract.table],
    ).fetchone()
    if found and found[0] and found[0][3:] != list(kept):
        # The contract has other columns now: every delivery will be staged anew from the received files.
        connection.execute(f"drop table staging.{contract.table}")
    columns = ", ".join(f'"{name}" {kind}' for name, kind in kept.items())
    connection.execute(
        f"create table if not exists staging.{contract.table} "
        f"(receipt_id varchar, reporting_month date, line_number bigint, {columns})"
    )
    _replace_held_view(connection, contract)


def _replace_held_view(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """What is held of an extract now, by its kind: later deliveries replace what they speak of."""
    counted = f"select * from ledger.counted where agency = '{contract.agency}' and extract = '{contract.extract}'"
    connection.execute(f"create or replace view held.{contract.table} as {held_rows(contract, counted)}")


def held_rows(contract: Contract, counted: str) -> str:
    """The query of the rows held of an extract when the receipts that `counted` selects count (RULES 1.5)."""
    table, key = f"staging.{contract.table}", ", ".join(f'"{column.name}"' for column in contract.key)
    rows = f"select row.* from {table} as row join counted using (receipt_id)"
    bodies = {
        Kind.SNAPSHOT: rows,
        Kind.SPELLS: f"{rows} where row.reporting_month = (select max(reporting_month) from counted)",
        Kind.RETURN: f"{rows} qualify row_number() over (partition by {key} order by row.reporting_month desc) = 1",
        Kind.HISTORY: f"""
            select * exclude (superseded_from, is_latest)
            from (
                select row.*, superseded_from,
                    row_number() over (partition by {key} order by row.reporting_month desc) = 1 as is_latest
                from {table} as row join (
                    select receipt_id, min(min("{contract.dated_by}")) over (
                        order by reporting_month rows between 1 following and unbounded following
                    ) as superseded_from
                    from {table} join counted using (receipt_id, reporting_month)
                    group by receipt_id, reporting_month
                ) using (receipt_id)
            )
            where is_latest and ("{contract.dated_by}" < superseded_from or superseded_from is null)""",
    }
    return f"with counted as ({counted}) {bodies[contract.kind]}"
