"""One sample at Derby's size for all tests of a file, and DuckDB tables of what was written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from sample_data.generate import EXTRACTS, write


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default sample: 25 months to September 2025, scale 1, seed 1."""
    out = tmp_path_factory.mktemp("sample")
    write(out)
    return out


@pytest.fixture(scope="session")
def sample(written: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Each extract as a table of all its deliveries, every column text, with `reporting_month` and `month_end`."""
    connection = duckdb.connect()
    for extract in EXTRACTS:
        agency, name = extract.split("/")
        connection.execute(f"""
            create table {name} as
            select * exclude (filename),
                regexp_extract(filename, '_(\\d{{4}}-\\d{{2}})\\.csv$', 1) as reporting_month,
                last_day((regexp_extract(filename, '_(\\d{{4}}-\\d{{2}})\\.csv$', 1) || '-01')::date) as month_end
            from read_csv('{written.as_posix()}/*/{agency}/{name}_*.csv', all_varchar = true, filename = true)
        """)
        connection.execute(f"create table last_{name} as select * from {name} where reporting_month = '2025-09'")
    yield connection
    connection.close()
