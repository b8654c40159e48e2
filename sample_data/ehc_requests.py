"""education/ehc_requests: the history of requests, each month as known at its end."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl

from sample_data.assessments import Requests, requests
from sample_data.children import Children, children, school_year
from sample_data.dates import Flags, Texts, academic_year, last_day
from sample_data.identifiers import case_ids
from sample_data.plans import primary_needs
from sample_data.world import World, pick

_SOURCES: Final = {"1": 45, "2": 47, "3": 3.5, "4": 3.2, "5": 1.3}
_OFFERED: Final = 0.94  # moving-forward-together meetings, of the refusals to assess
_TAKEN_UP: Final = 0.47  # of those offered: a little under half


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: every request received by its end, later outcomes still awaited."""
    frame = whole_courses(world)
    return lambda month: _as_known(frame, last_day(month))


def request_ids(world: World) -> Texts:
    """The number of every request, in the order of `requests`."""
    return case_ids("R", len(requests(world).received))


@lru_cache(maxsize=1)
def whole_courses(world: World) -> pl.DataFrame:
    """One row per request with its course to the end, in the order of `requests`, days as whole numbers."""
    rng = world.chance("ehc_requests answers")
    known, everything = children(world), requests(world)
    count = len(everything.received)
    refused = everything.decision == "N"
    offered, taken_up = _meetings(rng, everything)
    answers = pl.DataFrame(
        {
            "phase": _phases(rng, known, everything),
            "primary_need": primary_needs(world)[everything.child],
            "request_source": pick(rng, _SOURCES, count),
            "received_date": everything.received,
            "decision": everything.decision,
            "decided": everything.decided,
            "finish": everything.finish,
            "finished": everything.finished,
            "exception_applies": _exceptions(rng, everything),
            "named_placement": everything.named_placement,
            "mediation": refused & (rng.random(count) < 0.16),
            "tribunal": refused & (rng.random(count) < 0.07),
            "moving_forward_offered": offered,
            "moving_forward_taken_up": taken_up,
        }
    )
    person = known.person("education", everything.child, everything.received)
    return pl.concat([pl.DataFrame({"request_id": request_ids(world)}), person, answers], how="horizontal")


def _as_known(frame: pl.DataFrame, today: int) -> pl.DataFrame:
    decided, finished = pl.col("decided") <= today, pl.col("finished") <= today
    outcome = pl.when(decided).then("decision").otherwise(pl.lit("A"))
    assessed = outcome == "Y"
    final = pl.when(assessed & finished).then("finish").when(assessed).then(pl.lit("A"))
    answers = ("mediation", "tribunal", "moving_forward_offered", "moving_forward_taken_up")
    return frame.filter(pl.col("received_date") <= today).select(
        pl.col("request_id", "child_id", "upn", "nhs_number", "date_of_birth", "sex", "ethnicity", "ward"),
        pl.col("phase", "primary_need", "request_source"),
        _date("received_date"),
        outcome.alias("request_outcome"),
        pl.when(outcome.is_in(["Y", "N"])).then(_date("decided")).alias("request_outcome_date"),
        final.alias("assessment_outcome"),
        pl.when(final.is_in(["Y", "N"])).then(_date("finished")).alias("assessment_outcome_date"),
        pl.col("exception_applies"),
        pl.when(final == "Y").then("named_placement").alias("named_placement"),
        *(pl.when(decided).then(answer).alias(answer) for answer in answers),
    )


def _date(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Int32).cast(pl.Date)


def _phases(rng: np.random.Generator, known: Children, everything: Requests) -> Texts:
    year = school_year(known.born[everything.child], everything.received)
    phase = np.select(
        [year < 0, year == 0, year <= 6, year <= 11], ["early_years", "reception", "primary", "secondary"], "post_16"
    )
    rare = pick(rng, {"": 97.3, "alternative_provision": 1.7, "special": 1.0}, len(phase))
    return np.where((rare != "") & (year > 0) & (year <= 11), rare, phase)


def _exceptions(rng: np.random.Generator, everything: Requests) -> Flags:
    """Lawful exceptions to the 20 weeks: one late case in twenty, one other in fifty."""
    late = everything.finished - everything.received > 140
    return rng.random(len(late)) < np.where(late, 0.05, 0.02)


def _meetings(rng: np.random.Generator, everything: Requests) -> tuple[Flags, Flags]:
    """Moving-forward-together meetings offered after a refusal to assess, and those taken up, by academic year."""
    offered, taken_up = np.zeros((2, len(everything.received)), dtype=np.bool_)
    refused = np.flatnonzero(everything.decision == "N")
    year = academic_year(everything.decided[refused])
    for each in np.unique(year):
        those = rng.permutation(refused[year == each])
        invited = round(len(those) * _OFFERED)
        offered[those[:invited]] = True
        taken_up[those[: round(invited * _TAKEN_UP)]] = True
    return offered, taken_up
