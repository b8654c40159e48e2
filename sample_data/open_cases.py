"""care/open_cases: children open to children's services, linked to EHC plans in the numbers reported.

In June 2025 a plan was found for 80 children looked after, 26 with a protection plan, 116 in need and 54 with early
help. A case is linked when both agencies hold the child's UPN, or failing that both hold the NHS number; children
with a plan who share no number with education are open cases too, and stay unlinked.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from sample_data.children import Children, age_on, children
from sample_data.dates import YEAR_DAYS, Flags, Ints, as_dates, first_day, last_day, month_of, working_days
from sample_data.plans import plans
from sample_data.world import EARLIEST, World

_FIXED_MONTH: Final = month_of("2025-06")


class _Status(NamedTuple):
    """A status: open cases and linked ones in June 2025, growth a year, share that leaves in a month, usual length."""

    code: str
    cases: int
    linked: int
    growth: float
    leaving: float
    usual_days: float


_STATUSES: Final = (
    _Status("CLA", 648, 80, 0.02, 0.022, 1050.0),
    _Status("CP", 331, 26, 0.03, 0.085, 230.0),
    _Status("CIN", 1486, 116, 0.04, 0.09, 260.0),
    _Status("EH", 912, 54, 0.07, 0.14, 150.0),
)
_LINKED_GROWTH: Final = 0.085  # a year: plans grow faster than open cases


@lru_cache(maxsize=1)
def registers(world: World) -> dict[int, tuple[Ints, Ints, Ints]]:
    """For each month: the children open at its end, their status (a place in `_STATUSES`) and since which day."""
    rng = world.chance("open_cases")
    status = np.full(len(children(world)), -1, dtype=np.int64)
    since = np.zeros(len(status), dtype=np.int64)
    months = {}
    for month in range(EARLIEST, world.last + 1):
        _a_month(world, rng, month, status, since)
        child = np.flatnonzero(status >= 0)
        months[month] = (child, status[child], since[child])
    return months


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: one row per child open at its end."""
    known = children(world)
    luck = world.chance("open_cases answers").random(len(known))

    def delivery(month: int) -> pl.DataFrame:
        child, status, since = registers(world)[month]
        likely = np.where(np.isin(child, plans(world).holders(last_day(month))), 0.38, 0.06)
        answers = pl.DataFrame(
            {
                "status": np.array([s.code for s in _STATUSES])[status],
                "start_date": as_dates(since),
                "disabled": luck[child] < likely,
            }
        )
        return pl.concat([known.person("care", child, last_day(month)), answers], how="horizontal")

    return delivery


def _a_month(world: World, rng: np.random.Generator, month: int, status: Ints, since: Ints) -> None:
    """Closes and opens cases, in place, until each status has its number of linked and of other children."""
    known, today = children(world), last_day(month)
    of_age = age_on(known.born, today + 1) >= 18
    status[of_age] = -1
    linkable = _linkable(world, known, today)
    minor = (known.born <= today - 30) & ~of_age
    unlucky = known.luck < np.where(known.prone, 0.45, 0.2)  # who meets children's services at all
    years = (month - _FIXED_MONTH) / 12
    for place, each in enumerate(_STATUSES):
        noise = rng.normal(0, 0.02, 2) * (month != _FIXED_MONTH)
        linked = world.scaled(each.linked * (1 + _LINKED_GROWTH) ** years * (1 + noise[0] * 1.5))
        cases = world.scaled(each.cases * (1 + each.growth) ** years * (1 + noise[1]))
        for wanted, among in ((linked, linkable), (max(cases - linked, 0), ~linkable)):
            members = np.flatnonzero((status == place) & among)
            leaving = max(round(len(members) * each.leaving * rng.lognormal(0, 0.15)), len(members) - wanted)
            status[rng.permutation(members)[:leaving]] = -1
            free = np.flatnonzero((status < 0) & among & minor & (unlucky | linkable))
            joining = rng.permutation(free)[: wanted - (len(members) - min(leaving, len(members)))]
            status[joining] = place
            since[joining] = _starts(rng, month, each, known.born[joining])


def _linkable(world: World, known: Children, today: int) -> Flags:
    """Which children have a plan that care can be linked to: by UPN, else by NHS number."""
    everything = plans(world)
    plan = np.flatnonzero(everything.open_at(today))
    child, start = everything.child[plan], everything.start[plan]
    by_upn = known.holds_upn("education", child, start) & known.holds_upn("care", child, today)
    by_nhs = known.holds_nhs("education", child) & known.holds_nhs("care", child)
    linkable = np.zeros(len(known), dtype=np.bool_)
    linkable[child[by_upn | by_nhs]] = True
    return linkable


def _starts(rng: np.random.Generator, month: int, each: _Status, born: Ints) -> Ints:
    """Within the month; for the first register spread over the past, not before birth."""
    if month > EARLIEST:
        start = rng.choice(working_days(first_day(month), last_day(month)), len(born))
    else:
        ago = np.minimum(rng.exponential(each.usual_days, len(born)), 15 * YEAR_DAYS)
        start = last_day(month) - ago.astype(np.int64)
    since: Ints = np.maximum(start, born)
    return since
