"""The figures agencies send already counted, and the cells they become: RULES 9 and 3.5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.independent.cells import Cell, a_cell
from tests.independent.held import Held
from tests.independent.metric import Metric
from tests.independent.names import AGENCIES
from tests.independent.periods import Row, last_day, month_of, months_between


@dataclass(frozen=True)
class Returned:
    metric_id: str
    agency: str
    unit: str
    dimensions: tuple[str, ...] = ()
    public: bool = False  # not about children: disclosure looks at nothing


RETURNED = (
    # education
    Returned("eyfs_gld_pct", "education", "percent", dimensions=("ward",)),
    Returned("phonics_expected_pct", "education", "percent", dimensions=("cohort",)),
    Returned("ks2_rwm_expected_pct", "education", "percent", dimensions=("cohort",)),
    Returned("attainment8_score", "education", "score", dimensions=("cohort",)),
    Returned("progress8_score", "education", "score", dimensions=("cohort",)),
    Returned("ks4_attainment_send_score", "education", "score"),
    Returned("level2_level3_at_19_pct", "education", "percent"),
    Returned("fresh_start_plus_places_count", "education", "count"),
    Returned("behaviour_leads_offers_count", "education", "count"),
    Returned("fresh_start_referrals_count", "education", "count"),
    Returned("panel_supported_young_people_count", "education", "count", dimensions=("phase",)),
    Returned("secondary_referral_outcome_pct", "education", "percent", dimensions=("phase", "outcome")),
    Returned("fresh_start_plus_young_people_count", "education", "count", dimensions=("phase",)),
    Returned("assistive_tech_young_people_count", "education", "count"),
    Returned("equipment_wait_count", "education", "count"),
    Returned("ehcp_caseload_change_3yr_pct", "education", "percent"),
    Returned("ehcp_quality_grade_pct", "education", "percent"),
    Returned("capital_programme_gbp", "education", "gbp", dimensions=("project",), public=True),
    Returned("erp_planned_places_count", "education", "count", public=True),
    Returned("erp_new_provisions_count", "education", "count", dimensions=("phase",), public=True),
    Returned("special_ap_expansion_places_count", "education", "count", public=True),
    Returned("home_to_school_transport_overspend_gbp", "education", "gbp", public=True),
    Returned("special_school_costs_gbp", "education", "gbp", public=True),
    Returned("send_budget_deficit_gbp", "education", "gbp", public=True),
    Returned("dsg_expenditure_vs_budget_gbp", "education", "gbp", public=True),
    Returned("inclusion_charter_schools_count", "education", "count", public=True),
    Returned("inclusion_programme_schools_count", "education", "count", dimensions=("programme",), public=True),
    Returned("adult_learning_enrolments_count", "education", "count", dimensions=("fund", "age", "ldd")),
    Returned("send_sixth_form_college_count", "education", "count"),
    Returned("send_work_pathways_count", "education", "count"),
    Returned("youth_trailblazer_engaged_count", "education", "count"),
    Returned("youth_trailblazer_send_pct", "education", "percent"),
    Returned("home_to_school_transport_count", "education", "count"),
    Returned("independent_travel_training_count", "education", "count"),
    Returned("ehcp_issue_feedback_positive_neutral_pct", "education", "percent"),
    Returned("aet_schools_trained_pct", "education", "percent", public=True),
    Returned("senco_forum_attendees_count", "education", "count", public=True),
    Returned("school_staff_trained_count", "education", "count", dimensions=("course",), public=True),
    Returned("ebsna_cpd_schools_count", "education", "count", public=True),
    Returned("ebsna_teachers_prepared_pct", "education", "percent", public=True),
    Returned("ebsna_parents_confident_pct", "education", "percent"),
    # health
    Returned("down_syndrome_under_25_count", "health", "count", dimensions=("age",)),
    Returned("ld_annual_health_check_pct", "health", "percent"),
    Returned("camhs_waiting_count", "health", "count"),
    Returned("camhs_avg_wait_weeks", "health", "weeks"),
    Returned("mhst_waiting_count", "health", "count"),
    Returned("mhst_avg_wait_days", "health", "days"),
    Returned("eitss_waiting_count", "health", "count"),
    Returned("eitss_avg_wait_days", "health", "days"),
    Returned("first_steps_ed_referrals_count", "health", "count"),
    Returned("first_steps_ed_max_wait_weeks", "health", "weeks"),
    Returned("camhs_ed_urgent_within_1_week_pct", "health", "percent", dimensions=("urgency",)),
    Returned("camhs_ed_routine_within_4_weeks_pct", "health", "percent", dimensions=("urgency",)),
    Returned("kooth_new_registrations_count", "health", "count"),
    Returned("kooth_logins_count", "health", "count", public=True),
    Returned("kooth_support_hours", "health", "hours", public=True),
    Returned("kooth_wait_weeks", "health", "weeks"),
    Returned("mh_early_support_access_pct", "health", "percent"),
    Returned("tlm_survey_responses_count", "health", "count"),
    Returned("tlm_anxiety_pct", "health", "percent"),
    Returned("camhs_internal_wait_weeks", "health", "weeks"),
    Returned("asq3_coverage_pct", "health", "percent"),
    Returned("asq3_all_domains_above_threshold_pct", "health", "percent"),
    Returned("asq3_domain_above_threshold_pct", "health", "percent", dimensions=("domain",)),
    # care
    Returned("cla_send_pct", "care", "percent"),
    Returned("cla_send_cohort_count", "care", "count"),
    Returned("disabled_children_count", "care", "count", dimensions=("sen_provision",)),
    Returned("adult_mental_health_ld_outcomes_pct", "care", "percent"),
    Returned("pfa_transition_young_people_count", "care", "count"),
    Returned("supported_living_adults_count", "care", "count"),
    # partnership
    Returned("nd_hub_sessions_count", "partnership", "count", public=True),
    Returned("nd_hub_attendees_count", "partnership", "count", dimensions=("group",)),
    Returned("pins_schools_count", "partnership", "count", public=True),
    Returned("haf_send_young_people_count", "partnership", "count"),
    Returned("send_ambassadors_count", "partnership", "count"),
    Returned("mft_useful_agree_pct", "partnership", "percent"),
    Returned("nd_hub_feedback_positive_pct", "partnership", "percent", dimensions=("question",)),
    Returned("derby_promise_engagement_count", "partnership", "count", public=True),
    Returned("parent_forum_members_count", "partnership", "count", public=True),
    Returned("parent_forum_followers_count", "partnership", "count", public=True),
    Returned("sendiass_families_count", "partnership", "count"),
    Returned("regional_assembly_young_people_count", "partnership", "count", dimensions=("forum",)),
    Returned("festival_of_sport_engagements_count", "partnership", "count", dimensions=("year",), public=True),
    Returned("young_people_annual_survey_pct", "partnership", "percent"),
)

RETURNED_BY_ID = {metric.metric_id: metric for metric in RETURNED}


def returned_cells(held: Held, release: str, computed: Mapping[str, Metric]) -> Iterable[Cell]:
    for agency in AGENCIES:
        yield from _cells_of_agency(held, agency, release, computed)


def _cells_of_agency(held: Held, agency: str, release: str, computed: Mapping[str, Metric]) -> Iterable[Cell]:
    extract = f"{agency}/indicator_return"
    months = held.delivered_months(extract)
    if not months:
        return
    latest: dict[tuple[str, str, date, str, str], Row] = {}
    for delivery in held.deliveries(extract):
        for row in delivery.rows:
            key = (row["indicator_id"], row["grain"], row["period_end"], row["dimension"], row["category"])
            latest[key] = row
    for (metric_id, grain, period_end, dimension, category), row in latest.items():
        if metric_id in computed:
            first = held.delivered_months(computed[metric_id].extract)
            if first and month_of(period_end) >= first[0]:
                continue  # a return never stands in for a figure that is computed
        number = _as_sent(row)
        number["looked_at"] = _looked_at(metric_id, number, computed)
        cell = a_cell(metric_id, grain, month_of(period_end), dimension, category, number)
        yield {**cell, "is_provisional": row["provisional"]}
    for metric in RETURNED:
        for month in months_between(months[0], release):
            sent = (metric.metric_id, "month", last_day(month), "all", "all") in latest
            if metric.agency == agency and month not in months and not sent:
                yield a_cell(metric.metric_id, "month", month, "all", "all", None)


def _as_sent(row: Row) -> dict[str, Any]:
    """A figure behind a mark keeps its status and no number."""
    status = row.get("status", "ok")
    if status != "ok":
        return {"numerator": None, "denominator": None, "value": None, "status": status}
    numbers = {column: row.get(column) for column in ("numerator", "denominator")}
    return {**numbers, "value": row["value"], "status": "ok"}


def _looked_at(metric_id: str, number: dict[str, Any], computed: Mapping[str, Metric]) -> tuple[float, ...]:
    """Numerator and denominator as sent, the value of a count, and what a computed metric looks at besides."""
    if metric_id in computed:
        is_count, public = computed[metric_id].rule.kind == "count", computed[metric_id].public
    else:
        is_count, public = RETURNED_BY_ID[metric_id].unit == "count", RETURNED_BY_ID[metric_id].public
    if public:
        return ()
    candidates = [number["numerator"], number["denominator"]]
    if is_count:
        candidates.append(number["value"])
    if metric_id in computed and computed[metric_id].rule.rest_counts and None not in candidates:
        candidates.append(number["denominator"] - number["numerator"])
    return tuple(candidate for candidate in candidates if candidate is not None)
