"""partnership/indicator_return: programmes, surveys and forums of the partnership."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from sample_data import returns
from sample_data.series import EVERY_MONTH, QUARTERS, Flow, Level, Series, Share
from sample_data.world import World
from sample_data.yearly_series import Yearly, YearToDate

_HUB_SEASON: Final = (1.1, 1.05, 1.1, 0.85, 1.1, 1.15, 0.95, 0.35, 1.1, 1.15, 1.2, 0.7)
_HUB: Final = ("2023-09", "2025-09")  # from its opening to the last printed figure
_HOLIDAYS: Final = (0.0, 0.02, 0.02, 0.17, 0.17, 0.19, 0.22, 0.42, 0.42, 0.44, 0.6, 1.0)  # September to August
SERIES: Final[tuple[Series, ...]] = (
    Flow("nd_hub_sessions_count", "2023-09 8, 2024-01 12, 2025-09 14", ("month", "academic_ytd"), season=_HUB_SEASON,
         windows={"all": (*_HUB, 321)}),
    Flow(
        "nd_hub_attendees_count",
        {
            "children_and_young_people": "2023-09 12, 2024-01 17, 2025-09 20",
            "parents_and_carers": "2023-09 8, 2024-01 12, 2025-09 14",
        },
        ("month", "academic_ytd"), season=_HUB_SEASON, dimension="group",
        windows={"children_and_young_people": (*_HUB, 457), "parents_and_carers": (*_HUB, 319)},
    ),
    Share("nd_hub_feedback_positive_pct", "2023-12 98.4/186, 2025-09 99.6/267", 0.0, every=QUARTERS, grain="quarter"),
    *(
        Share("nd_hub_feedback_positive_pct", line, 0.0, dimension="question", category=question, every=QUARTERS,
              grain="quarter")
        for question, line in (
            ("better_understanding_of_services", "2023-12 98.4/62, 2024-06 100/75, 2025-09 100/89!"),
            ("felt_more_supported", "2023-12 96.8/62, 2024-06 98.7/75, 2025-09 98.9/89!"),
            ("felt_welcome_and_safe", "2023-12 100/62, 2024-06 100/75, 2025-09 100/89!"),
        )
    ),
    Level("pins_schools_count", "2024-09 6, 2025-08 6!", grain="academic_ytd", holds=True, scaled=False),
    YearToDate("haf_send_young_people_count", "2021 655, 2022 744, 2023 829, 2024 901, 2025 915", reached=_HOLIDAYS),
    Level("send_ambassadors_count", "2022-09 38, 2023-09 61, 2024-09 86, 2025-09 100!", 0.01),
    Share("mft_useful_agree_pct", "2024-01 47/17, 2025-01 50/22, 2025-09 56/25!", 2.0, every=(1, 5, 9)),
    YearToDate("derby_promise_engagement_count", "2024 4120, 2025 4350", every=EVERY_MONTH),
    Level("parent_forum_members_count", "2024-09 9, 2025-01 48, 2025-09 100!", 0.02),
    Level("parent_forum_followers_count", "2024-09 70, 2025-03 480, 2025-09 716!", 0.01),
    YearToDate("sendiass_families_count", "2021 842, 2022 905, 2023 957, 2024 1016", every=EVERY_MONTH),
    Level(
        "regional_assembly_young_people_count",
        {
            "regional_send_young_people's_assembly": "2023-01 4, 2024-01 7, 2025-01 9, 2025-09 10!",
            "emcca_send_connected_futures_forum": "2025-01 1, 2025-09 1!",
        },
        dimension="forum", holds=True,
    ),
    Yearly("festival_of_sport_engagements_count", "2024 1040, 2025 1210", grain="calendar_ytd", ends=12, told=12),
    Yearly("young_people_annual_survey_pct", "2022 61/188, 2023 64/212, 2024 67/240, 2025 71/268"),
)  # fmt: skip


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The return of a month."""
    return returns.deliveries(world, SERIES)
