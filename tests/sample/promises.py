"""What every extract of the sample promises: columns, keys, codes, dates, filled cells, rules between columns.

Written out here by hand, so that a slip in a contract or in a generator shows.
"""

NEEDS = "SPLD MLD SLD PMLD SEMH SLCN HI VI MSI PD ASD DS OTH"
PHASES = "early_years reception primary secondary special alternative_provision post_16"
PLACEMENTS = (
    "mainstream erp sen_unit state_special independent_special post_16_college alternative_provision "
    "early_years_setting eotas elective_home_education awaiting_placement"
)
SUSPENSION_REASONS = "PP PA VP VA OW BU RA LG DS SM DA DM TH DB MT PH"
ETHNICITIES = "WBRI WIRI WIRT WOTH WROM MWBC MWBA MWAS MOTH AIND APKN ABAN AOTH CHNE BCRB BAFR BOTH OOTH REFU NOBT"
HOME_REASONS = (
    "philosophical lifestyle religious physical_health mental_health dissatisfaction_send dissatisfaction_general "
    "bullying school_suggestion risk_of_exclusion permanent_exclusion preferred_school access other unknown not_given"
)
ACTIVITIES = (
    "210 220 230 240 250 260 270 280 290 310 320 330 340 350 360 380 381 410 430 440 450 460 530 540 550 610 615 616 "
    "619 620 630 640 650 660 670 680 710 720 810 820 830"
)
NO = "_"  # stands for an empty cell in a list of codes
PERSON = "child_id upn nhs_number date_of_birth sex ethnicity ward"
TO_YEAR_11 = "R 1 2 3 4 5 6 7 8 9 10 11"
# Who returns what: every metric of the reference list whose lane is the return, by the agency that counts it.
RETURNED = {
    "education": """
        eyfs_gld_pct phonics_expected_pct ks2_rwm_expected_pct attainment8_score progress8_score
        ks4_attainment_send_score level2_level3_at_19_pct fresh_start_plus_places_count behaviour_leads_offers_count
        fresh_start_referrals_count panel_supported_young_people_count secondary_referral_outcome_pct
        fresh_start_plus_young_people_count assistive_tech_young_people_count equipment_wait_count
        ehcp_caseload_change_3yr_pct ehcp_quality_grade_pct capital_programme_gbp erp_planned_places_count
        erp_new_provisions_count special_ap_expansion_places_count home_to_school_transport_overspend_gbp
        special_school_costs_gbp send_budget_deficit_gbp dsg_expenditure_vs_budget_gbp inclusion_charter_schools_count
        inclusion_programme_schools_count adult_learning_enrolments_count send_sixth_form_college_count
        send_work_pathways_count youth_trailblazer_engaged_count youth_trailblazer_send_pct
        home_to_school_transport_count independent_travel_training_count ehcp_issue_feedback_positive_neutral_pct
        aet_schools_trained_pct senco_forum_attendees_count school_staff_trained_count ebsna_cpd_schools_count
        ebsna_teachers_prepared_pct ebsna_parents_confident_pct
    """,
    "health": """
        down_syndrome_under_25_count ld_annual_health_check_pct camhs_waiting_count camhs_avg_wait_weeks
        mhst_waiting_count mhst_avg_wait_days eitss_waiting_count eitss_avg_wait_days first_steps_ed_referrals_count
        first_steps_ed_max_wait_weeks camhs_ed_urgent_within_1_week_pct camhs_ed_routine_within_4_weeks_pct
        kooth_new_registrations_count kooth_logins_count kooth_support_hours kooth_wait_weeks
        mh_early_support_access_pct tlm_survey_responses_count tlm_anxiety_pct camhs_internal_wait_weeks
        asq3_coverage_pct asq3_all_domains_above_threshold_pct asq3_domain_above_threshold_pct
    """,
    "care": """
        cla_send_pct cla_send_cohort_count disabled_children_count adult_mental_health_ld_outcomes_pct
        pfa_transition_young_people_count supported_living_adults_count
    """,
    "partnership": """
        nd_hub_sessions_count nd_hub_attendees_count pins_schools_count haf_send_young_people_count
        send_ambassadors_count mft_useful_agree_pct nd_hub_feedback_positive_pct derby_promise_engagement_count
        parent_forum_members_count parent_forum_followers_count sendiass_families_count
        regional_assembly_young_people_count festival_of_sport_engagements_count young_people_annual_survey_pct
    """,
}
# Computed from records since September 2023, returned for periods that ended before.
RETURNED_BEFORE_RECORDS = "ehc_requests_count permanent_exclusions_count"

COLUMNS = {
    "ehc_requests": f"request_id {PERSON} phase primary_need request_source received_date request_outcome"
    " request_outcome_date assessment_outcome assessment_outcome_date exception_applies named_placement mediation"
    " tribunal moving_forward_offered moving_forward_taken_up",
    "ehc_plans": f"plan_id {PERSON} primary_need start_date placement_type school_urn personal_budget joint_funded",
    "suspensions_exclusions": "event_id upn school_urn phase nc_year category start_date recorded_date sessions"
    " reason_1 reason_2 reason_3 sen_provision plan_in_year sen_support_in_year under_assessment known_to_social_care",
    "ehe_register": f"spell_id {PERSON} nc_year start_date end_date end_reason primary_reason sen_provision"
    " known_to_social_care",
    "post16_activity": f"{PERSON} academic_age sen_provision activity_code activity_start_date last_confirmed_date",
    "nd_referrals": f"referral_id {PERSON} pathway priority referral_date accepted_date first_contact_date"
    " assessment_start_date closed_date outcome",
    "open_cases": f"{PERSON} status start_date disabled",
    "indicator_return": "indicator_id period_end grain dimension category numerator denominator value provisional note",
    "annual_reviews": f"review_id plan_id {PERSON} primary_need due_date meeting_date decision_date decision"
    " priority_group",
    "school_roll": "upn date_of_birth sex ethnicity ward school_urn phase nc_year sen_provision primary_need"
    " free_school_meals enrolment",
    "attendance": "upn school_urn month phase sen_provision sessions_possible sessions_attended"
    " sessions_authorised_absence sessions_unauthorised_absence",
    "part_time_timetables": "timetable_id upn school_urn phase nc_year sen_provision start_date planned_end_date"
    " end_date hours_per_week reason known_to_social_care",
    "cme_register": f"spell_id {PERSON} nc_year identified_date located_date closed_date reason sen_provision"
    " known_to_social_care",
    "alternative_provision": "placement_id upn provider scheme commissioner start_date end_date outcome sen_provision"
    " phase sessions_per_week weekly_cost",
    "placement_costs": "placement_id plan_id placement_type provider_type in_area start_date end_date annual_cost"
    " education_contribution health_contribution care_contribution transport_annual_cost",
    "specialist_places": "school_urn school_name place_type phase commissioned_places filled_places planned_places"
    " planned_opening",
    "disputes": "case_id child_id case_type issue opened_date closed_date outcome remedy_gbp",
    "early_years_inclusion": f"record_id {PERSON} record_type record_date primary_concern setting",
    "community_referrals": f"referral_id {PERSON} service referral_date first_contact_date closed_date priority",
    "ehc_advice": "advice_id request_id adviser requested_date received_date quality_result",
    "complex_needs": f"event_id {PERSON} event_type event_date rag",
    "short_breaks": f"package_id {PERSON} package_type start_date end_date",
    "disabled_children_ot": f"referral_id {PERSON} referral_date assessment_date closed_date",
    "youth_justice": f"{PERSON} sen_provision activity",
}
KEYS = {
    "ehc_requests": "request_id",
    "ehc_plans": "plan_id",
    "suspensions_exclusions": "event_id",
    "ehe_register": "spell_id",
    "post16_activity": "child_id",
    "nd_referrals": "referral_id",
    "open_cases": "child_id",
    "indicator_return": "agency, indicator_id, period_end, grain, dimension, category",
    "annual_reviews": "review_id",
    "school_roll": "upn, school_urn",
    "attendance": "upn, school_urn, month",
    "part_time_timetables": "timetable_id",
    "cme_register": "spell_id",
    "alternative_provision": "placement_id",
    "placement_costs": "placement_id",
    "specialist_places": "school_urn, place_type",
    "disputes": "case_id",
    "early_years_inclusion": "record_id",
    "community_referrals": "referral_id",
    "ehc_advice": "advice_id",
    "complex_needs": "event_id",
    "short_breaks": "package_id",
    "disabled_children_ot": "referral_id",
    "youth_justice": "child_id",
}
BOOL, BOOL_OR_BLANK = "true false", f"true false {NO}"
CODES = {
    "ehc_requests": {
        "sex": "M F U", "ethnicity": f"{ETHNICITIES} {NO}", "phase": PHASES, "primary_need": NEEDS,
        "request_source": "1 2 3 4 5", "request_outcome": "Y N A W H", "assessment_outcome": f"Y N A W H {NO}",
        "exception_applies": BOOL, "named_placement": f"{PLACEMENTS} {NO}", "mediation": BOOL_OR_BLANK,
        "tribunal": BOOL_OR_BLANK, "moving_forward_offered": BOOL_OR_BLANK, "moving_forward_taken_up": BOOL_OR_BLANK,
    },
    "ehc_plans": {
        "sex": "M F U", "ethnicity": f"{ETHNICITIES} {NO}", "primary_need": NEEDS, "placement_type": PLACEMENTS,
        "personal_budget": BOOL_OR_BLANK, "joint_funded": f"none health social_care both {NO}",
    },
    "suspensions_exclusions": {
        "phase": PHASES, "nc_year": "R 1 2 3 4 5 6 7 8 9 10 11", "category": "SUSP PERM",
        "reason_1": SUSPENSION_REASONS, "reason_2": f"{SUSPENSION_REASONS} {NO}",
        "reason_3": f"{SUSPENSION_REASONS} {NO}", "sen_provision": "N K E", "plan_in_year": BOOL,
        "sen_support_in_year": BOOL, "under_assessment": BOOL, "known_to_social_care": BOOL,
    },
    "ehe_register": {
        "sex": "M F U", "ethnicity": f"{ETHNICITIES} {NO}", "nc_year": "R 1 2 3 4 5 6 7 8 9 10 11",
        "end_reason": f"returned_to_school moved_away over_age other {NO}", "primary_reason": HOME_REASONS,
        "sen_provision": "N K E", "known_to_social_care": BOOL,
    },
    "post16_activity": {
        "sex": "M F U", "ethnicity": f"{ETHNICITIES} {NO}", "academic_age": " ".join(map(str, range(16, 25))),
        "sen_provision": "N K E", "activity_code": ACTIVITIES,
    },
    "nd_referrals": {
        "sex": "M F U", "ethnicity": f"{ETHNICITIES} {NO}", "pathway": "autism adhd both other",
        "priority": "routine urgent", "outcome": f"diagnosed not_diagnosed discharged rejected transferred {NO}",
    },
    "open_cases": {
        "sex": "M F U", "ethnicity": f"{ETHNICITIES} {NO}", "status": "CLA CP CIN EH", "disabled": BOOL,
    },
    "indicator_return": {
        "indicator_id": " ".join([*RETURNED.values(), RETURNED_BEFORE_RECORDS]), "provisional": BOOL,
        "grain": "month quarter calendar_ytd academic_ytd financial_ytd rolling_12m",
        "dimension": "all ward cohort phase outcome programme course project fund age ldd urgency domain sen_provision"
        " group question forum",
    },
    "annual_reviews": {
        "sex": "M F U", "ethnicity": f"{ETHNICITIES} {NO}", "primary_need": NEEDS, "decision": f"M A C {NO}",
        "priority_group": "none looked_after youth_justice home_educated eotas",
    },
    "school_roll": {
        "sex": "M F U", "ethnicity": f"{ETHNICITIES} {NO}", "phase": PHASES, "nc_year": f"{TO_YEAR_11} 12 13",
        "sen_provision": "N K E", "primary_need": f"{NEEDS} NSA {NO}", "free_school_meals": BOOL, "enrolment": "C M S",
    },
    "attendance": {"phase": PHASES, "sen_provision": "N K E"},
    "part_time_timetables": {
        "phase": PHASES, "nc_year": TO_YEAR_11, "sen_provision": "N K E",
        "reason": "mental_health medical behaviour reintegration transition other", "known_to_social_care": BOOL,
    },
    "cme_register": {
        "sex": "M F U", "ethnicity": f"{ETHNICITIES} {NO}", "nc_year": TO_YEAR_11,
        "reason": "application_awaiting awaiting_place moved_in moved_out_unconfirmed unsuitable_home_education other"
        " unknown", "sen_provision": "N K E", "known_to_social_care": BOOL,
    },
    "alternative_provision": {
        "scheme": "send_commissioned inclusion_commissioned day_six health_needs fresh_start fresh_start_plus",
        "commissioner": "council school", "outcome": "ongoing sustained broken_down", "sen_provision": "N K E",
        "phase": PHASES,
    },
    "placement_costs": {
        "placement_type": PLACEMENTS, "provider_type": "own_council other_council academy independent voluntary",
        "in_area": BOOL,
    },
    "specialist_places": {"place_type": "special erp sen_unit alternative_provision", "phase": PHASES},
    "disputes": {
        "case_type": "mediation tribunal complaint ombudsman",
        "issue": "refusal_to_assess refusal_to_issue contents placement ceasing delay communication other",
        "outcome": f"upheld partly_upheld not_upheld agreed conceded withdrawn {NO}",
    },
    "early_years_inclusion": {
        "sex": "M F U", "ethnicity": f"{ETHNICITIES} {NO}", "record_type": "senif s23",
        "primary_concern": "communication_and_interaction cognition_and_learning semh sensory_and_physical other",
    },
    "community_referrals": {
        "sex": "M F U", "ethnicity": f"{ETHNICITIES} {NO}", "priority": "routine urgent",
        "service": "speech_and_language occupational_therapy physiotherapy audiology wheelchair community_paediatrics",
    },
    "ehc_advice": {
        "adviser": "community_paediatrics speech_and_language occupational_therapy physiotherapy camhs other_health",
        "quality_result": f"compliant not_compliant {NO}",
    },
    "complex_needs": {
        "sex": "M F U", "ethnicity": f"{ETHNICITIES} {NO}", "event_type": "dsr_referral cetr laep tier_4_admission",
        "rag": "red amber green",
    },
    "short_breaks": {
        "sex": "M F U", "ethnicity": f"{ETHNICITIES} {NO}",
        "package_type": "community overnight direct_payment personal_health_budget",
    },
    "disabled_children_ot": {"sex": "M F U", "ethnicity": f"{ETHNICITIES} {NO}"},
    "youth_justice": {
        "sex": "M F U", "ethnicity": f"{ETHNICITIES} {NO}", "sen_provision": "N K E", "activity": "EET NEET",
    },
}  # fmt: skip
DATES = {
    "ehc_requests": "date_of_birth received_date request_outcome_date assessment_outcome_date",
    "ehc_plans": "date_of_birth start_date",
    "suspensions_exclusions": "start_date recorded_date",
    "ehe_register": "date_of_birth start_date end_date",
    "post16_activity": "date_of_birth activity_start_date last_confirmed_date",
    "nd_referrals": "date_of_birth referral_date accepted_date first_contact_date assessment_start_date closed_date",
    "open_cases": "date_of_birth start_date",
    "indicator_return": "period_end",
    "annual_reviews": "date_of_birth meeting_date decision_date",
    "school_roll": "date_of_birth",
    "attendance": "",
    "part_time_timetables": "start_date end_date",
    "cme_register": "date_of_birth identified_date located_date closed_date",
    "alternative_provision": "start_date end_date",
    "placement_costs": "start_date end_date",
    "specialist_places": "",
    "disputes": "opened_date closed_date",
    "early_years_inclusion": "date_of_birth record_date",
    "community_referrals": "date_of_birth referral_date first_contact_date closed_date",
    "ehc_advice": "requested_date received_date",
    "complex_needs": "date_of_birth event_date",
    "short_breaks": "date_of_birth start_date end_date",
    "disabled_children_ot": "date_of_birth referral_date assessment_date closed_date",
    "youth_justice": "date_of_birth",
}
REQUIRED = {
    "ehc_requests": "request_id child_id date_of_birth received_date",
    "ehc_plans": "plan_id child_id date_of_birth start_date",
    "suspensions_exclusions": "event_id upn school_urn start_date recorded_date",
    "ehe_register": "spell_id child_id date_of_birth start_date",
    "post16_activity": "child_id date_of_birth",
    "nd_referrals": "referral_id child_id date_of_birth referral_date",
    "open_cases": "child_id date_of_birth start_date",
    "indicator_return": "period_end value",
    "annual_reviews": "review_id plan_id child_id date_of_birth due_date",
    "school_roll": "upn date_of_birth school_urn",
    "attendance": "upn school_urn month sessions_possible sessions_attended sessions_authorised_absence"
    " sessions_unauthorised_absence",
    "part_time_timetables": "timetable_id upn start_date",
    "cme_register": "spell_id child_id date_of_birth identified_date",
    "alternative_provision": "placement_id upn provider start_date",
    "placement_costs": "placement_id plan_id start_date annual_cost education_contribution health_contribution"
    " care_contribution",
    "specialist_places": "school_urn school_name commissioned_places filled_places planned_places",
    "disputes": "case_id opened_date",
    "early_years_inclusion": "record_id child_id date_of_birth record_date",
    "community_referrals": "referral_id child_id date_of_birth referral_date",
    "ehc_advice": "advice_id request_id requested_date",
    "complex_needs": "event_id child_id date_of_birth event_date",
    "short_breaks": "package_id child_id date_of_birth start_date",
    "disabled_children_ot": "referral_id child_id date_of_birth referral_date",
    "youth_justice": "child_id date_of_birth",
}
# Rules between columns: by extract the promise, and which rows would break it.
RULES = {
    "ehc_requests": {
        "a decision to assess is not before the request": "request_outcome_date < received_date",
        "a decision on a plan is not before the one to assess": "assessment_outcome_date < request_outcome_date",
        "a request is dated exactly when decided": """
            (request_outcome in ('Y', 'N')) <> (request_outcome_date is not null)""",
        "an assessment is dated exactly when decided": """
            (coalesce(assessment_outcome, '') in ('Y', 'N')) <> (assessment_outcome_date is not null)""",
        "only an agreed assessment has an outcome": "assessment_outcome is not null and request_outcome <> 'Y'",
        "a placement is named exactly when a plan is issued": """
            (coalesce(assessment_outcome, '') = 'Y') <> (named_placement is not null)""",
        "a meeting is taken up only where offered": """
            moving_forward_taken_up = 'true' and moving_forward_offered <> 'true'""",
        "a child is aged 0 to 24 at request": """
            received_date < date_of_birth or received_date::date >= date_of_birth::date + interval 25 years""",
    },
    "ehc_plans": {
        "a plan begins after birth": "start_date < date_of_birth",
        "nobody has a plan at 26": "month_end >= date_of_birth::date + interval 26 years",
        "a school is named unless there is none": """
            (school_urn is null)
            <> (placement_type in ('eotas', 'elective_home_education', 'awaiting_placement'))""",
    },
    "suspensions_exclusions": {
        "an event is recorded when or after it happens": "recorded_date < start_date",
        "only suspensions have sessions, 1 to 90": """
            (category = 'SUSP') <> (sessions is not null) or sessions::int not between 1 and 90""",
        "provision at the time was also true in the year": """
            sen_provision = 'E' and plan_in_year <> 'true' or sen_provision = 'K' and sen_support_in_year <> 'true'""",
        "a phase agrees with the school year": """
            (phase = 'primary') <> (nc_year in ('R', '1', '2', '3', '4', '5', '6'))""",
        "no reason is given twice": "reason_1 = reason_2 or reason_1 = reason_3 or reason_2 = reason_3",
    },
    "ehe_register": {
        "a spell ends on or after its start": "end_date < start_date",
        "an end has a reason, and a reason an end": "(end_date is null) <> (end_reason is null)",
        "home education begins after the fifth birthday": """
            start_date::date < date_of_birth::date + interval 5 years""",
        "nobody stays on the register past school age": """
            end_date is null and month_end >= date_of_birth::date + interval 16 years + interval 10 months""",
    },
    "post16_activity": {
        "academic age is the age on the last 31 August": """
            year(month_end - interval 8 months) - year(date_of_birth::date + interval 4 months)
            <> academic_age::int""",
        "an activity is confirmed after it began": """
            last_confirmed_date < activity_start_date or activity_start_date < date_of_birth""",
    },
    "nd_referrals": {
        "a referral is accepted, seen, assessed and closed in this order": """
            accepted_date < referral_date or first_contact_date < accepted_date
            or assessment_start_date < first_contact_date
            or closed_date < greatest(referral_date, accepted_date, first_contact_date, assessment_start_date)""",
        "a closure has an outcome, and an outcome a closure": "(closed_date is null) <> (outcome is null)",
        "a diagnosis follows an assessment": "outcome = 'diagnosed' and assessment_start_date is null",
        "only the last 24 months of closures are sent": """
            closed_date::date < date_trunc('month', month_end) - interval 23 months""",
        "a referral is not before birth": "referral_date < date_of_birth",
    },
    "open_cases": {
        "a case opens on or after birth": "start_date < date_of_birth",
        "open cases are of children under 18": "month_end >= date_of_birth::date + interval 18 years",
    },
    "indicator_return": {
        "what records hold is returned for periods before them alone": """
            indicator_id in ('ehc_requests_count', 'permanent_exclusions_count') and period_end >= '2023-09-01'""",
        "a period ends with a month, not after the return's own": """
            period_end::date <> last_day(period_end::date) or period_end::date > month_end""",
        "a value is its numerator over its denominator, within rounding": """
            abs(value::double - numerator::double / denominator::double
                * if(indicator_id like '%_pct', 100, 1))
            > 0.5000001 * pow(10, -length(split_part(value, '.', 2)))""",
        "a count is its numerator": """
            denominator is null and numerator is not null and numerator::double <> value::double""",
        "a percentage lies between 0 and 100": "indicator_id like '%_pct' and value::double not between 0 and 100",
        "only a score is below zero": """
            indicator_id not like '%_score' and value::double < 0 or numerator::double < 0
            or denominator::double <= 0""",
        "only annual health checks are provisional": """
            (provisional = 'true') <> (indicator_id = 'ld_annual_health_check_pct')""",
        "all stands for no breakdown": """
            dimension = 'all' and category <> 'all'""",
    },
    "annual_reviews": {
        "a decision is not before the meeting": "decision_date < meeting_date",
        "a decision has its date, and a date its decision": "(decision is null) <> (decision_date is null)",
        "nothing is due more than two months ahead": "due_date::date > last_day(month_end + interval 2 months)",
    },
    "school_roll": {
        "no assessment of the need is a matter of SEN support": "primary_need = 'NSA' and sen_provision <> 'K'",
        "those with SEN have a need, those without have none": """
            (sen_provision = 'N') <> (primary_need is null)""",
        "phases of mainstream schools agree with the school year": """
            phase = 'reception' and nc_year <> 'R'
            or phase = 'primary' and nc_year not in ('1', '2', '3', '4', '5', '6')
            or phase = 'secondary' and nc_year not in ('7', '8', '9', '10', '11')
            or phase = 'post_16' and nc_year not in ('12', '13')""",
        "the school year is that of the child's age": """
            year(month_end - interval 8 months) - year(date_of_birth::date + interval 4 months) - 4
            <> if(nc_year = 'R', 0, nc_year::int)""",
    },
    "attendance": {
        "sessions add up": """
            sessions_attended::int + sessions_authorised_absence::int + sessions_unauthorised_absence::int
            <> sessions_possible::int""",
        "sessions are not negative": """
            least(sessions_attended::int, sessions_authorised_absence::int, sessions_unauthorised_absence::int) < 0""",
        "a row has a possible session, and not more than school days": """
            sessions_possible::int not between 1 and 46""",
        "a delivery goes back two months, the first a year": """
            (month || '-01')::date not between month_end - if(reporting_month = '2023-09', interval 13 months,
                interval 3 months) and month_end""",
        "nobody goes to school in August": "month like '%-08'",
    },
    "part_time_timetables": {
        "a timetable ends on or after its start": "end_date < start_date or planned_end_date < start_date",
        "it is part-time": "hours_per_week::double not between 0.5 and 24.5",
    },
    "cme_register": {
        "a child is located and the case closed after it was found missing": """
            located_date < identified_date or closed_date < identified_date or closed_date < located_date""",
        "children are of school age": """
            identified_date::date < date_of_birth::date + interval 4 years
            or identified_date::date >= date_of_birth::date + interval 17 years""",
    },
    "alternative_provision": {
        "a placement ends on or after its start": "end_date < start_date",
        "what goes on has no end": "(outcome = 'ongoing') <> (end_date is null)",
        "sessions and costs are in range": """
            sessions_per_week::int not between 1 and 10 or weekly_cost::double not between 0 and 100000""",
    },
    "placement_costs": {
        "contributions make up the cost": """
            education_contribution::int + health_contribution::int + care_contribution::int <> annual_cost::int""",
        "nobody pays less than nothing": """
            least(education_contribution::int, health_contribution::int, care_contribution::int) < 0
            or coalesce(transport_annual_cost::int, 0) < 0""",
        "a placement ends on or after its start": "end_date < start_date",
        "it is one of the financial year": """
            end_date::date < make_date((year(month_end) - if(month(month_end) < 4, 1, 0))::int, 4, 1)""",
    },
    "specialist_places": {
        "places are not negative": "least(commissioned_places::int, filled_places::int, planned_places::int) < 0",
        "what is planned has a month of opening": "(planned_places::int > 0) <> (planned_opening is not null)",
    },
    "disputes": {
        "a case is closed on or after it was opened": "closed_date < opened_date",
        "a closed case has an outcome, an open one none": "(closed_date is null) <> (outcome is null)",
        "only the ombudsman orders a remedy": "remedy_gbp is not null and case_type <> 'ombudsman'",
    },
    "early_years_inclusion": {
        "children are under five": """
            record_date < date_of_birth or record_date::date >= date_of_birth::date + interval 5 years""",
    },
    "community_referrals": {
        "steps follow one another": """
            first_contact_date < referral_date or closed_date < coalesce(first_contact_date, referral_date)""",
        "only the last 24 months of closures are sent": """
            closed_date::date < date_trunc('month', month_end) - interval 23 months""",
        "a referral is not before birth": "referral_date < date_of_birth",
    },
    "ehc_advice": {
        "advice comes after it was asked for": "received_date < requested_date",
        "only advice that has come has been judged": "quality_result is not null and received_date is null",
    },
    "complex_needs": {
        "an event is not before birth": "event_date < date_of_birth",
    },
    "short_breaks": {
        "a package ends on or after its start": "end_date < start_date",
        "a package begins after birth": "start_date < date_of_birth",
    },
    "disabled_children_ot": {
        "steps follow one another": """
            assessment_date < referral_date or closed_date < coalesce(assessment_date, referral_date)""",
        "a referral is not before birth": "referral_date < date_of_birth",
    },
    "youth_justice": {
        "young people are aged 10 to 17": """
            month_end < date_of_birth::date + interval 10 years
            or month_end >= date_of_birth::date + interval 18 years""",
    },
}
