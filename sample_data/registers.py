"""Registers run forward month by month: so many are open at each month's end, some leave, others join."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from sample_data.dates import NEVER, Flags, Floats, Ints, first_day, last_day, working_days
from sample_data.world import EARLIEST, World, choose

Candidates: TypeAlias = Callable[[int], tuple[Ints, Floats]]  # of a month: who may join, and how likely each


class Stays(NamedTuple):
    """Stays on a register, in order of their start; open at the close of a day D: `start` <= D < `ended`."""

    child: Ints
    start: Ints
    ended: Ints

    def open_at(self, today: int) -> Flags:
        """Which stays are open at the close of a day."""
        return (self.start <= today) & (self.ended > today)


class Pace(NamedTuple):
    """How many are open at a month's end, the share that leaves in a month, and the usual days of those open first."""

    open: Callable[[int], int]
    leaving: float
    usual_days: float


def run(world: World, rng: np.random.Generator, pace: Pace, candidates: Candidates) -> Stays:
    """The stays open in August 2022 and all since; whoever is no longer a candidate's age or kind leaves.

    `candidates` names everybody who may be on the register in a month; a child is on it once at a time.
    """
    eve = last_day(EARLIEST - 1)
    who, likely = candidates(EARLIEST - 1)
    child = who[choose(rng, likely, pace.open(EARLIEST - 1))]
    ago = np.minimum(rng.exponential(pace.usual_days, len(child)), 4 * pace.usual_days).astype(np.int64)
    now = Stays(child, eve - ago, np.full(len(child), NEVER))
    for month in range(EARLIEST, world.last + 1):
        days = working_days(first_day(month), last_day(month))
        who, likely = candidates(month)
        still = np.flatnonzero(now.ended == NEVER)
        fits = np.isin(now.child[still], who)
        wanted = pace.open(month)
        leaving = round(len(still) * pace.leaving * rng.lognormal(0, 0.12))
        leaving = max(leaving, len(still) - wanted, int((~fits).sum()))
        order = np.lexsort((rng.random(len(still)), fits))
        leavers = still[order[:leaving]]
        now.ended[leavers] = rng.choice(days, len(leavers))
        free = ~np.isin(who, now.child[still])
        joining = who[free][choose(rng, likely[free], wanted - (len(still) - len(leavers)))]
        begun = Stays(joining, np.sort(rng.choice(days, len(joining))), np.full(len(joining), NEVER))
        now = Stays._make(np.concatenate(pair) for pair in zip(now, begun, strict=True))
    order = np.lexsort((now.child, now.start))
    return Stays._make(column[order] for column in now)
