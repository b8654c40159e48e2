"""Waiting lists run forward month by month: so many are referred, so many wait, so long have they waited on average.

Who leaves the list follows from that: newer or older cases, as the mean demands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sample_data.dates import NEVER, Ints, first_day, last_day, working_days
from sample_data.world import World


class WaitingList(NamedTuple):
    """Every referral, oldest first; waiting at the close of a day D: `referred` <= D < `left` (`NEVER` until then)."""

    referred: Ints
    left: Ints


class First(NamedTuple):
    """The list before its first month: how many wait then, their mean weeks, and the longest wait in days."""

    month: int
    waiting: float
    weeks: float
    longest: int


def run(
    world: World,
    rng: np.random.Generator,
    first: First,
    referred_in: Callable[[int], int],
    wanted: Callable[[int], tuple[float, float]],
) -> WaitingList:
    """The referrals until the sample's last month; `wanted` gives how many wait at a month's end, and mean weeks."""
    eve = last_day(first.month - 1)
    start = rng.gamma(1.4, 1.0, world.scaled(first.waiting))
    mean = float(start.mean()) if len(start) else 1.0
    referred = np.sort(eve - np.minimum(start / mean * first.weeks * 7, first.longest).astype(np.int64))
    left = np.full(len(referred), NEVER)
    for month in range(first.month, world.last + 1):
        today = last_day(month)
        days = working_days(first_day(month), today)
        new = np.sort(rng.choice(days, referred_in(month)))
        referred = np.concatenate([referred, new])
        left = np.concatenate([left, np.full(len(new), NEVER)])
        on_list = np.flatnonzero(left == NEVER)
        waiting, weeks = wanted(month)
        over = len(on_list) - world.scaled(waiting)
        leaving = on_list[leavers(rng, today - referred[on_list], over, 7 * weeks)]
        left[leaving] = np.maximum(rng.choice(days, len(leaving)), np.minimum(referred[leaving] + 3, today))
    return WaitingList(referred, left)


def leavers(rng: np.random.Generator, waited: Ints, count: int, wanted_mean: float) -> Ints:
    """`count` places on a list whose leaving brings the mean wait of the others (days) as near as can be to a mean.

    Random, but leaning to the longest or the shortest waits; how strongly is found by halving.
    """
    if not 0 < count < len(waited):
        return np.arange(max(count, 0))
    luck = -np.log(rng.exponential(size=len(waited)))
    wanted_sum = waited.sum() - wanted_mean * (len(waited) - count)
    low, high = -0.2, 0.2
    for _ in range(40):
        lean = (low + high) / 2
        chosen = np.argpartition(-(luck + lean * waited), count)[:count]
        if waited[chosen].sum() < wanted_sum:
            low = lean
        else:
            high = lean
    return np.sort(chosen)
