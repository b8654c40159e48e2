"""The figures that differ from the release before, under the delivery that brought the change, in words and as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from drawing.deliveries import Delivery
from drawing.labels import category_label, dimension_label
from drawing.release import Metric
from drawing.wording import day, digits, listed, month, period, plural, quantity
from metrics import periods
from metrics.release_format import CELL_KEY, Grain

NONE_YET: Final = "This is the first release: there are no earlier figures to differ from."
NOTHING_CHANGED: Final = "No figure published before changed with this release."
TOO_CLOSE: Final = "no change in the digits shown"
NOT_NAMED: Final = "No delivery named"
NOT_NAMED_WHY: Final = "A measure may be defined or checked otherwise now; older releases never name one"
CSV_COLUMNS: Final = (
    "release_id", "metric_id", "title", "unit", "grain", "period_start", "period_end", "dimension", "category",
    "category_name", "before", "after", "receipt_id", "agency", "extract", "reporting_month", "version", "received_at",
)  # fmt: skip

# What a page holds: of each delivery so many figures, fewer where many deliveries changed something.
_OF_EACH, _AT_LEAST, _IN_ALL = 20, 5, 60
# A measure has its turn with so many figures before it has more: one with many periods does not hide the others.
_IN_TURN: Final = 4
_FOREMOST: Final = ("is_group", "is_long", "is_minor", "place", "period_end", "grain", "dimension", "category")


@dataclass(frozen=True)
class Revision:
    """One figure as the release before showed it and as it is shown now; neither is rounded."""

    metric: Metric
    grain: str
    start: date
    end: date
    dimension: str
    category: str
    before: float
    after: float

    @property
    def period(self) -> str:
        """The period in words."""
        return period(self.grain, self.start, self.end)

    @property
    def group(self) -> str:
        """The group of a breakdown in words: `Phase: Primary`; nothing for everyone."""
        if self.dimension == "all":
            return ""
        return f"{dimension_label(self.dimension)}: {category_label(self.dimension, self.category)}"

    @property
    def shown(self) -> tuple[str, str]:
        """Both figures with their unit; if a reader would see the same twice, words in place of the second."""
        before, after = quantity(self.before, self.metric.unit), quantity(self.after, self.metric.unit)
        return before, TOO_CLOSE if before == after else after


@dataclass(frozen=True)
class Changed:
    """What one delivery changed: how many figures, the foremost of them, and how many others are of breakdowns.

    Without a delivery these are the figures for which the release names none.
    """

    delivery: Delivery | None
    count: int
    foremost: tuple[Revision, ...]
    others_in_breakdowns: int

    @property
    def others(self) -> str:
        """What is not listed, in a sentence; nothing if all is."""
        count, groups = self.count - len(self.foremost), self.others_in_breakdowns
        if not count:
            return ""
        if groups == count:
            return f"And {digits(count)} more, {'in a breakdown' if count == 1 else 'all in breakdowns'}."
        return f"And {digits(count)} more{f', {digits(groups)} of them in breakdowns' if groups else ''}."


def changed(
    revisions: pl.DataFrame, metrics: Mapping[str, Metric], deliveries: Mapping[str, Delivery]
) -> list[Changed]:
    """The rows of table `revision` by delivery: files sent again first, then by how much they changed.

    `metrics` by id, in the order of the release; `deliveries` by receipt. Everyone comes before groups, months
    before longer periods, headline measures before others, and late periods before early ones.
    """
    if revisions.is_empty():
        return []
    ordered = _ordered(revisions, metrics, deliveries)
    counts = dict(ordered.group_by("receipt_id").len().iter_rows())
    each = max(_AT_LEAST, min(_OF_EACH, _IN_ALL // len(counts)))
    is_listed = pl.col("rank") < each
    foremost: dict[str | None, list[Revision]] = {}
    for row in ordered.filter(is_listed).to_dicts():
        foremost.setdefault(row["receipt_id"], []).append(_revision(row, metrics))
    others = dict(ordered.filter(~is_listed & pl.col("is_group")).group_by("receipt_id").len().iter_rows())
    found = [
        Changed(deliveries[receipt] if receipt else None, counts[receipt], tuple(ones), others.get(receipt, 0))
        for receipt, ones in foremost.items()
    ]
    return sorted(found, key=_place)


def _ordered(
    revisions: pl.DataFrame, metrics: Mapping[str, Metric], deliveries: Mapping[str, Delivery]
) -> pl.DataFrame:
    """The rows with the foremost first, each with its `rank` among those of its delivery.

    A receipt that the release does not hold is no cause.
    """
    known = pl.DataFrame(
        [(one.metric_id, place, not one.headline) for place, one in enumerate(metrics.values())],
        schema={"metric_id": pl.String, "place": pl.Int64, "is_minor": pl.Boolean},
        orient="row",
    )
    receipt = pl.col("receipt_id").cast(pl.String)
    return (
        revisions.join(known, on="metric_id")
        .with_columns(
            receipt_id=pl.when(receipt.is_in(list(deliveries))).then(receipt),
            is_group=pl.col("dimension") != "all",
            is_long=pl.col("grain") != Grain.MONTH,
        )
        .sort(*_FOREMOST, descending=[name == "period_end" for name in _FOREMOST])
        .with_columns(turn=pl.int_range(pl.len()).over("receipt_id", "metric_id", "is_group") // _IN_TURN)
        .with_columns(
            rank=pl.int_range(pl.len()).over("receipt_id", order_by=["is_group", "turn", pl.int_range(pl.len())])
        )
    )


def _revision(row: Mapping[str, Any], metrics: Mapping[str, Metric]) -> Revision:
    _, grain, end, dimension, category = (row[name] for name in CELL_KEY)
    start = periods.period(Grain(grain), end.replace(day=1)).start
    return Revision(metrics[row["metric_id"]], grain, start, end, dimension, category, row["before"], row["after"])


def _place(one: Changed) -> tuple[bool, bool, int, str]:
    sent = one.delivery
    return sent is None, sent is None or not sent.is_again, -one.count, sent.receipt_id if sent else ""


def summary(found: Sequence[Changed], names: Mapping[str, str], has_earlier: bool) -> str:
    """How many figures changed, and because of what; `names` are those of the agencies."""
    if not found:
        return NOTHING_CHANGED if has_earlier else NONE_YET
    first = f"{plural(sum(one.count for one in found), 'figure')} published before changed with this release"
    known = [one for one in found if one.delivery]
    rest = sum(one.count for one in found if not one.delivery)
    if not known:
        return f"{first}; it names no delivery as the cause."
    if len(found) == 1 and known[0].delivery:
        return f"{first}, because {cause(known[0].delivery, names)}."
    if len(known) <= 3:
        parts = [f"{digits(one.count)} because {cause(one.delivery, names)}" for one in known if one.delivery]
    else:
        parts = [f"{digits(sum(one.count for one in known))} because of {plural(len(known), 'delivery', 'deliveries')}"]
    if rest:
        parts.append(f"{digits(rest)} without a delivery named as the cause")
    return f"{first}: {listed(parts)}."


def cause(delivery: Delivery, names: Mapping[str, str]) -> str:
    """What was sent, as the reason of a change: `Education sent “Attendance” for August 2025 again on 3 October`."""
    again = " again" if delivery.is_again else ""
    when = f" on {day(delivery.received_at.date())}" if delivery.received_at else ""
    sender = names.get(delivery.agency, delivery.agency) or "somebody"
    return f"{sender} sent “{delivery.name}” for {month(delivery.month)}{again}{when}"


def as_rows(
    release_id: str, revisions: pl.DataFrame, metrics: Mapping[str, Metric], deliveries: Mapping[str, Delivery]
) -> list[tuple[object, ...]]:
    """Every revision with both numbers unrounded, in the order of `CSV_COLUMNS`."""
    rows = []
    for row in _ordered(revisions, metrics, deliveries).to_dicts() if revisions.height else []:
        one, sent = _revision(row, metrics), deliveries.get(row["receipt_id"])
        delivered = (
            (sent.agency, sent.extract, sent.month.strftime("%Y-%m"), sent.version, sent.received_at)
            if sent
            else (None,) * 5
        )
        rows.append((
            release_id, one.metric.metric_id, one.metric.title, one.metric.unit, one.grain, one.start, one.end,
            one.dimension, one.category, category_label(one.dimension, one.category), one.before, one.after,
            row["receipt_id"], *delivered,
        ))  # fmt: skip
    return rows
