"""Children and everything that happens to them, drawn once; each month's files are views of it.

Nobody in here exists: UPNs are made up with valid check letters, NHS numbers lie in the range kept for tests.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.independent.columns import ETHNICITIES, WARDS_OUTSIDE
from tests.independent.identifiers import Numbers
from tests.independent.periods import WARDS, Row, first_day, last_day, month_of, months_later

ALWAYS = "0000-00"


@dataclass
class Item:
    """One row's life: what is true of it from which month on, and when senders stop sending it."""

    truths: list[tuple[str, Row]]
    gone_from: str | None = None

    def at(self, month: str) -> Row | None:
        if self.gone_from is not None and self.gone_from <= month:
            return None
        told = [row for since, row in self.truths if since <= month]
        return told[-1] if told else None


class World:
    """The children, and the dice: what happens to them is drawn by the modules called `lives_*`."""

    def __init__(self, months: Sequence[str], seed: int, children: int) -> None:
        self.rng = random.Random(f"strangers {seed}")
        self.months = list(months)
        self.numbers = Numbers(self.rng)
        self.first, self.last = first_day(months[0]), last_day(months[-1])
        self.edges = self._edges()
        self.children = [self._child() for _ in range(children)]
        self.items: dict[str, list[Item]] = {}

    # -- dates

    def _edges(self) -> list[date]:
        """Days on which something begins or ends, and some that are just there."""
        edges = []
        for year in range(self.first.year - 2, self.last.year + 1):
            for month, day in ((1, 1), (3, 31), (4, 1), (8, 31), (9, 1), (12, 31), (2, 28)):
                edges.append(date(year, month, day))
            if year % 4 == 0:
                edges.append(date(year, 2, 29))
        return edges

    def months_ago(self, count: int) -> date:
        """The first day of the month so many before the first."""
        return first_day(months_later(self.months[0], -count))

    def day(self, earliest: date, latest: date) -> date:
        """Some day in between; one in eight is an edge."""
        near = [edge for edge in self.edges if earliest <= edge <= latest]
        if near and self.rng.random() < 0.125:
            return self.rng.choice(near)
        return earliest + timedelta(days=self.rng.randrange((latest - earliest).days + 1))

    def later(self, day: date, *days: int) -> date:
        """A day so many later, one of the counts given; or, one time in eight, the last day of that month."""
        after = day + timedelta(days=self.rng.choice(days))
        return last_day(month_of(after)) if self.rng.random() < 0.125 else after

    def maybe(self, value: Any, likely: float) -> Any:
        return value if self.rng.random() < likely else None

    # -- people

    def _child(self) -> Row:
        rng = self.rng
        born = self.first - timedelta(days=rng.randrange(60, int(25.9 * 365.25)))
        if rng.random() < 0.04:
            leap_years = [year for year in range(born.year - 4, born.year) if year % 4 == 0]
            born = max(date(leap_years[-1], 2, 29), self.first - timedelta(days=int(25.8 * 365.25)))
        elif rng.random() < 0.06:
            born = last_day(month_of(born)) if last_day(month_of(born)) < self.first else born
        upn = self.maybe(self.numbers.upn(temporary=rng.random() < 0.08), 0.92)
        nhs_number = self.maybe(self.numbers.nhs_number(), 0.92)
        other_upn = self.numbers.upn(temporary=True) if rng.random() < 0.12 else upn
        ward = rng.choice(WARDS_OUTSIDE) if rng.random() < 0.05 else rng.choice(WARDS)
        common = {
            "date_of_birth": born,
            "sex": rng.choices("MFU", (55, 42, 3))[0],
            "ethnicity": self.maybe(rng.choice(ETHNICITIES), 0.93),
            "ward": self.maybe(ward, 0.94),
        }
        education = {"child_id": self.numbers.text("SEN-"), "upn": self.maybe(upn, 0.85)}
        education["nhs_number"] = self.maybe(nhs_number, 0.25)
        health = {"child_id": self.numbers.text("hx"), "upn": self.maybe(upn, 0.15)}
        health["nhs_number"] = self.maybe(nhs_number, 0.9)
        care = {"child_id": self.numbers.text("7"), "upn": self.maybe(other_upn, 0.7)}
        care["nhs_number"] = self.maybe(nhs_number, 0.6)
        return {
            "born": born,
            "upn": upn,
            "common": common,
            "education": {**education, **common},
            "health": {**health, **common},
            "care": {**care, **common},
        }

    def someone(self, on: date, youngest: float = 0.0, oldest: float = 25.9) -> Row:
        """A child whose age on the day lies between the two, in years."""
        while True:
            child = self.rng.choice(self.children)
            years = (on - child["born"]).days / 365.25
            if max(youngest, 0.003) <= years <= oldest:
                return child

    def pupils(self, youngest: float, oldest: float) -> list[Row]:
        """Children with a UPN whose age on the first day lies between the two, in years."""
        return [
            child
            for child in self.children
            if child["upn"] is not None and youngest <= (self.first - child["born"]).days / 365.25 <= oldest
        ]
