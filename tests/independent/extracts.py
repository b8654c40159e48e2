"""Random extracts as strangers would send them: every liberty the contracts allow, and a few faults planted.

`write_extracts` writes a folder of monthly files for eight extracts and says what was meant by them: the clean
rows of every delivery that ought to be accepted, the faults planted in each file, and how many rows of it ought
to be accepted and set aside. `write_corrections` writes a second folder that corrects the first.

Nobody in here exists: UPNs are made up with valid check letters, NHS numbers lie in the range kept for tests.
"""

from __future__ import annotations

import csv
import os
import random
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from tests.independent.calculation import WARDS, Delivery, first_day, last_day, month_of, months_later

Row = dict[str, Any]

REQUESTS, PLANS = "education/ehc_requests", "education/ehc_plans"
EXCLUSIONS, HOME = "education/suspensions_exclusions", "education/ehe_register"
POST16, ND, CASES = "education/post16_activity", "health/nd_referrals", "care/open_cases"
RETURN = "health/indicator_return"

# What each column holds: a `!` says required, a `-` that a sender may leave the column out altogether.
PERSON = {
    "child_id": "text!", "upn": "upn-", "nhs_number": "nhs-", "date_of_birth": "date!", "sex": "code!",
    "ethnicity": "code-", "ward": "ward-",
}  # fmt: skip
COLUMNS = {
    REQUESTS: {
        "request_id": "text!", **PERSON, "phase": "code-", "primary_need": "code-", "request_source": "code-",
        "received_date": "date!", "request_outcome": "code!", "request_outcome_date": "date",
        "assessment_outcome": "code", "assessment_outcome_date": "date", "exception_applies": "bool!",
        "named_placement": "code-", "mediation": "bool-", "tribunal": "bool-", "moving_forward_offered": "bool-",
        "moving_forward_taken_up": "bool-",
    },
    PLANS: {
        "plan_id": "text!", **PERSON, "primary_need": "code!", "start_date": "date!", "placement_type": "code!",
        "school_urn": "text", "personal_budget": "bool-", "joint_funded": "code-",
    },
    EXCLUSIONS: {
        "event_id": "text!", "upn": "upn!", "school_urn": "text!", "phase": "code!", "nc_year": "text-",
        "category": "code!", "start_date": "date!", "recorded_date": "date!", "sessions": "int-",
        "reason_1": "code!", "reason_2": "code-", "reason_3": "code-", "sen_provision": "code!",
        "plan_in_year": "bool!", "sen_support_in_year": "bool!", "under_assessment": "bool!",
        "known_to_social_care": "bool!",
    },
    HOME: {
        "spell_id": "text!", **PERSON, "nc_year": "text-", "start_date": "date!", "end_date": "date",
        "end_reason": "code-", "primary_reason": "code!", "sen_provision": "code!", "known_to_social_care": "bool!",
    },
    POST16: {
        **PERSON, "academic_age": "int!", "sen_provision": "code!", "activity_code": "int!",
        "activity_start_date": "date-", "last_confirmed_date": "date-",
    },
    ND: {
        "referral_id": "text!", **PERSON, "pathway": "code!", "priority": "code!", "referral_date": "date!",
        "accepted_date": "date-", "first_contact_date": "date-", "assessment_start_date": "date-",
        "closed_date": "date", "outcome": "code-",
    },
    CASES: {**PERSON, "status": "code!", "start_date": "date!", "disabled": "bool!"},
    RETURN: {
        "indicator_id": "text!", "period_end": "date!", "grain": "code!", "dimension": "text!", "category": "text!",
        "numerator": "number", "denominator": "number", "value": "number!", "provisional": "bool!", "note": "text-",
    },
}  # fmt: skip
KEY = {
    REQUESTS: "request_id", PLANS: "plan_id", EXCLUSIONS: "event_id", HOME: "spell_id", POST16: "child_id",
    ND: "referral_id", CASES: "child_id",
}  # fmt: skip
PLACED = {REQUESTS: "received_date", EXCLUSIONS: "start_date"}

NEEDS = ("SPLD", "MLD", "SLD", "PMLD", "SEMH", "SLCN", "HI", "VI", "MSI", "PD", "ASD", "DS", "OTH")
ETHNICITIES = (
    "WBRI", "WBRI", "WBRI", "WBRI", "WIRI", "WIRT", "WOTH", "WROM", "MWBC", "MWBA", "MWAS", "MOTH", "AIND", "APKN",
    "APKN", "ABAN", "AOTH", "CHNE", "BCRB", "BAFR", "BOTH", "OOTH", "REFU", "NOBT",
)  # fmt: skip
WARDS_OUTSIDE = ("Hilton", "Long Eaton West", "Ashbourne South")
SCHOOL_PHASES = ("reception", "primary", "primary", "secondary", "secondary", "secondary", "special",
                 "alternative_provision")  # fmt: skip
PHASES = ("early_years", *SCHOOL_PHASES, "post_16")
PLACEMENTS = (
    "mainstream", "mainstream", "mainstream", "mainstream", "erp", "sen_unit", "state_special", "state_special",
    "independent_special", "post_16_college", "alternative_provision", "early_years_setting", "eotas",
    "elective_home_education", "awaiting_placement",
)  # fmt: skip
WITHOUT_SCHOOL = ("eotas", "elective_home_education", "awaiting_placement")
EXCLUSION_REASONS = ("PP", "PA", "VP", "VA", "OW", "BU", "RA", "LG", "DS", "SM", "DA", "DM", "TH", "DB", "MT", "PH")
HOME_REASONS = (
    "philosophical", "lifestyle", "religious", "physical_health", "mental_health", "mental_health",
    "dissatisfaction_send", "dissatisfaction_general", "bullying", "school_suggestion", "risk_of_exclusion",
    "permanent_exclusion", "preferred_school", "access", "other", "unknown", "not_given",
)  # fmt: skip
ACTIVITIES = (
    110, 140, 210, 210, 220, 220, 230, 230, 240, 250, 260, 270, 280, 290, 310, 320, 330, 340, 350, 360, 380, 381,
    410, 430, 440, 450, 460, 460, 530, 540, 540, 550, 610, 615, 616, 619, 619, 620, 630, 640, 650, 660, 670, 680,
    710, 720, 810, 820, 830,
)  # fmt: skip

UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


# ---------------------------------------------------------------------------------------------------------
# Identifiers


def upn_check_letter(rest: str) -> str:
    """The letter before twelve characters: their values times their positions (2 to 13), modulo 23."""
    total = 0
    for position, character in enumerate(rest, start=2):
        value = int(character) if character.isdigit() else UPN_LETTERS.index(character)
        total += position * value
    return UPN_LETTERS[total % 23]


def nhs_check_digit(nine: str) -> int | None:
    """The tenth digit; None when no valid number begins with these nine."""
    total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), nine, strict=True))
    digit = 11 - total % 11
    if digit == 11:
        return 0
    return None if digit == 10 else digit


class Numbers:
    """Hands out identifiers, none of them twice."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._given: set[str] = set()
        self._count = 0

    def text(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count:05d}"

    def upn(self, *, temporary: bool = False) -> str:
        while True:
            rest = f"{self._rng.choice((830, 831, 892))}{self._rng.randrange(10**8):08d}"
            rest += self._rng.choice(UPN_LETTERS) if temporary else str(self._rng.randrange(10))
            upn = upn_check_letter(rest) + rest
            if upn not in self._given:
                self._given.add(upn)
                return upn

    def nhs_number(self) -> str:
        while True:
            nine = f"999{self._rng.randrange(10**6):06d}"
            digit = nhs_check_digit(nine)
            if digit is not None and f"{nine}{digit}" not in self._given:
                self._given.add(f"{nine}{digit}")
                return f"{nine}{digit}"


# ---------------------------------------------------------------------------------------------------------
# What becomes of each file


@dataclass(frozen=True)
class Fault:
    """A fault planted in a file: the column it is in, its kind, and how many rows it sets aside."""

    extract: str
    month: str
    column: str
    kind: str
    rows: int

    @property
    def code(self) -> str | None:
        """The error code, for the kinds whose codes are fixed."""
        fixed = {"check_letter", "unknown_code", "after_month_end"}
        return f"{self.column}_{self.kind}" if self.kind in fixed else None


@dataclass
class WrittenFile:
    """A file, and what ought to become of it."""

    extract: str
    month: str
    version: int
    path: Path
    accepted: bool
    rows_received: int = 0
    rows_quarantined: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def rows_accepted(self) -> int:
        return self.rows_received - self.rows_quarantined


class AsTyped(str):
    """A value that goes into the file as it stands, whatever its column."""

    __slots__ = ()


# ---------------------------------------------------------------------------------------------------------
# The world the extracts are views of


@dataclass
class Item:
    """One row's life: what is true of it from which month on, and when senders stop sending it."""

    truths: list[tuple[str, Row]]
    gone_from: str | None = None

    def at(self, month: str) -> Row | None:
        if self.gone_from is not None and self.gone_from <= month:
            return None
        told = [row for since, row in self.truths if since <= month]
        return told[-1] if told else None


ALWAYS = "0000-00"


class World:
    """Children and everything that happens to them, drawn once; each month's files are views of it."""

    def __init__(self, months: Sequence[str], seed: int, children: int) -> None:
        self.rng = random.Random(f"strangers {seed}")
        self.months = list(months)
        self.numbers = Numbers(self.rng)
        self.first, self.last = first_day(months[0]), last_day(months[-1])
        self.edges = self._edges()
        self.children = [self._child() for _ in range(children)]
        self.items: dict[str, list[Item]] = {
            REQUESTS: self._requests(children * 7 // 8),
            PLANS: self._plans(),
            EXCLUSIONS: self._exclusions(children),
            HOME: self._home(children // 3),
            ND: self._referrals(children // 2),
            CASES: self._cases(),
        }

    # -- dates

    def _edges(self) -> list[date]:
        """Days on which something begins or ends, and some that are just there."""
        edges = []
        for year in range(self.first.year - 2, self.last.year + 1):
            for month, day in ((1, 1), (3, 31), (4, 1), (8, 31), (9, 1), (12, 31), (2, 28)):
                edges.append(date(year, month, day))
            if year % 4 == 0:
                edges.append(date(year, 2, 29))
        return edges

    def day(self, earliest: date, latest: date) -> date:
        """Some day in between; one in eight is an edge."""
        near = [edge for edge in self.edges if earliest <= edge <= latest]
        if near and self.rng.random() < 0.125:
            return self.rng.choice(near)
        return earliest + timedelta(days=self.rng.randrange((latest - earliest).days + 1))

    def maybe(self, value: Any, likely: float) -> Any:
        return value if self.rng.random() < likely else None

    # -- people

    def _child(self) -> Row:
        rng = self.rng
        born = self.first - timedelta(days=rng.randrange(60, int(25.9 * 365.25)))
        if rng.random() < 0.04:
            leap_years = [year for year in range(born.year - 4, born.year) if year % 4 == 0]
            born = max(date(leap_years[-1], 2, 29), self.first - timedelta(days=int(25.8 * 365.25)))
        elif rng.random() < 0.06:
            born = last_day(month_of(born)) if last_day(month_of(born)) < self.first else born
        upn = self.maybe(self.numbers.upn(temporary=rng.random() < 0.08), 0.92)
        nhs_number = self.maybe(self.numbers.nhs_number(), 0.92)
        other_upn = self.numbers.upn(temporary=True) if rng.random() < 0.12 else upn
        ward = rng.choice(WARDS_OUTSIDE) if rng.random() < 0.05 else rng.choice(WARDS)
        common = {
            "date_of_birth": born,
            "sex": rng.choices("MFU", (55, 42, 3))[0],
            "ethnicity": self.maybe(rng.choice(ETHNICITIES), 0.93),
            "ward": self.maybe(ward, 0.94),
        }
        education = {"child_id": self.numbers.text("SEN-"), "upn": self.maybe(upn, 0.85)}
        education["nhs_number"] = self.maybe(nhs_number, 0.25)
        health = {"child_id": self.numbers.text("hx"), "upn": self.maybe(upn, 0.15)}
        health["nhs_number"] = self.maybe(nhs_number, 0.9)
        care = {"child_id": self.numbers.text("7"), "upn": self.maybe(other_upn, 0.7)}
        care["nhs_number"] = self.maybe(nhs_number, 0.6)
        return {
            "born": born,
            "upn": upn,
            "education": {**education, **common},
            "health": {**health, **common},
            "care": {**care, **common},
        }

    def _someone(self, on: date, youngest: float = 0.0, oldest: float = 25.9) -> Row:
        """A child whose age on the day lies between the two, in years."""
        while True:
            child = self.rng.choice(self.children)
            years = (on - child["born"]).days / 365.25
            if max(youngest, 0.003) <= years <= oldest:
                return child

    # -- education

    def _requests(self, count: int) -> list[Item]:
        earliest = first_day(months_later(self.months[0], -10))
        items = []
        for _ in range(count):
            received = self.day(earliest, self.last)
            person = self._someone(received)["education"]
            row = {"request_id": self.numbers.text("RQ/"), **person, **self._request_life(received)}
            items.append(Item([(ALWAYS, row)]))
        for days in (139, 140, 141, 146, 147, 148):  # old on the last day, and still open
            received = self.last - timedelta(days=days)
            row = {"request_id": self.numbers.text("RQ/"), **self._someone(received)["education"]}
            row.update(self._request_life(received))
            row.update(request_outcome="A", request_outcome_date=None, assessment_outcome=None, named_placement=None)
            row.update(assessment_outcome_date=None, _left_on=None)
            items.append(Item([(ALWAYS, row)]))
        self._disturb(items, REQUESTS)
        return items

    def _request_life(self, received: date) -> Row:
        rng = self.rng
        decided = received + timedelta(days=rng.choice((41, 42, 43, rng.randrange(12, 70))))
        concluded = received + timedelta(days=rng.choice((139, 140, 141, 146, 147, 148, rng.randrange(75, 240))))
        outcome = rng.choices("YNWHA", (70, 16, 6, 3, 5))[0]
        second = rng.choices(("Y", "N", "W", "H", "A", None), (68, 10, 6, 3, 9, 4))[0] if outcome == "Y" else None
        return {
            "phase": self.maybe(rng.choice(PHASES), 0.93),
            "primary_need": self.maybe(rng.choice(NEEDS), 0.9),
            "request_source": self.maybe(rng.choice("1222345"), 0.92),
            "received_date": received,
            "request_outcome": outcome,
            "request_outcome_date": decided if outcome in "YN" else None,
            "assessment_outcome": second,
            "assessment_outcome_date": concluded if second in ("Y", "N") else None,
            "exception_applies": rng.random() < 0.14,
            "named_placement": self.maybe(rng.choice(PLACEMENTS), 0.9) if second == "Y" else None,
            "mediation": self.maybe(rng.random() < 0.1, 0.7),
            "tribunal": self.maybe(rng.random() < 0.06, 0.7),
            "moving_forward_offered": self.maybe(rng.random() < 0.6, 0.8),
            "moving_forward_taken_up": self.maybe(rng.random() < 0.5, 0.8),
            "_left_on": (decided if outcome in "WH" else concluded) if "W" in (outcome, second) else None,
            "_undecided": rng.choice(("A", "A", None)),
        }

    def _exclusions(self, count: int) -> list[Item]:
        rng = self.rng
        earliest = first_day(months_later(self.months[0], -15))
        pupils = [child for child in self.children if 5 <= (self.first - child["born"]).days / 365.25 <= 15]
        pupils = pupils[: max(8, len(pupils) // 2)]
        items = []
        for _ in range(count):
            started = self.day(earliest, self.last)
            upn = rng.choice(pupils)["upn"] or self.numbers.upn()
            category = rng.choices(("SUSP", "PERM"), (88, 12))[0]
            reasons = rng.sample(EXCLUSION_REASONS, 3)
            row = {
                "event_id": self.numbers.text("ev."),
                "upn": upn,
                "school_urn": str(rng.randrange(112700, 112725)),
                "phase": rng.choice(SCHOOL_PHASES),
                "nc_year": self.maybe(rng.choice(("R", "1", "2", "5", "7", "8", "9", "10", "11")), 0.93),
                "category": category,
                "start_date": started,
                "recorded_date": started + timedelta(days=rng.choice((0, 0, 1, 3, 8, 20, 45))),
                "sessions": self.maybe(rng.choice((1, 2, 3, 6, 10, 90)), 0.9) if category == "SUSP" else None,
                "reason_1": reasons[0],
                "reason_2": self.maybe(reasons[1], 0.3),
                "reason_3": self.maybe(reasons[2], 0.1),
                "sen_provision": rng.choices("NKE", (5, 3, 2))[0],
                "plan_in_year": rng.random() < 0.25,
                "sen_support_in_year": rng.random() < 0.4,
                "under_assessment": rng.random() < 0.1,
                "known_to_social_care": rng.random() < 0.3,
            }
            items.append(Item([(ALWAYS, row)]))
        self._disturb(items, EXCLUSIONS)
        return items

    def _disturb(self, items: list[Item], extract: str) -> None:
        """Rows of a history change afterwards, vanish, or come again with the same key and another date."""
        rng = self.rng
        for item in rng.sample(items, len(items) // 12):
            row = item.truths[0][1]
            since = months_later(month_of(row[PLACED[extract]]), rng.randrange(1, 5))
            item.truths.append((since, {**row, "phase": rng.choice(SCHOOL_PHASES)}))
        for item in rng.sample(items, len(items) // 25):
            placed = item.truths[0][1][PLACED[extract]]
            item.gone_from = months_later(month_of(placed), rng.randrange(1, 4))
        old = [item for item in items if item.truths[0][1][PLACED[extract]] < self.first and item.gone_from is None]
        for item in rng.sample(old, min(3, len(old))):
            since = rng.choice(self.months[-5:-2])
            again = first_day(since) + timedelta(days=rng.randrange(20))
            row = {**item.truths[-1][1], PLACED[extract]: again}
            if extract == EXCLUSIONS:
                row["recorded_date"] = again
            else:
                life = self._request_life(again)
                row.update(life)
                row["date_of_birth"] = max(row["date_of_birth"], date(again.year - 24, 1, 1))
            item.truths.append((since, row))

    def _plans(self) -> list[Item]:
        rng = self.rng
        items = []
        for child in rng.sample(self.children, len(self.children) // 2):
            started = self.day(max(child["born"], self.first - timedelta(days=1500)), self.last)
            placement = rng.choice(PLACEMENTS)
            row = {
                "plan_id": self.numbers.text("EHCP "),
                **child["education"],
                "primary_need": rng.choice(NEEDS),
                "start_date": started,
                "placement_type": placement,
                "school_urn": None if placement in WITHOUT_SCHOOL else str(rng.randrange(113000, 113040)),
                "personal_budget": self.maybe(rng.random() < 0.25, 0.8),
                "joint_funded": self.maybe(rng.choice(("none", "none", "health", "social_care", "both")), 0.8),
            }
            item = Item([(month_of(started), row)])
            if rng.random() < 0.15:
                since = rng.choice(self.months)
                moved = {**row, "placement_type": "independent_special", "school_urn": "113099"}
                item.truths.append((max(since, month_of(started)), moved))
            if rng.random() < 0.15:
                item.gone_from = max(rng.choice(self.months), months_later(month_of(started), 1))
            items.append(item)
        return items

    def _home(self, count: int) -> list[Item]:
        rng = self.rng
        items = []
        for _ in range(count):
            started = self.day(first_day(months_later(self.months[0], -20)), self.last)
            child = self._someone(started, youngest=3, oldest=17)
            over = rng.random() < 0.45
            ended = self.day(started, self.last) if over else None
            if over and rng.random() < 0.3:
                ended = last_day(month_of(started + timedelta(days=rng.randrange(40, 200))))
            row = {
                "spell_id": self.numbers.text("H-"),
                **child["education"],
                "nc_year": self.maybe(rng.choice(("R", "1", "3", "6", "7", "9", "10", "11")), 0.9),
                "start_date": started,
                "end_date": ended,
                "end_reason": self.maybe(
                    rng.choice(("returned_to_school", "returned_to_school", "moved_away", "over_age", "other")), 0.9
                )
                if over
                else None,
                "primary_reason": rng.choice(HOME_REASONS),
                "sen_provision": rng.choices("NKE", (5, 4, 1))[0],
                "known_to_social_care": rng.random() < 0.3,
            }
            item = Item([(ALWAYS, row)])
            if rng.random() < 0.06:
                item.gone_from = months_later(month_of(started), rng.randrange(1, 6))
            elif rng.random() < 0.1:
                since = months_later(month_of(started), rng.randrange(1, 6))
                item.truths.append((since, {**row, "sen_provision": "E", "primary_reason": "dissatisfaction_send"}))
            items.append(item)
        return items

    # -- health and care

    def _referrals(self, count: int) -> list[Item]:
        rng = self.rng
        items = []
        for _ in range(count):
            referred = self.day(self.first - timedelta(days=1200), self.last)
            if rng.random() < 0.1:  # exactly a year of weeks before some month's end, or a day to either side
                close = last_day(rng.choice(self.months))
                referred = close - timedelta(days=rng.choice((363, 364, 365, 366)))
            child = self._someone(referred, youngest=1.5, oldest=18)
            days = sorted(rng.randrange(5, 900) for _ in range(4))
            if rng.random() < 0.1:
                days[3] = (last_day(month_of(referred + timedelta(days=days[3]))) - referred).days
            seen = [referred + timedelta(days=count) for count in days]
            over = rng.random() < 0.55
            row = {
                "referral_id": self.numbers.text("nd_"),
                **child["health"],
                "pathway": rng.choices(("autism", "adhd", "both", "other"), (50, 30, 15, 3))[0],
                "priority": rng.choices(("routine", "urgent"), (9, 1))[0],
                "referral_date": referred,
                "accepted_date": self.maybe(seen[0], 0.8),
                "first_contact_date": self.maybe(seen[1], 0.6),
                "assessment_start_date": self.maybe(seen[2], 0.5),
                "closed_date": seen[3] if over else None,
                "outcome": self.maybe(
                    rng.choice(("diagnosed", "diagnosed", "not_diagnosed", "discharged", "rejected", "transferred")),
                    0.9,
                )
                if over
                else None,
            }
            items.append(Item([(month_of(referred), row)]))
        return items

    def _cases(self) -> list[Item]:
        rng = self.rng
        items = []
        for child in rng.sample(self.children, len(self.children) * 2 // 5):
            started = self.day(max(child["born"], self.first - timedelta(days=900)), self.last)
            row = {
                **child["care"],
                "status": rng.choices(("CLA", "CP", "CIN", "EH"), (2, 1, 4, 4))[0],
                "start_date": started,
                "disabled": rng.random() < 0.2,
            }
            item = Item([(month_of(started), row)])
            if rng.random() < 0.3:
                since = max(rng.choice(self.months), month_of(started))
                item.truths.append((since, {**row, "status": rng.choice(("CLA", "CIN"))}))
            if rng.random() < 0.3:
                item.gone_from = max(rng.choice(self.months), months_later(month_of(started), 1))
            items.append(item)
        return items

    # -- views

    def view(self, extract: str, month: str) -> list[Row]:
        """The rows a sender's system holds at the end of the month, what lies ahead of it left out."""
        close = last_day(month)
        if extract == POST16:
            return self._post16(month)
        rows = []
        for item in self.items[extract]:
            row = item.at(month)
            if row is None or _first_known(extract, row) > close:
                continue
            row = _as_known(extract, row, close)
            long_over = extract == ND and row["closed_date"] is not None
            if long_over and row["closed_date"] <= last_day(months_later(month, -24)):
                continue
            rows.append(row)
        return rows

    def _post16(self, month: str) -> list[Row]:
        close = last_day(month)
        august = date(close.year if close.month >= 9 else close.year - 1, 8, 31)
        rows = []
        for child in self.children:
            born = child["born"]
            age = august.year - born.year - ((august.month, august.day) < (born.month, born.day))
            if not 16 <= age <= 24:
                continue
            # The same draw for the same child until the term changes.
            dice = random.Random(f"{child['education']['child_id']} {close.year} {close.month // 4}")
            begun = close - timedelta(days=dice.randrange(10, 400))
            rows.append(
                {
                    **child["education"],
                    "academic_age": age,
                    "sen_provision": dice.choices("NKE", (4, 4, 3))[0],
                    "activity_code": str(dice.choice(ACTIVITIES)),
                    "activity_start_date": begun,
                    "last_confirmed_date": begun + timedelta(days=(close - begun).days // 2),
                }
            )
        return rows


def _first_known(extract: str, row: Row) -> date:
    """The day a sender first hears of it."""
    column = {
        REQUESTS: "received_date", PLANS: "start_date", EXCLUSIONS: "recorded_date", HOME: "start_date",
        ND: "referral_date", CASES: "start_date",
    }[extract]  # fmt: skip
    known: date = row[column]
    return known


def _as_known(extract: str, row: Row, close: date) -> Row:
    """The row as it stands at the close of a month: nothing in it lies later."""
    known = dict(row)
    if extract == REQUESTS:
        return _request_as_known(known, close)
    for column in ("end_date", "closed_date", "accepted_date", "first_contact_date", "assessment_start_date"):
        if known.get(column) is not None and known[column] > close:
            known[column] = None
    if extract == HOME and known["end_date"] is None:
        known["end_reason"] = None
    if extract == ND and known["closed_date"] is None:
        known["outcome"] = None
    return known


def _request_as_known(known: Row, close: date) -> Row:
    left_on, undecided = known.pop("_left_on"), known.pop("_undecided")
    if left_on is not None and left_on > close:
        if known["request_outcome"] == "W":
            known["request_outcome"] = "A"
        else:
            known["assessment_outcome"] = undecided
    if known["assessment_outcome_date"] is not None and known["assessment_outcome_date"] > close:
        known.update(assessment_outcome=undecided, assessment_outcome_date=None, named_placement=None)
    if known["request_outcome_date"] is not None and known["request_outcome_date"] > close:
        known.update(request_outcome="A", request_outcome_date=None, assessment_outcome=None)
        known.update(assessment_outcome_date=None, named_placement=None)
    return known


# ---------------------------------------------------------------------------------------------------------
# Planted faults: each takes a clean row nobody else has, and spoils one thing about it

Spoil = Callable[[Row, date], None]


def _set(column: str, value: Any) -> Spoil:
    def spoil(row: Row, close: date) -> None:
        row[column] = AsTyped(value) if isinstance(value, str) else value

    return spoil


def _after_month_end(column: str, *also: str) -> Spoil:
    """A day in the next month; the dates that would have to follow it are left empty."""

    def spoil(row: Row, close: date) -> None:
        row[column] = close + timedelta(days=3)
        for other in also:
            row[other] = None

    return spoil


def _days_before(column: str, other: str, days: int) -> Spoil:
    def spoil(row: Row, close: date) -> None:
        row[column] = row[other] - timedelta(days=days)

    return spoil


def _wrong_check_letter(row: Row, close: date) -> None:
    upn = row["upn"]
    other = UPN_LETTERS[(UPN_LETTERS.index(upn[0]) + 7) % 23]
    row["upn"] = AsTyped(other + upn[1:])


def _wrong_check_digit(row: Row, close: date) -> None:
    number = row["nhs_number"]
    row["nhs_number"] = AsTyped(number[:9] + str((int(number[9]) + 3) % 10))


def _still_awaiting(row: Row) -> None:
    row.update(request_outcome="A", request_outcome_date=None, assessment_outcome=None)
    row.update(assessment_outcome_date=None, named_placement=None)


def _request_outcome_before_received(row: Row, close: date) -> None:
    _still_awaiting(row)
    row.update(request_outcome="Y", request_outcome_date=row["received_date"] - timedelta(days=1))


def _request_received_next_month(row: Row, close: date) -> None:
    _still_awaiting(row)
    row["received_date"] = close + timedelta(days=1)


def _withdrawn_with_a_date(row: Row, close: date) -> None:
    _still_awaiting(row)
    row.update(request_outcome="W", request_outcome_date=row["received_date"])


def _decided_without_a_date(row: Row, close: date) -> None:
    _still_awaiting(row)
    row["request_outcome"] = "N"


def _plan_without_an_assessment(row: Row, close: date) -> None:
    _still_awaiting(row)
    row.update(assessment_outcome="Y", assessment_outcome_date=row["received_date"])


def _outcome_date_no_date(row: Row, close: date) -> None:
    _still_awaiting(row)
    row.update(request_outcome="N", request_outcome_date=AsTyped("tbc"))


def _too_old(row: Row, close: date) -> None:
    row["date_of_birth"] = date(row["received_date"].year - 27, 5, 14)


def _mainstream_without_school(row: Row, close: date) -> None:
    row.update(placement_type="mainstream", school_urn=None)


CHECKED_PERSON: tuple[tuple[str, str, Spoil], ...] = (
    ("upn", "check_letter", _wrong_check_letter),
    ("nhs_number", "check_digit", _wrong_check_digit),
    ("sex", "missing", _set("sex", None)),
    ("ethnicity", "unknown_code", _set("ethnicity", "ZZZZ")),
    ("date_of_birth", "untypable", _set("date_of_birth", "2009-02-30")),
)
FAULTS: dict[str, tuple[tuple[str, str, Spoil], ...]] = {
    REQUESTS: (
        *CHECKED_PERSON,
        ("request_outcome", "unknown_code", _set("request_outcome", "Q")),
        ("request_outcome_date", "order", _request_outcome_before_received),
        ("received_date", "after_month_end", _request_received_next_month),
        ("request_outcome_date", "only_when", _withdrawn_with_a_date),
        ("request_outcome_date", "only_when", _decided_without_a_date),
        ("assessment_outcome", "only_when", _plan_without_an_assessment),
        ("request_outcome_date", "untypable", _outcome_date_no_date),
        ("date_of_birth", "out_of_range", _too_old),
        ("exception_applies", "missing", _set("exception_applies", None)),
    ),
    PLANS: (
        *CHECKED_PERSON,
        ("placement_type", "unknown_code", _set("placement_type", "boarding")),
        ("start_date", "after_month_end", _after_month_end("start_date")),
        ("primary_need", "missing", _set("primary_need", None)),
        ("school_urn", "only_when", _mainstream_without_school),
        ("personal_budget", "untypable", _set("personal_budget", "maybe")),
    ),
    EXCLUSIONS: (
        ("upn", "check_letter", _wrong_check_letter),
        ("upn", "missing", _set("upn", None)),
        ("upn", "stated_reason", _set("upn", "UN3")),
        ("category", "unknown_code", _set("category", "LUNCH")),
        ("reason_1", "unknown_code", _set("reason_1", "QQ")),
        ("recorded_date", "order", _days_before("recorded_date", "start_date", 2)),
        ("recorded_date", "after_month_end", _after_month_end("recorded_date")),
        ("plan_in_year", "untypable", _set("plan_in_year", "perhaps")),
        ("start_date", "untypable", _set("start_date", "last Tuesday")),
    ),
    HOME: (
        *CHECKED_PERSON,
        ("end_date", "order", _days_before("end_date", "start_date", 1)),
        ("end_date", "after_month_end", _after_month_end("end_date")),
        ("primary_reason", "unknown_code", _set("primary_reason", "because")),
        ("known_to_social_care", "missing", _set("known_to_social_care", None)),
    ),
    POST16: (
        *CHECKED_PERSON,
        ("academic_age", "out_of_range", _set("academic_age", 15)),
        ("academic_age", "untypable", _set("academic_age", "sixteen")),
        ("activity_code", "unknown_code", _set("activity_code", "999")),
        ("sen_provision", "missing", _set("sen_provision", None)),
    ),
    ND: (
        *CHECKED_PERSON,
        ("first_contact_date", "order", _days_before("first_contact_date", "referral_date", 1)),
        ("closed_date", "order", _days_before("closed_date", "referral_date", 1)),
        ("closed_date", "after_month_end", _after_month_end("closed_date")),
        ("pathway", "unknown_code", _set("pathway", "dyslexia")),
        ("referral_date", "missing", _set("referral_date", None)),
    ),
    CASES: (
        *CHECKED_PERSON,
        ("status", "unknown_code", _set("status", "LAC!")),
        ("disabled", "missing", _set("disabled", None)),
        ("start_date", "after_month_end", _after_month_end("start_date")),
    ),
    RETURN: (
        ("indicator_id", "unknown_indicator", _set("indicator_id", "camhs_waiting_total")),
        ("value", "missing", _set("value", None)),
        ("grain", "unknown_code", _set("grain", "weekly")),
        ("period_end", "not_month_end", _days_before("period_end", "period_end", 1)),
        ("value", "untypable", _set("value", "1.234,5")),
        ("value", "negative", _set("value", "-3")),
        ("period_end", "after_month_end", lambda row, close: row.update(period_end=_next_month_end(close))),
    ),
}


def _next_month_end(close: date) -> date:
    return last_day(months_later(month_of(close), 1))


# ---------------------------------------------------------------------------------------------------------
# Spelling: how a sender writes a value down


@dataclass(frozen=True)
class Hand:
    """One file's habits."""

    rng: random.Random
    form: str  # csv, xlsx or parquet
    yes_and_no: tuple[Any, Any]
    typed: bool  # real dates and numbers where the format has them

    def write(self, column: str, kind: str, value: Any) -> Any:
        if isinstance(value, AsTyped):
            return str(value)
        if value is None:
            return self.rng.choice(("", "", "  ")) if self.form == "csv" else None
        return WRITERS.get(kind, Hand._text)(self, column, value)

    def _text(self, column: str, value: Any) -> Any:
        if column.endswith(("_id", "_urn")) and value.isdigit() and self.typed and self.form == "xlsx":
            return int(value)
        return f" {value} " if column in ("nc_year", "note") and self.rng.random() < 0.1 else str(value)

    def _bool(self, column: str, value: Any) -> Any:
        return self.yes_and_no[0 if value else 1]

    def _date(self, column: str, value: Any) -> Any:
        return value if self.typed else value.isoformat()

    def _whole(self, column: str, value: Any) -> Any:
        return int(value) if self.typed and self.form == "xlsx" else str(value)

    def _number(self, column: str, value: Any) -> Any:
        if self.typed and self.form == "xlsx":
            return value
        return f"{value:,}" if value >= 1000 and self.rng.random() < 0.5 else str(value)

    def _upn(self, column: str, value: Any) -> Any:
        ways = (value, value, value, value.lower(), f" {value}", f"{value[:4]} {value[4:8]} {value[8:]}", f"{value} ")
        return self.rng.choice(ways)

    def _nhs(self, column: str, value: Any) -> Any:
        spaced, hyphened = (mark.join((value[:3], value[3:6], value[6:])) for mark in " -")
        plain = int(value) if self.typed and self.form == "xlsx" else value
        return self.rng.choice((plain, plain, spaced, hyphened))

    def _ward(self, column: str, value: Any) -> Any:
        other = value.replace("&", "and")
        return self.rng.choice((value, value, other, other.lower(), value.upper(), f" {other.title()} "))

    def _code(self, column: str, value: Any) -> Any:
        if value == "SUSP" and self.rng.random() < 0.3:
            value = "FIXD"
        return self.rng.choice((value, value, value.lower(), value.upper(), value.capitalize(), f" {value}"))


WRITERS: dict[str, Callable[[Hand, str, Any], Any]] = {
    "bool": Hand._bool, "date": Hand._date, "int": Hand._whole, "number": Hand._number, "upn": Hand._upn,
    "nhs": Hand._nhs, "ward": Hand._ward, "code": Hand._code,
}  # fmt: skip

YES_AND_NO: tuple[tuple[str, str], ...] = (
    ("1", "0"), ("true", "false"), ("TRUE", "FALSE"), ("True", "False"), ("Y", "N"), ("y", "n"),
)  # fmt: skip


def _spelled_header(rng: random.Random, column: str) -> str:
    ways = (column, column, column, column.upper(), column.replace("_", " "), column.replace("_", "-").title())
    return rng.choice((*ways, f" {column} "))


# ---------------------------------------------------------------------------------------------------------
# Files


def _write_csv(path: Path, header: list[str], lines: list[list[Any]], rng: random.Random) -> None:
    encoding = rng.choice(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16"))
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(
            file,
            lineterminator=rng.choice(("\n", "\r\n")),
            quoting=csv.QUOTE_ALL if rng.random() < 0.3 else csv.QUOTE_MINIMAL,
        )
        if rng.random() < 0.15:
            writer.writerow(["Monthly export, made by hand", *[""] * (len(header) - 1)])
        writer.writerow(header)
        writer.writerows(lines)
        if rng.random() < 0.2:
            writer.writerow([""] * len(header))


def _write_xlsx(path: Path, header: list[str], lines: list[list[Any]], rng: random.Random) -> None:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Export")
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    top = 0
    if rng.random() < 0.3:
        sheet.write_string(0, 0, "Monthly export, made by hand")
        top = 2
    for across, name in enumerate(header):
        sheet.write_string(top, across, name)
    for down, line in enumerate(lines, start=top + 1):
        for across, value in enumerate(line):
            if isinstance(value, bool):
                sheet.write_boolean(down, across, value)
            elif isinstance(value, date):
                sheet.write_datetime(down, across, value, day)
            elif isinstance(value, (int, float)):
                sheet.write_number(down, across, value)
            elif value:
                sheet.write_string(down, across, value)
    if rng.random() < 0.5:
        book.add_worksheet("Notes").write_string(0, 0, "Ask the data team before changing this sheet.")
    book.close()


def _write_parquet(path: Path, header: list[str], lines: list[list[Any]]) -> None:
    columns = []
    for across, name in enumerate(header):
        values = [line[across] for line in lines]
        present = [value for value in values if value is not None]
        if present and all(isinstance(value, date) for value in present):
            columns.append(pl.Series(name, values, dtype=pl.Date))
        elif present and all(isinstance(value, bool) for value in present):
            columns.append(pl.Series(name, values, dtype=pl.Boolean))
        else:
            texts = [None if value is None else str(value) for value in values]
            columns.append(pl.Series(name, texts, dtype=pl.String))
    pl.DataFrame(columns).write_parquet(path)


# ---------------------------------------------------------------------------------------------------------
# Deliveries


class Sender:
    """Writes one folder of files and keeps the account of what was meant by them."""

    def __init__(self, out: Path, world: World, seed: int, plant: bool) -> None:
        self.out, self.world, self.plant = out, world, plant
        self.rng = random.Random(f"sender {seed} {out.name}")
        self.deliveries: list[Delivery] = []
        self.files: list[WrittenFile] = []
        self._spare = 0

    def send(
        self,
        extract: str,
        month: str,
        rows: list[Row],
        *,
        version: int = 1,
        name: str | None = None,
        without: str | None = None,
        accepted: bool = True,
    ) -> WrittenFile:
        """One file. `without` leaves a required column out; `accepted` says what ought to become of it."""
        rng = self.rng
        columns = COLUMNS[extract]
        left_out = {column for column, kind in columns.items() if kind.endswith("-") and rng.random() < 0.07}
        kept = [*columns, *(("status", "mark") if extract == RETURN else ())]
        clean = [{column: None if column in left_out else row.get(column) for column in kept} for row in rows]
        form = rng.choices(("csv", "xlsx", "parquet"), (64, 22, 14))[0]
        hand = Hand(rng, form, self._yes_and_no(form), rng.random() < 0.7 and form != "csv")

        written = WrittenFile(extract, month, version, Path(), accepted)
        order = [column for column in columns if column not in left_out and column != without]
        rng.shuffle(order)
        lines = self._lines(clean, hand, written, order)
        rng.shuffle(lines)
        header = [_spelled_header(rng, column) for column in order]
        table = [[line[column] for column in order] for line in lines]
        if rng.random() < 0.1:
            header.append("Team notes")
            table = [[*line, "seen"] for line in table]

        agency, short = extract.split("/")
        folder = self.out / month / agency
        folder.mkdir(parents=True, exist_ok=True)
        written.path = folder / f"{name or f'{short}_{month}'}.{form}"
        if form == "csv":
            _write_csv(written.path, header, table, rng)
        elif form == "xlsx":
            _write_xlsx(written.path, header, table, rng)
        else:
            _write_parquet(written.path, header, table)
        written.rows_received = len(table)
        self.files.append(written)
        if accepted:
            self.deliveries.append(Delivery(extract, month, version, clean))
        return written

    def _yes_and_no(self, form: str) -> tuple[Any, Any]:
        if form != "csv" and self.rng.random() < 0.4:
            return (True, False)
        return self.rng.choice(YES_AND_NO)

    def _lines(self, clean: list[Row], hand: Hand, written: WrittenFile, present: list[str]) -> list[dict[str, Any]]:
        """The clean rows as the sender writes them, and among them rows with one fault each."""
        extract, month = written.extract, written.month
        kinds = {column: kind.rstrip("!-") for column, kind in COLUMNS[extract].items()}

        def spell(row: Row) -> dict[str, Any]:
            line = {column: hand.write(column, kind, row.get(column)) for column, kind in kinds.items()}
            if extract == RETURN and row.get("status", "ok") != "ok":
                line["value"] = row["mark"]
            return line

        lines = [spell(row) for row in clean]
        for line, row in zip(lines, clean, strict=True):
            if extract == REQUESTS and row["upn"] is None and self.rng.random() < 0.2:
                line["upn"] = self.rng.choice(("UN1", "UN5", "un8"))
        if not self.plant or not written.accepted or self.rng.random() < 0.15:
            return lines

        possible = [fault for fault in FAULTS[extract] if fault[0] in present]
        for column, kind, spoil in self.rng.sample(possible, self.rng.randrange(1, 4)):
            row = self._stranger(extract, month, clean, keep_key=kind == "check_letter")
            spoil(row, last_day(month))
            lines.append(spell(row))
            written.faults.append(Fault(extract, month, column, kind, 1))
        key = KEY.get(extract, "indicator_id")
        if self.rng.random() < 0.4:
            lines.append(dict(lines[self.rng.randrange(len(clean))]))
            written.faults.append(Fault(extract, month, key, "duplicate", 1))
        if self.rng.random() < 0.4:
            row = self._stranger(extract, month, clean)
            lines.append(spell(row))
            lines.append(spell({**row, **_another(extract, row)}))
            written.faults.append(Fault(extract, month, key, "duplicate_differs", 2))
        written.rows_quarantined = sum(fault.rows for fault in written.faults)
        return lines

    def _stranger(self, extract: str, month: str, clean: Sequence[Row], *, keep_key: bool = False) -> Row:
        """A good row with a key of its own. With `keep_key`: an old row of a history that is not sent any more."""
        self._spare += 1
        numbers = self.world.numbers
        if extract == RETURN:
            long_ago = last_day(months_later(month, -30 - self._spare % 60))
            return _figure("camhs_waiting_count", long_ago, 40, 40, grain="calendar_ytd")
        row = dict(self.rng.choice(clean))
        if keep_key and extract in PLACED:
            placed = PLACED[extract]
            first = min(line[placed] for line in clean)
            truths = [item.truths[0][1] for item in self.world.items[extract]]
            sent = {line[KEY[extract]] for line in clean}
            old = [truth for truth in truths if truth[placed] < first and truth[KEY[extract]] not in sent]
            if old:
                row = _as_known(extract, self.rng.choice(old), last_day(month))
                row["upn"] = row["upn"] or numbers.upn()
                return row
        row[KEY[extract]] = numbers.text("9")
        if "child_id" in row:
            row["child_id"] = numbers.text("9")
            row["nhs_number"] = numbers.nhs_number()
            if "request_id" in row:
                row["date_of_birth"] = row["received_date"] - timedelta(days=3000)
        row["upn"] = numbers.upn()
        return row


def _another(extract: str, row: Row) -> Row:
    """The same row, told differently in one column."""
    if extract == RETURN:
        return {"value": row["value"] + 1, "numerator": None}
    column = {EXCLUSIONS: "phase", CASES: "status"}.get(extract, "sex")
    choices = {"phase": ("primary", "secondary"), "status": ("CIN", "EH"), "sex": ("M", "F")}[column]
    return {column: choices[0] if row[column] != choices[0] else choices[1]}


# ---------------------------------------------------------------------------------------------------------
# The return


def _figure(
    indicator: str, period_end: date, value: float, numerator: float | None = None, denominator: float | None = None,
    *, grain: str = "month", provisional: bool = False, mark: str | None = None, status: str = "ok",
) -> Row:  # fmt: skip
    return {
        "indicator_id": indicator,
        "period_end": period_end,
        "grain": grain,
        "dimension": "all",
        "category": "all",
        "numerator": numerator if mark is None else None,
        "denominator": denominator if mark is None else None,
        "value": value,
        "provisional": provisional,
        "note": "checked" if provisional else None,
        "status": status,
        "mark": mark,
    }


MARKS = (("c", "c"), ("*", "c"), ("<5", "c"), ("x", "x"), ("-", "x"), ("N/A", "x"), ("z", "z"), ("low", "low"))


def _returned_figures(world: World, month: str) -> list[Row]:
    dice = random.Random(f"return {world.months[0]} {month} {world.numbers.upn()}")
    close = last_day(month)
    figures = []
    waiting = dice.choice((0, 3, 4, 5, 61, 140, 1404))
    figures.append(_figure("camhs_waiting_count", close, waiting, dice.choice((waiting, None))))
    children, weeks = dice.choice((3, 27, 120)), dice.randrange(400, 3000)
    average = round(weeks / children, 2)
    figures.append(
        _figure("camhs_avg_wait_weeks", close, average, weeks, children, provisional=dice.random() < 0.5)
        if dice.random() < 0.7
        else _figure("camhs_avg_wait_weeks", close, average)
    )
    grains = dice.sample(("quarter", "calendar_ytd", "financial_ytd", "academic_ytd", "rolling_12m"), 2)
    figures += [_figure("camhs_avg_wait_weeks", close, 11.5, 2300, 200, grain=grain) for grain in grains]
    before = last_day(months_later(month, -1))
    if dice.random() < 0.6:  # last month's figure again, corrected, or withdrawn behind a mark
        mark, status = dice.choice(MARKS) if dice.random() < 0.5 else (None, "ok")
        figures.append(_figure("camhs_waiting_count", before, waiting + 17, waiting + 17, mark=mark, status=status))
    if dice.random() < 0.15:
        figures = figures[1:]
    if month == world.months[0]:  # published before any record was shared
        figures.append(_figure("nd_waiting_count", close, 812, 812))
        figures.append(_figure("nd_waiting_count", before, 3, 3))
        figures.append(_figure("nd_avg_wait_weeks", close, 25.5, 20706, 812))
    return figures


# ---------------------------------------------------------------------------------------------------------
# Which files are written

STARTS = {REQUESTS: 0, EXCLUSIONS: 1, HOME: 0, PLANS: 1, CASES: 0, POST16: 2, ND: 3, RETURN: 0}
ABSENT = {REQUESTS: 4, EXCLUSIONS: 6, HOME: 5, PLANS: 7, CASES: 9, ND: 8, RETURN: 4}
REJECTED = {POST16: 6}
TWICE = {CASES: 5}


def write_extracts(
    out: Path,
    *,
    months: list[str],
    seed: int,
    children: int = 400,
    health_silent_at_the_end: bool = False,
    home_silent_at_the_end: bool = False,
    plant_faults: bool = True,
) -> dict[str, Any]:
    """Files of eight extracts for the months (eleven at least), and what was meant by them.

    Gives `deliveries` (the clean rows of everything that ought to be accepted), `files` (each with its planted
    faults and exact row counts), `faults`, and `world`, which `write_corrections` needs.
    """
    if len(months) < 11:
        raise ValueError("eleven months are needed, or there is no room for what goes wrong in them")
    world = World(months, seed, children)
    sender = Sender(out, world, seed, plant_faults)
    for extract, start in STARTS.items():
        for number, month in enumerate(months):
            if number < start or number == ABSENT.get(extract):
                continue
            if month == months[-1] and (
                (health_silent_at_the_end and extract.startswith("health/"))
                or (home_silent_at_the_end and extract == HOME)
            ):
                continue
            _send_month(sender, extract, number, month)
    return _account(sender, world)


def _send_month(sender: Sender, extract: str, number: int, month: str) -> None:
    rows = _rows_to_send(sender, extract, number, month)
    if number == REJECTED.get(extract):
        sender.send(extract, month, rows, without="activity_code", accepted=False)
    elif number == TWICE.get(extract):
        wrong = [row for row in rows if row["status"] != "CLA"]
        first = sender.send(extract, month, wrong)
        second = sender.send(extract, month, rows, version=2, name=f"a correction of {extract.split('/')[1]}_{month}")
        os.utime(first.path, (1_700_000_000, 1_700_000_000))
        os.utime(second.path, (1_700_090_000, 1_700_090_000))
    elif extract == HOME and number == 3:
        sender.send(extract, month, rows, name="register as it came out of the system")
    else:
        sender.send(extract, month, rows)


def _rows_to_send(sender: Sender, extract: str, number: int, month: str) -> list[Row]:
    world, rng = sender.world, sender.rng
    if extract == RETURN:
        return _returned_figures(world, month)
    rows = world.view(extract, month)
    if extract not in PLACED:
        return rows
    placed = PLACED[extract]
    is_first = number == STARTS[extract]
    back = {REQUESTS: -9, EXCLUSIONS: -14}[extract] if is_first else -rng.randrange(4, 9)
    window = first_day(months_later(month, back))
    sent = [row for row in rows if row[placed] >= window]
    if extract == EXCLUSIONS and number == 8:  # one row from further back widens what this delivery replaces
        older = [row for row in rows if window - timedelta(days=45) <= row[placed] < window]
        if older:
            sent.append({**min(older, key=lambda row: row[placed]), "event_id": world.numbers.text("late.")})
    return sent


def _account(sender: Sender, world: World) -> dict[str, Any]:
    return {
        "deliveries": sender.deliveries,
        "files": sender.files,
        "faults": [fault for file in sender.files for fault in file.faults],
        "world": world,
    }


def write_corrections(out: Path, *, first: dict[str, Any], seed: int) -> dict[str, Any]:
    """A second folder: corrected months, late ones, one refused for being far too short, and a file sent again.

    Gives what `write_extracts` gives, for these files alone; both lists of deliveries together are what is held.
    """
    world: World = first["world"]
    months = world.months
    sender = Sender(out, world, seed, plant=True)
    newest = {extract: max(file.month for file in first["files"] if file.extract == extract) for extract in STARTS}

    plans = world.view(PLANS, months[5])
    moved = [{**row, "placement_type": "state_special", "school_urn": "113098"} for row in plans[:6]]
    sender.send(PLANS, months[5], [*moved, *plans[9:]], version=2)

    sender.send(ND, months[8], world.view(ND, months[8]))
    sender.send(POST16, months[6], world.view(POST16, months[6]), version=2)

    window = first_day(months_later(months[-2], -7))
    requests = [row for row in world.view(REQUESTS, months[-2]) if row["received_date"] >= window]
    changed = [{**row, "exception_applies": not row["exception_applies"], "sex": "F"} for row in requests[:15]]
    sender.send(REQUESTS, months[-2], [*changed, *requests[18:]], version=2)

    home = world.view(HOME, newest[HOME])
    still_at_home = [{**row, "end_date": None, "end_reason": None} for row in home[:10]]
    sender.send(HOME, newest[HOME], [*still_at_home, *home[12:]], version=2)

    exclusions = [row for row in world.view(EXCLUSIONS, months[-1]) if row["start_date"] >= window]
    sender.send(EXCLUSIONS, months[-1], exclusions[::12], version=2, accepted=False)

    month = months[7]
    figures = [_figure("camhs_waiting_count", last_day(month), 77, 77, grain="month")]
    sender.send(RETURN, month, figures, version=2)

    again = next(file for file in first["files"] if file.extract == CASES and file.month == months[2])
    folder = out / months[2] / "care"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(again.path, folder / again.path.name)
    return _account(sender, world)


def in_force(*accounts: dict[str, Any]) -> Iterable[Delivery]:
    """Everything that ought to have been accepted, of one folder or several."""
    return [delivery for account in accounts for delivery in account["deliveries"]]
