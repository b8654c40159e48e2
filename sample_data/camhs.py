"""health/indicator_return: what CAMHS counts itself, children waiting and their average wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl

from sample_data.dates import last_day, month_of
from sample_data.trends import between
from sample_data.world import EARLIEST, World, half_up

_WAITING: Final = (
    ("2022-09", 168.0), ("2023-03", 189.0), ("2023-08", 158.0), ("2024-03", 181.0), ("2024-08", 139.0),
    ("2025-03", 133.0), ("2025-08", 94.0), ("2025-09", 97.0), ("2026-09", 85.0),
)  # fmt: skip
_WEEKS: Final = (
    ("2022-09", 15.5), ("2023-04", 17.2), ("2024-04", 18.6), ("2025-01", 15.4), ("2025-08", 12.3), ("2025-09", 12.0),
    ("2026-09", 10.0),
)  # fmt: skip
_FIXED: Final = {month_of("2025-09"): (97, 12.0)}


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The return of a month: two figures, the average with the sum of weeks and the children behind it."""
    rng = world.chance("camhs")
    figures = {}
    for month in range(EARLIEST, world.last + 1):
        noise = rng.normal(0, (5, 0.3))
        waiting = max(float(between(_WAITING, month)) + noise[0], 1)
        figures[month] = _FIXED.get(month, (waiting, float(between(_WEEKS, month)) + noise[1]))
    return lambda month: _return(world, month, *figures[month])


def _return(world: World, month: int, waiting: float, weeks: float) -> pl.DataFrame:
    children = max(world.scaled(waiting), 1)
    total = int(np.floor(weeks * children + 0.5))
    today = pl.Series([last_day(month)] * 2, dtype=pl.Int32).cast(pl.Date)
    return pl.DataFrame(
        {
            "indicator_id": ["camhs_waiting_count", "camhs_avg_wait_weeks"],
            "period_end": today,
            "grain": ["month"] * 2,
            "dimension": ["all"] * 2,
            "category": ["all"] * 2,
            "numerator": [children, total],
            "denominator": [None, children],
            "value": [str(children), f"{half_up(total / children, 1):.1f}"],
            "provisional": [False, False],
            "note": pl.Series([None, None], dtype=pl.String),
        }
    )
