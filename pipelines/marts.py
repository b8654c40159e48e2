"""Stop 4, model: held extracts become marts, one row per thing, agencies side by side.

Each mart is one SQL file named for it; this module only runs them, in the order in which they read each other.
"""

from __future__ import annotations

import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

MARTS = Path(__file__).parent / "sql" / "marts"


@cache
def mart_queries() -> dict[str, str]:
    """The query of every mart by its name, those first that others read."""
    queries = {path.stem: path.read_text(encoding="utf-8") for path in sorted(MARTS.glob("*.sql"))}
    reads = {name: set(re.findall(r"\bmart\.(\w+)", query)) for name, query in queries.items()}
    return {name: queries[name] for name in TopologicalSorter(reads).static_order()}


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes every mart anew from what is held."""
    for name, query in mart_queries().items():
        connection.execute(f"create or replace table mart.{name} as\n{query}")
