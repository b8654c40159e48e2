"""health/indicator_return: mental health services, the check at two and a half, learning disability: as counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from sample_data import returns
from sample_data.series import EVERY_MONTH, QUARTERS, Flow, Level, Mean, Series, Share
from sample_data.world import World
from sample_data.yearly_series import Yearly, YearToDate

_CHECKS_BY_MONTH: Final = (0.1, 0.25, 0.4, 0.55, 0.68, 0.8, 0.84, 0.88, 0.91, 0.95, 0.98, 1.0)  # April to March
_LONGEST_BY_MONTH: Final = (0.6, 0.6, 0.8, 0.8, 0.8, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
_SCHOOL_YEAR: Final = (1.1, 1.05, 1.15, 0.95, 1.1, 1.05, 0.9, 0.6, 0.9, 1.1, 1.15, 0.8)
_CITY_AND_SOUTH: Final = "Derby city and South Derbyshire together"
_COUNTY: Final = "Derby and Derbyshire together"

_CAMHS_WAITING: Final = Level(
    "camhs_waiting_count",
    "2022-09 168, 2023-03 189, 2023-08 158, 2024-03 181, 2024-08 139, 2025-03 133, 2025-08 94, 2025-09 97!, 2026-09 85",
)
_MENTAL_HEALTH: Final[tuple[Series, ...]] = (
    _CAMHS_WAITING,
    Share(
        "camhs_avg_wait_weeks",
        "2022-09 15.5, 2023-04 17.2, 2024-04 18.6, 2025-01 15.4, 2025-08 12.3, 2025-09 12.0!, 2026-09 10",
        noise=0.3, per=1, counted_as=_CAMHS_WAITING,
    ),
    Share("camhs_internal_wait_weeks", "2022-09 11.8/212, 2024-04 13.4/240, 2025-09 9.6/171", noise=0.4, per=1),
    Level("mhst_waiting_count", "2022-09 46, 2023-09 37, 2024-03 41, 2024-08 18, 2025-03 25, 2025-08 11, 2025-09 10!"),
    Mean(
        "mhst_avg_wait_days", "2021-09 44/52, 2023-09 41/61, 2024-03 38/66, 2025-07 28/72, 2025-09 27/70",
        noise=2.0, windows=(("2024-08", "2025-07", 32.0),),
    ),
    Level(
        "eitss_waiting_count", "2022-09 88, 2023-09 74, 2024-04 82, 2024-08 57, 2025-03 63, 2025-08 41, 2025-09 39!",
        note=_CITY_AND_SOUTH,
    ),
    Mean(
        "eitss_avg_wait_days", "2021-09 71/41, 2023-09 66/46, 2024-03 58/49, 2025-07 41/52, 2025-09 40/51",
        noise=3.0, windows=(("2024-08", "2025-07", 46.0),), note=_CITY_AND_SOUTH,
    ),
    Flow(
        "first_steps_ed_referrals_count", "2021-04 24, 2023-04 29, 2024-04 32, 2025-09 34", season=_SCHOOL_YEAR,
        windows={"all": ("2024-04", "2025-03", 389)}, note=_COUNTY,
    ),
    YearToDate(
        "first_steps_ed_max_wait_weeks", "2021 9, 2022 8, 2023 6, 2024 5, 2025 5", grain="financial_ytd",
        every=EVERY_MONTH, reached=_LONGEST_BY_MONTH, scaled=False, counted=False, note=_COUNTY,
    ),
    Share("camhs_ed_urgent_within_1_week_pct", "2022-09 81/21, 2024-03 77/22, 2025-09 91.3/23", 0.0,
          grain="rolling_12m"),
    Share("camhs_ed_urgent_within_1_week_pct", "2022-09 81/21, 2024-03 77/22, 2025-09 91.3/23", 0.0,
          grain="rolling_12m", dimension="urgency", category="urgent"),
    Share("camhs_ed_routine_within_4_weeks_pct", "2022-09 70/61, 2024-03 74/66, 2025-09 88/58", 0.0,
          grain="rolling_12m"),
    Share("camhs_ed_routine_within_4_weeks_pct", "2022-09 70/61, 2024-03 74/66, 2025-09 88/58", 0.0,
          grain="rolling_12m", dimension="urgency", category="routine"),
    Flow(
        "kooth_new_registrations_count", "2022-04 38, 2024-04 46, 2025-06 49, 2026-06 50", season=_SCHOOL_YEAR,
        windows={"all": ("2024-04", "2025-06", 702)},
    ),
    Flow(
        "kooth_logins_count", "2022-04 232, 2024-04 268, 2025-06 290, 2026-06 292", season=_SCHOOL_YEAR,
        windows={"all": ("2025-04", "2025-06", 871)},
    ),
    Flow(
        "kooth_support_hours", "2022-04 71, 2024-04 80, 2025-06 86", season=_SCHOOL_YEAR,
        windows={"all": ("2024-04", "2025-06", 1251)},
    ),
    Level("kooth_wait_weeks", "2022-09 0, 2025-06 0!", holds=True, scaled=False, counted=False),
    Share("mh_early_support_access_pct", "2022-09 88.5/87100, 2024-09 97.2/87900, 2025-09 100/88160!", 0.0),
    Yearly("tlm_survey_responses_count", "2023 5480, 2024 5822, 2025 6134"),
    Yearly("tlm_anxiety_pct", "2023 57.9/5480, 2024 60.4/5822, 2025 63/6134"),
)  # fmt: skip
_EARLY_YEARS: Final[tuple[Series, ...]] = (
    Share("asq3_coverage_pct", "2022-09 91.8/761, 2024-03 94.9/771, 2025-03 96.3/775!, 2025-09 96.5/770", 0.4,
          every=QUARTERS),
    Share("asq3_all_domains_above_threshold_pct",
          "2022-09 78.1/700, 2024-03 80.4/740!, 2025-03 82.6/746!, 2025-09 82.9/744", 0.5, every=QUARTERS),
    *(
        Share("asq3_domain_above_threshold_pct", line, 0.4, dimension="domain", category=domain, every=QUARTERS)
        for domain, line in (
            ("communication", "2022-09 86.2/700, 2024-03 86.6/740!, 2025-03 86.5/746!, 2025-09 86.8/744"),
            ("fine_and_gross_motor", "2022-09 92.4/700, 2024-03 93.6/740, 2025-03 94.8/746!, 2025-09 94.7/744"),
            ("problem_solving", "2022-09 91.0/700, 2024-03 92.1/740, 2025-03 93.0/746!, 2025-09 93.2/744"),
            ("personal-social", "2022-09 90.9/700, 2024-03 92.3/740, 2025-03 93.3/746!, 2025-09 93.4/744"),
            ("all_except_communication", "2022-09 87.7/700, 2024-03 89.2/740, 2025-03 90.5/746!, 2025-09 90.6/744"),
        )
    ),
)  # fmt: skip
_LEARNING_DISABILITY: Final[tuple[Series, ...]] = (
    Level("down_syndrome_under_25_count", {"under_25": "2022-09 97, 2024-09 102, 2025-09 105!"}, 0.004,
          dimension="age"),
    YearToDate(
        "ld_annual_health_check_pct", "2022 74/640, 2023 77/655, 2024 79/668, 2025 82.5/680", grain="financial_ytd",
        every=EVERY_MONTH, reached=_CHECKS_BY_MONTH, provisional=True,
        note="Work is under way to make sure that this figure is reliable",
    ),
)  # fmt: skip
SERIES: Final = (*_MENTAL_HEALTH, *_EARLY_YEARS, *_LEARNING_DISABILITY)


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The return of a month."""
    return returns.deliveries(world, SERIES)
