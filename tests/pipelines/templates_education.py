"""A valid row of every extract of records that education sends."""

from __future__ import annotations


def education(number: int, child: dict[str, str], young_person: dict[str, str]) -> dict[str, dict[str, str]]:
    """The rows of one number, by the name of the extract."""
    return {
        "ehc_requests": {"request_id": f"R{number:06d}"}
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
        "ehc_plans": {"plan_id": f"P{number:06d}"}
        | child
        | {
            "primary_need": "ASD",
            "start_date": "2023-05-09",
            "placement_type": "mainstream",
            "school_urn": "112345",
            "personal_budget": "0",
            "joint_funded": "none",
        },
        "annual_reviews": {"review_id": f"V{number:06d}", "plan_id": f"P{number:06d}"}
        | child
        | {
            "primary_need": "ASD",
            "due_date": "2025-11-09",
            "meeting_date": "2025-06-16",
            "decision_date": "2025-07-11",
            "decision": "M",
            "priority_group": "none",
        },
        "school_roll": {
            "upn": child["upn"],
            "date_of_birth": child["date_of_birth"],
            "sex": child["sex"],
            "ethnicity": child["ethnicity"],
            "ward": child["ward"],
            "school_urn": "112345",
            "phase": "secondary",
            "nc_year": "8",
            "sen_provision": "K",
            "primary_need": "NSA",
            "free_school_meals": "0",
            "enrolment": "C",
        },
        "attendance": {
            "upn": child["upn"],
            "school_urn": "112345",
            "month": "2025-09",
            "phase": "secondary",
            "sen_provision": "K",
            "sessions_possible": "38",
            "sessions_attended": "34",
            "sessions_authorised_absence": "3",
            "sessions_unauthorised_absence": "1",
        },
        "suspensions_exclusions": {
            "event_id": f"E{number:06d}",
            "upn": child["upn"],
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
        "part_time_timetables": {
            "timetable_id": f"L{number:06d}",
            "upn": child["upn"],
            "school_urn": "112345",
            "phase": "secondary",
            "nc_year": "8",
            "sen_provision": "K",
            "start_date": "2025-04-28",
            "planned_end_date": "2025-10-24",
            "end_date": "",
            "hours_per_week": "12.5",
            "reason": "reintegration",
            "known_to_social_care": "0",
        },
        "ehe_register": {"spell_id": f"S{number:06d}"}
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
        "cme_register": {"spell_id": f"M{number:06d}"}
        | child
        | {
            "nc_year": "8",
            "identified_date": "2025-05-12",
            "located_date": "2025-06-02",
            "closed_date": "2025-06-30",
            "reason": "awaiting_place",
            "sen_provision": "N",
            "known_to_social_care": "0",
        },
        "alternative_provision": {
            "placement_id": f"B{number:06d}",
            "upn": child["upn"],
            "provider": "The Old Foundry",
            "scheme": "fresh_start",
            "commissioner": "council",
            "start_date": "2025-03-03",
            "end_date": "2025-07-18",
            "outcome": "sustained",
            "sen_provision": "K",
            "phase": "secondary",
            "sessions_per_week": "6",
            "weekly_cost": "310.50",
        },
        "post16_activity": young_person
        | {
            "academic_age": "18",
            "sen_provision": "K",
            "activity_code": "230",
            "activity_start_date": "2024-09-02",
            "last_confirmed_date": "2025-07-01",
        },
        # Paid in thirds, which are a penny short of the whole.
        "placement_costs": {
            "placement_id": f"B{number:06d}",
            "plan_id": f"P{number:06d}",
            "placement_type": "independent_special",
            "provider_type": "independent",
            "in_area": "0",
            "start_date": "2024-09-03",
            "end_date": "2026-07-17",
            "annual_cost": "46000",
            "education_contribution": "15333.33",
            "health_contribution": "15333.33",
            "care_contribution": "15333.33",
            "transport_annual_cost": "9200",
        },
        "specialist_places": {
            "school_urn": f"{number:06d}",
            "school_name": f"School {number}",
            "place_type": "erp",
            "phase": "primary",
            "commissioned_places": "24",
            "filled_places": "22",
            "planned_places": "6",
            "planned_opening": "2026-09",
        },
        "disputes": {
            "case_id": f"D{number:06d}",
            "child_id": child["child_id"],
            "case_type": "mediation",
            "issue": "placement",
            "opened_date": "2025-02-10",
            "closed_date": "2025-06-30",
            "outcome": "agreed",
            "remedy_gbp": "150",
        },
        "early_years_inclusion": {"record_id": f"Y{number:06d}"}
        | child
        | {
            "date_of_birth": "2022-01-19",
            "record_type": "senif",
            "record_date": "2025-02-03",
            "primary_concern": "communication_and_interaction",
            "setting": "Little Acorns",
        },
    }
