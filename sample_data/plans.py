"""The EHC plans maintained, plan by plan, from August 2022 on: 3,140 then, 4,271 three years later.

A plan begins when a request ends in one or when a child moves in with one, and ceases mostly after school, in summer.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from sample_data.assessments import requests
from sample_data.children import age_on, births_by_age, children
from sample_data.dates import (
    NEVER,
    Flags,
    Ints,
    Texts,
    day,
    first_day,
    last_day,
    month_in_year,
    months_of,
    working_days,
    year_of,
)
from sample_data.trends import from_august_to_august
from sample_data.world import EARLIEST, World, choose, pick

# Plans maintained at the end of August; within a year they rise until June and fall as school ends.
_MAINTAINED: Final = {2022: 3140, 2023: 3508, 2024: 3889, 2025: 4271}
_GROWTH_LATER: Final = 240  # a year
_ABOVE_TREND: Final = {9: 3, 10: 8, 11: 14, 12: 18, 1: 23, 2: 29, 3: 35, 4: 38, 5: 44, 6: 46, 7: 20, 8: 0}
_CEASED: Final = {7: 58, 8: 84}  # in a month; elsewhere:
_CEASED_ELSEWHERE: Final = 12
_COMMUNICATION: Final = 2161 / 4271  # autism, or speech, language and communication, at the end of August 2025
_COMMUNICATION_DAY: Final = day(2025, 8, 31)
_STOCK_AGES: Final = (
    0, 0, 5, 16, 50, 108, 140, 165, 185, 200, 215, 225, 225, 220, 215, 205, 190, 165, 130, 92, 66, 50, 38, 24, 8,
)  # fmt: skip
_INCOMER_AGES: Final = (0, 0, 0, 2, 6, 8, 8, 8, 8, 8, 8, 9, 8, 8, 7, 6, 3, 1, 1)
_SETTINGS: Final = {
    "mainstream": 49, "state_special": 28.55, "independent_special": 8.25, "erp": 5.5, "sen_unit": 2.4,
    "post_16_college": 2.5, "alternative_provision": 1.1, "eotas": 1.2, "early_years_setting": 0.3,
}  # fmt: skip


class Plans(NamedTuple):
    """Every plan, in order of its start; each child has at most one.

    Maintained at the close of a day D: `start` <= D < `ceased` (`NEVER` while it goes on). `setting` is the kind of
    placement first named; `need` the primary need in the plan.
    """

    child: Ints
    start: Ints
    ceased: Ints
    setting: Texts
    need: Texts

    def open_at(self, today: int) -> Flags:
        """Which plans are maintained at the close of a day."""
        return (self.start <= today) & (self.ceased > today)

    def holders(self, today: int) -> Ints:
        """The children who have a plan at the close of a day."""
        return self.child[self.open_at(today)]


def has_plan(world: World, child: Ints, on: Ints) -> Flags:
    """Whether each child had a plan on a day; days before September 2022 count as its eve."""
    known = np.full((2, len(children(world))), NEVER)
    known[:, plans(world).child] = plans(world).start, plans(world).ceased
    start, ceased = known[:, child]
    day_known = np.maximum(on, last_day(EARLIEST - 1))
    held: Flags = (start <= day_known) & (day_known < ceased)
    return held


@lru_cache(maxsize=1)
def plans(world: World) -> Plans:
    """The plans of the sample, with what becomes of them until its last month."""
    rng = world.chance("ehc_plans")
    child, start, setting = _issued(world)
    stock = _stock(world, rng, start, child)
    child, start, setting = (np.concatenate(pair) for pair in zip(stock, (child, start, setting), strict=True))
    ceased = np.full(len(child), NEVER)
    taken = np.zeros(len(children(world)), dtype=np.bool_)
    taken[requests(world).child] = taken[child] = True
    before = int((start <= last_day(EARLIEST - 1)).sum())
    for month in range(EARLIEST, world.last + 1):
        begun = int((months_of(start) == month).sum())
        target = _maintained(world, rng, month)
        leaving = round(_CEASED.get(month_in_year(month), _CEASED_ELSEWHERE) * world.scale * rng.lognormal(0, 0.12))
        incoming = max(target - before - begun + leaving, 0)
        newcomers = _incomers(world, rng, month, incoming, taken)
        taken[newcomers] = True
        child = np.concatenate([child, newcomers])
        start = np.concatenate([start, rng.choice(working_days(first_day(month), last_day(month)), incoming)])
        setting = np.concatenate([setting, pick(rng, _SETTINGS, incoming)])
        ceased = np.concatenate([ceased, np.full(incoming, NEVER)])
        leavers = _leavers(world, rng, month, (child, start, ceased), before + begun + incoming - target)
        ceased[leavers] = _last_days(rng, month, len(leavers))
        before = target
    return _in_order(rng, Plans(child, start, ceased, setting, children(world).need[child]))


def primary_needs(world: World) -> Texts:
    """The primary need of every child: as in the plan, of those who ever have one."""
    needs = children(world).need.copy()
    needs[plans(world).child] = plans(world).need
    return needs


def _issued(world: World) -> tuple[Ints, Ints, Texts]:
    asked = requests(world)
    issued = asked.finish == "Y"
    return asked.child[issued], asked.finished[issued], asked.named_placement[issued]


def _stock(world: World, rng: np.random.Generator, issued: Ints, issued_to: Ints) -> tuple[Ints, Ints, Texts]:
    """The plans of August 2022 that came from no request held: older ones, and children who moved in."""
    known, eve = children(world), last_day(EARLIEST - 1)
    count = max(world.scaled(_MAINTAINED[2022]) - int((issued <= eve).sum()), 0)
    free = known.prone.copy()
    free[requests(world).child] = free[issued_to] = False
    child = known.nearest(births_by_age(rng, _STOCK_AGES, eve, count), free)
    low = np.maximum(known.born[child] + 500, day(2014, 9, 1))
    high = np.maximum(low + 60, day(2021, 4, 30))
    start = np.minimum(low + np.floor(rng.random(count) * (high - low)).astype(np.int64), eve)
    return child, start, pick(rng, _SETTINGS, count)


def _maintained(world: World, rng: np.random.Generator, month: int) -> int:
    """How many plans the end of a month finds: exact in August, a little noise elsewhere."""
    noise = 0.0 if month_in_year(month) == 8 else rng.normal(0, 4)
    trend = from_august_to_august(_MAINTAINED, _GROWTH_LATER, month)
    return world.scaled(trend + _ABOVE_TREND[month_in_year(month)] + noise)


def _incomers(world: World, rng: np.random.Generator, month: int, count: int, taken: Flags) -> Ints:
    known = children(world)
    return known.nearest(births_by_age(rng, _INCOMER_AGES, first_day(month), count), known.prone & ~taken)


def _leavers(world: World, rng: np.random.Generator, month: int, plan: tuple[Ints, Ints, Ints], count: int) -> Ints:
    """Which plans cease in a month: all before the 25th birthday, then mostly those of young people past school."""
    child, start, ceased = plan
    today = last_day(month)
    free = np.flatnonzero((start < first_day(month) - 30) & (ceased == NEVER))
    age = age_on(children(world).born[child[free]], today + 31)
    weight = np.select([age >= 25, age >= 20, age == 19, age == 18, age >= 16], [1e9, 9.0, 7.0, 4.0, 1.2], 0.12)
    leavers: Ints = free[choose(rng, weight, count)]
    return leavers


def _last_days(rng: np.random.Generator, month: int, count: int) -> Ints:
    if month_in_year(month) in _CEASED:
        return np.full(count, last_day(month) if month_in_year(month) == 8 else day(year_of(month), 7, 22))
    return rng.choice(working_days(first_day(month), last_day(month)), count)


def _in_order(rng: np.random.Generator, unordered: Plans) -> Plans:
    order = np.lexsort((unordered.child, unordered.start))
    ordered = Plans._make(column[order] for column in unordered)
    return ordered._replace(need=_needs(rng, ordered))


def _needs(rng: np.random.Generator, ordered: Plans) -> Texts:
    """The children's needs; autism and communication the rarer the older the plan, exactly 50.6% in August 2025."""
    need = ordered.need.copy()
    communication = np.isin(need, ["ASD", "SLCN"])
    maintained = ordered.open_at(_COMMUNICATION_DAY)
    for group, share in ((maintained, _COMMUNICATION), (~maintained, 0.44)):
        surplus = int(communication[group].sum()) - round(share * int(group.sum()))
        others = np.flatnonzero(group & (communication if surplus > 0 else ~communication))
        # The oldest plans turn from communication to learning needs, the newest the other way round.
        weight = ordered.start[others].astype(np.float64) * (1 if surplus > 0 else -1)
        turned = others[np.argsort(weight + rng.normal(0, 900, len(others)), kind="stable")[: abs(surplus)]]
        need[turned] = pick(rng, {"MLD": 5, "SEMH": 6, "SLD": 2} if surplus > 0 else {"ASD": 3, "SLCN": 1}, len(turned))
    return need
