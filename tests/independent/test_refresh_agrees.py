"""A year with a leap day in which every extract and return is sent: every computed metric is compared."""

from __future__ import annotations

import pytest

from tests.independent.agreement import Agreement, Run, metrics_in, refresh_twice
from tests.independent.periods import months_between
from tests.independent.returned import RETURNED_BY_ID

COMPUTED = {
    "attendance_pct", "persistent_absence_pct", "severe_absence_pct", "suspensions_count", "suspended_pupils_count",
    "suspensions_repeat_pct", "suspensions_rate", "suspensions_social_care_known_pct", "permanent_exclusions_count",
    "part_time_timetables_count", "part_time_timetables_open_count", "part_time_timetable_weeks_median",
    "social_care_ehcp_count", "social_care_open_count", "social_care_match_pct",
    "community_short_breaks_children_count", "direct_payments_children_count", "personal_health_budgets_count",
    "dsr_referrals_count", "cetr_count", "laep_count", "t4_admissions_count", "ehe_count", "ehe_new_count",
    "ehe_returned_count", "ehe_school_age_pct", "cme_count", "cme_over_12_weeks_count", "cme_days_to_locate_median",
    "ap_placements_open_count", "ap_send_commissioned_places_count", "fresh_start_placements_count",
    "fresh_start_sustained_pct", "fresh_start_broken_down_pct", "ehc_requests_count",
    "ehc_decisions_within_6_weeks_pct", "ehc_agreed_to_assess_pct", "ehc_refusals_to_assess_count",
    "ehc_plans_issued_count", "ehc_refusals_to_issue_count", "ehc_assessment_to_plan_pct",
    "ehcp_issued_within_20_weeks_pct", "ehcp_issued_within_20_weeks_excl_exceptions_pct",
    "ehcp_requests_received_finished_within_20_weeks_pct", "ehcp_weeks_to_issue_median",
    "ehcp_open_over_20_weeks_count", "ehcp_open_over_21_weeks_count", "mft_takeup_pct", "new_plans_mainstream_pct",
    "ehcp_caseload_count", "ehcp_communication_need_pct", "joint_funded_ehcp_count", "ehcp_personal_budget_count",
    "annual_reviews_on_time_pct", "annual_reviews_completed_pct", "annual_reviews_decision_within_4_weeks_pct",
    "annual_reviews_overdue_count", "health_advice_within_6_weeks_pct", "health_advice_quality_compliance_pct",
    "sen_tribunal_appeals_count", "mediation_cases_count", "send_complaints_count", "ombudsman_cases_count",
    "nd_referrals_count", "nd_waiting_count", "nd_avg_wait_weeks", "nd_median_wait_weeks", "nd_longest_wait_weeks",
    "nd_waiting_over_52_weeks_count", "nd_closed_count", "community_referrals_count", "community_waiting_count",
    "community_avg_wait_weeks", "community_longest_wait_weeks", "community_seen_within_18_weeks_pct",
    "la_ot_waiting_count", "la_ot_avg_wait_weeks", "la_ot_longest_wait_weeks", "school_pupils_count",
    "sen_support_count", "sen_support_pct", "ehcp_pupils_pct", "senif_children_supported_count",
    "senif_requests_communication_pct", "s23_notifications_count", "s23_notifications_communication_pct",
    "placement_unit_cost_gbp", "placement_spend_gbp", "independent_placement_spend_gbp",
    "independent_placements_count", "out_of_area_placements_pct", "placement_transport_cost_gbp",
    "specialist_places_commissioned_count", "specialist_places_filled_pct", "specialist_places_planned_count",
    "special_school_share_pct", "neet_16_17_pct", "neet_or_not_known_16_17_pct", "neet_send_pct", "eet_send_pct",
    "send_activity_not_known_pct", "supported_internships_count", "yjs_open_count", "yjs_neet_count", "yjs_neet_pct",
    "yjs_ehcp_count",
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    case = {"seed": 4171, "months": months_between("2023-09", "2024-09"), "children": 300}
    return refresh_twice(tmp_path_factory.mktemp("independent"), case)


class TestAYearInWhichEverythingIsSent(Agreement):
    def test_every_metric_of_the_catalogue_is_among_those_compared(self, run):
        assert len(COMPUTED) == 106
        assert len(RETURNED_BY_ID) == 84
        compared = metrics_in(run.first.expected) & metrics_in(run.first.measured) & metrics_in(run.first.shown)
        assert compared == COMPUTED | set(RETURNED_BY_ID)

    def test_every_computed_metric_has_numbers_to_compare(self, run):
        with_numbers = {cell["metric_id"] for cell in run.first.measured if cell["value"] is not None}
        assert with_numbers >= COMPUTED
