"""The partnership's printed figures come out of the sample's rows, by queries of their own.

Each figure is what was printed, with the metric, period and breakdown it was printed for; each query counts the
delivery that a release of September 2025 would count: the latest history, that month's snapshot.
"""

from __future__ import annotations

from typing import NamedTuple

import duckdb
import pytest


class Figure(NamedTuple):
    """A printed figure: its name in the reference list, what it says of which cell, and the query that finds it."""

    figure_id: str
    metric: str
    grain: str
    period_end: str
    breakdown: str
    expected: float
    decimals: int
    query: str


ISSUED = "from last_ehc_requests where assessment_outcome = 'Y' and assessment_outcome_date between '{start}' and '{end}'"
DAYS = "(assessment_outcome_date::date - received_date::date)"
REQUESTS = "select count(*) from last_ehc_requests where received_date between '{start}' and '{end}'"
IN_TIME = f"select 100 * avg(({DAYS} <= 140)::int) {ISSUED}"
IN_TIME_WITHOUT_EXCEPTIONS = f"{IN_TIME} and exception_applies = 'false'"
MAINSTREAM = f"select 100 * avg((named_placement in ('mainstream', 'erp', 'sen_unit'))::int) {ISSUED}"
TO_PLAN = """
    select 100 * avg((assessment_outcome = 'Y')::int) from last_ehc_requests
    where assessment_outcome in ('Y', 'N') and assessment_outcome_date between '{start}' and '{end}'
"""
OPEN_OVER_21_WEEKS = """
    select count(*) from last_ehc_requests
    where '{end}'::date - received_date::date > 147
      and request_outcome not in ('W', 'H') and coalesce(assessment_outcome, '') not in ('W', 'H')
      and not (request_outcome = 'N' and request_outcome_date <= '{end}')
      and not (assessment_outcome in ('Y', 'N') and assessment_outcome_date <= '{end}')
"""
PLANS = "select count(*) from ehc_plans where month_end = '{end}'"
COMMUNICATION = "select 100 * avg((primary_need in ('ASD', 'SLCN'))::int) from ehc_plans where month_end = '{end}'"
JOINTLY_FUNDED = f"{PLANS} and joint_funded <> 'none'"
EVENTS = "select count(*) from last_suspensions_exclusions where start_date between '{start}' and '{end}' and category = "
SUSPENSIONS, EXCLUSIONS = f"{EVENTS} 'SUSP'", f"{EVENTS} 'PERM'"
KNOWN_TO_CARE = """
    select 100 * avg((known_to_social_care = 'true')::int) from last_suspensions_exclusions
    where start_date between '{start}' and '{end}' and category = 'SUSP'
"""
HOME_EDUCATED = """
    select count(*) from last_ehe_register
    where start_date <= '{end}' and (end_date is null or end_date > '{end}')
"""
ND_WAITING = """
    from nd_referrals where month_end = '{end}'
      and referral_date <= '{end}' and (closed_date is null or closed_date > '{end}')
"""
ND_COUNT = f"select count(*) {ND_WAITING}"
ND_WEEKS = f"select avg(month_end - referral_date::date) / 7 {ND_WAITING}"
ND_REFERRED = "select count(*) from nd_referrals where month_end = '{end}' and referral_date between '{start}' and '{end}'"
NOT_KNOWN = """
    select 100 * avg((activity_code::int between 810 and 830)::int) from post16_activity
    where month_end = '{end}' and sen_provision in ('K', 'E') and academic_age::int in (16, 17)
"""
LINKED = """
    select count(*) from open_cases as c where month_end = '{end}' and exists (
        select 1 from ehc_plans as p where p.month_end = c.month_end
        and (p.upn = c.upn or p.nhs_number = c.nhs_number)
    ) and status =
"""
RETURNED = "select value::double from indicator_return where period_end = '{end}' and reporting_month = '2025-09' and indicator_id = "

CALENDAR, ACADEMIC, ROLLING, MONTH = "calendar_ytd", "academic_ytd", "rolling_12m", "month"
FIGURES = (
    Figure("F121", "ehc_requests_count", CALENDAR, "2023-12-31", "all", 775, 0, REQUESTS),
    Figure("F124", "ehc_requests_count", CALENDAR, "2024-12-31", "all", 795, 0, REQUESTS),
    Figure("F122", "ehc_requests_count", CALENDAR, "2022-12-31", "all", 620, 0, REQUESTS),
    Figure("F123", "ehc_requests_count", CALENDAR, "2021-12-31", "all", 531, 0, REQUESTS),
    Figure("F042", "ehcp_issued_within_20_weeks_pct", CALENDAR, "2025-08-31", "all", 35, 0, IN_TIME),
    Figure("F041", "ehcp_issued_within_20_weeks_pct", MONTH, "2025-07-31", "all", 100, 2, IN_TIME),
    Figure("F041", "ehcp_issued_within_20_weeks_pct", MONTH, "2025-08-31", "all", 100, 2, IN_TIME),
    Figure("F141", "ehcp_issued_within_20_weeks_excl_exceptions_pct", MONTH, "2025-07-31", "all", 100, 2, IN_TIME_WITHOUT_EXCEPTIONS),
    Figure("F142", "ehcp_issued_within_20_weeks_excl_exceptions_pct", MONTH, "2025-08-31", "all", 100, 2, IN_TIME_WITHOUT_EXCEPTIONS),
    Figure("F143", "ehcp_issued_within_20_weeks_excl_exceptions_pct", MONTH, "2025-09-30", "all", 100, 2, IN_TIME_WITHOUT_EXCEPTIONS),
    Figure("F127", "ehc_assessment_to_plan_pct", CALENDAR, "2025-09-30", "all", 85, 0, TO_PLAN),
    Figure("F052", "new_plans_mainstream_pct", CALENDAR, "2025-08-31", "all", 73, 0, MAINSTREAM),
    Figure("F139", "ehcp_open_over_21_weeks_count", MONTH, "2025-04-30", "all", 0, 0, OPEN_OVER_21_WEEKS),
    Figure("F140", "ehcp_open_over_21_weeks_count", MONTH, "2025-06-30", "all", 0, 0, OPEN_OVER_21_WEEKS),
    Figure("F034", "ehcp_caseload_count", MONTH, "2025-08-31", "all", 4271, 0, PLANS),
    Figure("F058", "ehcp_communication_need_pct", MONTH, "2025-08-31", "all", 50.6, 1, COMMUNICATION),
    Figure("F166", "joint_funded_ehcp_count", MONTH, "2025-09-30", "all", 7, 0, JOINTLY_FUNDED),
    Figure("F266", "suspensions_count", ACADEMIC, "2025-07-31", "all", 3516, 0, SUSPENSIONS),
    Figure("F267", "suspensions_count", ACADEMIC, "2025-07-31", "phase = 'primary'", 353, 0, SUSPENSIONS),
    Figure("F271", "suspensions_count", ACADEMIC, "2025-07-31", "phase = 'secondary'", 3163, 0, SUSPENSIONS),
    Figure("F268", "suspensions_count", ROLLING, "2025-07-31", "phase = 'primary' and plan_in_year = 'true'", 99, 0, SUSPENSIONS),
    Figure("F269", "suspensions_count", ROLLING, "2025-07-31", "phase = 'primary' and sen_support_in_year = 'true'", 159, 0, SUSPENSIONS),
    Figure("F270", "suspensions_count", ROLLING, "2025-07-31", "phase = 'primary' and under_assessment = 'true'", 8, 0, SUSPENSIONS),
    Figure("F272", "suspensions_count", ROLLING, "2025-07-31", "phase = 'secondary' and plan_in_year = 'true'", 216, 0, SUSPENSIONS),
    Figure("F273", "suspensions_count", ROLLING, "2025-07-31", "phase = 'secondary' and sen_support_in_year = 'true'", 1179, 0, SUSPENSIONS),
    Figure("F274", "suspensions_count", ROLLING, "2025-07-31", "phase = 'secondary' and under_assessment = 'true'", 8, 0, SUSPENSIONS),
    Figure("F037", "suspensions_count", ACADEMIC, "2025-08-31", "all", 3928, 0, SUSPENSIONS),
    Figure("F243", "suspensions_social_care_known_pct", ACADEMIC, "2025-08-31", "all", 90, 0, KNOWN_TO_CARE),
    Figure("F036", "permanent_exclusions_count", ACADEMIC, "2025-08-31", "all", 46, 0, EXCLUSIONS),
    Figure("F246", "permanent_exclusions_count", ACADEMIC, "2025-08-31", "phase = 'secondary'", 37, 0, EXCLUSIONS),
    Figure("F247", "permanent_exclusions_count", ACADEMIC, "2025-08-31", "phase = 'primary'", 9, 0, EXCLUSIONS),
    Figure("F248", "permanent_exclusions_count", ACADEMIC, "2025-08-31", "plan_in_year = 'true'", 9, 0, EXCLUSIONS),
    Figure("F249", "permanent_exclusions_count", ROLLING, "2025-08-31", "phase = 'primary' and plan_in_year = 'true'", 5, 0, EXCLUSIONS),
    Figure("F250", "permanent_exclusions_count", ROLLING, "2025-08-31", "phase = 'secondary' and plan_in_year = 'true'", 4, 0, EXCLUSIONS),
    Figure("F251", "permanent_exclusions_count", ACADEMIC, "2025-08-31", "sen_support_in_year = 'true'", 39, 0, EXCLUSIONS),
    Figure("F252", "permanent_exclusions_count", ROLLING, "2025-08-31", "phase = 'primary' and sen_support_in_year = 'true'", 2, 0, EXCLUSIONS),
    Figure("F253", "permanent_exclusions_count", ROLLING, "2025-08-31", "phase = 'secondary' and sen_support_in_year = 'true'", 37, 0, EXCLUSIONS),
    Figure("F039", "ehe_count", MONTH, "2025-08-31", "all", 726, 0, HOME_EDUCATED),
    Figure("F301", "ehe_count", MONTH, "2025-09-30", "all", 726, 0, HOME_EDUCATED),
    Figure("F302", "ehe_count", MONTH, "2025-09-30", "sen_provision = 'E'", 72, 0, HOME_EDUCATED),
    Figure("F066", "nd_waiting_count", MONTH, "2024-08-31", "all", 1332, 0, ND_COUNT),
    Figure("F067", "nd_waiting_count", MONTH, "2025-06-30", "all", 1530, 0, ND_COUNT),
    Figure("F047", "nd_waiting_count", MONTH, "2025-08-31", "all", 1530, 0, ND_COUNT),
    Figure("F064", "nd_avg_wait_weeks", MONTH, "2024-08-31", "all", 46, 0, ND_WEEKS),
    Figure("F065", "nd_avg_wait_weeks", MONTH, "2025-06-30", "all", 69, 0, ND_WEEKS),
    Figure("F046", "nd_avg_wait_weeks", MONTH, "2025-08-31", "all", 67, 0, ND_WEEKS),
    Figure("F061", "nd_referrals_count", MONTH, "2024-08-31", "all", 28, 0, ND_REFERRED),
    Figure("F062", "nd_referrals_count", MONTH, "2025-06-30", "all", 108, 0, ND_REFERRED),
    Figure("F222", "send_activity_not_known_pct", MONTH, "2025-03-31", "all", 0.2, 1, NOT_KNOWN),
    Figure("F170", "social_care_ehcp_count", MONTH, "2025-06-30", "CLA", 80, 0, f"{LINKED} 'CLA'"),
    Figure("F171", "social_care_ehcp_count", MONTH, "2025-06-30", "CIN", 116, 0, f"{LINKED} 'CIN'"),
    Figure("F172", "social_care_ehcp_count", MONTH, "2025-06-30", "CP", 26, 0, f"{LINKED} 'CP'"),
    Figure("F173", "social_care_ehcp_count", MONTH, "2025-06-30", "EH", 54, 0, f"{LINKED} 'EH'"),
    Figure("F101", "camhs_waiting_count", MONTH, "2025-09-30", "all", 97, 0, f"{RETURNED} 'camhs_waiting_count'"),
    Figure("F102", "camhs_avg_wait_weeks", MONTH, "2025-09-30", "all", 12, 0, f"{RETURNED} 'camhs_avg_wait_weeks'"),
)
STARTS = {
    MONTH: "date_trunc('month', e)",
    CALENDAR: "date_trunc('year', e)",
    ACADEMIC: "date_trunc('month', e) - to_months(((month(e) + 3) % 12)::int)",
    ROLLING: "date_trunc('month', e) - to_months(11)",
}


def _name(figure: Figure) -> str:
    return f"{figure.figure_id}-{figure.metric}-{figure.grain}-{figure.period_end}-{figure.breakdown}"


def _value(sample: duckdb.DuckDBPyConnection, figure: Figure) -> float:
    found = sample.execute(f"select ({STARTS[figure.grain]})::date from (select date '{figure.period_end}' as e)")
    ((start,),) = found.fetchall()
    query = figure.query.format(start=start, end=figure.period_end)
    if "=" in figure.breakdown:
        query += f" and {figure.breakdown}"
    ((value,),) = sample.execute(f"select floor(({query}) * 10 ** {figure.decimals} + 0.5) / 10 ** {figure.decimals}").fetchall()
    return float(value)


@pytest.mark.parametrize("figure", FIGURES, ids=_name)
def test_a_printed_figure_comes_out_of_the_rows(sample: duckdb.DuckDBPyConnection, figure: Figure) -> None:
    assert _value(sample, figure) == figure.expected


def test_under_half_of_the_meetings_offered_are_taken_up(sample: duckdb.DuckDBPyConnection) -> None:
    """F129: under 50% in the academic year 2024/25, within a tenth of it."""
    ((share,),) = sample.execute("""
        select 100 * avg((moving_forward_taken_up = 'true')::int) from last_ehc_requests
        where moving_forward_offered = 'true' and request_outcome_date between '2024-09-01' and '2025-08-31'
    """).fetchall()
    assert 45 <= share < 50


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
    from sample_data.population import POPULATION

    of_school_age = sum(row.population for row in POPULATION if row.year == 2025 and 5 <= row.age <= 15)
    assert of_school_age == 46_582
    assert round(100 * 726 / of_school_age, 2) == 1.56
