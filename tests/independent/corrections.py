"""A second folder of files, that corrects the first: months sent again, late, too short, or for the first time."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.independent.columns import COLUMNS
from tests.independent.extracts import COUNTED_BY, Sender
from tests.independent.figures import figure
from tests.independent.held import Delivery, Held
from tests.independent.names import (
    ATTENDANCE,
    CASES,
    COMMUNITY,
    COMPLEX,
    DATED,
    EXCLUSIONS,
    HOME,
    ND,
    PLANS,
    POST16,
    REQUESTS,
    RETURNS,
    ROLL,
)
from tests.independent.periods import Row, first_day, last_day, months_later
from tests.independent.views import view
from tests.independent.world import World

AGAIN = 9  # the version of whatever is sent in the second folder


def write_corrections(out: Path, *, first: dict[str, Any], seed: int, drawn: int = 0) -> dict[str, Any]:
    """Files that correct the first folder, `drawn` of them at random, and a file sent again as it was.

    Gives what `write_extracts` gives, for these files alone; both lists of deliveries together are what is held.
    """
    sender = Sender(out, first["world"], seed, plant=True, schedule=first["schedule"])
    _send_registers(sender)
    _send_histories(sender, first["deliveries"])
    for extract, indicator in COUNTED_BY.items():
        month, long_ago = sender.world.months[7], sender.world.months[2]
        figures = [figure(indicator, last_day(month), 77, 77), figure(indicator, last_day(long_ago), 2, 2)]
        sender.send(extract, month, figures, version=AGAIN)
    for _ in range(drawn):
        _send_something(sender, first)
    _send_a_file_again(out, first)
    return sender.account()


def _send_registers(sender: Sender) -> None:
    world, months = sender.world, sender.world.months
    plans = view(world, PLANS, months[5])
    moved = [{**row, "placement_type": "state_special", "school_urn": "113098"} for row in plans[:6]]
    sender.send(PLANS, months[5], [*moved, *plans[9:]], version=AGAIN)

    sender.send(ND, months[8], view(world, ND, months[8]), version=AGAIN)
    sender.send(POST16, months[6], view(world, POST16, months[6]), version=AGAIN)
    # Before what was its first month; so is the first of the rolls, that come late.
    sender.send(COMMUNITY, months[1], view(world, COMMUNITY, months[1]), version=AGAIN)
    for number in (1, 5, 8):
        sender.send(ROLL, months[number], view(world, ROLL, months[number]), version=AGAIN)

    home = view(world, HOME, months[-1])
    still_at_home = [{**row, "end_date": None, "end_reason": None} for row in home[:10]]
    sender.send(HOME, months[-1], [*still_at_home, *home[12:]], version=AGAIN)


def _send_histories(sender: Sender, before: list[Delivery]) -> None:
    months = sender.world.months
    requests = _rows_since(sender.world, REQUESTS, months[-2], 7)
    changed = [{**row, "exception_applies": not row["exception_applies"], "sex": "F"} for row in requests[:15]]
    sender.send(REQUESTS, months[-2], [*changed, *requests[18:]], version=AGAIN)

    attendance = _rows_since(sender.world, ATTENDANCE, months[-2], 3)
    attendance = [_all_there(row) for row in attendance[::2]] + attendance[1::2]
    sender.send(ATTENDANCE, months[-2], attendance, version=AGAIN)

    # As few rows as are accepted, and one fewer.
    _send_half(sender, COMPLEX, months[-1], before, too_few=False)
    _send_half(sender, EXCLUSIONS, months[-1], before, too_few=True)


def _rows_since(world: World, extract: str, month: str, back: int) -> list[Row]:
    window = first_day(months_later(month, -back))
    return [row for row in view(world, extract, month) if row[DATED[extract]] >= window]


def _all_there(row: Row) -> Row:
    """The month of a pupil who, it turns out, missed nothing."""
    there = {"sessions_authorised_absence": 0, "sessions_unauthorised_absence": 0}
    return {**row, **there, "sessions_attended": row["sessions_possible"]}


def _send_half(sender: Sender, extract: str, month: str, before: list[Delivery], *, too_few: bool) -> None:
    """Half of the rows of a history that are held for the time the delivery covers, or a row less than that."""
    placed = DATED[extract]
    rows = sorted(_rows_since(sender.world, extract, month, 6), key=lambda row: row[placed])
    if not rows:
        return
    held = Held(one for one in before if one.extract == extract and one.month <= month)
    is_held = bool(held.delivered_months(extract))
    in_range = [row for row in held.history(extract) if row[placed] >= rows[0][placed]] if is_held else []
    fewest = (len(in_range) + 1) // 2
    count = fewest - 1 if too_few else fewest
    if 0 < count <= len(rows):
        sender.send(extract, month, rows[:count], version=AGAIN, accepted=not too_few)


def _send_something(sender: Sender, first: dict[str, Any]) -> None:
    """A month of an extract again, or for the first time; refused, now and then, for the lack of a column.

    What is refused is never the first file of its extract: the rules do not say whether its records begin then.
    """
    rng, world = sender.rng, sender.world
    extract = rng.choice([name for name in COLUMNS if name not in RETURNS])
    month = rng.choice(world.months)
    here = {(file.extract, file.month) for file in sender.files}
    refused_before = {(file.extract, file.month) for file in first["files"] if not file.accepted}
    # Of a history once only: what is held before a delivery is plain only if no other comes with it.
    is_here = extract in {name for name, _ in here} if extract in DATED else (extract, month) in here
    if is_here or (extract, month) in refused_before:
        return
    if extract in DATED and rng.random() < 0.5:
        _send_half(sender, extract, month, first["deliveries"], too_few=rng.random() < 0.5)
        return
    rows = _rows_since(world, extract, month, 7) if extract in DATED else view(world, extract, month)
    if extract in {one.extract for one in first["deliveries"]} and rng.random() < 0.2:
        required = [column for column, kind in COLUMNS[extract].items() if kind.endswith("!")]
        sender.send(extract, month, rows, version=AGAIN, without=rng.choice(required), accepted=False)
    else:
        sender.send(extract, month, rows, version=AGAIN)


def _send_a_file_again(out: Path, first: dict[str, Any]) -> None:
    again = next((file for file in first["files"] if file.extract == CASES and file.accepted), None)
    if again is not None:
        folder = out / again.month / "care"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(again.path, folder / again.path.name)
