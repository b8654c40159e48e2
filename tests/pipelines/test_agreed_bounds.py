"""What a contract may say of a whole delivery: how much may be set aside, what must change, which months are quiet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data_contracts.contract import Bounds
from pipelines.agreed import Agreed
from pipelines.refresh import Outcome
from tests.pipelines.inbox import deliver, run
from tests.pipelines.templates import ATTENDANCE, HOME, PLANS, Row, row, rows


@pytest.fixture
def agreeing(monkeypatch):
    """Changes what one contract says."""

    def change(extract: str, **changes: Any) -> None:
        agreed = Agreed.load()
        other = replace(agreed.contracts[extract], **changes)
        changed = replace(agreed, contracts={**agreed.contracts, extract: other})
        monkeypatch.setattr(Agreed, "load", staticmethod(lambda: changed))

    return change


def said(outcome: Outcome) -> list[tuple[str, list[str]]]:
    return [(str(one.verdict), [f.code for f in outcome.findings[one.receipt_id]]) for one in outcome.receipts]


def delivered(folder: Path, extract: str, table: Sequence[Row], **where: str) -> Outcome:
    deliver(folder / "inbox", extract, table, **where)
    return run(folder / "store", folder / "inbox")


@pytest.mark.parametrize(("faulty", "verdict"), [(1, "accepted_with_warnings"), (2, "rejected")])
def test_more_rows_set_aside_than_agreed_refuse_the_delivery(tmp_path, agreeing, faulty, verdict):
    agreeing(HOME, bounds=Bounds(quarantined_share=0.25))
    table = [*rows(HOME, 4 - faulty), *(row(HOME, 9 + number, sex="Q") for number in range(faulty))]
    ((found, codes),) = said(delivered(tmp_path, HOME, table))
    assert found == verdict
    assert ("too_many_quarantined" in codes) == (verdict == "rejected")


def test_without_a_limit_any_share_may_be_set_aside(tmp_path):
    table = [row(HOME, 1), *(row(HOME, 9 + number, sex="Q") for number in range(9))]
    assert said(delivered(tmp_path, HOME, table)) == [("accepted_with_warnings", ["sex_unknown_code"])]


def test_the_same_bytes_for_another_month_warn_or_are_refused_as_the_contract_says(tmp_path, agreeing):
    delivered(tmp_path, PLANS, rows(PLANS, 3), month="2025-08")
    assert said(delivered(tmp_path, PLANS, rows(PLANS, 3))) == [("accepted_with_warnings", ["same_as_earlier_month"])]
    agreeing(PLANS, must_change=True)
    other = tmp_path / "other"
    delivered(other, PLANS, rows(PLANS, 3), month="2025-08")
    assert said(delivered(other, PLANS, rows(PLANS, 3))) == [("rejected", ["same_as_earlier_month"])]


MONTHS = {
    "the month itself": ("2025-09", ["2025-08", "2025-09"], True),
    "one that ended before": ("2025-09", ["2025-07", "2025-08"], False),
    "August, when there is no school": ("2025-08", ["2025-06", "2025-07"], True),
    "August, but not since June": ("2025-08", ["2025-05", "2025-06"], False),
}


@pytest.mark.parametrize(("month", "held", "is_accepted"), MONTHS.values(), ids=MONTHS)
def test_rows_of_months_must_end_with_the_month_they_were_sent_for(tmp_path, month, held, is_accepted):
    table = [row(ATTENDANCE, number, month=one) for number, one in enumerate(held, start=1)]
    found = said(delivered(tmp_path, ATTENDANCE, table, month=month))
    assert found == [("accepted", []) if is_accepted else ("rejected", ["month_mismatch"])]


def test_what_stops_a_delivery_leaves_the_one_before_it_in_place(tmp_path, agreeing):
    agreeing(PLANS, bounds=Bounds(stops=("row_count_fell",)))
    delivered(tmp_path, PLANS, rows(PLANS, 10))
    outcome = delivered(tmp_path, PLANS, rows(PLANS, 4))
    assert said(outcome) == [("rejected", ["row_count_fell"])]
    assert not outcome.published
