"""education/school_roll: the pupils on roll at the end of a month."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl

from sample_data.children import children
from sample_data.dates import Ints
from sample_data.plans import primary_needs
from sample_data.rolls import ENROLMENTS, PHASES, PROVISIONS, URNS, roll
from sample_data.world import World

_SCHOOL_YEARS: Final = ("R", *(str(year) for year in range(1, 14)))
_UNASSESSED: Final = 0.05  # of those with SEN support: no specialist assessment of the type of need
_FREE_MEALS: Final = (0.24, 0.38, 0.42)  # by SEN provision


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: one row per pupil and school."""
    known = children(world)
    rng = world.chance("school_roll answers")
    meals, assessed = rng.random(len(known)), rng.random(len(known)) >= _UNASSESSED
    need = pl.Series(primary_needs(world))

    def delivery(month: int) -> pl.DataFrame:
        now = roll(world, month)
        child, sen = now.child, now.sen
        answers = pl.DataFrame(
            {
                "school_urn": coded(URNS, now.school),
                "phase": coded(PHASES, now.phase),
                "nc_year": coded(_SCHOOL_YEARS, now.year),
                "sen_provision": coded(PROVISIONS, sen),
                "primary_need": need.gather(child),
                "free_school_meals": meals[child] < np.array(_FREE_MEALS)[sen],
                "enrolment": coded(ENROLMENTS, now.enrolment),
            }
        ).with_columns(
            pl.when(pl.Series((sen == 2) | (sen == 1) & assessed[child]))
            .then("primary_need")
            .when(pl.Series(sen == 1))
            .then(pl.lit("NSA"))
            .alias("primary_need")
        )
        return pl.concat([known.pupil(child), answers], how="horizontal")

    return delivery


def coded(words: tuple[str, ...], place: Ints) -> pl.Series:
    """The word at each place of a list."""
    return pl.Series(words).gather(place)
