"""Stop 5, measure: definitions become numerators, denominators and values.

Every cell comes from its own rows, so medians, maxima and distinct children are right at every grain;
nothing is averaged twice. The queries themselves are made in `metrics.queries`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

import duckdb
import polars as pl

from metrics.definition import Definition, Shape
from metrics.periods import Availability, Coverage, Period, availability, month_end, period
from metrics.queries import KEYS, Group, cells, denominators, groups, rounds
from metrics.release_format import Grain

_CREATE: Final = """
    create or replace table measure.metric_value (
        metric_id varchar, grain varchar, period_start date, period_end date, dimension varchar, category varchar,
        numerator double, denominator double, value double, status varchar,
        is_provisional boolean, is_revised boolean, behind double, behind_complement double
    )"""


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
        for dimensions, grains in rounds(group):
            connection.execute("create or replace temp table cells as " + cells(group, columns, dimensions, grains))
            for one in group.definitions:
                _insert_cells(connection, group, one, dimensions, grains)
    _insert_all(connection, group.definitions, where)
    if is_provisional:
        ids = [one.metric_id for one in group.definitions]
        connection.execute("update measure.metric_value set is_provisional = true where metric_id in $1", [ids])


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
    if one.shape is Shape.RATE:
        _insert_rate(connection, one, position, dimensions, " or ".join(wanted))
        return
    connection.execute(
        f"""insert into measure.metric_value
        select '{one.metric_id}', grain, period_start, period_end, dimension, category,
            numerator_{position}, denominator_{position}, value_{position},
            if(denominator_{position} = 0, 'z', 'ok'), false, false,
            behind_{position}, complement_{position}
        from cells where population_{position} > 0 and ({" or ".join(wanted)})"""
    )


def _insert_rate(
    connection: duckdb.DuckDBPyConnection, one: Definition, position: int, dimensions: Sequence[str], wanted: str
) -> None:
    """Divides the counted cells by their denominators; a category is there when either side has something."""
    own = [name for name in dimensions if name == "all" or name in one.dimensions]
    connection.execute("create or replace temp table denominators as " + denominators(one, own))
    complement = "denominator - numerator" if one.has_complement else "denominator"
    connection.execute(
        f"""insert into measure.metric_value
        with numbered as (
            select {KEYS}, dimension, category, numerator_{position} as numerator from cells
            where population_{position} > 0
        ),
        named as (
            select {KEYS}, dimension, category from numbered
            union
            select {KEYS}, dimension, category from measure.period join denominators using (period_end)
        ),
        divided as (
            select * replace (coalesce(numerator, 0) as numerator, coalesce(denominator, 0) as denominator)
            from named
            left join numbered using ({KEYS}, dimension, category)
            left join denominators using (period_end, dimension, category)
            where period_end in (select period_end from denominators) and ({wanted})
        )
        select '{one.metric_id}', {KEYS}, dimension, category, numerator, denominator,
            {one.factor} * numerator / nullif(denominator, 0), if(denominator = 0, 'z', 'ok'), false, false,
            numerator, {complement}
        from divided"""
    )


def _insert_all(
    connection: duckdb.DuckDBPyConnection, definitions: Iterable[Definition], where: Mapping[str, Availability]
) -> None:
    """Adds what no row of a mart can say: zero, no denominator, and not available (RULES 3)."""
    rows = []
    for one in definitions:
        rows += [(one.metric_id, *_key(found), *_of_nothing(one)) for found in where[one.metric_id].computed]
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


def _of_nothing(one: Definition) -> tuple[float | None, float | None, float | None, str]:
    """Numerator, denominator, value and status where no row falls in the period."""
    if one.shape in (Shape.COUNT, Shape.SUM):
        return 0.0, None, 0.0, "ok"
    if one.shape is Shape.RATE:
        # Nothing to divide by has been received yet.
        return None, None, None, "x"
    return None if one.shape in (Shape.MEDIAN, Shape.MAXIMUM) else 0.0, 0.0, None, "z"


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
        # A delivery that was refused is no record, and takes no returned figure away.
        begin = own.first if own and own.accepted else None
        catalogued.append((one.metric_id, str(one.unit), one.has_complement, begin))
    schema = {"metric_id": pl.String, "unit": pl.String, "has_complement": pl.Boolean, "records_begin": pl.Date}
    connection.register("catalogued", pl.DataFrame(catalogued, schema=schema, orient="row").to_arrow())
    connection.execute(
        """create or replace temp table sent as
        select indicator_id, grain, period_start, period_end, dimension, category, numerator, denominator, value,
            coalesce(mark, 'ok') as status, is_provisional, false as is_revised,
            case when unit = 'count' then coalesce(numerator, value) else numerator end as behind,
            case when has_complement then denominator - numerator else denominator end as behind_complement
        from mart.indicator join catalogued on metric_id = indicator_id
        where period_end <= $1 and (records_begin is null or period_end < records_begin)""",
        [month_end(release_month)],
    )
    connection.unregister("catalogued")
    # Where records came and were refused, a month is not available only if its figure was not returned either.
    connection.execute(
        """delete from measure.metric_value
        where status = 'x' and (metric_id, grain, period_end) in (select (indicator_id, grain, period_end) from sent)"""
    )
    connection.execute("insert into measure.metric_value from sent")
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
        select grain, start as period_start, "end" as period_end, month as covered_month,
            latest as latest_month_end
        from period_rows"""
    )
    connection.execute(
        "create or replace view measure.period as select distinct * exclude (covered_month) from measure.period_month"
    )
    connection.unregister("period_rows")


def _columns(connection: duckdb.DuckDBPyConnection, mart: str) -> dict[str, str]:
    described = connection.execute(f"describe {mart}").fetchall()
    return {str(row[0]): str(row[1]) for row in described}


def example_period(one: Definition) -> Period:
    """The period of a definition's worked example."""
    year, month = (int(part) for part in one.example.period.split("-"))
    return period(one.example.grain, date(year, month, 1))
