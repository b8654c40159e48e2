"""What becomes of deliveries that are sent twice, too short, refused, left behind, or checked again."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import refresh as refresh_module
from pipelines.intake import fingerprint_of, stored_name
from pipelines.refresh import Outcome
from pipelines.store import Store
from tests.pipelines.inbox import cell, deliver, query, run
from tests.pipelines.templates import EVENTS, HOME, REFERRALS, row, rows

LEDGER = (
    "receipt_id, extract, reporting_month, version, verdict, rows_received, rows_accepted, rows_quarantined, supersedes"
)
LOGIN = b"<html>log in first</html>"
HELD = "select spell_id, sex, start_date from held.education__ehe_register order by all"


@dataclass
class Story:
    """What each refresh did, and the ledger and rows held after it."""

    store: Store
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    ledgers: dict[str, list[Any]] = field(default_factory=dict)
    held: dict[str, list[Any]] = field(default_factory=dict)
    in_force: dict[str, str | None] = field(default_factory=dict)

    def refresh(self, step: str, inbox: Path) -> None:
        before = listing(inbox)
        self.outcomes[step] = run(self.store.root, inbox)
        self.ledgers[step] = query(self.store.warehouse, f"select {LEDGER} from ledger.receipt order by all")
        self.held[step] = query(self.store.warehouse, HELD)
        self.in_force[step] = self.store.in_force()
        assert listing(inbox) == before, "the inbox is never changed"

    def told(self, step: str, version: int, month: str = "2025-09", extract: str = "ehe_register") -> list[str]:
        """Verdict and codes of one delivery."""
        outcome = self.outcomes[step]
        one = next(
            one
            for one in outcome.receipts
            if (one.extract, one.version, f"{one.reporting_month:%Y-%m}") == (extract, version, month)
        )
        return [str(one.verdict), *(finding.code for finding in outcome.findings[one.receipt_id])]


def listing(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its time of change and its bytes."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("story")
    story = Story(Store(folder / "store"))
    both = folder / "both"
    # The names would put them in the other order: the time of change decides.
    earlier = deliver(both, HOME, rows(HOME, 8), name="ehe_register_b")
    later = deliver(both, HOME, [*rows(HOME, 10), row(HOME, 11, sex="Q")], name="ehe_register_a")
    other_month = deliver(both, HOME, rows(HOME, 8), month="2025-08")
    deliver(both, EVENTS, rows(EVENTS, 20))
    for path, moment in ((earlier, 1_000), (later, 2_000), (other_month, 3_000)):
        os.utime(path, (moment, moment))
    copied = shutil.copy2(later, later.with_name("ehe_register_again_2025-09.csv"))
    os.utime(copied, (4_000, 4_000))
    story.refresh("two at once", both)

    short = folder / "short"
    deliver(short, EVENTS, rows(EVENTS, 3))
    story.refresh("far too short", short)

    refused = folder / "refused" / "2025-09" / "health" / "nd_referrals_2025-09.csv"
    refused.parent.mkdir(parents=True)
    refused.write_bytes(LOGIN)
    story.refresh("refused", folder / "refused")

    # A refresh that was cut off leaves a file in the store for which there is no receipt.
    late = deliver(folder / "late", REFERRALS, rows(REFERRALS, 9))
    left = story.store.received / "2025-09" / "health" / stored_name(fingerprint_of(late), late.name)
    shutil.copy(late, left)
    (folder / "nothing").mkdir()
    story.refresh("cut off before", folder / "nothing")

    # As after a change of the contract: other columns, and deliveries that were checked with something else.
    with duckdb.connect(str(story.store.warehouse)) as connection:
        connection.execute("alter table staging.education__ehe_register drop column nc_year")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refresh_module.Agreed, "fingerprint", lambda _, name: f"another contract of {name}")
        story.refresh("another contract", both)
        story.refresh("another contract once more", both)
    return story


def test_of_two_deliveries_at_once_the_later_by_time_supersedes_and_both_have_receipts(story):
    outcome = story.outcomes["two at once"]
    found = {
        one.version: (one.file, one.rows_received, one.supersedes)
        for one in outcome.receipts
        if one.extract == "ehe_register" and f"{one.reporting_month:%Y-%m}" == "2025-09"
    }
    first = next(one for one in outcome.receipts if one.file == "ehe_register_b_2025-09.csv")
    assert found == {
        1: ("ehe_register_b_2025-09.csv", 8, None),
        2: ("ehe_register_a_2025-09.csv", 11, first.receipt_id),
    }
    assert cell(story.store.warehouse, "ehe_count", "2025-09") == (10, "ok")


def test_the_same_bytes_twice_for_one_month_are_one_delivery(story):
    assert len(story.outcomes["two at once"].receipts) == 4
    assert not [one for one in story.outcomes["two at once"].receipts if "again" in one.file]


def test_the_same_bytes_for_another_month_are_accepted_with_a_warning(story):
    assert story.told("two at once", 1, "2025-08") == ["accepted_with_warnings", "same_as_earlier_month"]
    assert story.told("two at once", 1, "2025-09") == ["accepted"]


def test_rows_received_are_rows_accepted_and_rows_set_aside(story):
    for outcome in story.outcomes.values():
        for one in outcome.receipts:
            assert (one.rows_received or 0) == (one.rows_accepted or 0) + (one.rows_quarantined or 0)


def test_a_history_that_is_far_too_short_is_refused_and_nothing_is_replaced(story):
    assert story.told("far too short", 2, extract="suspensions_exclusions") == ["rejected", "row_count_fell"]
    assert (story.outcomes["far too short"].exit_code, story.in_force["far too short"]) == (3, "2025-09.r1")
    assert cell(story.store.warehouse, "suspensions_count", "2025-09") == (20, "ok")
    staged = "select count(*), count(distinct receipt_id) from staging.education__suspensions_exclusions"
    assert query(story.store.warehouse, staged) == [(20, 1)]


def test_a_refused_file_is_kept_and_told_and_changes_nothing(story):
    outcome = story.outcomes["refused"]
    (one,) = outcome.receipts
    assert (outcome.published, outcome.exit_code, one.verdict) == (False, 3, "rejected")
    assert (one.agency, one.extract, one.rows_received) == ("health", "nd_referrals", None)
    assert [finding.code for finding in outcome.findings[one.receipt_id]] == ["file_unreadable"]
    kept = story.store.root / str(one.stored_as)
    assert kept.read_bytes() == LOGIN
    assert kept.relative_to(story.store.received).parts[:2] == ("2025-09", "health")
    assert story.in_force["refused"] == story.in_force["far too short"] == "2025-09.r1"


def test_a_file_left_behind_by_a_refresh_that_was_cut_off_is_taken_up_by_the_next(story):
    outcome = story.outcomes["cut off before"]
    assert [(one.extract, one.rows_accepted) for one in outcome.receipts] == [("nd_referrals", 9)]
    assert (outcome.published, story.in_force["cut off before"]) == (True, "2025-09.r2")
    assert cell(story.store.release_file("2025-09.r2"), "nd_waiting_count", "2025-09") == (9, "ok")


def test_every_file_received_is_kept_under_its_fingerprint_and_its_name(story):
    for step in ("two at once", "far too short", "refused"):
        for one in story.outcomes[step].receipts:
            kept = story.store.root / str(one.stored_as)
            assert kept.name == f"{one.fingerprint}__{one.file}"
            assert fingerprint_of(kept) == one.fingerprint


def test_after_a_change_of_the_contract_every_delivery_is_checked_again_and_comes_out_the_same(story):
    assert story.ledgers["another contract"] == story.ledgers["cut off before"]
    assert story.held["another contract"] == story.held["cut off before"]
    assert len(story.held["another contract"]) == 10
    columns = [name for name, *_ in query(story.store.warehouse, "describe staging.education__ehe_register")]
    assert "nc_year" in columns
    assert story.outcomes["another contract"].exit_code == 0


def test_checked_again_is_checked_once(story):
    checked = query(
        story.store.warehouse, "select distinct checked_with like 'another contract of %' from ledger.receipt"
    )
    assert checked == [(True,)]
    once_more = story.outcomes["another contract once more"]
    assert (once_more.receipts, once_more.published, once_more.exit_code) == ([], False, 0)
    assert "Nothing new" in once_more.sentence


def test_quarantine_holds_the_lines_of_the_rows_set_aside_once(story):
    for extract, count in (("ehe_register", 1), ("suspensions_exclusions", 0)):
        sql = f"""select line_number, codes from quarantine."row" join ledger.receipt using (receipt_id)
            where extract = '{extract}' and verdict <> 'rejected'"""
        found = query(story.store.warehouse, sql)
        assert found == [(12, ["sex_unknown_code"])] * count
