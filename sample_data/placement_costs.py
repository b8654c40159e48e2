"""education/placement_costs: what each placement of a child with a plan costs in the financial year.

In June 2024 independent special schools cost 19 million a year, £86,000 a place; places in state special schools
about £23,000, in enhanced resource provision about £18,000.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl

from sample_data.dates import NEVER, Flags, Floats, Ints, Texts, as_dates, first_day, last_day, month_of, year_of
from sample_data.ehc_plans import funding, plan_ids
from sample_data.identifiers import case_ids
from sample_data.placements import Spells, placed, placement_spells
from sample_data.world import World, share_out

# By kind of placement: £ a year in 2024/25, share out of the area, share with transport, its £ a year.
_KINDS: Final = {
    "mainstream": (7_400, 0.04, 0.07, 4_600), "erp": (18_000, 0.01, 0.3, 5_100), "sen_unit": (16_200, 0.01, 0.3, 5_200),
    "state_special": (23_000, 0.07, 0.62, 6_400), "independent_special": (86_000, 0.57, 0.7, 14_800),
    "post_16_college": (9_800, 0.16, 0.28, 5_600), "alternative_provision": (24_500, 0.03, 0.35, 5_900),
    "early_years_setting": (4_900, 0.0, 0.04, 3_900), "eotas": (31_000, 0.05, 0.06, 3_500),
    "elective_home_education": (1_900, 0.0, 0.0, 0), "awaiting_placement": (8_800, 0.0, 0.0, 0),
}  # fmt: skip
_UNEVENNESS: Final = {"independent_special": 0.38, "eotas": 0.4}  # elsewhere
_UNEVENNESS_ELSEWHERE: Final = 0.2
_RISE: Final = 0.052  # a year
_BASE_YEAR: Final = 2024
_INDEPENDENT: Final = (month_of("2024-06"), 19_000_000)
_PAID_BY_HEALTH, _PAID_BY_CARE = 0.28, 0.34
_SHARES: Final = {"health": (_PAID_BY_HEALTH, 0.0), "social_care": (0.0, _PAID_BY_CARE), "both": (0.24, 0.3)}


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: placements that go on at its end, and those that have ended in the financial year."""
    spells = placement_spells(world)
    rng = world.chance("placement_costs answers")
    count = len(spells.plan)
    kinds = np.array([_KINDS[kind] for kind in spells.kind.tolist()], dtype=np.float64).reshape(-1, 4)
    out = rng.random(count) < kinds[:, 1]
    transported = (rng.random(count) < kinds[:, 2]) | out & (kinds[:, 3] > 0) & (rng.random(count) < 0.6)
    transport = (kinds[:, 3] * rng.lognormal(0, 0.35, count) * np.where(out, 1.7, 1.0)).round()
    provider = _providers(rng, spells, out)
    number = case_ids("B", count)

    def delivery(month: int) -> pl.DataFrame:
        rows, ended = _rows(spells, month)
        cost = _costs(world)[_financial_year(month)][rows]
        health, care = _contributions(world, month, spells.plan[rows], cost)
        moved_on = (1 + _RISE) ** (_financial_year(month) - _BASE_YEAR)
        return pl.DataFrame(
            {
                "placement_id": number[rows],
                "plan_id": plan_ids(world)[spells.plan[rows]],
                "placement_type": spells.kind[rows],
                "provider_type": provider[rows],
                "in_area": ~out[rows],
                "start_date": as_dates(spells.start[rows]),
                "end_date": as_dates(ended),
                "annual_cost": cost,
                "education_contribution": cost - health - care,
                "health_contribution": health,
                "care_contribution": care,
                "transport_annual_cost": pl.Series((transport[rows] * moved_on).astype(np.int64)),
            }
        ).with_columns(
            pl.when(pl.Series(ended < NEVER)).then("end_date").alias("end_date"),
            pl.when(pl.Series(transported[rows])).then("transport_annual_cost").alias("transport_annual_cost"),
        )

    return delivery


def _financial_year(month: int) -> int:
    """The calendar year in which the financial year of a month began."""
    return year_of(month - 3)


def _rows(spells: Spells, month: int) -> tuple[Ints, Ints]:
    """Which placements are named at the end of a month, and the last day of those whose end is known."""
    opened = first_day(month_of(f"{_financial_year(month)}-04"))
    known = spells.known <= month
    rows = np.flatnonzero((spells.start <= last_day(month)) & (~known | (spells.ended >= opened)))
    return rows, np.where(known[rows], spells.ended[rows], NEVER)


@lru_cache(maxsize=1)
def _costs(world: World) -> dict[int, Ints]:
    """The cost of every placement by financial year, in whole pounds; independent schools by their printed sum."""
    spells = placement_spells(world)
    rng = world.chance("placement_costs")
    usual = np.array([_KINDS[kind][0] for kind in spells.kind.tolist()], dtype=np.float64)
    spread = np.array([_UNEVENNESS.get(kind, _UNEVENNESS_ELSEWHERE) for kind in spells.kind.tolist()])
    base: Floats = usual * rng.lognormal(-(spread**2) / 2, spread)
    independent: Flags = spells.kind == "independent_special"
    month, total = _INDEPENDENT
    rows, ended = _rows(spells, month)
    counted = rows[independent[rows] & (ended > last_day(month))]
    if month <= world.last and len(counted):
        base[independent] *= world.scaled(total) / base[counted].sum()
    costs = {}
    for year in range(_BASE_YEAR - 3, year_of(world.last) + 1):
        costs[year] = np.round(base * (1 + _RISE) ** (year - _BASE_YEAR)).astype(np.int64)
    if month <= world.last and len(counted):
        costs[_BASE_YEAR][counted] = share_out(world.scaled(total), base[counted])
    return costs


def _contributions(world: World, month: int, plan: Ints, cost: Ints) -> tuple[Ints, Ints]:
    """What health and social care pay of each placement: something where the plan is jointly funded."""
    funder: Texts = np.full(int(plan.max(initial=0)) + 1, "none", dtype="<U11")
    now = placed(world, month)
    held = now.plan < len(funder)
    funder[now.plan[held]] = funding(world, month)[held]
    shares = np.array([_SHARES.get(code, (0.0, 0.0)) for code in funder[plan].tolist()]).reshape(-1, 2)
    health, care = (np.round(cost * shares[:, at]).astype(np.int64) for at in (0, 1))
    return health, care


def _providers(rng: np.random.Generator, spells: Spells, out: Flags) -> Texts:
    """Who runs the placement: independent and voluntary providers, academies and councils."""
    luck = rng.random(len(out))
    independent = np.isin(spells.kind, ["independent_special", "eotas", "early_years_setting"])
    academy = np.isin(spells.kind, ["mainstream", "erp", "sen_unit", "state_special", "post_16_college"]) & (
        luck < 0.62
    )
    return np.select(
        [independent & (luck < 0.16), independent, academy, out],
        ["voluntary", "independent", "academy", "other_council"],
        "own_council",
    )
