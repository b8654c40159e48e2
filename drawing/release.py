"""Read-only access to one release: what was measured, what was sent, what was wrong with it.

A release never changes, so whoever holds one may keep every answer for as long as it likes. A newer release is
another file: nothing here re-opens a file that was replaced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Self

import duckdb
import polars as pl

from drawing.labels import THEMES
from metrics.release_format import CELL_KEY, FORMAT_VERSION, TABLES, Grain, Status

RELEASE_ID: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])\.r\d+")


class ReleaseError(Exception):
    """No release can be shown; the message is a sentence for the reader."""


class NoReleaseYet(ReleaseError):
    """The store holds no release: nothing was published so far."""


@dataclass(frozen=True)
class About:
    """What a release says of itself."""

    release_id: str
    reporting_month: date  # the last day of that month
    created_at: datetime | None
    supersedes: str | None
    is_sample: bool
    local_area: str
    disclosure_policy: str


@dataclass(frozen=True)
class Target:
    """A value to be reached from a month on, and who says so."""

    value: float
    since: str
    source: str


@dataclass(frozen=True)
class Metric:
    """One metric as it was defined when the release was made."""

    metric_id: str
    title: str
    question: str
    definition: str
    theme: str
    lane: str
    agency: str
    extract: str
    unit: str
    direction: str
    grains: tuple[str, ...]
    dimensions: tuple[str, ...]
    targets: tuple[Target, ...]
    outcome: int | None
    headline: bool
    owner: str
    version: int
    caveats: tuple[str, ...]
    disclosure: str
    behind: str
    sql: str
    example: dict[str, Any] | None

    def target_at(self, end: date) -> Target | None:
        """The target in force on `end`: the latest that had begun by then."""
        begun = [t for t in self.targets if t.since[:10] <= end.isoformat()]
        return max(begun, key=lambda t: t.since, default=None)


@dataclass(frozen=True)
class Source:
    """One column of one extract (`education/ehc_requests`) that feeds a metric."""

    metric_id: str
    extract: str
    column: str


@dataclass(frozen=True)
class Cell:
    """One published value: percent as 79.0; no number where the status is not `ok`."""

    period_start: date
    period_end: date
    category: str = "all"
    numerator: float | None = None
    denominator: float | None = None
    value: float | None = None
    status: Status = Status.OK
    is_provisional: bool = False
    is_revised: bool = False

    @property
    def number(self) -> float | None:
        """The value when it may be shown and is known, else nothing."""
        return self.value if self.status is Status.OK else None


@dataclass(frozen=True)
class Series:
    """One metric over time: every published period of one grain and one category, oldest first."""

    metric: Metric
    grain: str
    cells: tuple[Cell, ...]
    dimension: str = "all"
    category: str = "all"

    def at(self, end: date) -> Cell | None:
        """The cell of the period that ends on `end`."""
        return next((c for c in self.cells if c.period_end == end), None)

    def due(self, end: date) -> date:
        """The end of the latest period up to `end`: an earlier one where not every month has its own.

        A month that should have come and did not has a cell that is not available; no earlier figure stands for it.
        """
        return max((c.period_end for c in self.cells if c.period_end <= end), default=end)

    @property
    def is_by_year(self) -> bool:
        """Whether every period is a whole year, as for examination results."""
        return bool(self.cells) and self.grain.endswith("_ytd") and all(map(_is_whole_year, self.cells))

    def runs(self) -> list[list[Cell]]:
        """The cells with a number, in runs of neighbouring periods: a line breaks where a figure is missing.

        Everyone has a cell for each month that was due, so between two neighbours nothing is missing; a group has
        none where it had nobody, so its line breaks there, and a quarter has three months. A year to date begins again
        at nothing with every year, so its line does too, unless it joins whole years.
        """
        found: list[list[Cell]] = [[]]
        steps = [months_between(a.period_end, b.period_end) for a, b in pairwise(self.cells)]
        is_strict, step = self.dimension != "all" or self.grain == Grain.QUARTER, min(steps, default=1)
        for cell in self.cells:
            last = found[-1][-1] if found[-1] else cell
            anew = self.grain.endswith("_ytd") and cell.period_start != last.period_start
            whole = _is_whole_year(last) and _is_whole_year(cell)
            is_far = is_strict and months_between(last.period_end, cell.period_end) > step
            if cell.number is None or (anew and not whole) or is_far:
                found.append([])
            if cell.number is not None:
                found[-1].append(cell)
        return [run for run in found if run]

    def begun(self) -> Series:
        """The same without the periods before the first that was available: a history that had not begun."""
        places = [i for i, c in enumerate(self.cells) if c.status is not Status.NOT_AVAILABLE]
        return replace(self, cells=self.cells[places[0] :]) if places else self

    def up_to(self, end: date, months: int | None = None) -> Series:
        """The same without what lies after `end`, or more than `months` months back."""
        first = date.min if months is None else month_end(end, 1 - months)
        return replace(self, cells=tuple(c for c in self.cells if first <= c.period_end <= end))


def months_between(before: date, after: date) -> int:
    """How many months later `after` is."""
    return (after.year - before.year) * 12 + after.month - before.month


def _is_whole_year(cell: Cell) -> bool:
    return cell.period_end == month_end(cell.period_start, 11)


@dataclass(frozen=True)
class Lists:
    """Some metrics as a list shows them."""

    series: tuple[Series, ...]  # of each by month, or at its first grain with figures
    over_year: dict[str, Series]  # the 12 months to each month, by metric, of those that have them


def month_end(day: date, months: int = 0) -> date:
    """The last day of the month of `day`, or of the month so many months later (earlier if negative)."""
    index = day.year * 12 + day.month + months
    return date(index // 12, index % 12 + 1, 1) - timedelta(days=1)


def release_path(store: Path, release_id: str) -> Path:
    """Where a release lies. Raises ReleaseError for what is not a release id or was never published here."""
    path = store / "releases" / f"{release_id}.duckdb"
    if not RELEASE_ID.fullmatch(release_id) or not path.is_file():
        raise ReleaseError(f"There is no release {release_id} in this store.")
    return path


def release_ids(store: Path) -> list[str]:
    """Every release in the store, oldest first."""
    found = [p.stem for p in (store / "releases").glob("*.duckdb") if RELEASE_ID.fullmatch(p.stem)]
    return sorted(found, key=lambda i: (i[:7], int(i.partition(".r")[2])))


def release_in_force(store: Path) -> str:
    """The id of the release in force. Raises NoReleaseYet when nothing was published so far."""
    try:
        release_id = (store / "in_force").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise NoReleaseYet("Nothing has been published yet.") from None
    if not release_id:
        raise NoReleaseYet("Nothing has been published yet.")
    return release_id


@dataclass
class Release:
    """One open release. Safe to share between threads: every question has its own cursor."""

    about: About
    metrics: dict[str, Metric]
    _connection: duckdb.DuckDBPyConnection = field(repr=False)
    _columns: dict[str, set[str]] = field(repr=False)
    _lists: dict[str, Lists] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the release at `path`. Raises ReleaseError, with a sentence, if it cannot be read."""
        try:
            connection = duckdb.connect(str(path), read_only=True, config={"threads": 2})
        except duckdb.Error as error:
            raise ReleaseError(f"The release file {path.name} cannot be opened.") from error
        rows = connection.execute("select table_name, column_name from information_schema.columns").fetchall()
        columns: dict[str, set[str]] = {}
        for table, column in rows:
            columns.setdefault(table, set()).add(column)
        release = cls(about=_NOTHING, metrics={}, _connection=connection, _columns=columns)
        release._describe(path)
        return release

    def _describe(self, path: Path) -> None:
        rows = self._read("release").to_dicts()
        if len(rows) != 1:
            raise ReleaseError(f"The file {path.name} is not a release.")
        row = rows[0]
        if (row["format_version"] or 0) > FORMAT_VERSION:
            raise ReleaseError(f"Release {row['release_id']} was made by a newer version of the pipeline.")
        self.about = About(
            release_id=row["release_id"],
            reporting_month=month_end(date.fromisoformat(f"{row['reporting_month']}-01")),
            created_at=row["created_at"],
            supersedes=row["supersedes"],
            is_sample=bool(row["is_sample"]),
            local_area=row["local_area"] or "",
            disclosure_policy=row["disclosure_policy"] or "",
        )
        found = sorted(map(_metric, self._read("metric").to_dicts()), key=_place)
        self.metrics = {metric.metric_id: metric for metric in found}

    def _read(self, table: str, where: str = "true", *values: Any) -> pl.DataFrame:
        """Rows of a table; a table or column that an older format did not have is empty, or null."""
        have = self._columns.get(table)
        if have is None:
            return pl.DataFrame(schema=list(TABLES[table]))
        chosen = ", ".join(f'"{c}"' if c in have else f'null::{kind} as "{c}"' for c, kind in TABLES[table].items())
        query = f'select {chosen} from "{table}" where {where}'  # noqa: S608 – names and conditions are written here
        frame: pl.DataFrame = self._connection.cursor().sql(query, params=list(values)).pl()
        return frame

    def series(self, metric_id: str, grain: str, dimension: str = "all", category: str = "all") -> Series:
        """Every period of one metric and category."""
        where = "metric_id = ? and grain = ? and dimension = ? and category = ? order by period_end"
        cells = _cells(self._read("metric_value", where, metric_id, grain, dimension, category))
        return Series(self.metrics[metric_id], grain, tuple(cells), dimension, category)

    def breakdown(self, metric_id: str, grain: str, end: date, dimension: str) -> list[Cell]:
        """Every category of one dimension in the period that ends on `end`; a line for all of them is not one."""
        where = (
            "metric_id = ? and grain = ? and period_end = ? and dimension = ? and category <> 'all' order by category"
        )
        return _cells(self._read("metric_value", where, metric_id, grain, end, dimension))

    def ends(self, metric_id: str, grain: str, dimension: str) -> list[date]:
        """The ends of the periods for which a metric has a breakdown, oldest first."""
        query = "select distinct period_end from metric_value where metric_id = ? and grain = ? and dimension = ?"
        rows = self._connection.cursor().sql(query, params=[metric_id, grain, dimension]).fetchall()
        return sorted(end for (end,) in rows)

    def lists(self, theme: str = "") -> Lists:
        """The headline metrics or, of a theme, all of them: one question, asked once."""
        if theme not in self._lists:
            chosen = [m for m in self.metrics.values() if (m.theme == theme if theme else m.headline)]
            self._lists[theme] = self._listed(chosen)
        return self._lists[theme]

    def _listed(self, chosen: Sequence[Metric]) -> Lists:
        where = "dimension = 'all' and metric_id in (select unnest(?::varchar[])) order by period_end"
        cells: dict[tuple[str, str], list[Cell]] = {}
        for row in self._read("metric_value", where, [m.metric_id for m in chosen]).to_dicts():
            cells.setdefault((row["metric_id"], row["grain"]), []).append(_cell(row))
        found = {key: Series(self.metrics[key[0]], key[1], tuple(own)) for key, own in cells.items()}
        first = []
        for metric in chosen:
            own = [found[key] for g in (Grain.MONTH, *metric.grains) if (key := (metric.metric_id, g)) in found]
            with_figures = (s for s in own if any(c.status is not Status.NOT_AVAILABLE for c in s.cells))
            first.append(next(with_figures, own[0] if own else Series(metric, Grain.MONTH, ())))
        return Lists(tuple(first), {m: s for (m, grain), s in found.items() if grain == Grain.ROLLING_12M})

    def breakdowns(self, metric_id: str) -> dict[str, list[str]]:
        """For `all` and every breakdown with figures, the grains it has, in the order of the definition."""
        metric = self.metrics[metric_id]
        query = "select distinct dimension, grain from metric_value where metric_id = ?"
        asked = (f"{query} and status <> '{Status.NOT_AVAILABLE}'", query)
        answers = (set(self._connection.cursor().sql(q, params=[metric_id]).fetchall()) for q in asked)
        pairs = next(filter(None, answers), set())
        found = {d: _in_order(metric.grains, pairs, d) for d in ("all", *metric.dimensions)}
        return {d: grains for d, grains in found.items() if grains or d == "all"}

    def receipts(self) -> pl.DataFrame:
        """Every delivery, and every delivery that was due and did not come; columns of table `receipt`."""
        return self._read("receipt", "true order by agency, extract, reporting_month, version")

    def findings(self) -> pl.DataFrame:
        """What was wrong with the deliveries; columns of table `finding`."""
        return self._read("finding", "true order by receipt_id, severity, row_count desc nulls first, code")

    def revisions(self) -> pl.DataFrame:
        """The figures that differ from the release before; columns of table `revision`, in the order of its key.

        A figure that is not shown now is left out, whatever the table holds.
        """
        same = " and ".join(f"shown.{key} = revision.{key}" for key in CELL_KEY)
        is_shown = f"shown.status = '{Status.OK}' and shown.value is not null"
        where = f"exists (from metric_value as shown where {same} and {is_shown})"
        return self._read("revision", f"{where} order by {', '.join(CELL_KEY)}")

    @cached_property
    def lineage(self) -> tuple[Source, ...]:
        """Which columns feed which metric, by extract and column; none in a release that does not say."""
        rows = self._read("lineage", "true order by extract, column_name, metric_id").to_dicts()
        return tuple(Source(row["metric_id"], row["extract"], row["column_name"]) for row in rows)

    def areas(self) -> list[str]:
        """This area first, then every area the release can compare it with."""
        names = self._read("benchmark_value")["area_name"].unique().sort().to_list()
        return [self.about.local_area, *[n for n in names if n and n != self.about.local_area]]


_NOTHING: Final = About("", date.min, None, None, False, "", "")


def _in_order(grains: tuple[str, ...], pairs: set[tuple[str, str]], dimension: str) -> list[str]:
    return [g for g in dict.fromkeys([*grains, *Grain]) if (dimension, g) in pairs]


def _cells(frame: pl.DataFrame) -> list[Cell]:
    return [_cell(row) for row in frame.to_dicts()]


def _cell(row: dict[str, Any]) -> Cell:
    """A row of `metric_value`; a value that is missing without a reason is not available, whatever its status says."""
    status = Status(row["status"])
    return Cell(
        period_start=row["period_start"],
        period_end=row["period_end"],
        category=row["category"],
        numerator=row["numerator"],
        denominator=row["denominator"],
        value=row["value"],
        status=Status.NOT_AVAILABLE if status is Status.OK and row["value"] is None else status,
        is_provisional=bool(row["is_provisional"]),
        is_revised=bool(row["is_revised"]),
    )


def _place(metric: Metric) -> tuple[int, str, str]:
    """Where a metric stands in every list: by theme, then by title."""
    themes = list(THEMES)
    known = themes.index(metric.theme) if metric.theme in themes else len(themes)
    return known, metric.theme, metric.title.casefold()


def _metric(row: dict[str, Any]) -> Metric:
    targets = json.loads(row["target"] or "null") or []
    words = ("title", "question", "definition", "theme", "lane", "agency", "extract", "unit", "direction", "owner")
    return Metric(
        metric_id=row["metric_id"],
        **{name: row[name] or "" for name in (*words, "disclosure", "behind", "sql")},
        grains=tuple(row["grains"] or ()),
        dimensions=tuple(row["dimensions"] or ()),
        targets=tuple(Target(float(t["value"]), str(t.get("from") or ""), str(t.get("source") or "")) for t in targets),
        outcome=row["outcome"],
        headline=bool(row["headline"]),
        version=row["version"] or 1,
        caveats=tuple(row["caveats"] or ()),
        example=json.loads(row["example"] or "null"),
    )
