"""Published values come as CSV that any program reads, in the order of their keys, and narrowed down as asked."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from metrics.release_format import CELL_KEY, TABLES
from tests import releases
from tests.pipelines.inbox import command, outside, query

COLUMNS = list(TABLES["metric_value"])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one release, in which every kind of cell occurs."""
    return releases.write_store(tmp_path_factory.mktemp("store"))


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def told(value: Any) -> str:
    """A cell as it is written: null is empty, yes and no in small letters."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def test_values_are_utf_8_csv_with_a_header_null_empty_and_iso_dates(store):
    said = outside("values", "--store", store)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[0] == ",".join(COLUMNS)
    assert "\r" not in said.out
    release = store / "releases" / f"{releases.RELEASE_ID}.duckdb"
    listed, keys = ", ".join(COLUMNS), ", ".join(CELL_KEY)
    held = query(release, f"select {listed} from metric_value where dimension = 'all' order by {keys}")
    assert [list(row.values()) for row in table(said.out)] == [[told(value) for value in row] for row in held]
    statuses = {row["status"]: row for row in table(said.out)}
    assert {"ok", "c", "x", "z"} <= set(statuses)
    assert statuses["x"]["value"] == statuses["c"]["value"] == ""
    assert {row["is_provisional"] for row in table(said.out)} == {"true", "false"}
    assert all(date.fromisoformat(row["period_end"]) for row in table(said.out))


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("--metric ehe_count", {"metric_id": "ehe_count", "dimension": "all"}),
        ("--grain rolling_12m", {"grain": "rolling_12m", "dimension": "all"}),
        ("--period 2025-02", {"period_end": "2025-02-28", "dimension": "all"}),
        ("--by sex", {"dimension": "sex"}),
        ("--by phase*sen_provision --metric suspensions_count --period 2025-09 --grain rolling_12m",
         {"dimension": "phase*sen_provision", "metric_id": "suspensions_count", "period_end": "2025-09-30"}),
        ("--by all --release 2025-09.r2", {"dimension": "all"}),
    ],
)  # fmt: skip
def test_values_are_narrowed_down_to_what_is_asked_for(capsys, store, words, meant):
    said = command(capsys, "values", "--store", store, *words.split())
    found = table(said.out)
    assert said.code == 0
    assert found
    assert all({name: row[name] for name in meant} == meant for row in found)
    keys = [tuple(row[name] for name in CELL_KEY) for row in found]
    assert keys == sorted(keys)


def test_a_known_word_for_which_there_is_nothing_gives_the_header_alone(capsys, store):
    said = command(capsys, "values", "--store", store, "--period", "1999-12")
    assert (said.code, said.out.strip()) == (0, ",".join(COLUMNS))


def test_values_come_as_json_too(capsys, store):
    said = command(capsys, "values", "--store", store, "--metric", "ehe_count", "--json")
    assert [list(row) for row in said.document] == [COLUMNS] * releases.MONTHS
    assert all(isinstance(row["value"], float) and row["is_revised"] is False for row in said.document)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--metric ehe_cont", "There is no metric ehe_cont; did you mean ehe_count?"),
        ("--grain monthly", "There is no grain monthly; did you mean month?"),
        ("--by wards", "There is no dimension wards; did you mean ward?"),
        ("--release 2025-09.r9", "There is no release 2025-09.r9; did you mean 2025-09.r2?"),
        ("--metric zzz", "There is no metric zzz."),
    ],
)
def test_an_unknown_word_is_wrong_usage_with_the_nearest_one(capsys, store, words, sentence):
    said = command(capsys, "values", "--store", store, *words.split())
    assert (said.code, said.out, said.err.strip()) == (2, "", sentence)
