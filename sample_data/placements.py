"""Where every child with a plan is placed, month by month: the setting of the plan, moved on as the child grows."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from sample_data.children import Children, children, school_year
from sample_data.dates import NEVER, Ints, Texts, first_day, last_day
from sample_data.home_education import spells
from sample_data.plans import Plans, plans
from sample_data.schools import school_for
from sample_data.world import EARLIEST, World

NO_SCHOOL: Final = ("eotas", "elective_home_education", "awaiting_placement")


class Placed(NamedTuple):
    """The plans maintained at the end of a month (places in `plans`), the kind of placement and the school's URN."""

    plan: Ints
    kind: Texts
    urn: Texts


class Spells(NamedTuple):
    """Every placement since August 2022: its plan, kind and school, from the first day until `ended`, the last day.

    `known` is the month in which the end is known; both are `NEVER` while the placement goes on.
    """

    plan: Ints
    kind: Texts
    urn: Texts
    start: Ints
    ended: Ints
    known: Ints


@lru_cache(maxsize=64)
def placed(world: World, month: int) -> Placed:
    """The placements at the end of a month; months before August 2022 count as August 2022."""
    known, everything, home = children(world), plans(world), spells(world)
    today = last_day(max(month, EARLIEST - 1))
    row = np.flatnonzero(everything.open_at(today))
    taught_at_home = np.isin(everything.child[row], home.child[home.open_at(today) & (home.sen == "E")])
    kind = np.where(taught_at_home, "elective_home_education", _kinds(known, everything, row, today))
    return Placed(row, kind, _schools(known, everything.child[row], kind, today))


@lru_cache(maxsize=1)
def placement_spells(world: World) -> Spells:
    """The placements one after another: a plan whose kind of placement changes has a spell for each."""
    everything = plans(world)
    kind_now = np.full(len(everything.child), "", dtype="<U24")
    place = np.full(len(everything.child), -1)
    count = 0
    parts: list[Spells] = []
    ended, known = np.full(0, NEVER), np.full(0, NEVER)
    for month in range(EARLIEST - 1, world.last + 1):
        now = placed(world, month)
        kind = np.full(len(kind_now), "", dtype="<U24")
        kind[now.plan] = now.kind
        over = np.flatnonzero((kind_now != "") & (kind_now != kind))
        ended[place[over]] = np.minimum(everything.ceased[over], first_day(month) - 1)
        ended[place[over]] = np.where(kind[over] == "", everything.ceased[over], ended[place[over]])
        known[place[over]] = month
        begun = np.flatnonzero(kind[now.plan] != kind_now[now.plan])
        plan = now.plan[begun]
        start = np.where(kind_now[plan] == "", everything.start[plan], first_day(month))
        never = np.full(len(plan), NEVER)
        parts.append(Spells(plan, now.kind[begun], now.urn[begun], start, never, never))
        place[plan] = count + np.arange(len(plan))
        count += len(plan)
        ended, known = (np.concatenate([column, never]) for column in (ended, known))
        kind_now = kind
    together = Spells._make(np.concatenate(column) for column in zip(*parts, strict=True))
    return together._replace(ended=ended, known=known)


def _kinds(known: Children, everything: Plans, row: Ints, today: int) -> Texts:
    """Where the child is now: the setting of the plan, moved on as the child grows."""
    child, setting = everything.child[row], everything.setting[row]
    year = school_year(known.born[child], np.full(len(row), today))
    awaiting = (setting == "awaiting_placement") & (today - everything.start[row] < 180)
    special = np.isin(setting, ["state_special", "independent_special"])
    ordinary = np.isin(setting, ["mainstream", "awaiting_placement", "early_years_setting", "post_16_college"])
    left_school = (year >= 14) | (year >= 12) & ~special & (known.taste[child] % 10 < 7)
    return np.select(
        [
            awaiting,
            setting == "eotas",
            (year < 0) & ~special,
            left_school | (year >= 12) & ~special & ~ordinary,
            ordinary,
        ],
        ["awaiting_placement", "eotas", "early_years_setting", "post_16_college", "mainstream"],
        setting,
    )


def _schools(known: Children, child: Ints, kind: Texts, today: int) -> Texts:
    taste = known.taste[child]
    year = school_year(known.born[child], np.full(len(child), today))
    in_mainstream = np.isin(kind, ["mainstream", "erp", "sen_unit"])
    return np.select(
        [
            in_mainstream & (year <= 6),
            in_mainstream,
            kind == "state_special",
            kind == "independent_special",
            kind == "alternative_provision",
            kind == "early_years_setting",
            kind == "post_16_college",
        ],
        [
            school_for(taste, "primary"),
            school_for(taste, "secondary"),
            school_for(taste, "special", "state_special"),
            school_for(taste, "special", "independent_special"),
            school_for(taste, "alternative_provision", "alternative_provision"),
            school_for(taste, "early_years", "early_years_setting"),
            school_for(taste, "post_16", "post_16_college"),
        ],
        "",
    )
