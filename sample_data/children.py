"""The children of the sample: one invented population that every extract draws on.

The same child therefore carries the same UPN, NHS number, date of birth and ward in every extract, and each agency
knows it by its own id. Not every agency holds every number: that is decided once per child, so that some children
can be linked by UPN, some by NHS number alone, some not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from sample_data import identifiers
from sample_data.dates import (
    YEAR_DAYS,
    Flags,
    Floats,
    Ints,
    Texts,
    academic_year,
    as_dates,
    day,
    last_day,
    year_of,
    years_of,
)
from sample_data.world import World, pick

WARDS: Final[dict[str, float]] = {
    "Abbey": 1.2, "Allestree": 0.7, "Alvaston North": 1.0, "Alvaston South": 1.0, "Arboretum": 1.6, "Blagreaves": 0.9,
    "Chaddesden East": 0.8, "Chaddesden North": 0.8, "Chaddesden West": 0.8, "Chellaston & Shelton Lock": 1.0,
    "Darley": 0.8, "Littleover": 0.9, "Mackworth & New Zealand": 1.3, "Mickleover": 1.0, "Normanton": 1.6,
    "Oakwood": 0.7, "Sinfin & Osmaston": 1.5, "Spondon": 0.7,
}  # fmt: skip
ETHNICITIES: Final[dict[str, float]] = {
    "WBRI": 56, "WOTH": 6, "WIRI": 0.3, "WIRT": 0.1, "WROM": 1.5, "MWBC": 3.6, "MWBA": 1, "MWAS": 2.2, "MOTH": 2,
    "APKN": 9.5, "AIND": 5.5, "ABAN": 0.6, "AOTH": 2.2, "CHNE": 0.4, "BCRB": 1.2, "BAFR": 3.6, "BOTH": 0.8,
    "OOTH": 2, "REFU": 0.5, "NOBT": 1, "": 0.5,
}  # fmt: skip
NEEDS: Final[dict[str, float]] = {
    "ASD": 29, "SLCN": 18, "SEMH": 19, "MLD": 11, "SPLD": 7, "SLD": 4, "PMLD": 1.5, "PD": 3, "HI": 1.6, "VI": 1,
    "MSI": 0.2, "DS": 1.2, "OTH": 3.5,
}  # fmt: skip

_FIRST_BIRTH: Final = 1995
_PRONE: Final = 0.24  # share of children who at some time have special educational needs


class _Agency(NamedTuple):
    """The letter and step of an agency's own ids, and the shares of children whose numbers it holds."""

    letter: str
    step: int
    upn_known: float
    nhs_known: float


_AGENCIES: Final = {
    "education": _Agency("C", 4_231_177, 0.97, 0.40),
    "health": _Agency("H", 2_718_283, 0.12, 0.97),
    "care": _Agency("S", 3_141_589, 0.72, 0.45),
}
_ENTRY_DAYS: Final = 3 * YEAR_DAYS  # a UPN is given when a child enters a nursery or school


@dataclass(frozen=True, eq=False)
class Children:
    """Parallel arrays, one place per child, oldest first; a child is referred to by its place.

    `born` is a day (see `dates`); `taste` a number in 0–9,999 that settles a child's school and habits; `luck` one in
    0–1; `prone` marks children who at some time have special educational needs, and `need` which.
    """

    born: Ints
    sex: Texts
    ethnicity: Texts
    ward: Texts
    need: Texts
    prone: Flags
    taste: Ints
    luck: Floats
    upn: Texts
    nhs_number: Texts
    own_id: dict[str, Texts]
    knows_upn: dict[str, Flags]
    knows_nhs: dict[str, Flags]

    def __len__(self) -> int:
        return len(self.born)

    def holds_upn(self, agency: str, child: Ints, on: Ints | int) -> Flags:
        """Whether the agency held each child's UPN on a day: one it was told of, once the child had one."""
        held: Flags = self.knows_upn[agency][child] & (self.born[child] + _ENTRY_DAYS <= on)
        return held

    def holds_nhs(self, agency: str, child: Ints) -> Flags:
        """Whether the agency holds each child's NHS number."""
        held: Flags = self.knows_nhs[agency][child] & (self.nhs_number[child] != "")
        return held

    def person(self, agency: str, child: Ints, on: Ints | int) -> pl.DataFrame:
        """The seven person columns as the agency would send them, its identifiers as held on the day given."""
        names = ("upn", "nhs_number", "date_of_birth", "sex", "ethnicity", "ward")
        return self._columns.select(pl.col(agency).alias("child_id"), *names)[child].with_columns(
            pl.when(pl.Series(self.holds_upn(agency, child, on))).then("upn").alias("upn"),
            pl.when(pl.Series(self.holds_nhs(agency, child))).then("nhs_number").alias("nhs_number"),
        )

    def pupil(self, child: Ints) -> pl.DataFrame:
        """What a school knows of each child: number, birth, sex, ethnicity and ward."""
        return self._columns.select("upn", "date_of_birth", "sex", "ethnicity", "ward")[child]

    @cached_property
    def _columns(self) -> pl.DataFrame:
        """What is sent of each child, once: taking rows of a frame is far quicker than making texts anew."""
        texts = {"upn": self.upn, "nhs_number": self.nhs_number, "ethnicity": self.ethnicity, "ward": self.ward}
        frame = pl.DataFrame({**self.own_id, **texts, "sex": self.sex, "date_of_birth": as_dates(self.born)})
        return frame.with_columns(pl.col("nhs_number", "ethnicity", "ward").replace("", None))

    def born_within(self, first: int, last: int, among: Flags) -> Ints:
        """The marked children born between two days, both included, oldest first."""
        low, high = np.searchsorted(self.born, [first, last + 1]).tolist()
        found: Ints = low + np.flatnonzero(among[low:high])
        return found

    def nearest(self, wanted_births: Ints, among: Flags) -> Ints:
        """A different marked child for each wanted day of birth, born close to it.

        Where more are wanted than were born, the next older or younger ones are taken.
        """
        pool = np.flatnonzero(among)
        if len(wanted_births) > len(pool):
            raise ValueError("too few children for the cases asked of them")
        order = np.argsort(wanted_births, kind="stable")
        steps = np.arange(len(order))
        at = np.searchsorted(self.born[pool], wanted_births[order])
        at = np.maximum.accumulate(np.minimum(at, len(pool) - 1) - steps) + steps
        overshoot = np.minimum(at, len(pool) - len(order) + steps)
        chosen = np.empty(len(order), dtype=np.int64)
        chosen[order] = pool[overshoot]
        return chosen


@lru_cache(maxsize=1)
def children(world: World) -> Children:
    """All children who can appear in the sample, born from 1995 to its last month: about 110,000 at scale 1."""
    rng = world.chance("children")
    born = np.sort(_births(world, rng))
    count = len(born)
    prone = rng.random(count) < _PRONE
    boy = rng.random(count) < np.where(prone, 0.66, 0.47)
    sex = np.where(rng.random(count) < 0.0008, "U", np.where(boy, "M", "F"))
    ward = pick(rng, WARDS, count)
    ward[rng.random(count) < 0.015] = ""
    return Children(
        born=born,
        sex=sex,
        ethnicity=pick(rng, ETHNICITIES, count),
        ward=ward,
        need=pick(rng, NEEDS, count),
        prone=prone,
        taste=rng.integers(0, 10_000, count),
        luck=rng.random(count),
        upn=identifiers.upns(years_of(born)),
        nhs_number=identifiers.nhs_numbers(count, rng),
        own_id={agency: identifiers.own_ids(a.letter, count, a.step) for agency, a in _AGENCIES.items()},
        knows_upn={agency: rng.random(count) < a.upn_known for agency, a in _AGENCIES.items()},
        knows_nhs={agency: rng.random(count) < a.nhs_known for agency, a in _AGENCIES.items()},
    )


def _births(world: World, rng: np.random.Generator) -> Ints:
    """About 3,150 births a year until 2009, 4,235 until 2020, 3,000 since: the sample's Derby in 2025."""
    final = last_day(world.last)
    births = []
    for year in range(_FIRST_BIRTH, year_of(world.last) + 1):
        a_year = 3150 if year < 2010 else 4235 if year < 2021 else 3000
        births.append(rng.integers(day(year, 1, 1), day(year + 1, 1, 1), world.scaled(a_year)))
    born = np.concatenate(births)
    return born[born <= final]


def births_by_age(rng: np.random.Generator, age_weights: Sequence[float], on: Ints | int, count: int) -> Ints:
    """`count` days of birth of children whose ages on a day, 0, 1, 2, …, occur with the weights given."""
    weights = np.array(age_weights, dtype=np.float64)
    ages = rng.choice(len(weights), size=count, p=weights / weights.sum())
    return np.floor(on - (ages + rng.random(count)) * YEAR_DAYS).astype(np.int64)


def age_on(born: Ints, on: Ints | int) -> Ints:
    """Ages in whole years, by 365.25 days: good for choosing, a day out now and then."""
    return np.floor((on - born) / YEAR_DAYS).astype(np.int64)


def school_year(born: Ints, on: Ints) -> Ints:
    """The national curriculum year on each day: 0 for reception, 1 to 11; below 0 not yet in school."""
    return academic_year(on) - academic_year(born) - 5


def school_year_text(year: Ints) -> Texts:
    """National curriculum years as schools write them: `R` for reception, then the number."""
    return np.where(year <= 0, "R", np.char.mod("%d", np.maximum(year, 1)))
