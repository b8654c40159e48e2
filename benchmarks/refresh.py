"""How long a refresh takes and how much memory it needs, beside the floor that DuckDB itself sets.

Run by hand: `python benchmarks/refresh.py --scale 1`. Each step is a process of its own, as the analyst
runs it; ratios are of this one run. The floor is DuckDB reading the same files with types and writing
them to Parquet.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLOOR = """
import duckdb, sys
from data_contracts.contract import Type, load
inbox, out = sys.argv[1], sys.argv[2]
for contract in load().values():
    text = {column.name: "VARCHAR" for column in contract.columns if column.type is Type.TEXT}
    files = f"{inbox}/*/{contract.agency}/{contract.extract}_*.csv"
    rows = f"read_csv('{files}', union_by_name = true, types = {text})"
    duckdb.sql(f"copy (from {rows}) to '{out}/{contract.table}.parquet'")
"""


def main() -> None:
    """Prints one line for each step: seconds, peak memory, and for the last line the ratio to the floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", default="1")
    parser.add_argument("--months", type=int, default=25)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        inbox, store = Path(folder) / "inbox", Path(folder) / "store"
        pipelines = [sys.executable, "-m", "pipelines"]
        told("import of the libraries", [sys.executable, "-c", "import pipelines.expectations, pipelines.refresh"])
        sample = [*pipelines, "sample", "--out", str(inbox), "--scale", options.scale, "--months", str(options.months)]
        told("sample", sample)
        size = sum(path.stat().st_size for path in inbox.rglob("*.csv"))
        print(f"{'files':<28}{size / 1e6:8.1f} MB", flush=True)
        refresh = [*pipelines, "refresh", "--sample", "--inbox", str(inbox), "--store"]
        whole = told(f"refresh, {options.months} months", [*refresh, str(store)])
        told("refresh, nothing new", [*refresh, str(store)])
        last = max(inbox.iterdir())
        aside = Path(folder) / "last"
        shutil.move(last, aside)
        shutil.rmtree(store)
        subprocess.run([*refresh, str(store)], check=False, capture_output=True, cwd=ROOT)
        shutil.move(aside, last)
        told("refresh, one new month", [*refresh, str(store)])
        (Path(folder) / "floor").mkdir()
        floor = told("floor", [sys.executable, "-c", FLOOR, str(inbox), str(Path(folder) / "floor")])
        print(f"{'refresh to floor':<28}{whole / floor:8.1f} times")


def told(name: str, command: list[str]) -> float:
    """Runs a command, prints its seconds and its own peak memory, and returns the seconds."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begun
    memory = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    cpu = usage.ru_utime + usage.ru_stime
    print(f"{name:<28}{seconds:8.1f} s {cpu:8.1f} s CPU {memory:8.0f} MB   exit {process.returncode}", flush=True)
    return seconds


if __name__ == "__main__":
    main()
