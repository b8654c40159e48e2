"""education/specialist_places: places by school at the end of a month, those filled, and those planned.

About 200 places are planned in enhanced resource provision, and 200 in special schools and alternative provision.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from sample_data.dates import Ints, month_of
from sample_data.placements import placed
from sample_data.rolls import ALTERNATIVE, URNS, roll
from sample_data.schools import SCHOOLS, School
from sample_data.trends import between
from sample_data.world import World, share_out


class _Kind(NamedTuple):
    """How many schools of a phase have the type of place, the share of places filled, places planned, and openings."""

    place_type: str
    phase: str
    schools: int
    filled: tuple[tuple[str, float], ...]
    planned: tuple[tuple[str, float], ...]
    openings: tuple[str, ...]


_KINDS: Final = (
    _Kind(
        "special", "special", 6, (("2022-09", 0.98), ("2024-09", 0.96), ("2025-09", 0.94)),
        (("2022-09", 90.0), ("2024-01", 150.0), ("2025-09", 156.0)), ("2026-01", "2026-09", "2027-09"),
    ),
    _Kind(
        "alternative_provision", "alternative_provision", 3, (("2022-09", 0.8), ("2025-09", 0.78)),
        (("2022-09", 0.0), ("2024-01", 30.0), ("2025-09", 44.0)), ("2026-09",),
    ),
    _Kind(
        "erp", "primary", 14, (("2022-09", 0.88), ("2025-09", 0.85)),
        (("2022-09", 24.0), ("2024-06", 136.0), ("2025-09", 132.0)), ("2026-01", "2026-09"),
    ),
    _Kind(
        "erp", "secondary", 6, (("2022-09", 0.9), ("2025-09", 0.88)),
        (("2022-09", 0.0), ("2024-06", 64.0), ("2025-09", 72.0)), ("2026-09", "2027-09"),
    ),
    _Kind(
        "sen_unit", "primary", 4, (("2022-09", 0.97), ("2025-09", 0.96)), (("2022-09", 0.0),), (),
    ),
    _Kind(
        "sen_unit", "secondary", 2, (("2022-09", 0.93), ("2025-09", 0.95)), (("2022-09", 0.0),), (),
    ),
)  # fmt: skip
_PLANS_BEGAN: Final = month_of("2022-09")


def deliveries(world: World) -> Callable[[int], pl.DataFrame]:
    """The delivery of a month: one row per school and type of place."""

    def delivery(month: int) -> pl.DataFrame:
        return pl.concat([_places(world, month, kind) for kind in _KINDS])

    return delivery


def _places(world: World, month: int, kind: _Kind) -> pl.DataFrame:
    schools = _schools(kind)
    filled = _filled(world, month, kind, schools)
    at_september = month - (month - month_of("2022-09")) % 12  # places change with the school year
    usual = _filled(world, at_september, kind, schools) / float(between(kind.filled, at_september))
    sizes = world.chance(f"specialist_places {kind.place_type} {kind.phase}").uniform(0.7, 1.3, len(schools))
    planned = share_out(world.scaled(float(between(kind.planned, month))), sizes)
    opening = [kind.openings[at % len(kind.openings)] if kind.openings else "" for at in range(len(schools))]
    return pl.DataFrame(
        {
            "school_urn": [school.urn for school in schools],
            "school_name": [school.name for school in schools],
            "place_type": [kind.place_type] * len(schools),
            "phase": [kind.phase] * len(schools),
            "commissioned_places": np.maximum(np.round(usual), 1).astype(np.int64),
            "filled_places": filled,
            "planned_places": planned,
            "planned_opening": np.where(planned > 0, opening, ""),
        }
    ).with_columns(pl.col("planned_opening").replace("", None))


def _schools(kind: _Kind) -> list[School]:
    """Special schools and units as they are; of the mainstream schools every so many-th."""
    phase = kind.phase
    those = [s for s in SCHOOLS if s.phase == phase and s.placement_type != "independent_special" and not s.closed]
    step = len(those) // kind.schools
    offset = 2 if kind.place_type == "sen_unit" else 0
    return [those[at * step + offset * (step > 2)] for at in range(kind.schools)]


def _filled(world: World, month: int, kind: _Kind, schools: list[School]) -> Ints:
    """Places filled: at special schools and units those on roll, in mainstream the plans placed, shared out."""
    if kind.place_type == "alternative_provision":
        now = roll(world, month)
        there = now.school[now.phase == ALTERNATIVE]
        return np.array([int((there == URNS.index(school.urn)).sum()) for school in schools])
    placements = placed(world, month)
    if kind.place_type == "special":
        there_are = placements.urn[placements.kind == "state_special"]
        return np.array([int((there_are == school.urn).sum()) for school in schools])
    in_phase = {school.urn for school in SCHOOLS if school.phase == kind.phase}
    count = sum(urn in in_phase for urn in placements.urn[placements.kind == kind.place_type].tolist())
    sizes = world.chance(f"specialist_places {kind.place_type} {kind.phase} filled").uniform(0.75, 1.25, len(schools))
    return share_out(count, sizes)
