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

from data_contracts.contract import Contract, Kind, Type
from data_contracts.local_area import LocalArea
from pipelines.faults import out_of_room
from pipelines.reading import Sheet, Unreadable, cells, has_open_quote
from pipelines.values import Reader, reader, text_name, trimmed

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
    connection.execute(f"drop table if exists {desk_table(contract)}")


@contextmanager
def text_cells(connection: duckdb.DuckDBPyConnection, delivery: Placed) -> Iterator[str]:
    """The rows of a delivery as a query: its receipt, the line's number, and each column's cell as text.

    Blank rows are not rows. The query can be run inside the `with` block. Raises `Unreadable`.
    """
    contract, positions = delivery.contract, delivery.positions
    texts = ", ".join(
        f"{trimmed(f'c{positions[column.name]}') if column.name in positions else 'null::varchar'} "
        f'as "{text_name(column)}"'
        for column in contract.columns
    )
    every = ", ".join(f'"{text_name(column)}"' for column in contract.columns)
    with cells(connection, delivery.sheet, delivery.header_row, delivery.receipt_id) as query:
        yield f"""
            select * from (
                select '{delivery.receipt_id}' as receipt_id, date '{delivery.month_end}' as month_end,
                    line_number, too_few, too_many, {texts}
                from ({query})
            ) where coalesce({every}) is not null"""


def stage(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    area: LocalArea,
    deliveries: Sequence[Placed],
    tell: Callable[[int], None] | None = None,
) -> dict[str, Unreadable]:
    """Makes the extract's desk table of the deliveries: canonical names and types, and each row's faults.

    Returns why a delivery could not be read, by its receipt; none of its rows is on the desk then. `tell`
    hears how many deliveries each step took. Needs the variable `identifier_key` and the macros of
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
    refusals |= _without_swallowed(connection, contract, deliveries)
    _mark_duplicates(connection, contract)
    return refusals


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
        with ExitStack() as opened:
            queries = [opened.enter_context(text_cells(connection, delivery)) for delivery in batch]
            texts = " union all ".join(f"({query})" for query in queries)
            connection.execute(f"insert into {desk_table(contract)} {_typed(contract, readers, texts)}")
    except Unreadable as refusal:
        if len(batch) == 1:
            return {batch[0].receipt_id: refusal}
    except duckdb.Error as error:
        if room := out_of_room(error):
            raise room from error
        if len(batch) == 1:
            # DuckDB's own message can quote the file, so it is not repeated.
            return {batch[0].receipt_id: Unreadable("file_unreadable", "The file's rows cannot be read.")}
    else:
        return {}
    refusals: dict[str, Unreadable] = {}
    for delivery in batch:
        refusals |= _read_in(connection, contract, readers, [delivery])
    return refusals


def _no_cells(contract: Contract) -> str:
    texts = ", ".join(f'null::varchar as "{text_name(column)}"' for column in contract.columns)
    return f"""select null::varchar as receipt_id, null::date as month_end, null::bigint as line_number,
        false as too_few, false as too_many, {texts} limit 0"""


def _typed(contract: Contract, readers: Sequence[Reader], cells_query: str) -> str:
    """The rows of `cells_query` read as the contract says."""
    texts = [f'"{text_name(column)}"' for column in contract.columns]
    cleaned = "".join(f', {expression} as "{name}"' for reader in readers for name, expression in reader.cleaned)
    values = ", ".join(f'{expression} as "{name}"' for reader in readers for name, expression in reader.select)
    names = ", ".join(f'"{name}"' for reader in readers for name, _ in reader.select)
    faults = [("row_too_few_fields", "too_few"), ("row_too_many_fields", "too_many")]
    faults += [fault for reader in readers for fault in reader.faults]
    runs_on = " or ".join(f"contains({text}, chr(10))" for text in texts)
    return f"""
    with text as ({cells_query}),
    cleaned as (
        select *, hash({", ".join(texts)}) as fingerprint, coalesce({runs_on}, false) as runs_on{cleaned} from text
    ),
    typed as (
        select *, {values} from cleaned
    )
    select receipt_id, month_end, line_number, fingerprint, runs_on, {names}, {codes_of(faults)} as faults
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
