"""Periods: which months a grain covers, and where a metric has values at all (RULES 1 and 3)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from data_contracts.contract import Kind
from metrics.definition import Definition, Shape
from metrics.release_format import Grain


@dataclass(frozen=True)
class Period:
    """A length of whole months; both days belong to it, and the last is the last day of a month."""

    grain: Grain
    start: date
    end: date

    def months(self) -> list[date]:
        """The first days of the months that the period covers."""
        count = (self.end.year - self.start.year) * 12 + self.end.month - self.start.month + 1
        return [add_months(self.start, ahead) for ahead in range(count)]


@dataclass(frozen=True)
class Coverage:
    """What has been accepted of an extract: months as their first days, and where its history begins."""

    kind: Kind
    accepted: frozenset[date]
    first: date
    history_begins: date | None = None
    is_provisional: bool = False

    @property
    def last(self) -> date | None:
        """The latest reporting month with an accepted delivery."""
        return max(self.accepted, default=None)


@dataclass(frozen=True)
class Availability:
    """The periods for which a metric can be computed, and those for which it is not available."""

    computed: tuple[Period, ...]
    missing: tuple[Period, ...]


def add_months(day: date, ahead: int) -> date:
    """The first day of the month that many months later."""
    months = day.year * 12 + day.month - 1 + ahead
    return date(months // 12, months % 12 + 1, 1)


def month_end(day: date) -> date:
    """The last day of the month in which `day` lies."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def period(grain: Grain, month: date) -> Period:
    """The period of this grain that ends with the month."""
    back = {
        Grain.MONTH: 0,
        Grain.QUARTER: 2,
        Grain.CALENDAR_YTD: month.month - 1,
        Grain.ACADEMIC_YTD: (month.month - 9) % 12,
        Grain.FINANCIAL_YTD: (month.month - 4) % 12,
        Grain.ROLLING_12M: 11,
    }
    return Period(grain, add_months(month, -back[grain]), month_end(month))


def availability(definition: Definition, coverage: Mapping[str, Coverage], release_month: date) -> Availability:
    """Where a computed metric has values, for months from its extract's first to the release's month."""
    own = coverage.get(definition.extracts[0])
    if own is None:
        return Availability((), ())
    computed: list[Period] = []
    missing: list[Period] = []
    for month in _months(own.first, release_month):
        for grain in definition.grains:
            one = period(grain, month)
            (computed if _is_available(one, month, definition, coverage) else missing).append(one)
    return Availability(tuple(computed), tuple(missing))


def _is_available(one: Period, month: date, definition: Definition, coverage: Mapping[str, Coverage]) -> bool:
    own = coverage[definition.extracts[0]]
    if own.last is None:
        return False
    # A later delivery of a history or of spells covers a month that was not delivered; a snapshot stands alone.
    present = month in own.accepted if own.kind is Kind.SNAPSHOT else month <= own.last
    others = all(_is_met(definition, coverage.get(name), month) for name in definition.extracts[1:])
    reaches_back = own.kind is not Kind.HISTORY or one.grain is Grain.MONTH or _begun(own, one)
    return present and others and reaches_back


def _is_met(definition: Definition, other: Coverage | None, month: date) -> bool:
    """Whether another extract has what a metric needs of it: the same month, or for a rate any month up to it."""
    if other is None:
        return False
    if definition.shape is Shape.RATE:
        return any(accepted <= month for accepted in other.accepted)
    return month in other.accepted


def _begun(own: Coverage, one: Period) -> bool:
    return own.history_begins is not None and own.history_begins <= one.start


def _months(first: date, last: date) -> Iterable[date]:
    month = first
    while month <= last:
        yield month
        month = add_months(month, 1)
