"""Kills a refresh at random instants, over and over, and shows that nothing is lost and nothing counts twice.

Run by hand: `python benchmarks/kills.py --kills 200`. Each kill is SIGKILL, which no program can answer. After
each the release in force must open and read; then the refresh is given again, and so on until the inbox is
through. At the end receipts, rows and figures must equal those of a store that nobody disturbed, and so must
those of a warehouse made anew from the files received.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
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
    """How many refreshes were killed, and how many of them were done before the kill came."""

    killed: int = 0
    too_late: int = 0


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
        begun = time.perf_counter()
        run(place / "inbox", place / "calm")
        seconds = time.perf_counter() - begun
        calm = contents(place / "calm")
        print(
            f"undisturbed: {seconds:.1f} s, {len(calm['receipts'])} receipts, {len(calm['figures'])} figures",
            flush=True,
        )
        number = 0
        while count.killed < options.kills:
            number += 1
            shutil.rmtree(place / "store", ignore_errors=True)
            killed = count.killed
            disturb(place / "inbox", place / "store", dice, seconds, count)
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


def disturb(inbox: Path, store: Path, dice: random.Random, longest: float, count: Count) -> None:
    """Refreshes a store eight times, killing each that is not done by its time, and then lets it finish."""
    for _ in range(8):
        process = subprocess.Popen(
            refresh(inbox, store), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(dice.uniform(0, longest))
            # All is done: a kill would find nothing to break.
            count.too_late += 1
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            count.killed += 1
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
