"""Cells of `metric_value`: made, protected, and compared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from tests.independent.metric import Metric, Numbers, has_dimension
from tests.independent.periods import last_day, month_of, period_start

Cell = dict[str, Any]
Key = tuple[str, str, date, str, str]


def a_cell(metric_id: str, grain: str, month: str, dimension: str, category: str, number: Numbers | None) -> Cell:
    """One row of `metric_value`; without a number it is one that is not available."""
    missing = {"numerator": None, "denominator": None, "value": None, "status": "x", "looked_at": ()}
    return {
        "metric_id": metric_id,
        "grain": grain,
        "period_start": period_start(grain, month),
        "period_end": last_day(month),
        "dimension": dimension,
        "category": category,
        **(missing if number is None else number),
        "is_provisional": False,
    }


def protect(cells: Iterable[Cell], below: int = 5) -> list[Cell]:
    """Primary suppression: a number of people from 1 up to `below`, exclusive, hides its cell. Zero is shown."""
    return [_hide(cell, below) if _is_unsafe(cell, below) else cell for cell in cells]


def _is_unsafe(cell: Cell, below: int) -> bool:
    if cell["status"] == "z":  # events of a category without pupils: no rate, but a count of them
        return bool(cell["looked_at"]) and 0 < (cell["numerator"] or 0) < below
    return cell["status"] == "ok" and any(0 < number < below for number in cell["looked_at"])


def _hide(cell: Cell, below: int) -> Cell:
    denominator = cell["denominator"]
    if denominator is not None and 0 < denominator < below:
        denominator = None
    return {**cell, "status": "c", "numerator": None, "value": None, "denominator": denominator}


def compare(expected: Iterable[Cell], actual: Iterable[Cell], metrics: Mapping[str, Metric]) -> list[str]:
    """One sentence per difference: cells missing, cells too many, and other numbers. Empty when they agree.

    A zero row for a category in which nothing falls is allowed, where the metric has that breakdown.
    """
    differences = []
    wanted = {key_of(cell): cell for cell in expected}
    found: dict[Key, Cell] = {}
    for cell in actual:
        if key_of(cell) in found:
            differences.append(f"{_address(cell)}: there twice")
        found[key_of(cell)] = cell
    for key, cell in wanted.items():
        if key not in found:
            differences.append(f"{_address(cell)}: missing, expected {_in_words(cell)}")
            continue
        unlike = _unlike(cell, found[key])
        if unlike:
            differences.append(
                f"{_address(cell)}: {', '.join(unlike)}: expected {_in_words(cell)}, found {_in_words(found[key])}"
            )
    for key, cell in found.items():
        if key not in wanted and not _is_harmless_zero(cell, wanted, metrics):
            differences.append(f"{_address(cell)}: too many, found {_in_words(cell)}")
    return sorted(differences)


def key_of(cell: Cell) -> Key:
    return (cell["metric_id"], cell["grain"], cell["period_end"], cell["dimension"], cell["category"])


def _address(cell: Cell) -> str:
    return f"{cell['metric_id']} {cell['grain']} {month_of(cell['period_end'])} {cell['dimension']}={cell['category']}"


def _in_words(cell: Cell) -> str:
    return f"{cell['numerator']}/{cell['denominator']} = {cell['value']} ({cell['status']})"


def _same_number(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def _unlike(expected: Cell, actual: Cell) -> list[str]:
    """The columns in which two cells differ. Without a denominator the numerator may be 0 or empty."""
    columns = [
        column for column in ("numerator", "denominator", "value") if not _same_number(expected[column], actual[column])
    ]
    if expected["status"] == "z" and actual["status"] == "z" and not actual["numerator"] and not expected["numerator"]:
        columns = [column for column in columns if column != "numerator"]
    exact = ["period_start", "status"] + (["is_provisional"] if "is_provisional" in actual else [])
    return columns + [column for column in exact if expected[column] != actual[column]]


def _is_harmless_zero(cell: Cell, wanted: dict[Key, Cell], metrics: Mapping[str, Metric]) -> bool:
    metric = metrics.get(cell["metric_id"])
    if metric is None or not has_dimension(metric, cell["dimension"], cell["grain"]):
        return False
    whole = wanted.get((cell["metric_id"], cell["grain"], cell["period_end"], "all", "all"))
    if whole is None or whole["status"] == "x":
        return False
    nothing = not cell["numerator"] and not cell["denominator"] and not cell["value"]
    return nothing and cell["status"] == ("ok" if metric.rule.kind in ("count", "sum") else "z")
