"""education/cme_register: spells of missing education, 51 open at the end of August and September 2025.

The register fills as each school year begins, with children who have moved in or wait for a place.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl

from sample_data.children import children, school_year, school_year_text
from sample_data.dates import NEVER, Floats, Ints, as_dates, date_of, last_day, month_in_year, month_of
from sample_data.identifiers import case_ids
from sample_data.plans import has_plan
from sample_data.registers import Pace, Stays, run
from sample_data.schooling import in_years, never_at_home
from sample_data.suspensions import events
from sample_data.trends import between
from sample_data.world import World, pick

_OPEN: Final = (("2022-09", 84.0), ("2023-08", 70.0), ("2024-08", 60.0), ("2025-08", 51.0), ("2026-08", 47.0))
_SEASON: Final = {
    9: 1.22, 10: 1.3, 11: 1.18, 12: 1.0, 1: 1.16, 2: 1.1, 3: 1.05, 4: 1.0, 5: 1.06, 6: 1.04, 7: 0.94, 8: 1.0,
}  # fmt: skip
_FIXED: Final = {month_of("2025-08"): 51, month_of("2025-09"): 51}
_LEAVING: Final = 0.42
_REASONS: Final = {
    "application_awaiting": 41, "awaiting_place": 17, "moved_in": 18, "moved_out_unconfirmed": 13,
    "unsuitable_home_education": 4, "other": 5, "unknown": 2,
}  # fmt: skip
_LOCATED: Final = {"moved_out_unconfirmed": 0.5, "unknown": 0.4}  # elsewhere:
_LOCATED_ELSEWHERE: Final = 0.96


@lru_cache(maxsize=1)
def missing(world: World) -> Stays:
    """Every spell, of children of school age whom no other register knows."""
    rng = world.chance("cme_register")
    noise = rng.lognormal(0, 0.05, 200)
    free = never_at_home(world).copy()
    free[events(world).child] = False

    def wanted(month: int) -> int:
        usual = float(between(_OPEN, month)) * _SEASON[month_in_year(month)] * noise[month % 200]
        return world.scaled(_FIXED.get(month, usual))

    def candidates(month: int) -> tuple[Ints, Floats]:
        who = in_years(world, month, 0, 11, free)
        return who, np.where(children(world).ethnicity[who] == "WROM", 9.0, 1.0)

    return run(world, rng, Pace(wanted, _LEAVING, 45.0), candidates)


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: all spells begun by its end, what was known of them then."""
    everything, known = missing(world), children(world)
    rng = world.chance("cme_register answers")
    count = len(everything.child)
    reason = pick(rng, _REASONS, count)
    chance = np.array([_LOCATED.get(code, _LOCATED_ELSEWHERE) for code in reason.tolist()])
    search = np.minimum(rng.geometric(0.07, count) - 1, (everything.ended - everything.start) * 3 // 4)
    located = np.where(rng.random(count) < chance, everything.start + search, NEVER)
    with_plan = has_plan(world, everything.child, everything.start)
    supported = known.prone[everything.child] & (rng.random(count) < 0.7)
    frame = pl.concat(
        [
            pl.DataFrame({"spell_id": case_ids("M", count)}),
            known.person("education", everything.child, everything.start),
            pl.DataFrame(
                {
                    "nc_year": school_year_text(school_year(known.born[everything.child], everything.start)),
                    "identified_date": as_dates(everything.start),
                    "located_date": as_dates(located),
                    "closed_date": as_dates(everything.ended),
                    "reason": reason,
                    "sen_provision": np.select([with_plan, supported], ["E", "K"], "N"),
                    "known_to_social_care": rng.random(count) < np.where(known.prone[everything.child], 0.34, 0.2),
                }
            ),
        ],
        how="horizontal",
    )

    def delivery(month: int) -> pl.DataFrame:
        today = date_of(last_day(month))
        return frame.filter(pl.col("identified_date") <= today).with_columns(
            pl.when(pl.col(column) <= today).then(column).alias(column) for column in ("located_date", "closed_date")
        )

    return delivery
