"""Random extracts as strangers would send them: every liberty the contracts allow, and a few faults planted.

`write_extracts` writes a folder of monthly files for all extracts and returns and says what was meant by them: the
clean rows of every delivery that ought to be accepted, the faults planted in each file, and how many rows of it
ought to be accepted and set aside. `write_corrections` writes a second folder that corrects the first.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.independent.columns import COLUMNS
from tests.independent.faults import FAULTS, Fault
from tests.independent.figures import figure, returned_figures
from tests.independent.held import Delivery
from tests.independent.names import (
    ADVICE,
    ALTERNATIVE,
    ATTENDANCE,
    BREAKS,
    CARE_RETURN,
    CASES,
    COMMUNITY,
    COMPLEX,
    COSTS,
    DATED,
    DISPUTES,
    EARLY_YEARS,
    EDUCATION_RETURN,
    EXCLUSIONS,
    HEALTH_RETURN,
    HOME,
    KEY,
    MISSING,
    ND,
    PARTNERSHIP_RETURN,
    PLACES,
    PLANS,
    POST16,
    REQUESTS,
    RETURNS,
    REVIEWS,
    ROLL,
    THERAPY,
    TIMETABLES,
    YOUTH_JUSTICE,
)
from tests.independent.periods import Row, first_day, last_day, months_later
from tests.independent.spelling import YES_AND_NO, Hand, spelled_header, write_csv, write_parquet, write_xlsx
from tests.independent.views import as_known, build_world, view
from tests.independent.world import World


@dataclass
class WrittenFile:
    """A file, and what ought to become of it."""

    extract: str
    month: str
    version: int
    path: Path
    accepted: bool
    rows_received: int = 0
    rows_quarantined: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def rows_accepted(self) -> int:
        return self.rows_received - self.rows_quarantined


class Sender:
    """Writes one folder of files and keeps the account of what was meant by them."""

    def __init__(self, out: Path, world: World, seed: int, plant: bool, left_out: Sequence[str] = ()) -> None:
        self.out, self.world, self.plant, self.left_out = out, world, plant, left_out
        self.rng = random.Random(f"sender {seed} {out.name}")
        self.deliveries: list[Delivery] = []
        self.files: list[WrittenFile] = []
        self._spare = 0

    def send(
        self,
        extract: str,
        month: str,
        rows: list[Row],
        *,
        version: int = 1,
        name: str | None = None,
        without: str | None = None,
        accepted: bool = True,
    ) -> WrittenFile:
        """One file. `without` leaves a required column out; `accepted` says what ought to become of it."""
        rng = self.rng
        columns = COLUMNS[extract]
        left_out = {column for column, kind in columns.items() if kind.endswith("-") and rng.random() < 0.07}
        kept = [*columns, *(("status", "mark") if extract in RETURNS else ())]
        clean = [{column: None if column in left_out else row.get(column) for column in kept} for row in rows]
        form = rng.choices(("csv", "xlsx", "parquet"), (64, 22, 14))[0]
        hand = Hand(rng, form, self._yes_and_no(form), rng.random() < 0.7 and form != "csv")

        written = WrittenFile(extract, month, version, Path(), accepted)
        order = [column for column in columns if column not in left_out and column != without]
        rng.shuffle(order)
        lines = self._lines(clean, hand, written, order)
        rng.shuffle(lines)
        header = [spelled_header(rng, column) for column in order]
        table = [[line[column] for column in order] for line in lines]
        if rng.random() < 0.1:
            header.append("Team notes")
            table = [[*line, "seen"] for line in table]

        agency, short = extract.split("/")
        folder = self.out / month / agency
        folder.mkdir(parents=True, exist_ok=True)
        written.path = folder / f"{name or f'{short}_{month}'}.{form}"
        if form == "csv":
            write_csv(written.path, header, table, rng)
        elif form == "xlsx":
            write_xlsx(written.path, header, table, rng)
        else:
            write_parquet(written.path, header, table)
        written.rows_received = len(table)
        self.files.append(written)
        if accepted:
            self.deliveries.append(Delivery(extract, month, version, clean))
        return written

    def _yes_and_no(self, form: str) -> tuple[Any, Any]:
        if form != "csv" and self.rng.random() < 0.4:
            return (True, False)
        return self.rng.choice(YES_AND_NO)

    def _lines(self, clean: list[Row], hand: Hand, written: WrittenFile, present: list[str]) -> list[dict[str, Any]]:
        """The clean rows as the sender writes them, and among them rows with one fault each."""
        extract, month = written.extract, written.month
        kinds = {column: kind.rstrip("!-") for column, kind in COLUMNS[extract].items()}

        def spell(row: Row) -> dict[str, Any]:
            line = {column: hand.write(column, kind, row.get(column)) for column, kind in kinds.items()}
            if row.get("mark") is not None:
                line["value"] = row["mark"]
                line["numerator"] = self.rng.choice((row["mark"], None))
            return line

        lines = [spell(row) for row in clean]
        if COLUMNS[extract].get("upn") == "upn-":
            for line, row in zip(lines, clean, strict=True):
                if row["upn"] is None and self.rng.random() < 0.2:
                    line["upn"] = self.rng.choice(("UN1", "UN5", "un8"))
        if not self.plant or not written.accepted or self.rng.random() < 0.15:
            return lines

        possible = [fault for fault in FAULTS[extract] if fault[0] in present]
        for column, kind, spoil in self.rng.sample(possible, self.rng.randrange(1, 4)):
            row = self._stranger(extract, month, clean, keep_key=kind == "check_letter")
            spoil(row, last_day(month))
            lines.append(spell(row))
            written.faults.append(Fault(extract, month, column, kind, 1))
        if self.rng.random() < 0.4:
            lines.append(dict(lines[self.rng.randrange(len(clean))]))
            written.faults.append(Fault(extract, month, KEY[extract][0], "duplicate", 1))
        if self.rng.random() < 0.4:
            row = self._stranger(extract, month, clean)
            lines.append(spell(row))
            lines.append(spell({**row, **_told_otherwise(extract, row)}))
            written.faults.append(Fault(extract, month, KEY[extract][0], "duplicate_differs", 2))
        written.rows_quarantined = sum(fault.rows for fault in written.faults)
        return lines

    def _stranger(self, extract: str, month: str, clean: Sequence[Row], *, keep_key: bool = False) -> Row:
        """A good row with a key of its own. With `keep_key`: an old row of a history that is not sent any more."""
        self._spare += 1
        if extract in RETURNS:
            long_ago = last_day(months_later(month, -30 - self._spare % 60))
            return figure(COUNTED_BY[extract], long_ago, 40, 40, grain="calendar_ytd")
        row = self._old_row(extract, month, clean) if keep_key and extract in DATED else None
        return row or self._with_a_new_key(extract, dict(self.rng.choice(clean)))

    def _old_row(self, extract: str, month: str, clean: Sequence[Row]) -> Row | None:
        """Its key is held, and must not be taken for sent again when the row is set aside."""
        placed, key = DATED[extract], KEY[extract]
        first = min(line[placed] for line in clean)
        sent = {tuple(line[column] for column in key) for line in clean}
        truths = [item.truths[0][1] for item in self.world.items[extract]]
        old = [row for row in truths if row[placed] < first and tuple(row[column] for column in key) not in sent]
        if not old:
            return None
        row = as_known(extract, self.rng.choice(old), last_day(month))
        return {**row, "upn": row["upn"] or self.world.numbers.upn()}

    def _with_a_new_key(self, extract: str, row: Row) -> Row:
        numbers = self.world.numbers
        if extract == PLACES:
            return {**row, "school_urn": str(114000 + self._spare)}
        for column in ("child_id", *KEY[extract]):
            if column in row and column.endswith("_id"):
                row[column] = numbers.text("9")
        if "nhs_number" in row:
            row["nhs_number"] = numbers.nhs_number()
        if extract == REQUESTS:
            row["date_of_birth"] = row["received_date"] - timedelta(days=3000)
        if "upn" in row:
            row["upn"] = numbers.upn()
        return row


# A metric of counts each agency returns, for rows nobody meant to send.
COUNTED_BY = {
    EDUCATION_RETURN: "independent_travel_training_count",
    HEALTH_RETURN: "camhs_waiting_count",
    CARE_RETURN: "disabled_children_count",
    PARTNERSHIP_RETURN: "parent_forum_members_count",
}


def _told_otherwise(extract: str, row: Row) -> Row:
    """The same row, told differently in one column."""
    if extract in RETURNS:
        return {"value": row["value"] + 1, "numerator": None}
    if extract == PLACES:
        return {"planned_places": row["planned_places"] + 1}
    column, one, other = {
        CASES: ("status", "CIN", "EH"),
        ATTENDANCE: ("sen_provision", "N", "K"),
        COSTS: ("provider_type", "academy", "voluntary"),
        DISPUTES: ("issue", "delay", "other"),
        ADVICE: ("adviser", "camhs", "physiotherapy"),
        **dict.fromkeys((EXCLUSIONS, TIMETABLES, ALTERNATIVE), ("phase", "primary", "secondary")),
    }.get(extract, ("sex", "M", "F"))
    return {column: one if row[column] != one else other}


# ---------------------------------------------------------------------------------------------------------
# Which files are written

# By number of the month: the first one, the one never sent, the one refused, the one sent twice at once.
STARTS = {
    REQUESTS: 0, EXCLUSIONS: 1, HOME: 0, PLANS: 1, CASES: 0, POST16: 2, ND: 3, REVIEWS: 1, ROLL: 2, ATTENDANCE: 2,
    TIMETABLES: 0, MISSING: 1, ALTERNATIVE: 0, COSTS: 2, PLACES: 1, DISPUTES: 0, EARLY_YEARS: 0, COMMUNITY: 2,
    ADVICE: 1, COMPLEX: 0, BREAKS: 0, THERAPY: 2, YOUTH_JUSTICE: 1, HEALTH_RETURN: 0, EDUCATION_RETURN: 0,
    CARE_RETURN: 0, PARTNERSHIP_RETURN: 1,
}  # fmt: skip
ABSENT = {
    REQUESTS: 4, EXCLUSIONS: 6, HOME: 5, PLANS: 7, CASES: 9, ND: 8, REVIEWS: 5, ROLL: 5, ATTENDANCE: 6, BREAKS: 7,
    COSTS: 7, PLACES: 3, COMMUNITY: 8, ADVICE: 8, THERAPY: 4, YOUTH_JUSTICE: 6, HEALTH_RETURN: 4,
    EDUCATION_RETURN: 6, CARE_RETURN: 5, PARTNERSHIP_RETURN: 9,
}  # fmt: skip
REJECTED = {POST16: (6, "activity_code"), ROLL: (8, "enrolment")}
TWICE = {CASES: 5, ROLL: 9}

# How many months a history's first delivery goes back, and the fewest and most a later one does.
BACK = {
    REQUESTS: (9, 4, 8), EXCLUSIONS: (14, 4, 8), REVIEWS: (11, 3, 7), ATTENDANCE: (12, 2, 4), DISPUTES: (13, 3, 8),
    EARLY_YEARS: (10, 3, 8), ADVICE: (9, 3, 8), COMPLEX: (13, 5, 9),
}  # fmt: skip


def write_extracts(
    out: Path,
    *,
    months: list[str],
    seed: int,
    children: int = 400,
    silent_at_the_end: Sequence[str] = (),
    left_out: Sequence[str] = (),
    plant_faults: bool = True,
) -> dict[str, Any]:
    """Files of every extract and return for the months (eleven at least), and what was meant by them.

    `silent_at_the_end` names agencies and extracts that send nothing for the last month, `left_out` extracts that
    are never sent. Gives `deliveries` (the clean rows of everything that ought to be accepted), `files` (each with
    its planted faults and exact row counts), `faults`, and `world`, which `write_corrections` needs.
    """
    if len(months) < 11:
        raise ValueError("eleven months are needed, or there is no room for what goes wrong in them")
    world = build_world(months, seed, children)
    sender = Sender(out, world, seed, plant_faults, left_out)
    for extract, start in STARTS.items():
        silent = extract in silent_at_the_end or extract.split("/")[0] in silent_at_the_end
        for number, month in enumerate(months):
            too_late = silent and month == months[-1]
            if number >= start and number != ABSENT.get(extract) and not too_late and extract not in left_out:
                _send_month(sender, extract, number, month)
    return _account(sender, world)


def _send_month(sender: Sender, extract: str, number: int, month: str) -> None:
    rows = _rows_to_send(sender, extract, number, month)
    refused_in, without = REJECTED.get(extract, (None, None))
    if number == refused_in:
        sender.send(extract, month, rows, without=without, accepted=False)
    elif number == TWICE.get(extract):
        first = sender.send(extract, month, rows[: len(rows) * 3 // 4])
        second = sender.send(extract, month, rows, version=2, name=f"a correction of {extract.split('/')[1]}_{month}")
        os.utime(first.path, (1_700_000_000, 1_700_000_000))
        os.utime(second.path, (1_700_090_000, 1_700_090_000))
    elif extract in (HOME, COMMUNITY) and number == 3:
        sender.send(extract, month, rows, name=f"register {number} as it came out of the system")
    else:
        sender.send(extract, month, rows)


def _rows_to_send(sender: Sender, extract: str, number: int, month: str) -> list[Row]:
    world = sender.world
    if extract in RETURNS:
        figures = returned_figures(world, extract.split("/", maxsplit=1)[0], month)
        return [row for row in figures if row.get("_extract") not in sender.left_out]
    rows = view(world, extract, month)
    if extract not in DATED:
        return rows
    placed = DATED[extract]
    first, fewest, most = BACK[extract]
    back = first if number == STARTS[extract] else sender.rng.randrange(fewest, most + 1)
    window = first_day(months_later(month, -back))
    sent = [row for row in rows if row[placed] >= window]
    if extract == EXCLUSIONS and number == 8:  # one row from further back widens what this delivery replaces
        older = [row for row in rows if window - timedelta(days=45) <= row[placed] < window]
        if older:
            sent.append({**min(older, key=lambda row: row[placed]), "event_id": world.numbers.text("late.")})
    return sent


def _account(sender: Sender, world: World) -> dict[str, Any]:
    return {
        "deliveries": sender.deliveries,
        "files": sender.files,
        "faults": [fault for file in sender.files for fault in file.faults],
        "world": world,
    }


def write_corrections(out: Path, *, first: dict[str, Any], seed: int) -> dict[str, Any]:
    """A second folder: corrected months, late ones, one refused for being far too short, and a file sent again.

    Gives what `write_extracts` gives, for these files alone; both lists of deliveries together are what is held.
    """
    world: World = first["world"]
    months = world.months
    sender = Sender(out, world, seed, plant=True)
    newest = {extract: max(file.month for file in first["files"] if file.extract == extract) for extract in
              {file.extract for file in first["files"]}}  # fmt: skip

    plans = view(world, PLANS, months[5])
    moved = [{**row, "placement_type": "state_special", "school_urn": "113098"} for row in plans[:6]]
    sender.send(PLANS, months[5], [*moved, *plans[9:]], version=2)

    sender.send(ND, months[8], view(world, ND, months[8]))
    sender.send(POST16, months[6], view(world, POST16, months[6]), version=2)
    sender.send(COMMUNITY, months[1], view(world, COMMUNITY, months[1]))  # before what was its first month
    for number in (1, 5, 8):  # rolls that come late, one of them before what was the first
        sender.send(ROLL, months[number], view(world, ROLL, months[number]), version=2)

    window = first_day(months_later(months[-2], -7))
    requests = [row for row in view(world, REQUESTS, months[-2]) if row["received_date"] >= window]
    changed = [{**row, "exception_applies": not row["exception_applies"], "sex": "F"} for row in requests[:15]]
    sender.send(REQUESTS, months[-2], [*changed, *requests[18:]], version=2)

    window = first_day(months_later(months[-2], -3))
    attendance = [row for row in view(world, ATTENDANCE, months[-2]) if row["month"] >= window]
    sender.send(ATTENDANCE, months[-2], [_all_there(row) for row in attendance[::2]] + attendance[1::2], version=2)

    home = view(world, HOME, newest[HOME])
    still_at_home = [{**row, "end_date": None, "end_reason": None} for row in home[:10]]
    sender.send(HOME, newest[HOME], [*still_at_home, *home[12:]], version=2)

    exclusions = [row for row in view(world, EXCLUSIONS, months[-1]) if row["start_date"] >= window]
    sender.send(EXCLUSIONS, months[-1], exclusions[::12], version=2, accepted=False)

    for extract, indicator in COUNTED_BY.items():
        figures = [figure(indicator, last_day(months[7]), 77, 77), figure(indicator, last_day(months[2]), 2, 2)]
        sender.send(extract, months[7], figures, version=2)

    again = next(file for file in first["files"] if file.extract == CASES and file.month == months[2])
    folder = out / months[2] / "care"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(again.path, folder / again.path.name)
    return _account(sender, world)


def _all_there(row: Row) -> Row:
    """The month of a pupil who, it turns out, missed nothing."""
    there = {"sessions_authorised_absence": 0, "sessions_unauthorised_absence": 0}
    return {**row, **there, "sessions_attended": row["sessions_possible"]}


def in_force(*accounts: dict[str, Any]) -> Iterable[Delivery]:
    """Everything that ought to have been accepted, of one folder or several."""
    return [delivery for account in accounts for delivery in account["deliveries"]]
