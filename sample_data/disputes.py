"""education/disputes: mediation, tribunal appeals, complaints and ombudsman cases, since September 2021.

Refusals that went to mediation or to the tribunal are those the requests name; the others concern plans.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from sample_data.assessments import requests
from sample_data.children import children
from sample_data.dates import (
    NEVER,
    Ints,
    Texts,
    as_dates,
    date_of,
    day,
    first_day,
    last_day,
    month_of,
    no_earlier_weekday,
    working_days,
)
from sample_data.ehc_requests import whole_courses
from sample_data.identifiers import case_ids
from sample_data.plans import plans
from sample_data.trends import between
from sample_data.world import World, pick

_BEGIN: Final = month_of("2021-09")


class _Kind(NamedTuple):
    """Cases a month that do not follow from a refused request, how they differ, how long they take, how they end."""

    code: str
    a_month: tuple[tuple[str, float], ...]
    issues: dict[str, float]
    usual_days: float
    outcomes: dict[str, float]


_KINDS: Final = (
    _Kind(
        "mediation", (("2021-09", 1.6), ("2023-09", 2.4), ("2025-09", 2.8)),
        {"contents": 40, "placement": 38, "ceasing": 9, "refusal_to_issue": 13}, 45.0,
        {"agreed": 61, "not_upheld": 22, "withdrawn": 11, "conceded": 6},
    ),
    _Kind(
        "tribunal", (("2021-09", 2.2), ("2023-09", 3.6), ("2025-09", 4.1)),
        {"placement": 52, "contents": 29, "refusal_to_issue": 14, "ceasing": 5}, 260.0,
        {"conceded": 41, "upheld": 33, "partly_upheld": 9, "withdrawn": 12, "not_upheld": 5},
    ),
    _Kind(
        "complaint", (("2021-09", 5.0), ("2024-09", 8.6), ("2025-04", 8.0), ("2025-09", 5.6)),
        {"delay": 47, "communication": 31, "placement": 9, "contents": 6, "other": 7}, 28.0,
        {"upheld": 36, "partly_upheld": 27, "not_upheld": 31, "withdrawn": 6},
    ),
    _Kind(
        "ombudsman", (("2021-09", 0.5), ("2024-09", 1.2), ("2025-09", 0.9)),
        {"delay": 66, "communication": 13, "placement": 12, "other": 9}, 210.0,
        {"upheld": 71, "partly_upheld": 10, "not_upheld": 15, "withdrawn": 4},
    ),
)  # fmt: skip
_SEASON: Final = np.array([1.05, 1.0, 1.1, 0.95, 1.1, 1.2, 1.25, 0.7, 1.15, 1.05, 1.0, 0.6])  # January to December
_WITH_CHILD: Final = 0.93  # some complaints name no child


class _Cases(NamedTuple):
    child: Ints
    kind: Ints
    opened: Ints
    issue: Texts


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: all cases opened by its end, ends and outcomes as known then."""
    rng = world.chance("disputes")
    parts = [*_after_refusals(world, rng), *(_of_a_kind(world, rng, at) for at in range(len(_KINDS)))]
    cases = _Cases._make(np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((cases.child, cases.kind, cases.opened))
    cases = _Cases._make(column[order] for column in cases)
    count = len(order)
    usual = np.array([kind.usual_days for kind in _KINDS])[cases.kind]
    closed = no_earlier_weekday(cases.opened + 5 + rng.gamma(4, usual / 4, count).astype(np.int64))
    outcome = np.full(count, "", dtype="<U13")
    for at, kind in enumerate(_KINDS):
        those = cases.kind == at
        outcome[those] = pick(rng, kind.outcomes, int(those.sum()))
    paid = (cases.kind == len(_KINDS) - 1) & np.char.endswith(outcome, "upheld") & (outcome != "not_upheld")
    remedy = np.round(np.exp(rng.normal(6.7, 0.7, count)) / 50) * 50
    frame = pl.DataFrame(
        {
            "case_id": case_ids("Z", count),
            "child_id": children(world).own_id["education"][cases.child],
            "case_type": np.array([kind.code for kind in _KINDS])[cases.kind],
            "issue": cases.issue,
            "opened_date": as_dates(cases.opened),
            "closed_date": as_dates(closed),
            "outcome": outcome,
            "remedy_gbp": pl.Series(remedy).cast(pl.Int64),
        }
    ).with_columns(
        pl.when(pl.Series(rng.random(count) < _WITH_CHILD)).then("child_id").alias("child_id"),
        pl.when(pl.Series(paid)).then("remedy_gbp").alias("remedy_gbp"),
    )

    def delivery(month: int) -> pl.DataFrame:
        today = date_of(last_day(month))
        over = pl.col("closed_date") <= today
        return frame.filter(pl.col("opened_date") <= today).with_columns(
            pl.when(over).then(pl.col("closed_date", "outcome", "remedy_gbp"))
        )

    return delivery


def _after_refusals(world: World, rng: np.random.Generator) -> list[_Cases]:
    """Mediation and appeals about refusals to assess, some weeks after the decision."""
    asked, answers = requests(world), whole_courses(world)
    parts = []
    for at, name in enumerate(("mediation", "tribunal")):
        those = np.flatnonzero(answers[name].to_numpy() & (asked.decided < NEVER))
        opened = no_earlier_weekday(asked.decided[those] + rng.integers(12, 62, len(those)))
        held = opened >= first_day(_BEGIN)
        those, opened = those[held], opened[held]
        full = np.full(len(those), "refusal_to_assess")
        parts.append(_Cases(asked.child[those], np.full(len(those), at), opened, full))
    return parts


def _of_a_kind(world: World, rng: np.random.Generator, at: int) -> _Cases:
    """Cases about plans, month by month."""
    kind = _KINDS[at]
    parts = []
    for month in range(_BEGIN, world.last + 1):
        usual = float(between(kind.a_month, month)) * world.scale * _SEASON[month % 12]
        count = int(rng.poisson(usual))
        holders = plans(world).holders(max(last_day(month), day(2022, 8, 31)))
        child = rng.choice(holders, count) if len(holders) else np.zeros(0, dtype=np.int64)
        opened = rng.choice(working_days(first_day(month), last_day(month)), len(child))
        parts.append(_Cases(child, np.full(len(child), at), opened, pick(rng, kind.issues, len(child))))
    return _Cases._make(np.concatenate(column) for column in zip(*parts, strict=True))
