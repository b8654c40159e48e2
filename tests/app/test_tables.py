"""The figures as rows: what is hidden stays hidden in the table and in the download."""

from __future__ import annotations

import csv
import io

import polars as pl

from drawing import deliveries, labels, quality, tables
from drawing.release import Cell
from metrics.release_format import Status
from tests import releases
from tests.app.cells import END, cell, metric, series


def _read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_download_holds_the_cells_shown_and_says_why_a_number_is_missing() -> None:
    drawn = series([12.0, Status.SUPPRESSED])
    rows = _read(tables.as_csv("2025-09.r2", drawn.metric, "month", "all", drawn.cells))
    assert [(r["period_end"], r["value"], r["status"]) for r in rows] == [
        ("2025-08-31", "12", "ok"),
        ("2025-09-30", "", "c"),
    ]


def test_a_download_keeps_a_name_from_becoming_a_formula() -> None:
    cells = [cell(7.0, category="=HYPERLINK(1)"), cell(-7.5, category="Abbey")]
    rows = _read(tables.as_csv("2025-09.r2", metric("score"), "month", "ward", cells))
    assert [r["category"] for r in rows] == ["'=HYPERLINK(1)", "Abbey"]
    assert rows[1]["value"] == "-7.5"


def test_remarks_say_every_flag_once() -> None:
    assert tables.remarks(cell(1.0, is_provisional=True, is_revised=True)) == "Provisional, revised"
    assert tables.remarks(cell(None, status=Status.SUPPRESSED, is_provisional=True)) == "Hidden to protect children"
    assert tables.remarks(Cell(END.replace(day=1), END, value=1.0)) == ""


def _deliveries(variant: str = "full") -> list[deliveries.Delivery]:
    rows = releases.tables(variant)["receipt"]
    columns = ["receipt_id", "agency", "extract", "reporting_month", "received_at", "due_on", "version", "verdict",
               "rows_received", "rows_accepted", "rows_quarantined"]  # fmt: skip
    frame = pl.DataFrame([{c: r.get(c) for c in columns} for r in rows], infer_schema_length=None)
    return deliveries.latest_versions(frame)


def test_only_the_last_version_of_a_delivery_counts() -> None:
    found = [d for d in _deliveries() if d.extract == "suspensions_exclusions" and d.month == END]
    assert [d.version for d in found] == [2]
    assert deliveries.timing(found[0])[1].endswith("version 2")


def test_a_measure_of_several_extracts_is_as_fresh_as_its_first() -> None:
    assert labels.first_extract("health/nd_referrals + education/ehc_requests") == "nd_referrals"
    assert labels.extract_label("education/ehc_requests") == "Requests for an EHC needs assessment"


def test_a_late_agency_is_named_with_what_is_late() -> None:
    health = [d for d in _deliveries() if d.agency == "health" and d.month == END]
    assert deliveries.agency_state(health) == (
        "Health advice for EHC needs assessments and neurodevelopmental referrals late, due 14 October",
        True,
    )


def test_an_agency_that_never_sent_is_not_called_late() -> None:
    health = [d for d in _deliveries("agency_missing") if d.agency == "health" and d.month == END]
    assert deliveries.agency_state(health) == ("Nothing sent so far", False)


def test_a_month_of_deliveries_in_a_sentence() -> None:
    month = [d for d in _deliveries() if d.month == END]
    assert deliveries.summary(month).startswith("20 of 22 deliveries were received")
    assert deliveries.summary([]) == "Nothing was due for this month."
    assert deliveries.summary([d for d in month if d.extract == "ehc_plans"]) == "The one delivery was received."


def test_row_counts_are_never_more_exact_than_published() -> None:
    assert [quality.about(n) for n in (None, 0, 10, 1230)] == [
        "the whole file",
        "fewer than 10",
        "about 10",
        "about 1,230",
    ]
