"""The partnership's printed figures come out of what the agencies send, by queries of their own.

The figures are those of `tests/ground_truth/figures.csv`, which come out of the warehouse there. Each query counts
the deliveries that a release of September 2025 would count: the latest history, that month's snapshot, the latest
return.
"""

from __future__ import annotations

import duckdb
import pytest

from sample_data.population import POPULATION
from tests.ground_truth.printed import FIGURES, Cell, Figure

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


def _value(sample: duckdb.DuckDBPyConnection, cell: Cell) -> float:
    metric, grain, period, dimension, category = cell
    ((start, end),) = sample.execute(
        f"select ({STARTS[grain]})::date, e::varchar from (select last_day(date '{period}-01') as e)"
    ).fetchall()
    where = {"metric": metric, "grain": grain, "start": start, "end": end, "dimension": dimension}
    if metric not in QUERIES or period < RECORDS_BEGIN:
        query = RETURNED.format(category=category.replace("'", "''"), **where)
    else:
        query = QUERIES[metric].format(category=category, **where)
        if dimension != "all":
            for column, code in zip(dimension.split("*"), category.split("*"), strict=True):
                query += f" and {column} = '{code}'"
    ((value,),) = sample.execute(query).fetchall()
    return float(value)


@pytest.mark.parametrize("figure", FIGURES, ids=str)
def test_a_printed_figure_comes_out_of_what_is_sent(sample: duckdb.DuckDBPyConnection, figure: Figure) -> None:
    """Also the one that no cell says: a query may join categories."""
    assert figure.is_met_by(_value(sample, figure.cell))


def test_each_month_of_summer_2025_says_that_all_plans_came_in_time(sample: duckdb.DuckDBPyConnection) -> None:
    """F041: 100% in two months, of which each is a cell of its own."""
    for month in ("2025-07", "2025-08"):
        assert _value(sample, Cell("ehcp_issued_within_20_weeks_pct", "month", month, "all", "all")) == 100


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
