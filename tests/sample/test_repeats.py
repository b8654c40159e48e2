"""The same arguments write the same bytes; another seed, another sample; size and months as asked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sample_data.dates import month_of
from sample_data.generate import EXTRACTS, write
from sample_data.generate import __file__ as generate_module


def _small(out: Path, **others: Any) -> list[Path]:
    return write(out, months=2, scale=0.1, **others)


def _contents(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*.csv"))}


def _rows(out: Path) -> dict[str, int]:
    return {name: content.count(b"\n") - 1 for name, content in _contents(out).items()}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("small")
    _small(out)
    return out


def test_the_same_seed_writes_the_same_bytes(small: Path, tmp_path: Path) -> None:
    _small(tmp_path / "between", seed=7)
    _small(tmp_path / "again")
    assert _contents(tmp_path / "again") == _contents(small)


def test_another_process_with_another_hash_seed_writes_the_same_bytes(small: Path, tmp_path: Path) -> None:
    program = "import sys, pathlib, sample_data.generate as g; g.write(pathlib.Path(sys.argv[1]), months=2, scale=0.1)"
    project = Path(generate_module).parents[1]
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "POLARS_MAX_THREADS": "1"}
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, cwd=project, env=environment)
    assert _contents(tmp_path) == _contents(small)


def test_another_seed_changes_every_extract(small: Path, tmp_path: Path) -> None:
    _small(tmp_path, seed=2)
    before, after = _contents(small), _contents(tmp_path)
    assert before.keys() == after.keys()
    changed = {Path(name).stem.rpartition("_")[0] for name in before if before[name] != after[name]}
    assert changed == {extract.split("/")[1] for extract in EXTRACTS}


def test_a_delivery_does_not_depend_on_how_many_months_are_asked_for(small: Path, tmp_path: Path) -> None:
    """Only the first attendance and the first returns hold more: what had been sent, had there been months before."""
    write(tmp_path, months=1, scale=0.1)
    for name, content in _contents(tmp_path).items():
        if "attendance" in name or "indicator_return" in name:
            assert set(_contents(small)[name].splitlines()) <= set(content.splitlines())
        else:
            assert _contents(small)[name] == content


def test_a_month_of_attendance_is_the_same_in_each_delivery(tmp_path: Path) -> None:
    write(tmp_path, months=3, to="2024-12", scale=0.05)
    first, second, third = (
        path.read_text().splitlines()[1:] for path in sorted(tmp_path.glob("*/education/attendance_*.csv"))
    )

    def of(month: str, rows: list[str]) -> list[str]:
        return [row for row in rows if f",{month}," in row]

    assert sorted({row.split(",")[2] for row in second}) == ["2024-09", "2024-10", "2024-11"]
    assert min(row.split(",")[2] for row in first) == "2023-10"
    assert of("2024-10", first) == of("2024-10", second) == of("2024-10", third) != []
    assert of("2024-11", second) == of("2024-11", third) != []


def test_files_lie_by_month_and_agency(small: Path) -> None:
    expected = {f"{month}/{extract}_{month}.csv" for month in ("2025-08", "2025-09") for extract in EXTRACTS}
    assert {Path(name).as_posix() for name in _contents(small)} == expected


def test_paths_and_progress_name_every_file_in_order(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    paths = _small(tmp_path, progress=lambda step, done, of: told.append((step, done, of)))
    assert told == [(path.name, at, len(paths)) for at, path in enumerate(paths, start=1)]
    assert all(path.is_file() for path in paths)


def test_three_times_the_scale_is_three_times_the_rows(tmp_path: Path) -> None:
    """But not three times the schools or the indicators."""
    for scale in (0.4, 1.2):
        write(tmp_path / str(scale), months=1, scale=scale)
    larger, smaller = _rows(tmp_path / "1.2"), _rows(tmp_path / "0.4")
    for name in smaller:
        if "indicator_return" not in name and "specialist_places" not in name:
            assert larger[name] / smaller[name] == pytest.approx(3, rel=0.1), name


def test_other_months_than_the_printed_ones_can_be_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "early", months=3, to="2022-11", scale=0.05)
    write(tmp_path / "late", months=1, to="2027-02", scale=0.05)
    assert (tmp_path / "early/2022-09/health/nd_referrals_2022-09.csv").is_file()
    assert (tmp_path / "late/2027-02/care/open_cases_2027-02.csv").is_file()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"to": "2025-13"}, "is not a month"),
        ({"to": "September"}, "is not a month"),
        ({"to": "2022-10", "months": 3}, "between 2022-09 and 2029-12"),
        ({"months": 0}, "at least one month"),
        ({"scale": 0.0}, "positive"),
        ({"scale": float("nan")}, "positive"),
        ({"seed": -1}, "not negative"),
    ],
)
def test_what_cannot_be_made_is_refused_in_a_sentence(tmp_path: Path, arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        write(tmp_path, **arguments)
    assert not list(tmp_path.iterdir())


def test_months_are_counted_from_1970() -> None:
    assert month_of("1970-01") == 0
    assert month_of("2025-09") == 668
