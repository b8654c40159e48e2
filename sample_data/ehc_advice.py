"""health/ehc_advice: what health advisers were asked for each EHC assessment, and when it came.

Between 84% and 100% a month came within six weeks: late in the winter of 2023/24, all of it in the summer of 2025.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl

from sample_data.assessments import requests
from sample_data.dates import (
    NEVER,
    Flags,
    Ints,
    as_dates,
    date_of,
    last_day,
    months_of,
    no_earlier_weekday,
    no_later_weekday,
)
from sample_data.ehc_requests import request_ids
from sample_data.identifiers import case_ids
from sample_data.trends import between
from sample_data.world import World, choose

_ASKED: Final = {
    "community_paediatrics": 0.96, "speech_and_language": 0.58, "occupational_therapy": 0.31, "physiotherapy": 0.11,
    "camhs": 0.17, "other_health": 0.09,
}  # fmt: skip
_SLOWER: Final = {"community_paediatrics": 1.0, "occupational_therapy": 1.6, "camhs": 1.5}  # elsewhere 0.8
_WITHIN_SIX_WEEKS: Final = (
    ("2021-03", 0.93), ("2022-06", 0.95), ("2023-06", 0.91), ("2023-12", 0.86), ("2024-02", 0.82), ("2024-05", 0.9),
    ("2024-11", 0.93), ("2025-03", 0.96), ("2025-06", 0.99), ("2025-07", 1.0), ("2025-08", 1.0), ("2025-09", 0.98),
)  # fmt: skip
_LOWEST, _HIGHEST = 0.84, 1.0
_AUDITED: Final = 0.35
_COMPLIANT: Final = (("2021-01", 0.93), ("2023-09", 0.945), ("2025-01", 0.96), ("2025-09", 0.975))


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: all advice asked for by its end, what had come by then."""
    rng = world.chance("ehc_advice")
    asked = requests(world)
    agreed = np.flatnonzero(asked.decision == "Y")
    wanted = rng.random((len(_ASKED), len(agreed))) < np.array(list(_ASKED.values()))[:, None]
    adviser, at = np.nonzero(wanted)
    request = agreed[at]
    requested = no_earlier_weekday(asked.decided[request] + rng.integers(0, 4, len(request)))
    order = np.lexsort((adviser, request, requested))
    request, requested, adviser = request[order], requested[order], adviser[order]
    received = _received(rng, requested, adviser)
    share = between(_COMPLIANT, months_of(received))
    audited = rng.random(len(request)) < _AUDITED
    frame = pl.DataFrame(
        {
            "advice_id": case_ids("D", len(request)),
            "request_id": request_ids(world)[request],
            "adviser": np.array(list(_ASKED))[adviser],
            "requested_date": as_dates(requested),
            "received_date": as_dates(received),
            "quality_result": np.where(rng.random(len(request)) < share, "compliant", "not_compliant"),
        }
    ).with_columns(pl.when(pl.Series(audited)).then("quality_result").alias("quality_result"))

    def delivery(month: int) -> pl.DataFrame:
        today = date_of(last_day(month))
        come = pl.col("received_date") <= today
        return frame.filter(pl.col("requested_date") <= today).with_columns(
            pl.when(come).then(pl.col("received_date", "quality_result"))
        )

    return delivery


def _received(rng: np.random.Generator, requested: Ints, adviser: Ints) -> Ints:
    """Days on which advice came: of what is due in a month, so much within 42 days; a little of it never."""
    slowness = np.array([_SLOWER.get(name, 0.8) for name in _ASKED])[adviser]
    due_month = months_of(requested + 42)
    late: Flags = np.zeros(len(requested), dtype=np.bool_)
    for month in np.unique(due_month).tolist():
        those = np.flatnonzero(due_month == month)
        share = float(np.clip(between(_WITHIN_SIX_WEEKS, month) + rng.normal(0, 0.012), _LOWEST, _HIGHEST))
        late[those[choose(rng, slowness[those], int((1 - share) * len(those)))]] = True
    in_time = 42 - np.minimum(rng.geometric(0.09, len(requested)) - 1, 38)
    overdue = 43 + np.minimum(rng.geometric(0.06, len(requested)) - 1, 150)
    received = np.where(late, no_earlier_weekday(requested + overdue), no_later_weekday(requested + in_time))
    never: Flags = late & (rng.random(len(requested)) < 0.04)
    return np.where(never, NEVER, np.maximum(received, requested))
