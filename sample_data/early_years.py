"""education/early_years_inclusion: awards of the inclusion fund and notifications by health, since April 2021.

The fund supported 709 children in 2023/24 and 619 in 2024/25, four in five awards for communication; health notified
330 children in 2024/25. A child has one award in a financial year, or a second one for another term.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from sample_data.children import children
from sample_data.dates import Floats, Ints, Texts, as_dates, date_of, day, last_day, months_of, working_days, year_of
from sample_data.identifiers import case_ids
from sample_data.schools import SCHOOLS
from sample_data.world import World, choose, exactly, pick

_CONCERNS: Final = {"cognition_and_learning": 37, "semh": 33, "sensory_and_physical": 22, "other": 8}
_FIRST_YEAR: Final = 2021
_SETTINGS: Final = (
    *(school.name for school in SCHOOLS if school.phase == "early_years"),
    "Amberstead Preschool", "Cloverhythe Nursery", "Finchmere Preschool", "Gorsecombe Day Nursery",
    "Linnetstead Childminding", "Rowanthwaite Preschool", "Umbercombe Nursery", "Yarrowhythe Preschool",
)  # fmt: skip


class _Kind(NamedTuple):
    """Children by financial year (its first year), later; share about communication; second records; ages; months."""

    code: str
    children: dict[int, int]
    later: int
    communication: float
    again: float
    ages: tuple[float, float]
    season: tuple[float, ...]  # January to December


_KINDS: Final = (
    _Kind(
        "senif", {2021: 641, 2022: 684, 2023: 709, 2024: 619}, 604, 0.806, 0.22, (2.0, 3.9),
        (1.5, 1.0, 0.8, 0.9, 1.4, 1.0, 0.5, 0.1, 1.6, 1.5, 1.1, 0.6),
    ),
    _Kind(
        "s23", {2021: 248, 2022: 279, 2023: 306, 2024: 330}, 337, 0.855, 0.0, (0.9, 4.2),
        (1.0, 1.0, 1.1, 0.9, 1.0, 1.1, 1.0, 0.7, 1.0, 1.1, 1.1, 0.8),
    ),
)  # fmt: skip


class _Records(NamedTuple):
    child: Ints
    start: Ints
    kind: Ints
    concern: Texts
    setting: Texts


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: all records up to its end."""
    rng, known = world.chance("early_years_inclusion"), children(world)
    parts = [
        _of_a_year(world, rng, at, year)
        for at in range(len(_KINDS))
        for year in range(_FIRST_YEAR, year_of(world.last - 3) + 1)
    ]
    records = _Records._make(np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((records.kind, records.child, records.start))
    records = _Records._make(column[order] for column in records)
    frame = pl.concat(
        [
            pl.DataFrame({"record_id": case_ids("Y", len(order))}),
            known.person("education", records.child, records.start),
            pl.DataFrame(
                {
                    "record_type": np.array([kind.code for kind in _KINDS])[records.kind],
                    "record_date": as_dates(records.start),
                    "primary_concern": records.concern,
                    "setting": records.setting,
                }
            ),
        ],
        how="horizontal",
    ).with_columns(pl.col("setting").replace("", None))
    return lambda month: frame.filter(pl.col("record_date") <= date_of(last_day(month)))


def _of_a_year(world: World, rng: np.random.Generator, at: int, year: int) -> _Records:
    """One financial year's records of a kind: so many different children, a few of them twice."""
    kind, known = _KINDS[at], children(world)
    wanted = world.scaled(kind.children.get(year, kind.later))
    days = working_days(day(year, 4, 1), day(year + 1, 3, 31))
    weight: Floats = np.array(kind.season)[months_of(days) % 12]
    youngest, oldest = (int(age * 365.25) for age in kind.ages)
    who = known.born_within(day(year, 10, 1) - oldest, day(year, 10, 1) - youngest, known.prone)
    child = rng.permutation(who[choose(rng, np.ones(len(who)), wanted)])
    child = np.concatenate([child, child[: round(len(child) * kind.again)]])
    count = len(child)
    start = np.maximum(rng.choice(days, count, p=weight / weight.sum()), known.born[child] + 210)
    start = np.minimum(start, days[-1])
    about = exactly(rng, round(kind.communication * count), count)
    others = pick(rng, _CONCERNS, count)
    concern = np.where(about, "communication_and_interaction", others)
    setting = np.array(_SETTINGS)[known.taste[child] % len(_SETTINGS)]
    setting = np.where((at == 1) & (rng.random(count) < 0.6), "", setting)  # many are not in a setting yet
    return _Records(child, start, np.full(count, at), concern, setting)
