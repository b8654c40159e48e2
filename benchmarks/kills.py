"""Kills a refresh at random instants, over and over, and shows that nothing is lost and nothing counts twice.

Run by hand: `python benchmarks/kills.py --kills 200`. Each kill is SIGKILL, which no program can answer. It comes
at a random instant after a random one of the steps that the refresh tells, so that short steps are hit as often as
long ones, however busy the machine is. After each the release in force must open and read; then the refresh is
given again, and so on until the inbox is through. At the end receipts, rows and figures must equal those of a store
that nobody disturbed, and so must those of a warehouse made anew from the files received.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parent.parent
RELEASE_TABLES = ("metric_value", "receipt", "finding", "revision")
TELLS = {
    "receipts": """select receipt_id, agency, extract, reporting_month, due_on, version, verdict, rows_received,
        rows_accepted, rows_quarantined, fingerprint, supersedes, file, stored_as, checked_with from ledger.receipt""",
    "findings": "from ledger.finding",
    "rows set aside": "select receipt_id, line_number, codes from quarantine.row",
    "figures": "from measure.metric_value",
}


@dataclass
class Count:
    """How many refreshes were killed, after which step each, and how many were done before the kill came."""

    killed: int = 0
    too_late: int = 0
    after: Counter[str] = field(default_factory=Counter)


def main() -> int:
    """Prints a line for each round, and ends with 1 at the first difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--months", type=int, default=2)
    parser.add_argument("--scale", default="0.02")
    parser.add_argument("--extracts", type=int, default=27, help="how many of the extracts to send")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice, count = random.Random(options.seed), Count()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        sample = ["sample", "--out", place / "inbox", "--months", options.months, "--scale", options.scale]
        subprocess.run(command(*sample), cwd=ROOT, check=True, capture_output=True)
        names = sorted({path.stem.rsplit("_", 1)[0] for path in (place / "inbox").rglob("*.csv")})
        sent = dice.sample(names, min(options.extracts, len(names)))
        for path in (place / "inbox").rglob("*.csv"):
            if path.stem.rsplit("_", 1)[0] not in sent:
                path.unlink()
        # The first run of all takes longer; instants drawn from it would mostly come after the later ones have ended.
        run(place / "inbox", place / "first")
        pauses = undisturbed(place / "inbox", place / "calm")
        calm = contents(place / "calm")
        print(
            f"undisturbed: {sum(pauses):.1f} s, {len(pauses)} steps told, {len(calm['receipts'])} receipts, "
            f"{len(calm['figures'])} figures",
            flush=True,
        )
        number = 0
        while count.killed < options.kills:
            number += 1
            shutil.rmtree(place / "store", ignore_errors=True)
            killed = count.killed
            disturb(place / "inbox", place / "store", dice, pauses, count)
            differences = [name for name, rows in contents(place / "store").items() if rows != calm[name]]
            print(
                f"round {number}: {count.killed - killed} kills, {count.killed} in all, "
                f"{f'DIFFERENT: {differences}' if differences else 'same as undisturbed'}",
                flush=True,
            )
            if differences:
                return 1
        run(place / "inbox", place / "store", verb="rebuild")
        same = contents(place / "store") == calm
        print(f"rebuilt: {'same as undisturbed' if same else 'DIFFERENT'}; {count.too_late} kills came too late")
        print("killed after: " + ", ".join(f"{step} {number}" for step, number in count.after.most_common()))
    return 0 if same else 1


def command(*words: object) -> list[str]:
    """`python -m pipelines …`."""
    return [sys.executable, "-m", "pipelines", *map(str, words)]


def refresh(inbox: Path, store: Path) -> list[str]:
    """The command that refreshes a store of sample data."""
    return command("refresh", "--sample", "--inbox", inbox, "--store", store, "--json")


def run(inbox: Path, store: Path, *, verb: str = "refresh") -> None:
    """A command that must end well."""
    words = refresh(inbox, store) if verb == "refresh" else command(verb, "--store", store)
    done = subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise SystemExit(f"{verb} ended with {done.returncode}: {done.stderr[-500:]}")


def undisturbed(inbox: Path, store: Path) -> list[float]:
    """How long a refresh takes until it tells its first step, from each to the next, and from the last to its end."""
    process = begin(inbox, store)
    pauses, before = [], time.perf_counter()
    while step_told(process):
        pauses.append((now := time.perf_counter()) - before)
        before = now
    if process.wait() not in (0, 1):
        raise SystemExit(f"refresh ended with {process.returncode}")
    return [*pauses, time.perf_counter() - before]


def begin(inbox: Path, store: Path) -> subprocess.Popen[str]:
    """A refresh that tells its steps."""
    words = refresh(inbox, store)
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def step_told(process: subprocess.Popen[str]) -> str:
    """The next step that a refresh tells, or nothing where it has ended."""
    assert process.stderr
    line = process.stderr.readline()
    return str(json.loads(line)["step"]) if line else ""


def disturb(inbox: Path, store: Path, dice: random.Random, pauses: list[float], count: Count) -> None:
    """Refreshes a store eight times, killing each that is not done by its time, and then lets it finish."""
    for _ in range(8):
        told = dice.randrange(len(pauses))
        process, step = begin(inbox, store), "its start"
        for _ in range(told):
            if not (next_step := step_told(process)):
                break
            step = next_step
        try:
            process.wait(dice.uniform(0, pauses[told]))
            # All is done: a kill would find nothing to break.
            count.too_late += 1
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            count.killed += 1
            count.after[step] += 1
        read_in_force(store)
    run(inbox, store)
    read_in_force(store)


def read_in_force(store: Path) -> None:
    """Opens the release in force, if there is one, and reads all of it."""
    named = store / "in_force"
    if not named.exists():
        return
    release = store / "releases" / f"{named.read_text(encoding='utf-8').strip()}.duckdb"
    with duckdb.connect(str(release), read_only=True) as connection:
        for table in RELEASE_TABLES:
            connection.execute(f"from {table}").fetchall()
        assert connection.execute("select count(*) from metric_value").fetchall() > [(0,)]


def contents(store: Path) -> dict[str, list[Any]]:
    """Everything in a store that must be the same however it came about, in an order of its own."""
    found: dict[str, list[Any]] = {}
    with duckdb.connect(str(store / "warehouse.duckdb"), read_only=True) as connection:
        for name, query in TELLS.items():
            found[name] = sorted(connection.execute(query).fetchall(), key=repr)
        tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'staging'").fetchall()
        counts = [
            (
                table,
                *connection.execute(f"select count(*), count(distinct receipt_id) from staging.{table}").fetchall()[0],
            )
            for (table,) in tables
        ]
    found["rows accepted"] = sorted(counts)
    named = (store / "in_force").read_text(encoding="utf-8").strip()
    release = store / "releases" / f"{named}.duckdb"
    found["release in force"] = [named]
    with duckdb.connect(str(release), read_only=True) as connection:
        found["published"] = connection.execute("from metric_value order by all").fetchall()
    found["received"] = sorted(path.name for path in (store / "received").rglob("*") if path.is_file())
    # A release made without being put in force would be one too many.
    found["releases"] = sorted(path.name for path in (store / "releases").iterdir() if path.name != ".pruned")
    return found


if __name__ == "__main__":
    sys.exit(main())
