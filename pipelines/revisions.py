"""Which numbers differ from the release before, and which delivery brought each change.

A cause is a delivery that counts now and did not count in the release before (docs/decisions/0013). Of those:

* a *returned* figure: the return that holds it now
* a *snapshot*: the delivery for the month of the period's end, or where a rate divides by an earlier roll, that roll
* *spells*: the delivery for the latest month, as all that is held comes from it
* a *history*: the delivery that covers a part of the period, which is from its own earliest date to the earliest
  date of any delivery for a later month; of several, the one for the latest month

The extracts of a metric are asked in the order in which its definition names them. Where none of these is new, a new
return or history of the metric may still have taken something away or moved it: the one received last. Where
there is none either, or where the metric itself is defined otherwise now, nobody can tell: the cause is null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import polars as pl

from data_contracts.contract import Contract, Kind
from metrics.release_format import CELL_KEY, TABLES, Verdict

_SAME_NUMBER: Final = 1e-9
_PERIOD: Final = ("metric_id", "period_start", "period_end")
_DEFINED: Final = ("metric_id", "version", "extract", "sql")


@dataclass(frozen=True)
class Held:
    """What figures are made from now.

    `deliveries` has a row for each that counts: `receipt_id`, `extract` (as `care/open_cases`), `kind`, `month` (its
    first day), `received_at`, and for a history the days it covers: from `covers_from` to before `covers_until`
    (null: without end). `returned` names the `receipt_id` that holds each returned cell.
    """

    deliveries: pl.DataFrame
    returned: pl.DataFrame


NOTHING: Final = Held(pl.DataFrame(), pl.DataFrame())


@dataclass(frozen=True)
class Before:
    """The release that is superseded: the numbers it shows, how they were defined, and which receipts counted."""

    cells: pl.DataFrame
    defined: pl.DataFrame
    counted: pl.Series


def held(connection: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract]) -> Held:
    """What figures are made from now, read from the warehouse."""
    kinds = pl.DataFrame({"extract": list(contracts), "kind": [str(one.kind) for one in contracts.values()]})
    begins = " union all ".join(
        f'select receipt_id, min("{one.dated_by}")::date as covers_from from staging.{one.table} group by receipt_id'
        for one in contracts.values()
        if one.kind is Kind.HISTORY
    )
    deliveries: pl.DataFrame = connection.sql(
        f"""select receipt_id, agency || '/' || extract as extract, reporting_month as month, received_at, covers_from
        from ledger.counted join ledger.receipt using (receipt_id, agency, extract, reporting_month)
        left join ({begins}) using (receipt_id)"""
    ).pl()
    later = pl.col("covers_from").cum_min(reverse=True).shift(-1).over("extract", order_by="month")
    returned: pl.DataFrame = connection.sql(
        " union all ".join(
            f"""select indicator_id as metric_id, grain, period_end, dimension, category, receipt_id
            from held.{one.table}"""
            for one in contracts.values()
            if one.kind is Kind.RETURN
        )
    ).pl()
    return Held(deliveries.join(kinds, on="extract").with_columns(covers_until=later), returned)


def shown_by(release: duckdb.DuckDBPyConnection) -> Before:
    """What a release, opened to look things up in, was made from and shows."""
    keys, defined = ", ".join(CELL_KEY), ", ".join(_DEFINED)
    counted: pl.DataFrame = release.sql(
        f"""select receipt_id from receipt
        where verdict in ('{Verdict.ACCEPTED}', '{Verdict.ACCEPTED_WITH_WARNINGS}')
        qualify row_number() over (partition by agency, extract, reporting_month order by version desc) = 1"""
    ).pl()
    return Before(
        release.sql(f"select {keys}, value as before from metric_value where value is not null").pl(),
        release.sql(f"select {defined} from metric").pl(),
        counted["receipt_id"],
    )


def revised(
    values: pl.DataFrame, before: Before | None, now: Held, metrics: Sequence[Mapping[str, Any]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The values marked where their number differs from the release before, and a row of `revision` for each.

    `metrics` are rows of table `metric`. Both numbers must be shown: a number that is hidden (or not available) now
    has no revision, because `before` would stand in the release beside the very cell that protects it; one that was
    hidden has nothing to be compared with.
    """
    if before is None:
        return values.select(list(TABLES["metric_value"])), pl.DataFrame(schema=list(TABLES["revision"]))
    joined = values.join(before.cells, on=list(CELL_KEY), how="left", maintain_order="left")
    allowed = _SAME_NUMBER * pl.max_horizontal(pl.col("before").abs(), pl.lit(1.0))
    differs = ((pl.col("value") - pl.col("before")).abs() > allowed).fill_null(value=False)
    joined = joined.with_columns(is_revised=differs)
    changed = joined.filter("is_revised").rename({"value": "after"})
    caused = changed.join(_causes(changed, before, now, metrics), on=list(CELL_KEY), how="left")
    return joined.select(list(TABLES["metric_value"])), caused.select(list(TABLES["revision"]))


def _causes(changed: pl.DataFrame, before: Before, now: Held, metrics: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The receipt behind each changed cell, by its key; cells without one are left out."""
    described = pl.DataFrame(
        [{name: row[name] for name in (*_DEFINED, "lane")} for row in metrics], infer_schema_length=None
    ).cast({"version": pl.Int32, "sql": pl.String})
    # Where the definition changed too, the delivery may be innocent.
    as_before = described.join(before.defined, on=list(_DEFINED), how="semi", nulls_equal=True)
    deliveries = now.deliveries.with_columns(is_new=~pl.col("receipt_id").is_in(before.counted.implode()))
    feeding = (
        as_before.with_columns(pl.col("extract").str.split(" + "))
        .explode("extract")
        .with_columns(place=pl.int_range(pl.len()).over("metric_id"))
    )
    returned = _returned(changed, now, feeding)
    records = changed.join(returned, on=list(CELL_KEY), how="anti").join(
        _of_records(changed, feeding, deliveries), on=list(_PERIOD)
    )
    caused = [records, _of_returns(returned.join(as_before, on="metric_id", how="semi"), deliveries)]
    return pl.concat([one.select(*CELL_KEY, "receipt_id") for one in caused])


def _returned(changed: pl.DataFrame, now: Held, feeding: pl.DataFrame) -> pl.DataFrame:
    """The changed cells that stand as an agency returned them, with the receipt of the return.

    A computed metric takes returned figures for the time before its records begin, and no others (RULES 9.2).
    """
    begin = (
        feeding.filter(pl.col("place") == 0)
        .join(now.deliveries.group_by("extract").agg(begin=pl.col("month").min()), on="extract", how="left")
        .select("metric_id", "lane", "begin")
    )
    is_before = pl.col("begin").is_null() | (pl.col("period_end") < pl.col("begin"))
    return (
        changed.select(*CELL_KEY)
        .join(now.returned, on=list(CELL_KEY))
        .join(begin, on="metric_id", how="left")
        .filter((pl.col("lane") == "return") | is_before)
        .select(*CELL_KEY, holder="receipt_id")
    )


def _of_returns(returned: pl.DataFrame, deliveries: pl.DataFrame) -> pl.DataFrame:
    """The return that holds each cell, if it is new; else the new return of that agency which was received last."""
    new = deliveries.filter("is_new")
    last = new.sort("received_at", "month").group_by("extract").agg(last=pl.col("receipt_id").last())
    held_by = deliveries.select("extract", "is_new", holder="receipt_id")
    return (
        returned.join(held_by, on="holder")
        .join(last, on="extract", how="left")
        .with_columns(receipt_id=pl.when("is_new").then("holder").otherwise("last"))
    )


def _of_records(changed: pl.DataFrame, feeding: pl.DataFrame, deliveries: pl.DataFrame) -> pl.DataFrame:
    """For each metric and period with a change, the new delivery that its records come from."""
    kind, month, end = pl.col("kind"), pl.col("month"), pl.col("period_end")
    until = pl.col("covers_until")
    # A snapshot is not carried forward, so the latest up to the period's end is that month's, except below a rate.
    is_snapshot = (kind == Kind.SNAPSHOT) & (month == month.filter(month <= end).max().over(*_PERIOD, "extract"))
    is_spells = (kind == Kind.SPELLS) & (month == month.max().over(*_PERIOD, "extract"))
    covers = (pl.col("covers_from") <= end) & (until.is_null() | (until > pl.col("period_start")))
    is_covering = (kind == Kind.HISTORY) & covers & (until.is_null() | (pl.col("covers_from") < until))
    return (
        changed.select(*_PERIOD)
        .unique()
        .join(feeding.select("metric_id", "extract", "place"), on="metric_id")
        .join(deliveries, on="extract")
        .with_columns(fits=(is_snapshot | is_spells | is_covering).fill_null(value=False))
        .filter(pl.col("is_new") & (pl.col("fits") | (kind == Kind.HISTORY)))
        .with_columns(received_at=pl.when(~pl.col("fits")).then("received_at"))
        .sort("fits", "place", "received_at", "month", descending=[True, False, True, True], nulls_last=True)
        .unique(list(_PERIOD), keep="first", maintain_order=True)
        .select(*_PERIOD, "receipt_id")
    )
