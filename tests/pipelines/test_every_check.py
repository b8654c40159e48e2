"""Every check of every contract, found by listing, is tripped by a row planted for it, under the code it is named for.

Great Expectations counts the same rows: `Checker` stops where it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from data_contracts.contract import Contract
from metrics import catalogue
from pipelines import ledger, warehouse
from pipelines.checking import Checker
from pipelines.rules import Check, checks
from tests.pipelines.inbox import AREA, CONTRACTS, MONTH, received, write_lines
from tests.pipelines.templates import CASES, EVENTS, HOME, PLANS, POST16, REFERRALS, REQUESTS, RETURN, Row, row

AFTER, LATER = "2025-10-01", "2025-10-02"
UNDECIDED = {"request_outcome_date": "", "assessment_outcome": "", "assessment_outcome_date": ""}
NOT_ISSUED = {"assessment_outcome": "", "assessment_outcome_date": ""}
FIGURE = "ehcp_issued_within_20_weeks_pct"  # a percentage, computed from records that begin later

# What to write into a cell so that a row has a fault, by the fault's name.
SPOILT = {
    "missing": "",
    "unknown_code": "Q?",
    "not_a_date": "31/02/2025",
    "not_yes_or_no": "perhaps",
    "not_a_whole_number": "seven",
    "not_a_number": "12,5",
    "after_month_end": AFTER,
    "out_of_range": "999",
    "format": "12A45",
    "check_letter": "A801200005001",
    "check_digit": "9990000000",
    "stated_reason": "UN3",
    "outside_area": "Atlantis",
    "control_characters": "a\x07b",
}
# The rows for an extract's own rules, and for checks that need more than one cell to fail alone.
OWN: dict[str, dict[str, Row]] = {
    REQUESTS: {
        "received_date_after_month_end": {"received_date": AFTER, "request_outcome": "A"} | UNDECIDED,
        "request_outcome_unknown_code": {"request_outcome": "Q?"} | UNDECIDED,
        "request_outcome_date_after_month_end": {"request_outcome_date": AFTER} | NOT_ISSUED,
        "assessment_outcome_unknown_code": {"assessment_outcome": "Q?", "assessment_outcome_date": ""},
        "assessment_outcome_date_after_month_end": {"assessment_outcome_date": LATER},
        "request_outcome_date_before_received_date": {"request_outcome_date": "2025-03-02"},
        "assessment_outcome_date_before_request_outcome_date": {"assessment_outcome_date": "2025-04-06"},
        "assessment_outcome_date_before_received_date": {
            "request_outcome_date": "", "request_outcome": "", "assessment_outcome_date": "2025-03-02",
        },
        "request_outcome_date_missing": {"request_outcome": "N", "request_outcome_date": ""} | NOT_ISSUED,
        "request_outcome_date_unexpected": {"request_outcome": "W"} | NOT_ISSUED,
        "assessment_outcome_date_missing": {"assessment_outcome_date": ""},
        "assessment_outcome_date_unexpected": {"assessment_outcome": "W"},
        "assessment_outcome_without_assessment": {"request_outcome": "N", "assessment_outcome": "A",
                                                  "assessment_outcome_date": ""},
        "date_of_birth_age_outside_0_25": {"date_of_birth": "1999-03-02"},
        "date_of_birth_age_25": {"date_of_birth": "1999-03-04"},
    },
    PLANS: {
        "start_date_before_date_of_birth": {"start_date": "2012-03-16"},
        "school_urn_missing": {"school_urn": ""},
    },
    EVENTS: {
        "start_date_after_month_end": {"start_date": AFTER, "recorded_date": ""},
        "recorded_date_before_start_date": {"recorded_date": "2025-09-07"},
        "sessions_unexpected": {"category": "PERM"},
    },
    HOME: {
        "start_date_before_date_of_birth": {"start_date": "2012-03-16"},
        "end_date_before_start_date": {"end_date": "2024-01-14"},
    },
    POST16: {
        "activity_start_date_before_date_of_birth": {"activity_start_date": "2006-05-20"},
        "date_of_birth_after_month_end": {"date_of_birth": AFTER, "activity_start_date": ""},
    },
    REFERRALS: {
        "referral_date_after_month_end": {"referral_date": AFTER, "accepted_date": ""},
        "referral_date_before_date_of_birth": {"referral_date": "2012-03-16"},
        **{f"{name}_before_referral_date": {name: "2024-09-30"}
           for name in ("accepted_date", "first_contact_date", "assessment_start_date", "closed_date")},
    },
    CASES: {"start_date_before_date_of_birth": {"start_date": "2012-03-16"}},
    RETURN: {
        "period_end_after_month_end": {"period_end": "2025-10-31"},
        "indicator_id_unknown": {"indicator_id": "no_such_metric"},
        "indicator_id_of_another_agency": {"indicator_id": "returned_by_care"},
        "indicator_id_computed_from_records": {"indicator_id": "ehe_count"},
        "period_end_not_a_month_end": {"period_end": "2025-09-15"},
        "value_outside_0_100": {"indicator_id": FIGURE, "period_end": "2023-12-31", "value": "100.1"},
        "value_not_numerator_over_denominator": {"numerator": "30", "denominator": "4", "value": "7.4"},
        "value_negative": {"value": "-1"},
        "numerator_negative": {"numerator": "-1"},
    },
}  # fmt: skip
# Checks that no row can break alone, and what it then breaks as well.
NEVER_ALONE: dict[tuple[str, str], set[str]] = {
    # Whoever is born after the month's end is born before anything that happened by then.
    (REQUESTS, "date_of_birth_after_month_end"): {"date_of_birth_age_outside_0_25"},
    (PLANS, "date_of_birth_after_month_end"): {"start_date_before_date_of_birth"},
    (HOME, "date_of_birth_after_month_end"): {"start_date_before_date_of_birth"},
    (CASES, "date_of_birth_after_month_end"): {"start_date_before_date_of_birth"},
    (REFERRALS, "date_of_birth_after_month_end"): {"referral_date_before_date_of_birth"},
    # An event of the next month is recorded in the next month, or before it began, or never.
    (EVENTS, "start_date_after_month_end"): {"recorded_date_missing"},
    # Six digits with anything added are not six digits; an indicator with anything added is not in the catalogue.
    (PLANS, "school_urn_control_characters"): {"school_urn_format"},
    (EVENTS, "school_urn_control_characters"): {"school_urn_format"},
    (RETURN, "indicator_id_control_characters"): {"indicator_id_unknown"},
    # Without a decision there is nothing that the missing one could be told by.
    (REQUESTS, "assessment_outcome_date_before_received_date"): {"request_outcome_missing"},
}


@dataclass
class Checked:
    """What became of the rows planted for each check, and how many of a delivery were kept."""

    codes: dict[str, set[str]]
    valid: list[list[str]]
    kept: int


def spoilt(contract: Contract, check: Check, number: int) -> list[Row]:
    """The rows planted for one check; all that follow the first are spoilt, or the only one is."""
    own = OWN[contract.id].get(check.code)
    if check.code == "row_duplicate":
        return [row(contract.id, number)] * 2
    if own is not None:
        return [row(contract.id, number, **own)]
    fault = check.code.removeprefix(f"{check.column}_")
    if fault == "duplicate":
        coded = next((column for column in contract.columns if column.codes and not column.key_position), None)
        free, texts = (coded.name, coded.codes) if coded else ("value", ("7", "8"))
        return [row(contract.id, number, **{free: text}) for text in texts[:2]]
    return [row(contract.id, number, **{str(check.column): SPOILT[fault]})]


def planted(contract: Contract) -> tuple[list[list[str]], dict[int, str]]:
    """The lines of a delivery with two valid rows and one faulty row for each check, and which line is for which."""
    # Optional columns come last, so that a row that breaks off lacks nothing else.
    header = sorted(row(contract.id), key=lambda name: contract.column(name).required, reverse=True)
    lines = [header, *([row(contract.id, number)[name] for name in header] for number in (1, 2))]
    meant: dict[int, str] = {}
    for number, check in enumerate(checks(contract), start=10):
        if check.code in ("row_too_few_fields", "row_too_many_fields"):
            cells = [row(contract.id, number)[name] for name in header]
            lines.append(cells[:-1] if "few" in check.code else [*cells, "one more"])
        else:
            lines.extend([one[name] for name in header] for one in spoilt(contract, check, number))
        meant[len(lines)] = check.code
    return lines, meant


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inbox")


@pytest.fixture(scope="module", params=list(CONTRACTS.values()), ids=list(CONTRACTS))
def checked(request: pytest.FixtureRequest, inbox: Path) -> tuple[Contract, Checked]:
    contract = request.param
    lines, meant = planted(contract)
    path = write_lines(inbox / MONTH / contract.agency / f"{contract.extract}_{MONTH}.csv", lines)
    definitions = catalogue.load()
    camhs = definitions["camhs_waiting_count"]
    definitions["returned_by_care"] = camhs.model_copy(
        update={"metric_id": "returned_by_care", "extracts": ("care/indicator_return",)}
    )
    with warehouse.in_memory(CONTRACTS.values(), key="for tests") as connection:
        warehouse.load_reference(connection, definitions, {"education/ehc_requests": date(2024, 9, 1)})
        delivery = received(path, inbox)
        receipt = ledger.new_receipt(connection, delivery, [])
        checker = Checker(connection, AREA)
        try:
            checker.check(contract, [(receipt, delivery)], lambda: None)
        finally:
            checker.close()
        found = dict(
            connection.execute(
                "select line_number, broken.codes || warned.codes from desk.broken join desk.warned using (line_number)"
            ).fetchall()
        )
        accepted = receipt.rows_accepted or 0
    codes = {code: set(found[line]) for line, code in meant.items()}
    return contract, Checked(codes, [found[2], found[3]], accepted)


def test_every_check_is_tripped_by_its_row_and_reported_under_its_own_code(checked):
    contract, result = checked
    wanted = {
        check.code: {check.code} | NEVER_ALONE.get((contract.id, check.code), set()) for check in checks(contract)
    }
    assert result.codes == wanted


def test_a_valid_row_breaks_no_check(checked):
    assert checked[1].valid == [[], []]


def test_a_warning_sets_no_row_aside_and_an_error_does(checked):
    contract, result = checked
    by_code = {check.code: check for check in checks(contract)}
    kept = [code for code, found in result.codes.items() if all(by_code[one].severity == "warning" for one in found)]
    # Two valid rows, the rows that only warn, and the first of the two identical rows.
    assert result.kept == 2 + len(kept) + 1


def test_what_never_comes_alone_is_a_check_that_exists():
    for (extract, code), others in NEVER_ALONE.items():
        assert {code, *others} <= {check.code for check in checks(CONTRACTS[extract])}, (extract, code)
    for extract, planted_rows in OWN.items():
        assert set(planted_rows) <= {check.code for check in checks(CONTRACTS[extract])}, extract
