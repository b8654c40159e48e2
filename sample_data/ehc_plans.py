"""education/ehc_plans: the plans maintained on the last day of a month, with where each child is placed then."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl

from sample_data.children import children
from sample_data.dates import Floats, Ints, Texts, as_dates
from sample_data.identifiers import case_ids
from sample_data.placements import placed
from sample_data.plans import plans
from sample_data.trends import between
from sample_data.world import World

_JOINTLY_FUNDED: Final = (("2022-09", 5.0), ("2023-09", 6.0), ("2024-09", 9.0), ("2025-06", 8.0), ("2025-09", 7.0))
_FUNDERS: Final = ("health", "both", "social_care", "health", "social_care")
_FUNDING_UNKNOWN: Final = 0.01
_PERSONAL_BUDGET: Final = 0.034


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: one row per plan maintained at its end."""
    known, everything = children(world), plans(world)
    _, luck = _chances(world)
    plan_id = plan_ids(world)
    person = known.person("education", everything.child, everything.start)

    def delivery(month: int) -> pl.DataFrame:
        row, kind, urn = placed(world, month)
        answers = pl.DataFrame(
            {
                "primary_need": everything.need[row],
                "start_date": as_dates(everything.start[row]),
                "placement_type": kind,
                "school_urn": urn,
                "personal_budget": luck[row] < _PERSONAL_BUDGET,
                "joint_funded": funding(world, month),
            }
        )
        frame = pl.concat([pl.DataFrame({"plan_id": plan_id[row]}), person[row], answers], how="horizontal")
        return frame.with_columns(pl.col("school_urn", "joint_funded").replace("", None))

    return delivery


def plan_ids(world: World) -> Texts:
    """The number of every plan, in the order of `plans`."""
    return case_ids("P", len(plans(world).child))


def funding(world: World, month: int) -> Texts:
    """Who pays with education, of each plan placed at the end of a month.

    That is a handful, mostly of plans in independent special schools; of a few it is not known (empty).
    """
    rank, luck = _chances(world)
    row, kind, _ = placed(world, month)
    rank, luck = rank[row], luck[row]
    wanted = world.scaled(float(between(_JOINTLY_FUNDED, month)))
    order = np.argsort(rank + len(rank) * 10 * (kind != "independent_special"), kind="stable")[:wanted]
    answers = np.where(luck > 1 - _FUNDING_UNKNOWN, "", "none").astype("<U11")
    answers[order] = np.array(_FUNDERS)[rank[order] % len(_FUNDERS)]
    return answers


@lru_cache(maxsize=1)
def _chances(world: World) -> tuple[Ints, Floats]:
    """Of each plan its rank for joint funding, and a number in 0–1."""
    rng = world.chance("ehc_plans answers")
    count = len(plans(world).child)
    rank = np.argsort(np.argsort(rng.random(count), kind="stable"), kind="stable")
    return rank, rng.random(count)
