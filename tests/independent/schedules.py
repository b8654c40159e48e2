"""What is sent when: the month in which each extract begins, and those left out, refused, or sent twice."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.independent.columns import COLUMNS
from tests.independent.names import (
    ADVICE,
    ALTERNATIVE,
    ATTENDANCE,
    BREAKS,
    CARE_RETURN,
    CASES,
    COMMUNITY,
    COMPLEX,
    COSTS,
    DISPUTES,
    EARLY_YEARS,
    EDUCATION_RETURN,
    EXCLUSIONS,
    HEALTH_RETURN,
    HOME,
    MISSING,
    ND,
    PARTNERSHIP_RETURN,
    PLACES,
    PLANS,
    POST16,
    REQUESTS,
    REVIEWS,
    ROLL,
    THERAPY,
    TIMETABLES,
    YOUTH_JUSTICE,
)


@dataclass(frozen=True)
class Schedule:
    """By number of the month; an extract that does not start is never sent."""

    starts: dict[str, int]
    absent: dict[str, int]
    rejected: dict[str, tuple[int, str]]  # and the required column that is not in the file
    twice: dict[str, int]

    def without(self, extracts: Sequence[str]) -> Schedule:
        """The same, but that some extracts are never sent."""
        starts = {extract: start for extract, start in self.starts.items() if extract not in extracts}
        return Schedule(starts, self.absent, self.rejected, self.twice)

    def is_sent(self, extract: str, number: int) -> bool:
        start = self.starts.get(extract)
        return start is not None and number >= start and number != self.absent.get(extract)

    def begins(self, extract: str) -> int | None:
        """The first month of which a file ought to be accepted; None when there is none."""
        refused_in, _ = self.rejected.get(extract, (None, ""))
        numbers = (number for number in range(100) if number != refused_in and self.is_sent(extract, number))
        return next(numbers, None)


AS_PLANNED = Schedule(
    starts={
        REQUESTS: 0, EXCLUSIONS: 1, HOME: 0, PLANS: 1, CASES: 0, POST16: 2, ND: 3, REVIEWS: 1, ROLL: 2, ATTENDANCE: 2,
        TIMETABLES: 0, MISSING: 1, ALTERNATIVE: 0, COSTS: 2, PLACES: 1, DISPUTES: 0, EARLY_YEARS: 0, COMMUNITY: 2,
        ADVICE: 1, COMPLEX: 0, BREAKS: 0, THERAPY: 2, YOUTH_JUSTICE: 1, HEALTH_RETURN: 0, EDUCATION_RETURN: 0,
        CARE_RETURN: 0, PARTNERSHIP_RETURN: 1,
    },
    absent={
        REQUESTS: 4, EXCLUSIONS: 6, HOME: 5, PLANS: 7, CASES: 9, ND: 8, REVIEWS: 5, ROLL: 5, ATTENDANCE: 6, BREAKS: 7,
        COSTS: 7, PLACES: 3, COMMUNITY: 8, ADVICE: 8, THERAPY: 4, YOUTH_JUSTICE: 6, HEALTH_RETURN: 4,
        EDUCATION_RETURN: 6, CARE_RETURN: 5, PARTNERSHIP_RETURN: 9,
    },
    rejected={POST16: (6, "activity_code"), ROLL: (8, "enrolment")},
    twice={CASES: 5, ROLL: 9},
)  # fmt: skip


def drawn(rng: random.Random, months: int) -> Schedule:
    """One at random: extracts that begin late or with a refused file, with gaps, and with corrections at once."""
    starts, absent, rejected, twice = {}, {}, {}, {}
    for extract in AS_PLANNED.starts:
        start = starts[extract] = rng.choice((0, 0, 1, 2, 3, 5))
        if rng.random() < 0.6:
            absent[extract] = rng.randrange(start + 1, months - 1)
        if rng.random() < 0.25:
            required = [column for column, kind in COLUMNS[extract].items() if kind.endswith("!")]
            rejected[extract] = (rng.choice((start, start + 1, months - 3, months - 1)), rng.choice(required))
        if rng.random() < 0.25:
            twice[extract] = rng.randrange(start, months)
    return Schedule(starts, absent, rejected, twice)
