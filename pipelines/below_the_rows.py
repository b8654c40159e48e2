"""Totals and footnotes below the rows of a file: they are no rows, and a total must agree with what it totals.

A line is taken for one only where it lacks something that every row has, and only below the last row; anything
that could be a row stays one, and is set aside like any row that lacks something (INTAKE 10).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import duckdb

from data_contracts.contract import Column, Contract, Type

TOTAL, COUNT, PART, NOTE = "total", "count", "part", "note"
_NUMBER: Final = "^-?(£\\s?)?-?[0-9][0-9,]*([.][0-9]+)?\\s?%?$"
_SAYS_TOTAL: Final = "^((grand|overall|report|column|final)\\s+)?totals?\\b|^sum\\b"
_SAYS_COUNT: Final = (
    "^(row |record )?count\\b|^(total )?(number |no[.]? )?(of )?(rows|records)\\b"
    "|^(total )?(number|no[.]?) of (pupils|children|cases)\\b"
)
_SAYS_PART: Final = "^sub-?\\s?totals?\\b"
_SAYS_NOTE: Final = (
    "^(notes?\\b|source|prepared|produced|generated|extracted|exported|printed|run (on|by|date)|report |confidential"
    "|official|end of|page [0-9]|n[.]?b[.]?\\b|copyright|[*\u2020\u2021]+\\s*[a-z(]|[(\\[][a-z0-9*]+[)\\]]\\s|\u00a9)"
)
_SENTENCE: Final = "\\S+\\s+\\S+\\s+\\S+"


def kind_of(texts: str, places: str, required: Iterable[str]) -> str:
    """What a line is if it is no row (`total`, `count`, `part`, `note`), as SQL; null for anything that may be a row.

    `texts` is the list of the line's cells, null where blank; `places` the list of where each cell of the file's line
    stands in it, so that the first of the line is found; `required` are the cells that every row has.
    """
    # Nearly every line lacks nothing: only for the others is anything else looked at.
    lacks = " or ".join(f"{cell} is null" for cell in required)
    first = (
        f"lower(list_filter(list_transform({places}, lambda place: {texts}[place]), lambda cell: cell is not null)[1])"
    )
    filled = f"len(list_filter({texts}, lambda cell: cell is not null))"
    numbers = f"len(list_filter({texts}, lambda cell: regexp_matches(cell, '{_NUMBER}')))"
    return f"""case when not ({lacks}) then null
        when regexp_matches({first}, '{_SAYS_PART}') and {numbers} >= {filled} - 1 then '{PART}'
        when regexp_matches({first}, '{_SAYS_COUNT}') and {numbers} >= {filled} - 1 then '{COUNT}'
        when regexp_matches({first}, '{_SAYS_TOTAL}') and {numbers} >= {filled} - 1 then '{TOTAL}'
        when regexp_matches({first}, '{_SAYS_NOTE}') then '{NOTE}'
        when {filled} = 1 and regexp_matches({first}, '{_SENTENCE}') then '{NOTE}' end"""


def take_off(connection: duckdb.DuckDBPyConnection, contract: Contract, desk: str) -> dict[str, list[str | None]]:
    """Takes totals and notes below the rows off the desk; gives the columns whose total differs, by receipt.

    A differing count of the rows has no column. Needs the desk's columns `kind` and, for totals, `texts`: the cells
    as text, in the contract's order.
    """
    below = connection.execute(
        f"""select receipt_id, line_number, kind, texts
        from {desk} join (
            select receipt_id, coalesce(max(line_number) filter (kind is null), 0) as last_line
            from {desk} where receipt_id in (select receipt_id from {desk} where kind is not null) group by receipt_id
        ) using (receipt_id)
        where kind is not null and line_number > last_line"""
    ).fetchall()
    if not below:
        return {}
    lines = {"receipt_id": [one[0] for one in below], "line_number": [one[1] for one in below]}
    connection.execute(
        f"""delete from {desk} where (receipt_id, line_number) in (
            select unnest($receipt_id::varchar[]), unnest($line_number::bigint[])
        )""",
        lines,
    )
    differing: dict[str, list[str | None]] = {}
    for receipt_id, _, kind, texts in below:
        if kind in (TOTAL, COUNT):
            known = differing.setdefault(receipt_id, [])
            known += [
                one for one in _differing(connection, contract, desk, receipt_id, kind, texts) if one not in known
            ]
    return {receipt_id: columns for receipt_id, columns in differing.items() if columns}


def _differing(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    desk: str,
    receipt_id: str,
    kind: str,
    texts: Sequence[str | None],
) -> list[str | None]:
    """The columns in which a total says something else than the rows above it; None for the number of rows."""
    said = {
        column.name: number
        for column, text in zip(contract.columns, texts, strict=True)
        if (number := _number_in(text)) is not None
    }
    if not said or kind == COUNT:
        # "Total: 153" in one cell, or "Rows" with the number beside it, says how many rows there are.
        first = next((text for text in texts if text), "")
        number = next(iter(said.values()), _number_in(re.sub(r"^.*[\s:=]", "", first.strip())))
        counted = connection.execute(f"select count(*) from {desk} where receipt_id = ?", [receipt_id]).fetchone()
        return [None] if number is not None and counted != (number,) else []
    meant = ", ".join(f"[{', '.join(_could_be(contract.column(name)))}]" for name in said)
    found = connection.execute(f"select {meant} from {desk} where receipt_id = ?", [receipt_id]).fetchone() or ()
    return [name for (name, number), sums in zip(said.items(), found, strict=True) if not _agrees(number, sums)]


def _could_be(column: Column) -> list[str]:
    """What a number below a column may total, as SQL: its numbers or, where it has none, rows, filled or different."""
    name = f'"{column.name}"'
    if column.marks:
        mark = f'"{column.name}_mark"'
        # Figures that the sender hides may be in its total; they are not in its rows, so nothing can be compared.
        return [f"case when count({mark}) = 0 then coalesce(sum({name}), 0)::double end"]
    if column.type in (Type.INT, Type.NUMBER):
        return [f"coalesce(sum({name}), 0)::double"]
    yes = [f"count(*) filter ({name})::double"] if column.type is Type.BOOL else []
    return [*yes, "count(*)::double", f"count({name})::double", f"count(distinct {name})::double"]


def _agrees(number: float, sums: Sequence[float | None]) -> bool:
    meant = [one for one in sums if one is not None]
    return not meant or any(abs(number - one) <= 0.005 + 1e-9 * abs(one) for one in meant)


def _number_in(text: str | None) -> float | None:
    clean = (text or "").strip().replace("£", "").replace(",", "").replace(" ", "").rstrip("%")
    try:
        return float(clean) if clean and clean[0] in "-0123456789." else None
    except ValueError:
        return None


def sentence(column: str | None) -> str:
    """What to say of a total that differs."""
    if column is None:
        return "The number of rows that the file gives is not that of its rows; some may be lacking."
    return f"The total below {column} is not that of the rows above it; rows may be lacking, or were changed."
