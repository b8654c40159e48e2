"""education/annual_reviews: the yearly reviews of every plan, since September 2021.

A review is due on each anniversary of the plan. Of those due in 2024/25, 51% were decided on time and 65% by the end
of September 2025; the rest is a backlog, made good when the next review comes or the plan ceases.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from sample_data.children import children
from sample_data.dates import (
    NEVER,
    YEAR_DAYS,
    Flags,
    Floats,
    Ints,
    Texts,
    academic_year,
    as_dates,
    date_of,
    day,
    first_day,
    last_day,
    month_of,
    months_of,
    no_earlier_weekday,
    no_later_weekday,
)
from sample_data.ehc_plans import plan_ids
from sample_data.home_education import spells
from sample_data.identifiers import case_ids
from sample_data.open_cases import registers
from sample_data.plans import plans
from sample_data.world import EARLIEST, World, choose, pick
from sample_data.youth_justice import registers as youth_justice_registers

_FIRST_DUE: Final = first_day(month_of("2021-09"))
_MONTHS_AHEAD: Final = 2  # a delivery already names the reviews that will be due
_ON_TIME: Final = {2021: 0.585, 2022: 0.525, 2023: 0.475, 2024: 0.51, 2025: 0.58}
_DONE: Final = {2021: 0.80, 2022: 0.76, 2023: 0.70, 2024: 0.65, 2025: 0.72}  # by the end of the next September
_LATER: Final = (0.66, 0.79)
_SEASON: Final = np.array([1.0, 0.95, 1.1, 1.0, 1.25, 1.5, 1.7, 1.1, 0.55, 0.6, 0.85, 1.0])  # January to December
_DECISIONS: Final = {"M": 66, "A": 34}
_WITHIN_FOUR_WEEKS: Final = 0.61


class Reviews(NamedTuple):
    """Every review, oldest due first: its plan (a place in `plans`), the days due, of the meeting and of the decision.

    Every review is decided in the end, by the next one or when the plan ceases, though maybe after the sample.
    """

    plan: Ints
    due: Ints
    met: Ints
    decided: Ints


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: the reviews due by its end or soon after, as far as they had come."""
    rng = world.chance("annual_reviews")
    everything = _reviews(world, rng)
    frame = _answers(world, rng, everything)
    answers = ("meeting_date", "decision_date", "decision")

    def delivery(month: int) -> pl.DataFrame:
        today, ahead = date_of(last_day(month)), date_of(last_day(month + _MONTHS_AHEAD))
        met, decided = pl.col("meeting_date") <= today, pl.col("decision_date") <= today
        known = dict(zip(answers, (met, decided, decided), strict=True))
        due = frame.filter(pl.col("due_date") <= ahead)
        return due.with_columns(pl.when(when).then(name).alias(name) for name, when in known.items())

    return delivery


def _answers(world: World, rng: np.random.Generator, everything: Reviews) -> pl.DataFrame:
    known, held = children(world), plans(world)
    child = held.child[everything.plan]
    ceasing = held.ceased[everything.plan] - everything.decided < 150
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "review_id": case_ids("V", len(child)),
                    "plan_id": plan_ids(world)[everything.plan],
                }
            ),
            known.person("education", child, held.start[everything.plan]),
            pl.DataFrame(
                {
                    "primary_need": held.need[everything.plan],
                    "due_date": as_dates(everything.due),
                    "meeting_date": as_dates(everything.met),
                    "decision_date": as_dates(everything.decided),
                    "decision": np.where(ceasing, "C", pick(rng, _DECISIONS, len(child))),
                    "priority_group": _priority_groups(world, child, everything),
                }
            ),
        ],
        how="horizontal",
    )


def _reviews(world: World, rng: np.random.Generator) -> Reviews:
    plan, due = _due(world)
    latest = np.minimum(
        due + rng.integers(300, 420, len(due)), plans(world).ceased[plan] + rng.integers(0, 10, len(due))
    )
    decided = np.full(len(due), NEVER)
    for year in np.unique(academic_year(due)).tolist():
        those = np.flatnonzero(academic_year(due) == year)
        decided[those] = _decision_days(rng, (due[those], latest[those]), year)
    decided = np.maximum(decided, plans(world).start[plan] + 60)
    quick = rng.random(len(due)) < _WITHIN_FOUR_WEEKS
    gap = np.where(quick, rng.integers(5, 29, len(due)), rng.integers(29, 120, len(due)))
    return Reviews(plan, due, no_later_weekday(decided - gap), decided)


def _due(world: World) -> tuple[Ints, Ints]:
    """The plan and day of every review due while the plan was maintained."""
    held = plans(world)
    final = last_day(world.last + _MONTHS_AHEAD)
    parts = []
    for years in range(1, 20):
        due = held.start + np.floor(years * YEAR_DAYS).astype(np.int64)
        those = np.flatnonzero((due >= _FIRST_DUE) & (due <= final) & (due < held.ceased))
        parts.append((those, due[those]))
    plan, due = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((plan, due))
    return plan[order], due[order]


def _decision_days(rng: np.random.Generator, when: tuple[Ints, Ints], year: int) -> Ints:
    """Days of decision of the reviews due in an academic year: on time, or late, by the latest day of each."""
    due, _ = when
    on_time = np.zeros(len(due), dtype=np.bool_)
    share, done = _ON_TIME.get(year, _LATER[0]), _DONE.get(year, _LATER[1])
    on_time[choose(rng, _SEASON[months_of(due) % 12], round(share * len(due)))] = True
    early = due - np.minimum(rng.geometric(0.05, len(due)) - 1, 90)
    late = _late_days(rng, when, ~on_time, (day(year + 1, 9, 30), done - share))
    return np.where(on_time, no_later_weekday(early), late)


def _late_days(rng: np.random.Generator, when: tuple[Ints, Ints], late: Flags, goal: tuple[int, float]) -> Ints:
    """Days after the due day, none beyond the latest: so late that by a day a share of all is done late."""
    due, latest = when
    by, share = goal
    usual: Floats = rng.gamma(1.3, 1.0, len(due))
    low, high = 0.0, 4000.0
    days = due
    for _ in range(40):
        middle = (low + high) / 2
        late_by = np.minimum(usual * middle, 3000.0).astype(np.int64)
        days = no_earlier_weekday(np.maximum(np.minimum(due + 1 + late_by, latest), due + 1))
        done = float((late & (days <= by)).sum()) / max(len(due), 1)
        low, high = (middle, high) if done > share else (low, middle)
    return days


def _priority_groups(world: World, child: Ints, everything: Reviews) -> Texts:
    """The group of each child whose review comes first, as it was in the month the review was due."""
    groups = np.full(len(child), "none", dtype="<U14")
    month = np.clip(months_of(everything.due), EARLIEST, world.last)
    eotas = plans(world).setting[everything.plan] == "eotas"
    groups[eotas] = "eotas"
    for each in np.unique(month).tolist():
        those = np.flatnonzero(month == each)
        home, (cared_for, status, _) = spells(world), registers(world)[each]
        justice = [stays.child[stays.open_at(last_day(each))] for stays in youth_justice_registers(world).values()]
        for members, name in (
            (home.child[home.open_at(last_day(each))], "home_educated"),
            (np.concatenate(justice), "youth_justice"),
            (cared_for[status == 0], "looked_after"),
        ):
            groups[those[np.isin(child[those], members)]] = name
    return groups
