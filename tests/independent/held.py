"""What is held after all deliveries, which rows a month's figures are made from, and how rows link."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.independent.names import DATED, HISTORY, KEY, KIND, SNAPSHOT
from tests.independent.periods import Row


@dataclass(frozen=True)
class Delivery:
    """The rows of one accepted file: canonical names, codes and types; quarantined rows already left out."""

    extract: str
    month: str
    version: int
    rows: list[Row]


class Held:
    """All accepted deliveries, and what they leave in force: one version per extract and month."""

    def __init__(self, deliveries: Iterable[Delivery]) -> None:
        self._by_extract: dict[str, dict[str, Delivery]] = {}
        for delivery in deliveries:
            months = self._by_extract.setdefault(delivery.extract, {})
            present = months.get(delivery.month)
            if present is None or present.version < delivery.version:
                months[delivery.month] = delivery
        self._history: dict[str, list[Row]] = {}

    def extracts(self) -> list[str]:
        return sorted(self._by_extract)

    def delivered_months(self, extract: str) -> list[str]:
        return sorted(self._by_extract.get(extract, {}))

    def deliveries(self, extract: str) -> list[Delivery]:
        """Oldest reporting month first, the latest version of each."""
        return [self._by_extract[extract][month] for month in self.delivered_months(extract)]

    def history(self, extract: str) -> list[Row]:
        """Each delivery replaces what is held from its own first date on, and any row with the same key."""
        if extract not in self._history:
            placed = DATED[extract]
            held: dict[tuple[Any, ...], Row] = {}
            for delivery in self.deliveries(extract):
                if not delivery.rows:
                    continue
                first = min(row[placed] for row in delivery.rows)
                held = {key: row for key, row in held.items() if row[placed] < first}
                held.update({tuple(row[column] for column in KEY[extract]): row for row in delivery.rows})
            self._history[extract] = list(held.values())
        return self._history[extract]

    def history_begins(self, extract: str) -> date:
        earliest: date = min(row[DATED[extract]] for row in self.history(extract))
        return earliest.replace(day=1)

    def rows_for(self, extract: str, month: str) -> list[Row] | None:
        """The rows a month's figures are made from; None when the month has no values."""
        months = self.delivered_months(extract)
        if KIND[extract] == SNAPSHOT:
            return self._by_extract[extract][month].rows if month in months else None
        if not months or not months[0] <= month <= months[-1]:
            return None
        return self.history(extract) if KIND[extract] == HISTORY else self.deliveries(extract)[-1].rows

    def latest_snapshot(self, extract: str, month: str) -> list[Row] | None:
        """The latest one accepted for a month up to this one."""
        months = [delivered for delivered in self.delivered_months(extract) if delivered <= month]
        return self._by_extract[extract][months[-1]].rows if months else None


def release_month(held: Held, quorum: int = 1) -> str | None:
    """The latest month with an accepted delivery from enough agencies."""
    agencies: dict[str, set[str]] = {}
    for extract in held.extracts():
        for month in held.delivered_months(extract):
            agencies.setdefault(month, set()).add(extract.split("/")[0])
    return max((month for month, names in agencies.items() if len(names) >= quorum), default=None)


# ---------------------------------------------------------------------------------------------------------
# Linkage


def identifier(value: str | None) -> str:
    return "" if value is None else "".join(value.split()).upper()


def linked_rows(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """The rows that meet one of the others by UPN or, failing that, by NHS number. Empty never equals empty."""
    upns = {identifier(other.get("upn")) for other in others} - {""}
    nhs_numbers = {identifier(other.get("nhs_number")) for other in others} - {""}
    linked = []
    for row in rows:
        by_upn = identifier(row.get("upn")) in upns
        by_nhs_number = identifier(row.get("nhs_number")) in nhs_numbers
        if by_upn or by_nhs_number:
            linked.append(row)
    return linked
