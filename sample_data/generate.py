"""Synthetic extracts, written as agencies would send them: seeded, calibrated, and about nobody.

An extract is one entry in `EXTRACTS`: a function that, given the world, returns what makes a month's delivery.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import polars as pl

import data_contracts
from sample_data import (
    alternative_provision,
    annual_reviews,
    attendance,
    community_health,
    complex_needs,
    disputes,
    early_years,
    ehc_advice,
    ehc_plans,
    ehc_requests,
    home_education,
    missing_education,
    neurodevelopment,
    occupational_therapy,
    open_cases,
    placement_costs,
    post16,
    returns_care,
    returns_education,
    returns_health,
    returns_partnership,
    school_roll,
    short_breaks,
    specialist_places,
    suspensions,
    timetables,
    youth_justice,
)
from sample_data.dates import month_of, month_text
from sample_data.world import EARLIEST, LATEST, World

Delivery: TypeAlias = Callable[[int], pl.DataFrame]
Progress: TypeAlias = Callable[[str, int, int], None]

LATE: Final = 0.06  # the share of deliveries that come after the day agreed
EXTRACTS: Final[dict[str, Callable[[World], Delivery]]] = {
    "education/ehc_requests": ehc_requests.deliveries,
    "education/ehc_plans": ehc_plans.deliveries,
    "education/annual_reviews": annual_reviews.deliveries,
    "education/school_roll": school_roll.deliveries,
    "education/attendance": attendance.deliveries,
    "education/suspensions_exclusions": suspensions.deliveries,
    "education/part_time_timetables": timetables.deliveries,
    "education/ehe_register": home_education.deliveries,
    "education/cme_register": missing_education.deliveries,
    "education/alternative_provision": alternative_provision.deliveries,
    "education/post16_activity": post16.deliveries,
    "education/placement_costs": placement_costs.deliveries,
    "education/specialist_places": specialist_places.deliveries,
    "education/disputes": disputes.deliveries,
    "education/early_years_inclusion": early_years.deliveries,
    "education/indicator_return": returns_education.deliveries,
    "health/nd_referrals": neurodevelopment.deliveries,
    "health/community_referrals": community_health.deliveries,
    "health/ehc_advice": ehc_advice.deliveries,
    "health/complex_needs": complex_needs.deliveries,
    "health/indicator_return": returns_health.deliveries,
    "care/open_cases": open_cases.deliveries,
    "care/short_breaks": short_breaks.deliveries,
    "care/disabled_children_ot": occupational_therapy.deliveries,
    "care/youth_justice": youth_justice.deliveries,
    "care/indicator_return": returns_care.deliveries,
    "partnership/indicator_return": returns_partnership.deliveries,
}


def write(
    out: Path,
    *,
    months: int = 25,
    to: str = "2025-09",
    scale: float = 1.0,
    seed: int = 1,
    progress: Progress | None = None,
) -> list[Path]:
    """Writes every extract for `months` months up to `to` as `out/<YYYY-MM>/<agency>/<extract>_<YYYY-MM>.csv`.

    Scale 1 is the size of Derby, and at scale 1 and seed 1 the partnership's printed figures come out of the rows.
    The same arguments write the same bytes, and give each file the day on which it would have been sent: most before
    they are due, a few after. `progress` is told each file's name, how many are done, of how many.
    Returns the paths written, in order. ValueError for months outside September 2022 to December 2029, fewer than
    one month, a scale that is not positive, or a negative seed.
    """
    last = month_of(to)
    first = last - months + 1
    if months < 1:
        raise ValueError("a sample has at least one month")
    if first < EARLIEST or last > LATEST:
        raise ValueError(f"sample months lie between {month_text(EARLIEST)} and {month_text(LATEST)}")
    if not 0 < scale < inf:
        raise ValueError("scale is a positive number; 1 is the size of Derby")
    if seed < 0:
        raise ValueError("seed is a whole number, not negative")
    world = World(scale, seed, first, last)
    due_days = {name: contract.due_days for name, contract in data_contracts.load().items()}
    punctuality = np.random.default_rng([seed, len(EXTRACTS)])
    paths: list[Path] = []
    for extract, generator in EXTRACTS.items():
        delivery = generator(world)
        agency, name = extract.split("/")
        for month in range(first, last + 1):
            path = out / month_text(month) / agency / f"{name}_{month_text(month)}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            delivery(month).write_csv(path)
            _date(path, month, due_days[extract], punctuality)
            paths.append(path)
            if progress is not None:
                progress(path.name, len(paths), months * len(EXTRACTS))
    return paths


def _date(path: Path, month: int, due_days: int, punctuality: np.random.Generator) -> None:
    """Gives a file the moment at which its agency would have sent it, never later than now."""
    is_late = punctuality.random() < LATE
    days = due_days + int(punctuality.integers(1, 5) if is_late else -punctuality.integers(0, 6))
    next_month = datetime.fromisoformat(f"{month_text(month + 1)}-01T09:00:00+00:00")
    sent = (next_month + timedelta(days=days - 1, hours=days % 8)).timestamp()
    moment = min(sent, datetime.now(UTC).timestamp())
    os.utime(path, (moment, moment))
