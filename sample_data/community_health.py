"""health/community_referrals: six community health services, each with a waiting list of its own.

Audiology had 383 children waiting 12.4 weeks on average at the end of April 2025; speech and language therapy had
brought its mean down to 6 weeks by the end of August 2025.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from sample_data.children import births_by_age, children
from sample_data.dates import NEVER, Ints, date_of, first_day, last_day, month_in_year, month_of
from sample_data.identifiers import case_ids
from sample_data.trends import between
from sample_data.waiting_lists import First, WaitingList, run
from sample_data.world import World

_BEGIN: Final = month_of("2021-09")
_SEASON: Final = {
    9: 1.05, 10: 1.12, 11: 1.15, 12: 0.82, 1: 1.08, 2: 1.02, 3: 1.12, 4: 0.9, 5: 1.02, 6: 1.1, 7: 1.0, 8: 0.62,
}  # fmt: skip
_SUMMER: Final = {7: 1.02, 8: 1.06, 9: 1.04}  # clinics close, the lists grow


class _Service(NamedTuple):
    """Referrals a month; waiting and mean weeks by month; ages from 0; days in treatment; who is referred."""

    code: str
    referred: float
    waiting: tuple[tuple[str, float], ...]
    weeks: tuple[tuple[str, float], ...]
    ages: tuple[float, ...]
    treatment: float
    urgent: float
    anyone: float


_SERVICES: Final = (
    _Service(
        "speech_and_language", 132,
        (("2021-08", 410), ("2023-03", 530), ("2024-03", 480), ("2025-01", 352), ("2025-08", 268), ("2026-08", 250)),
        (("2021-08", 10.5), ("2023-03", 14.0), ("2024-03", 12.2), ("2025-01", 8.1), ("2025-08", 6.0), ("2026-08", 5.6)),
        (0, 2, 10, 14, 13, 9, 6, 4, 3, 2, 2, 1, 1, 1), 190, 0.04, 0.1,
    ),
    _Service(
        "occupational_therapy", 50,
        (("2021-08", 210), ("2023-06", 330), ("2024-09", 345), ("2025-09", 290), ("2026-09", 240)),
        (("2021-08", 11.0), ("2023-06", 17.5), ("2024-09", 18.2), ("2025-09", 14.6), ("2026-09", 12.0)),
        (0, 1, 3, 5, 7, 8, 8, 7, 7, 6, 5, 4, 3, 2, 1), 150, 0.07, 0.0,
    ),
    _Service(
        "physiotherapy", 52,
        (("2021-08", 150), ("2023-06", 172), ("2025-09", 128), ("2026-09", 115)),
        (("2021-08", 6.4), ("2023-06", 7.2), ("2025-09", 5.1), ("2026-09", 4.6)),
        (5, 6, 5, 4, 4, 4, 4, 4, 4, 5, 6, 7, 7, 6, 5, 4, 2), 100, 0.12, 0.6,
    ),
    _Service(
        "audiology", 92,
        (("2021-08", 250), ("2023-06", 330), ("2024-06", 402), ("2025-04", 383), ("2025-09", 350)),
        (("2021-08", 8.2), ("2023-06", 11.0), ("2024-06", 13.4), ("2025-04", 12.4), ("2025-09", 11.2)),
        (6, 5, 7, 10, 12, 11, 8, 6, 5, 4, 3, 2, 2, 2, 2, 1), 60, 0.05, 0.6,
    ),
    _Service(
        "wheelchair", 15,
        (("2021-08", 62), ("2023-06", 84), ("2024-09", 91), ("2025-09", 74), ("2026-09", 60)),
        (("2021-08", 13.0), ("2023-06", 17.0), ("2024-09", 18.4), ("2025-09", 15.2), ("2026-09", 12.0)),
        (0, 1, 3, 4, 5, 5, 5, 5, 5, 5, 5, 5, 4, 4, 4, 4, 3, 2), 240, 0.1, 0.0,
    ),
    _Service(
        "community_paediatrics", 118,
        (("2021-08", 480), ("2023-06", 640), ("2024-09", 700), ("2025-09", 610), ("2026-09", 520)),
        (("2021-08", 12.0), ("2023-06", 16.2), ("2024-09", 17.8), ("2025-09", 15.0), ("2026-09", 12.5)),
        (2, 4, 7, 9, 9, 8, 7, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1), 330, 0.03, 0.0,
    ),
)  # fmt: skip
_FIXED: Final = {("audiology", month_of("2025-04")), ("speech_and_language", month_of("2025-08"))}
_LONGEST_AT_FIRST: Final = 420
_NEVER_SEEN: Final = 0.07  # of those who leave the list: discharged without a contact


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: referrals open at its end, or closed in the 24 months up to it."""
    frame = pl.concat([_whole_courses(world, service) for service in _SERVICES]).sort("referral_date", "child_id")
    frame = frame.with_columns(pl.Series("referral_id", case_ids("Q", len(frame)))).select(
        "referral_id", pl.exclude("referral_id")
    )

    def delivery(month: int) -> pl.DataFrame:
        today, horizon = date_of(last_day(month)), date_of(first_day(month - 23))
        return frame.filter((pl.col("referral_date") <= today) & (pl.col("closed_date") >= horizon)).with_columns(
            pl.when(pl.col(step) <= today).then(step).alias(step) for step in ("first_contact_date", "closed_date")
        )

    return delivery


def _waiting_list(world: World, rng: np.random.Generator, service: _Service) -> WaitingList:
    def referred_in(month: int) -> int:
        growth = 1.02 ** ((month - month_of("2024-09")) / 12)
        return world.scaled(service.referred * growth * _SEASON[month_in_year(month)] * rng.lognormal(0, 0.06))

    def wanted(month: int) -> tuple[float, float]:
        waiting, weeks = float(between(service.waiting, month)), float(between(service.weeks, month))
        if (service.code, month) in _FIXED:
            return waiting, weeks
        summer = _SUMMER.get(month_in_year(month), 1.0)
        return waiting * summer * rng.lognormal(0, 0.012), weeks * rng.lognormal(0, 0.012)

    first = First(_BEGIN, service.waiting[0][1], service.weeks[0][1], _LONGEST_AT_FIRST)
    return run(world, rng, first, referred_in, wanted)


def _whole_courses(world: World, service: _Service) -> pl.DataFrame:
    """One row per referral with every step it will take; steps not taken lie beyond all days."""
    rng, known = world.chance(f"community_referrals {service.code}"), children(world)
    everything = _waiting_list(world, rng, service)
    count = len(everything.referred)
    among = known.prone | (known.luck < service.anyone)
    child = known.nearest(births_by_age(rng, service.ages, everything.referred, count), among)
    unseen = rng.random(count) < _NEVER_SEEN
    treated: Ints = 1 + rng.gamma(1.3, service.treatment / 1.3, count).astype(np.int64)
    contact = np.where(unseen, NEVER, everything.left)
    closed = np.where(unseen, everything.left, np.minimum(everything.left + treated, NEVER))
    answers = pl.DataFrame(
        {
            "service": np.full(count, service.code),
            "referral_date": everything.referred,
            "first_contact_date": contact,
            "closed_date": closed,
            "priority": np.where(rng.random(count) < service.urgent, "urgent", "routine"),
        }
    ).with_columns(pl.col("^.*_date$").cast(pl.Int32).cast(pl.Date))
    person = known.person("health", child, everything.referred)
    return pl.concat([person, answers], how="horizontal").with_columns(pl.lit("").alias("referral_id"))
