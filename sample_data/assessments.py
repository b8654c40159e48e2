"""The course of every request for an EHC needs assessment, from January 2021 on.

The story: requests rise from 531 (2021) to 795 (2024); plans fall behind, the backlog is cleared by April 2025, and
from July 2025 every plan is issued within 20 weeks. Assessments are laid down first, by the month they end, in time
or late; each is given a day of request that fits its wait; the other requests are refused, withdrawn or still open.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from sample_data.children import births_by_age, children
from sample_data.dates import (
    NEVER,
    Ints,
    Texts,
    day,
    first_day,
    last_day,
    month_of,
    months_of,
    working_days,
    year_of,
)
from sample_data.trends import between
from sample_data.world import World, exactly, pick, share_out

HISTORY_BEGINS: Final = month_of("2021-01")
_RECEIVED: Final = {2021: 531, 2022: 620, 2023: 775, 2024: 795, 2025: 715}
_RECEIVED_LATER: Final = 720
_SEASON: Final = (1.0, 0.95, 1.12, 0.85, 1.08, 1.18, 1.12, 0.5, 0.8, 1.05, 1.2, 0.78)
_AGREED_AT_MOST: Final = 0.77  # of a month's requests


class _Pace(NamedTuple):
    """The work of some months in a row: plans issued, those of them within 20 weeks, refusals to issue."""

    first: int
    issued: tuple[int, ...]
    in_time: tuple[int, ...]
    refused: tuple[int, ...]


# 105 of 300 plans in time by August 2025, all since July; 340 plans of 400 assessments ended by September.
_FIXED: Final = (
    _Pace(month_of("2025-01"), (38, 38, 41, 36, 38, 34), (1, 1, 2, 4, 10, 12), (8, 7, 8, 7, 7, 6)),
    _Pace(month_of("2025-07"), (40, 35), (40, 35), (6, 5)),
    _Pace(month_of("2025-09"), (40,), (40,), (6,)),
)
_BACKLOG_CLEARED: Final = month_of("2025-05")  # from here on nobody waits beyond 21 weeks
_ALL_IN_TIME: Final = month_of("2025-07")
_MAINSTREAM: Final = 219 / 300  # of the plans issued from January to August 2025

# Where the months are not fixed: (month, value), straight lines between.
_ISSUED: Final = (("2021-01", 24.0), ("2022-01", 29.0), ("2023-01", 33.0), ("2024-01", 37.0), ("2024-12", 38.0))
_IN_TIME: Final = (("2021-01", 0.47), ("2022-09", 0.38), ("2023-06", 0.25), ("2024-01", 0.13), ("2024-12", 0.04))
_LATE_WEEKS: Final = (("2021-01", 22.5), ("2022-06", 23.5), ("2023-06", 26.5), ("2024-06", 30.0), ("2025-04", 23.0))
_DECIDED_IN_TIME: Final = (("2021-01", 0.80), ("2023-06", 0.84), ("2024-06", 0.88), ("2025-06", 0.97))
_AGE_WEIGHTS: Final = (
    0, 1, 4, 9, 10, 9, 8, 8, 8, 7.5, 8, 8.5, 7, 6, 5, 4, 2.5, 1.6, 1.2, 0.6, 0.4, 0.3, 0.2, 0.1, 0.05,
)  # fmt: skip
_MAINSTREAM_KINDS: Final = {"mainstream": 86, "erp": 10, "sen_unit": 4}
_OTHER_KINDS: Final = {
    "state_special": 54, "independent_special": 9, "early_years_setting": 13, "post_16_college": 12,
    "alternative_provision": 2, "eotas": 3, "awaiting_placement": 7,
}  # fmt: skip


class Requests(NamedTuple):
    """Every request, oldest first, with its whole course, also beyond the sample's last month.

    Days are `NEVER` where a step does not come. `child` is a place in `children`; `decision` is Y, N, W or H, taken
    on `decided`; `finish` is Y, N, W or empty, on `finished`; `named_placement` is empty where no plan was issued.
    """

    child: Ints
    received: Ints
    decided: Ints
    decision: Texts
    finished: Ints
    finish: Texts
    named_placement: Texts


@lru_cache(maxsize=1)
def requests(world: World) -> Requests:
    """The requests of the sample; `plans` takes up those that end in a plan."""
    rng, known = world.chance("ehc_requests"), children(world)
    totals = _monthly_totals(world, rng)
    assessed, ended, outcome = _assessments(world, rng, totals)
    others = _other_requests(rng, totals, assessed)
    received = np.concatenate([assessed, others])
    finished = np.concatenate([ended, np.full(len(others), NEVER)])
    finish = np.concatenate([outcome, np.full(len(others), "")])

    order = np.lexsort((finished, received))
    received, finished, finish = received[order], finished[order], finish[order]
    births = births_by_age(rng, _AGE_WEIGHTS, received, len(received))
    course = np.where(finish != "", "Y", pick(rng, {"N": 91, "W": 7, "H": 0.6, "YW": 1.4}, len(received)))
    decided = _decision_days(rng, received, finished)
    dropped = course == "YW"  # assessment agreed, then withdrawn
    return Requests(
        child=known.nearest(births, known.prone),
        received=received,
        decided=decided,
        decision=np.where(dropped, "Y", course),
        finished=np.where(dropped, decided + rng.integers(10, 60, len(received)), finished),
        finish=np.where(dropped, "W", finish),
        named_placement=_named_placements(rng, finished, finish),
    )


def _monthly_totals(world: World, rng: np.random.Generator) -> dict[int, int]:
    """Requests received by month, each year's adding up to its fixed number."""
    totals: dict[int, int] = {}
    for year in range(2021, max(2025, year_of(world.last)) + 1):
        season = np.array(_SEASON) * rng.lognormal(0, 0.06, 12)
        counts = share_out(world.scaled(_RECEIVED.get(year, _RECEIVED_LATER)), season)
        totals |= {month_of(f"{year}-01") + at: int(count) for at, count in enumerate(counts)}
    return totals


def _assessments(world: World, rng: np.random.Generator, totals: dict[int, int]) -> tuple[Ints, Ints, Texts]:
    """Day of request, last day and outcome (Y, N) of every assessment that ends with a decision."""
    parts: list[tuple[Ints, Ints, Texts]] = []
    room = {month: _AGREED_AT_MOST * count for month, count in totals.items()}
    for month, issued, in_time, refused in _paces(world, rng):
        calm = month >= _BACKLOG_CLEARED
        ceiling = 140 if month >= _ALL_IN_TIME else 147 if calm else 400
        weeks = float(between(_LATE_WEEKS, month))
        for count, outcome, shortest, longest, usual in (
            (in_time, "Y", 91, 140, 19.6),
            (issued - in_time, "Y", 141, ceiling, 20.6 if calm else weeks),
            (refused, "N", 80, ceiling, 17.0 if calm else weeks - 5),
        ):
            ended = np.sort(rng.choice(working_days(first_day(month), last_day(month)), count))
            asked = _days_of_request(rng, ended, (shortest, longest, usual), room)
            parts.append((asked, ended, np.full(count, outcome)))
    asked, ended, outcomes = (np.concatenate(column) for column in zip(*parts, strict=True))
    held = asked >= first_day(HISTORY_BEGINS)
    return asked[held], ended[held], outcomes[held]


def _paces(world: World, rng: np.random.Generator) -> list[tuple[int, int, int, int]]:
    """(month, plans issued, of which in time, refusals to issue), until the last request can have come to its end."""
    paces: dict[int, tuple[int, int, int]] = {}
    for fixed in _FIXED:
        issued, in_time, refused = (
            share_out(world.scaled(sum(counts)), np.array(counts, dtype=np.float64)).tolist()
            for counts in (fixed.issued, fixed.in_time, fixed.refused)
        )
        paces |= {
            fixed.first + at: (issued[at], min(in_time[at], issued[at]), refused[at]) for at in range(len(issued))
        }
    for month in range(HISTORY_BEGINS, max(world.last, month_of("2025-09")) + 7):
        usual = float(between(_ISSUED, month)) * world.scale * rng.normal(1, 0.07)
        share = 1.0 if month >= _ALL_IN_TIME else float(between(_IN_TIME, month))
        paces.setdefault(month, (round(usual), round(round(usual) * share), round(usual * 0.17)))
    return [(month, *paces[month]) for month in sorted(paces)]


def _days_of_request(
    rng: np.random.Generator, ended: Ints, wait: tuple[int, int, float], room: dict[int, float]
) -> Ints:
    """For each last day a working day of request: `wait` is the shortest and longest in days, the usual in weeks.

    Months with more requests are likelier; `room`, what each month can still give, shrinks by what is taken.
    """
    if not len(ended):
        return ended
    shortest, longest, usual = wait
    days = working_days(int(ended.min()) - longest, int(ended.max()) - shortest)
    left = np.array([max(room.get(month, 1.0), 0.01) for month in months_of(days).tolist()])
    waits = ended[:, None] - days[None, :]
    spread = 2.2 if longest <= 147 else 4.0
    likely = left * np.exp(-(((waits / 7 - usual) / spread) ** 2) / 2) * ((waits >= shortest) & (waits <= longest))
    climb = np.cumsum(likely, axis=1)
    asked: Ints = days[(climb < rng.random(len(ended))[:, None] * climb[:, -1:]).sum(axis=1)]
    for month, taken in zip(*np.unique(months_of(asked), return_counts=True), strict=True):
        room[int(month)] = room.get(int(month), 0.0) - float(taken)
    return asked


def _other_requests(rng: np.random.Generator, totals: dict[int, int], assessed: Ints) -> Ints:
    """Days of the requests that lead to no assessment, or to none that ends: the rest of each month's total."""
    days: list[Ints] = []
    months = np.array(list(totals))
    rest = np.array(list(totals.values())) - np.array([(months_of(assessed) == month).sum() for month in months])
    for year in range(0, len(months), 12):
        missing = int(np.minimum(rest[year : year + 12], 0).sum())  # a small sample can overdraw a month
        spare = np.maximum(rest[year : year + 12], 0)
        kept = share_out(max(int(spare.sum()) + missing, 0), spare.astype(np.float64))
        for month, count in zip(months[year : year + 12].tolist(), kept, strict=True):
            days.append(rng.choice(working_days(first_day(month), last_day(month)), count))
    return np.concatenate(days)


def _decision_days(rng: np.random.Generator, received: Ints, finished: Ints) -> Ints:
    """The day of the decision to assess, or of the withdrawal: mostly just within six weeks, before the end."""
    in_time = rng.random(len(received)) < between(_DECIDED_IN_TIME, months_of(received))
    early, late = 42 - rng.geometric(0.11, len(received)) % 30, 43 + rng.geometric(0.12, len(received)) % 28
    days = received + np.where(in_time, early, late)
    weekend = np.maximum((days + 3) % 7 - 4, 0)
    decided: Ints = np.minimum(days + np.where(in_time, -weekend, 3 - weekend) * (weekend > 0), finished - 14)
    return decided


def _named_placements(rng: np.random.Generator, finished: Ints, finish: Texts) -> Texts:
    """A kind of placement for each plan: mainstream for 73%, exactly so for January to August 2025."""
    mainstream = rng.random(len(finish)) < _MAINSTREAM - 0.02
    fixed = np.flatnonzero((finish == "Y") & (finished >= day(2025, 1, 1)) & (finished <= day(2025, 8, 31)))
    mainstream[fixed] = exactly(rng, round(_MAINSTREAM * len(fixed)), len(fixed))
    kinds = np.where(mainstream, pick(rng, _MAINSTREAM_KINDS, len(finish)), pick(rng, _OTHER_KINDS, len(finish)))
    return np.where(finish == "Y", kinds, "")
