"""education/suspensions_exclusions: suspensions and permanent exclusions since September 2022.

The academic year 2024/25 is fixed: 3,516 suspensions until 7 July 2025, as schools reported them then, and 46
permanent exclusions. The suspensions of the last fortnight of term reached the council in one batch during August;
having no date of their own they stand under the day they were entered. That makes 3,928 for the year.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from sample_data.children import Children, children, school_year, school_year_text
from sample_data.dates import (
    Flags,
    Floats,
    Ints,
    Texts,
    academic_year_of,
    as_dates,
    date_of,
    day,
    last_day,
    months_of,
    school_days,
    working_days,
)
from sample_data.identifiers import case_ids
from sample_data.plans import plans
from sample_data.schools import school_for
from sample_data.world import World, choose, exactly, pick, share_out

FIRST_YEAR: Final = 2022


class _Cell(NamedTuple):
    """Events of one kind of pupil: SEN provision at the time, and what else was true in the year."""

    phase: str
    sen: str
    plan_in_year: bool
    sen_support_in_year: bool
    under_assessment: bool


_SUSPENDED: Final = {
    _Cell("primary", "E", True, False, False): 99,
    _Cell("primary", "K", False, True, False): 159,
    _Cell("primary", "N", False, False, True): 8,
    _Cell("primary", "N", False, False, False): 87,
    _Cell("secondary", "E", True, False, False): 216,
    _Cell("secondary", "K", False, True, False): 1179,
    _Cell("secondary", "N", False, False, True): 8,
    _Cell("secondary", "N", False, False, False): 1760,
}
_EXCLUDED: Final = {
    _Cell("primary", "E", True, False, False): 5,
    _Cell("primary", "K", False, True, False): 2,
    _Cell("primary", "N", False, False, False): 2,
    _Cell("secondary", "E", True, True, False): 4,
    _Cell("secondary", "K", False, True, False): 33,
}
_FIXED_YEAR: Final = 2024
_REPORTED_UNTIL: Final = day(2025, 7, 7)
_BATCH: Final = 412
_BATCH_DAYS: Final = (day(2025, 8, 1), day(2025, 8, 29))
_KNOWN_TO_CARE: Final = 3535 / 3928
_SUSPENSIONS: Final = {2022: 3240, 2023: 3610, 2025: 3720}
_EXCLUSIONS: Final = {2022: 57, 2023: 52, 2025: 47}
_LATER: Final = (3650, 45)

_SEASON: Final = np.array([1.0, 1.05, 1.15, 0.9, 1.0, 1.05, 0.8, 0.0, 0.8, 1.05, 1.25, 1.05])  # January to December
_YEAR_WEIGHTS: Final = {
    "primary": (1.0, 1.5, 2.5, 3.5, 5.0, 6.5, 7.0),  # reception to year 6
    "secondary": (6.0, 8.5, 10.0, 8.5, 5.5),  # years 7 to 11
}
_PUPILS_PER_SUSPENSION: Final = 0.66  # drawn; some of them are never suspended, others often
_REASONS: Final = {
    "DB": 44, "PP": 15, "VA": 13, "PA": 8, "VP": 5, "DA": 3.5, "OW": 2, "MT": 2, "DM": 2, "BU": 1, "RA": 1, "SM": 1,
    "TH": 0.8, "LG": 0.3, "DS": 0.3, "PH": 0.2,
}  # fmt: skip


class Events(NamedTuple):
    """Every event, in order of the day it stands under."""

    child: Ints
    start: Ints
    recorded: Ints
    permanent: Flags
    cell: Ints
    known_to_care: Flags


_CELLS: Final = tuple(dict.fromkeys((*_SUSPENDED, *_EXCLUDED)))


@lru_cache(maxsize=1)
def events(world: World) -> Events:
    """All events of every academic year that the sample touches."""
    rng = world.chance("suspensions_exclusions")
    parts = [
        part
        for year in range(FIRST_YEAR, academic_year_of(world.last) + 1)
        for permanent in (False, True)
        for part in _of_a_year(world, rng, year, permanent)
    ]
    everything = Events._make(np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((everything.child, everything.permanent, everything.start))
    return Events._make(column[order] for column in everything)


def supported(world: World) -> Ints:
    """The children who had SEN support when they were suspended or excluded."""
    everything = events(world)
    return np.unique(everything.child[np.array([cell.sen == "K" for cell in _CELLS])[everything.cell]])


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: every event the council had been told of by its end."""
    everything, known = events(world), children(world)
    rng = world.chance("suspensions_exclusions answers")
    count = len(everything.child)
    phase, sen, plan, support, assessed = (np.array(column)[everything.cell] for column in zip(*_CELLS, strict=True))
    sessions = np.minimum(rng.geometric(0.28, count) + rng.integers(0, 2, count), 20)
    second, third = (np.where(rng.random(count) < share, pick(rng, _REASONS, count), "") for share in (0.13, 0.03))
    reason = pick(rng, _REASONS, count)
    frame = pl.DataFrame(
        {
            "event_id": case_ids("X", count),
            "upn": known.upn[everything.child],
            "school_urn": _schools(known, everything.child, phase),
            "phase": phase,
            "nc_year": school_year_text(school_year(known.born[everything.child], everything.start)),
            "category": np.where(everything.permanent, "PERM", "SUSP"),
            "start_date": as_dates(everything.start),
            "recorded_date": as_dates(everything.recorded),
            "sessions": pl.Series(sessions).set(pl.Series(everything.permanent), None),
            "reason_1": reason,
            "reason_2": np.where(second == reason, "", second),
            "reason_3": np.where((third == reason) | (second == reason) | (third == second), "", third),
            "sen_provision": sen,
            "plan_in_year": plan,
            "sen_support_in_year": support,
            "under_assessment": assessed,
            "known_to_social_care": everything.known_to_care,
        }
    ).with_columns(
        pl.col("reason_2").replace("", None),
        pl.when(pl.col("reason_2") != "").then("reason_3").replace("", None).alias("reason_3"),
    )

    def delivery(month: int) -> pl.DataFrame:
        return frame.filter(pl.col("recorded_date") <= date_of(last_day(month)))

    return delivery


def _of_a_year(world: World, rng: np.random.Generator, year: int, permanent: bool) -> list[Events]:
    """One academic year's suspensions or permanent exclusions, cell by cell."""
    fixed = year == _FIXED_YEAR
    cells = _EXCLUDED if permanent else _SUSPENDED
    total = (_EXCLUSIONS if permanent else _SUSPENSIONS).get(year, _LATER[permanent])
    if fixed:
        numbers = {cell: world.scaled(number) for cell, number in cells.items()}
    else:
        shares = np.array(list(cells.values())) * rng.lognormal(0, 0.05, len(cells))
        numbers = dict(zip(cells, share_out(world.scaled(total), shares).tolist(), strict=True))
    days = school_days(year)
    days = days[days <= (_REPORTED_UNTIL if fixed and not permanent else days[-1])]
    drift = rng.lognormal(0, 0.07, 12)
    month = months_of(days) % 12
    weight = _SEASON[month] * drift[month]
    parts = []
    for cell, number in numbers.items():
        start = rng.choice(days, number, p=weight / weight.sum())
        recorded = start + np.minimum(rng.geometric(0.22, number) - 1, 45)
        if fixed:
            recorded = np.minimum(recorded, np.maximum(start, day(2025, 7, 31)))
        parts.append(_events(world, rng, (cell, permanent, year), start, recorded))
    if fixed and not permanent:
        batch = share_out(world.scaled(_BATCH), np.array(list(cells.values()), dtype=np.float64))
        for cell, number in zip(cells, batch.tolist(), strict=True):
            entered = rng.choice(working_days(*_BATCH_DAYS), number)
            parts.append(_events(world, rng, (cell, permanent, year), entered, entered))
    return _with_social_care(rng, parts)


def _events(
    world: World, rng: np.random.Generator, what: tuple[_Cell, bool, int], start: Ints, recorded: Ints
) -> Events:
    cell, permanent, year = what
    count = len(start)
    pupils = max(1, round(count * _PUPILS_PER_SUSPENSION)) if not permanent else count
    child = _pupils(world, rng, cell, year, pupils if count else 0)
    if not permanent:
        often: Floats = rng.exponential(size=len(child)) ** 1.1
        child = rng.choice(child, count, p=often / often.sum()) if count else child
    no = np.zeros(count, dtype=np.bool_)
    return Events(child, start, recorded, no | permanent, np.full(count, _CELLS.index(cell)), no)


def _pupils(world: World, rng: np.random.Generator, cell: _Cell, year: int, count: int) -> Ints:
    """Different pupils of a phase and kind: older ones and boys more often; those with a plan have one in the year."""
    known, term = children(world), day(year + 1, 1, 15)
    holder = np.zeros(len(known), dtype=np.bool_)
    holder[plans(world).holders(term)] = True
    among = (
        holder if cell.sen == "E" else known.prone & ~holder if cell.sen == "K" or cell.under_assessment else ~holder
    )
    oldest, youngest = (11, 5) if cell.phase == "primary" else (16, 12)
    candidates = known.born_within(day(year - oldest, 9, 1), day(year - youngest + 1, 8, 31), among)
    in_year = school_year(known.born[candidates], np.full(len(candidates), term))
    weight = np.array(_YEAR_WEIGHTS[cell.phase])[in_year - (0 if cell.phase == "primary" else 7)]
    weight = weight * np.where(known.sex[candidates] == "M", 1.8, 1.0) * _strictness(world, candidates, cell.phase)
    pupils: Ints = candidates[choose(rng, weight, count)]
    return pupils


def _strictness(world: World, child: Ints, phase: str) -> Floats:
    """How readily each child's school suspends: schools differ."""
    _, school = np.unique(school_for(children(world).taste[child], phase), return_inverse=True)
    habits: Floats = world.chance(f"{phase} schools").lognormal(0, 0.45, int(school.max(initial=0)) + 1)
    return habits[school]


def _with_social_care(rng: np.random.Generator, parts: list[Events]) -> list[Events]:
    """Marks 90% of a year's events as of children known to social care, as the partnership reports."""
    sizes = [len(part.start) for part in parts]
    flags = exactly(rng, int(_KNOWN_TO_CARE * sum(sizes) + 0.5), sum(sizes))
    return [
        part._replace(known_to_care=flag)
        for part, flag in zip(parts, np.split(flags, np.cumsum(sizes)[:-1]), strict=True)
    ]


def _schools(known: Children, child: Ints, phase: Texts) -> Texts:
    taste = known.taste[child]
    return np.where(phase == "primary", school_for(taste, "primary"), school_for(taste, "secondary"))
