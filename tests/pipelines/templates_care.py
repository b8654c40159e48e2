"""A valid row of every extract of records that care sends."""

from __future__ import annotations


def care(number: int, child: dict[str, str]) -> dict[str, dict[str, str]]:
    """The rows of one number, by the name of the extract."""
    return {
        "open_cases": child | {"status": "CIN", "start_date": "2025-02-11", "disabled": "0"},
        "short_breaks": {"package_id": f"K{number:06d}"}
        | child
        | {"package_type": "overnight", "start_date": "2024-06-01", "end_date": "2025-08-31"},
        "disabled_children_ot": {"referral_id": f"O{number:06d}"}
        | child
        | {"referral_date": "2025-02-03", "assessment_date": "2025-06-12", "closed_date": "2025-07-01"},
        "youth_justice": child | {"sen_provision": "K", "activity": "EET"},
    }
