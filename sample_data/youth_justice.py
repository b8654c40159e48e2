"""care/youth_justice: young people open to youth justice at the end of a month, and whether in education or work.

Of the 89 in March 2025, 20 were not: 7 with a plan, 8 with SEN support, 5 others. In September 2025 26 had a plan.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from sample_data.children import children
from sample_data.dates import YEAR_DAYS, Flags, Floats, Ints, last_day, month_in_year, month_of
from sample_data.plans import plans
from sample_data.registers import Pace, Stays, run
from sample_data.trends import between
from sample_data.world import World


class _Group(NamedTuple):
    """Those of one SEN provision: open at month ends, and out of education and work, as a share or a fixed number."""

    sen: str
    open: tuple[tuple[str, float], ...]
    neet: float
    neet_fixed: int


_GROUPS: Final = (
    _Group("E", (("2022-09", 19.0), ("2023-09", 22.0), ("2025-03", 27.0), ("2025-09", 26.0)), 0.27, 7),
    _Group("K", (("2022-09", 34.0), ("2023-09", 33.0), ("2025-03", 31.0), ("2025-09", 29.0)), 0.25, 8),
    _Group("N", (("2022-09", 42.0), ("2023-09", 37.0), ("2025-03", 31.0), ("2025-09", 30.0)), 0.15, 5),
)
_FIXED_OPEN: Final = {month_of("2025-03"), month_of("2025-09")}
_FIXED_NEET: Final = month_of("2025-03")
_NEET_SEASON: Final = {7: 1.25, 8: 1.35, 9: 0.8, 10: 0.85}
_LEAVING: Final = 0.085
_YOUNGEST, _OLDEST = 12.5, 17.99
_IN_TROUBLE: Final = 0.5  # of luck, above which nobody comes to youth justice


@lru_cache(maxsize=1)
def registers(world: World) -> dict[str, Stays]:
    """By SEN provision, the time of each young person with youth justice."""
    return {group.sen: _register(world, group) for group in _GROUPS}


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: one row per young person open at its end."""
    known = children(world)
    stand = world.chance("youth_justice answers").random(len(known))

    def delivery(month: int) -> pl.DataFrame:
        parts = []
        for group in _GROUPS:
            stays = registers(world)[group.sen]
            child = np.sort(stays.child[stays.open_at(last_day(month))])
            usual = group.neet * _NEET_SEASON.get(month_in_year(month), 1.0) * len(child)
            out = world.scaled(group.neet_fixed) if month == _FIXED_NEET else round(usual)
            activity = np.full(len(child), "EET", dtype="<U4")
            activity[np.argsort((stand[child] + month * 0.013) % 1.0, kind="stable")[:out]] = "NEET"
            answers = pl.DataFrame({"sen_provision": np.full(len(child), group.sen), "activity": activity})
            parts.append(pl.concat([known.person("care", child, last_day(month)), answers], how="horizontal"))
        return pl.concat(parts)

    return delivery


def _register(world: World, group: _Group) -> Stays:
    rng = world.chance(f"youth_justice {group.sen}")
    noise = rng.normal(0, 1.3, 200)

    def wanted(month: int) -> int:
        usual = float(between(group.open, month))
        return world.scaled(usual if month in _FIXED_OPEN else usual + noise[month % 200])

    def candidates(month: int) -> tuple[Ints, Floats]:
        known, today = children(world), last_day(month)
        among = _eligible(world, group.sen, today)
        who = known.born_within(today - int(_OLDEST * YEAR_DAYS), today - int(_YOUNGEST * YEAR_DAYS), among)
        age = (today - known.born[who]) / YEAR_DAYS
        return who, (age - 11) ** 2 * np.where(known.sex[who] == "M", 4.0, 1.0)

    return run(world, rng, Pace(wanted, _LEAVING, 240.0), candidates)


def _eligible(world: World, sen: str, today: int) -> Flags:
    """Children of a SEN provision whom luck may bring to youth justice; the prone without a plan have support."""
    known = children(world)
    holder = np.zeros(len(known), dtype=np.bool_)
    holder[plans(world).holders(today)] = True
    unlucky = known.luck < _IN_TROUBLE
    if sen == "E":
        return holder & unlucky
    ever = np.zeros(len(known), dtype=np.bool_)
    ever[plans(world).child] = True
    return unlucky & ~ever & (known.prone if sen == "K" else ~known.prone)
