"""Rows few enough to work out by hand, and how to look up the cells they become."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.independent.calculation import Cell, Delivery
from tests.independent.periods import Row, last_day

NOT_AVAILABLE = (None, None, None, "x")


def delivery(extract: str, month: str, *rows: Row, version: int = 1) -> Delivery:
    return Delivery(extract, month, version, list(rows))


def request(name: str, received: date, **more: Any) -> Row:
    row = {
        "request_id": name,
        "date_of_birth": date(2015, 6, 10),
        "sex": "F",
        "received_date": received,
        "request_outcome": "A",
        "request_outcome_date": None,
        "assessment_outcome": None,
        "assessment_outcome_date": None,
        "exception_applies": False,
    }
    return {**row, **more}


def issued(name: str, received: date, days: int, **more: Any) -> Row:
    """A request that became a plan so many days later."""
    life = {
        "request_outcome": "Y",
        "request_outcome_date": received + timedelta(days=40),
        "assessment_outcome": "Y",
        "assessment_outcome_date": received + timedelta(days=days),
    }
    return request(name, received, **{**life, **more})


def exclusion(name: str, upn: str, started: date, **more: Any) -> Row:
    row = {
        "event_id": name,
        "upn": upn,
        "phase": "secondary",
        "category": "SUSP",
        "start_date": started,
        "recorded_date": started,
        "reason_1": "PP",
        "sen_provision": "K",
        "plan_in_year": False,
        "sen_support_in_year": True,
        "under_assessment": False,
        "known_to_social_care": False,
    }
    return {**row, **more}


def spell(name: str, started: date, ended: date | None = None, **more: Any) -> Row:
    row = {
        "spell_id": name,
        "date_of_birth": date(2012, 3, 5),
        "sex": "M",
        "start_date": started,
        "end_date": ended,
        "end_reason": None,
        "primary_reason": "bullying",
        "sen_provision": "N",
        "known_to_social_care": False,
    }
    return {**row, **more}


def plan(name: str, **more: Any) -> Row:
    row = {
        "plan_id": name,
        "date_of_birth": date(2010, 1, 1),
        "sex": "M",
        "primary_need": "ASD",
        "start_date": date(2020, 1, 1),
        "placement_type": "mainstream",
    }
    return {**row, **more}


def case(name: str, **more: Any) -> Row:
    row = {"child_id": name, "date_of_birth": date(2010, 1, 1), "sex": "F", "status": "CIN", "disabled": False}
    return {**row, "start_date": date(2023, 1, 1), **more}


def referral(name: str, referred: date, closed: date | None = None, **more: Any) -> Row:
    row = {
        "referral_id": name,
        "date_of_birth": date(2014, 5, 20),
        "sex": "M",
        "pathway": "autism",
        "priority": "routine",
        "referral_date": referred,
        "closed_date": closed,
    }
    return {**row, **more}


def young_person(name: str, code: str, **more: Any) -> Row:
    row = {"child_id": name, "date_of_birth": date(2007, 1, 1), "sex": "F", "academic_age": 16}
    return {**row, "sen_provision": "N", "activity_code": code, **more}


def figure(indicator: str, period_end: date, value: float, **more: Any) -> Row:
    row = {"indicator_id": indicator, "period_end": period_end, "grain": "month", "dimension": "all"}
    return {**row, "category": "all", "value": value, "provisional": False, **more}


def cell_of(
    cells: list[Cell], metric_id: str, month: str, grain: str = "month", dimension: str = "all", category: str = "all"
) -> Cell:
    wanted = (metric_id, grain, last_day(month), dimension, category)
    columns = ("metric_id", "grain", "period_end", "dimension", "category")
    found = [cell for cell in cells if tuple(cell[column] for column in columns) == wanted]
    assert len(found) == 1, f"{len(found)} cells for {wanted}"
    return found[0]


def numbers_of(cells: list[Cell], metric_id: str, month: str, **more: str) -> tuple[Any, Any, Any, str]:
    cell = cell_of(cells, metric_id, month, **more)
    return cell["numerator"], cell["denominator"], cell["value"], cell["status"]


def categories_of(
    cells: list[Cell], metric_id: str, month: str, dimension: str, grain: str = "month"
) -> dict[str, Any]:
    return {
        cell["category"]: cell["value"]
        for cell in cells
        if (cell["metric_id"], cell["period_end"], cell["dimension"], cell["grain"])
        == (metric_id, last_day(month), dimension, grain)
    }
