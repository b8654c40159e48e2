"""<agency>/indicator_return: what the series of an agency tell in a month, as one return."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from sample_data.dates import as_dates, last_day
from sample_data.series import Series
from sample_data.world import World


def deliveries(world: World, series: Sequence[Series]) -> Callable[[int], pl.DataFrame]:
    """The returns of an agency that sends these series."""

    def delivery(month: int) -> pl.DataFrame:
        told = [(each, row) for each in series for row in each.rows(world, month)]
        rows = [row for _, row in told]
        return pl.DataFrame(
            {
                "indicator_id": [each.indicator for each, _ in told],
                "period_end": as_dates(np.array([last_day(row.month) for row in rows], dtype=np.int64)),
                "grain": [row.grain for row in rows],
                "dimension": [row.dimension for row in rows],
                "category": [row.category for row in rows],
                "numerator": pl.Series([_plain(row.numerator) for row in rows], dtype=pl.String),
                "denominator": pl.Series([_plain(row.denominator) for row in rows], dtype=pl.String),
                "value": [row.value for row in rows],
                "provisional": [each.provisional for each, _ in told],
                "note": pl.Series([each.note or None for each, _ in told], dtype=pl.String),
            }
        )

    return delivery


def _plain(number: float | None) -> str | None:
    return None if number is None else f"{number:.1f}".removesuffix(".0")
