"""education/attendance: sessions by pupil, school and month; none in August.

A delivery holds the reporting month and the two before it; the first one goes back a year. Pupils miss school each in
their own measure, more in winter; of each phase and SEN provision together they miss the share that is given for the
year: in 2024/25 92.9% attended with SEN support at primary and 85.6% at secondary schools, 89.5% and 83.0% with a
plan, 56% in alternative provision.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl

from sample_data.children import children
from sample_data.dates import Floats, Ints, academic_year_of, month_in_year, month_text, months_of, school_days
from sample_data.rolls import (
    ALTERNATIVE,
    ENROLMENTS,
    PHASES,
    POST_16,
    PRIMARY,
    PROVISIONS,
    RECEPTION,
    SECONDARY,
    SPECIAL,
    URNS,
    Roll,
    roll,
)
from sample_data.school_roll import coded
from sample_data.world import World

_MONTHS_SENT: Final = 3
_MONTHS_SENT_FIRST: Final = 13

# Percent of sessions attended in 2024/25, by phase: without SEN, with SEN support, with a plan.
_ATTENDED: Final = {
    RECEPTION: (94.7, 92.6, 88.9),
    PRIMARY: (95.3, 92.9, 89.5),
    SECONDARY: (92.6, 85.6, 83.0),
    SPECIAL: (88.0, 88.0, 87.4),
    ALTERNATIVE: (56.5, 55.9, 55.6),
}
_OTHER_YEARS: Final = {2021: 1.09, 2022: 1.07, 2023: 1.04, 2024: 1.0, 2025: 0.98}  # of the absence in 2024/25
_LATER: Final = 0.96
_SEASON: Final = {
    9: 0.82, 10: 0.95, 11: 1.08, 12: 1.2, 1: 1.09, 2: 1.03, 3: 1.0, 4: 0.94, 5: 0.95, 6: 1.0, 7: 1.12,
}  # fmt: skip
_UNEVENNESS: Final = (0.9, 0.95, 0.95)  # how much pupils differ, by SEN provision
_UNAUTHORISED: Final = {RECEPTION: 0.24, PRIMARY: 0.26, SECONDARY: 0.38, SPECIAL: 0.2, ALTERNATIVE: 0.6}
_EXAM_YEAR: Final = 11
_EXAM_YEAR_SESSIONS: Final = {5: 0.75, 6: 0.3, 7: 0.0}  # of the others': study leave is no possible session


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: the months it covers, oldest first."""

    def delivery(month: int) -> pl.DataFrame:
        sent = _MONTHS_SENT_FIRST if month == world.first else _MONTHS_SENT
        return pl.concat([_a_month(world, each) for each in range(month - sent + 1, month + 1)])

    return delivery


@lru_cache(maxsize=_MONTHS_SENT)
def _a_month(world: World, month: int) -> pl.DataFrame:
    """The rows of one month; of the same month always the same."""
    rng = world.chance(f"attendance {month}")
    now = roll(world, month)
    possible = _possible(month, now)
    going = (possible > 0) & (now.phase != POST_16)
    now, possible = Roll._make(column[going] for column in now), possible[going]
    absent = _absent(world, rng, month, now, possible)
    share = np.array([_UNAUTHORISED.get(phase, 0.0) for phase in range(len(PHASES))])[now.phase]
    share = np.minimum(share * _habits(world)[1][now.child], 1.0)
    unauthorised = np.floor(absent * share + rng.random(len(absent))).astype(np.int64)
    return pl.DataFrame(
        {
            "upn": children(world).pupil(now.child)["upn"],
            "school_urn": coded(URNS, now.school),
            "month": pl.Series([month_text(month)], dtype=pl.String).new_from_index(0, len(possible)),
            "phase": coded(PHASES, now.phase),
            "sen_provision": coded(PROVISIONS, now.sen),
            "sessions_possible": possible,
            "sessions_attended": possible - absent,
            "sessions_authorised_absence": absent - unauthorised,
            "sessions_unauthorised_absence": unauthorised,
        }
    )


def _possible(month: int, now: Roll) -> Ints:
    """Two sessions for each school day; a pupil with two registrations has half of them at each school."""
    days = school_days(academic_year_of(month))
    everyone = 2 * int((months_of(days) == month).sum())
    exams = round(everyone * _EXAM_YEAR_SESSIONS.get(month_in_year(month), 1.0) / 2) * 2
    possible = np.where(now.year == _EXAM_YEAR, exams, everyone)
    return np.where(now.enrolment == ENROLMENTS.index("C"), possible, possible // 2)


def _absent(world: World, rng: np.random.Generator, month: int, now: Roll, possible: Ints) -> Ints:
    """The sessions each pupil misses: uneven among pupils, in sum what is given for phase and provision."""
    habit, _ = _habits(world)
    unevenness = np.array(_UNEVENNESS)[now.sen]
    lean = np.exp(unevenness * habit[now.child] + rng.normal(0, 0.45, len(possible)))
    absent = np.zeros(len(possible), dtype=np.int64)
    year = _OTHER_YEARS.get(academic_year_of(month), _LATER)
    for phase, attended in _ATTENDED.items():
        for sen, percent in enumerate(attended):
            group = np.flatnonzero((now.phase == phase) & (now.sen == sen))
            share = (1 - percent / 100) * year * _seasonal(month)
            absent[group] = _share_out(rng, lean[group], possible[group], share)
    return absent


def _share_out(rng: np.random.Generator, lean: Floats, possible: Ints, share: float) -> Ints:
    """Missed sessions in proportion to a lean, none beyond what was possible, adding up to the share of all."""
    wanted = round(share * int(possible.sum()))
    low, high = 0.0, 50.0
    for _ in range(30):
        middle = (low + high) / 2
        missed = np.minimum(lean * middle, 1.0) * possible
        low, high = (middle, high) if missed.sum() < wanted else (low, middle)
    whole = np.floor(np.minimum(np.minimum(lean * low, 1.0) * possible + rng.random(len(lean)), possible))
    absent = whole.astype(np.int64)
    off = wanted - int(absent.sum())
    able = np.flatnonzero(absent < possible if off > 0 else absent > 0)
    absent[rng.permutation(able)[: abs(off)]] += np.sign(off)
    return absent


def _seasonal(month: int) -> float:
    """What the month makes of a year's absence: the year's school days weigh it to 1."""
    in_year = months_of(school_days(academic_year_of(month))) % 12 + 1
    season = np.array([_SEASON[each] for each in in_year.tolist()])
    return _SEASON.get(month_in_year(month), 0.0) / float(season.mean())


@lru_cache(maxsize=1)
def _habits(world: World) -> tuple[Floats, Floats]:
    """How each child differs from others: how much school it misses, and how much of it without leave."""
    rng = world.chance("attendance")
    count = len(children(world))
    return rng.normal(size=count), rng.lognormal(0, 0.4, count)
