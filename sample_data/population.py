"""How many young people live in the sample's Derby, by single year of age.

Invented but for two totals: about 88,000 aged 0 to 25, and 46,582 of school age (5 to 15) in 2025.
"""

from __future__ import annotations

from typing import Final, NamedTuple

SCHOOL_AGE_2025: Final = 46_582


class Residents(NamedTuple):
    """One row of the population table: how many people of a single age in the middle of a year."""

    year: int
    age: int
    population: int


def _by_age() -> tuple[int, ...]:
    """2025: smaller cohorts below school age, the fixed total within it, young adults leaving for elsewhere."""
    early = [2_930, 2_960, 3_010, 3_060, 3_120]
    school = [4_130, 4_170, 4_210, 4_250, 4_290, 4_310, 4_300, 4_280, 4_250, 4_210]
    later = [3_190, 3_110, 2_620, 2_560, 2_540, 2_520, 2_500, 2_480, 2_460, 2_440]
    return (*early, *school, SCHOOL_AGE_2025 - sum(school), *later)


POPULATION: Final[tuple[Residents, ...]] = tuple(
    Residents(year, age, round(people * (1 - 0.006 * (2025 - year))))
    for year in range(2022, 2026)
    for age, people in enumerate(_by_age())
)
