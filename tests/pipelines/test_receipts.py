"""Every delivery has a receipt that says what became of it, and so has every delivery that did not come."""

from __future__ import annotations

from datetime import date

import pytest

from metrics.release_format import Verdict
from pipelines import ledger
from pipelines.progress import Steps
from pipelines.refresh import Outcome, check
from pipelines.store import Store
from tests.pipelines.holding import first_of, receipt
from tests.pipelines.inbox import CONTRACTS, cell, deliver, empty_warehouse, received, run, write_lines
from tests.pipelines.templates import CASES, HOME, PLANS, REFERRALS, row, rows


@pytest.fixture
def warehouse():
    with empty_warehouse() as connection:
        yield connection


@pytest.mark.parametrize(
    ("extract", "month", "due"),
    [(HOME, "2025-09", "2025-10-12"), (HOME, "2024-02", "2024-03-12"), (CASES, "2025-12", "2026-01-10")],
)
def test_a_delivery_is_due_some_days_after_its_month(extract, month, due):
    assert ledger.due_on(CONTRACTS[extract], first_of(month)) == date.fromisoformat(due)


def new(warehouse, tmp_path, extract: str, count: int, earlier: list) -> ledger.Receipt:
    path = deliver(tmp_path, extract, rows(extract, count))
    return ledger.new_receipt(warehouse, received(path, tmp_path), earlier)


def test_versions_count_up_and_each_supersedes_the_one_before(warehouse, tmp_path):
    first = new(warehouse, tmp_path, HOME, 1, [])
    second = new(warehouse, tmp_path, HOME, 2, [first])
    assert (first.version, first.supersedes) == (1, None)
    assert (second.version, second.supersedes) == (2, first.receipt_id)
    ledger.record(warehouse, [first, second], {})
    third = new(warehouse, tmp_path, HOME, 3, [])
    assert (third.version, third.supersedes) == (3, second.receipt_id)
    other = new(warehouse, tmp_path, PLANS, 1, [third])
    assert (other.version, other.supersedes) == (1, None), "another extract counts for itself"


def test_the_same_delivery_has_the_same_id_everywhere_and_another_has_another(warehouse, tmp_path):
    one, again, longer = (new(warehouse, tmp_path, HOME, count, []) for count in (1, 1, 2))
    assert one.receipt_id == again.receipt_id != longer.receipt_id


def test_the_same_bytes_for_the_same_month_are_known_and_for_another_month_are_not(warehouse, tmp_path):
    path = deliver(tmp_path, HOME, rows(HOME, 1))
    delivery = received(path, tmp_path)
    assert not ledger.is_known(warehouse, delivery)
    ledger.record(warehouse, [ledger.new_receipt(warehouse, delivery, [])], {})
    assert ledger.is_known(warehouse, delivery)
    later = deliver(tmp_path, HOME, rows(HOME, 1), month="2025-10")
    assert not ledger.is_known(warehouse, received(later, tmp_path))


def expected(warehouse, *held: tuple[str, str, str], month: str = "2025-09") -> dict[str, list[tuple[str, str]]]:
    """Extract to the months and verdicts of its deliveries that did not come."""
    ledger.record(warehouse, [receipt(extract, one, verdict=verdict) for extract, one, verdict in held], {})
    found: dict[str, list[tuple[str, str]]] = {}
    for absent in ledger.expected(warehouse, CONTRACTS, first_of(month)):
        said = (f"{absent['reporting_month']:%Y-%m}", absent["verdict"])
        found.setdefault(f"{absent['agency']}/{absent['extract']}", []).append(said)
    return found


def test_a_month_between_the_first_delivery_and_the_release_without_one_is_missing(warehouse):
    found = expected(warehouse, (HOME, "2025-06", "accepted"), (HOME, "2025-08", "accepted"))
    assert found[HOME] == [("2025-07", Verdict.MISSING), ("2025-09", Verdict.MISSING)]


def test_a_delivery_that_was_rejected_did_come(warehouse):
    assert HOME not in expected(warehouse, (HOME, "2025-08", "accepted"), (HOME, "2025-09", "rejected"))


def test_an_extract_never_sent_has_not_started_and_is_said_once(warehouse):
    found = expected(warehouse, (HOME, "2025-09", "accepted"))
    assert found == {name: [("2025-09", Verdict.NOT_STARTED)] for name in CONTRACTS if name != HOME}


def test_what_did_not_come_has_a_due_day_and_no_numbers(warehouse):
    ledger.record(warehouse, [receipt(HOME, "2025-08")], {})
    for absent in ledger.expected(warehouse, CONTRACTS, first_of("2025-09")):
        contract = CONTRACTS[f"{absent['agency']}/{absent['extract']}"]
        assert absent["due_on"] == ledger.due_on(contract, absent["reporting_month"])
        assert not {"received_at", "version", "rows_received", "fingerprint", "supersedes"} & set(absent)


@pytest.mark.parametrize(("quorum", "month"), [(1, "2025-09"), (2, "2025-08"), (3, None)])
def test_a_release_is_for_the_latest_month_that_enough_agencies_have_delivered(warehouse, quorum, month):
    deliveries = [(HOME, "2025-08"), (PLANS, "2025-09"), (HOME, "2025-09"), (REFERRALS, "2025-08")]
    ledger.record(warehouse, [receipt(extract, one) for extract, one in deliveries], {})
    ledger.record(warehouse, [receipt(CASES, "2025-10", verdict="rejected")], {})
    assert ledger.release_month(warehouse, quorum) == (first_of(month) if month else None)


GOOD: dict[str, str] = {}
OUTSIDE, CODE, BLANK, LATE = {"ward": "Hilton"}, {"sex": "Q"}, {"sex": ""}, {"start_date": "2025-10-01"}
WARNED, REJECTED = Verdict.ACCEPTED_WITH_WARNINGS, Verdict.REJECTED
# The rows of a delivery, its verdict, and the codes of its findings.
VERDICTS: dict[str, tuple[list[dict[str, str]], Verdict, str]] = {
    "all good": ([GOOD], Verdict.ACCEPTED, ""),
    "a ward elsewhere": ([GOOD, OUTSIDE], WARNED, "ward_outside_area"),
    "some rows set aside": ([GOOD, CODE, BLANK], WARNED, "sex_missing sex_unknown_code"),
    "one late row": ([GOOD, LATE], WARNED, "start_date_after_month_end"),
    "every row late": ([LATE] * 3, REJECTED, "month_mismatch start_date_after_month_end"),
    "no row of use": ([CODE, BLANK], REJECTED, "no_usable_rows sex_missing sex_unknown_code"),
    "a header alone": ([], REJECTED, "file_empty"),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory) -> dict[str, tuple[ledger.Receipt, Outcome]]:
    """What `check` says of one file for each verdict, all checked at once."""
    folder = tmp_path_factory.mktemp("files")
    paths = []
    for place, (changes, _, _) in enumerate(VERDICTS.values()):
        table = [row(HOME, number, **change) for number, change in enumerate(changes, start=1)]
        lines = [list(row(HOME)), *(list(one.values()) for one in table)]
        paths.append(write_lines(folder / str(place) / "education" / "ehe_register_2025-09.csv", lines))
    outcome = check(paths, None, Steps())
    return dict(zip(VERDICTS, [(one, outcome) for one in outcome.receipts], strict=True))


@pytest.mark.parametrize("case", VERDICTS)
def test_a_delivery_gets_its_verdict_and_every_finding(outcomes, case):
    changes, verdict, codes = VERDICTS[case]
    one, outcome = outcomes[case]
    findings = outcome.findings[one.receipt_id]
    assert (one.verdict, {finding.code for finding in findings}) == (verdict, set(codes.split()))
    assert one.rows_received == len(changes)
    assert one.rows_received == (one.rows_accepted or 0) + (one.rows_quarantined or 0)
    assert verdict != Verdict.REJECTED or one.rows_accepted == 0
    assert all(finding.sentence.endswith(".") for finding in findings)


def test_each_verdict_of_a_delivery_that_came_is_given_somewhere():
    came = set(Verdict) - {Verdict.MISSING, Verdict.NOT_STARTED}
    assert {verdict for _, verdict, _ in VERDICTS.values()} == came


def test_the_finding_that_decides_comes_first(outcomes):
    for case in ("every row late", "no row of use"):
        one, outcome = outcomes[case]
        assert outcome.findings[one.receipt_id][0].code in ("month_mismatch", "no_usable_rows")


@pytest.mark.parametrize("extract", [HOME, CASES, "health/indicator_return"])
def test_a_header_alone_and_nothing_else_is_an_empty_file(tmp_path, extract):
    agency, name = extract.split("/")
    path = write_lines(tmp_path / "2025-09" / agency / f"{name}_2025-09.csv", [list(row(extract))])
    outcome = check([path], None, Steps())
    (one,) = outcome.receipts
    assert (one.verdict, one.rows_received) == (Verdict.REJECTED, 0)
    assert [finding.code for finding in outcome.findings[one.receipt_id]] == ["file_empty"]


def test_figures_of_a_computed_metric_may_be_returned_while_its_records_were_never_sent(tmp_path):
    where = {"period_end": "2025-08-31", "dimension": "all", "category": "all"}
    figure = row("education/indicator_return", **where, indicator_id="ehe_count", value="700")
    lines = [list(figure), list(figure.values())]
    write_lines(tmp_path / "2025-09" / "education" / "indicator_return_2025-09.csv", lines)
    store = Store(tmp_path / "store")
    first = run(store.root, tmp_path / "2025-09", month=first_of("2025-09"))
    assert [receipt.verdict for receipt in first.receipts] == [Verdict.ACCEPTED]
    assert cell(store.warehouse, "ehe_count", "2025-08") == (700, "ok")
    deliver(tmp_path, HOME, [row(HOME, 1)], month="2025-08")
    run(store.root, tmp_path / "2025-08", month=first_of("2025-08"))
    assert cell(store.warehouse, "ehe_count", "2025-08") == (1, "ok"), "records speak for their own time"
