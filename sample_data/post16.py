"""education/post16_activity: what young people of academic age 16 to 24 do, as known on the last day of a month.

All of academic age 16 and 17 are followed, to 19 those with SEN support, to 24 those with an EHC plan. Each stands in
a queue that moves on month by month: those at its head are not in education, employment or training, those at its
end cannot be reached, as many of each group as its share and the time of year demand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import polars as pl

from sample_data.children import children
from sample_data.dates import (
    Flags,
    Floats,
    Ints,
    Texts,
    academic_year,
    academic_year_of,
    as_dates,
    day,
    first_day,
    last_day,
    month_in_year,
    month_of,
)
from sample_data.plans import plans
from sample_data.world import EARLIEST, World

# Share NEET by SEN provision: at academic age 16 and 17, from 18 on; and what the time of year makes of it.
_NEET: Final = {"N": (0.037, 0.0), "K": (0.066, 0.126), "E": (0.107, 0.172)}
_NEET_SEASON: Final = {
    9: 0.72, 10: 0.82, 11: 0.9, 12: 0.96, 1: 1.0, 2: 1.02, 3: 1.05, 4: 1.06, 5: 1.08, 6: 1.12, 7: 1.15, 8: 1.18,
}  # fmt: skip
_NEET_TREND: Final = (month_of("2024-01"), 0.98)  # each share as in January 2024, times this a year
_NOT_KNOWN: Final = (0.0022, 0.012)  # as in March 2025: 0.2% of those with SEN at academic age 16 and 17; from 18 on
_NOT_KNOWN_SEASON: Final = {9: 5.5, 10: 2.4}
_SUPPORTED: Final = 0.36  # of those prone to special needs and without a plan, whom schools recorded as supported

_NEET_CODES: Final = {
    "619": 44, "640": 17, "610": 8, "615": 4, "616": 3, "630": 5, "620": 3, "650": 2, "670": 2, "680": 9, "540": 3,
}  # fmt: skip
_NOT_KNOWN_CODES: Final = {"810": 55, "820": 30, "830": 15}
_BUSY_CODES: Final[Mapping[tuple[bool, str], Mapping[str, float]]] = {  # from 18 on?, SEN provision
    (False, "N"): {
        "210": 47, "220": 4, "230": 33, "310": 6, "320": 1, "330": 3, "340": 1, "360": 1, "270": 1.5, "410": 1.5,
        "430": 1,
    },
    (False, "K"): {"210": 27, "220": 3, "230": 50, "310": 6, "330": 4, "340": 2, "410": 4, "430": 2, "530": 1},
    (False, "E"): {"210": 21, "230": 52, "280": 18, "310": 2, "340": 1, "410": 2, "430": 2, "460": 1.5, "530": 0.5},
    (True, "K"): {"230": 38, "240": 14, "310": 14, "330": 21, "360": 7, "380": 1, "430": 3, "710": 0.6},
    (True, "E"): {"230": 55, "240": 3, "280": 19, "310": 3, "330": 7, "360": 4, "430": 3, "460": 8, "720": 0.2},
}  # fmt: skip


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: one row per young person followed at its end."""
    known = children(world)
    rng = world.chance("post16_activity")
    stand_at_first = rng.random(len(known))
    pace = rng.uniform(0.004, 0.02, len(known))  # the part of the queue passed in a month
    taste = rng.random(len(known))
    luck = dict(enumerate(rng.normal(1, 0.03, world.last - EARLIEST + 1), start=EARLIEST))

    def delivery(month: int) -> pl.DataFrame:
        child, academic_age, sen = _followed(world, month)
        stand = (stand_at_first[child] + pace[child] * month) % 1.0
        code = _activities(month, luck[month], (academic_age >= 18, sen), (stand, taste[child]))
        begun, confirmed = _dates(month, code, stand / pace[child], taste[child])
        answers = pl.DataFrame(
            {
                "academic_age": academic_age,
                "sen_provision": sen,
                "activity_code": code,
                "activity_start_date": as_dates(begun),
                "last_confirmed_date": as_dates(confirmed),
            }
        )
        return pl.concat([known.person("education", child, last_day(month)), answers], how="horizontal")

    return delivery


def _followed(world: World, month: int) -> tuple[Ints, Ints, Texts]:
    """Who is followed in a month: child, academic age (on 31 August before the academic year), SEN provision."""
    known, today = children(world), last_day(month)
    year = academic_year_of(month)
    everybody = np.ones(len(known), dtype=np.bool_)
    child = known.born_within(day(year - 25, 9, 1), day(year - 16, 8, 31), everybody)
    academic_age = year - academic_year(known.born[child]) - 1
    with_plan = np.isin(child, plans(world).holders(today))
    supported = known.prone[child] & (known.luck[child] < _SUPPORTED)
    sen = np.where(with_plan, "E", np.where(supported, "K", "N"))
    followed = (academic_age < 18) | (sen == "E") | (sen == "K") & (academic_age < 20)
    return child[followed], academic_age[followed], sen[followed]


def _activities(month: int, luck: float, group: tuple[Flags, Texts], habits: tuple[Floats, Floats]) -> Texts:
    """An activity code for each: of every group its share NEET, a few not known, the rest by taste.

    `group` says who is 18 or older and their SEN provision, `habits` where each stands in the queue and their taste.
    """
    (older, sen), (stand, taste) = group, habits
    base, trend = _NEET_TREND
    effect = luck * _NEET_SEASON[month_in_year(month)] * trend ** ((month - base) / 12)
    code = np.full(len(sen), "", dtype="<U3")
    for (is_older, provision), busy in _BUSY_CODES.items():
        queue = _queue((older == is_older) & (sen == provision), stand)
        neet = round(len(queue) * _NEET[provision][is_older] * effect)
        code[queue] = _by_taste(busy, taste[queue])
        code[queue[:neet]] = _by_taste(_NEET_CODES, taste[queue[:neet]])
    for is_older in (False, True):
        for has_needs in (False, True):
            queue = _queue((older == is_older) & ((sen != "N") == has_needs), stand)
            lost = round(len(queue) * _NOT_KNOWN[is_older] * _NOT_KNOWN_SEASON.get(month_in_year(month), 1.0))
            unknown = queue[len(queue) - lost :]
            code[unknown] = _by_taste(_NOT_KNOWN_CODES, taste[unknown])
    return code


def _queue(those: Flags, stand: Floats) -> Ints:
    places = np.flatnonzero(those)
    return places[np.argsort(stand[places], kind="stable")]


def _by_taste(codes: Mapping[str, float], taste: Floats) -> Texts:
    """A code for each number in 0–1; the same number always gives the same code."""
    steps = np.cumsum(list(codes.values()))
    chosen: Texts = np.array(list(codes))[np.minimum(np.searchsorted(steps, taste * steps[-1]), len(codes) - 1)]
    return chosen


def _dates(month: int, code: Texts, months_so_far: Floats, taste: Floats) -> tuple[Ints, Ints]:
    """When the activity began (courses in September) and when it was last confirmed, up to three months ago."""
    today = last_day(month)
    year = academic_year_of(month)
    out_of_work = np.isin(code, list(_NEET_CODES))
    since = today - np.minimum(months_so_far * 30, 540).astype(np.int64)
    course = day(year, 9, 1) + (taste * 40).astype(np.int64) % 14
    begun = np.minimum(np.where(out_of_work, since, course), first_day(month) + 14)
    ago = (taste * 7919 % 1 * 90).astype(np.int64) + np.where(np.isin(code, list(_NOT_KNOWN_CODES)), 120, 0)
    return begun, np.maximum(today - ago, begun)
