"""A valid row of every extract of records that health sends."""

from __future__ import annotations


def health(number: int, child: dict[str, str]) -> dict[str, dict[str, str]]:
    """The rows of one number, by the name of the extract."""
    return {
        "nd_referrals": {"referral_id": f"N{number:06d}"}
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
        "community_referrals": {"referral_id": f"T{number:06d}"}
        | child
        | {
            "service": "speech_and_language",
            "referral_date": "2025-01-14",
            "first_contact_date": "2025-04-01",
            "closed_date": "2025-07-22",
            "priority": "routine",
        },
        "ehc_advice": {
            "advice_id": f"A{number:06d}",
            "request_id": f"R{number:06d}",
            "adviser": "community_paediatrics",
            "requested_date": "2025-04-08",
            "received_date": "2025-05-15",
            "quality_result": "compliant",
        },
        "complex_needs": {"event_id": f"X{number:06d}"}
        | child
        | {"event_type": "dsr_referral", "event_date": "2025-06-19", "rag": "amber"},
    }
