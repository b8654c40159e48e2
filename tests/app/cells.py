"""Small series for the tests of words and charts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hypothesis import strategies as st

from drawing.release import Cell, Metric, Series, Target, month_end
from metrics.release_format import Status

END = date(2025, 9, 30)
UNITS = ("count", "percent", "per_100", "weeks", "days", "hours", "gbp", "score")


def metric(unit: str = "count", direction: str = "lower_better", target: float | None = None) -> Metric:
    """A metric with everything a sentence may ask of it."""
    return Metric(
        metric_id="test_metric",
        title="Test measure",
        question="How many?",
        definition="Tests.",
        theme="ehc_plans",
        lane="computed",
        agency="education",
        extract="education/ehc_requests",
        unit=unit,
        direction=direction,
        grains=("month",),
        dimensions=("sex",),
        targets=() if target is None else (Target(target, "2014-09-01", "SEND Regulations"),),
        outcome=2,
        headline=True,
        owner="education",
        version=1,
        caveats=(),
        disclosure="default",
        behind="numerator",
        sql="",
        example=None,
    )


def cell(value: float | None, end: date = END, status: Status | None = None, **more: object) -> Cell:
    """A cell with a value, or with none and a status."""
    chosen = status or (Status.OK if value is not None else Status.NOT_AVAILABLE)
    return Cell(end.replace(day=1), end, value=value, status=chosen, **more)  # type: ignore[arg-type]


def series(
    values: Sequence[float | Status | None], unit: str = "count", grain: str = "month", **kinds: object
) -> Series:
    """A series that ends in September 2025; a status stands for a month without a number."""
    cells = []
    for place, value in enumerate(values):
        end = month_end(END, place - len(values) + 1)
        cells.append(cell(None, end, value) if isinstance(value, Status) else cell(value, end))
    return Series(metric(unit, **kinds), grain, tuple(cells))  # type: ignore[arg-type]


NO_NUMBER = st.sampled_from([Status.SUPPRESSED, Status.NOT_AVAILABLE, Status.NOT_APPLICABLE, Status.LOW])
VALUES = st.one_of(
    st.integers(0, 5000).map(float), st.floats(-1e7, 1e9, allow_nan=False, allow_infinity=False), NO_NUMBER
)
