"""Stop 5, measure: definitions become numerators, denominators and values.

Metrics that read the same rows at the same moment are computed together: the mart is joined once to a
table of periods and grouped by all their breakdowns at once (grouping sets). Every cell comes from its
own rows, so medians, maxima and distinct children are right at every grain; nothing is averaged twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import duckdb
import polars as pl
import sqlglot

from metrics.definition import FINE_DIMENSIONS, Definition, Shape
from metrics.periods import Availability, Coverage, Period, availability, month_end, period
from metrics.release_format import Grain

UNKNOWN: Final = "unknown"
_AGE_BANDS: Final = ((0, 4), (5, 10), (11, 15), (16, 19), (20, 25))
_CREATE: Final = """
    create or replace table measure.metric_value (
        metric_id varchar, grain varchar, period_start date, period_end date, dimension varchar, category varchar,
        numerator double, denominator double, value double, status varchar,
        is_provisional boolean, is_revised boolean, behind double, behind_complement double
    )"""


@dataclass(frozen=True)
class Group:
    """Metrics computed by one query: the same mart, placed in periods the same way, from the same extracts."""

    mart: str
    placed_by: str
    begins: str | None
    ends: str | None
    extracts: tuple[str, ...]
    definitions: tuple[Definition, ...]


def measure(
    connection: duckdb.DuckDBPyConnection,
    definitions: Iterable[Definition],
    coverage: Mapping[str, Coverage],
    release_month: date,
) -> None:
    """Fills `measure.metric_value` on the connection from its marts, before any protection.

    `coverage` says by extract id what has been accepted, `release_month` is the first day of the
    release's month. One row per metric, grain, period, dimension and category; which rows there
    are, and with which status, follows RULES 1 to 5. `behind` is the count of children (or rows) that
    disclosure control looks at, `behind_complement` for shares those in the denominator alone.
    """
    connection.execute(_CREATE)
    everything = list(definitions)
    for group in groups(one for one in everything if one.shape is not Shape.RETURNED):
        _measure_group(connection, group, coverage, release_month)
    returned = [one for one in everything if one.shape is Shape.RETURNED]
    _measure_returned(connection, everything, returned, coverage, release_month)


def groups(definitions: Iterable[Definition]) -> list[Group]:
    """The definitions sorted into the queries that compute them."""
    sorted_in: dict[tuple[object, ...], list[Definition]] = {}
    for one in definitions:
        key = (one.mart, one.placed_by, one.begins, one.ends, one.extracts)
        sorted_in.setdefault(key, []).append(one)
    return [
        Group(str(ones[0].mart), str(ones[0].placed_by), ones[0].begins, ones[0].ends, ones[0].extracts, tuple(ones))
        for ones in sorted_in.values()
    ]


def _measure_group(
    connection: duckdb.DuckDBPyConnection, group: Group, coverage: Mapping[str, Coverage], release_month: date
) -> None:
    where = {one.metric_id: availability(one, coverage, release_month) for one in group.definitions}
    periods = sorted({one for found in where.values() for one in found.computed}, key=lambda one: (one.grain, one.end))
    columns = _columns(connection, group.mart)
    is_provisional = group.extracts[0] in coverage and coverage[group.extracts[0]].is_provisional
    last = coverage[group.extracts[0]].last if group.extracts[0] in coverage else None
    if periods and last:
        _register_periods(connection, periods, latest_month_end=month_end(last))
        for dimensions, grains in _rounds(group):
            connection.execute("create or replace temp table cells as " + _cells(group, columns, dimensions, grains))
            for one in group.definitions:
                _insert_cells(connection, group, one, dimensions, grains)
    _insert_all(connection, group.definitions, where)
    if is_provisional:
        ids = [one.metric_id for one in group.definitions]
        connection.execute("update measure.metric_value set is_provisional = true where metric_id in $1", [ids])


def _rounds(group: Group) -> list[tuple[list[str], list[Grain]]]:
    """The breakdowns to compute together: coarse ones (and `all`) at every grain, fine ones at theirs."""
    dimensions = sorted({name for one in group.definitions for name in one.dimensions})
    by_grains: dict[bool, list[str]] = {True: [], False: []}
    is_flow = any(one.is_flow for one in group.definitions)
    for name in dimensions:
        by_grains[is_flow and (name in FINE_DIMENSIONS or "*" in name)].append(name)
    all_grains = sorted({grain for one in group.definitions for grain in one.grains})
    rounds = [(["all", *by_grains[False]], all_grains)]
    if by_grains[True]:
        rounds.append((by_grains[True], sorted({one.fine_grain() for one in group.definitions})))
    return rounds


def _cells(group: Group, columns: Mapping[str, str], dimensions: Sequence[str], grains: Sequence[Grain]) -> str:
    named = [name for name in dimensions if name != "all"]
    categories = ", ".join(f"{dimension_expression(name)} as d{position}" for position, name in enumerate(named))
    keys = "grain, period_start, period_end"
    sets = [f"({keys})"] if "all" in dimensions else []
    sets += [f"({keys}, d{position})" for position in range(len(named))]
    whens = " ".join(f"when grouping(d{position}) = 0 then '{name}'" for position, name in enumerate(named))
    picks = " ".join(f"when grouping(d{position}) = 0 then d{position}" for position in range(len(named)))
    dimension = f"case {whens} else 'all' end" if named else "'all'"
    category = f"case {picks} else 'all' end" if named else "'all'"
    numbers = ",\n".join(
        f"{expression} as {name}_{position}"
        for position, one in enumerate(group.definitions)
        for name, expression in aggregates(one).items()
    )
    return f"""
    with placed as ({placed(group, columns, grains)}),
    grouped as (select *{"," if categories else ""} {categories} from placed)
    select {keys}, {dimension} as dimension, {category} as category,
    {numbers}
    from grouped
    group by grouping sets ({", ".join(sets)})"""


def placed(group: Group, columns: Mapping[str, str], grains: Sequence[Grain]) -> str:
    """The mart's rows, once for each period that sees them (RULES 2)."""
    listed = ", ".join(f"'{grain}'" for grain in grains)
    by_snapshot = "row.snapshot_date = period.period_end"
    if group.placed_by == "snapshot":
        source, condition, anchor = "measure.period", by_snapshot, "period.period_end"
    elif group.placed_by == "as_at":
        source, anchor = "measure.period", "period.period_end"
        condition = (
            f"{group.begins} <= period.period_end and ({group.ends} is null or {group.ends} > period.period_end)"
        )
    elif group.placed_by == "spell":
        source, anchor = "measure.period", f"{group.begins}"
        condition = (
            f"{group.begins} <= period.period_end and ({group.ends} is null or {group.ends} >= period.period_start)"
        )
    else:
        # Periods are whole months, so a row meets its periods by its month: an equality the engine can hash.
        source, anchor = "measure.period_month", f"{group.placed_by}"
        condition = f"date_trunc('month', {group.placed_by})::date = period.month"
        condition += f" and {by_snapshot}" if "snapshot_date" in columns else ""
    age = f", {age_expression(anchor)} as age" if "birth_month" in columns else ""
    return f"""
        select row.*, period.grain, period.period_start, period.period_end, period.latest_month_end{age}
        from {group.mart} as row join {source} as period on {condition}
        where period.grain in ({listed})"""


def age_expression(anchor: str) -> str:
    """Whole years at the end of the anchor's month, from the month of birth (RULES 6)."""
    return f"date_diff('month', birth_month, date_trunc('month', {anchor})::date) // 12"


def dimension_expression(name: str) -> str:
    """The category of a row in a dimension, as text, `unknown` where it is empty (RULES 5)."""
    if "*" in name:
        return " || '*' || ".join(dimension_expression(part) for part in name.split("*"))
    if name == "age_band":
        bands = " ".join(f"when age between {low} and {high} then '{low}-{high}'" for low, high in _AGE_BANDS)
        return f"case {bands} else '{UNKNOWN}' end"
    return f"coalesce({name}::varchar, '{UNKNOWN}')"


def aggregates(one: Definition) -> dict[str, str]:
    """How a group of rows becomes the metric's numbers.

    `population` decides whether a category has a row at all; `behind` and `complement` are what
    disclosure control looks at.
    """
    filtered = f"filter (where {one.where})" if one.where else ""
    none = "null::double"
    if one.shape is Shape.COUNT:
        counted = f"count({f'distinct {one.distinct}' if one.distinct else '*'}) {filtered}"
        return _numbers(counted, none, counted, counted, counted, none)
    if one.shape is Shape.SUM:
        summed, rows = f"coalesce(sum({one.of}) {filtered}, 0)", f"count({one.of}) {filtered}"
        return _numbers(summed, none, summed, rows, rows, none)
    if one.shape is Shape.SHARE:
        both = f"({one.numerator}) and ({one.where})" if one.where else one.numerator
        part, whole = f"count(*) filter (where {both})", f"count(*) {filtered}"
        return _numbers(part, whole, f"100.0 * {part} / nullif({whole}, 0)", whole, part, f"{whole} - {part}")
    if one.shape is Shape.RATIO_OF_SUMS:
        part, whole = f"coalesce(sum({one.numerator}) {filtered}, 0)", f"coalesce(sum({one.denominator}) {filtered}, 0)"
        rows = f"count({one.denominator}) {filtered}"
        return _numbers(part, whole, f"{_factor(one)} * {part} / nullif({whole}, 0)", rows, rows, none)
    rows = f"count({one.of}) {filtered}"
    if one.shape is Shape.MEAN:
        summed = f"coalesce(sum({one.of}) {filtered}, 0)"
        return _numbers(summed, rows, f"{summed} / nullif({rows}, 0)", rows, rows, none)
    function = {Shape.MEDIAN: "median", Shape.MAXIMUM: "max"}[one.shape]
    return _numbers(none, rows, f"{function}({one.of}) {filtered}", rows, rows, none)


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


def _factor(one: Definition) -> str:
    return "100.0" if one.unit in ("percent", "per_100") else "1.0"


def _insert_cells(
    connection: duckdb.DuckDBPyConnection,
    group: Group,
    one: Definition,
    dimensions: Sequence[str],
    grains: Sequence[Grain],
) -> None:
    """Takes one metric's cells out of the group's: its own dimensions and grains, where anything falls."""
    position = group.definitions.index(one)
    wanted = []
    for name in dimensions:
        kept = ", ".join(f"'{grain}'" for grain in one.grains_of(name) if grain in grains)
        if kept and (name == "all" or name in one.dimensions):
            wanted.append(f"(dimension = '{name}' and grain in ({kept}))")
    if not wanted:
        return
    connection.execute(
        f"""insert into measure.metric_value
        select '{one.metric_id}', grain, period_start, period_end, dimension, category,
            numerator_{position}, denominator_{position}, value_{position}, 'ok', false, false,
            behind_{position}, complement_{position}
        from cells where population_{position} > 0 and ({" or ".join(wanted)})"""
    )


def _insert_all(
    connection: duckdb.DuckDBPyConnection, definitions: Iterable[Definition], where: Mapping[str, Availability]
) -> None:
    """Adds what no row of a mart can say: zero, no denominator, and not available (RULES 3)."""
    rows = []
    for one in definitions:
        counted = one.shape in (Shape.COUNT, Shape.SUM)
        zero = (0.0, None, 0.0, "ok") if counted else (_empty(one), 0.0, None, "z")
        rows += [(one.metric_id, *_key(found), *zero) for found in where[one.metric_id].computed]
        rows += [(one.metric_id, *_key(found), None, None, None, "x") for found in where[one.metric_id].missing]
    if not rows:
        return
    names = ("metric_id", "grain", "period_start", "period_end", "numerator", "denominator", "value", "status")
    schema: dict[str, type[pl.DataType]] = dict.fromkeys(names, pl.Float64)
    schema |= dict.fromkeys(("metric_id", "grain", "status"), pl.String)
    schema |= dict.fromkeys(("period_start", "period_end"), pl.Date)
    connection.register("empty_cells", pl.DataFrame(rows, schema=schema, orient="row").to_arrow())
    connection.execute(
        """insert into measure.metric_value
        select metric_id, grain, period_start, period_end, 'all', 'all', numerator, denominator, value, status,
            false, false, numerator, null
        from empty_cells as empty
        where not exists (
            from measure.metric_value as filled
            where filled.metric_id = empty.metric_id and filled.grain = empty.grain
                and filled.period_end = empty.period_end and filled.dimension = 'all'
        )"""
    )
    connection.unregister("empty_cells")


def _empty(one: Definition) -> float | None:
    """The numerator of nothing: 0 where a numerator is defined, null for medians and maxima."""
    return None if one.shape in (Shape.MEDIAN, Shape.MAXIMUM) else 0.0


def _key(one: Period) -> tuple[str, date, date]:
    return str(one.grain), one.start, one.end


def _measure_returned(
    connection: duckdb.DuckDBPyConnection,
    everything: Sequence[Definition],
    returned: Sequence[Definition],
    coverage: Mapping[str, Coverage],
    release_month: date,
) -> None:
    """Keeps returned figures as sent; a computed metric only for periods before its records begin (RULES 9)."""
    catalogued = []
    for one in everything:
        own = coverage.get(one.extracts[0]) if one.lane == "computed" else None
        catalogued.append((one.metric_id, str(one.unit), own.first if own else None))
    schema = {"metric_id": pl.String, "unit": pl.String, "records_begin": pl.Date}
    connection.register("catalogued", pl.DataFrame(catalogued, schema=schema, orient="row").to_arrow())
    connection.execute(
        """insert into measure.metric_value
        select indicator_id, grain, period_start, period_end, dimension, category, numerator, denominator, value,
            coalesce(mark, 'ok'), is_provisional, false,
            case when unit = 'count' then coalesce(numerator, value) else numerator end, denominator
        from mart.indicator join catalogued on metric_id = indicator_id
        where period_end <= $1 and (records_begin is null or period_end < records_begin)""",
        [month_end(release_month)],
    )
    connection.unregister("catalogued")
    _insert_all(
        connection,
        returned,
        {one.metric_id: Availability((), _unsent(one, coverage, release_month)) for one in returned},
    )


def _unsent(one: Definition, coverage: Mapping[str, Coverage], release_month: date) -> tuple[Period, ...]:
    """The months between the agency's first return and the release's month without an accepted one."""
    own = coverage.get(one.extracts[0])
    if own is None or Grain.MONTH not in one.grains:
        return ()
    months = availability(one, coverage, release_month)
    candidates = (*months.computed, *months.missing)
    return tuple(found for found in candidates if found.grain is Grain.MONTH and found.start not in own.accepted)


def _register_periods(connection: duckdb.DuckDBPyConnection, periods: Sequence[Period], latest_month_end: date) -> None:
    rows = [(*_key(one), month, latest_month_end) for one in periods for month in one.months()]
    schema = {"grain": pl.String} | dict.fromkeys(("start", "end", "month", "latest"), pl.Date)
    connection.register("period_rows", pl.DataFrame(rows, schema=schema, orient="row").to_arrow())
    connection.execute(
        """create or replace table measure.period_month as
        select grain, start as period_start, "end" as period_end, month, latest as latest_month_end from period_rows"""
    )
    connection.execute(
        "create or replace view measure.period as select distinct * exclude (month) from measure.period_month"
    )
    connection.unregister("period_rows")


def _columns(connection: duckdb.DuckDBPyConnection, mart: str) -> dict[str, str]:
    described = connection.execute(f"describe {mart}").fetchall()
    return {str(row[0]): str(row[1]) for row in described}


def readable_sql(one: Definition, columns: Mapping[str, str]) -> str | None:
    """The query for the metric's `all` cells alone, as the definitions page shows it; None for returns."""
    if one.shape is Shape.RETURNED:
        return None
    group = groups([one])[0]
    numbers = aggregates(one)
    query = f"""
        select grain, period_start, period_end, {numbers["numerator"]} as numerator,
            {numbers["denominator"]} as denominator, {numbers["value"]} as value
        from ({placed(group, columns, one.grains)}) as placed
        group by grain, period_start, period_end
        order by grain, period_end"""
    return sqlglot.transpile(query, read="duckdb", write="duckdb", pretty=True)[0]


def example_period(one: Definition) -> Period:
    """The period of a definition's worked example."""
    year, month = (int(part) for part in one.example.period.split("-"))
    return period(one.example.grain, date(year, month, 1))
