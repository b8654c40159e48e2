"""Random extracts as strangers would send them: every liberty the contracts allow, and a few faults planted.

`write_extracts` writes a folder of monthly files for all extracts and returns and says what was meant by them: the
clean rows of every delivery that ought to be accepted, the faults planted in each file, and which rows of it ought
to be set aside. `corrections.write_corrections` writes a second folder that corrects the first.
"""

from __future__ import annotations

import hashlib
import os
import random
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
    PARTNERSHIP_RETURN,
    PLACES,
    REQUESTS,
    RETURNS,
    REVIEWS,
    TIMETABLES,
)
from tests.independent.periods import Row, first_day, last_day, months_later
from tests.independent.schedules import AS_PLANNED, Schedule
from tests.independent.spelling import YES_AND_NO, Hand, spelled_header, write_csv, write_parquet, write_xlsx
from tests.independent.views import as_known, build_world, view
from tests.independent.world import World

Line = dict[str, Any]


@dataclass
class WrittenFile:
    """A file, and what ought to become of it."""

    extract: str
    month: str
    version: int
    path: Path
    accepted: bool
    rows_received: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    @property
    def rows_quarantined(self) -> int:
        return sum(fault.rows for fault in self.faults)

    @property
    def rows_accepted(self) -> int:
        return self.rows_received - self.rows_quarantined


class Sender:
    """Writes one folder of files and keeps the account of what was meant by them."""

    def __init__(self, out: Path, world: World, seed: int, plant: bool, schedule: Schedule) -> None:
        self.out, self.world, self.plant, self.schedule = out, world, plant, schedule
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
        lines, spoilt = self._lines(clean, hand, written, order)
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
            top = write_csv(written.path, header, table, rng)
        elif form == "xlsx":
            top = write_xlsx(written.path, header, table, rng)
        else:
            top = write_parquet(written.path, header, table)
        number = {id(line): top + place for place, line in enumerate(lines)}
        for column, kind, some in spoilt:
            numbers = sorted(number[id(line)] for line in some)
            # Of a row that is there twice, the first is kept.
            written.faults.append(Fault(extract, month, column, kind, tuple(numbers[kind == "duplicate" :])))
        written.rows_received = len(table)
        self.files.append(written)
        if accepted:
            self.deliveries.append(Delivery(extract, month, version, clean))
        return written

    def account(self) -> dict[str, Any]:
        return {
            "deliveries": self.deliveries,
            "files": self.files,
            "faults": [fault for file in self.files for fault in file.faults],
            "world": self.world,
            "schedule": self.schedule,
        }

    def _yes_and_no(self, form: str) -> tuple[Any, Any]:
        if form != "csv" and self.rng.random() < 0.4:
            return (True, False)
        return self.rng.choice(YES_AND_NO)

    def _lines(
        self, clean: list[Row], hand: Hand, written: WrittenFile, present: list[str]
    ) -> tuple[list[Line], list[tuple[str, str, list[Line]]]]:
        """The clean rows as the sender writes them, and among them rows with one fault each: column, kind, lines."""
        extract, month = written.extract, written.month
        kinds = {column: kind.rstrip("!-") for column, kind in COLUMNS[extract].items()}

        def spell(row: Row) -> Line:
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
            return lines, []

        spoilt: list[tuple[str, str, list[Line]]] = []
        possible = [fault for fault in FAULTS[extract] if fault[0] in present and self._is_a_fault(fault[1], written)]
        for column, kind, spoil in self.rng.sample(possible, self.rng.randrange(1, 4)):
            row = self._stranger(extract, month, clean, keep_key=kind == "check_letter")
            spoil(row, last_day(month))
            lines.append(spell(row))
            spoilt.append((column, kind, lines[-1:]))
        if self.rng.random() < 0.4:
            line = lines[self.rng.randrange(len(clean))]
            lines.append(dict(line))
            spoilt.append((KEY[extract][0], "duplicate", [line, lines[-1]]))
        if self.rng.random() < 0.4:
            row = self._stranger(extract, month, clean)
            lines += [spell(row), spell({**row, **_told_otherwise(extract, row)})]
            spoilt.append((KEY[extract][0], "duplicate_differs", lines[-2:]))
        return lines, spoilt

    def _is_a_fault(self, kind: str, written: WrittenFile) -> bool:
        """To return what is computed is one only once the records have begun that it is computed from."""
        counted_from = COMPUTED_FROM.get(written.extract)
        if kind != "computed" or counted_from is None:
            return True
        begins = self.schedule.begins(counted_from)
        return begins is not None and begins < len(self.world.months) and written.month >= self.world.months[begins]

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

# The records of the computed metric that a planted fault returns.
COMPUTED_FROM = {EDUCATION_RETURN: REQUESTS, HEALTH_RETURN: COMPLEX, CARE_RETURN: CASES}


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
    schedule: Schedule = AS_PLANNED,
) -> dict[str, Any]:
    """Files of every extract and return for the months (eleven at least), and what was meant by them.

    `silent_at_the_end` names agencies and extracts that send nothing for the last month, `left_out` extracts that
    are never sent. Gives `deliveries` (the clean rows of everything that ought to be accepted), `files` (each with
    its planted faults and exact row counts), `faults`, and `world` and `schedule`, which `write_corrections` needs.
    """
    if len(months) < 11:
        raise ValueError("eleven months are needed, or there is no room for what goes wrong in them")
    world = build_world(months, seed, children)
    schedule = schedule.without(left_out)
    sender = Sender(out, world, seed, plant_faults, schedule)
    for extract in schedule.starts:
        silent = extract in silent_at_the_end or extract.split("/")[0] in silent_at_the_end
        for number, month in enumerate(months):
            if schedule.is_sent(extract, number) and not (silent and month == months[-1]):
                _send_month(sender, extract, number, month)
    return sender.account()


def _send_month(sender: Sender, extract: str, number: int, month: str) -> None:
    rows = _rows_to_send(sender, extract, number, month)
    refused_in, without = sender.schedule.rejected.get(extract, (None, None))
    if number == refused_in:
        sender.send(extract, month, rows, without=without, accepted=False)
    elif number == sender.schedule.twice.get(extract):
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
        return returned_figures(world, extract.split("/", maxsplit=1)[0], month, sender.schedule)
    rows = view(world, extract, month)
    if extract not in DATED:
        return rows
    placed = DATED[extract]
    first, fewest, most = BACK[extract]
    back = first if number == sender.schedule.starts[extract] else sender.rng.randrange(fewest, most + 1)
    window = first_day(months_later(month, -back))
    sent = [row for row in rows if row[placed] >= window]
    if extract == EXCLUSIONS and number == 8:  # one row from further back widens what this delivery replaces
        older = [row for row in rows if window - timedelta(days=45) <= row[placed] < window]
        if older:
            sent.append({**min(older, key=lambda row: row[placed]), "event_id": world.numbers.text("late.")})
    return sent


def in_force(*accounts: dict[str, Any]) -> Iterable[Delivery]:
    """Everything that ought to have been accepted, of one folder or several."""
    return [delivery for account in accounts for delivery in account["deliveries"]]
