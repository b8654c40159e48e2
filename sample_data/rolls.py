"""The rolls of the area's schools at the end of a month: pupils, their school, phase, school year and SEN provision.

6,729 pupils received SEN support at the end of August 2025. Who does is a matter of who needs it most among those
prone to special needs and without a plan, as many as schools support at the time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from sample_data.alternative_provision import UNITS, placements
from sample_data.children import children, school_year
from sample_data.dates import Flags, Floats, Ints, last_day, month_in_year
from sample_data.home_education import spells
from sample_data.missing_education import missing
from sample_data.placements import placed
from sample_data.plans import plans
from sample_data.schooling import Schooling, in_years, schooling
from sample_data.schools import SCHOOLS
from sample_data.suspensions import events, supported
from sample_data.trends import from_august_to_august
from sample_data.world import EARLIEST, World

PHASES: Final = ("reception", "primary", "secondary", "post_16", "special", "alternative_provision")
PROVISIONS: Final = ("N", "K", "E")
URNS: Final = tuple(school.urn for school in SCHOOLS)
RECEPTION, PRIMARY, SECONDARY, POST_16, SPECIAL, ALTERNATIVE = range(6)

_SUPPORTED: Final = {2021: 6010, 2022: 6190, 2023: 6395, 2024: 6570, 2025: 6729}  # at the end of August
_GROWTH_LATER: Final = 110  # a year
_ABOVE_TREND: Final = {9: -190, 10: -60, 11: 10, 12: 40, 1: 70, 2: 90, 3: 110, 4: 115, 5: 120, 6: 110, 7: 60, 8: 0}
_SIXTH_FORM: Final = 31  # in a hundred
_OUT_OF_SCHOOL: Final = ("independent_special", "eotas", "elective_home_education", "awaiting_placement")
_NOT_YET_OR_NO_LONGER: Final = ("early_years_setting", "post_16_college")
_DAYS_AFTER_EXCLUSION: Final = 300  # until another school takes a pupil


class Roll(NamedTuple):
    """Parallel arrays, one place per registration: `school` in `URNS`, `phase` in `PHASES`, `sen` in `PROVISIONS`.

    `year` is the school year, 0 for reception; `enrolment` is C, or M and S of a pupil with two registrations.
    """

    child: Ints
    school: Ints
    phase: Ints
    year: Ints
    sen: Ints
    enrolment: Ints


ENROLMENTS: Final = ("C", "M", "S")


@lru_cache(maxsize=16)
def roll(world: World, month: int) -> Roll:
    """The roll at the end of a month; of months before August 2022 with the plans and home education of then."""
    known, today = children(world), last_day(month)
    child = in_years(world, month, 0, 13, _at_school(world, month))
    year = school_year(known.born[child], np.full(len(child), today))
    placement = np.full(len(known), "", dtype="<U24")
    now = placed(world, month)
    placement[plans(world).child[now.plan]] = now.kind
    kind = placement[child]
    stays = (year <= 11) | (kind != "") | (known.taste[child] * 7 % 100 < _SIXTH_FORM)
    stays &= ~np.isin(kind, (*_OUT_OF_SCHOOL, *_NOT_YET_OR_NO_LONGER))
    child, year, kind = child[stays], year[stays], kind[stays]
    return _with_second_registrations(world, today, _registered(world, month, child, year, kind))


def _registered(world: World, month: int, child: Ints, year: Ints, kind: np.ndarray) -> Roll:
    known = children(world)
    excluded = np.isin(child, _lately_excluded(world, last_day(month))) & (kind != "state_special") & (year <= 11)
    phase = np.select(
        [kind == "state_special", (kind == "alternative_provision") | excluded, year == 0, year <= 6, year <= 11],
        [SPECIAL, ALTERNATIVE, RECEPTION, PRIMARY, SECONDARY],
        POST_16,
    )
    school = _schools(known.taste[child], phase, year)
    sen = np.where(kind != "", 2, np.where(_supported(world, month, child, kind == "", year), 1, 0))
    return Roll(child, school, phase, year, sen, np.zeros(len(child), dtype=np.int64))


def _at_school(world: World, month: int) -> Flags:
    """Children whom a school of the area can have on its roll in a month."""
    today = last_day(max(month, EARLIEST - 1))
    goes: Schooling = schooling(world)
    there = goes.local & (goes.arrives <= month) & (goes.leaves > month)
    for absent in (spells(world), missing(world)):
        there[absent.child[absent.open_at(today)]] = False
    return there


def _lately_excluded(world: World, today: int) -> Ints:
    happened = events(world)
    lately = happened.permanent & (happened.start <= today) & (happened.start > today - _DAYS_AFTER_EXCLUSION)
    return happened.child[lately]


def _schools(taste: Ints, phase: Ints, year: Ints) -> Ints:
    school = np.zeros(len(taste), dtype=np.int64)
    for wanted, code in (("special", SPECIAL), ("alternative_provision", ALTERNATIVE)):
        school = np.where(phase == code, _places(wanted)[taste % len(_places(wanted))], school)
    mainstream = (phase != SPECIAL) & (phase != ALTERNATIVE)
    for wanted, those in (("primary", mainstream & (year <= 6)), ("secondary", mainstream & (year > 6))):
        school = np.where(those, _places(wanted)[taste % len(_places(wanted))], school)
    return school


@lru_cache
def _places(phase: str) -> Ints:
    """The open schools of a phase that are the council's or academies, in the order of `school_for`."""
    return np.array(
        [
            at
            for at, school in enumerate(SCHOOLS)
            if school.phase == phase and school.closed is None and school.placement_type != "independent_special"
        ]
    )


def _supported(world: World, month: int, child: Ints, without_plan: Flags, year: Ints) -> Flags:
    """Which pupils receive SEN support: the neediest of those without a plan, as many as are wanted."""
    known = children(world)
    need: Floats = _need(world)[child] + np.where(year == 0, 0.25, 0.0) + np.where(year > 11, 0.3, 0.0)
    need = np.where(without_plan, need + np.where(known.prone[child], 0.0, 10.0), np.inf)
    noise = 0.0 if month_in_year(month) == 8 else world.chance(f"SEN support {month}").normal(0, 8)
    trend = from_august_to_august(_SUPPORTED, _GROWTH_LATER, month) + _ABOVE_TREND[month_in_year(month)]
    wanted = min(world.scaled(trend + noise), int(without_plan.sum()))
    neediest = np.zeros(len(child), dtype=np.bool_)
    neediest[np.argsort(need, kind="stable")[:wanted]] = True
    return neediest


@lru_cache(maxsize=1)
def _need(world: World) -> Floats:
    """How far down each child is in the queue for SEN support: those suspended with it are at its head."""
    need = world.chance("SEN support").random(len(children(world)))
    need[supported(world)] -= 1.0
    return need


def _with_second_registrations(world: World, today: int, single: Roll) -> Roll:
    """Adds the pupil referral unit of those placed there for a time: main (M) at school, subsidiary (S) at the unit."""
    child, unit = placements(world).at_a_unit(today)
    at = np.searchsorted(single.child, child)
    at = np.minimum(at, len(single.child) - 1)
    second = (single.child[at] == child) & (single.phase[at] != ALTERNATIVE)
    at, unit = at[second], unit[second]
    single.enrolment[at] = ENROLMENTS.index("M")
    urns = np.array([URNS.index(one.urn) for one in UNITS])
    extra = Roll(
        single.child[at],
        urns[unit],
        np.full(len(at), ALTERNATIVE),
        single.year[at],
        single.sen[at],
        np.full(len(at), ENROLMENTS.index("S")),
    )
    return Roll._make(np.concatenate(pair) for pair in zip(single, extra, strict=True))
