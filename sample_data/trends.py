"""Lines through known points: what a series is expected to be in a month, before noise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from sample_data.dates import Floats, Ints, academic_year_of, month_in_year, month_of


def between(points: Iterable[tuple[str, float]], month: Ints | int) -> Floats:
    """The value in a month of a series of (month, value) points: straight lines between, level beyond the ends."""
    months, values = zip(*((month_of(at), value) for at, value in points), strict=True)
    return np.asarray(np.interp(month, months, values))


def from_august_to_august(levels: Mapping[int, float], growth_later: float, month: int) -> float:
    """The value in a month of a series known at the end of August of some years, growing evenly between and after."""
    since, last = academic_year_of(month), max(levels)
    first, second = (levels.get(year, levels[last] + growth_later * (year - last)) for year in (since, since + 1))
    return first + (second - first) * ((month_in_year(month) - 9) % 12 + 1) / 12
