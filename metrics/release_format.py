"""The shape of a release file: the one place where pipeline and dashboard meet.

Column names and meanings are published in docs/HOWTO.md. A reader accepts any release whose
`format_version` is at most `FORMAT_VERSION`; a column added later is read as null from older files.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

FORMAT_VERSION: Final = 1


class Status(StrEnum):
    """What a cell says instead of, or beside, its number (the codes of English official statistics)."""

    OK = "ok"
    SUPPRESSED = "c"
    NOT_AVAILABLE = "x"
    NOT_APPLICABLE = "z"
    LOW = "low"


class Verdict(StrEnum):
    """What became of a delivery that was expected for a month."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_WARNINGS = "accepted_with_warnings"
    REJECTED = "rejected"
    MISSING = "missing"
    NOT_STARTED = "not_started"


class Severity(StrEnum):
    """Whether a finding sets rows (or the file) aside, or only tells."""

    ERROR = "error"
    WARNING = "warning"


class Grain(StrEnum):
    """The length of a period; every period ends on the last day of a month."""

    MONTH = "month"
    QUARTER = "quarter"
    CALENDAR_YTD = "calendar_ytd"
    ACADEMIC_YTD = "academic_ytd"
    FINANCIAL_YTD = "financial_ytd"
    ROLLING_12M = "rolling_12m"


CELL_KEY: Final = ("metric_id", "grain", "period_end", "dimension", "category")

TABLES: Final[dict[str, dict[str, str]]] = {
    "release": {
        "release_id": "VARCHAR",
        "format_version": "INTEGER",
        "reporting_month": "VARCHAR",
        "created_at": "TIMESTAMP",
        "supersedes": "VARCHAR",
        "code_version": "VARCHAR",
        "inputs_fingerprint": "VARCHAR",
        "is_sample": "BOOLEAN",
        "local_area": "VARCHAR",
        "disclosure_policy": "VARCHAR",
    },
    "metric": {
        "metric_id": "VARCHAR",
        "title": "VARCHAR",
        "question": "VARCHAR",
        "definition": "VARCHAR",
        "theme": "VARCHAR",
        "lane": "VARCHAR",
        "agency": "VARCHAR",
        "extract": "VARCHAR",
        "unit": "VARCHAR",
        "direction": "VARCHAR",
        "grains": "VARCHAR[]",
        "dimensions": "VARCHAR[]",
        "target": "JSON",
        "benchmark": "JSON",
        "outcome": "INTEGER",
        "headline": "BOOLEAN",
        "owner": "VARCHAR",
        "version": "INTEGER",
        "caveats": "VARCHAR[]",
        "disclosure": "VARCHAR",
        "behind": "VARCHAR",
        "sql": "VARCHAR",
        "example": "JSON",
    },
    "lineage": {
        "metric_id": "VARCHAR",
        "extract": "VARCHAR",
        "column_name": "VARCHAR",
    },
    "metric_value": {
        "metric_id": "VARCHAR",
        "grain": "VARCHAR",
        "period_start": "DATE",
        "period_end": "DATE",
        "dimension": "VARCHAR",
        "category": "VARCHAR",
        "numerator": "DOUBLE",
        "denominator": "DOUBLE",
        "value": "DOUBLE",
        "status": "VARCHAR",
        "is_provisional": "BOOLEAN",
        "is_revised": "BOOLEAN",
    },
    "receipt": {
        "receipt_id": "VARCHAR",
        "agency": "VARCHAR",
        "extract": "VARCHAR",
        "reporting_month": "VARCHAR",
        "received_at": "TIMESTAMP",
        "due_on": "DATE",
        "version": "INTEGER",
        "verdict": "VARCHAR",
        "rows_received": "BIGINT",
        "rows_accepted": "BIGINT",
        "rows_quarantined": "BIGINT",
        "fingerprint": "VARCHAR",
        "supersedes": "VARCHAR",
    },
    "finding": {
        "receipt_id": "VARCHAR",
        "code": "VARCHAR",
        "severity": "VARCHAR",
        "column_name": "VARCHAR",
        "sentence": "VARCHAR",
        "row_count": "BIGINT",
    },
    "revision": {
        "metric_id": "VARCHAR",
        "grain": "VARCHAR",
        "period_end": "DATE",
        "dimension": "VARCHAR",
        "category": "VARCHAR",
        "before": "DOUBLE",
        "after": "DOUBLE",
        "receipt_id": "VARCHAR",
    },
    "benchmark_value": {
        "metric_id": "VARCHAR",
        "area_code": "VARCHAR",
        "area_name": "VARCHAR",
        "area_kind": "VARCHAR",
        "is_neighbour": "BOOLEAN",
        "grain": "VARCHAR",
        "period_start": "DATE",
        "period_end": "DATE",
        "value": "DOUBLE",
        "status": "VARCHAR",
        "rank": "INTEGER",
        "of": "INTEGER",
        "quartile": "VARCHAR",
        "source": "VARCHAR",
        "vintage": "VARCHAR",
    },
    "signal": {
        "metric_id": "VARCHAR",
        "period_end": "DATE",
        "ruleset": "VARCHAR",
        "variation": "VARCHAR",
        "assurance": "VARCHAR",
        "rule": "VARCHAR",
        "since": "DATE",
    },
    "signal_point": {
        "metric_id": "VARCHAR",
        "period_end": "DATE",
        "segment": "INTEGER",
        "mean": "DOUBLE",
        "lower_limit": "DOUBLE",
        "upper_limit": "DOUBLE",
        "special_cause": "VARCHAR",
        "point_type": "VARCHAR",
    },
    "projection": {
        "metric_id": "VARCHAR",
        "grain": "VARCHAR",
        "period_end": "DATE",
        "value": "DOUBLE",
        "lower": "DOUBLE",
        "upper": "DOUBLE",
        "method": "VARCHAR",
    },
    "waiting_list": {
        "metric_id": "VARCHAR",
        "category": "VARCHAR",
        "period_end": "DATE",
        "demand_per_week": "DOUBLE",
        "removals_per_week": "DOUBLE",
        "load": "DOUBLE",
        "target_weeks": "DOUBLE",
        "target_queue": "DOUBLE",
        "pressure": "DOUBLE",
        "relief_per_week": "DOUBLE",
        "reach_by": "DATE",
        "status": "VARCHAR",
    },
    "claim": {
        "claim_id": "VARCHAR",
        "sentence": "VARCHAR",
        "metric_id": "VARCHAR",
        "grain": "VARCHAR",
        "period_end": "DATE",
        "dimension": "VARCHAR",
        "category": "VARCHAR",
        "verdict": "VARCHAR",
        "expected": "VARCHAR",
        "found": "VARCHAR",
        "reason": "VARCHAR",
    },
}


def create_statements() -> list[str]:
    """One `create table` for each table of a release, in the order of `TABLES`."""
    statements = []
    for table, columns in TABLES.items():
        body = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        unique = f", unique ({', '.join(CELL_KEY)})" if table == "metric_value" else ""
        statements.append(f'create table "{table}" ({body}{unique})')
    return statements
