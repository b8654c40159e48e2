"""The default sample, written once for the tests of a file, and DuckDB tables of what was written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from sample_data.generate import EXTRACTS, write


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Each extract as a table of all its deliveries, every column text, with `reporting_month` and `month_end`.

    `last_<extract>` holds the delivery of September 2025 alone.
    """
    out = tmp_path_factory.mktemp("sample")
    paths = write(out)
    connection = duckdb.connect()
    for extract in EXTRACTS:
        agency, name = extract.split("/")
        deliveries = pl.concat([_read(path) for path in paths if path.match(f"{agency}/{name}_*.csv")])
        connection.register("deliveries", deliveries)
        connection.execute(f"""
            create table {name} as
            select *, last_day((reporting_month || '-01')::date) as month_end from deliveries
        """)
        connection.execute(f"create table last_{name} as select * from {name} where reporting_month = '2025-09'")
        connection.unregister("deliveries")
    yield connection
    connection.close()


def _read(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False).with_columns(reporting_month=pl.lit(path.parts[-3]))
