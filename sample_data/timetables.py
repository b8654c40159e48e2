"""education/part_time_timetables: every part-time timetable since September 2022.

Of 2024/25 are printed: 332 children, by phase, 110 with SEN, 32 known to social care, 163 for mental health, 53 in
year 8. A child has one timetable in a year, or a second one like the first; a few last into the next year, whose
numbers they are part of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl

from sample_data.children import children, school_year_text
from sample_data.dates import (
    Flags,
    Floats,
    Ints,
    Texts,
    academic_year_of,
    as_dates,
    date_of,
    day,
    last_day,
    month_of,
    months_of,
    no_later_weekday,
    school_days,
)
from sample_data.identifiers import case_ids
from sample_data.missing_education import missing
from sample_data.rolls import ALTERNATIVE, POST_16, PROVISIONS, SPECIAL, URNS, Roll, roll
from sample_data.schooling import never_at_home
from sample_data.world import World, share_out

_FIRST_YEAR: Final = 2022
_CHILDREN: Final = {2022: 268, 2023: 301, 2024: 332}
_CHILDREN_LATER: Final = 341
_YEARS: Final = (11, 14, 17, 20, 22, 24, 26, 36, 53, 46, 38, 25)  # reception to year 11: 11, 123 and 198 children
_PROVISION: Final = {"N": 222, "K": 78, "E": 32}
_REASONS: Final = {
    "mental_health": 163, "behaviour": 58, "reintegration": 47, "medical": 36, "transition": 17, "other": 11,
}  # fmt: skip
_KNOWN_TO_CARE: Final = {"true": 32, "false": 300}
_SEASON: Final = np.array([1.1, 1.0, 1.2, 0.8, 0.9, 0.7, 0.15, 0.0, 0.9, 1.3, 1.4, 0.9])  # January to December
_AGAIN: Final = 0.08  # the share of children with a second timetable in the year
_OVER_SUMMER: Final = 0.3  # of those that would end in summer; not from reception, year 6 and year 11
_ENDED_IN_SUMMER: Final = 0.4  # of the others: ended as the next school year is prepared, not in July


class Timetables(NamedTuple):
    """Every timetable; `ended` is the last day; `sen`, `reason` and `care` are codes."""

    child: Ints
    school: Ints
    year: Ints
    start: Ints
    ended: Ints
    sen: Texts
    reason: Texts
    care: Texts


@lru_cache(maxsize=1)
def timetables(world: World) -> Timetables:
    """The timetables of every academic year that the sample touches, in order of their start."""
    rng = world.chance("part_time_timetables")
    everything = Timetables(*np.zeros((5, 0), dtype=np.int64), *np.full((3, 0), "", dtype="<U13"))
    for year in range(_FIRST_YEAR, academic_year_of(world.last) + 1):
        more = _of_a_year(world, rng, year, everything)
        everything = Timetables._make(np.concatenate(pair) for pair in zip(everything, more, strict=True))
    order = np.lexsort((everything.child, everything.start))
    return Timetables._make(column[order] for column in everything)


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: all timetables begun by its end, ends as known then."""
    everything, known = timetables(world), children(world)
    rng = world.chance("part_time_timetables answers")
    count = len(everything.child)
    planned = everything.start + 7 * rng.integers(4, 13, count) - 1
    frame = pl.DataFrame(
        {
            "timetable_id": case_ids("T", count),
            "upn": known.upn[everything.child],
            "school_urn": np.array(URNS)[everything.school],
            "phase": np.select([everything.year == 0, everything.year <= 6], ["reception", "primary"], "secondary"),
            "nc_year": school_year_text(everything.year),
            "sen_provision": everything.sen,
            "start_date": as_dates(everything.start),
            "planned_end_date": as_dates(planned),
            "end_date": as_dates(everything.ended),
            "hours_per_week": rng.integers(10, 45, count) / 2,
            "reason": everything.reason,
            "known_to_social_care": everything.care == "true",
        }
    )

    def delivery(month: int) -> pl.DataFrame:
        today = date_of(last_day(month))
        return frame.filter(pl.col("start_date") <= today).with_columns(
            pl.when(pl.col("end_date") <= today).then("end_date").alias("end_date")
        )

    return delivery


def _of_a_year(world: World, rng: np.random.Generator, year: int, before: Timetables) -> Timetables:
    """What begins in an academic year: with what goes on from the year before it makes the year's numbers."""
    total = world.scaled(_CHILDREN.get(year, _CHILDREN_LATER))
    lasting = Timetables._make(column[before.ended >= day(year, 9, 1)] for column in before)
    years = np.array(_rest(dict(enumerate(_YEARS)), total, lasting.year.tolist()), dtype=np.int64)
    sens, reasons, cares = (
        rng.permutation(np.array(_rest(codes, total, held.tolist()), dtype=np.str_))
        for codes, held in ((_PROVISION, lasting.sen), (_REASONS, lasting.reason), (_KNOWN_TO_CARE, lasting.care))
    )
    count = min(len(years), len(sens), len(reasons), len(cares))
    years, sens = years[:count], _with_needs_in_reception(years[:count], sens[:count])
    child, school = _pupils(world, rng, year, (years, sens), lasting.child)
    start, ended = _days(rng, year, years)
    new = Timetables(child, school, years, start, ended, sens, reasons[:count], cares[:count])
    new = Timetables._make(column[child >= 0] for column in new)
    return _with_second_ones(rng, year, new)


def _rest(codes: Mapping[Any, float], total: int, held: list[Any]) -> list[Any]:
    """The codes that are missing from those held, one entry for each, to make up the total by weight."""
    counts = share_out(total, np.array(list(codes.values()), dtype=np.float64)).tolist()
    return [code for code, count in zip(codes, counts, strict=True) for _ in range(count - held.count(code))]


def _with_needs_in_reception(years: Ints, sens: Texts) -> Texts:
    """The same codes, so exchanged that all in reception have additional needs."""
    sens = sens.copy()
    without = np.flatnonzero((years == 0) & (sens == "N"))
    others = np.flatnonzero((years > 0) & (sens == "K"))[: len(without)]
    without = without[: len(others)]
    sens[without], sens[others] = "K", "N"
    return sens


def _pupils(
    world: World, rng: np.random.Generator, year: int, wanted: tuple[Ints, Texts], taken: Ints
) -> tuple[Ints, Ints]:
    """A different pupil of each wanted school year and provision in January, and their school; -1 where none is."""
    now = _in_mainstream(world, min(month_of(f"{year + 1}-01"), world.last), taken)
    child, school = np.full((2, len(wanted[0])), -1)
    for in_year in range(len(_YEARS)):
        for code, provision in enumerate(PROVISIONS):
            places = np.flatnonzero((wanted[0] == in_year) & (wanted[1] == provision))
            pupils = rng.permutation(np.flatnonzero((now.year == in_year) & (now.sen == code)))[: len(places)]
            child[places[: len(pupils)]], school[places[: len(pupils)]] = now.child[pupils], now.school[pupils]
    return child, school


def _in_mainstream(world: World, month: int, taken: Ints) -> Roll:
    """The roll of ordinary schools, without children who are on other registers or have a timetable already."""
    now = roll(world, month)
    free = never_at_home(world).copy()
    free[missing(world).child] = free[taken] = False
    fits = free[now.child] & ~np.isin(now.phase, (SPECIAL, ALTERNATIVE, POST_16))
    return Roll._make(column[fits] for column in now)


def _days(rng: np.random.Generator, year: int, years: Ints) -> tuple[Ints, Ints]:
    """First and last days: some weeks, for most until the summer at the latest."""
    days = school_days(year)
    weight: Floats = _SEASON[months_of(days) % 12]
    start = rng.choice(days, len(years), p=weight / weight.sum())
    ended = start + np.minimum(rng.gamma(1.8, 38, len(years)), 260).astype(np.int64) + 6
    goes_on: Flags = (ended > days[-1]) & ~np.isin(years, (0, 6, 11)) & (rng.random(len(years)) < _OVER_SUMMER)
    in_summer: Flags = (ended > days[-1]) & (rng.random(len(years)) < _ENDED_IN_SUMMER)
    ends = np.where(in_summer, day(year + 1, 8, 18) + ended % 12, np.minimum(ended, days[-1]))
    return start, np.where(goes_on, np.maximum(ended, day(year + 1, 9, 19)), ends)


def _with_second_ones(rng: np.random.Generator, year: int, new: Timetables) -> Timetables:
    """Adds a second timetable, like the first, for a few children whose first ended in time."""
    final = int(school_days(year)[-1])
    again = np.flatnonzero((new.ended + 40 < final) & (rng.random(len(new.child)) < _AGAIN))
    more = Timetables._make(column[again] for column in new)
    start = no_later_weekday(more.ended + 10 + rng.integers(0, 25, len(again)))
    more = more._replace(start=start, ended=np.minimum(start + rng.integers(12, 60, len(again)), final))
    return Timetables._make(np.concatenate(pair) for pair in zip(new, more, strict=True))
