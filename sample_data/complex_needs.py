"""health/complex_needs: the dynamic support register and what follows from it, since October 2021.

In the twelve months to September 2025: 29 referrals to the register, 9 reviews of care, education and treatment,
3 local area emergency protocol meetings and 2 admissions to a tier 4 setting.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl

from sample_data.children import age_on, children
from sample_data.dates import Flags, Floats, Ints, as_dates, date_of, day, first_day, last_day, month_of, working_days
from sample_data.identifiers import case_ids
from sample_data.plans import plans
from sample_data.world import World, choose, pick

# By kind of event, how many in the twelve months that end in September of a year.
_EVENTS: Final = {
    "dsr_referral": {2022: 22, 2023: 25, 2024: 27, 2025: 29},
    "cetr": {2022: 7, 2023: 8, 2024: 8, 2025: 9},
    "laep": {2022: 2, 2023: 2, 2024: 4, 2025: 3},
    "tier_4_admission": {2022: 3, 2023: 3, 2024: 3, 2025: 2},
}
_RAG: Final = {"amber": 62, "green": 24, "red": 14}
_RAG_LATER: Final = {"amber": 45, "red": 55}  # of those who come to a review, a meeting or an admission
_AGES: Final = (8, 24)
_NEEDS: Final = ("ASD", "SLD", "PMLD", "MLD", "SEMH", "DS")


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: all events up to its end."""
    rng, known = world.chance("complex_needs"), children(world)
    child, start, kind = (np.concatenate(column) for column in zip(*_years(world, rng), strict=True))
    order = np.lexsort((kind, child, start))
    child, start, kind = child[order], start[order], kind[order]
    at_first = kind == list(_EVENTS).index("dsr_referral")
    rag = np.where(at_first, pick(rng, _RAG, len(child)), pick(rng, _RAG_LATER, len(child)))
    frame = pl.concat(
        [
            pl.DataFrame({"event_id": case_ids("L", len(child))}),
            known.person("health", child, start),
            pl.DataFrame({"event_type": np.array(list(_EVENTS))[kind], "event_date": as_dates(start), "rag": rag}),
        ],
        how="horizontal",
    )
    return lambda month: frame.filter(pl.col("event_date") <= date_of(last_day(month)))


def _years(world: World, rng: np.random.Generator) -> list[tuple[Ints, Ints, Ints]]:
    """Year by year: those referred to the register, and among them those to whom more happens."""
    parts = []
    ever = np.zeros(0, dtype=np.int64)
    for year in range(2022, world.last // 12 + 1972):
        days = working_days(first_day(month_of(f"{year - 1}-10")), day(year, 9, 30))
        for place, counts in enumerate(_EVENTS.values()):
            count = world.scaled(counts.get(year, counts[2025]))
            known_here = place == 0 or len(ever) < count
            child = _referred(world, rng, year, count) if known_here else rng.permutation(ever)[:count]
            ever = np.union1d(ever, child) if place == 0 else ever
            parts.append((child, _spread(rng, days, len(child)), np.full(len(child), place)))
    return parts


def _spread(rng: np.random.Generator, days: Ints, count: int) -> Ints:
    """Days over a year, no month without one while there are twelve to share."""
    month = rng.permutation(np.arange(count) % 12)
    by_month = np.array_split(days, 12)
    return np.array([rng.choice(by_month[at]) for at in month.tolist()], dtype=np.int64)


def _referred(world: World, rng: np.random.Generator, year: int, count: int) -> Ints:
    known = children(world)
    likely: Flags = known.prone & np.isin(known.need, _NEEDS)
    who = known.born_within(day(year - 1 - _AGES[1], 1, 1), day(year - 1 - _AGES[0], 1, 1), likely)
    age = age_on(known.born[who], day(year, 4, 1))
    weight: Floats = np.where((age >= 13) & (age <= 19), 4.0, 1.0) * np.where(known.need[who] == "ASD", 4.0, 1.0)
    weight = weight * np.where(np.isin(who, plans(world).child), 8.0, 1.0)
    return rng.permutation(who[choose(rng, weight, count)])
