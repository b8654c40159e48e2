"""Small inboxes for tests: a valid row of every extract, the files agencies make of them, and a refresh of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data_contracts import load, load_local_area
from metrics import catalogue
from metrics.periods import month_end
from pipelines import intake, warehouse
from pipelines.__main__ import main
from pipelines.progress import Steps
from pipelines.refresh import Outcome, refresh
from pipelines.staging import Placed, desk_table, lay_out, stage
from pipelines.store import Store

Row = dict[str, str]

MONTH = "2025-09"
CONTRACTS = load()
AREA = load_local_area()
REQUESTS, PLANS = "education/ehc_requests", "education/ehc_plans"
EVENTS, HOME, POST16 = "education/suspensions_exclusions", "education/ehe_register", "education/post16_activity"
REFERRALS, RETURN, CASES = "health/nd_referrals", "health/indicator_return", "care/open_cases"

_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


def check_letter(rest: str) -> str:
    """The letter before twelve characters of a UPN: their values times their places (2 to 13), modulo 23."""
    values = [int(one) if one.isdigit() else _UPN_LETTERS.index(one) for one in rest]
    return _UPN_LETTERS[sum(place * value for place, value in enumerate(values, start=2)) % 23]


def upn(number: int) -> str:
    """A valid UPN, different for each number."""
    rest = f"8312{number:08d}"
    return check_letter(rest) + rest


def nhs_number(number: int) -> str:
    """A valid NHS number of the range kept for tests, different for each number."""
    for nine in range(999_000_000 + 10 * number, 999_000_010 + 10 * number):
        weighed = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), str(nine), strict=True))
        digit = (11 - weighed % 11) % 11
        if digit < 10:
            return f"{nine}{digit}"
    raise ValueError("ten bodies in a row cannot all be without a check digit")


def _person(number: int, born: str) -> Row:
    return {
        "child_id": f"C{number:06d}",
        "upn": upn(number),
        "nhs_number": nhs_number(number),
        "date_of_birth": born,
        "sex": "F",
        "ethnicity": "WBRI",
        "ward": "Abbey",
    }


def row(extract: str, number: int = 1, /, **changes: str) -> Row:
    """A valid row for September 2025 or later, unlike that of any other number, with some cells changed."""
    child, young_person = _person(number, "2012-03-17"), _person(number, "2006-05-21")
    plain: dict[str, Row] = {
        REQUESTS: {"request_id": f"R{number:06d}"}
        | child
        | {
            "phase": "primary",
            "primary_need": "ASD",
            "request_source": "1",
            "received_date": "2025-03-03",
            "request_outcome": "Y",
            "request_outcome_date": "2025-04-07",
            "assessment_outcome": "Y",
            "assessment_outcome_date": "2025-07-07",
            "exception_applies": "0",
            "named_placement": "mainstream",
            "mediation": "0",
            "tribunal": "0",
            "moving_forward_offered": "1",
            "moving_forward_taken_up": "0",
        },
        PLANS: {"plan_id": f"P{number:06d}"}
        | child
        | {
            "primary_need": "ASD",
            "start_date": "2023-05-09",
            "placement_type": "mainstream",
            "school_urn": "112345",
            "personal_budget": "0",
            "joint_funded": "none",
        },
        EVENTS: {
            "event_id": f"E{number:06d}",
            "upn": upn(number),
            "school_urn": "112345",
            "phase": "secondary",
            "nc_year": "8",
            "category": "SUSP",
            "start_date": "2025-09-08",
            "recorded_date": "2025-09-10",
            "sessions": "4",
            "reason_1": "DB",
            "reason_2": "",
            "reason_3": "",
            "sen_provision": "K",
            "plan_in_year": "0",
            "sen_support_in_year": "1",
            "under_assessment": "0",
            "known_to_social_care": "0",
        },
        HOME: {"spell_id": f"S{number:06d}"}
        | child
        | {
            "nc_year": "8",
            "start_date": "2024-01-15",
            "end_date": "",
            "end_reason": "",
            "primary_reason": "lifestyle",
            "sen_provision": "N",
            "known_to_social_care": "0",
        },
        POST16: young_person
        | {
            "academic_age": "18",
            "sen_provision": "K",
            "activity_code": "230",
            "activity_start_date": "2024-09-02",
            "last_confirmed_date": "2025-07-01",
        },
        REFERRALS: {"referral_id": f"N{number:06d}"}
        | child
        | {
            "pathway": "autism",
            "priority": "routine",
            "referral_date": "2024-10-01",
            "accepted_date": "2024-10-20",
            "first_contact_date": "",
            "assessment_start_date": "",
            "closed_date": "",
            "outcome": "",
        },
        RETURN: {
            "indicator_id": "camhs_waiting_count",
            "period_end": "2025-09-30",
            "grain": "month",
            "dimension": "team",
            "category": f"team {number}",
            "numerator": "",
            "denominator": "",
            "value": "97",
            "provisional": "0",
            "note": "",
        },
        CASES: child | {"status": "CIN", "start_date": "2025-02-11", "disabled": "0"},
    }
    unknown = set(changes) - set(plain[extract])
    if unknown:
        raise KeyError(f"{extract} has no {', '.join(unknown)}")
    return plain[extract] | changes


def rows(extract: str, count: int, *, first: int = 1, **changes: str) -> list[Row]:
    """As many valid rows, numbered from `first` on."""
    return [row(extract, number, **changes) for number in range(first, first + count)]


def as_table(table: Sequence[Row]) -> list[list[str]]:
    """Header and cells, the columns in the order of the first row."""
    return [list(table[0]), *([one[name] for name in table[0]] for one in table)]


def write_lines(path: Path, lines: Iterable[Iterable[str]], *, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    """A text file of these lines of cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(lines)
    return path


def deliver(inbox: Path, extract: str, table: Sequence[Row], *, month: str = MONTH, name: str = "") -> Path:
    """A delivery as agreed: below its month and agency, named for its extract."""
    agency, called = extract.split("/")
    return write_lines(inbox / month / agency / f"{name or called}_{month}.csv", as_table(table))


def run(store: Path, inbox: Path, *, month: date | None = None, is_sample: bool = False) -> Outcome:
    """A refresh, in this process."""
    return refresh(Store(store), inbox, month, is_sample=is_sample, steps=Steps())


@dataclass(frozen=True)
class Said:
    """What one command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


def command(capsys: pytest.CaptureFixture[str], *words: object) -> Said:
    """`python -m pipelines …`, in this process."""
    capsys.readouterr()
    code = main([str(word) for word in words])
    said = capsys.readouterr()
    return Said(code, said.out, said.err)


def query(file: Path, sql: str) -> list[tuple[Any, ...]]:
    """The answer of a release or a warehouse that nobody has open."""
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def cell(file: Path, metric: str, month: str, *, by: str = "all", category: str = "all", grain: str = "month") -> Any:
    """Value and status of one cell, read where protection has been (a release) or not yet (the warehouse)."""
    table = "measure.metric_value" if file.name == "warehouse.duckdb" else "metric_value"
    found = query(
        file,
        f"select value, status from {table} where metric_id = '{metric}' and grain = '{grain}' "
        f"and period_end = last_day(date '{month}-01') and dimension = '{by}' and category = '{category}'",
    )
    return found[0] if found else None


def received(path: Path, inbox: Path, month: date | None = None) -> intake.Delivery:
    """What a file of an inbox is."""
    return intake.receive(path, inbox, CONTRACTS, AREA.agencies, month)


@contextmanager
def empty_warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse in memory, every table in place and the reference data loaded."""
    with warehouse.in_memory(CONTRACTS.values(), key="for tests") as connection:
        warehouse.load_reference(connection, catalogue.load(), {})
        yield connection


def lay_out_file(connection: duckdb.DuckDBPyConnection, delivery: intake.Delivery) -> int:
    """Puts the cells of a recognised delivery on the desk and returns how many rows there are."""
    recognised, month = delivery.recognised, delivery.month
    assert recognised, delivery.findings
    assert month
    placed = Placed(
        delivery.fingerprint[:8],
        recognised.contract,
        month_end(month),
        recognised.sheet,
        recognised.header_row,
        recognised.positions,
    )
    return lay_out(connection, placed)


def staged(extract: str, lines: Iterable[Iterable[str]], folder: Path) -> list[dict[str, Any]]:
    """The rows of a delivery made of these lines as they stand on the desk, canonical and typed, in order."""
    agency, name = extract.split("/")
    path = write_lines(folder / MONTH / agency / f"{name}_{MONTH}.csv", lines)
    with empty_warehouse() as connection:
        lay_out_file(connection, received(path, folder))
        stage(connection, CONTRACTS[extract], AREA)
        cursor = connection.execute(f"select * from {desk_table(CONTRACTS[extract])} order by line_number")
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
