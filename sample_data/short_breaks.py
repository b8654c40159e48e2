"""care/short_breaks: packages of short breaks and budgets.

At the end of September 2025 338 children had a community short break and 30 a direct payment, one fewer than in June.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from sample_data.children import children
from sample_data.dates import Floats, Ints, as_dates, date_of, day, last_day, month_in_year, month_of, year_of
from sample_data.identifiers import case_ids
from sample_data.plans import plans
from sample_data.registers import Pace, Stays, run
from sample_data.trends import between
from sample_data.world import World


class _Kind(NamedTuple):
    """Open at month ends, the share that ends in a month, and its usual days for those open at first."""

    code: str
    open: tuple[tuple[str, float], ...]
    leaving: float
    usual_days: float


_KINDS: Final = (
    _Kind("community", (("2022-09", 271.0), ("2023-09", 290.0), ("2024-09", 318.0), ("2025-09", 338.0)), 0.022, 700.0),
    _Kind("overnight", (("2022-09", 44.0), ("2024-09", 49.0), ("2025-09", 47.0)), 0.015, 900.0),
    _Kind("direct_payment", (("2022-09", 24.0), ("2024-09", 28.0), ("2025-06", 31.0), ("2025-09", 30.0)), 0.02, 800.0),
    _Kind("personal_health_budget", (("2022-09", 9.0), ("2024-09", 12.0), ("2025-09", 14.0)), 0.015, 800.0),
)
_FIXED: Final = {month_of("2025-06"), month_of("2025-09")}
_SEASON: Final = {("community", 7): 1.02, ("community", 8): 1.04, ("community", 1): 0.98}
_NEED: Final = {"SLD": 9.0, "PMLD": 12.0, "PD": 5.0, "ASD": 3.0, "DS": 7.0, "MSI": 6.0, "SEMH": 0.3}  # elsewhere 1


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: all packages begun by its end, ends as known then."""
    known = children(world)
    packages = [_packages(world, kind) for kind in _KINDS]
    child, start, ended = (np.concatenate(column) for column in zip(*packages, strict=True))
    kind = np.repeat([each.code for each in _KINDS], [len(each.child) for each in packages])
    order = np.lexsort((kind, child, start))
    frame = pl.concat(
        [
            pl.DataFrame({"package_id": case_ids("K", len(order))}),
            known.person("care", child[order], start[order]),
            pl.DataFrame(
                {
                    "package_type": kind[order],
                    "start_date": as_dates(start[order]),
                    "end_date": as_dates(ended[order]),
                }
            ),
        ],
        how="horizontal",
    )

    def delivery(month: int) -> pl.DataFrame:
        today = date_of(last_day(month))
        return frame.filter(pl.col("start_date") <= today).with_columns(
            pl.when(pl.col("end_date") <= today).then("end_date").alias("end_date")
        )

    return delivery


def _packages(world: World, kind: _Kind) -> Stays:
    rng = world.chance(f"short_breaks {kind.code}")
    noise = rng.normal(1, 0.012, 200)

    def wanted(month: int) -> int:
        usual = float(between(kind.open, month))
        life = 1.0 if month in _FIXED else _SEASON.get((kind.code, month_in_year(month)), 1.0) * noise[month % 200]
        return world.scaled(usual * life)

    def candidates(month: int) -> tuple[Ints, Floats]:
        known, year = children(world), year_of(month)
        eligible = known.prone & (known.born < last_day(month))
        who = known.born_within(day(year - 18, 1 + month % 12, 28), day(year - 4, 1, 1), eligible)
        holds = np.isin(who, plans(world).child)
        weight = np.array([_NEED.get(need, 1.0) for need in known.need[who].tolist()])
        return who, weight * np.where(holds, 12.0, 1.0)

    stays = run(world, rng, Pace(wanted, kind.leaving, kind.usual_days), candidates)
    return stays._replace(start=np.maximum(stays.start, children(world).born[stays.child] + 400))
