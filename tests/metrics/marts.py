"""Marts of the real schema with a few rows in them, and the figures that come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import duckdb
import pytest

from data_contracts import load
from data_contracts.contract import Kind
from metrics import catalogue
from metrics.calculate import measure
from metrics.definition import Definition, Expected
from metrics.periods import Coverage
from metrics.release_format import Grain
from pipelines import marts, warehouse

CONTRACTS = load()
DEFINITIONS = catalogue.load()
LONG_AGO = date(2000, 1, 1)

Cell = dict[str, Any]


@contextmanager
def empty_marts() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every mart, with its real columns and no rows."""
    with warehouse.in_memory(CONTRACTS.values(), key="for tests") as connection:
        warehouse.load_reference(connection, DEFINITIONS, {})
        marts.build(connection)
        yield connection


def fill(connection: duckdb.DuckDBPyConnection, mart: str, given: Sequence[Mapping[str, Any]]) -> None:
    """Replaces the rows of a mart; columns that a row leaves out are null."""
    connection.execute(f"delete from {mart}")
    kinds = {name: kind for name, kind, *_ in connection.execute(f"describe {mart}").fetchall()}
    for row in ({name: _written(value, kinds[name]) for name, value in row.items()} for row in given):
        columns = ", ".join(f'"{name}"' for name in row)
        places = ", ".join("?" * len(row))
        connection.execute(f"insert into {mart} ({columns}) values ({places})", list(row.values()))


def _written(value: Any, kind: str) -> Any:
    """A value as the mart holds it: where identifiers are hashed, a letter stands for one."""
    return uuid5(NAMESPACE_OID, value) if kind == "UUID" and isinstance(value, str) else value


def covered(
    extract: str, *months: date, first: date | None = None, history_begins: date | None = LONG_AGO, **more: Any
) -> Coverage:
    """An extract accepted for these months (their first days)."""
    kind = CONTRACTS[extract].kind
    begins = history_begins if kind is Kind.HISTORY else None
    return Coverage(kind, frozenset(months), first or min(months), begins, **more)


def measured(
    connection: duckdb.DuckDBPyConnection,
    definitions: Sequence[Definition],
    release_month: date,
    coverage: Mapping[str, Coverage] | None = None,
) -> list[Cell]:
    """Every cell, in order; without `coverage`, of extracts that were accepted for the release's month alone."""
    if coverage is None:
        coverage = {name: covered(name, release_month) for one in definitions for name in one.extracts}
    measure(connection, definitions, coverage, release_month)
    cursor = connection.execute("select * from measure.metric_value order by all")
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def month_of_example(one: Definition) -> date:
    year, month = one.example.period.split("-")
    return date(int(year), int(month), 1)


def of_example(connection: duckdb.DuckDBPyConnection, one: Definition) -> Cell:
    """The `all` cell that a definition's worked example gives."""
    for mart, rows in {(one.mart or "mart.indicator"): one.example.given, **one.example.also}.items():
        fill(connection, mart, rows)
    found = pick(measured(connection, [one], month_of_example(one)), grain=one.example.grain)
    assert len(found) == 1, f"{one.metric_id}: {len(found)} cells"
    return found[0]


def differs(cell: Cell, expect: Expected) -> list[str]:
    """The numbers of a cell that are not those expected."""
    wrong = []
    for name, wanted in expect.model_dump().items():
        found = cell[name]
        same = found is None if wanted is None else found == pytest.approx(wanted, abs=1e-9)
        wrong += [] if same else [f"{name}: expected {wanted}, found {found}"]
    return wrong


def pick(
    cells: Sequence[Cell], *, grain: str = Grain.MONTH, dimension: str = "all", end: date | None = None
) -> list[Cell]:
    """The cells of one grain and breakdown, of every period or of the one that ends on a day."""
    return [
        cell
        for cell in cells
        if (cell["grain"], cell["dimension"]) == (grain, dimension) and end in (None, cell["period_end"])
    ]


def by_category(cells: Sequence[Cell], dimension: str, *, grain: str = Grain.MONTH) -> dict[str, Any]:
    """The values of a breakdown by its categories."""
    return {cell["category"]: cell["value"] for cell in pick(cells, grain=grain, dimension=dimension)}
