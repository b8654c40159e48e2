"""The extracts by name, and what each of their deliveries holds: see EXTRACTS, "Kind"."""

from __future__ import annotations

REQUESTS, PLANS, REVIEWS = "education/ehc_requests", "education/ehc_plans", "education/annual_reviews"
ROLL, ATTENDANCE = "education/school_roll", "education/attendance"
EXCLUSIONS, TIMETABLES = "education/suspensions_exclusions", "education/part_time_timetables"
HOME, MISSING, ALTERNATIVE = "education/ehe_register", "education/cme_register", "education/alternative_provision"
POST16, COSTS, PLACES = "education/post16_activity", "education/placement_costs", "education/specialist_places"
DISPUTES, EARLY_YEARS = "education/disputes", "education/early_years_inclusion"
ND, COMMUNITY = "health/nd_referrals", "health/community_referrals"
ADVICE, COMPLEX = "health/ehc_advice", "health/complex_needs"
CASES, BREAKS, THERAPY = "care/open_cases", "care/short_breaks", "care/disabled_children_ot"
YOUTH_JUSTICE = "care/youth_justice"

AGENCIES = ("education", "health", "care", "partnership")
RETURNS = tuple(f"{agency}/indicator_return" for agency in AGENCIES)
EDUCATION_RETURN, HEALTH_RETURN, CARE_RETURN, PARTNERSHIP_RETURN = RETURNS

HISTORY, SPELLS, SNAPSHOT = "history", "spells", "snapshot"
KIND = {
    REQUESTS: HISTORY, REVIEWS: HISTORY, ATTENDANCE: HISTORY, EXCLUSIONS: HISTORY, DISPUTES: HISTORY,
    EARLY_YEARS: HISTORY, ADVICE: HISTORY, COMPLEX: HISTORY,
    TIMETABLES: SPELLS, HOME: SPELLS, MISSING: SPELLS, ALTERNATIVE: SPELLS, BREAKS: SPELLS,
    PLANS: SNAPSHOT, ROLL: SNAPSHOT, POST16: SNAPSHOT, COSTS: SNAPSHOT, PLACES: SNAPSHOT, ND: SNAPSHOT,
    COMMUNITY: SNAPSHOT, CASES: SNAPSHOT, THERAPY: SNAPSHOT, YOUTH_JUSTICE: SNAPSHOT,
}  # fmt: skip

# The columns no two rows of a delivery share.
KEY: dict[str, tuple[str, ...]] = {
    REQUESTS: ("request_id",), PLANS: ("plan_id",), REVIEWS: ("review_id",), ROLL: ("upn", "school_urn"),
    ATTENDANCE: ("upn", "school_urn", "month"), EXCLUSIONS: ("event_id",), TIMETABLES: ("timetable_id",),
    HOME: ("spell_id",), MISSING: ("spell_id",), ALTERNATIVE: ("placement_id",), POST16: ("child_id",),
    COSTS: ("placement_id",), PLACES: ("school_urn", "place_type"), DISPUTES: ("case_id",),
    EARLY_YEARS: ("record_id",), ND: ("referral_id",), COMMUNITY: ("referral_id",), ADVICE: ("advice_id",),
    COMPLEX: ("event_id",), CASES: ("child_id",), BREAKS: ("package_id",), THERAPY: ("referral_id",),
    YOUTH_JUSTICE: ("child_id",),
    **dict.fromkeys(RETURNS, ("indicator_id", "period_end", "grain", "dimension", "category")),
}  # fmt: skip

# The date of a history's rows, by which a delivery replaces what is held.
DATED = {
    REQUESTS: "received_date", REVIEWS: "due_date", ATTENDANCE: "month", EXCLUSIONS: "start_date",
    DISPUTES: "opened_date", EARLY_YEARS: "record_date", ADVICE: "requested_date", COMPLEX: "event_date",
}  # fmt: skip
