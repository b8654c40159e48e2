"""Figures as rows: what a table on a page shows, and what its reader can take away as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from drawing.labels import category_label
from drawing.release import Cell, Metric, Series
from drawing.sentences import IN_WORDS, shown
from drawing.wording import figure, period
from metrics.release_format import Status

CSV_COLUMNS = (
    "release_id", "metric_id", "title", "unit", "grain", "period_start", "period_end", "dimension", "category",
    "category_name", "numerator", "denominator", "value", "status", "is_provisional", "is_revised",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def over_time(series: Series) -> list[tuple[str, ...]]:
    """A row for each period, newest first: period, figure, numerator, denominator, remarks."""
    metric = series.metric
    return [
        (period(series.grain, c.period_start, c.period_end), shown(c, metric.unit), *_parts(c, metric), remarks(c))
        for c in reversed(series.cells)
    ]


def by_category(cells: Sequence[Cell], dimension: str, metric: Metric) -> list[tuple[str, ...]]:
    """A row for each category: name, figure, numerator, denominator, remarks."""
    return [
        (category_label(dimension, c.category), shown(c, metric.unit), *_parts(c, metric), remarks(c)) for c in cells
    ]


def has_parts(cells: Sequence[Cell], unit: str) -> bool:
    """Whether numerators and denominators say more than the figure itself."""
    return unit != "count" and any(c.denominator is not None for c in cells)


def _parts(cell: Cell, metric: Metric) -> tuple[str, ...]:
    def part(value: float | None) -> str:
        return "" if value is None else figure(value, "gbp" if metric.unit == "gbp" else "count")

    bottom = "" if cell.denominator is None else figure(cell.denominator, "count")
    return part(cell.numerator), bottom


def remarks(cell: Cell) -> str:
    """What must be known about one figure: why it is missing, whether it may still change."""
    words = [] if cell.status is Status.OK else [IN_WORDS[cell.status]]
    words += ["Provisional"] if cell.is_provisional and cell.number is not None else []
    words += ["Revised"] if cell.is_revised else []
    return ", ".join(words[:1] + [w.lower() for w in words[1:]])


def as_csv(release_id: str, metric: Metric, grain: str, dimension: str, cells: Sequence[Cell]) -> str:
    """The protected cells shown, unrounded, one row each, with a header; for a spreadsheet."""
    return written(CSV_COLUMNS, (
        (
            release_id, metric.metric_id, metric.title, metric.unit, grain, c.period_start, c.period_end, dimension,
            c.category, category_label(dimension, c.category), c.numerator, c.denominator, c.value, c.status.value,
            str(c.is_provisional).lower(), str(c.is_revised).lower(),
        )
        for c in cells
    ))  # fmt: skip


def written(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV with a header, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_safe(value) for value in row] for row in rows)
    return out.getvalue()


def _safe(value: object) -> object:
    """Text that a spreadsheet would run as a formula is kept as text; numbers stay numbers, whole ones without `.0`."""
    if isinstance(value, float):
        return int(value) if value == int(value) else value
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return "" if value is None else value
