"""care/indicator_return: what social care counts itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from sample_data import returns
from sample_data.series import QUARTERS, Level, Series, Share
from sample_data.world import World
from sample_data.yearly_series import Yearly

_LINKED_TO: Final = (1, 4, 7, 10)  # the months in which disabilities are matched with the schools' records
SERIES: Final[tuple[Series, ...]] = (
    Yearly("cla_send_pct", "2022 60.0/300, 2023 61.0/305, 2024 62.3/310, 2025 63.9/316"),
    Yearly("cla_send_cohort_count", "2022 180, 2023 186, 2024 193, 2025 202"),
    Level(
        "disabled_children_count",
        {
            "E": "2022-10 1168, 2024-01 1281, 2025-01 1375!, 2025-07 1409",
            "K": "2022-10 206, 2024-01 190, 2025-01 181!, 2025-07 177",
            "N": "2022-10 268, 2024-01 255, 2025-01 249, 2025-07 246",
        },
        noise=0.01, dimension="sen_provision", every=_LINKED_TO,
    ),
    Share("adult_mental_health_ld_outcomes_pct", "2022-09 41/148, 2024-09 46/163, 2025-09 49/171", 1.0, every=QUARTERS,
          grain="quarter"),
    Level("pfa_transition_young_people_count", "2022-09 26, 2024-03 22, 2024-09 23, 2025-09 17!", noise=0.06),
    Level("supported_living_adults_count", "2022-09 331, 2024-04 352, 2025-04 366!, 2025-09 371", noise=0.006),
)  # fmt: skip


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The return of a month."""
    return returns.deliveries(world, SERIES)
