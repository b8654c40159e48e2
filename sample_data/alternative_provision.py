"""education/alternative_provision: placements by scheme, since before September 2022.

Printed are 44 placements commissioned for SEND and inclusion at the end of September 2025, and what became of the 32
Fresh Start placements of 2024/25: by then 7 were sustained, 14 had broken down and 11 went on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from sample_data.children import children, school_year
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
    month_in_year,
    month_of,
    school_days,
)
from sample_data.identifiers import case_ids
from sample_data.missing_education import missing
from sample_data.plans import has_plan, plans
from sample_data.registers import Pace, Stays, run
from sample_data.schooling import in_years, never_at_home
from sample_data.schools import SCHOOLS
from sample_data.trends import between
from sample_data.world import World, choose, pick, share_out

UNITS: Final = tuple(school for school in SCHOOLS if school.phase == "alternative_provision")
_PROVIDERS: Final = (
    *(school.name for school in UNITS),
    "Quillmere Vocational Centre", "Heronstead Farm Project", "Sorrelhythe Tuition", "Marlcombe Online School",
    "Willowmere Therapeutic Centre",
)  # fmt: skip
_HOSTS: Final = tuple(
    school.name for school in SCHOOLS if school.phase in ("primary", "secondary") and not school.closed
)


class _Scheme(NamedTuple):
    """Open at month ends, what the year makes of it, share that leaves in a month, years, cost, who commissions."""

    code: str
    open: tuple[tuple[str, float], ...]
    leaving: float
    years: tuple[int, int]
    weekly_cost: float
    by_council: float


_SCHEMES: Final = (
    _Scheme("send_commissioned", (("2022-09", 17.0), ("2024-09", 24.0), ("2025-09", 27.0)), 0.06, (1, 11), 540, 1.0),
    _Scheme(
        "inclusion_commissioned", (("2022-09", 12.0), ("2024-09", 16.0), ("2025-09", 17.0)), 0.09, (2, 11), 390, 0.8
    ),
    _Scheme("day_six", (("2022-09", 15.0), ("2025-09", 11.0)), 0.35, (3, 11), 430, 1.0),
    _Scheme("health_needs", (("2022-09", 22.0), ("2025-09", 34.0)), 0.14, (3, 11), 310, 1.0),
)  # fmt: skip
_FIXED: Final = month_of("2025-09")
_SEASON: Final = {
    9: 1.0, 10: 1.03, 11: 1.08, 12: 1.1, 1: 1.1, 2: 1.13, 3: 1.16, 4: 1.14, 5: 1.15, 6: 1.1, 7: 0.92, 8: 0.85,
}  # fmt: skip
_FRESH_STARTS: Final = {2021: 21, 2022: 25, 2023: 29, 2024: 32}
_FRESH_STARTS_LATER: Final = 33
_PLUS: Final = 20 / 32  # of which in Fresh Start PLUS
_FRESH_START_FATES: Final = (("broken_down", 14.0), ("sustained", 7.0), ("", 11.0))  # by September after the year
_FRESH_START_YEARS: Final = (0, 0, 0, 1, 2, 4, 3, 4, 6, 6, 5, 1)


class Placements(NamedTuple):
    """Every placement, in order of its start; open at the close of a day D: `start` <= D < `ended`.

    `scheme` is the code, `fate` what becomes of it in the end.
    """

    child: Ints
    start: Ints
    ended: Ints
    scheme: Texts
    fate: Texts
    provider: Texts

    def at_a_unit(self, today: int) -> tuple[Ints, Ints]:
        """The children placed in a pupil referral unit at the close of a day, and in which (a place in `UNITS`)."""
        names = [unit.name for unit in UNITS]
        there = (self.start <= today) & (self.ended > today) & np.isin(self.provider, names)
        child, first = np.unique(self.child[there], return_index=True)
        return child, np.searchsorted(names, self.provider[there][first])


@lru_cache(maxsize=1)
def placements(world: World) -> Placements:
    """All placements of the sample."""
    rng = world.chance("alternative_provision")
    parts = [*(_of_a_scheme(world, rng, scheme) for scheme in _SCHEMES), *_fresh_starts(world, rng)]
    together = Placements._make(np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((together.child, together.scheme, together.start))
    return Placements._make(column[order] for column in together)


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: all placements begun by its end, ends and outcomes as known then."""
    everything, known = placements(world), children(world)
    rng = world.chance("alternative_provision answers")
    count = len(everything.child)
    cost = {scheme.code: scheme.weekly_cost for scheme in _SCHEMES} | {"fresh_start": 160, "fresh_start_plus": 420}
    council = {scheme.code: scheme.by_council for scheme in _SCHEMES} | {"fresh_start": 0.3, "fresh_start_plus": 1.0}
    codes = everything.scheme.tolist()
    sessions = pick(rng, {"10": 46, "8": 10, "6": 16, "5": 12, "4": 16}, count).astype(np.int64)
    year = school_year(known.born[everything.child], everything.start)
    with_plan = has_plan(world, everything.child, everything.start)
    supported = known.prone[everything.child] | (rng.random(count) < 0.3)
    frame = pl.DataFrame(
        {
            "placement_id": case_ids("A", count),
            "upn": known.upn[everything.child],
            "provider": everything.provider,
            "scheme": everything.scheme,
            "commissioner": np.where(
                rng.random(count) < np.array([council[code] for code in codes]), "council", "school"
            ),
            "start_date": as_dates(everything.start),
            "end_date": as_dates(everything.ended),
            "outcome": everything.fate,
            "sen_provision": np.select([with_plan, supported], ["E", "K"], "N"),
            "phase": np.select([year <= 0, year <= 6], ["reception", "primary"], "secondary"),
            "sessions_per_week": sessions,
            "weekly_cost": (
                np.array([cost[code] for code in codes]) * rng.lognormal(0, 0.25, count) * sessions / 10 + 40
            ).round(2),
        }
    )

    def delivery(month: int) -> pl.DataFrame:
        today = date_of(last_day(month))
        over = pl.col("end_date") <= today
        return frame.filter(pl.col("start_date") <= today).with_columns(
            pl.when(over).then("end_date").alias("end_date"),
            pl.when(over).then("outcome").otherwise(pl.lit("ongoing")).alias("outcome"),
        )

    return delivery


def _of_a_scheme(world: World, rng: np.random.Generator, scheme: _Scheme) -> Placements:
    noise = rng.lognormal(0, 0.04, 200)
    holders_only = scheme.code == "send_commissioned"

    def wanted(month: int) -> int:
        usual = float(between(scheme.open, month))
        life = 1.0 if month == _FIXED else _SEASON[month_in_year(month)] * noise[month % 200]
        return world.scaled(usual * life)

    def candidates(month: int) -> tuple[Ints, Floats]:
        free = _free(world).copy()
        if holders_only:
            holder = np.zeros(len(free), dtype=np.bool_)
            holder[plans(world).holders(last_day(month))] = True
            free &= holder
        who = in_years(world, month, *scheme.years, free)
        year = school_year(children(world).born[who], np.full(len(who), last_day(month)))
        weight: Floats = (1.0 + year.astype(np.float64)) * np.where(children(world).prone[who], 4.0, 1.0)
        return who, weight

    stays: Stays = run(world, rng, Pace(wanted, scheme.leaving, 30 / scheme.leaving), candidates)
    count = len(stays.child)
    fate = np.where(rng.random(count) < 0.74, "sustained", "broken_down")
    return Placements(*stays, np.full(count, scheme.code), fate, rng.choice(np.array(_PROVIDERS), count))


def _fresh_starts(world: World, rng: np.random.Generator) -> list[Placements]:
    """Year by year, in another school: most end within the year, some later."""
    parts = []
    taken = np.zeros(len(children(world)), dtype=np.bool_)
    for year in range(2021, academic_year_of(world.last) + 1):
        count = world.scaled(_FRESH_STARTS.get(year, _FRESH_STARTS_LATER))
        who = in_years(world, month_of(f"{year + 1}-01"), 0, 11, _free(world) & children(world).prone & ~taken)
        in_year = school_year(children(world).born[who], np.full(len(who), day(year + 1, 1, 15)))
        child = rng.permutation(who[choose(rng, np.array(_FRESH_START_YEARS, dtype=np.float64)[in_year], count)])
        taken[child] = True
        count = len(child)
        numbers = share_out(count, np.array([weight for _, weight in _FRESH_START_FATES]))
        fate = rng.permutation(np.repeat([name for name, _ in _FRESH_START_FATES], numbers))
        days = school_days(year)
        start = rng.choice(days[:-40], count)
        within = start + np.floor((0.15 + 0.85 * rng.random(count)) * (days[-1] - start)).astype(np.int64)
        after = day(year + 1, 10, 6) + rng.integers(0, 150, count)
        later = np.where(rng.random(count) < 0.8, "sustained", "broken_down")
        scheme = np.where(rng.permutation(count) < round(count * _PLUS), "fresh_start_plus", "fresh_start")
        host = rng.choice(np.array(_HOSTS), count)
        ended = np.where(fate == "", after, within)
        parts.append(Placements(child, start, ended, scheme, np.where(fate == "", later, fate), host))
    return parts


def _free(world: World) -> Flags:
    free = never_at_home(world).copy()
    free[missing(world).child] = False
    return free
