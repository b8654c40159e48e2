"""Release files for tests: written by code, with invented numbers, in every state a page must survive.

Nothing here measures anything: values are shaped so that each state a reader can meet (late agency, hidden
number, no cases, a zero, provisional months, a gap) occurs at least once in the full release.
"""

from __future__ import annotations

import json
import math
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from metrics.release_format import FORMAT_VERSION, TABLES, create_statements

Rows = list[dict[str, Any]]

VARIANTS = ("full", "empty", "suppressed", "first_month", "agency_missing")
RELEASE_ID = "2025-09.r2"
LAST = date(2025, 9, 30)
MONTHS = 25

FLOW = ("month", "calendar_ytd", "academic_ytd", "financial_ytd", "rolling_12m")
FINE = {"age_band", "ethnicity_group", "ward", "primary_need", "request_source", "reason"}

# metric · title · extract · unit · better · level · drift a month · season · noise · outcome · grains · base · target
PICTURE = """
social_care_ehcp_count | Children with an EHC plan open to children's services | care/open_cases | count | neutral | 610 | 2.4 | 0 | .04 | 1 | month | |
ehc_requests_count | EHC needs assessment requests | education/ehc_requests | count | neutral | 72 | .6 | .25 | .04 | 2 | flow | |
ehcp_issued_within_20_weeks_pct | Plans issued within 20 weeks, all plans | education/ehc_requests | percent | higher_better | 9 | 2.1 | 0 | .04 | 2 | flow | 74 | 100
ehcp_issued_within_20_weeks_excl_exceptions_pct | Plans issued within 20 weeks, leaving out lawful exceptions | education/ehc_requests | percent | higher_better | 100 | 0 | 0 | 0 | 2 | flow | 70 | 100
ehcp_open_over_20_weeks_count | Open assessments older than 20 weeks | education/ehc_requests | count | lower_better | 280 | -11.6 | 0 | .04 | 2 | month | | 0
ehcp_caseload_count | EHC plans maintained | education/ehc_plans | count | neutral | 3512 | 31 | 0 | .002 | 2 | month | |
annual_reviews_on_time_pct | Annual reviews completed on time | education/annual_reviews | percent | higher_better | 50 | .05 | 0 | .04 | 2 | flow | 310 | 100
health_advice_within_6_weeks_pct | Health advice returned within 6 weeks | health/ehc_advice | percent | higher_better | 71 | .3 | 0 | .04 | 2 | flow | 96 | 100
nd_waiting_count | Children waiting on the neurodevelopmental pathway | health/nd_referrals | count | lower_better | 1105 | 17 | 0 | .01 | 2 | month | |
nd_avg_wait_weeks | Mean weeks waited so far, neurodevelopmental | health/nd_referrals | weeks | lower_better | 48 | .9 | 0 | .02 | 2 | month | 1530 | 13
community_avg_wait_weeks | Mean weeks waited so far, community health services | health/community_referrals | weeks | lower_better | 14 | -.2 | 0 | .04 | 2 | month | 820 |
attendance_pct | Attendance | education/attendance | percent | higher_better | 92.4 | .02 | .012 | .004 | 3 | flow | 39000 |
suspensions_count | Suspensions | education/suspensions_exclusions | count | lower_better | 330 | -.4 | .5 | .04 | 3 | flow | |
permanent_exclusions_count | Permanent exclusions | education/suspensions_exclusions | count | lower_better | 7 | -.2 | .3 | .04 | 3 | flow | |
part_time_timetables_open_count | Children on a part-time timetable now | education/part_time_timetables | count | lower_better | 96 | 1.1 | 0 | .04 | 3 | month | |
ehe_count | Children electively home educated | education/ehe_register | count | lower_better | 520 | 8.3 | 0 | .01 | 3 | month | |
cme_count | Children missing education | education/cme_register | count | lower_better | 64 | -.5 | .2 | .04 | 3 | month | |
placement_unit_cost_gbp | Mean annual cost of a placement | education/placement_costs | gbp | lower_better | 27400 | 190 | 0 | .01 | 3 | month | 3900 |
independent_placements_count | Independent placements | education/placement_costs | count | lower_better | 198 | 1.3 | 0 | .01 | 3 | month | |
neet_16_17_pct | 16 and 17 year olds not in education, employment or training | education/post16_activity | percent | lower_better | 4.4 | -.03 | 0 | .04 | 3 | month | 6400 |
neet_send_pct | Young people with SEND who are NEET | education/post16_activity | percent | lower_better | 11.2 | -.05 | 0 | .04 | 3 | month | 1480 |
camhs_avg_wait_weeks | CAMHS: average wait | health/indicator_return | weeks | lower_better | 16 | -.25 | 0 | .04 | 4 | month | 430 | 18
mhst_contacts_count | Young people seen by mental health support teams | health/indicator_return | count | higher_better | 900 | 8 | 0 | .05 | 4 | quarter | |
suspensions_rate | Suspensions for every 100 pupils | education/suspensions_exclusions | per_100 | lower_better | .8 | 0 | .5 | .04 | 3 | flow | 46000 |
progress8_score | Progress 8 | education/indicator_return | score | higher_better | -.4 | .01 | 0 | .04 | 3 | month | 2600 |
placement_spend_gbp | Annual cost of all placements | education/placement_costs | gbp | neutral | 104000000 | 1150000 | 0 | .006 | 3 | month | |
"""  # noqa: E501

NOT_HEADLINE = {"suspensions_rate", "progress8_score", "placement_spend_gbp"}
THEMES = {
    "ehc": "ehc_plans",
    "annual": "ehc_plans",
    "health": "ehc_plans",
    "nd": "health_waits",
    "community": "health_waits",
    "camhs": "mental_health",
    "mhst": "mental_health",
    "neet": "preparing_for_adulthood",
    "placement": "places_and_money",
    "independent": "places_and_money",
    "social": "care_and_complex_needs",
    "ehe": "children_not_in_school",
    "cme": "children_not_in_school",
    "progress8": "achievement",
}

DIMENSIONS = {
    "annual_reviews_on_time_pct": ("priority_group", "sex", "primary_need"),
    "attendance_pct": ("phase", "sen_provision", "phase*sen_provision"),
    "cme_count": ("sen_provision", "reason", "sex"),
    "community_avg_wait_weeks": ("service",),
    "ehc_requests_count": ("request_source", "phase", "sex", "age_band", "primary_need"),
    "ehcp_caseload_count": ("placement_type", "sex", "age_band", "primary_need", "ward"),
    "ehcp_issued_within_20_weeks_pct": ("phase", "request_source", "sex", "age_band", "ethnicity_group", "ward"),
    "ehe_count": ("sen_provision", "known_to_social_care", "sex", "age_band", "ethnicity_group", "ward"),
    "nd_waiting_count": ("pathway", "sex", "age_band", "ward"),
    "placement_unit_cost_gbp": ("placement_type",),
    "social_care_ehcp_count": ("status",),
    "suspensions_count": ("phase", "sen_provision", "phase*sen_provision"),
    "neet_16_17_pct": ("sen_provision", "sex"),
}

CATEGORIES = {
    "phase": ["primary", "secondary", "special", "reception", "unknown"],
    "sen_provision": ["N", "K", "E"],
    "sex": ["F", "M", "U"],
    "age_band": ["0-4", "5-10", "11-15", "16-19", "20-25"],
    "ethnicity_group": ["white", "asian", "black", "mixed", "other", "unknown"],
    "primary_need": ["ASD", "SEMH", "SLCN", "MLD", "SLD", "PD", "HI", "VI", "unknown"],
    "ward": ["Abbey", "Arboretum", "Chellaston & Shelton Lock", "Mackworth & New Zealand", "Normanton", "Spondon"],
    "request_source": ["2", "1", "3", "4", "5"],
    "placement_type": ["mainstream", "erp", "state_special", "independent_special", "post_16_college", "eotas"],
    "service": ["speech_and_language", "occupational_therapy", "physiotherapy", "wheelchair", "audiology"],
    "pathway": ["autism", "adhd", "both", "other"],
    "status": ["CIN", "EH", "CLA", "CP"],
    "known_to_social_care": ["false", "true"],
    "priority_group": ["none", "looked_after", "youth_justice", "home_educated"],
    "reason": ["awaiting_place", "moved_in", "application_awaiting", "unknown"],
    "phase*sen_provision": ["primary*N", "secondary*N", "primary*K", "secondary*K", "secondary*E", "primary*E"],
}

# The columns that feed a metric: of a return always the same two, of other extracts these or the fallback.
COLUMNS = {
    "education/ehc_requests": ("assessment_outcome", "assessment_outcome_date", "received_date"),
    "health/nd_referrals": ("closed_date", "referral_date", "reporting_month"),
    "education/attendance": ("sessions_attended", "sessions_possible"),
}
FEWER_COLUMNS = {"ehc_requests_count": ("received_date",)}
SECOND_EXTRACT = {"social_care_ehcp_count": ("education/ehc_plans", ("nhs_number", "upn"))}

# Extracts that no test metric uses; youth justice has never been sent.
OTHER_EXTRACTS = ("education/school_roll", "education/disputes", "health/complex_needs", "care/short_breaks",
                  "care/disabled_children_ot", "partnership/indicator_return")  # fmt: skip
NOT_STARTED = "care/youth_justice"
LATE = ("health/nd_referrals", "health/ehc_advice")
GAP = (date(2024, 12, 31), date(2025, 1, 31))


# Figures that differ from the release before, with the number of it and the delivery that brought the change: one
# that was sent again, one too close to see, a first file that reaches back, and one for which none is named.
REVISED: dict[tuple[str, date], tuple[Callable[[float], float], str | None]] = {
    ("suspensions_count", date(2025, 7, 31)): (lambda value: value + 9, "2025-09-suspensions_exclusions-education-2"),
    ("attendance_pct", date(2025, 6, 30)): (lambda value: value + 1e-4, "2025-09-attendance-education-1"),
    ("placement_unit_cost_gbp", date(2025, 8, 31)): (lambda value: value - 950, "2025-09-placement_costs-education-1"),
    ("cme_count", date(2025, 5, 31)): (lambda value: value + 1, None),
}


@dataclass(frozen=True)
class Spec:
    """One invented metric: what it is called, and how its numbers run."""

    metric_id: str
    title: str
    extract: str
    unit: str
    direction: str
    level: float
    drift: float
    season: float
    noise: float
    outcome: int
    grains: tuple[str, ...]
    base: float
    target: float | None

    @property
    def agency(self) -> str:
        return self.extract.split("/")[0]

    @property
    def dimensions(self) -> tuple[str, ...]:
        return DIMENSIONS.get(self.metric_id, ())


def _spec(line: str) -> Spec:
    parts = [part.strip() for part in line.split("|")]
    metric_id, title, extract, unit, direction = parts[:5]
    level, drift, season, noise = (float(part) for part in parts[5:9])
    grains = FLOW if parts[10] == "flow" else (parts[10],)
    base, target = float(parts[11] or 0), float(parts[12]) if parts[12] else None
    return Spec(
        metric_id, title, extract, unit, direction, level, drift, season, noise, int(parts[9]), grains, base, target
    )


SPECS = [_spec(line) for line in PICTURE.strip().splitlines()]


def month_ends(count: int = MONTHS, last: date = LAST) -> list[date]:
    """`count` month ends up to and with `last`, oldest first."""
    ends = [last]
    while len(ends) < count:
        ends.append(ends[-1].replace(day=1) - timedelta(days=1))
    return ends[::-1]


def period_start(grain: str, end: date) -> date:
    """The first day of the period of this grain that ends on `end` (RULES 1.1)."""
    months_back = {
        "month": 0,
        "quarter": 2,
        "rolling_12m": 11,
        "calendar_ytd": end.month - 1,
        "academic_ytd": (end.month - 9) % 12,
        "financial_ytd": (end.month - 4) % 12,
    }
    return month_ends(months_back[grain] + 1, end)[0].replace(day=1)


def cell(metric_id: str, grain: str, end: date, dimension: str = "all", category: str = "all", **numbers: Any) -> dict:
    """One row of `metric_value`; status `ok` unless said otherwise."""
    row = {"metric_id": metric_id, "grain": grain, "period_start": period_start(grain, end), "period_end": end}
    row |= {"dimension": dimension, "category": category, "numerator": None, "denominator": None, "value": None}
    return row | {"status": "ok", "is_provisional": False, "is_revised": False} | numbers


def _numbers(spec: Spec, level: float, share: float, months: int) -> dict[str, Any]:
    """Numerator, denominator, value and status that fit together for a level, a category's share and a length."""
    if spec.unit == "count":
        count = round(max(level, 0) * share * months)
        return {"status": "c"} if 0 < count < 5 else {"numerator": count, "value": count}
    if spec.unit == "gbp" and not spec.base:
        return {"numerator": level * share, "value": level * share}
    denominator = round(spec.base * share * (months if spec.unit == "percent" else 1))
    if not denominator:
        return {"numerator": 0, "denominator": 0, "status": "z"}
    if spec.unit not in ("percent", "per_100"):
        return {"numerator": level * denominator, "denominator": denominator, "value": level}
    numerator = round(min(level, 100) / 100 * denominator)
    if 0 < numerator < 5:
        return {"denominator": denominator, "status": "c"}
    return {"numerator": numerator, "denominator": denominator, "value": 100 * numerator / denominator}


def _levels(spec: Spec) -> list[float]:
    chance = random.Random(zlib.crc32(spec.metric_id.encode()))
    levels = []
    for place, end in enumerate(month_ends()):
        season = 1 + spec.season * math.cos((end.month - 11) / 6 * math.pi)
        if spec.season > 0.2 and end.month == 8:
            season *= 0.05  # schools are shut
        levels.append((spec.level + spec.drift * place) * season * (1 + chance.gauss(0, spec.noise)))
    return levels


def _values(spec: Spec) -> Iterator[dict[str, Any]]:
    ends, levels = month_ends(), _levels(spec)
    for place, end in enumerate(ends):
        for grain in spec.grains:
            start = period_start(grain, end)
            if start < ends[0].replace(day=1):
                yield cell(spec.metric_id, grain, end, status="x")
                continue
            if grain == "quarter" and end.month % 3:
                continue
            months = sum(start <= other <= end for other in ends)
            mean = sum(levels[place - months + 1 : place + 1]) / months
            yield cell(spec.metric_id, grain, end, **_numbers(spec, mean, 1, months))
            for dimension in spec.dimensions:
                is_fine = dimension in FINE or "*" in dimension
                if not is_fine or grain == ("rolling_12m" if spec.grains == FLOW else grain):
                    yield from _breakdown(spec, grain, end, dimension, mean, months)


def _breakdown(spec: Spec, grain: str, end: date, dimension: str, level: float, months: int) -> Iterator[dict]:
    codes = CATEGORIES[dimension]
    weights = [1 / (1.2 + place) ** 1.3 for place in range(len(codes))]
    chance = random.Random(zlib.crc32(f"{spec.metric_id}{dimension}{end}".encode()))
    for code, weight in zip(codes, weights, strict=True):
        own = level if spec.unit == "count" else level * (1 + chance.gauss(0.15 - 0.3 * weight, 0.04))
        numbers = _numbers(spec, own, weight / sum(weights), months)
        yield cell(spec.metric_id, grain, end, dimension, code, **numbers)


def _special(row: dict[str, Any], extract: str) -> dict[str, Any] | None:
    """The states a reader meets: late agency, gap, hidden count, zero, no cases, provisional, revised."""
    metric_id, end = row["metric_id"], row["period_end"]
    nothing = {"numerator": None, "denominator": None, "value": None}
    if (extract in LATE and end == LAST) or (metric_id == "cme_count" and end in GAP):
        return row | nothing | {"status": "x"} if row["dimension"] == "all" else None
    if row["dimension"] == "all" and metric_id == "ehcp_open_over_20_weeks_count" and end >= date(2025, 7, 31):
        return row | nothing | {"status": "c"}
    if metric_id == "permanent_exclusions_count" and row["grain"] == "month" and end == LAST:
        return row | {"numerator": 0, "value": 0, "status": "ok"}
    if metric_id == "neet_send_pct" and end == LAST:
        return row | {"numerator": 0, "denominator": 0, "value": None, "status": "z"}
    if metric_id in ("attendance_pct", "camhs_avg_wait_weeks"):
        return row | {"is_provisional": end >= date(2025, 8, 31)}
    return row | {"is_revised": row["value"] is not None and (metric_id, end) in REVISED}


def _metric(spec: Spec) -> dict[str, Any]:
    target = [] if spec.target is None else [{"value": spec.target, "from": "2014-09-01", "source": "SEND Regulations"}]
    given = [
        {"request_id": "R1", "received_date": "2025-04-01", "days_to_issue": 131, "assessment_outcome": "Y"},
        {"request_id": "R2", "received_date": "2025-03-03", "days_to_issue": 171, "assessment_outcome": "Y"},
    ]
    share = {"numerator": 1, "denominator": 2, "value": 50.0}
    expect = share if spec.unit == "percent" else {"numerator": 2, "denominator": None, "value": 2}
    return {
        "metric_id": spec.metric_id,
        "title": spec.title,
        "question": "How is this changing, and for whom?",
        "definition": f"{spec.title}, as counted from what {spec.agency} sends each month.",
        "theme": THEMES.get(spec.metric_id.split("_")[0].replace("ehcp", "ehc"), "attendance_and_exclusion"),
        "lane": "return" if spec.extract.endswith("return") else "computed",
        "agency": spec.agency,
        "extract": " + ".join([spec.extract, *SECOND_EXTRACT.get(spec.metric_id, ())[:1]]),
        "unit": spec.unit,
        "direction": spec.direction,
        "grains": list(spec.grains),
        "dimensions": list(spec.dimensions),
        "target": json.dumps(target),
        "benchmark": None,
        "outcome": spec.outcome,
        "headline": spec.metric_id not in NOT_HEADLINE,
        "owner": spec.agency,
        "version": 1,
        "caveats": ["backlog_lowers_percentage"] if spec.target == 100 else [],
        "disclosure": "default",
        "behind": "numerator",
        "sql": "select count(*) as numerator\nfrom mart.ehc_request\nwhere assessment_outcome = 'Y'",
        "example": json.dumps({"period": "2025-09", "given": given, "expect": expect}),
    }


def _lineage() -> Iterator[dict[str, Any]]:
    """Which columns feed which metric."""
    for spec in SPECS:
        usual = ("indicator_id", "value") if spec.extract.endswith("return") else ("end_date", "start_date")
        own = FEWER_COLUMNS.get(spec.metric_id) or COLUMNS.get(spec.extract, usual)
        for extract, columns in ((spec.extract, own), SECOND_EXTRACT.get(spec.metric_id, ("", ()))):
            for column in columns:
                yield {"metric_id": spec.metric_id, "extract": extract, "column_name": column}


def _receipts(months: list[date], missing_agency: str | None) -> Iterator[dict[str, Any]]:
    for path in sorted({spec.extract for spec in SPECS} | set(OTHER_EXTRACTS) | {NOT_STARTED}):
        for end in months:
            yield from _receipt(path, end, path == NOT_STARTED or path.startswith(f"{missing_agency}/"))


def _receipt(path: str, end: date, never: bool) -> Iterator[dict[str, Any]]:
    agency, extract = path.split("/")
    month, due = end.strftime("%Y-%m"), end + timedelta(days=14)
    row = {"agency": agency, "extract": extract, "reporting_month": month, "due_on": due, "supersedes": None}
    row["receipt_id"] = f"{month}-{extract}-{agency}-1"
    if never or (path in LATE and end == LAST) or (path == "education/cme_register" and end in GAP):
        yield row | {"verdict": "not_started" if never else "missing"}
        return
    chance = random.Random(zlib.crc32(f"{path}{month}".encode()))
    received = datetime.combine(due, time(10)) + timedelta(days=chance.choice([-4, -3, -2, -1, 0, 0, 2]))
    rows = chance.randrange(20, 400) * 10
    row |= {"received_at": received, "version": 1, "verdict": "accepted", "fingerprint": f"{zlib.crc32(b'file'):08x}"}
    row |= {"rows_received": rows, "rows_accepted": rows, "rows_quarantined": 0}
    if end == LAST and extract == "disabled_children_ot":
        row |= {"verdict": "rejected", "rows_accepted": 0}
    elif chance.random() < 0.2 or (end == LAST and extract == "ehc_requests"):
        row |= {"verdict": "accepted_with_warnings", "rows_accepted": rows - 20, "rows_quarantined": 20}
    yield row
    if end == LAST and extract == "suspensions_exclusions":
        again = {"receipt_id": f"{month}-{extract}-{agency}-2", "version": 2, "supersedes": row["receipt_id"]}
        yield row | again | {"received_at": received + timedelta(days=3)}


def _findings(receipts: Rows) -> Iterator[dict[str, Any]]:
    faults: dict[str, list[tuple[str | int | None, ...]]] = {
        "accepted_with_warnings": [
            ("upn_check_letter", "error", "upn", "The check letter of the UPN does not fit its digits.", 20),
            ("ward_unknown", "warning", "ward", "The ward is not one of Derby's wards; counted as unknown.", 0),
        ],
        "rejected": [
            (
                "month_mismatch",
                "error",
                None,
                "The dates in the file belong to August 2025, not to September 2025.",
                None,
            )
        ],
    }
    for receipt in receipts:
        for fault in faults.get(receipt["verdict"], []):
            yield dict(zip(TABLES["finding"], (receipt["receipt_id"], *fault), strict=True))


def _revisions(values: Rows) -> Iterator[dict[str, Any]]:
    """What changed; of a hidden cell too, as no release should hold it and no page may show it."""
    for row in values:
        earlier, receipt_id = REVISED.get((row["metric_id"], row["period_end"]), (None, None))
        if earlier:
            after = 7777.0 if row["value"] is None else row["value"]
            yield row | {"before": earlier(after), "after": after, "receipt_id": receipt_id}


def _release(release_id: str) -> dict[str, Any]:
    return {
        "release_id": release_id,
        "format_version": FORMAT_VERSION,
        "reporting_month": release_id[:7],
        "created_at": datetime(2025, 10, 15, 9, 30),
        "code_version": "test",
        "inputs_fingerprint": "0" * 8,
        "is_sample": True,
        "local_area": "Derby",
        "disclosure_policy": "primary suppression below 5",
    }


def tables(variant: str = "full", release_id: str = RELEASE_ID) -> dict[str, Rows]:
    """The rows of every table of a test release, by table name; columns left out are null."""
    if variant not in VARIANTS:
        raise ValueError(f"{variant} is not one of {', '.join(VARIANTS)}")
    filled: dict[str, Rows] = {name: [] for name in TABLES}
    filled["release"] = [_release(release_id)]
    if variant == "empty":
        return filled
    extracts = {spec.metric_id: spec.extract for spec in SPECS}
    drawn = (_special(row, extracts[row["metric_id"]]) for spec in SPECS for row in _values(spec))
    values = [row for row in drawn if row is not None]
    months, missing_agency = month_ends(), None
    if variant == "suppressed":
        values = [row | {"numerator": None, "denominator": None, "value": None, "status": "c"} for row in values]
    if variant == "first_month":
        months, values = months[-1:], [row for row in values if row["period_end"] == LAST]
    if variant == "agency_missing":
        missing_agency = "health"
        values = [row for row in values if not extracts[row["metric_id"]].startswith("health/")]
    filled["metric"] = [_metric(spec) for spec in SPECS]
    filled["lineage"] = list(_lineage())
    filled["metric_value"] = values
    filled["receipt"] = list(_receipts(months, missing_agency))
    if variant != "first_month":
        filled["release"] = [_release(release_id) | {"supersedes": "2025-09.r1"}]
        filled["revision"] = list(_revisions(values))
    filled["finding"] = list(_findings(filled["receipt"]))
    return filled


def write_release(path: Path, filled: dict[str, Rows]) -> Path:
    """Write `filled` (rows by table) as one release file at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        for statement in create_statements():
            connection.execute(statement)
        for table, rows in filled.items():
            if rows:
                columns = list(TABLES[table])
                full = [{column: row.get(column) for column in columns} for row in rows]
                connection.register("filled", pl.DataFrame(full, infer_schema_length=None))
                connection.execute(f'insert into "{table}" select {", ".join(columns)} from filled')
                connection.unregister("filled")
    return path


def write_store(store: Path, variant: str = "full", release_id: str = RELEASE_ID) -> Path:
    """A store whose release in force is the test release `variant`; gives the store's folder."""
    write_release(store / "releases" / f"{release_id}.duckdb", tables(variant, release_id))
    (store / "in_force").write_text(f"{release_id}\n", encoding="utf-8")
    return store
