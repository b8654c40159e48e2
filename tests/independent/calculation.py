"""Every figure worked out a second time, in plain lists of rows, to check those the product publishes.

Nothing here is shared with the product: no SQL, no data frames, no definition files. Each metric is written
down again from its description (`metrics_of_*`, `returned`), and each rule about periods, ages, categories and
missing data is a small function (`periods`, `held`, `metric`). Slow and obvious on purpose.

`calculate` turns accepted deliveries into the cells of `metric_value` before protection, `protect` hides the
small numbers in them, and `compare` says in words where two sets of cells differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from tests.independent import cells, metrics_of_health_and_care, metrics_of_plans, metrics_of_schools
from tests.independent.cells import Cell, a_cell, protect
from tests.independent.held import Delivery, Held, release_month
from tests.independent.metric import Clock, Metric, has_dimension, placing_day
from tests.independent.names import HISTORY, KIND
from tests.independent.periods import Row, category_of, last_day, months_between, period_start
from tests.independent.returned import returned_cells

__all__ = ["METRICS", "METRIC_BY_ID", "Cell", "Delivery", "calculate", "compare", "protect"]

METRICS = (*metrics_of_schools.METRICS, *metrics_of_plans.METRICS, *metrics_of_health_and_care.METRICS)
METRIC_BY_ID = {metric.metric_id: metric for metric in METRICS}


def calculate(deliveries: Iterable[Delivery], population: Sequence[Row] = (), quorum: int = 1) -> list[Cell]:
    """Every cell of `metric_value` before protection, for the metrics whose extracts were delivered.

    `population` has rows of `year`, `age` and `population`. A cell also carries `looked_at`: the numbers of
    people disclosure control looks at.
    """
    held = Held(deliveries)
    release = release_month(held, quorum)
    if release is None:
        return []
    computed = [cell for metric in METRICS for cell in _cells_of_metric(metric, held, release, population)]
    return [*computed, *returned_cells(held, release, METRIC_BY_ID)]


def compare(expected: Iterable[Cell], actual: Iterable[Cell]) -> list[str]:
    return cells.compare(expected, actual, METRIC_BY_ID)


def _cells_of_metric(metric: Metric, held: Held, release: str, population: Sequence[Row]) -> Iterable[Cell]:
    months = held.delivered_months(metric.extract)
    if not months:
        return
    for month in months_between(months[0], release):
        rows = metric.view(held, month, population) if metric.view else held.rows_for(metric.extract, month)
        people = metric.people(held, month, population) if metric.people else []
        for grain in metric.grains:
            start = period_start(grain, month)
            if rows is None or people is None or _begins_too_early(metric, held, grain, start):
                yield a_cell(metric.metric_id, grain, month, "all", "all", None)
            else:
                clock = Clock(start, last_day(month), last_day(months[-1]))
                yield from _cells_of_period(metric, grain, month, rows, people, clock)


def _begins_too_early(metric: Metric, held: Held, grain: str, start: date) -> bool:
    """A year to date or rolling period that begins before the history it is made from."""
    return KIND[metric.extract] == HISTORY and grain != "month" and start < held.history_begins(metric.extract)


def _cells_of_period(
    metric: Metric, grain: str, month: str, rows: Sequence[Row], people: Sequence[Row], clock: Clock
) -> Iterable[Cell]:
    inside = [row for row in rows if _is_placed(metric, row, clock) and metric.rows(row, clock)]

    def cell(dimension: str, category: str, members: list[Row], others: Sequence[Row]) -> Cell:
        number = metric.rule.work_out(members, clock, sum(int(other.get("population", 1)) for other in others))
        if metric.public:
            number["looked_at"] = ()
        return a_cell(metric.metric_id, grain, month, dimension, category, number)

    yield cell("all", "all", inside, people)
    for dimension in metric.dimensions:
        if has_dimension(metric, dimension, grain):
            members, others = _grouped(metric, inside, dimension, clock), _grouped(metric, people, dimension, clock)
            for category in sorted(members.keys() | others.keys()):
                yield cell(dimension, category, members.get(category, []), others.get(category, []))


def _is_placed(metric: Metric, row: Row, clock: Clock) -> bool:
    if metric.placed_by is None:
        return True
    day = placing_day(row, metric.placed_by)
    return day is not None and clock.start <= day <= clock.close


def _grouped(metric: Metric, rows: Sequence[Row], dimension: str, clock: Clock) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        placed = placing_day(row, metric.placed_by) if metric.placed_by else None
        groups.setdefault(category_of(row, dimension, placed or clock.close), []).append(row)
    return groups
