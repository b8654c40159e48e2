"""health/nd_referrals: the neurodevelopmental waiting list, referral by referral.

The list is run forward month by month from September 2021. Each month the number referred, the number waiting and
their mean wait are given; who is closed follows: newer or older cases, as the mean demands. So it grows to 1,530
waiting 69 weeks in June 2025, while most of those closed came lately, until the longest waiters are taken first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final

import numpy as np
import polars as pl

from sample_data.children import births_by_age, children
from sample_data.dates import (
    NEVER,
    Floats,
    Ints,
    Texts,
    date_of,
    first_day,
    last_day,
    month_in_year,
    month_of,
    month_text,
)
from sample_data.identifiers import case_ids
from sample_data.trends import between
from sample_data.waiting_lists import First, WaitingList, run
from sample_data.world import World, pick

_BEGIN: Final = month_of("2021-09")
_FIRST_LIST: Final = (860, 33.0)  # waiting, mean weeks, at the end of August 2021
_LONGEST_AT_FIRST: Final = 1100  # days
_SEASON: Final = {
    9: 1.0, 10: 1.12, 11: 1.2, 12: 0.86, 1: 1.08, 2: 1.02, 3: 1.12, 4: 0.92, 5: 1.08, 6: 1.12, 7: 1.02, 8: 0.42,
}  # fmt: skip
_USUAL_REFERRALS: Final = (
    ("2021-09", 74.0),
    ("2022-09", 80.0),
    ("2023-09", 88.0),
    ("2024-07", 96.0),
    ("2025-09", 96.0),
)
_REFERRALS: Final = {  # 28 in August 2024, 108 in June 2025, 105 a month on average between
    "2024-08": 28, "2024-09": 97, "2024-10": 118, "2024-11": 132, "2024-12": 103, "2025-01": 128, "2025-02": 121,
    "2025-03": 117, "2025-04": 98, "2025-05": 105, "2025-06": 108, "2025-07": 99, "2025-08": 62, "2025-09": 92,
}  # fmt: skip
_WAITING: Final = (
    ("2021-08", 860.0), ("2022-07", 1022.0), ("2022-08", 1001.0), ("2023-07", 1181.0), ("2023-08", 1156.0),
    ("2024-07", 1364.0), ("2024-08", 1332.0), ("2024-11", 1398.0), ("2025-02", 1471.0), ("2025-05", 1522.0),
    ("2025-06", 1530.0), ("2025-07", 1512.0), ("2025-08", 1530.0), ("2025-09", 1524.0), ("2026-09", 1380.0),
)  # fmt: skip
_WEEKS: Final = (
    ("2021-08", 33.0), ("2022-08", 37.5), ("2023-08", 42.0), ("2024-07", 44.9), ("2024-08", 46.0), ("2025-05", 67.0),
    ("2025-06", 69.0), ("2025-07", 66.8), ("2025-08", 67.0), ("2025-09", 66.2), ("2026-09", 54.0),
)  # fmt: skip
_FIXED: Final = {month_of(text) for text in ("2024-08", "2025-06", "2025-08")}
_AGE_WEIGHTS: Final = (0, 0.3, 3, 7, 9, 10, 10, 10, 9.5, 9, 8, 7.5, 7, 5, 4, 3, 1.2, 0.4)
_PATHWAYS: Final = {"autism": 49, "adhd": 31, "both": 16, "other": 4}
_QUICK: Final = {"rejected": 58, "discharged": 24, "transferred": 12, "not_diagnosed": 4, "diagnosed": 2}
_SEEN: Final = {"diagnosed": 64, "not_diagnosed": 20, "discharged": 12, "transferred": 4}


@lru_cache(maxsize=1)
def referrals(world: World) -> WaitingList:
    """The referrals of the sample, with their closures until its last month."""
    rng = world.chance("nd_referrals")
    return run(
        world,
        rng,
        First(_BEGIN, *_FIRST_LIST, 1100),
        lambda month: _referred_in(world, rng, month),
        partial(_wanted, rng),
    )


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: referrals open at its end, or closed in the 24 months up to it."""
    frame = _whole_courses(world)
    steps = ("accepted_date", "first_contact_date", "assessment_start_date")

    def delivery(month: int) -> pl.DataFrame:
        today, horizon = date_of(last_day(month)), date_of(first_day(month - 23))
        closed = pl.col("closed_date") <= today
        return frame.filter((pl.col("referral_date") <= today) & (pl.col("closed_date") >= horizon)).with_columns(
            *(pl.when(pl.col(step) <= today).then(step).alias(step) for step in steps),
            pl.when(closed).then(pl.col("closed_date", "outcome")),
        )

    return delivery


def _referred_in(world: World, rng: np.random.Generator, month: int) -> int:
    noise = rng.lognormal(0, 0.06)
    usual = float(between(_USUAL_REFERRALS, month)) * _SEASON[month_in_year(month)] * noise
    return world.scaled(_REFERRALS.get(month_text(month), usual))


def _wanted(rng: np.random.Generator, month: int) -> tuple[float, float]:
    """How many wait at the end of a month, and their mean weeks: the given lines, with a little noise."""
    noise = rng.normal(0, (5, 0.25)) * (month not in _FIXED)
    return float(between(_WAITING, month)) + noise[0], float(between(_WEEKS, month)) + noise[1]


def _whole_courses(world: World) -> pl.DataFrame:
    """One row per referral with every step it will take; steps not taken lie beyond all days."""
    everything, known = referrals(world), children(world)
    rng = world.chance("nd_referrals answers")
    count = len(everything.referred)
    child = known.nearest(births_by_age(rng, _AGE_WEIGHTS, everything.referred, count), known.prone)
    waited = everything.left - everything.referred
    outcome = np.where(waited < 110, pick(rng, _QUICK, count), pick(rng, _SEEN, count))
    steps = _steps(rng, everything, waited, outcome)
    answers = pl.DataFrame(
        {
            "pathway": pick(rng, _PATHWAYS, count),
            "priority": np.where(rng.random(count) < 0.035, "urgent", "routine"),
            "referral_date": everything.referred,
            "accepted_date": steps[0],
            "first_contact_date": steps[1],
            "assessment_start_date": steps[2],
            "closed_date": everything.left,
            "outcome": outcome,
        }
    ).with_columns(pl.col("^.*_date$").cast(pl.Int32).cast(pl.Date))
    person = known.person("health", child, everything.referred)
    return pl.concat([pl.DataFrame({"referral_id": case_ids("N", count)}), person, answers], how="horizontal")


def _steps(rng: np.random.Generator, everything: WaitingList, waited: Ints, outcome: Texts) -> tuple[Ints, Ints, Ints]:
    """Days of acceptance, first contact and start of assessment, in this order and before the closure."""
    count = len(waited)
    accepted = everything.referred + 7 + rng.geometric(0.04, count)
    contact = accepted + 30 + (rng.gamma(2.2, 75, count)).astype(np.int64)
    start = contact + 14 + (rng.gamma(2.5, 130, count)).astype(np.int64)
    decided = np.isin(outcome, ["diagnosed", "not_diagnosed"]) & (everything.left < NEVER)
    reached: Floats = np.where(decided, (waited * 0.85) / np.maximum(start - everything.referred, 1), 1.0)
    shrink = np.minimum(reached, 1.0)  # whoever was assessed had every step in time
    accepted, contact, start = (
        everything.referred + ((step - everything.referred) * shrink).astype(np.int64)
        for step in (accepted, contact, start)
    )
    turned_away = (outcome == "rejected") & (everything.left < NEVER)
    accepted, contact, start = (
        np.where(turned_away | (step > everything.left), NEVER, step) for step in (accepted, contact, start)
    )
    return accepted, contact, start
