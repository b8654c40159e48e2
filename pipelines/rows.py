"""Writing rows that Python holds into a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import polars as pl


def add_rows(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Adds rows, whose values stand in the order of `columns`, to a table, in one statement.

    One by one, a few thousand rows would take DuckDB seconds.
    """
    if rows:
        add_frame(connection, table, pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None))


def add_frame(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    """Adds the rows of a frame to a table, in their order; columns find each other by name."""
    connection.register("rows_to_add", frame.to_arrow())
    try:
        connection.execute(f"insert into {table} by name select * from rows_to_add")
    finally:
        connection.unregister("rows_to_add")
