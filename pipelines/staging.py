"""Stop 2, stage: text cells become canonical names and types, derived from the contract.

Staging renames, casts and hashes, nothing else. A row keeps the codes of what could not be read in
it (`faults`); stop 3 sets it aside. What nobody may keep lives on the desk only, a database in memory:
raw cells until they are typed, and the full date of birth until the rows are checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final

import duckdb

from data_contracts.contract import Column, Contract, Kind, Type
from data_contracts.local_area import LocalArea
from pipelines import below_the_rows
from pipelines.faults import out_of_room
from pipelines.limits import LONGEST_CELL, MOST_ROWS
from pipelines.reading import TOO_LONG_A_LINE, TOO_MANY_ROWS, Sheet, Unreadable, cells, has_open_quote
from pipelines.values import OTHER_ORDER, SERIAL_DAY, Reader, reader, text_name, trimmed

_SQL_TYPES: Final = {
    Type.TEXT: "varchar",
    Type.INT: "bigint",
    Type.NUMBER: "double",
    Type.DATE: "date",
    Type.BOOL: "boolean",
    Type.MONTH: "date",
}
_HASHED: Final = "uuid"  # 128 bits of a keyed hash: compared as a number, half the size of its digits
_BATCH_BYTES: Final = 64_000_000
_SHOWN_OF_LONG: Final = 256
_DAYS_TO_1904: Final = 1462


@dataclass(frozen=True)
class Placed:
    """A delivery whose header is known: which of the file's columns holds which of the contract's."""

    receipt_id: str
    contract: Contract
    month_end: date
    sheet: Sheet
    header_row: int
    positions: Mapping[str, int]


@dataclass(frozen=True)
class Staged:
    """By receipt: why a delivery was refused, of which no row is on the desk then; and which totals differ.

    A total is told by its column, the number of rows by None.
    """

    refusals: Mapping[str, Unreadable]
    totals_that_differ: Mapping[str, Sequence[str | None]]


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
    connection.execute(f"drop table if exists {desk_table(contract)}")


@contextmanager
def text_cells(
    connection: duckdb.DuckDBPyConnection, contract: Contract, deliveries: Sequence[Placed]
) -> Iterator[str]:
    """The rows of deliveries of one extract as a query: receipt, the line's number, and each column's cell as text.

    Blank rows are not rows. The query can be run inside the `with` block. Raises `Unreadable`.
    """
    with ExitStack() as opened:
        queries = [opened.enter_context(_bare_cells(connection, delivery)) for delivery in deliveries]
        yield _texts(contract, " union all ".join(f"({query})" for query in queries))


@contextmanager
def _bare_cells(connection: duckdb.DuckDBPyConnection, delivery: Placed) -> Iterator[str]:
    """The cells of one delivery under the names of their columns, as they are.

    What is done to every cell is said once for all deliveries, above their union: planning it costs time for each.
    """
    contract, positions = delivery.contract, delivery.positions
    bare = ", ".join(
        f'{f"c{positions[column.name]}" if column.name in positions else "null::varchar"} as "{column.name}__cell"'
        for column in contract.columns
    )
    names = [column.name for column in contract.columns]
    places = [names.index(name) + 1 for name in sorted(positions, key=lambda name: positions[name])]
    with cells(connection, delivery.sheet, delivery.header_row, delivery.receipt_id) as query:
        yield f"""
            select '{delivery.receipt_id}' as receipt_id, date '{delivery.month_end}' as month_end, line_number,
                too_few, too_many, {places} as places, {delivery.sheet.is_from_1904} as is_from_1904, {bare}
            from ({query})"""


def _texts(contract: Contract, bare_cells: str) -> str:
    """The rows of `bare_cells` that hold something, each cell as text: trimmed, and no longer than can be meant."""
    bare = [f'"{column.name}__cell"' for column in contract.columns]
    texts = ", ".join(f'{_text(column)} as "{text_name(column)}"' for column in contract.columns)
    too_long = " or ".join(f"coalesce(strlen({cell}) > {LONGEST_CELL}, false)" for cell in bare)
    filled = ", ".join(f'"{text_name(column)}"' for column in contract.columns)
    return f"""
        select * from (
            select receipt_id, month_end, line_number, too_few, too_many, places, {too_long} as too_long, {texts}
            from ({bare_cells})
        ) where coalesce({filled}) is not null"""


def _text(column: Column) -> str:
    cell = f'"{column.name}__cell"'
    text = trimmed(cell)
    if column.type is Type.DATE:
        # A day that is not formatted as one comes as the number of days since the workbook's own first day.
        later = f"({text}::double + {_DAYS_TO_1904})::varchar"
        from_1904 = f"case when regexp_full_match({text}, '{SERIAL_DAY}') then {later} else {text} end"
        text = f"case when is_from_1904 then {from_1904} else {text} end"
    return f"case when strlen({cell}) > {LONGEST_CELL} then left({cell}, {_SHOWN_OF_LONG}) else {text} end"


def stage(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    area: LocalArea,
    deliveries: Sequence[Placed],
    tell: Callable[[int], None] | None = None,
) -> Staged:
    """Makes the extract's desk table of the deliveries: canonical names and types, and each row's faults.

    `tell` hears how many deliveries each step took. Needs the variable `identifier_key` and the macros of
    `sql/identifiers.sql` on the connection.
    """
    readers = [reader(column, contract, area) for column in contract.columns]
    clear_desk(connection, contract)
    connection.execute(f"create table {desk_table(contract)} as {_typed(contract, readers, _no_cells(contract))}")
    refusals: dict[str, Unreadable] = {}
    # Rows know their line, so their order on the desk is free, and files can be read side by side.
    connection.execute("set preserve_insertion_order = false")
    for batch in _batches(deliveries):
        refusals |= _read_in(connection, contract, readers, batch)
        if tell:
            tell(len(batch))
    connection.execute("set preserve_insertion_order = true")
    refusals |= _without_endless(connection, contract)
    refusals |= _without_swallowed(connection, contract, deliveries)
    refusals |= _without_other_orders(connection, contract)
    differing = below_the_rows.take_off(connection, contract, desk_table(contract))
    _mark_duplicates(connection, contract)
    return Staged(refusals, differing)


def _batches(deliveries: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Deliveries that are read by one statement: few enough that progress shows and workbooks fit in memory."""
    batch: list[Placed] = []
    for delivery in deliveries:
        batch.append(delivery)
        if sum(one.sheet.path.stat().st_size for one in batch) >= _BATCH_BYTES:
            yield batch
            batch = []
    if batch:
        yield batch


def _read_in(
    connection: duckdb.DuckDBPyConnection, contract: Contract, readers: Sequence[Reader], batch: Sequence[Placed]
) -> dict[str, Unreadable]:
    """Adds the rows of a batch to the desk; where something is wrong, file by file, to tell which it is."""
    try:
        with text_cells(connection, contract, batch) as texts:
            connection.execute(f"insert into {desk_table(contract)} {_typed(contract, readers, texts)}")
    except Unreadable as refusal:
        if len(batch) == 1:
            return {batch[0].receipt_id: refusal}
    except duckdb.Error as error:
        if room := out_of_room(error):
            raise room from error
        if len(batch) == 1:
            # DuckDB's own message can quote the file, so it is not repeated.
            if "line size" in str(error).lower():
                return {batch[0].receipt_id: Unreadable("file_too_large", TOO_LONG_A_LINE)}
            return {batch[0].receipt_id: Unreadable("file_unreadable", "The file's rows cannot be read.")}
    else:
        return {}
    refusals: dict[str, Unreadable] = {}
    for delivery in batch:
        refusals |= _read_in(connection, contract, readers, [delivery])
    return refusals


def _no_cells(contract: Contract) -> str:
    bare = ", ".join(f'null::varchar as "{column.name}__cell"' for column in contract.columns)
    none = f"""select null::varchar as receipt_id, null::date as month_end, null::bigint as line_number,
        false as too_few, false as too_many, []::integer[] as places, false as is_from_1904, {bare} limit 0"""
    return _texts(contract, none)


def _typed(contract: Contract, readers: Sequence[Reader], cells_query: str) -> str:
    """The rows of `cells_query` read as the contract says."""
    texts = [f'"{text_name(column)}"' for column in contract.columns]
    cleaned = "".join(f', {expression} as "{name}"' for reader in readers for name, expression in reader.cleaned)
    values = ", ".join(f'{expression} as "{name}"' for reader in readers for name, expression in reader.select)
    names = ", ".join(f'"{name}"' for reader in readers for name, _ in reader.select)
    faults = [("row_too_few_fields", "too_few"), ("row_too_many_fields", "too_many"), ("row_cell_too_long", "too_long")]
    faults += [fault for reader in readers for fault in reader.faults]
    runs_on = " or ".join(f"contains({text}, chr(10))" for text in texts)
    listed, required = f"[{', '.join(texts)}]", [f'"{text_name(one)}"' for one in contract.columns if one.required]
    return f"""
    with text as ({cells_query}),
    cleaned as (
        select *, hash({", ".join(texts)}) as fingerprint, coalesce({runs_on}, false) as runs_on,
            {below_the_rows.kind_of(listed, "places", required)} as kind{cleaned}
        from text
    ),
    typed as (
        select *, {values} from cleaned
    )
    select receipt_id, month_end, line_number, fingerprint, runs_on, kind, {names}, {codes_of(faults)} as faults,
        case when kind is not null then {listed} end as texts
    from typed"""


def codes_of(faults: Iterable[tuple[str, str]]) -> str:
    """The list of the codes whose condition holds for a row, given pairs of code and condition."""
    pairs = list(faults)
    if not pairs:
        return "[]::varchar[]"
    # Nearly every row is sound: only for the others is a list put together.
    is_any = " or ".join(f"coalesce({condition}, false)" for _, condition in pairs)
    cases = ",\n".join(f"case when {condition} then '{code}' end" for code, condition in pairs)
    return f"case when {is_any} then list_filter([{cases}], lambda code: code is not null) else []::varchar[] end"


def _without_endless(connection: duckdb.DuckDBPyConnection, contract: Contract) -> dict[str, Unreadable]:
    """Takes files off the desk that have more rows than any extract can have."""
    desk = desk_table(contract)
    query = f"select receipt_id from {desk} group by receipt_id having count(*) > {MOST_ROWS}"
    found = [receipt_id for (receipt_id,) in connection.execute(query).fetchall()]
    connection.execute(f"delete from {desk} where receipt_id in (select unnest(?::varchar[]))", [found])
    return {receipt_id: Unreadable("file_too_large", TOO_MANY_ROWS) for receipt_id in found}


def _without_swallowed(
    connection: duckdb.DuckDBPyConnection, contract: Contract, deliveries: Sequence[Placed]
) -> dict[str, Unreadable]:
    """Takes files off the desk in which a quotation mark stays open and a cell runs over the end of its line."""
    desk = desk_table(contract)
    running = connection.execute(f"select distinct receipt_id from {desk} where runs_on").fetchall()
    refusals = {}
    for delivery in deliveries:
        if (delivery.receipt_id,) in running and has_open_quote(delivery.sheet):
            connection.execute(f"delete from {desk} where receipt_id = ?", [delivery.receipt_id])
            sentence = "A quotation mark is opened and never closed, and swallows rows."
            refusals[delivery.receipt_id] = Unreadable("file_unreadable", sentence)
    return refusals


def _without_other_orders(connection: duckdb.DuckDBPyConnection, contract: Contract) -> dict[str, Unreadable]:
    """Takes files off the desk in which a date proves another order of day and month than was agreed (INTAKE 15)."""
    desk = desk_table(contract)
    codes = [f"{column.name}{OTHER_ORDER}" for column in contract.columns if column.type is Type.DATE]
    found = connection.execute(
        f"""select distinct receipt_id, code from (
            select receipt_id, unnest(faults) as code from {desk} where len(faults) > 0
        ) where code in (select unnest(?::varchar[]))""",
        [codes],
    ).fetchall()
    refusals: dict[str, Unreadable] = {}
    for receipt_id, code in sorted(found, key=lambda one: codes.index(one[1]), reverse=True):
        column = code.removesuffix(OTHER_ORDER)
        sentence = f"A day of {column} stands where its month is agreed to stand, so no date of the file is sure."
        refusals[receipt_id] = Unreadable(code, sentence, column)
    connection.execute(f"delete from {desk} where receipt_id in (select unnest(?::varchar[]))", [list(refusals)])
    return refusals


def _mark_duplicates(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Gives rows of one delivery that share their key the fault of a row sent twice, or of a contradiction."""
    desk, keys = desk_table(contract), [f'"{column.name}"' for column in contract.key]
    same_key = f"hash(receipt_id, {', '.join(keys)})"
    has_key = " and ".join(f"{key} is not null" for key in keys)
    codes = codes_of([("row_duplicate", "copy > 1"), (f"{contract.key[0].name}_duplicate", "not is_same_row")])
    # Hashes find the few rows worth comparing; only those are.
    connection.execute(
        f"""update {desk} as row set faults = list_concat(found.codes, row.faults)
        from (
            select receipt_id, line_number, {codes} as codes
            from (
                select receipt_id, line_number,
                    min(fingerprint) over same_key = max(fingerprint) over same_key as is_same_row,
                    row_number() over (
                        partition by receipt_id, {", ".join(keys)}, fingerprint order by line_number
                    ) as copy
                from {desk}
                where {has_key} and {same_key} in (
                    select {same_key} from {desk} where {has_key} group by all having count(*) > 1
                )
                window same_key as (partition by receipt_id, {", ".join(keys)})
            )
            where copy > 1 or not is_same_row
        ) as found
        where row.receipt_id = found.receipt_id and row.line_number = found.line_number"""
    )


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
