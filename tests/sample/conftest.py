"""The default sample, written once for all tests, and a DuckDB database of what was written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest
from filelock import FileLock

from sample_data.generate import EXTRACTS, write

QUARTERLY = ("03", "06", "09", "12")


@pytest.fixture(scope="session")
def sample(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Each extract as a table of all its deliveries, every column text, with `agency`, `reporting_month`, `month_end`.

    Returns of all agencies are one table. Of attendance every third delivery is held, which makes every month once.
    `last_<extract>` is the delivery of September 2025 alone. The processes of a test run share one sample.
    """
    shared = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        shared = shared.parent
    database = shared / "sample.duckdb"
    with FileLock(shared / "sample.lock"):
        if not database.exists():
            _build(write(shared / "sample"), shared / "sample.building")
            (shared / "sample.building").rename(database)
    with duckdb.connect(database, read_only=True) as connection:
        yield connection


def _build(paths: list[Path], database: Path) -> None:
    with duckdb.connect(database) as connection:
        for name in sorted({extract.split("/")[1] for extract in EXTRACTS}):
            files = [path for path in paths if path.match(f"{name}_*.csv")]
            if name == "attendance":
                files = [path for path in files if path.stem.endswith(QUARTERLY)]
            connection.register("deliveries", pl.concat([_read(path) for path in files]))
            connection.execute(f"""
                create table {name} as
                select *, last_day((reporting_month || '-01')::date) as month_end from deliveries
            """)
            connection.execute(f"create view last_{name} as select * from {name} where reporting_month = '2025-09'")
            connection.unregister("deliveries")


def _read(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False).with_columns(
        agency=pl.lit(path.parts[-2]), reporting_month=pl.lit(path.parts[-3])
    )
