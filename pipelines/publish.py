"""Stop 7, publish: protected figures become one immutable file, moved into place whole."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from data_contracts.local_area import LocalArea
from metrics.definition import Definition
from metrics.queries import readable_sql
from metrics.release_format import CELL_KEY, FORMAT_VERSION, TABLES, create_statements
from pipelines import revisions
from pipelines.faults import StoreDamaged
from pipelines.rows import add_frame, add_rows
from pipelines.store import Store, for_everybody, move_into_place, public_files, write_whole


@dataclass(frozen=True)
class Edition:
    """What a release says of itself besides its figures."""

    month: date
    inputs_fingerprint: str
    is_sample: bool
    area: LocalArea
    definitions: Mapping[str, Definition]
    receipts: Sequence[Mapping[str, Any]]
    findings: Sequence[Mapping[str, Any]]
    mart_columns: Mapping[str, Mapping[str, str]]
    lineage: Mapping[str, Sequence[tuple[str, str]]]
    held: revisions.Held


def publish(store: Store, edition: Edition, values: pl.DataFrame) -> str:
    """Writes the release, remembers what it shows, and puts it in force; returns its id.

    `values` are protected `metric_value` rows: this function adds nothing to them but whether
    a number differs from the release that was in force before, and by which delivery.
    """
    supersedes = store.in_force()
    release_id = _next_id(store, edition.month)
    described = [_metric_row(one, edition) for one in edition.definitions.values()]
    values, changed = revisions.revised(values, _before(store, supersedes), edition.held, described)
    tables = {
        "release": [_release_row(edition, release_id, supersedes)],
        "metric": described,
        "lineage": [
            {"metric_id": metric_id, "extract": extract, "column_name": column}
            for metric_id, sources in edition.lineage.items()
            for extract, column in sources
        ],
        "receipt": [_rounded(row, ("rows_received", "rows_accepted", "rows_quarantined")) for row in edition.receipts],
        "finding": [_rounded(row, ("row_count",)) for row in edition.findings],
    }
    with public_files():
        store.releases.mkdir(parents=True, exist_ok=True)
    beside = store.releases / f".{release_id}.part"
    try:
        _write(beside, tables, {"metric_value": values, "revision": changed})
        _remember_shown(store, release_id, values)
        write_whole(store.publishing, release_id.encode())
        move_into_place(beside, store.release_file(release_id))
    finally:
        beside.unlink(missing_ok=True)
    finish(store)
    return release_id


def finish(store: Store) -> str | None:
    """Puts a release in force that was made to be, and returns its id; None where there is nothing to finish.

    A refresh that is cut off between making a release and putting it in force leaves its id in
    `store.publishing`: that tells it from a release that somebody rolled back.
    """
    if not store.publishing.exists():
        return None
    release_id = store.publishing.read_text(encoding="utf-8").strip()
    is_due = release_id in store.release_ids() and store.in_force() != release_id
    if is_due:
        store.put_in_force(release_id)
    store.publishing.unlink()
    return release_id if is_due else None


def roll_back(store: Store, release_id: str) -> None:
    """Puts a release in force that was published before."""
    store.publishing.unlink(missing_ok=True)
    store.put_in_force(release_id)


def prune(store: Store, keep: int) -> list[str]:
    """Deletes all releases but the `keep` published last and the one in force; returns the ids of those deleted."""
    kept = {release_id for *_, release_id, _ in _published(store)[-keep:]} | {store.in_force()}
    gone = [release_id for release_id in store.release_ids() if release_id not in kept]
    if gone:
        # Written first: an id that was published once never names another release.
        write_whole(store.pruned, "".join(f"{one}\n" for one in [*_pruned(store), *gone]).encode())
    for release_id in gone:
        store.release_file(release_id).unlink()
    return gone


@contextmanager
def opened(store: Store, release_id: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A release to look things up in; raises `StoreDamaged` when its file cannot be read as one."""
    path = store.release_file(release_id)
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            yield connection
    except duckdb.Error as error:
        raise StoreDamaged(
            f"{path} is damaged and cannot be read. Put it back from a backup, or move it away and put another in "
            "force: python -m pipelines rollback RELEASE_ID"
        ) from error


def published_with(store: Store, inputs_fingerprint: str) -> str | None:
    """The release published last, if it was made from these very inputs; else None.

    Only the last counts: to return to earlier inputs is a change, to return to an earlier release is not.
    """
    published = _published(store)
    if not published:
        return None
    _, _, last, made_from = published[-1]
    return last if made_from == inputs_fingerprint else None


def _published(store: Store) -> list[tuple[datetime, int, str, str]]:
    """Every release in the order of publication: when, its place in the list, its id, what it was made from."""
    found = []
    for place, release_id in enumerate(store.release_ids()):
        with opened(store, release_id) as connection:
            row = connection.execute("select created_at, inputs_fingerprint from release").fetchone()
        if row:
            found.append((row[0], place, release_id, row[1]))
    return sorted(found)


def _pruned(store: Store) -> list[str]:
    return store.pruned.read_text(encoding="utf-8").split() if store.pruned.exists() else []


def _next_id(store: Store, month: date) -> str:
    prefix = f"{month:%Y-%m}.r"
    used = [*store.release_ids(), *_pruned(store)]
    taken = [int(one.removeprefix(prefix)) for one in used if one.startswith(prefix)]
    return f"{prefix}{max(taken, default=0) + 1}"


def _before(store: Store, release_id: str | None) -> revisions.Before | None:
    if release_id is None or not store.release_file(release_id).exists():
        return None
    with opened(store, release_id) as connection:
        return revisions.shown_by(connection)


def _release_row(edition: Edition, release_id: str, supersedes: str | None) -> dict[str, Any]:
    return {
        "release_id": release_id,
        "format_version": FORMAT_VERSION,
        "reporting_month": f"{edition.month:%Y-%m}",
        "created_at": datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        "supersedes": supersedes,
        "code_version": code_version(),
        "inputs_fingerprint": edition.inputs_fingerprint,
        "is_sample": edition.is_sample,
        "local_area": edition.area.name,
        "disclosure_policy": edition.area.disclosure.name,
    }


def _metric_row(one: Definition, edition: Edition) -> dict[str, Any]:
    return {
        "metric_id": one.metric_id,
        "title": one.title,
        "question": one.question,
        "definition": one.definition,
        "theme": one.theme,
        "lane": one.lane,
        "agency": one.agency,
        "extract": " + ".join(one.extracts),
        "unit": str(one.unit),
        "direction": str(one.direction),
        "grains": [str(grain) for grain in one.grains],
        "dimensions": list(one.dimensions),
        "target": json.dumps([target.model_dump(mode="json", by_alias=True) for target in one.target]),
        "benchmark": one.benchmark.model_dump_json() if one.benchmark else None,
        "outcome": one.outcome,
        "headline": one.headline,
        "owner": one.owner,
        "version": one.version,
        "caveats": list(one.caveats),
        "disclosure": one.disclosure,
        "behind": one.behind,
        "sql": readable_sql(one, edition.mart_columns.get(one.mart or "", {})),
        "example": one.example.model_dump_json(exclude_none=True),
    }


def _rounded(row: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    """Row counts to the nearest 10, halves up: how many rows were sent can itself tell of a child."""
    return {
        name: (int(value) + 5) // 10 * 10 if name in columns and value is not None else value
        for name, value in row.items()
    }


def _write(path: Path, tables: Mapping[str, Sequence[Mapping[str, Any]]], frames: Mapping[str, pl.DataFrame]) -> None:
    with duckdb.connect(str(path)) as connection:
        for statement in create_statements():
            connection.execute(statement)
        for table, rows in tables.items():
            columns = list(TABLES[table])
            add_rows(connection, table, columns, [[row.get(column) for column in columns] for row in rows])
        for table, frame in frames.items():
            add_frame(connection, table, frame.select(*TABLES[table]).sort(CELL_KEY))
        connection.execute("checkpoint")
    for_everybody(path)
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _remember_shown(store: Store, release_id: str, values: pl.DataFrame) -> None:
    """Adds to the record of what was ever shown each cell that no release showed in this form before."""
    numbers = ("numerator", "denominator", "value")
    has_number = pl.any_horizontal(pl.col(numbers).is_not_null())
    shown = values.filter(has_number).select(*CELL_KEY, *numbers, pl.lit(release_id).alias("release_id"))
    if store.shown.exists():
        # What stands under this id already comes from a refresh that was cut off before anybody could see it.
        earlier = pl.read_parquet(store.shown).filter(pl.col("release_id") != release_id)
        fresh = shown.join(earlier, on=[*CELL_KEY, *numbers], how="anti", nulls_equal=True)
        shown = pl.concat([earlier, fresh])
    beside = store.shown.with_name(".shown.parquet.part")
    shown.write_parquet(beside)
    for_everybody(beside)
    with beside.open("rb+") as file:
        os.fsync(file.fileno())
    move_into_place(beside, store.shown)


def code_version() -> str:
    """The commit the code stands at, or `unknown` where it is not a checkout."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
            timeout=5,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return found.stdout.strip()
