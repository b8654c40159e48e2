"""education/post16_activity: what young people of academic age 16 to 24 do, as confirmed by the last day of a month.

All of academic age 16 and 17 are followed; to 19 those with SEN support, to 24 those with an EHC plan. Places in the NEET group
turn over month by month, while each group's share follows the school year.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl

from sample_data.children import Children, children
from sample_data.dates import YEAR_DAYS, Floats, Ints, Texts, academic_year, day, first_day, last_day
from sample_data.plans import plans
from sample_data.world import World

# Share NEET by SEN provision at academic age 16–17, then from 18; and the school year's effect on it.
_NEET: Final = {"N": (0.037, 0.0), "K": (0.066, 0.126), "E": (0.107, 0.172)}
_NEET_SEASON: Final = {9: 0.72, 10: 0.82, 11: 0.9, 12: 0.96, 1: 1.0, 2: 1.02, 3: 1.05, 4: 1.06, 5: 1.08, 6: 1.12, 7: 1.15, 8: 1.18}  # fmt: skip
_NEET_TREND: Final = -0.02  # a year, of the share itself
_NOT_KNOWN: Final = (0.0022, 0.012)  # at academic age 16–17, then from 18; 0.2% as in March 2025
_NOT_KNOWN_SEASON: Final = {9: 5.5, 10: 2.4}
_SEN_SUPPORT_KNOWN: Final = 0.36  # of those prone to special needs without a plan, who is recorded as supported

_NEET_CODES: Final = {"619": 44, "640": 17, "610": 8, "615": 4, "616": 3, "630": 5, "620": 3, "650": 2, "670": 2, "680": 9, "540": 3}  # fmt: skip
_NOT_KNOWN_CODES: Final = {"810": 55, "820": 30, "830": 15}
_BUSY_CODES: Final = {
    ("young", "N"): {"210": 47, "220": 4, "230": 33, "310": 6, "330": 3, "320": 1, "270": 1.5, "410": 1.5, "430": 1, "340": 1, "360": 1},
    ("young", "K"): {"210": 27, "220": 3, "230": 50, "310": 6, "330": 4, "410": 4, "430": 2, "340": 2, "530": 1},
    ("young", "E"): {"210": 21, "230": 52, "280": 18, "310": 2, "410": 2, "460": 1.5, "430": 2, "340": 1, "530": 0.5},
    ("older", "K"): {"230": 38, "240": 14, "310": 14, "330": 21, "360": 7, "380": 1, "430": 3, "710": 0.6},
    ("older", "E"): {"230": 55, "280": 19, "240": 3, "310": 3, "330": 7, "360": 4, "460": 8, "430": 3, "720": 0.2},
}  # fmt: skip


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: one row per young person followed at its end."""
    known = children(world)
    rng = world.chance("post16_activity")
    place = rng.random(len(known))  # where each stands in the queue of activities …
    turn = rng.uniform(0.004, 0.02, len(known))  # … and how far it moves in a month
    taste = rng.random(len(known))

    def delivery(month: int) -> pl.DataFrame:
        today = last_day(month)
        child, academic_age, sen = _followed(world, month)
        stand = (place[child] + turn[child] * month) % 1.0
        code = _activities(month, (academic_age, sen), stand, taste[child])
        years = academic_year(np.array([today]))[0]
        neet = np.char.startswith(code, "6") | (code == "540")
        weeks_out = np.minimum(stand / turn[child] * 30, 400).astype(np.int64)
        begun = np.where(neet, np.maximum(today - weeks_out, _end_of_school(known, child)), _term_start(years, taste[child]))
        begun = np.minimum(begun, first_day(month))
        confirmed = today - (taste[child] * 7919 % 1 * 95).astype(np.int64)
        confirmed = np.where(np.char.startswith(code, "8"), confirmed - 120, confirmed)
        answers = pl.DataFrame(
            {
                "academic_age": academic_age,
                "sen_provision": sen,
                "activity_code": code,
                "activity_start_date": pl.Series(begun, dtype=pl.Int32).cast(pl.Date),
                "last_confirmed_date": pl.Series(np.maximum(confirmed, begun), dtype=pl.Int32).cast(pl.Date),
            }
        )
        return pl.concat([known.person("education", child, today), answers], how="horizontal")

    return delivery


def _followed(world: World, month: int) -> tuple[Ints, Ints, Texts]:
    """Who is followed in a month: child, academic age (on 31 August before the academic year), SEN provision."""
    known, today = children(world), last_day(month)
    year = int(academic_year(np.array([today]))[0])
    everybody = np.ones(len(known), dtype=np.bool_)
    child = known.born_within(day(year - 25, 9, 1), day(year - 16, 8, 31), everybody)
    academic_age = year - academic_year(known.born[child]) - 1
    with_plan = np.isin(child, plans(world).holders(today))
    supported = known.prone[child] & (known.luck[child] < _SEN_SUPPORT_KNOWN)
    sen = np.where(with_plan, "E", np.where(supported, "K", "N"))
    followed = (academic_age < 18) | (sen == "E") | (sen == "K") & (academic_age < 20)
    return child[followed], academic_age[followed], sen[followed]


def _activities(month: int, group: tuple[Ints, Texts], stand: Floats, taste: Floats) -> Texts:
    """An activity code for each: of every group its share NEET, a few not known, the rest by what they like."""
    academic_age, sen = group
    of_year = month % 12 + 1
    trend = (1 + _NEET_TREND) ** ((month - _JANUARY_2024) / 12)
    code = np.full(len(sen), "", dtype="<U3")
    for (age, provision), busy in _BUSY_CODES.items():
        older = age == "older"
        those = np.flatnonzero(((academic_age >= 18) == older) & (sen == provision))
        queue = those[np.argsort(stand[those], kind="stable")]
        neet = round(len(those) * _NEET[provision][older] * _NEET_SEASON[of_year] * trend)
        code[those] = _by_taste(busy, taste[those])
        code[queue[:neet]] = _by_taste(_NEET_CODES, taste[queue[:neet]])
    for older in (False, True):
        for with_needs in (False, True):
            those = np.flatnonzero(((academic_age >= 18) == older) & ((sen != "N") == with_needs))
            queue = those[np.argsort(stand[those], kind="stable")]
            lost = round(len(those) * _NOT_KNOWN[older] * _NOT_KNOWN_SEASON.get(of_year, 1.0))
            unknown = queue[len(queue) - lost :]
            code[unknown] = _by_taste(_NOT_KNOWN_CODES, taste[unknown])
    return code


_JANUARY_2024: Final = (2024 - 1970) * 12


def _by_taste(codes: dict[str, float], taste: Floats) -> Texts:
    """A code for each number in 0–1: the same number always gives the same code."""
    steps = np.cumsum(list(codes.values()))
    return np.array(list(codes))[np.searchsorted(steps, taste * steps[-1], side="right").clip(max=len(codes) - 1)]


def _end_of_school(known: Children, child: Ints) -> Ints:
    """The last Friday of June, nearly, of each one's year 11."""
    return known.born[child] + (16.5 * YEAR_DAYS).__int__()


def _term_start(year: np.int64, taste: Floats) -> Ints:
    """When a course of this academic year began: most in its first days."""
    return day(int(year), 9, 1) + (taste * 40).astype(np.int64) % 14
