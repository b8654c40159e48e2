"""The partnership's printed figures come out of what the agencies send, by queries of their own.

Each figure is what was printed, with the metric, period and breakdown it was printed for; each query counts the
deliveries that a release of September 2025 would count: the latest history, that month's snapshot, the latest return.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

import duckdb
import pytest

from sample_data.population import POPULATION


class Figure(NamedTuple):
    """A printed figure: its number in the reference list, the cell of which it speaks, and what was printed.

    What was printed begins with `>` where it was called "over", `<` "under", `~` "about": then a tenth may be missing.
    """

    figure_id: str
    metric: str
    grain: str
    period_end: str
    dimension: str
    category: str
    printed: str


DAYS = "(assessment_outcome_date::date - received_date::date)"
IN_TIME = f"select 100 * avg(({DAYS} <= 140)::int) from last_ehc_requests where assessment_outcome = 'Y'"
ISSUED_IN_PERIOD = "and assessment_outcome_date between '{start}' and '{end}'"
WAITING = (
    "from nd_referrals where month_end = '{end}' and referral_date <= '{end}' and coalesce(closed_date, '9') > '{end}'"
)
COMMUNITY_WAITING = """
    from community_referrals where month_end = '{end}' and referral_date <= '{end}'
        and coalesce(first_contact_date, '9') > '{end}' and coalesce(closed_date, '9') > '{end}'
"""
COUNCIL_OT_WAITING = """
    from disabled_children_ot where month_end = '{end}' and referral_date <= '{end}'
        and coalesce(assessment_date, '9') > '{end}' and coalesce(closed_date, '9') > '{end}'
"""
EVENTS = "from last_suspensions_exclusions where start_date between '{start}' and '{end}' and category ="
REVIEWS = "from last_annual_reviews where due_date between '{start}' and '{end}'"
OPEN = "start_date <= '{end}' and coalesce(end_date, '9') > '{end}'"
FRESH_STARTS = """
    from last_alternative_provision
    where start_date between '{start}' and '{end}' and scheme in ('fresh_start', 'fresh_start_plus')
"""
EARLY_YEARS = "from last_early_years_inclusion where record_date between '{start}' and '{end}' and record_type ="
COMPLEX_NEEDS = (
    "select count(*) from last_complex_needs where event_date between '{start}' and '{end}' and event_type ="
)
COSTS = f"from placement_costs where month_end = '{{end}}' and {OPEN}"
ABOUT_COMMUNICATION = "select 100 * avg((primary_concern = 'communication_and_interaction')::int)"
RETURNED = """
    select value::double from (
        select * from indicator_return
        where indicator_id = '{metric}' and grain = '{grain}' and period_end = '{end}'
            and dimension = '{dimension}' and category = '{category}'
        order by reporting_month desc limit 1
    )
"""
QUERIES = {
    "ehc_requests_count": "select count(*) from last_ehc_requests where received_date between '{start}' and '{end}'",
    "ehcp_issued_within_20_weeks_pct": f"{IN_TIME} {ISSUED_IN_PERIOD}",
    "ehcp_issued_within_20_weeks_excl_exceptions_pct": f"{IN_TIME} {ISSUED_IN_PERIOD} and exception_applies = 'false'",
    "ehc_assessment_to_plan_pct": f"""
        select 100 * avg((assessment_outcome = 'Y')::int) from last_ehc_requests
        where assessment_outcome in ('Y', 'N') {ISSUED_IN_PERIOD}
    """,
    "new_plans_mainstream_pct": f"""
        select 100 * avg((named_placement in ('mainstream', 'erp', 'sen_unit'))::int) from last_ehc_requests
        where assessment_outcome = 'Y' {ISSUED_IN_PERIOD}
    """,
    "mft_takeup_pct": """
        select 100 * avg((moving_forward_taken_up = 'true')::int) from last_ehc_requests
        where moving_forward_offered = 'true' and request_outcome_date between '{start}' and '{end}'
    """,
    "ehcp_open_over_21_weeks_count": """
        select count(*) from last_ehc_requests
        where '{end}'::date - received_date::date > 147
            and request_outcome not in ('W', 'H') and coalesce(assessment_outcome, '') not in ('W', 'H')
            and not (request_outcome = 'N' and request_outcome_date <= '{end}')
            and not (coalesce(assessment_outcome, '') in ('Y', 'N') and assessment_outcome_date <= '{end}')
    """,
    "ehcp_caseload_count": "select count(*) from ehc_plans where month_end = '{end}'",
    "ehcp_communication_need_pct": """
        select 100 * avg((primary_need in ('ASD', 'SLCN'))::int) from ehc_plans where month_end = '{end}'
    """,
    "joint_funded_ehcp_count": "select count(*) from ehc_plans where month_end = '{end}' and joint_funded <> 'none'",
    "annual_reviews_on_time_pct": f"select 100 * avg(coalesce(decision_date <= due_date, false)::int) {REVIEWS}",
    "annual_reviews_completed_pct": f"select 100 * avg(coalesce(decision_date <= '2025-09-30', false)::int) {REVIEWS}",
    "health_advice_quality_compliance_pct": """
        select 100 * avg((quality_result = 'compliant')::int) from last_ehc_advice
        where quality_result is not null and received_date between '{start}' and '{end}'
    """,
    "sen_support_count": """
        select count(*) from school_roll
        where month_end = '{end}' and sen_provision = 'K' and enrolment in ('C', 'M')
    """,
    "attendance_pct": """
        select 100 * sum(sessions_attended::int) / sum(sessions_possible::int) from attendance
        where (month || '-01')::date between '{start}' and '{end}'
    """,
    "suspensions_count": f"select count(*) {EVENTS} 'SUSP'",
    "permanent_exclusions_count": f"select count(*) {EVENTS} 'PERM'",
    "suspensions_social_care_known_pct": f"select 100 * avg((known_to_social_care = 'true')::int) {EVENTS} 'SUSP'",
    "part_time_timetables_count": """
        select count(distinct upn) from (
            select * replace (if('{category}' = 'any_SEN' and sen_provision <> 'N', 'any_SEN', sen_provision)
                as sen_provision)
            from last_part_time_timetables
        ) where start_date <= '{end}' and coalesce(end_date, '9') >= '{start}'
    """,
    "ehe_count": f"select count(*) from last_ehe_register where {OPEN}",
    "cme_count": """
        select count(*) from last_cme_register where identified_date <= '{end}' and coalesce(closed_date, '9') > '{end}'
    """,
    "ap_send_commissioned_places_count": f"""
        select count(*) from last_alternative_provision
        where {OPEN} and scheme in ('send_commissioned', 'inclusion_commissioned')
    """,
    "fresh_start_placements_count": f"select count(*) {FRESH_STARTS}",
    "fresh_start_sustained_pct": f"select 100 * avg((outcome = 'sustained')::int) {FRESH_STARTS}",
    "fresh_start_broken_down_pct": f"select 100 * avg((outcome = 'broken_down')::int) {FRESH_STARTS}",
    "placement_unit_cost_gbp": f"select avg(annual_cost::double) {COSTS}",
    "independent_placement_spend_gbp": f"""
        select sum(annual_cost::double) {COSTS} and placement_type = 'independent_special'
    """,
    "senif_children_supported_count": f"select count(distinct child_id) {EARLY_YEARS} 'senif'",
    "senif_requests_communication_pct": f"{ABOUT_COMMUNICATION} {EARLY_YEARS} 'senif'",
    "s23_notifications_count": f"select count(*) {EARLY_YEARS} 's23'",
    "s23_notifications_communication_pct": f"{ABOUT_COMMUNICATION} {EARLY_YEARS} 's23'",
    "send_activity_not_known_pct": """
        select 100 * avg((activity_code::int between 810 and 830)::int) from (
            select *, if(academic_age in ('16', '17'), '16-17', academic_age) as age_group from post16_activity
        ) where month_end = '{end}' and sen_provision in ('K', 'E')
    """,
    "nd_waiting_count": f"select count(*) {WAITING}",
    "nd_avg_wait_weeks": f"select avg(month_end - referral_date::date) / 7 {WAITING}",
    "nd_referrals_count": """
        select count(*) from nd_referrals where month_end = '{end}' and referral_date between '{start}' and '{end}'
    """,
    "community_waiting_count": f"select count(*) {COMMUNITY_WAITING}",
    "community_avg_wait_weeks": f"select avg(month_end - referral_date::date) / 7 {COMMUNITY_WAITING}",
    "dsr_referrals_count": f"{COMPLEX_NEEDS} 'dsr_referral'",
    "cetr_count": f"{COMPLEX_NEEDS} 'cetr'",
    "laep_count": f"{COMPLEX_NEEDS} 'laep'",
    "t4_admissions_count": f"{COMPLEX_NEEDS} 'tier_4_admission'",
    "social_care_ehcp_count": """
        select count(*) from open_cases as c
        where month_end = '{end}' and exists (
            select 1 from ehc_plans as p
            where p.month_end = c.month_end and (p.upn = c.upn or p.nhs_number = c.nhs_number)
        )
    """,
    "community_short_breaks_children_count": f"""
        select count(distinct child_id) from last_short_breaks where {OPEN} and package_type = 'community'
    """,
    "direct_payments_children_count": f"""
        select count(distinct child_id) from last_short_breaks where {OPEN} and package_type = 'direct_payment'
    """,
    "la_ot_waiting_count": f"select count(*) {COUNCIL_OT_WAITING}",
    "la_ot_avg_wait_weeks": f"select avg(month_end - referral_date::date) / 7 {COUNCIL_OT_WAITING}",
    "la_ot_longest_wait_weeks": f"select max(month_end - referral_date::date) / 7 {COUNCIL_OT_WAITING}",
    "yjs_open_count": "select count(*) from youth_justice where month_end = '{end}'",
    "yjs_neet_count": "select count(*) from youth_justice where month_end = '{end}' and activity = 'NEET'",
    "yjs_neet_pct": "select 100 * avg((activity = 'NEET')::int) from youth_justice where month_end = '{end}'",
    "yjs_ehcp_count": "select count(*) from youth_justice where month_end = '{end}' and sen_provision = 'E'",
}
STARTS = {
    "month": "date_trunc('month', e)",
    "calendar_ytd": "date_trunc('year', e)",
    "academic_ytd": "date_trunc('month', e) - to_months(((month(e) + 3) % 12)::int)",
    "financial_ytd": "date_trunc('month', e) - to_months(((month(e) + 8) % 12)::int)",
    "rolling_12m": "date_trunc('month', e) - to_months(11)",
}
RECORDS_BEGIN = "2023-09"  # of earlier periods a metric computed from records is returned
_LIST = """
    F005 placement_unit_cost_gbp month 2024-06-30 placement_type erp ~18000
    F006 placement_unit_cost_gbp month 2024-06-30 placement_type state_special ~23000
    F007 placement_unit_cost_gbp month 2024-06-30 placement_type independent_special ~86000
    F014 capital_programme_gbp month 2024-06-30 project other_special_schools 11000000
    F017 independent_placement_spend_gbp month 2024-06-30 all all 19000000
    F027 send_ambassadors_count month 2025-09-30 all all 100
    F034 ehcp_caseload_count month 2025-08-31 all all 4271
    F035 sen_support_count month 2025-08-31 all all 6729
    F036 permanent_exclusions_count academic_ytd 2025-08-31 all all 46
    F037 suspensions_count academic_ytd 2025-08-31 all all 3928
    F038 cme_count month 2025-08-31 all all 51
    F039 ehe_count month 2025-08-31 all all 726
    F042 ehcp_issued_within_20_weeks_pct calendar_ytd 2025-08-31 all all 35
    F043 ehcp_issue_feedback_positive_neutral_pct month 2025-08-31 all all 67
    F044 annual_reviews_on_time_pct rolling_12m 2025-08-31 all all 51
    F046 nd_avg_wait_weeks month 2025-08-31 all all 67
    F047 nd_waiting_count month 2025-08-31 all all 1530
    F048 community_avg_wait_weeks month 2025-08-31 service speech_and_language 6
    F049 la_ot_waiting_count month 2025-08-31 all all 24
    F050 la_ot_longest_wait_weeks month 2025-08-31 all all 24
    F052 new_plans_mainstream_pct calendar_ytd 2025-08-31 all all 73
    F053 senif_children_supported_count financial_ytd 2024-03-31 all all 709
    F054 senif_children_supported_count financial_ytd 2025-03-31 all all 619
    F055 senif_requests_communication_pct financial_ytd 2025-03-31 all all >80
    F056 s23_notifications_count financial_ytd 2025-03-31 all all 330
    F057 s23_notifications_communication_pct financial_ytd 2025-03-31 all all >85
    F058 ehcp_communication_need_pct month 2025-08-31 all all 50.6
    F059 community_waiting_count month 2025-04-30 service audiology 383
    F060 community_avg_wait_weeks month 2025-04-30 service audiology 12.4
    F061 nd_referrals_count month 2024-08-31 all all 28
    F062 nd_referrals_count month 2025-06-30 all all 108
    F064 nd_avg_wait_weeks month 2024-08-31 all all 46
    F065 nd_avg_wait_weeks month 2025-06-30 all all 69
    F066 nd_waiting_count month 2024-08-31 all all 1332
    F067 nd_waiting_count month 2025-06-30 all all 1530
    F079 pins_schools_count academic_ytd 2025-08-31 all all 6
    F083 asq3_coverage_pct month 2025-03-31 all all 96.3
    F084 asq3_all_domains_above_threshold_pct month 2025-03-31 all all 82.6
    F086 asq3_domain_above_threshold_pct month 2024-03-31 domain communication 86.6
    F087 asq3_domain_above_threshold_pct month 2025-03-31 domain communication 86.5
    F088 asq3_domain_above_threshold_pct month 2025-03-31 domain all_except_communication >90
    F089 asq3_domain_above_threshold_pct month 2025-03-31 domain fine_and_gross_motor 94.8
    F090 asq3_domain_above_threshold_pct month 2025-03-31 domain problem_solving 93
    F091 asq3_domain_above_threshold_pct month 2025-03-31 domain personal-social 93.3
    F093 tlm_survey_responses_count academic_ytd 2025-08-31 all all 6134
    F094 tlm_anxiety_pct academic_ytd 2025-08-31 all all 63
    F101 camhs_waiting_count month 2025-09-30 all all 97
    F102 camhs_avg_wait_weeks month 2025-09-30 all all 12
    F103 kooth_wait_weeks month 2025-06-30 all all 0
    F105 kooth_logins_count financial_ytd 2025-06-30 all all 871
    F107 mh_early_support_access_pct month 2025-09-30 all all 100
    F108 mhst_waiting_count month 2025-09-30 all all 10
    F109 mhst_avg_wait_days rolling_12m 2025-07-31 all all 32
    F111 eitss_waiting_count month 2025-09-30 all all 39
    F112 eitss_avg_wait_days rolling_12m 2025-07-31 all all 46
    F114 first_steps_ed_referrals_count financial_ytd 2025-03-31 all all 389
    F115 first_steps_ed_max_wait_weeks financial_ytd 2025-03-31 all all 5
    F121 ehc_requests_count calendar_ytd 2023-12-31 all all 775
    F122 ehc_requests_count calendar_ytd 2022-12-31 all all 620
    F123 ehc_requests_count calendar_ytd 2021-12-31 all all 531
    F124 ehc_requests_count calendar_ytd 2024-12-31 all all 795
    F127 ehc_assessment_to_plan_pct calendar_ytd 2025-09-30 all all 85
    F129 mft_takeup_pct academic_ytd 2025-08-31 all all <50
    F130 mft_useful_agree_pct month 2025-09-30 all all 56
    F136 health_advice_quality_compliance_pct calendar_ytd 2025-09-30 all all >94
    F139 ehcp_open_over_21_weeks_count month 2025-04-30 all all 0
    F140 ehcp_open_over_21_weeks_count month 2025-06-30 all all 0
    F141 ehcp_issued_within_20_weeks_excl_exceptions_pct month 2025-07-31 all all 100
    F142 ehcp_issued_within_20_weeks_excl_exceptions_pct month 2025-08-31 all all 100
    F143 ehcp_issued_within_20_weeks_excl_exceptions_pct month 2025-09-30 all all 100
    F146 annual_reviews_completed_pct academic_ytd 2025-08-31 all all 65
    F147 capital_programme_gbp month 2025-09-30 project all 24000000
    F148 erp_planned_places_count month 2025-09-30 all all >200
    F149 erp_new_provisions_count month 2025-09-30 phase primary 7
    F150 erp_new_provisions_count month 2025-09-30 phase secondary 3
    F151 special_ap_expansion_places_count month 2025-09-30 all all 200
    F153 aet_schools_trained_pct month 2025-09-30 all all 65
    F155 senco_forum_attendees_count month 2025-09-30 all all >90
    F157 inclusion_charter_schools_count month 2025-09-30 all all 103
    F166 joint_funded_ehcp_count month 2025-09-30 all all 7
    F167 direct_payments_children_count month 2025-09-30 all all 30
    F169 la_ot_avg_wait_weeks month 2025-09-30 all all 7
    F170 social_care_ehcp_count month 2025-06-30 status CLA 80
    F171 social_care_ehcp_count month 2025-06-30 status CIN 116
    F172 social_care_ehcp_count month 2025-06-30 status CP 26
    F173 social_care_ehcp_count month 2025-06-30 status EH 54
    F174 disabled_children_count month 2025-01-31 sen_provision E 1375
    F175 disabled_children_count month 2025-01-31 sen_provision K 181
    F176 dsr_referrals_count rolling_12m 2025-09-30 all all 29
    F177 cetr_count rolling_12m 2025-09-30 all all 9
    F178 laep_count rolling_12m 2025-09-30 all all 3
    F179 t4_admissions_count rolling_12m 2025-09-30 all all 2
    F181 pfa_transition_young_people_count month 2025-09-30 all all 17
    F182 supported_living_adults_count month 2025-04-30 all all 366
    F184 assistive_tech_young_people_count rolling_12m 2025-09-30 all all 87
    F187 down_syndrome_under_25_count month 2025-09-30 age under_25 105
    F188 ld_annual_health_check_pct financial_ytd 2025-09-30 all all 66
    F192 eyfs_gld_pct academic_ytd 2025-08-31 all all 64.8
    F199 eyfs_gld_pct academic_ytd 2025-08-31 ward most_deprived <50
    F201 phonics_expected_pct academic_ytd 2025-08-31 all all 77
    F204 ks2_rwm_expected_pct academic_ytd 2025-08-31 all all 54
    F207 cla_send_pct academic_ytd 2025-08-31 all all 64
    F208 cla_send_cohort_count academic_ytd 2025-08-31 all all 202
    F209 phonics_expected_pct academic_ytd 2025-08-31 cohort care_experienced_with_send 46
    F211 ks2_rwm_expected_pct academic_ytd 2025-08-31 cohort care_experienced_with_send 25
    F213 attainment8_score academic_ytd 2024-08-31 cohort care_experienced_with_send 13.9
    F215 progress8_score academic_ytd 2024-08-31 cohort care_experienced_with_send -1.11
    F217 yjs_ehcp_count month 2025-09-30 all all 26
    F218 derby_promise_engagement_count academic_ytd 2025-08-31 all all >4000
    F222 send_activity_not_known_pct month 2025-03-31 age_group 16-17 0.2
    F224 yjs_open_count month 2025-03-31 all all 89
    F225 yjs_neet_count month 2025-03-31 all all 20
    F226 yjs_neet_pct month 2025-03-31 all all 22.5
    F227 yjs_neet_count month 2025-03-31 sen_provision E 7
    F228 yjs_neet_count month 2025-03-31 sen_provision K 8
    F229 yjs_neet_count month 2025-03-31 sen_provision N 5
    F232 adult_learning_enrolments_count academic_ytd 2025-08-31 fund multiply 71
    F234 send_sixth_form_college_count academic_ytd 2025-08-31 all all 318
    F235 send_work_pathways_count academic_ytd 2025-08-31 all all 68
    F242 fresh_start_plus_places_count month 2025-09-30 all all 20
    F243 suspensions_social_care_known_pct academic_ytd 2025-08-31 all all 90
    F244 permanent_exclusions_count academic_ytd 2019-08-31 all all 91
    F245 permanent_exclusions_count academic_ytd 2025-08-31 all all 46
    F246 permanent_exclusions_count academic_ytd 2025-08-31 phase secondary 37
    F247 permanent_exclusions_count academic_ytd 2025-08-31 phase primary 9
    F248 permanent_exclusions_count academic_ytd 2025-08-31 plan_in_year true 9
    F249 permanent_exclusions_count rolling_12m 2025-08-31 phase*plan_in_year primary*true 5
    F250 permanent_exclusions_count rolling_12m 2025-08-31 phase*plan_in_year secondary*true 4
    F251 permanent_exclusions_count academic_ytd 2025-08-31 sen_support_in_year true 39
    F252 permanent_exclusions_count rolling_12m 2025-08-31 phase*sen_support_in_year primary*true 2
    F253 permanent_exclusions_count rolling_12m 2025-08-31 phase*sen_support_in_year secondary*true 37
    F254 behaviour_leads_offers_count academic_ytd 2021-08-31 all all 12
    F255 behaviour_leads_offers_count academic_ytd 2025-08-31 all all 109
    F257 panel_supported_young_people_count academic_ytd 2025-08-31 all all 120
    F258 panel_supported_young_people_count academic_ytd 2025-08-31 phase primary 69
    F259 panel_supported_young_people_count academic_ytd 2025-08-31 phase secondary 51
    F260 fresh_start_placements_count academic_ytd 2025-08-31 all all 32
    F261 fresh_start_broken_down_pct academic_ytd 2025-08-31 all all 44
    F262 fresh_start_sustained_pct academic_ytd 2025-08-31 all all 22
    F266 suspensions_count academic_ytd 2025-07-31 all all 3516
    F267 suspensions_count academic_ytd 2025-07-31 phase primary 353
    F268 suspensions_count rolling_12m 2025-07-31 phase*plan_in_year primary*true 99
    F269 suspensions_count rolling_12m 2025-07-31 phase*sen_support_in_year primary*true 159
    F270 suspensions_count rolling_12m 2025-07-31 phase*under_assessment primary*true 8
    F271 suspensions_count academic_ytd 2025-07-31 phase secondary 3163
    F272 suspensions_count rolling_12m 2025-07-31 phase*plan_in_year secondary*true 216
    F273 suspensions_count rolling_12m 2025-07-31 phase*sen_support_in_year secondary*true 1179
    F274 suspensions_count rolling_12m 2025-07-31 phase*under_assessment secondary*true 8
    F275 ebsna_cpd_schools_count academic_ytd 2025-08-31 all all 67
    F276 ebsna_teachers_prepared_pct academic_ytd 2025-08-31 all all 92
    F277 ebsna_parents_confident_pct academic_ytd 2025-08-31 all all 48
    F279 fresh_start_plus_young_people_count academic_ytd 2025-08-31 all all 30
    F280 fresh_start_plus_young_people_count academic_ytd 2025-08-31 phase primary 10
    F281 fresh_start_plus_young_people_count academic_ytd 2025-08-31 phase secondary 20
    F282 attendance_pct rolling_12m 2025-08-31 phase*sen_provision primary*K 92.9
    F283 attendance_pct rolling_12m 2025-08-31 phase*sen_provision secondary*K 85.6
    F284 attendance_pct rolling_12m 2025-08-31 phase*sen_provision primary*E 89.5
    F285 attendance_pct rolling_12m 2025-08-31 phase*sen_provision secondary*E 83
    F290 attendance_pct academic_ytd 2025-08-31 phase alternative_provision 56
    F291 part_time_timetables_count academic_ytd 2025-08-31 all all 332
    F292 part_time_timetables_count academic_ytd 2025-08-31 phase reception 11
    F293 part_time_timetables_count academic_ytd 2025-08-31 phase primary 123
    F294 part_time_timetables_count academic_ytd 2025-08-31 phase secondary 198
    F295 part_time_timetables_count academic_ytd 2025-08-31 sen_provision any_SEN 110
    F296 part_time_timetables_count academic_ytd 2025-08-31 known_to_social_care true 32
    F297 part_time_timetables_count rolling_12m 2025-08-31 reason mental_health 163
    F298 part_time_timetables_count rolling_12m 2025-08-31 nc_year 8 53
    F300 cme_count month 2025-09-30 all all 51
    F301 ehe_count month 2025-09-30 all all 726
    F302 ehe_count month 2025-09-30 sen_provision E 72
    F304 ap_send_commissioned_places_count month 2025-09-30 all all 44
    F307 haf_send_young_people_count academic_ytd 2025-08-31 all all 901
    F308 community_short_breaks_children_count month 2025-09-30 all all 338
    F310 home_to_school_transport_count month 2025-09-30 all all 1254
    F311 independent_travel_training_count academic_ytd 2025-08-31 all all 19
    F313 parent_forum_members_count month 2025-09-30 all all 100
    F314 parent_forum_followers_count month 2025-09-30 all all >700
    F315 sendiass_families_count academic_ytd 2025-08-31 all all >1010
    F317 regional_assembly_young_people_count month 2025-09-30 forum regional_send_young_people's_assembly 10
    F318 regional_assembly_young_people_count month 2025-09-30 forum emcca_send_connected_futures_forum 1
    F319 festival_of_sport_engagements_count calendar_ytd 2024-12-31 all all >1000
"""
FIGURES = [Figure(*line.split()) for line in _LIST.strip().splitlines()]


def _value(sample: duckdb.DuckDBPyConnection, figure: Figure) -> Decimal:
    ((start,),) = sample.execute(
        f"select ({STARTS[figure.grain]})::date from (select date '{figure.period_end}' as e)"
    ).fetchall()
    _, metric, grain, end, dimension, category, _ = figure
    cell = {"metric": metric, "grain": grain, "start": start, "end": end, "dimension": dimension}
    if metric not in QUERIES or end < RECORDS_BEGIN:
        query = RETURNED.format(category=category.replace("'", "''"), **cell)
    else:
        query = QUERIES[metric].format(category=category, **cell)
        if dimension != "all":
            for column, code in zip(dimension.split("*"), category.split("*"), strict=True):
                query += f" and {column} = '{code}'"
    rows = sample.execute(query).fetchall()
    assert len(rows) == 1
    return Decimal(repr(rows[0][0]))


@pytest.mark.parametrize("figure", FIGURES, ids="-".join)
def test_a_printed_figure_comes_out_of_what_is_sent(sample: duckdb.DuckDBPyConnection, figure: Figure) -> None:
    value, printed = _value(sample, figure), Decimal(figure.printed.lstrip("~<>"))
    if figure.printed.startswith("~"):
        assert abs(value - printed) <= printed / 10
    elif figure.printed.startswith(">"):
        assert printed <= value <= printed * 11 / 10
    elif figure.printed.startswith("<"):
        assert printed * 9 / 10 <= value < printed
    else:
        assert value.quantize(printed, ROUND_HALF_UP) == printed


def test_every_figure_has_a_number_of_its_own() -> None:
    assert len({figure.figure_id for figure in FIGURES}) == len(FIGURES) == 181


def test_each_month_of_summer_2025_says_that_all_plans_came_in_time(sample: duckdb.DuckDBPyConnection) -> None:
    """F041: 100% in two months, of which each is a cell of its own."""
    for end in ("2025-07-31", "2025-08-31"):
        figure = Figure("F041", "ehcp_issued_within_20_weeks_pct", "month", end, "all", "all", "100")
        assert _value(sample, figure) == 100


def test_records_agree_with_what_was_returned_before_them(sample: duckdb.DuckDBPyConnection) -> None:
    """F122 and F123: the requests of 2021 and 2022 are returned, and still held as records."""
    counts = sample.execute("""
        select year(received_date::date) as y, count(*) from last_ehc_requests where y < 2023 group by y order by y
    """).fetchall()
    assert counts == [(2021, 531), (2022, 620)]


def test_three_quarters_of_the_year_leave_the_forecast_of_2025_within_reach(sample: duckdb.DuckDBPyConnection) -> None:
    """F125 and F126: 715 requests and 450 plans were forecast for 2025; months that are left are not invented."""
    ((received, issued),) = sample.execute("""
        select count(*) filter (received_date >= '2025-01-01'),
            count(*) filter (assessment_outcome = 'Y' and assessment_outcome_date >= '2025-01-01')
        from last_ehc_requests
    """).fetchall()
    assert 715 * 0.7 < received < 715 * 0.8
    assert issued == 340


def test_eleven_months_of_referrals_average_105(sample: duckdb.DuckDBPyConnection) -> None:
    """F063: from August 2024 to June 2025, with a peak between the two ends that were printed."""
    ((mean,),) = sample.execute("""
        select count(*) / 11 from last_nd_referrals where referral_date between '2024-08-01' and '2025-06-30'
    """).fetchall()
    assert mean == 105


def test_home_education_is_1_56_percent_of_46582_children_of_school_age() -> None:
    of_school_age = sum(row.population for row in POPULATION if row.year == 2025 and 5 <= row.age <= 15)
    assert of_school_age == 46_582
    assert round(100 * 726 / of_school_age, 2) == 1.56


def test_advice_in_time_ranges_from_84_to_100_percent(sample: duckdb.DuckDBPyConnection) -> None:
    """F133 and F134: month by month the lowest and the highest share within six weeks."""
    ((lowest, highest),) = sample.execute("""
        select min(share), max(share) from (
            select 100 * avg(coalesce(received_date::date <= requested_date::date + 42, false)::int) as share
            from last_ehc_advice where requested_date::date + 42 <= '2025-09-30'
            group by date_trunc('month', requested_date::date + 42)
        )
    """).fetchall()
    assert int(lowest + 0.5) == 84
    assert highest == 100


@pytest.mark.parametrize(
    ("indicator", "category", "first", "last", "total"),
    [
        ("kooth_new_registrations_count", "all", "2024-04", "2025-06", 702),
        ("kooth_support_hours", "all", "2024-04", "2025-06", 1251),
        ("nd_hub_sessions_count", "all", "2023-09", "2025-09", 321),
        ("nd_hub_attendees_count", "all", "2023-09", "2025-09", 776),
        ("nd_hub_attendees_count", "children_and_young_people", "2023-09", "2025-09", 457),
    ],
)
def test_months_add_up_to_figures_of_several_years(
    sample: duckdb.DuckDBPyConnection, indicator: str, category: str, first: str, last: str, total: int
) -> None:
    """F104, F106 and F068 to F070, whose periods are none of the grains."""
    ((found,),) = sample.execute(
        """
        select sum(value::int) from indicator_return
        where indicator_id = $indicator and category = $category and grain = 'month'
            and left(period_end, 7) between $first and $last
        """,
        {"indicator": indicator, "category": category, "first": first, "last": last},
    ).fetchall()
    assert found == total


def test_no_school_year_has_more_part_time_timetables_than_year_8(sample: duckdb.DuckDBPyConnection) -> None:
    """F298 and F299: 53 in year 8, the most; all 11 in reception have additional needs."""
    years = sample.execute("""
        select nc_year, count(distinct upn) as pupils from last_part_time_timetables
        where start_date <= '2025-08-31' and coalesce(end_date, '9') >= '2024-09-01' group by nc_year order by pupils
    """).fetchall()
    assert years[-1] == ("8", 53)
    ((without,),) = sample.execute("""
        select count(*) from last_part_time_timetables
        where phase = 'reception' and sen_provision = 'N' and start_date >= '2024-09-01'
    """).fetchall()
    assert without == 0
