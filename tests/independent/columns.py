"""The columns of every extract and the codes that stand in them: EXTRACTS, written down again."""

from __future__ import annotations

from tests.independent.names import (
    ADVICE,
    ALTERNATIVE,
    ATTENDANCE,
    BREAKS,
    CASES,
    COMMUNITY,
    COMPLEX,
    COSTS,
    DISPUTES,
    EARLY_YEARS,
    EXCLUSIONS,
    HOME,
    MISSING,
    ND,
    PLACES,
    PLANS,
    POST16,
    REQUESTS,
    RETURNS,
    REVIEWS,
    ROLL,
    THERAPY,
    TIMETABLES,
    YOUTH_JUSTICE,
)

# What each column holds: a `!` says required, a `-` that a sender may leave the column out altogether.
PERSON = {
    "child_id": "text!", "upn": "upn-", "nhs_number": "nhs-", "date_of_birth": "date!", "sex": "code!",
    "ethnicity": "code-", "ward": "ward-",
}  # fmt: skip
FIGURE = {
    "indicator_id": "text!", "period_end": "date!", "grain": "code!", "dimension": "text!", "category": "text!",
    "numerator": "number", "denominator": "number", "value": "number!", "provisional": "bool!", "note": "text-",
}  # fmt: skip
COLUMNS: dict[str, dict[str, str]] = {
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
    REVIEWS: {
        "review_id": "text!", "plan_id": "text!", **PERSON, "primary_need": "code-", "due_date": "date!",
        "meeting_date": "date", "decision_date": "date", "decision": "code", "priority_group": "code!",
    },
    ROLL: {
        "upn": "upn!", "date_of_birth": "date!", "sex": "code!", "ethnicity": "code-", "ward": "ward-",
        "school_urn": "text!", "phase": "code!", "nc_year": "text-", "sen_provision": "code!", "primary_need": "code-",
        "free_school_meals": "bool-", "enrolment": "code!",
    },
    ATTENDANCE: {
        "upn": "upn!", "school_urn": "text!", "month": "month!", "phase": "code!", "sen_provision": "code!",
        "sessions_possible": "int!", "sessions_attended": "int!", "sessions_authorised_absence": "int!",
        "sessions_unauthorised_absence": "int!",
    },
    EXCLUSIONS: {
        "event_id": "text!", "upn": "upn!", "school_urn": "text!", "phase": "code!", "nc_year": "text-",
        "category": "code!", "start_date": "date!", "recorded_date": "date!", "sessions": "int-",
        "reason_1": "code!", "reason_2": "code-", "reason_3": "code-", "sen_provision": "code!",
        "plan_in_year": "bool!", "sen_support_in_year": "bool!", "under_assessment": "bool!",
        "known_to_social_care": "bool!",
    },
    TIMETABLES: {
        "timetable_id": "text!", "upn": "upn!", "school_urn": "text-", "phase": "code!", "nc_year": "text-",
        "sen_provision": "code!", "start_date": "date!", "planned_end_date": "date-", "end_date": "date",
        "hours_per_week": "number-", "reason": "code!", "known_to_social_care": "bool!",
    },
    HOME: {
        "spell_id": "text!", **PERSON, "nc_year": "text-", "start_date": "date!", "end_date": "date",
        "end_reason": "code-", "primary_reason": "code!", "sen_provision": "code!", "known_to_social_care": "bool!",
    },
    MISSING: {
        "spell_id": "text!", **PERSON, "nc_year": "text-", "identified_date": "date!", "located_date": "date",
        "closed_date": "date", "reason": "code!", "sen_provision": "code!", "known_to_social_care": "bool!",
    },
    ALTERNATIVE: {
        "placement_id": "text!", "upn": "upn!", "provider": "text!", "scheme": "code!", "commissioner": "code!",
        "start_date": "date!", "end_date": "date", "outcome": "code!", "sen_provision": "code!", "phase": "code!",
        "sessions_per_week": "int-", "weekly_cost": "money-",
    },
    POST16: {
        **PERSON, "academic_age": "int!", "sen_provision": "code!", "activity_code": "int!",
        "activity_start_date": "date-", "last_confirmed_date": "date-",
    },
    COSTS: {
        "placement_id": "text!", "plan_id": "text!", "placement_type": "code!", "provider_type": "code!",
        "in_area": "bool!", "start_date": "date!", "end_date": "date", "annual_cost": "money!",
        "education_contribution": "money!", "health_contribution": "money!", "care_contribution": "money!",
        "transport_annual_cost": "money-",
    },
    PLACES: {
        "school_urn": "text!", "school_name": "text!", "place_type": "code!", "phase": "code!",
        "commissioned_places": "int!", "filled_places": "int!", "planned_places": "int!", "planned_opening": "month-",
    },
    DISPUTES: {
        "case_id": "text!", "child_id": "text-", "case_type": "code!", "issue": "code!", "opened_date": "date!",
        "closed_date": "date", "outcome": "code-", "remedy_gbp": "money-",
    },
    EARLY_YEARS: {
        "record_id": "text!", **PERSON, "record_type": "code!", "record_date": "date!", "primary_concern": "code!",
        "setting": "text-",
    },
    ND: {
        "referral_id": "text!", **PERSON, "pathway": "code!", "priority": "code!", "referral_date": "date!",
        "accepted_date": "date-", "first_contact_date": "date-", "assessment_start_date": "date-",
        "closed_date": "date", "outcome": "code-",
    },
    COMMUNITY: {
        "referral_id": "text!", **PERSON, "service": "code!", "priority": "code!", "referral_date": "date!",
        "first_contact_date": "date", "closed_date": "date",
    },
    ADVICE: {
        "advice_id": "text!", "request_id": "text!", "adviser": "code!", "requested_date": "date!",
        "received_date": "date", "quality_result": "code-",
    },
    COMPLEX: {
        "event_id": "text!", **PERSON, "event_type": "code!", "event_date": "date!", "rag": "code-",
    },
    CASES: {**PERSON, "status": "code!", "start_date": "date!", "disabled": "bool!"},
    BREAKS: {
        "package_id": "text!", **PERSON, "package_type": "code!", "start_date": "date!", "end_date": "date",
    },
    THERAPY: {
        "referral_id": "text!", **PERSON, "referral_date": "date!", "assessment_date": "date", "closed_date": "date",
    },
    YOUTH_JUSTICE: {**PERSON, "sen_provision": "code!", "activity": "code!"},
    **dict.fromkeys(RETURNS, FIGURE),
}  # fmt: skip

NEEDS = ("SPLD", "MLD", "SLD", "PMLD", "SEMH", "SLCN", "HI", "VI", "MSI", "PD", "ASD", "DS", "OTH")
ETHNICITIES = (
    "WBRI", "WBRI", "WBRI", "WBRI", "WIRI", "WIRT", "WOTH", "WROM", "MWBC", "MWBA", "MWAS", "MOTH", "AIND", "APKN",
    "APKN", "ABAN", "AOTH", "CHNE", "BCRB", "BAFR", "BOTH", "OOTH", "REFU", "NOBT",
)  # fmt: skip
WARDS_OUTSIDE = ("Hilton", "Long Eaton West", "Ashbourne South")
SCHOOL_PHASES = ("reception", "primary", "primary", "secondary", "secondary", "secondary", "special",
                 "alternative_provision")  # fmt: skip
PHASES = ("early_years", *SCHOOL_PHASES, "post_16")
SCHOOL_YEARS = ("R", "1", "2", "3", "5", "6", "7", "8", "9", "10", "11", "N2", "NA")
PLACEMENTS = (
    "mainstream", "mainstream", "mainstream", "mainstream", "erp", "sen_unit", "state_special", "state_special",
    "independent_special", "post_16_college", "alternative_provision", "early_years_setting", "eotas",
    "elective_home_education", "awaiting_placement",
)  # fmt: skip
WITHOUT_SCHOOL = ("eotas", "elective_home_education", "awaiting_placement")
PROVIDERS = ("own_council", "own_council", "other_council", "academy", "independent", "voluntary")
EXCLUSION_REASONS = ("PP", "PA", "VP", "VA", "OW", "BU", "RA", "LG", "DS", "SM", "DA", "DM", "TH", "DB", "MT", "PH")
HOME_REASONS = (
    "philosophical", "lifestyle", "religious", "physical_health", "mental_health", "mental_health",
    "dissatisfaction_send", "dissatisfaction_general", "bullying", "school_suggestion", "risk_of_exclusion",
    "permanent_exclusion", "preferred_school", "access", "other", "unknown", "not_given",
)  # fmt: skip
MISSING_REASONS = (
    "application_awaiting", "awaiting_place", "moved_in", "moved_out_unconfirmed", "unsuitable_home_education",
    "other", "unknown",
)  # fmt: skip
TIMETABLE_REASONS = ("mental_health", "medical", "behaviour", "reintegration", "transition", "other")
SCHEMES = ("send_commissioned", "inclusion_commissioned", "day_six", "health_needs", "fresh_start", "fresh_start",
           "fresh_start_plus", "fresh_start_plus")  # fmt: skip
PRIORITY_GROUPS = ("none", "none", "none", "looked_after", "youth_justice", "home_educated", "eotas")
CASE_TYPES = ("mediation", "mediation", "tribunal", "complaint", "complaint", "ombudsman")
ISSUES = (
    "refusal_to_assess", "refusal_to_issue", "contents", "placement", "ceasing", "delay", "communication", "other",
)  # fmt: skip
CONCERNS = (
    "communication_and_interaction", "communication_and_interaction", "cognition_and_learning", "semh",
    "sensory_and_physical", "other",
)  # fmt: skip
SERVICES = (
    "speech_and_language", "speech_and_language", "occupational_therapy", "physiotherapy", "audiology", "wheelchair",
    "community_paediatrics",
)  # fmt: skip
ADVISERS = (
    "community_paediatrics", "community_paediatrics", "speech_and_language", "occupational_therapy", "physiotherapy",
    "camhs", "other_health",
)  # fmt: skip
ACTIVITIES = (
    110, 140, 210, 210, 220, 220, 230, 230, 240, 250, 260, 270, 280, 290, 310, 320, 330, 340, 350, 360, 380, 381,
    410, 430, 440, 450, 460, 460, 530, 540, 540, 550, 610, 615, 616, 619, 619, 620, 630, 640, 650, 660, 670, 680,
    710, 720, 810, 820, 830,
)  # fmt: skip
