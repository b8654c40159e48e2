"""education/indicator_return: attainment, programmes, money and training, as counted by the council.

The sample's first return also tells figures of metrics that are now computed from records, of years before them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from sample_data import returns
from sample_data.dates import last_day
from sample_data.plans import plans
from sample_data.series import EVERY_MONTH, QUARTERS, TERMS, Flow, Level, Row, Series, Share, share
from sample_data.trends import between
from sample_data.world import EARLIEST, World
from sample_data.yearly_series import SPENDING, Past, Yearly, YearToDate

_CARED_FOR: Final = ("cohort", "care_experienced_with_send")
_KEY_STAGE_4: Final = 11  # told in November


@dataclass(frozen=True)
class _Growth:
    """How many more plans are maintained than three years ago, in percent of then."""

    indicator: str = "ehcp_caseload_change_3yr_pct"
    note: str = ""
    provisional: bool = False

    def rows(self, world: World, month: int) -> Iterable[Row]:
        """One row."""
        now, then = (self._maintained(world, each) for each in (month, month - 36))
        yield Row(month, "month", "all", "all", *share(100 * (now - then) / then, then, 100, 1))

    def _maintained(self, world: World, month: int) -> float:
        if month >= EARLIEST - 1:
            return max(float(plans(world).open_at(last_day(month)).sum()), 1.0)
        earlier = (("2019-08", 2352.0), ("2020-08", 2561.0), ("2021-08", 2818.0), ("2022-08", 3140.0))
        return max(float(world.scaled(float(between(earlier, month)))), 1.0)


_ATTAINMENT: Final[tuple[Series, ...]] = (
    Yearly("eyfs_gld_pct", "2022 61.9/3340, 2023 63.5/3290, 2024 64.2/3210, 2025 64.8/3130"),
    Yearly("eyfs_gld_pct", "2022 45.2/398, 2023 46.8/406, 2024 47.3/401, 2025 48.6/394", "ward", "most_deprived"),
    Yearly("phonics_expected_pct", "2022 72.4/3410, 2023 75.6/3350, 2024 77/3290, 2025 77/3240"),
    Yearly("phonics_expected_pct", "2022 36/14, 2023 41/12, 2024 42/12, 2025 46/13", *_CARED_FOR),
    Yearly("ks2_rwm_expected_pct", "2022 52.7/3460, 2023 55.1/3420, 2024 56/3390, 2025 54/3370"),
    Yearly("ks2_rwm_expected_pct", "2022 18/17, 2023 20/15, 2024 21.4/14, 2025 25/16", *_CARED_FOR),
    Yearly("attainment8_score", "2022 45.0/2880, 2023 43.1/2940, 2024 42.9/2990", told=_KEY_STAGE_4, per=1),
    Yearly("attainment8_score", "2022 13.1/18, 2023 12.6/20, 2024 13.9/21", *_CARED_FOR, told=_KEY_STAGE_4, per=1),
    Yearly("progress8_score", "2022 -0.18, 2023 -0.21, 2024 -0.23", told=_KEY_STAGE_4, per=1, decimals=2),
    Yearly("progress8_score", "2022 -1.34, 2023 -1.29, 2024 -1.11", *_CARED_FOR, told=_KEY_STAGE_4, per=1, decimals=2),
    Yearly("ks4_attainment_send_score", "2022 26.8/540, 2023 25.9/561, 2024 25.7/588", told=_KEY_STAGE_4, per=1),
    Yearly("level2_level3_at_19_pct", "2021 58.6/2870, 2022 57.9/2910, 2023 57.0/2950, 2024 56.4/2990", told=4),
)
_INCLUSION: Final[tuple[Series, ...]] = (
    Level("fresh_start_plus_places_count", "2022-09 12, 2023-09 16, 2024-09 20, 2025-09 20!", holds=True),
    YearToDate("behaviour_leads_offers_count", "2020 12, 2021 34, 2022 61, 2023 86, 2024 109, 2025 114"),
    YearToDate("fresh_start_referrals_count", "2020 41, 2021 52, 2022 63, 2023 68, 2024 73", every=EVERY_MONTH),
    YearToDate(
        "panel_supported_young_people_count",
        {"primary": "2021 41, 2022 52, 2023 60, 2024 69", "secondary": "2021 33, 2022 38, 2023 46, 2024 51"},
        "phase",
    ),
    *(
        Yearly("secondary_referral_outcome_pct", line, "outcome", outcome)
        for outcome, line in (
            ("permanent_exclusion", "2023 20.3/138, 2024 18.1/144, 2025 16.1/149"),
            ("alternative_provision", "2023 22.5/138, 2024 24.3/144, 2025 26.2/149"),
            ("another_school", "2023 23.2/138, 2024 25.7/144, 2025 28.2/149"),
            ("support_in_school", "2023 34.0/138, 2024 31.9/144, 2025 29.5/149"),
        )
    ),
    YearToDate(
        "fresh_start_plus_young_people_count",
        {"primary": "2022 6, 2023 8, 2024 10", "secondary": "2022 14, 2023 17, 2024 20"},
        "phase",
    ),
    Level("inclusion_charter_schools_count", "2022-09 18, 2023-09 44, 2024-01 63, 2024-09 88, 2025-01 97, 2025-09 103!",
          holds=True, scaled=False),
    Level(
        "inclusion_programme_schools_count",
        {
            "relational_approaches": "2022-09 9, 2023-09 19, 2024-09 28, 2025-04 35",
            "nature_explorers": "2022-09 6, 2023-09 12, 2024-09 17, 2025-04 20",
            "employing_tas_for_cwsw": "2023-01 2, 2024-01 4, 2025-01 5",
        },
        dimension="programme", every=(*TERMS, 9), holds=True, scaled=False,
    ),
    YearToDate("ebsna_cpd_schools_count", "2022 14, 2023 39, 2024 67", scaled=False),
    Yearly("ebsna_teachers_prepared_pct", "2023 81/58, 2024 87/92, 2025 92/114"),
    Yearly("ebsna_parents_confident_pct", "2023 37/27, 2024 42/48, 2025 48/62"),
    Share("aet_schools_trained_pct", "2022-09 2/107, 2023-09 9/107, 2024-09 41/107, 2025-09 65.4/107!", 0.0,
          scaled=False),
    Level("senco_forum_attendees_count", "2022-09 58, 2023-09 71, 2024-09 84, 2025-09 94!", 0.05,
          every=(1, 3, 6, 9, 11)),
    YearToDate(
        "school_staff_trained_count",
        {
            "attachment_and_trauma": "2022 662, 2023 701, 2024 683",
            "play_therapy": "2022 7, 2023 8, 2024 9",
            "drawing_and_talking": "2022 11, 2023 12, 2024 12",
        },
        "course",
    ),
)  # fmt: skip
_PLANS_AND_PLACES: Final[tuple[Series, ...]] = (
    _Growth(),
    Share("ehcp_quality_grade_pct", "2022-09 51/60, 2024-06 63/66, 2025-09 71/72", 2.0, every=QUARTERS,
          grain="quarter"),
    Share("ehcp_issue_feedback_positive_neutral_pct", "2022-09 55/70, 2024-09 59/84, 2025-08 67/100!, 2025-09 68/96",
          3.0),
    Flow("assistive_tech_young_people_count", "2021-09 5.2, 2023-09 6.3, 2025-09 7.4", ("month", "rolling_12m"), 0.25,
         windows={"all": ("2024-10", "2025-09", 87)}),
    Level("equipment_wait_count", "2022-09 23, 2024-06 18, 2025-09 13", 0.09),
    Level(
        "capital_programme_gbp",
        {
            "other_special_schools": "2022-09 4000000, 2024-01 11000000, 2024-06 11000000!",
            "st_clares_refurbishment": "2023-06 5900000",
            "other": "2022-09 1200000, 2024-01 3000000, 2024-09 5100000, 2025-04 7100000",
        },
        dimension="project", holds=True,
    ),
    Level("capital_programme_gbp",
          {"all": "2022-09 5200000, 2023-06 11100000, 2024-01 19900000, 2024-09 22000000, 2025-04 24000000"},
          dimension="project", holds=True, with_all=False),
    Level("erp_planned_places_count", "2022-09 24, 2024-01 120, 2024-06 200, 2025-09 204!", holds=True),
    Level("erp_new_provisions_count",
          {"primary": "2022-09 1, 2023-09 3, 2024-06 8, 2025-01 7, 2025-09 7!", "secondary": "2025-01 3, 2025-09 3!"},
          dimension="phase", holds=True),
    Level("special_ap_expansion_places_count", "2022-09 90, 2024-01 180, 2025-01 200, 2025-09 200!", holds=True),
)  # fmt: skip
_MONEY: Final[tuple[Series, ...]] = (
    YearToDate("home_to_school_transport_overspend_gbp", "2021 1100000, 2022 1900000, 2023 2600000, 2024 3100000,"
               " 2025 2500000", grain="financial_ytd", every=QUARTERS, reached=SPENDING),
    Yearly("special_school_costs_gbp", "2022 29600000, 2023 32500000, 2024 36000000, 2025 39400000",
           grain="financial_ytd", ends=3, told=6),
    Level("send_budget_deficit_gbp", "2022-09 3400000, 2023-09 5200000, 2024-09 7900000, 2025-09 9800000", 0.02,
          every=QUARTERS),
    YearToDate("dsg_expenditure_vs_budget_gbp", "2021 1500000, 2022 2300000, 2023 4200000, 2024 6700000, 2025 7900000",
               grain="financial_ytd", every=QUARTERS, reached=SPENDING),
    Level("home_to_school_transport_count", "2022-09 1098, 2023-09 1161, 2024-09 1213, 2025-09 1254!", 0.008),
)  # fmt: skip
_ADULTHOOD: Final[tuple[Series, ...]] = (
    YearToDate(
        "adult_learning_enrolments_count",
        {"adult_skills_fund": "2022 1470, 2023 1524, 2024 1566", "multiply": "2022 52, 2023 94, 2024 71"}, "fund",
    ),
    YearToDate("adult_learning_enrolments_count", {"19-25": "2022 341, 2023 360, 2024 378"}, "age", with_all=False),
    YearToDate("adult_learning_enrolments_count", {"declared": "2022 381, 2023 402, 2024 419"}, "ldd", with_all=False),
    Yearly("send_sixth_form_college_count", "2022 274, 2023 289, 2024 303, 2025 318"),
    Yearly("send_work_pathways_count", "2022 47, 2023 55, 2024 61, 2025 68"),
    Level("youth_trailblazer_engaged_count", "2025-04 12, 2025-06 40!, 2025-09 97", 0.0, grain="financial_ytd"),
    Share("youth_trailblazer_send_pct", "2025-04 41.7/12, 2025-06 45/40!, 2025-09 46.4/97", 0.0, grain="financial_ytd"),
    YearToDate("independent_travel_training_count", "2021 9, 2022 12, 2023 16, 2024 19", every=EVERY_MONTH),
)  # fmt: skip
_BEFORE_RECORDS: Final[tuple[Series, ...]] = (
    Past("permanent_exclusions_count", "academic_ytd",
         {"2019-08": 91, "2020-08": 63, "2021-08": 44, "2022-08": 58}),
    Past("ehc_requests_count", "calendar_ytd", {"2021-12": 531, "2022-12": 620}),
)  # fmt: skip
SERIES: Final = (*_ATTAINMENT, *_INCLUSION, *_PLANS_AND_PLACES, *_MONEY, *_ADULTHOOD, *_BEFORE_RECORDS)


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The return of a month."""
    return returns.deliveries(world, SERIES)
