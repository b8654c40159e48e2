"""education/ehc_plans: the plans maintained on the last day of a month, with where each child is placed then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl

from sample_data.children import Children, children, school_year
from sample_data.dates import Floats, Ints, Texts, as_dates, last_day
from sample_data.home_education import spells
from sample_data.identifiers import case_ids
from sample_data.plans import Plans, plans
from sample_data.schools import school_for
from sample_data.trends import between
from sample_data.world import World

_JOINTLY_FUNDED: Final = (("2022-09", 5.0), ("2023-09", 6.0), ("2024-09", 9.0), ("2025-06", 8.0), ("2025-09", 7.0))
_FUNDERS: Final = ("health", "both", "social_care", "health", "social_care")
_FUNDING_UNKNOWN: Final = 0.01
_PERSONAL_BUDGET: Final = 0.034


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: one row per plan maintained at its end."""
    known, everything, home = children(world), plans(world), spells(world)
    rng = world.chance("ehc_plans answers")
    plan_id = case_ids("P", len(everything.child))
    person = known.person("education", everything.child, everything.start)
    joint_rank = np.argsort(np.argsort(rng.random(len(everything.child)), kind="stable"), kind="stable")
    luck = rng.random(len(everything.child))

    def delivery(month: int) -> pl.DataFrame:
        today = last_day(month)
        row = np.flatnonzero(everything.open_at(today))
        taught_at_home = np.isin(everything.child[row], home.child[home.open_at(today) & (home.sen == "E")])
        placement = np.where(taught_at_home, "elective_home_education", _placements(known, everything, row, today))
        answers = pl.DataFrame(
            {
                "primary_need": everything.need[row],
                "start_date": as_dates(everything.start[row]),
                "placement_type": placement,
                "school_urn": _schools(known, everything.child[row], placement, today),
                "personal_budget": luck[row] < _PERSONAL_BUDGET,
                "joint_funded": _funding(world, month, placement, joint_rank[row], luck[row]),
            }
        )
        frame = pl.concat([pl.DataFrame({"plan_id": plan_id[row]}), person[row], answers], how="horizontal")
        return frame.with_columns(pl.col("school_urn", "joint_funded").replace("", None))

    return delivery


def _placements(known: Children, everything: Plans, row: Ints, today: int) -> Texts:
    """Where the child is now: the setting of the plan, moved on as the child grows."""
    child, setting = everything.child[row], everything.setting[row]
    year = school_year(known.born[child], np.full(len(row), today))
    awaiting = (setting == "awaiting_placement") & (today - everything.start[row] < 180)
    special = np.isin(setting, ["state_special", "independent_special"])
    ordinary = np.isin(setting, ["mainstream", "awaiting_placement", "early_years_setting", "post_16_college"])
    left_school = (year >= 14) | (year >= 12) & ~special & (known.taste[child] % 10 < 7)
    return np.select(
        [
            awaiting,
            setting == "eotas",
            (year < 0) & ~special,
            left_school | (year >= 12) & ~special & ~ordinary,
            ordinary,
        ],
        ["awaiting_placement", "eotas", "early_years_setting", "post_16_college", "mainstream"],
        setting,
    )


def _schools(known: Children, child: Ints, placement: Texts, today: int) -> Texts:
    taste = known.taste[child]
    year = school_year(known.born[child], np.full(len(child), today))
    in_mainstream = np.isin(placement, ["mainstream", "erp", "sen_unit"])
    return np.select(
        [
            in_mainstream & (year <= 6),
            in_mainstream,
            placement == "state_special",
            placement == "independent_special",
            placement == "alternative_provision",
            placement == "early_years_setting",
            placement == "post_16_college",
        ],
        [
            school_for(taste, "primary"),
            school_for(taste, "secondary"),
            school_for(taste, "special", "state_special"),
            school_for(taste, "special", "independent_special"),
            school_for(taste, "alternative_provision", "alternative_provision"),
            school_for(taste, "early_years", "early_years_setting"),
            school_for(taste, "post_16", "post_16_college"),
        ],
        "",
    )


def _funding(world: World, month: int, placement: Texts, rank: Ints, luck: Floats) -> Texts:
    """Who pays with education: a handful of plans, mostly in independent special schools; a few are not known."""
    wanted = world.scaled(float(between(_JOINTLY_FUNDED, month)))
    order = np.argsort(rank + len(rank) * 10 * (placement != "independent_special"), kind="stable")[:wanted]
    funding = np.where(luck > 1 - _FUNDING_UNKNOWN, "", "none").astype("<U11")
    funding[order] = np.array(_FUNDERS)[rank[order] % len(_FUNDERS)]
    return funding
