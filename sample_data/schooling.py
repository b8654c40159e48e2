"""Who goes to school in the area: those a school roll can hold, and those registers of absentees are drawn from."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from sample_data.children import children
from sample_data.dates import Flags, Ints, academic_year_of, day
from sample_data.home_education import spells
from sample_data.suspensions import events
from sample_data.world import EARLIEST, World

_ELSEWHERE: Final = 0.058  # in independent or other areas' schools
_MOVING: Final = 0.05  # into the area or out of it, at some time
_MONTHS_OF_MOVES: Final = 100
_STAYS: Final = 10**6


class Schooling(NamedTuple):
    """Of each child: whether in the area's schools at any time, and from which month to which, both included."""

    local: Flags
    arrives: Ints
    leaves: Ints

    @property
    def settled(self) -> Flags:
        """Those who go to the area's schools all the time."""
        settled: Flags = self.local & (self.arrives == 0) & (self.leaves == _STAYS)
        return settled


@lru_cache(maxsize=1)
def schooling(world: World) -> Schooling:
    """How each child goes to school; whoever is ever suspended goes to one of the area's schools throughout."""
    rng = world.chance("schooling")
    count = len(children(world))
    suspended = np.zeros(count, dtype=np.bool_)
    suspended[events(world).child] = True
    elsewhere = (rng.random(count) < _ELSEWHERE) & ~suspended
    moves = (rng.random(count) < _MOVING) & ~suspended
    arriving = rng.random(count) < 0.52
    month = EARLIEST - 12 + rng.integers(0, _MONTHS_OF_MOVES, count)
    return Schooling(
        local=~elsewhere,
        arrives=np.where(moves & arriving, month, 0),
        leaves=np.where(moves & ~arriving, month, _STAYS),
    )


def in_years(world: World, month: int, first: int, last: int, among: Flags) -> Ints:
    """Marked children in the school years from `first` (0 is reception) to `last` in a month, oldest first."""
    year = academic_year_of(month)
    return children(world).born_within(day(year - 5 - last, 9, 1), day(year - 4 - first, 8, 31), among)


@lru_cache(maxsize=1)
def never_at_home(world: World) -> Flags:
    """Children settled in the area's schools who are never educated at home."""
    free = schooling(world).settled.copy()
    free[spells(world).child] = False
    return free
