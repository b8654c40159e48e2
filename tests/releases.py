"""Release files for tests: written by code, with invented numbers, in every state a page must survive.

Nothing here measures anything: values are shaped so that each state a reader can meet (late agency, hidden
number, no cases, a zero, provisional months, a gap) occurs at least once in the full release.
"""

from __future__ import annotations

import json
import math
import random
import zlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from metrics.release_format import FORMAT_VERSION, TABLES, create_statements

REPORTING_MONTH = "2025-09"
LAST = date(2025, 9, 30)
MONTHS = 25
VARIANTS = ("full", "empty", "suppressed", "first_month", "agency_missing")

FLOW = ["month", "calendar_ytd", "academic_ytd", "financial_ytd", "rolling_12m"]
STATE = ["month"]
FINE = {"age_band", "ethnicity_group", "ward", "primary_need", "request_source", "reason", "primary_reason"}

CATEGORIES: dict[str, list[str]] = {
    "phase": ["primary", "secondary", "special", "reception", "unknown"],
    "sen_provision": ["N", "K", "E"],
    "sex": ["F", "M", "U"],
    "age_band": ["0-4", "5-10", "11-15", "16-19", "20-25"],
    "ethnicity_group": ["white", "asian", "black", "mixed", "other", "unknown"],
    "primary_need": ["ASD", "SEMH", "SLCN", "MLD", "SLD", "PD", "HI", "VI", "unknown"],
    "ward": ["Abbey", "Arboretum", "Chellaston & Shelton Lock", "Mackworth & New Zealand", "Normanton", "Spondon"],
    "request_source": ["1", "2", "3", "4", "5"],
    "placement_type": ["mainstream", "erp", "state_special", "independent_special", "post_16_college", "eotas"],
    "service": ["speech_and_language", "occupational_therapy", "physiotherapy", "wheelchair", "audiology"],
    "adviser": ["community_paediatrics", "speech_and_language", "occupational_therapy", "camhs"],
    "pathway": ["autism", "adhd", "both", "other"],
    "priority": ["routine", "urgent"],
    "status": ["CLA", "CP", "CIN", "EH"],
    "known_to_social_care": ["true", "false"],
    "priority_group": ["none", "looked_after", "youth_justice", "home_educated"],
    "reason": ["awaiting_place", "moved_in", "application_awaiting", "unknown"],
    "in_area": ["true", "false"],
    "phase*sen_provision": ["primary*K", "primary*E", "primary*N", "secondary*K", "secondary*E", "secondary*N"],
    "age_group": ["16-17", "18", "19", "20-24"],
}


@dataclass(frozen=True)
class Spec:
    """What one invented metric looks like: enough for its row and for its values."""

    metric_id: str
    title: str
    theme: str
    extract: str
    unit: str
    direction: str
    level: float
    drift: float
    outcome: int
    grains: list[str]
    dimensions: list[str]
    base: int = 0
    target: float | None = None
    headline: bool = True
    lane: str = "computed"
    season: float = 0.0
    noise: float = 0.04


SPECS = [
    Spec(
        "social_care_ehcp_count",
        "Children with an EHC plan open to children's services",
        "care_and_complex_needs",
        "care/open_cases",
        "count",
        "neutral",
        610,
        2.4,
        1,
        STATE,
        ["status"],
    ),
    Spec(
        "ehc_requests_count",
        "EHC needs assessment requests",
        "ehc_plans",
        "education/ehc_requests",
        "count",
        "neutral",
        72,
        0.6,
        2,
        FLOW,
        ["request_source", "phase", "sex", "age_band", "primary_need"],
        season=0.25,
    ),
    Spec(
        "ehcp_issued_within_20_weeks_pct",
        "Plans issued within 20 weeks, all plans",
        "ehc_plans",
        "education/ehc_requests",
        "percent",
        "higher_better",
        9,
        2.1,
        2,
        FLOW,
        ["phase", "request_source", "sex", "age_band", "ethnicity_group", "ward", "primary_need"],
        74,
        100.0,
    ),
    Spec(
        "ehcp_issued_within_20_weeks_excl_exceptions_pct",
        "Plans issued within 20 weeks, leaving out lawful exceptions",
        "ehc_plans",
        "education/ehc_requests",
        "percent",
        "higher_better",
        100,
        0,
        2,
        FLOW,
        ["phase", "sex"],
        70,
        100.0,
        noise=0.0,
    ),
    Spec(
        "ehcp_open_over_20_weeks_count",
        "Open assessments older than 20 weeks",
        "ehc_plans",
        "education/ehc_requests",
        "count",
        "lower_better",
        280,
        -11.6,
        2,
        STATE,
        ["phase", "sex", "age_band", "ward", "primary_need"],
        0,
        0.0,
    ),
    Spec(
        "ehcp_caseload_count",
        "EHC plans maintained",
        "ehc_plans",
        "education/ehc_plans",
        "count",
        "neutral",
        3512,
        31,
        2,
        STATE,
        ["placement_type", "sex", "age_band", "primary_need", "ward"],
        noise=0.002,
    ),
    Spec(
        "annual_reviews_on_time_pct",
        "Annual reviews completed on time",
        "ehc_plans",
        "education/annual_reviews",
        "percent",
        "higher_better",
        50,
        0.05,
        2,
        FLOW,
        ["priority_group", "sex", "primary_need"],
        310,
        100.0,
    ),
    Spec(
        "health_advice_within_6_weeks_pct",
        "Health advice returned within 6 weeks",
        "ehc_plans",
        "health/ehc_advice",
        "percent",
        "higher_better",
        71,
        0.3,
        2,
        FLOW,
        ["adviser"],
        96,
        100.0,
    ),
    Spec(
        "nd_waiting_count",
        "Children waiting on the neurodevelopmental pathway",
        "health_waits",
        "health/nd_referrals",
        "count",
        "lower_better",
        1105,
        17,
        2,
        STATE,
        ["pathway", "priority", "sex", "age_band", "ward"],
        noise=0.01,
    ),
    Spec(
        "nd_avg_wait_weeks",
        "Mean weeks waited so far, neurodevelopmental",
        "health_waits",
        "health/nd_referrals",
        "weeks",
        "lower_better",
        48,
        0.9,
        2,
        STATE,
        ["pathway", "priority", "sex", "age_band"],
        1530,
        13.0,
        noise=0.02,
    ),
    Spec(
        "community_avg_wait_weeks",
        "Mean weeks waited so far, community health services",
        "health_waits",
        "health/community_referrals",
        "weeks",
        "lower_better",
        14,
        -0.2,
        2,
        STATE,
        ["service", "priority"],
        820,
    ),
    Spec(
        "attendance_pct",
        "Attendance",
        "attendance_and_exclusion",
        "education/attendance",
        "percent",
        "higher_better",
        92.4,
        0.02,
        3,
        ["month", "academic_ytd", "rolling_12m"],
        ["phase", "sen_provision", "phase*sen_provision"],
        39000,
        season=0.012,
        noise=0.004,
    ),
    Spec(
        "suspensions_count",
        "Suspensions",
        "attendance_and_exclusion",
        "education/suspensions_exclusions",
        "count",
        "lower_better",
        330,
        -0.4,
        3,
        FLOW,
        ["phase", "sen_provision", "phase*sen_provision", "reason"],
        season=0.5,
    ),
    Spec(
        "permanent_exclusions_count",
        "Permanent exclusions",
        "attendance_and_exclusion",
        "education/suspensions_exclusions",
        "count",
        "lower_better",
        7,
        -0.2,
        3,
        FLOW,
        ["phase", "sen_provision"],
        season=0.3,
    ),
    Spec(
        "part_time_timetables_open_count",
        "Children on a part-time timetable now",
        "attendance_and_exclusion",
        "education/part_time_timetables",
        "count",
        "lower_better",
        96,
        1.1,
        3,
        STATE,
        ["phase", "sen_provision"],
    ),
    Spec(
        "ehe_count",
        "Children electively home educated",
        "children_not_in_school",
        "education/ehe_register",
        "count",
        "lower_better",
        520,
        8.3,
        3,
        STATE,
        ["sen_provision", "known_to_social_care", "sex", "age_band", "ethnicity_group", "ward"],
        noise=0.01,
    ),
    Spec(
        "cme_count",
        "Children missing education",
        "children_not_in_school",
        "education/cme_register",
        "count",
        "lower_better",
        64,
        -0.5,
        3,
        STATE,
        ["sen_provision", "reason", "sex"],
        season=0.2,
    ),
    Spec(
        "placement_unit_cost_gbp",
        "Mean annual cost of a placement",
        "places_and_money",
        "education/placement_costs",
        "gbp",
        "lower_better",
        27400,
        190,
        3,
        STATE,
        ["placement_type"],
        3900,
        noise=0.01,
    ),
    Spec(
        "placement_spend_gbp",
        "Annual cost of all placements",
        "places_and_money",
        "education/placement_costs",
        "gbp",
        "neutral",
        104_000_000,
        1_150_000,
        3,
        STATE,
        ["placement_type"],
        headline=False,
        noise=0.006,
    ),
    Spec(
        "independent_placements_count",
        "Independent placements",
        "places_and_money",
        "education/placement_costs",
        "count",
        "lower_better",
        198,
        1.3,
        3,
        STATE,
        ["in_area"],
        noise=0.01,
    ),
    Spec(
        "neet_16_17_pct",
        "16 and 17 year olds not in education, employment or training",
        "preparing_for_adulthood",
        "education/post16_activity",
        "percent",
        "lower_better",
        4.4,
        -0.03,
        3,
        STATE,
        ["sen_provision", "sex"],
        6400,
    ),
    Spec(
        "neet_send_pct",
        "Young people with SEND who are NEET",
        "preparing_for_adulthood",
        "education/post16_activity",
        "percent",
        "lower_better",
        11.2,
        -0.05,
        3,
        STATE,
        ["age_group", "sen_provision"],
        1480,
    ),
    Spec(
        "camhs_avg_wait_weeks",
        "CAMHS: average wait",
        "mental_health",
        "health/indicator_return",
        "weeks",
        "lower_better",
        16,
        -0.25,
        4,
        ["month", "quarter"],
        [],
        430,
        18.0,
        lane="return",
    ),
    Spec(
        "progress8_score",
        "Progress 8",
        "achievement",
        "education/indicator_return",
        "score",
        "higher_better",
        -0.4,
        0.01,
        3,
        ["month"],
        [],
        2600,
        headline=False,
        lane="return",
    ),
    Spec(
        "suspensions_rate",
        "Suspensions for every 100 pupils",
        "attendance_and_exclusion",
        "education/suspensions_exclusions",
        "per_100",
        "lower_better",
        0.8,
        0,
        3,
        ["month", "academic_ytd"],
        ["phase", "sen_provision"],
        46000,
        headline=False,
        season=0.5,
    ),
]

# Extracts that only the delivery pages see; a youth justice extract has not started.
OTHER_EXTRACTS = [
    "education/school_roll",
    "education/disputes",
    "health/complex_needs",
    "care/short_breaks",
    "care/disabled_children_ot",
    "partnership/indicator_return",
]
NOT_STARTED = ["care/youth_justice"]
LATE = {"health/nd_referrals", "health/ehc_advice"}


def month_ends(count: int = MONTHS, last: date = LAST) -> list[date]:
    """`count` month ends up to and with `last`, oldest first."""
    ends = [last]
    while len(ends) < count:
        ends.append(ends[-1].replace(day=1) - timedelta(days=1))
    return ends[::-1]


def period_start(grain: str, end: date) -> date:
    """The first day of the period of this grain that ends on `end` (RULES: periods)."""
    first = end.replace(day=1)
    back = {
        "month": 0,
        "quarter": 2,
        "rolling_12m": 11,
        "calendar_ytd": end.month - 1,
        "academic_ytd": (end.month - 9) % 12,
        "financial_ytd": (end.month - 4) % 12,
    }[grain]
    for _ in range(back):
        first = (first - timedelta(days=1)).replace(day=1)
    return first


def _cell(spec: Spec, grain: str, end: date, dimension: str, category: str, **numbers: Any) -> dict[str, Any]:
    row = {
        "metric_id": spec.metric_id, "grain": grain, "period_start": period_start(grain, end), "period_end": end,
        "dimension": dimension, "category": category, "numerator": None, "denominator": None, "value": None,
        "status": "ok", "is_provisional": False, "is_revised": False,
    }  # fmt: skip
    return row | numbers


def _numbers(spec: Spec, level: float, share: float, months: int) -> dict[str, Any]:
    """Numerator, denominator, value and status that fit together for a level, a category's share and a length."""
    if spec.unit == "count":
        count = round(max(level, 0) * share * months)
        hidden = 0 < count < 5
        return {"numerator": None, "value": None, "status": "c"} if hidden else {"numerator": count, "value": count}
    if spec.unit in ("percent", "per_100"):
        denominator = round(spec.base * share * months)
        if denominator == 0:
            return {"numerator": 0, "denominator": 0, "status": "z"}
        numerator = round(min(level, 100) / 100 * denominator)
        if 0 < numerator < 5:
            return {"denominator": denominator, "status": "c"}
        return {"numerator": numerator, "denominator": denominator, "value": 100 * numerator / denominator}
    if spec.metric_id == "placement_spend_gbp":
        return {"numerator": level * share, "value": level * share}
    denominator = max(round(spec.base * share), 1)
    return {"numerator": level * denominator, "denominator": denominator, "value": level}


def _series(spec: Spec) -> list[float]:
    chance = random.Random(zlib.crc32(spec.metric_id.encode()))
    levels = []
    for i, end in enumerate(month_ends()):
        season = 1 + spec.season * math.cos((end.month - 11) / 12 * 2 * math.pi)
        if spec.season > 0.2 and end.month == 8:
            season *= 0.05  # schools are shut
        levels.append((spec.level + spec.drift * i) * season * (1 + chance.gauss(0, spec.noise)))
    return levels


def _values(spec: Spec) -> list[dict[str, Any]]:
    rows, ends, levels = [], month_ends(), _series(spec)
    for i, (end, level) in enumerate(zip(ends, levels, strict=True)):
        for grain in spec.grains:
            start = period_start(grain, end)
            if start < ends[0].replace(day=1):
                rows.append(_cell(spec, grain, end, "all", "all", status="x"))
                continue
            months = sum(start <= e <= end for e in ends) if spec.unit in ("count", "percent") else 1
            mean = sum(levels[i - months + 1 : i + 1]) / months
            rows.append(_cell(spec, grain, end, "all", "all", **_numbers(spec, mean, 1, months)))
            for dimension in spec.dimensions:
                fine = dimension in FINE or "*" in dimension
                if (
                    fine
                    and len(spec.grains) > 1
                    and grain != ("rolling_12m" if "rolling_12m" in spec.grains else grain)
                ):
                    continue
                rows += _breakdown(spec, grain, end, dimension, mean, months)
    return rows


def _breakdown(spec: Spec, grain: str, end: date, dimension: str, level: float, months: int) -> list[dict[str, Any]]:
    codes = CATEGORIES[dimension]
    weights = [1 / (1.2 + i) ** 1.3 for i in range(len(codes))]
    chance = random.Random(zlib.crc32(f"{spec.metric_id}{dimension}{end}".encode()))
    rows = []
    for code, weight in zip(codes, weights, strict=True):
        own = level if spec.unit == "count" else level * (1 + chance.gauss(0.15 - 0.3 * weight, 0.04))
        rows.append(_cell(spec, grain, end, dimension, code, **_numbers(spec, own, weight / sum(weights), months)))
    return rows


def _special_states(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The states a reader meets: late agency, hidden count, no cases, zero, provisional, a gap, revised."""
    extract = {spec.metric_id: spec.extract for spec in SPECS}
    kept = []
    for row in rows:
        now, is_all = row["period_end"] == LAST, row["dimension"] == "all"
        if now and extract[row["metric_id"]] in LATE:
            if not is_all:
                continue
            row |= {"numerator": None, "denominator": None, "value": None, "status": "x"}
        if row["metric_id"] == "cme_count" and row["period_end"] in (date(2024, 12, 31), date(2025, 1, 31)):
            if not is_all:
                continue
            row |= {"numerator": None, "value": None, "status": "x"}
        if row["metric_id"] == "ehcp_open_over_20_weeks_count" and row["period_end"] >= date(2025, 7, 31) and is_all:
            row |= {"numerator": None, "value": None, "status": "c"}
        if row["metric_id"] == "permanent_exclusions_count" and row["grain"] == "month" and now and is_all:
            row |= {"numerator": 0, "value": 0, "status": "ok"}
        if row["metric_id"] == "neet_send_pct" and now and is_all:
            row |= {"numerator": 0, "denominator": 0, "value": None, "status": "z"}
        if row["metric_id"] in ("attendance_pct", "camhs_avg_wait_weeks") and row["period_end"] >= date(2025, 8, 31):
            row["is_provisional"] = True
        if row["metric_id"] == "suspensions_count" and row["period_end"] == date(2025, 7, 31) and is_all:
            row["is_revised"] = True
        kept.append(row)
    return kept


def _metric(spec: Spec) -> dict[str, Any]:
    agency = spec.extract.split("/")[0]
    target = (
        [{"value": spec.target, "from": "2014-09-01", "source": "SEND Regulations 2014"}]
        if spec.target is not None
        else []
    )
    share = spec.unit in ("percent", "per_100")
    given = [
        {"request_id": "R1", "received_date": "2025-04-01", "days_to_issue": 131, "assessment_outcome": "Y"},
        {"request_id": "R2", "received_date": "2025-03-03", "days_to_issue": 171, "assessment_outcome": "Y"},
    ]
    expect = {"numerator": 1, "denominator": 2 if share else None, "value": 50.0 if share else 1}
    return {
        "metric_id": spec.metric_id, "title": spec.title, "question": "How is this changing?",
        "definition": f"{spec.title}, as counted from what {agency} sends each month.", "theme": spec.theme,
        "lane": spec.lane, "agency": agency, "extract": spec.extract, "unit": spec.unit, "direction": spec.direction,
        "grains": spec.grains, "dimensions": spec.dimensions, "target": json.dumps(target), "benchmark": None,
        "outcome": spec.outcome, "headline": spec.headline, "owner": agency, "version": 1, "caveats": [],
        "disclosure": "default", "behind": "numerator", "sql": "select count(*)\nfrom mart.ehc_request\nwhere true",
        "example": None if spec.lane == "return" else json.dumps({"period": "2025-09", "given": [{"mart.ehc_request": given}] if False else given, "expect": expect}),
    }  # fmt: skip


def _receipts(months: list[date], missing_agency: str | None = None) -> list[dict[str, Any]]:
    extracts = sorted({spec.extract for spec in SPECS} | set(OTHER_EXTRACTS) | set(NOT_STARTED))
    rows = []
    for path in extracts:
        agency, extract = path.split("/")
        for end in months:
            month, due = end.strftime("%Y-%m"), end + timedelta(days=14)
            chance = random.Random(zlib.crc32(f"{path}{month}".encode()))
            received = datetime.combine(due, datetime.min.time()) + timedelta(
                days=chance.choice([-4, -3, -2, -1, 0, 0, 2]), hours=10
            )
            count = chance.randrange(200, 4000)
            row: dict[str, Any] = {
                "receipt_id": f"{month}-{agency}-{extract}-1", "agency": agency, "extract": extract,
                "reporting_month": month, "received_at": received, "due_on": due, "version": 1, "verdict": "accepted",
                "rows_received": count // 10 * 10, "rows_accepted": count // 10 * 10, "rows_quarantined": 0,
                "fingerprint": f"{zlib.crc32(month.encode()):08x}", "supersedes": None,
            }  # fmt: skip
            nothing = dict.fromkeys(
                ["received_at", "version", "rows_received", "rows_accepted", "rows_quarantined", "fingerprint"]
            )
            if path in NOT_STARTED or agency == missing_agency:
                rows.append(row | nothing | {"verdict": "not_started"})
                continue
            if (path in LATE and end == LAST) or (path == "education/cme_register" and month in ("2024-12", "2025-01")):
                rows.append(row | nothing | {"verdict": "missing"})
                continue
            if path == "care/disabled_children_ot" and end == LAST:
                rows.append(row | {"verdict": "rejected", "rows_accepted": 0, "rows_quarantined": 0})
                continue
            if chance.random() < 0.2 or (path == "education/ehc_requests" and end == LAST):
                row |= {"verdict": "accepted_with_warnings", "rows_quarantined": 20}
                row["rows_accepted"] -= 20
            if path == "education/suspensions_exclusions" and end == LAST:
                rows.append(row)
                row = row | {"receipt_id": row["receipt_id"][:-1] + "2", "version": 2, "supersedes": row["receipt_id"],
                             "received_at": received + timedelta(days=3)}  # fmt: skip
            rows.append(row)
    return rows


def _findings(receipts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for receipt in receipts:
        key = receipt["receipt_id"]
        if receipt["verdict"] == "accepted_with_warnings":
            rows.append(
                {
                    "receipt_id": key,
                    "code": "upn_check_letter",
                    "severity": "error",
                    "column_name": "upn",
                    "sentence": "The check letter of the UPN does not fit its digits.",
                    "row_count": 20,
                }
            )
            rows.append(
                {
                    "receipt_id": key,
                    "code": "ward_unknown",
                    "severity": "warning",
                    "column_name": "ward",
                    "sentence": "The ward is not one of Derby's wards; counted as unknown.",
                    "row_count": 0,
                }
            )
        if receipt["verdict"] == "rejected":
            rows.append(
                {
                    "receipt_id": key,
                    "code": "month_mismatch",
                    "severity": "error",
                    "column_name": None,
                    "sentence": "The dates in the file belong to August 2025, not to September 2025.",
                    "row_count": None,
                }
            )
    return rows


def _release(variant: str, release_id: str, supersedes: str | None) -> dict[str, Any]:
    return {
        "release_id": release_id, "format_version": FORMAT_VERSION, "reporting_month": release_id[:7],
        "created_at": datetime(2025, 10, 15, 9, 30), "supersedes": supersedes, "code_version": "test",
        "inputs_fingerprint": zlib.crc32(variant.encode()).to_bytes(4, "big").hex(), "is_sample": True,
        "local_area": "Derby", "disclosure_policy": "primary suppression below 5",
    }  # fmt: skip


def _suppress(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"numerator": None, "denominator": None, "value": None, "status": "c"} for row in rows]


def tables(variant: str, release_id: str = "2025-09.r2") -> dict[str, list[dict[str, Any]]]:
    """The rows of every table of a test release, by table name."""
    if variant not in VARIANTS:
        raise ValueError(f"{variant} is not one of {', '.join(VARIANTS)}")
    filled: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    filled["release"] = [_release(variant, release_id, "2025-09.r1")]
    if variant == "empty":
        return filled
    values = _special_states([row for spec in SPECS for row in _values(spec)])
    months = month_ends()
    if variant == "suppressed":
        values = _suppress(values)
    if variant == "first_month":
        months = months[-1:]
        values = [row for row in values if row["period_end"] == LAST]
    missing_agency = "health" if variant == "agency_missing" else None
    health = {spec.metric_id for spec in SPECS if spec.extract.startswith("health/")}
    if missing_agency:
        values = [row for row in values if row["metric_id"] not in health]
    filled["metric"] = [_metric(spec) for spec in SPECS]
    filled["metric_value"] = values
    filled["receipt"] = _receipts(months, missing_agency)
    filled["finding"] = _findings(filled["receipt"])
    return filled


def write_release(path: Path, filled: dict[str, list[dict[str, Any]]]) -> Path:
    """Write `filled` (rows by table) as one release file at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        for statement in create_statements():
            connection.execute(statement)
        for table, rows in filled.items():
            if rows:
                columns = list(TABLES[table])
                frame = pl.DataFrame([{c: row.get(c) for c in columns} for row in rows], infer_schema_length=None)  # noqa: F841
                connection.execute(f'insert into "{table}" select {", ".join(columns)} from frame')
    return path


def write_store(store: Path, variant: str = "full", release_id: str = "2025-09.r2") -> Path:
    """A store whose release in force is the test release `variant`; gives the store's folder."""
    write_release(store / "releases" / f"{release_id}.duckdb", tables(variant, release_id))
    (store / "in_force").write_text(f"{release_id}\n", encoding="utf-8")
    return store
