"""Small inboxes for tests: the files that agencies make of rows, a refresh of them, and what came of it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data_contracts import load, load_local_area
from metrics import catalogue
from metrics.periods import month_end
from pipelines import intake, warehouse
from pipelines.__main__ import main
from pipelines.progress import Steps
from pipelines.refresh import Outcome, refresh
from pipelines.staging import Placed, desk_table, stage
from pipelines.store import Store
from tests.pipelines.templates import Row

ROOT = Path(__file__).parents[2]
MONTH = "2025-09"
CONTRACTS = load()
AREA = load_local_area()


def as_table(table: Sequence[Row]) -> list[list[str]]:
    """Header and cells, the columns in the order of the first row."""
    return [list(table[0]), *([one[name] for name in table[0]] for one in table)]


def write_lines(path: Path, lines: Iterable[Iterable[str]], *, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    """A text file of these lines of cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(lines)
    return path


def deliver(inbox: Path, extract: str, table: Sequence[Row], *, month: str = MONTH, name: str = "") -> Path:
    """A delivery as agreed: below its month and agency, named for its extract."""
    agency, called = extract.split("/")
    return write_lines(inbox / month / agency / f"{name or called}_{month}.csv", as_table(table))


def run(store: Path, inbox: Path, *, month: date | None = None, is_sample: bool = False) -> Outcome:
    """A refresh, in this process."""
    return refresh(Store(store), inbox, month, is_sample=is_sample, steps=Steps())


@dataclass(frozen=True)
class Said:
    """What one command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


def command(capsys: pytest.CaptureFixture[str], *words: object) -> Said:
    """`python -m pipelines …`, in this process."""
    capsys.readouterr()
    code = main([str(word) for word in words])
    said = capsys.readouterr()
    return Said(code, said.out, said.err)


def outside(*words: object, **environment: str) -> Said:
    """`python -m pipelines …` as a process of its own."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("INSIGHT_")}
    done = subprocess.run(
        [sys.executable, "-m", "pipelines", *map(str, words)],
        cwd=ROOT,
        env=surroundings | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return Said(done.returncode, done.stdout, done.stderr)


def query(file: Path, sql: str) -> list[tuple[Any, ...]]:
    """The answer of a release or a warehouse that nobody has open."""
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def cell(file: Path, metric: str, month: str, *, by: str = "all", category: str = "all", grain: str = "month") -> Any:
    """Value and status of one cell, read where protection has been (a release) or not yet (the warehouse)."""
    table = "measure.metric_value" if file.name == "warehouse.duckdb" else "metric_value"
    found = query(
        file,
        f"select value, status from {table} where metric_id = '{metric}' and grain = '{grain}' "
        f"and period_end = last_day(date '{month}-01') and dimension = '{by}' and category = '{category}'",
    )
    return found[0] if found else None


def received(path: Path, inbox: Path, month: date | None = None) -> intake.Delivery:
    """What a file of an inbox is."""
    return intake.receive(path, inbox, CONTRACTS, AREA.agencies, month)


@contextmanager
def empty_warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse in memory, every table in place and the reference data loaded."""
    with warehouse.in_memory(CONTRACTS.values(), key="for tests") as connection:
        warehouse.load_reference(connection, catalogue.load(), {})
        yield connection


def placed(delivery: intake.Delivery) -> Placed:
    """A recognised delivery, ready to be read."""
    recognised, month = delivery.recognised, delivery.month
    assert recognised, delivery.findings
    assert month
    return Placed(
        delivery.fingerprint[:8],
        recognised.contract,
        month_end(month),
        recognised.sheet,
        recognised.header_row,
        recognised.positions,
    )


def stage_file(connection: duckdb.DuckDBPyConnection, delivery: intake.Delivery) -> None:
    """Puts the rows of a recognised delivery on the desk; raises `Unreadable` where that cannot be."""
    file = placed(delivery)
    for refusal in stage(connection, file.contract, AREA, [file]).refusals.values():
        raise refusal


def staged(extract: str, lines: Iterable[Iterable[str]], folder: Path) -> list[dict[str, Any]]:
    """The rows of a delivery made of these lines as they stand on the desk, canonical and typed, in order."""
    agency, name = extract.split("/")
    path = write_lines(folder / MONTH / agency / f"{name}_{MONTH}.csv", lines)
    with empty_warehouse() as connection:
        stage_file(connection, received(path, folder))
        cursor = connection.execute(f"select * from {desk_table(CONTRACTS[extract])} order by line_number")
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
