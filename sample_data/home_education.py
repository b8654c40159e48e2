"""education/ehe_register: spells of elective home education, 726 open at the end of August and September 2025.

The register grows through the school year, loses those past school age on the last Friday in June, and fills again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from sample_data.children import children, school_year, school_year_text
from sample_data.dates import (
    NEVER,
    Flags,
    Ints,
    Texts,
    academic_year,
    as_dates,
    date_of,
    day,
    first_day,
    last_day,
    month_in_year,
    month_of,
    working_days,
    year_of,
)
from sample_data.identifiers import case_ids
from sample_data.plans import plans
from sample_data.trends import from_august_to_august
from sample_data.world import EARLIEST, World, choose, exactly, pick

# Open at the end of August; within the year, above the line between two Augusts.
_OPEN: Final = {2022: 575, 2023: 634, 2024: 685, 2025: 726}
_GROWTH_LATER: Final = 30  # a year
_ABOVE_TREND: Final = {9: 2, 10: 13, 11: 24, 12: 29, 1: 42, 2: 49, 3: 57, 4: 61, 5: 66, 6: 10, 7: 5, 8: 0}
_FIXED: Final = {month_of("2025-08"): 726, month_of("2025-09"): 726}
_NEW: Final = {9: 52, 10: 46, 11: 40, 12: 24, 1: 47, 2: 32, 3: 37, 4: 24, 5: 32, 6: 30, 7: 18, 8: 9}
_WITH_PLAN: Final = 72 / 726
_SEN_SUPPORT: Final = 0.21
_YEAR_WEIGHTS: Final = (0.5, 0.7, 0.7, 0.8, 0.8, 0.9, 1.0, 1.4, 1.7, 1.8, 1.5, 0.5)  # reception to year 11, when begun
_SUMMER_YEAR_WEIGHTS: Final = (*_YEAR_WEIGHTS[:-1], 0.0)  # year 11 has left
_OPEN_YEAR_WEIGHTS: Final = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 1.7, 1.8, 0.0)  # of those open at first
_REASONS: Final = {
    "philosophical": 13, "lifestyle": 9, "religious": 4, "physical_health": 4, "mental_health": 15,
    "dissatisfaction_send": 9, "dissatisfaction_general": 14, "bullying": 7, "school_suggestion": 1.5,
    "risk_of_exclusion": 2, "permanent_exclusion": 0.4, "preferred_school": 5, "access": 2, "other": 6, "unknown": 5,
    "not_given": 3.1,
}  # fmt: skip
_ENDINGS: Final = {"returned_to_school": 62, "moved_away": 22, "other": 16}


class Spells(NamedTuple):
    """Every spell; open at the close of a day D: `start` <= D < `ended` (`NEVER` while it goes on)."""

    child: Ints
    start: Ints
    ended: Ints
    ending: Texts
    sen: Texts

    def open_at(self, today: int) -> Flags:
        """Which spells are open at the close of a day."""
        return (self.start <= today) & (self.ended > today)


@lru_cache(maxsize=1)
def spells(world: World) -> Spells:
    """The spells open in August 2022 and all since, with their ends until the sample's last month."""
    rng = world.chance("ehe_register")
    eve = last_day(EARLIEST - 1)
    taken = np.zeros(len(children(world)), dtype=np.bool_)
    total = world.scaled(_OPEN[2022])
    with_plan = round(total * _WITH_PLAN)
    now = _begin(world, rng, (eve, _OPEN_YEAR_WEIGHTS), (with_plan, total - with_plan), taken)
    now = now._replace(start=_earlier_starts(world, rng, now.child, eve))
    for month in range(EARLIEST, world.last + 1):
        now = _a_month(world, rng, month, now, taken)
    order = np.lexsort((now.child, now.start))
    return Spells._make(column[order] for column in now)


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: all spells begun by its end, ends known by then."""
    everything, known = spells(world), children(world)
    rng = world.chance("ehe_register answers")
    count = len(everything.child)
    year = school_year(known.born[everything.child], everything.start)
    by_need = {"E": 0.42, "K": 0.33, "N": 0.17}
    social_care = rng.random(count) < np.array([by_need[code] for code in everything.sen.tolist()])
    reason = pick(rng, _REASONS, count)
    unmet = (everything.sen != "N") & (rng.random(count) < 0.22)
    frame = pl.concat(
        [
            pl.DataFrame({"spell_id": case_ids("E", count)}),
            known.person("education", everything.child, everything.start),
            pl.DataFrame(
                {
                    "nc_year": school_year_text(year),
                    "start_date": as_dates(everything.start),
                    "end_date": as_dates(everything.ended),
                    "end_reason": everything.ending,
                    "primary_reason": np.where(unmet, "dissatisfaction_send", reason),
                    "sen_provision": everything.sen,
                    "known_to_social_care": social_care,
                }
            ),
        ],
        how="horizontal",
    )

    def delivery(month: int) -> pl.DataFrame:
        today = date_of(last_day(month))
        ended = pl.col("end_date") <= today
        return frame.filter(pl.col("start_date") <= today).with_columns(
            pl.when(ended).then(pl.col("end_date", "end_reason"))
        )

    return delivery


def _a_month(world: World, rng: np.random.Generator, month: int, now: Spells, taken: Flags) -> Spells:
    """One month on: those past school age leave, others return or move, new ones begin, to the number wanted."""
    today = last_day(month)
    wanted, wanted_with_plan = _wanted(world, rng, month)
    still = now.open_at(first_day(month) - 1)
    over_age = still & _too_old(world, now.child, month)
    new = round(_NEW[month_in_year(month)] * world.scale * rng.lognormal(0, 0.1))
    new = max(new, wanted - int(still.sum()) + int(over_age.sum()))
    leaving = max(int(still.sum()) + new - wanted - int(over_age.sum()), 0)

    left = np.flatnonzero(still & ~over_age)
    with_plan = now.sen[left] == "E"
    few = max(round(leaving * _WITH_PLAN * rng.lognormal(0, 0.3)), int(with_plan.sum()) - wanted_with_plan)
    few = min(few, leaving, int(with_plan.sum()))
    leavers = np.concatenate(
        [rng.permutation(left[with_plan])[:few], rng.permutation(left[~with_plan])[: leaving - few]]
    )
    ended, ending = now.ended.copy(), now.ending.copy()
    ended[over_age], ending[over_age] = _last_friday_in_june(month), "over_age"
    days = working_days(first_day(month), today)
    ended[leavers], ending[leavers] = rng.choice(days, len(leavers)), pick(rng, _ENDINGS, len(leavers))

    new_with_plan = min(max(wanted_with_plan - (int(with_plan.sum()) - few), 0), new)
    year_weights = _SUMMER_YEAR_WEIGHTS if month_in_year(month) in (6, 7, 8) else _YEAR_WEIGHTS
    begun = _begin(world, rng, (today, year_weights), (new_with_plan, new - new_with_plan), taken)
    begun = begun._replace(start=rng.choice(days, len(begun.child)))
    kept = now._replace(ended=ended, ending=ending)
    return Spells._make(np.concatenate(pair) for pair in zip(kept, begun, strict=True))


def _wanted(world: World, rng: np.random.Generator, month: int) -> tuple[int, int]:
    """How many spells the end of a month finds open, and how many of children with a plan."""
    trend = from_august_to_august(_OPEN, _GROWTH_LATER, month) + _ABOVE_TREND[month_in_year(month)]
    noise, lean = rng.normal(0, 3), rng.normal(0, 0.002)
    if month in _FIXED:
        wanted = world.scaled(_FIXED[month])
        return wanted, round(wanted * _WITH_PLAN)
    wanted = world.scaled(trend + noise)
    return wanted, round(wanted * (_WITH_PLAN + lean))


def _begin(
    world: World, rng: np.random.Generator, when: tuple[int, tuple[float, ...]], count: tuple[int, int], taken: Flags
) -> Spells:
    """New spells, with and without a plan, of children by school year on a day; marks the children as taken."""
    on, year_weights = when
    known = children(world)
    holder = np.zeros(len(known), dtype=np.bool_)
    holder[plans(world).holders(on)] = True
    chosen = []
    for number, among in ((count[0], holder), (count[1], ~holder)):
        free = _of_school_age(world, on, among & ~taken)
        weight = np.array(year_weights)[school_year(known.born[free], np.full(len(free), on))]
        chosen.append(free[choose(rng, weight, number)])
        taken[chosen[-1]] = True
    child = np.concatenate(chosen)
    support = exactly(rng, round(len(chosen[1]) * _SEN_SUPPORT), len(chosen[1]))
    sen = np.concatenate([np.full(len(chosen[0]), "E"), np.where(support, "K", "N")])
    empty = np.full(len(child), "", dtype="<U18")
    return Spells(child, np.full(len(child), on), np.full(len(child), NEVER), empty, sen)


def _of_school_age(world: World, on: int, among: Flags) -> Ints:
    """Marked children who turned 5 a month before a day and are not past year 11, youngest last."""
    year = int(academic_year(np.array([on]))[0])
    return children(world).born_within(day(year - 16, 9, 1), on - 31 - 5 * 366, among)


def _too_old(world: World, child: Ints, month: int) -> Flags:
    """Whether a child of the register is in year 11 and the month is June."""
    if month_in_year(month) != 6:
        return np.zeros(len(child), dtype=np.bool_)
    return school_year(children(world).born[child], np.full(len(child), first_day(month))) >= 11


def _last_friday_in_june(month: int) -> int:
    final = day(year_of(month), 6, 30)
    return final - (final + 3 - 4) % 7


def _earlier_starts(world: World, rng: np.random.Generator, child: Ints, eve: int) -> Ints:
    """Starts before August 2022: within the last five years, not before the fifth birthday."""
    low: Ints = np.maximum(children(world).born[child] + 5 * 366, eve - 5 * 365)
    return low + np.floor(np.sqrt(rng.random(len(child))) * (eve - low)).astype(np.int64)
