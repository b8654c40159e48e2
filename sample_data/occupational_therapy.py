"""care/disabled_children_ot: referrals to the council's occupational therapists for disabled children.

At the end of August 2025 24 children waited for an assessment, the longest for 24 weeks; at the end of September the
mean was 7 weeks.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl

from sample_data.children import births_by_age, children
from sample_data.dates import (
    NEVER,
    Ints,
    date_of,
    day,
    first_day,
    last_day,
    month_in_year,
    month_of,
    months_of,
    working_days,
)
from sample_data.identifiers import case_ids
from sample_data.trends import between
from sample_data.waiting_lists import WaitingList, leavers
from sample_data.world import World

_BEGIN: Final = month_of("2021-09")
_WAITING: Final = (
    ("2021-09", 38.0), ("2022-09", 47.0), ("2023-09", 51.0), ("2024-06", 46.0), ("2025-01", 33.0), ("2025-08", 24.0),
    ("2025-09", 25.0), ("2026-09", 22.0),
)  # fmt: skip
_WEEKS: Final = (
    ("2021-09", 8.6), ("2022-09", 10.1), ("2023-09", 11.4), ("2024-09", 9.6), ("2025-08", 6.8), ("2025-09", 7.0),
    ("2026-09", 6.2),
)  # fmt: skip
_LONGEST_WEEKS: Final = (("2021-09", 34.0), ("2023-09", 41.0), ("2024-09", 33.0), ("2025-08", 24.4), ("2026-09", 24.0))
_FIXED: Final = {month_of("2025-08"), month_of("2025-09")}
_REFERRED: Final = 13.5  # a month
_SEASON: Final = {12: 0.8, 8: 0.75, 9: 1.15, 11: 1.15, 3: 1.1}
_OVERLOOKED: Final = (day(2025, 3, 14), day(2025, 10, 9))  # the longest wait of August 2025: referred, assessed
_AGES: Final = (1, 4, 6, 7, 8, 8, 8, 8, 7, 7, 6, 6, 5, 5, 4, 4, 3, 2)
_CLOSED_UNASSESSED: Final = 0.07


@lru_cache(maxsize=1)
def waiting_list(world: World) -> WaitingList:
    """The list run forward; nobody waits beyond the longest wait of the time, and one referral is overlooked."""
    rng = world.chance("disabled_children_ot")
    referred, left = np.zeros((2, 0), dtype=np.int64)
    for month in range(_BEGIN - 8, world.last + 1):
        today = last_day(month)
        days = working_days(first_day(month), today)
        usual = _REFERRED * _SEASON.get(month_in_year(month), 1.0) * rng.lognormal(0, 0.12)
        new = np.sort(rng.choice(days, world.scaled(usual)))
        if months_of(np.array([_OVERLOOKED[0]]))[0] == month and len(new):
            new = np.sort(np.append(new[1:], _OVERLOOKED[0]))
        referred, left = np.concatenate([referred, new]), np.concatenate([left, np.full(len(new), NEVER)])
        leaving = _seen(world, rng, month, referred, left)
        left[leaving] = np.maximum(rng.choice(days, len(leaving)), referred[leaving])
        left[leaving] = np.where(referred[leaving] == _OVERLOOKED[0], _OVERLOOKED[1], left[leaving])
    return WaitingList(referred, left)


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: referrals open at its end, or closed in the 24 months up to it."""
    frame = _whole_courses(world)

    def delivery(month: int) -> pl.DataFrame:
        today, horizon = date_of(last_day(month)), date_of(first_day(month - 23))
        return frame.filter((pl.col("referral_date") <= today) & (pl.col("closed_date") >= horizon)).with_columns(
            pl.when(pl.col(step) <= today).then(step).alias(step) for step in ("assessment_date", "closed_date")
        )

    return delivery


def _seen(world: World, rng: np.random.Generator, month: int, referred: Ints, left: Ints) -> Ints:
    """Who is assessed in a month: all beyond the longest wait, and others as number and mean demand."""
    today = last_day(month)
    noise = rng.normal(0, (1.6, 0.3)) * (month not in _FIXED)
    waiting = world.scaled(float(between(_WAITING, month)) + noise[0])
    weeks = float(between(_WEEKS, month)) + noise[1]
    on_list = np.flatnonzero(left == NEVER)
    overlooked = (referred[on_list] == _OVERLOOKED[0]) & (today < _OVERLOOKED[1])
    waited = today - referred[on_list]
    longest = float(between(_LONGEST_WEEKS, month)) * 7
    too_long = (waited > longest) & ~overlooked
    free = on_list[~too_long & ~overlooked]
    count = len(on_list) - int(too_long.sum()) - waiting
    kept_days = int(waited[overlooked].sum())
    mean = (weeks * 7 * waiting - kept_days) / max(waiting - int(overlooked.sum()), 1)
    return np.concatenate([on_list[too_long], free[leavers(rng, today - referred[free], count, mean)]])


def _whole_courses(world: World) -> pl.DataFrame:
    everything, known = waiting_list(world), children(world)
    rng = world.chance("disabled_children_ot answers")
    count = len(everything.referred)
    child = known.nearest(births_by_age(rng, _AGES, everything.referred, count), known.prone)
    unassessed = rng.random(count) < _CLOSED_UNASSESSED
    worked: Ints = 14 + rng.gamma(1.5, 60, count).astype(np.int64)
    steps = pl.DataFrame(
        {
            "referral_date": everything.referred,
            "assessment_date": np.where(unassessed, NEVER, everything.left),
            "closed_date": np.where(unassessed, everything.left, np.minimum(everything.left + worked, NEVER)),
        }
    ).with_columns(pl.all().cast(pl.Int32).cast(pl.Date))
    person = known.person("care", child, everything.referred)
    return pl.concat([pl.DataFrame({"referral_id": case_ids("O", count)}), person, steps], how="horizontal")
