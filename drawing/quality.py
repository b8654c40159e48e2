"""What was wrong with the deliveries of a month, in words a data officer understands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from drawing.deliveries import Delivery
from drawing.wording import digits, listed, plural, sentence
from metrics.release_format import Severity, Verdict

WHAT_NEXT: Final = (
    "Row counts are to the nearest ten. The rows themselves stay with the insight team, who send them back to the "
    "agency to put right; a corrected file restates the month."
)


@dataclass(frozen=True)
class Finding:
    """One check that a delivery did not pass."""

    receipt_id: str
    code: str
    severity: Severity
    column_name: str
    sentence: str
    row_count: int | None

    @property
    def effect(self) -> str:
        """What became of the rows, or of the file."""
        if self.severity is Severity.WARNING:
            return "Counted, with a warning"
        return "File refused" if self.row_count is None else "Rows set aside"


def of_deliveries(findings: pl.DataFrame, deliveries: Sequence[Delivery]) -> list[tuple[Delivery, list[Finding]]]:
    """The findings of each delivery that has any: refused files first, then those with most rows set aside."""
    by_receipt: dict[str, list[Finding]] = {}
    for row in findings.to_dicts():
        finding = Finding(
            receipt_id=row["receipt_id"],
            code=row["code"] or "",
            severity=Severity(row["severity"]),
            column_name=row["column_name"] or "",
            sentence=row["sentence"] or "",
            row_count=row["row_count"],
        )
        by_receipt.setdefault(finding.receipt_id, []).append(finding)
    found = [(d, by_receipt[d.receipt_id]) for d in deliveries if d.receipt_id in by_receipt]
    return sorted(found, key=lambda pair: (pair[0].is_in, -(pair[0].rows_quarantined or 0), pair[0].name))


def about(count: int | None) -> str:
    """A number of rows, published to the nearest ten: `about 20`; few rows are `fewer than 10`."""
    if count is None:
        return "the whole file"
    return "fewer than 10" if count < 10 else f"about {digits(count)}"


def summary(deliveries: Sequence[Delivery], found: Sequence[tuple[Delivery, Sequence[Finding]]]) -> str:
    """How many deliveries passed every check, and how many rows were set aside."""
    came = [d for d in deliveries if d.verdict not in (Verdict.MISSING, Verdict.NOT_STARTED)]
    if not came:
        return "Nothing was received for this month, so nothing was checked."
    wrong = len(found)
    clean = len(came) - wrong
    if not wrong:
        first = (
            "The one delivery passed every check"
            if len(came) == 1
            else f"All {len(came)} deliveries passed every check"
        )
        return f"{first}."
    first = f"{clean or 'None'} of {plural(len(came), 'delivery', 'deliveries')} passed every check"
    refused = sum(d.verdict is Verdict.REJECTED for d in came)
    rows = sum(d.rows_received or 0 for d in came if d.is_in)
    aside = sum(d.rows_quarantined or 0 for d in came if d.is_in)
    parts = [f"{refused} {'was' if refused == 1 else 'were'} refused"] if refused else []
    if aside:
        parts.append(f"about {digits(aside)} of {digits(rows)} rows were set aside and count nowhere")
    return sentence("; ".join([first, listed(parts)] if parts else [first]))
