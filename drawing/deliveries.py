"""What was sent, in words: the last version of each delivery, whether an agency is on time, how fresh a figure is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

import polars as pl

from drawing.labels import extract_label, first_extract, in_sentence
from drawing.release import Metric, month_end
from drawing.wording import day, listed, plural, short_day
from metrics.release_format import Verdict

VERDICT_WORDS: Final = {
    Verdict.ACCEPTED: "Accepted",
    Verdict.ACCEPTED_WITH_WARNINGS: "Accepted with warnings",
    Verdict.REJECTED: "Rejected",
    Verdict.MISSING: "Not received",
    Verdict.NOT_STARTED: "Not started",
}

NOTHING_AGREED: Final = "Nothing agreed yet"
UNRECOGNISED: Final = "unrecognised_file"


@dataclass(frozen=True)
class Delivery:
    """One extract for one reporting month: the latest version, or the fact that none came."""

    receipt_id: str
    agency: str
    extract: str
    month: date  # the last day of the reporting month
    received_at: datetime | None
    due_on: date | None
    version: int | None
    verdict: Verdict
    rows_received: int | None
    rows_accepted: int | None
    rows_quarantined: int | None
    earlier: int | None = None  # the last version before it that was accepted

    @property
    def is_again(self) -> bool:
        """Whether the same month was sent before."""
        return (self.version or 1) > 1

    @property
    def name(self) -> str:
        """The extract in words."""
        return extract_label(self.extract)

    @property
    def is_in(self) -> bool:
        """Whether its figures could be used."""
        return self.verdict in (Verdict.ACCEPTED, Verdict.ACCEPTED_WITH_WARNINGS)

    @property
    def days_late(self) -> int | None:
        """Days after the due date; negative when early, nothing when it did not come or no date was agreed."""
        if self.received_at is None or self.due_on is None:
            return None
        return (self.received_at.date() - self.due_on).days


def latest_versions(receipts: pl.DataFrame) -> list[Delivery]:
    """The last version of every delivery in table `receipt`, by agency, extract and month."""
    last: dict[tuple[str, str, date], Delivery] = {}
    for delivery in by_receipt(receipts).values():
        key = (delivery.agency, delivery.extract, delivery.month)
        if key not in last or (delivery.version or 0) >= (last[key].version or 0):
            last[key] = delivery
    return list(last.values())


def by_receipt(receipts: pl.DataFrame) -> dict[str, Delivery]:
    """Every version of every delivery in table `receipt`, by the id of its receipt."""
    found: dict[str, Delivery] = {}
    accepted: dict[tuple[str, str, date], list[int]] = {}
    for row in receipts.filter(pl.col("extract").is_not_null() & pl.col("reporting_month").is_not_null()).to_dicts():
        one = _delivery(row, row["reporting_month"])
        versions = accepted.setdefault((one.agency, one.extract, one.month), [])
        found[one.receipt_id] = replace(one, earlier=max((v for v in versions if v < (one.version or 0)), default=None))
        if one.is_in:
            versions.append(one.version or 1)
    return found


def in_place_of(delivery: Delivery) -> str:
    """What a file that was sent again does to the one before it, whose receipt stays; nothing for a first file."""
    if not delivery.is_again:
        return ""
    if delivery.earlier is None:
        return "The first that was accepted" if delivery.is_in else ""
    if delivery.is_in:
        return f"Supersedes version {delivery.earlier}, whose receipt is kept"
    return f"Version {delivery.earlier} still counts"


def unrecognised(receipts: pl.DataFrame, end: date) -> list[Delivery]:
    """Files of the month that are no known delivery; those that name no month stand under the latest."""
    latest = max((month for month in receipts["reporting_month"].to_list() if month), default="")
    rows = receipts.filter(pl.col("extract").is_null() | pl.col("reporting_month").is_null()).to_dicts()
    found = [_delivery(row, row["reporting_month"] or latest) for row in rows if row["reporting_month"] or latest]
    return [delivery for delivery in found if delivery.month == end]


def unrecognised_sentence(count: int) -> str:
    """How many files were refused because nobody knows what they are."""
    was, they = ("was", "it is") if count == 1 else ("were", "they are")
    return f"{plural(count, 'more file')} {was} refused, because {they} no delivery that was agreed."


def _delivery(row: dict[str, Any], month: str) -> Delivery:
    return Delivery(
        receipt_id=row["receipt_id"] or "",
        agency=row["agency"] or "",
        extract=first_extract(row["extract"] or UNRECOGNISED),
        month=month_end(date.fromisoformat(f"{month}-01")),
        received_at=row["received_at"],
        due_on=row["due_on"],
        version=row["version"],
        verdict=Verdict(row["verdict"]),
        **{name: row[name] for name in ("rows_received", "rows_accepted", "rows_quarantined")},
    )


def of_metric(metric: Metric, deliveries: Iterable[Delivery], month: date) -> Delivery | None:
    """The delivery of a metric's first extract for a month."""
    extract = first_extract(metric.extract)
    found = (d for d in deliveries if d.month == month and (d.agency, d.extract) == (metric.agency, extract))
    return next(found, None)


def arrival(delivery: Delivery | None) -> tuple[str, bool]:
    """How a delivery arrived, in a few words, and whether somebody has to act on it."""
    if delivery is None:
        return "", False
    if delivery.verdict is Verdict.MISSING:
        return (f"late, due {short_day(delivery.due_on)}" if delivery.due_on else "not received"), True
    if delivery.verdict is Verdict.REJECTED:
        return "rejected", True
    if delivery.verdict is Verdict.NOT_STARTED:
        return "not started", False
    return (f"received {short_day(delivery.received_at)}" if delivery.received_at else "received"), False


def timing(delivery: Delivery) -> tuple[str, str]:
    """When a delivery came, and how that compares with the day agreed: `12 October`, `2 days early`."""
    if delivery.received_at is None:
        if delivery.verdict is Verdict.NOT_STARTED:
            return "Never sent so far", ""
        return "Not yet", f"was due {day(delivery.due_on, year=False)}" if delivery.due_on else ""
    came, late = day(delivery.received_at.date(), year=False), delivery.days_late
    against = (
        ""
        if late is None
        else "on the day"
        if late == 0
        else f"{plural(abs(late), 'day')} {'late' if late > 0 else 'early'}"
    )
    again = f"version {delivery.version}" if delivery.is_again else ""
    return came, ", ".join(p for p in (against, again) if p)


def summary(deliveries: Sequence[Delivery]) -> str:
    """One month's deliveries in a sentence."""
    begun = [d for d in deliveries if d.verdict is not Verdict.NOT_STARTED]
    if not begun:
        return "Nothing was due for this month."
    came = [d for d in begun if d.verdict is not Verdict.MISSING]
    late = sum((d.days_late or 0) > 0 for d in came)
    refused = sum(d.verdict is Verdict.REJECTED for d in came)
    missing = len(begun) - len(came)
    if len(begun) == len(came) == 1:
        return f"The one delivery was received{', after the day agreed' if late else ''}{', and refused' * refused}."
    if len(came) == len(begun):
        first = f"All {len(begun)} deliveries were received"
    else:
        number = len(came) or "None"
        first = (
            f"{number} of {plural(len(begun), 'delivery', 'deliveries')} {'was' if len(came) == 1 else 'were'} received"
        )
    parts = [f"{late} after the day agreed"] if late else []
    parts += [f"{refused} refused"] if refused else []
    parts += [f"{missing} still wanting"] if missing and came else []
    return f"{first}{', ' + listed(parts) if parts else ''}."


def agency_state(deliveries: Sequence[Delivery]) -> tuple[str, bool]:
    """One agency's deliveries for a month in a sentence, and whether something is wanting."""
    begun = [d for d in deliveries if d.verdict is not Verdict.NOT_STARTED]
    if not begun:
        return "Nothing sent so far", False
    late = [d for d in begun if d.verdict is Verdict.MISSING]
    rejected = [d for d in begun if d.verdict is Verdict.REJECTED]
    if not late and not rejected:
        days = [d.received_at.date() for d in begun if d.received_at]
        last = f"the last on {day(max(days), year=False)}" if days else ""
        if len(begun) == 1:
            return f"Received{f', {day(max(days), year=False)}' if days else ''}", False
        return f"All {len(begun)} received{f', {last}' if last else ''}", False
    parts = []
    if late:
        due = [d.due_on for d in late if d.due_on]
        parts.append(f"{_names(late)} late" + (f", due {day(min(due), year=False)}" if due else ""))
    if rejected:
        parts.append(f"{_names(rejected)} rejected")
    text = "; ".join(parts)
    return text[:1].upper() + text[1:], True


def _names(deliveries: Sequence[Delivery]) -> str:
    if len(deliveries) > 2:
        return plural(len(deliveries), "delivery", "deliveries")
    return listed([in_sentence(d.name) for d in deliveries])
