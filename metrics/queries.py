"""Definitions as SQL: which rows a period sees, and how they become numbers.

Metrics that read the same rows at the same moment share one query: the mart is joined once to a table of
periods and grouped by all their breakdowns at once (grouping sets), so every cell comes from its own rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlglot
from sqlglot import exp

from metrics.definition import FINE_DIMENSIONS, Definition, Shape
from metrics.release_format import Grain

UNKNOWN: Final = "unknown"
KEYS: Final = "grain, period_start, period_end"
_AGE_BANDS: Final = ((0, 4), (5, 10), (11, 15), (16, 19), (20, 25))
_NONE: Final = "null::double"
_TOGETHER: Final = {exp.Sum: exp.Sum, exp.Count: exp.Sum, exp.Min: exp.Min, exp.Max: exp.Max}


@dataclass(frozen=True)
class Group:
    """Metrics computed by one query: the same mart, placed in periods the same way, from the same extracts.

    Where `per` names a unit (a pupil), rows are first summed for each unit and then units are counted;
    `rows` is then the condition that all its metrics put on rows.
    """

    mart: str
    placed_by: str
    begins: str | None
    ends: str | None
    extracts: tuple[str, ...]
    per: str | None
    rows: str | None
    definitions: tuple[Definition, ...]


def groups(definitions: Iterable[Definition]) -> list[Group]:
    """The definitions sorted into the queries that compute them."""
    sorted_in: dict[tuple[object, ...], list[Definition]] = {}
    for one in definitions:
        rows = one.where if one.per else None
        key = (one.mart, one.placed_by, one.begins, one.ends, one.extracts, one.per, rows)
        sorted_in.setdefault(key, []).append(one)
    return [
        Group(
            str(ones[0].mart),
            str(ones[0].placed_by),
            ones[0].begins,
            ones[0].ends,
            ones[0].extracts,
            ones[0].per,
            ones[0].where if ones[0].per else None,
            tuple(ones),
        )
        for ones in sorted_in.values()
    ]


def rounds(group: Group) -> list[tuple[list[str], list[Grain]]]:
    """The breakdowns to compute together: coarse ones (and `all`) at every grain, fine ones at theirs."""
    dimensions = sorted({name for one in group.definitions for name in one.dimensions})
    all_grains = sorted({grain for one in group.definitions for grain in one.grains})
    if group.per:
        # Every unit of every period is in memory at once: one grain after the other needs a fraction.
        return [(["all", *(name for name in dimensions if _is_told(group, name, one))], [one]) for one in all_grains]
    by_fineness: dict[bool, list[str]] = {True: [], False: []}
    is_flow = any(one.is_flow for one in group.definitions)
    for name in dimensions:
        by_fineness[is_flow and (name in FINE_DIMENSIONS or "*" in name)].append(name)
    found = [(["all", *by_fineness[False]], all_grains)]
    if by_fineness[True]:
        found.append((by_fineness[True], sorted({one.fine_grain() for one in group.definitions})))
    return found


def _is_told(group: Group, dimension: str, grain: Grain) -> bool:
    return any(grain in one.grains_of(dimension) for one in group.definitions if dimension in one.dimensions)


def cells(group: Group, columns: Mapping[str, str], dimensions: Sequence[str], grains: Sequence[Grain]) -> str:
    """Every metric's numbers (`numerator_0`, `denominator_0`, …) for each period, dimension and category."""
    rows = f"with placed as ({placed(group, columns, grains)})"
    if group.per is None:
        numbers = _numbered(group, {one.metric_id: aggregates(one) for one in group.definitions})
        return f"""{rows}, grouped as ({with_categories("placed", dimensions)})
            {by_dimension("grouped", KEYS, dimensions, numbers)}"""
    of_units = {
        f"{name}_{position}": expression
        for position, one in enumerate(group.definitions)
        for name, expression in _of_each_unit(one).items()
    }
    parts, wholes = _in_two_steps(of_units)
    told_by = "".join(f", {column}" for column in _columns_of(dimensions))
    where = f"where {group.rows}" if group.rows else ""
    units = by_dimension("grouped", f"{KEYS}, {group.per}", dimensions, _listed(wholes))
    numbers = _numbered(group, {one.metric_id: _of_units(one, n) for n, one in enumerate(group.definitions)})
    return f"""{rows},
        finest as (select {KEYS}, {group.per}{told_by}, {_listed(parts)} from placed {where} group by all),
        grouped as ({with_categories("finest", dimensions)}),
        unit as ({units})
        select {KEYS}, dimension, category, {numbers} from unit group by all"""


def placed(group: Group, columns: Mapping[str, str], grains: Sequence[Grain]) -> str:
    """The mart's rows, once for each period that sees them (RULES 2)."""
    listed = ", ".join(f"'{grain}'" for grain in grains)
    by_snapshot = "row.snapshot_date = period.period_end"
    begins, ends = group.begins, group.ends
    if group.placed_by == "snapshot":
        source, condition, anchor = "measure.period", by_snapshot, "period.period_end"
    elif group.placed_by == "as_at":
        source, anchor = "measure.period", "period.period_end"
        condition = f"{begins} <= period.period_end and ({ends} is null or {ends} > period.period_end)"
    elif group.placed_by == "spell":
        source, anchor = "measure.period", f"{begins}"
        condition = f"{begins} <= period.period_end and ({ends} is null or {ends} >= period.period_start)"
    else:
        # Periods are whole months, so a row meets its periods by its month: an equality the engine can hash.
        source, anchor = "measure.period_month", f"({group.placed_by})"
        condition = f"date_trunc('month', {anchor})::date = period.covered_month"
        condition += f" and {by_snapshot}" if "snapshot_date" in columns else ""
    age = f", {age_expression(anchor)} as age" if "birth_month" in columns else ""
    return f"""
        select row.*, period.grain, period.period_start, period.period_end, period.latest_month_end{age}
        from {group.mart} as row join {source} as period on {condition}
        where period.grain in ({listed})"""


def with_categories(source: str, dimensions: Sequence[str]) -> str:
    """The rows with one column for each breakdown: `d0`, `d1`, …, in the order of the dimensions without `all`."""
    named = [name for name in dimensions if name != "all"]
    categories = "".join(f", {dimension_expression(name)} as d{position}" for position, name in enumerate(named))
    return f"select *{categories} from {source}"


def by_dimension(source: str, keys: str, dimensions: Sequence[str], numbers: str) -> str:
    """Groups rows with categories by each dimension in turn, and says which and what in two columns."""
    named = [name for name in dimensions if name != "all"]
    sets = [f"({keys})"] if "all" in dimensions else []
    sets += [f"({keys}, d{position})" for position in range(len(named))]
    whens = " ".join(f"when grouping(d{position}) = 0 then '{name}'" for position, name in enumerate(named))
    picks = " ".join(f"when grouping(d{position}) = 0 then d{position}" for position in range(len(named)))
    dimension = f"case {whens} else 'all' end" if named else "'all'"
    category = f"case {picks} else 'all' end" if named else "'all'"
    return f"""
        select {keys}, {dimension} as dimension, {category} as category, {numbers}
        from {source}
        group by grouping sets ({", ".join(sets)})"""


def denominators(one: Definition, dimensions: Sequence[str]) -> str:
    """For a rate: what it is divided by, from the latest rows of `denominator_from` at each period's end.

    Gives `period_end`, `dimension`, `category` and `denominator`; no row for a period before the first.
    """
    where = f"where {one.denominator_where}" if one.denominator_where else ""
    return f"""
        with latest as (
            select period_end, max(snapshot_date) as snapshot_date
            from (select distinct period_end from measure.period)
            join (select distinct snapshot_date from {one.denominator_from}) on snapshot_date <= period_end
            group by period_end
        ),
        counted as (
            select period_end, row.* from {one.denominator_from} as row join latest using (snapshot_date) {where}
        ),
        grouped as ({with_categories("counted", dimensions)})
        {by_dimension("grouped", "period_end", dimensions, f"{one.denominator or 'count(*)'} as denominator")}"""


def age_expression(anchor: str) -> str:
    """Whole years at the end of the anchor's month, from the month of birth (RULES 6)."""
    return f"floor(date_diff('month', birth_month, date_trunc('month', {anchor})::date) / 12.0)::bigint"


def dimension_expression(name: str) -> str:
    """The category of a row in a dimension, as text, `unknown` where it is empty (RULES 5)."""
    if "*" in name:
        return " || '*' || ".join(dimension_expression(part) for part in name.split("*"))
    if name == "age_band":
        bands = " ".join(f"when age between {low} and {high} then '{low}-{high}'" for low, high in _AGE_BANDS)
        return f"case {bands} else '{UNKNOWN}' end"
    return f"coalesce({name}::varchar, '{UNKNOWN}')"


def _columns_of(dimensions: Iterable[str]) -> list[str]:
    """The columns that the categories of these dimensions are told by."""
    named = {part for name in dimensions if name != "all" for part in name.split("*")}
    return sorted("age" if name == "age_band" else name for name in named)


def aggregates(one: Definition) -> dict[str, str]:
    """How a group of rows becomes the metric's numbers.

    `population` decides whether a category has a row at all; `behind` and `complement` are what
    disclosure control looks at. Sums are Kahan sums (`fsum`), so that the order of rows makes no difference.
    """
    filtered = f"filter (where {one.where})" if one.where else ""
    if one.shape in (Shape.COUNT, Shape.RATE):
        counted = f"count({f'distinct {one.distinct}' if one.distinct else '*'}) {filtered}"
        return _numbers(counted, _NONE, counted, counted, counted, _NONE)
    if one.shape is Shape.SUM:
        summed, rows = f"coalesce(fsum({one.of}) {filtered}, 0)", f"count({one.of}) {filtered}"
        return _numbers(summed, _NONE, summed, rows, rows, _NONE)
    if one.shape is Shape.SHARE:
        both = f"({one.numerator}) and ({one.where})" if one.where else one.numerator
        part, whole = f"count(*) filter (where {both})", f"count(*) {filtered}"
        return _share(part, whole)
    if one.shape is Shape.RATIO_OF_SUMS:
        part, whole = (
            f"coalesce(fsum({one.numerator}) {filtered}, 0)",
            f"coalesce(fsum({one.denominator}) {filtered}, 0)",
        )
        value = f"{one.factor} * {part} / nullif({whole}, 0)"
        return _numbers(part, whole, value, f"count({one.denominator}) {filtered}", part, f"{whole} - {part}")
    rows = f"count({one.of}) {filtered}"
    if one.shape is Shape.MEAN:
        summed = f"coalesce(fsum({one.of}) {filtered}, 0)"
        return _numbers(summed, rows, f"{summed} / nullif({rows}, 0)", rows, rows, _NONE)
    function = {Shape.MEDIAN: "median", Shape.MAXIMUM: "max"}[one.shape]
    return _numbers(_NONE, rows, f"{function}({one.of}) {filtered}", rows, rows, _NONE)


def readable_sql(one: Definition, columns: Mapping[str, str]) -> str | None:
    """The query for the metric's `all` cells alone, as the definitions page shows it; None for returns."""
    if one.shape is Shape.RETURNED:
        return None
    group = groups([one])[0]
    query = f"""
        select {KEYS}, numerator_0 as numerator, denominator_0 as denominator, value_0 as value
        from ({cells(group, columns, ["all"], one.grains)}) as cells
        order by grain, period_end"""
    if one.shape is Shape.RATE:
        query = f"""
            select {KEYS}, numerator_0 as numerator, denominator, {one.factor} * numerator_0 / denominator as value
            from ({cells(group, columns, ["all"], one.grains)}) as cells
            join ({denominators(one, ["all"])}) as denominators using (period_end)
            order by grain, period_end"""
    return sqlglot.transpile(query, read="duckdb", write="duckdb", pretty=True)[0]


def _of_each_unit(one: Definition) -> dict[str, str]:
    """What is known of one unit (a pupil) in a cell, before units are counted or added up."""
    if one.shape is Shape.RATIO_OF_SUMS:
        return {"part": f"sum({one.numerator})", "whole": f"sum({one.denominator})"}
    return {"part": f"({one.denominator}) and ({one.numerator})", "whole": f"{one.denominator}"}


def _in_two_steps(expressions: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Aggregates of rows as aggregates of parts: what to add up within the finest groups, and how over them.

    A unit has far fewer finest groups than rows in each period, so every breakdown reads those. Sums,
    counts, smallest and largest can be put together so; raises `ValueError` for any other aggregate.
    """
    parts: dict[str, str] = {}

    def over_parts(node: Any) -> Any:
        if not isinstance(node, exp.AggFunc):
            return node
        if type(node) not in _TOGETHER or isinstance(node.this, exp.Distinct):
            raise ValueError(f"{node.sql('duckdb')} cannot be put together from parts")
        name = parts.setdefault(node.sql("duckdb"), f"of_rows_{len(parts)}")
        return _TOGETHER[type(node)](this=exp.column(name))

    wholes = {
        name: sqlglot.parse_one(expression, read="duckdb").transform(over_parts).sql("duckdb")
        for name, expression in expressions.items()
    }
    return {name: expression for expression, name in parts.items()}, wholes


def _listed(expressions: Mapping[str, str]) -> str:
    return ", ".join(f"{expression} as {name}" for name, expression in expressions.items())


def _of_units(one: Definition, position: int) -> dict[str, str]:
    part, whole = f"part_{position}", f"whole_{position}"
    if one.shape is Shape.RATIO_OF_SUMS:
        value = f"{one.factor} * sum({part}) / nullif(sum({whole}), 0)"
        units = f"count({whole})"
        return _numbers(f"coalesce(sum({part}), 0)", f"coalesce(sum({whole}), 0)", value, units, units, _NONE)
    return _share(f"count(*) filter (where {part})", f"count(*) filter (where {whole})")


def _share(part: str, whole: str) -> dict[str, str]:
    return _numbers(part, whole, f"100.0 * {part} / nullif({whole}, 0)", whole, part, f"{whole} - {part}")


def _numbers(
    numerator: str, denominator: str, value: str, population: str, behind: str, complement: str
) -> dict[str, str]:
    return {
        "numerator": numerator,
        "denominator": denominator,
        "value": value,
        "population": population,
        "behind": behind,
        "complement": complement,
    }


def _numbered(group: Group, numbers: Mapping[str, Mapping[str, str]]) -> str:
    return ",\n".join(
        f"{expression} as {name}_{position}"
        for position, one in enumerate(group.definitions)
        for name, expression in numbers[one.metric_id].items()
    )
