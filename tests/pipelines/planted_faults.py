"""What is written into a valid row so that it breaks one check, and the checks that no row breaks alone."""

from __future__ import annotations

from tests.pipelines.templates import (
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
    EVENTS,
    HOME,
    MISSING,
    PLACES,
    PLANS,
    POST16,
    REFERRALS,
    REQUESTS,
    RETURNS,
    REVIEWS,
    ROLL,
    THERAPY,
    TIMETABLES,
    Row,
)

AFTER, LATER = "2025-10-01", "2025-10-02"
UNDECIDED = {"request_outcome_date": "", "assessment_outcome": "", "assessment_outcome_date": ""}
NOT_ISSUED = {"assessment_outcome": "", "assessment_outcome_date": ""}
# For each agency a percentage that it may return for 2023: one computed from records that begin later, if it has any.
SHARES = {
    "education": "ehcp_issued_within_20_weeks_pct",
    "health": "community_seen_within_18_weeks_pct",
    "care": "yjs_neet_pct",
    "partnership": "mft_useful_agree_pct",
}
COMPUTED = {"health": "nd_waiting_count", "care": "social_care_open_count"}
OTHERS = {"education": "camhs_waiting_count"}


def _of_return(agency: str) -> dict[str, Row]:
    share = {"indicator_id": SHARES[agency], "period_end": "2023-12-31"}
    return {
        "period_end_after_month_end": {"period_end": "2025-10-31"},
        "indicator_id_unknown": {"indicator_id": "no_such_metric"},
        "indicator_id_of_another_agency": {"indicator_id": OTHERS.get(agency, "eyfs_gld_pct")},
        "indicator_id_computed_from_records": {"indicator_id": COMPUTED.get(agency, "ehe_count")},
        "period_end_not_a_month_end": {"period_end": "2025-09-15"},
        "value_outside_0_100": share | {"value": "100.1"},
        "value_not_numerator_over_denominator": share | {"numerator": "30", "denominator": "40", "value": "74.4"},
        "value_percent_unexpected": {"value": "17%"},
        "value_negative": {"value": "-1"},
        "numerator_negative": {"numerator": "-1"},
    }


# What to write into a cell so that a row has a fault, by the fault's name.
SPOILT = {
    "missing": "",
    "unknown_code": "Q?",
    "not_a_date": "31/02/2025",
    "not_a_month": "2025-13",
    "not_yes_or_no": "perhaps",
    "not_a_whole_number": "seven",
    "not_a_number": "12,5",
    "after_month_end": AFTER,
    "out_of_range": "-1",
    "format": "12A45",
    "check_letter": "A801200005001",
    "check_digit": "9990000000",
    "stated_reason": "UN3",
    "outside_area": "Atlantis",
    "control_characters": "a\x07b",
}
LONGEST_CELL = 32_767
# The rows for an extract's own rules, and for checks that need more than one cell to fail alone.
OWN: dict[str, dict[str, Row]] = {
    REQUESTS: {
        "received_date_after_month_end": {"received_date": AFTER, "request_outcome": "A"} | UNDECIDED,
        "request_outcome_unknown_code": {"request_outcome": "Q?"} | UNDECIDED,
        "request_outcome_date_after_month_end": {"request_outcome_date": AFTER} | NOT_ISSUED,
        "assessment_outcome_unknown_code": {"assessment_outcome": "Q?", "assessment_outcome_date": ""},
        "assessment_outcome_date_after_month_end": {"assessment_outcome_date": LATER},
        "request_outcome_date_before_received_date": {"request_outcome_date": "2025-03-02"},
        "assessment_outcome_date_before_request_outcome_date": {"assessment_outcome_date": "2025-04-06"},
        "assessment_outcome_date_before_received_date": {
            "request_outcome_date": "", "request_outcome": "", "assessment_outcome_date": "2025-03-02",
        },
        "request_outcome_date_missing": {"request_outcome": "N", "request_outcome_date": ""} | NOT_ISSUED,
        "request_outcome_date_unexpected": {"request_outcome": "W"} | NOT_ISSUED,
        "assessment_outcome_date_missing": {"assessment_outcome_date": ""},
        "assessment_outcome_date_unexpected": {"assessment_outcome": "W"},
        "assessment_outcome_without_assessment": {"request_outcome": "N", "assessment_outcome": "A",
                                                  "assessment_outcome_date": ""},
        "date_of_birth_age_outside_0_25": {"date_of_birth": "1999-03-02"},
        "date_of_birth_age_25": {"date_of_birth": "1999-03-04"},
    },
    PLANS: {
        "start_date_before_date_of_birth": {"start_date": "2012-03-16"},
        "school_urn_missing": {"school_urn": ""},
    },
    REVIEWS: {
        "meeting_date_after_month_end": {"meeting_date": AFTER, "decision_date": "", "decision": ""},
        "decision_date_before_meeting_date": {"decision_date": "2025-06-15"},
        "decision_missing": {"decision": ""},
        "decision_date_missing": {"decision_date": ""},
    },
    ROLL: {
        "sen_provision_unknown_code": {"sen_provision": "Q?", "primary_need": "ASD"},
        "primary_need_nsa_without_sen_support": {"sen_provision": "E"},
    },
    ATTENDANCE: {
        "month_after_month_end": {"month": "2025-10"},
        # One part is below zero and another makes up for it, so that the sum is still right.
        "sessions_possible_out_of_range": {"sessions_possible": "401", "sessions_attended": "397"},
        "sessions_attended_out_of_range": {"sessions_attended": "-1", "sessions_authorised_absence": "38"},
        "sessions_authorised_absence_out_of_range": {"sessions_authorised_absence": "-1", "sessions_attended": "38"},
        "sessions_unauthorised_absence_out_of_range": {"sessions_unauthorised_absence": "-1",
                                                       "sessions_attended": "36"},
        "sessions_possible_not_the_sum": {"sessions_attended": "35"},
    },
    EVENTS: {
        "start_date_after_month_end": {"start_date": AFTER, "recorded_date": ""},
        "recorded_date_before_start_date": {"recorded_date": "2025-09-07"},
        "sessions_unexpected": {"category": "PERM"},
    },
    TIMETABLES: {
        "end_date_before_start_date": {"end_date": "2025-04-27"},
        "planned_end_date_before_start_date": {"planned_end_date": "2025-04-27"},
    },
    HOME: {
        "start_date_before_date_of_birth": {"start_date": "2012-03-16"},
        "end_date_before_start_date": {"end_date": "2024-01-14"},
    },
    MISSING: {
        "identified_date_after_month_end": {"identified_date": AFTER, "located_date": "", "closed_date": ""},
        "identified_date_before_date_of_birth": {"identified_date": "2012-03-16"},
        "located_date_before_identified_date": {"located_date": "2025-05-11"},
        "closed_date_before_identified_date": {"closed_date": "2025-05-11"},
    },
    ALTERNATIVE: {
        "start_date_after_month_end": {"start_date": AFTER, "end_date": ""},
        "end_date_before_start_date": {"end_date": "2025-03-02"},
    },
    POST16: {
        "activity_start_date_before_date_of_birth": {"activity_start_date": "2006-05-20"},
        "date_of_birth_after_month_end": {"date_of_birth": AFTER, "activity_start_date": ""},
    },
    COSTS: {
        "end_date_before_start_date": {"end_date": "2024-09-02"},
        # As with attendance, the sum is still right.
        "annual_cost_out_of_range": {"annual_cost": "10000001", "education_contribution": "9969334.34"},
        "education_contribution_out_of_range": {"education_contribution": "-1", "health_contribution": "30667.67"},
        "health_contribution_out_of_range": {"health_contribution": "-1", "care_contribution": "30667.67"},
        "care_contribution_out_of_range": {"care_contribution": "-1", "education_contribution": "30667.67"},
        "annual_cost_not_the_sum": {"annual_cost": "46000.02"},
    },
    DISPUTES: {
        "opened_date_after_month_end": {"opened_date": AFTER, "closed_date": ""},
        "closed_date_before_opened_date": {"closed_date": "2025-02-09"},
    },
    EARLY_YEARS: {"record_date_before_date_of_birth": {"record_date": "2022-01-18"}},
    REFERRALS: {
        "referral_date_after_month_end": {"referral_date": AFTER, "accepted_date": ""},
        "referral_date_before_date_of_birth": {"referral_date": "2012-03-16"},
        **{f"{name}_before_referral_date": {name: "2024-09-30"}
           for name in ("accepted_date", "first_contact_date", "assessment_start_date", "closed_date")},
    },
    COMMUNITY: {
        "referral_date_after_month_end": {"referral_date": AFTER, "first_contact_date": "", "closed_date": ""},
        "referral_date_before_date_of_birth": {"referral_date": "2012-03-16"},
        "first_contact_date_before_referral_date": {"first_contact_date": "2025-01-13"},
        "closed_date_before_referral_date": {"closed_date": "2025-01-13"},
    },
    ADVICE: {
        "requested_date_after_month_end": {"requested_date": AFTER, "received_date": ""},
        "received_date_before_requested_date": {"received_date": "2025-04-07"},
    },
    COMPLEX: {"event_date_before_date_of_birth": {"event_date": "2012-03-16"}},
    CASES: {"start_date_before_date_of_birth": {"start_date": "2012-03-16"}},
    BREAKS: {
        "start_date_after_month_end": {"start_date": AFTER, "end_date": ""},
        "start_date_before_date_of_birth": {"start_date": "2012-03-16"},
        "end_date_before_start_date": {"end_date": "2024-05-31"},
    },
    THERAPY: {
        "referral_date_after_month_end": {"referral_date": AFTER, "assessment_date": "", "closed_date": ""},
        "referral_date_before_date_of_birth": {"referral_date": "2012-03-16"},
        "assessment_date_before_referral_date": {"assessment_date": "2025-02-02"},
        "closed_date_before_referral_date": {"closed_date": "2025-02-02"},
    },
    **{extract: _of_return(extract.split("/")[0]) for extract in RETURNS},
}  # fmt: skip
# Checks that no row can break alone, and what it then breaks as well.
NEVER_ALONE: dict[tuple[str, str], set[str]] = {
    # Whoever is born after the month's end is born before anything that happened by then.
    (REQUESTS, "date_of_birth_after_month_end"): {"date_of_birth_age_outside_0_25"},
    (MISSING, "date_of_birth_after_month_end"): {"identified_date_before_date_of_birth"},
    (EARLY_YEARS, "date_of_birth_after_month_end"): {"record_date_before_date_of_birth"},
    (COMPLEX, "date_of_birth_after_month_end"): {"event_date_before_date_of_birth"},
    **{(extract, "date_of_birth_after_month_end"): {"start_date_before_date_of_birth"}
       for extract in (PLANS, HOME, CASES, BREAKS)},
    **{(extract, "date_of_birth_after_month_end"): {"referral_date_before_date_of_birth"}
       for extract in (REFERRALS, COMMUNITY, THERAPY)},
    # An event of the next month is recorded in the next month, or before it began, or never.
    (EVENTS, "start_date_after_month_end"): {"recorded_date_missing"},
    # Every column of attendance is required, so a row that breaks off lacks one.
    (ATTENDANCE, "row_too_few_fields"): {"sessions_unauthorised_absence_missing"},
    (ATTENDANCE, "row_cell_too_long"): {"upn_format"},
    # Six digits with anything added are not six digits; an indicator with anything added is not in the catalogue.
    **{(extract, "school_urn_control_characters"): {"school_urn_format"}
       for extract in (PLANS, ROLL, ATTENDANCE, EVENTS, TIMETABLES, PLACES)},
    **{(extract, "indicator_id_control_characters"): {"indicator_id_unknown"} for extract in RETURNS},
    # The partnership sends no records, so whatever is computed from records is another agency's.
    ("partnership/indicator_return", "indicator_id_computed_from_records"): {"indicator_id_of_another_agency"},
    # Without a decision there is nothing that the missing one could be told by.
    (REQUESTS, "assessment_outcome_date_before_received_date"): {"request_outcome_missing"},
}  # fmt: skip
