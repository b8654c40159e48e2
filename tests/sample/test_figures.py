"""The partnership's printed figures come out of the sample's rows, by queries of their own.

Each figure is what was printed, with the metric, period and breakdown it was printed for; each query counts the
delivery that a release of September 2025 would count: the latest history, that month's snapshot.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

import duckdb
import pytest

from sample_data.population import POPULATION


class Figure(NamedTuple):
    """A printed figure: its number in the reference list, the cell of which it speaks, and what was printed."""

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
RETURNED = "select value::double from last_indicator_return where period_end = '{end}' and indicator_id ="
EVENTS = "from last_suspensions_exclusions where start_date between '{start}' and '{end}' and category ="
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
    "suspensions_count": f"select count(*) {EVENTS} 'SUSP'",
    "permanent_exclusions_count": f"select count(*) {EVENTS} 'PERM'",
    "suspensions_social_care_known_pct": f"select 100 * avg((known_to_social_care = 'true')::int) {EVENTS} 'SUSP'",
    "ehe_count": """
        select count(*) from last_ehe_register
        where start_date <= '{end}' and (end_date is null or end_date > '{end}')
    """,
    "nd_waiting_count": f"select count(*) {WAITING}",
    "nd_avg_wait_weeks": f"select avg(month_end - referral_date::date) / 7 {WAITING}",
    "nd_referrals_count": """
        select count(*) from nd_referrals where month_end = '{end}' and referral_date between '{start}' and '{end}'
    """,
    "send_activity_not_known_pct": """
        select 100 * avg((activity_code::int between 810 and 830)::int) from (
            select *, if(academic_age in ('16', '17'), '16-17', academic_age) as age_group from post16_activity
        ) where month_end = '{end}' and sen_provision in ('K', 'E')
    """,
    "social_care_ehcp_count": """
        select count(*) from open_cases as c
        where month_end = '{end}' and exists (
            select 1 from ehc_plans as p
            where p.month_end = c.month_end and (p.upn = c.upn or p.nhs_number = c.nhs_number)
        )
    """,
    "camhs_waiting_count": f"{RETURNED} 'camhs_waiting_count'",
    "camhs_avg_wait_weeks": f"{RETURNED} 'camhs_avg_wait_weeks'",
}
STARTS = {
    "month": "date_trunc('month', e)",
    "calendar_ytd": "date_trunc('year', e)",
    "academic_ytd": "date_trunc('month', e) - to_months(((month(e) + 3) % 12)::int)",
    "rolling_12m": "date_trunc('month', e) - to_months(11)",
}
_LIST = """
    F123 ehc_requests_count calendar_ytd 2021-12-31 all all 531
    F122 ehc_requests_count calendar_ytd 2022-12-31 all all 620
    F121 ehc_requests_count calendar_ytd 2023-12-31 all all 775
    F124 ehc_requests_count calendar_ytd 2024-12-31 all all 795
    F042 ehcp_issued_within_20_weeks_pct calendar_ytd 2025-08-31 all all 35
    F041 ehcp_issued_within_20_weeks_pct month 2025-07-31 all all 100.0
    F041 ehcp_issued_within_20_weeks_pct month 2025-08-31 all all 100.0
    F141 ehcp_issued_within_20_weeks_excl_exceptions_pct month 2025-07-31 all all 100.0
    F142 ehcp_issued_within_20_weeks_excl_exceptions_pct month 2025-08-31 all all 100.0
    F143 ehcp_issued_within_20_weeks_excl_exceptions_pct month 2025-09-30 all all 100.0
    F127 ehc_assessment_to_plan_pct calendar_ytd 2025-09-30 all all 85
    F052 new_plans_mainstream_pct calendar_ytd 2025-08-31 all all 73
    F139 ehcp_open_over_21_weeks_count month 2025-04-30 all all 0
    F140 ehcp_open_over_21_weeks_count month 2025-06-30 all all 0
    F034 ehcp_caseload_count month 2025-08-31 all all 4271
    F058 ehcp_communication_need_pct month 2025-08-31 all all 50.6
    F166 joint_funded_ehcp_count month 2025-09-30 all all 7
    F266 suspensions_count academic_ytd 2025-07-31 all all 3516
    F267 suspensions_count academic_ytd 2025-07-31 phase primary 353
    F268 suspensions_count rolling_12m 2025-07-31 phase*plan_in_year primary*true 99
    F269 suspensions_count rolling_12m 2025-07-31 phase*sen_support_in_year primary*true 159
    F270 suspensions_count rolling_12m 2025-07-31 phase*under_assessment primary*true 8
    F271 suspensions_count academic_ytd 2025-07-31 phase secondary 3163
    F272 suspensions_count rolling_12m 2025-07-31 phase*plan_in_year secondary*true 216
    F273 suspensions_count rolling_12m 2025-07-31 phase*sen_support_in_year secondary*true 1179
    F274 suspensions_count rolling_12m 2025-07-31 phase*under_assessment secondary*true 8
    F037 suspensions_count academic_ytd 2025-08-31 all all 3928
    F243 suspensions_social_care_known_pct academic_ytd 2025-08-31 all all 90
    F036 permanent_exclusions_count academic_ytd 2025-08-31 all all 46
    F245 permanent_exclusions_count academic_ytd 2025-08-31 all all 46
    F246 permanent_exclusions_count academic_ytd 2025-08-31 phase secondary 37
    F247 permanent_exclusions_count academic_ytd 2025-08-31 phase primary 9
    F248 permanent_exclusions_count academic_ytd 2025-08-31 plan_in_year true 9
    F249 permanent_exclusions_count rolling_12m 2025-08-31 phase*plan_in_year primary*true 5
    F250 permanent_exclusions_count rolling_12m 2025-08-31 phase*plan_in_year secondary*true 4
    F251 permanent_exclusions_count academic_ytd 2025-08-31 sen_support_in_year true 39
    F252 permanent_exclusions_count rolling_12m 2025-08-31 phase*sen_support_in_year primary*true 2
    F253 permanent_exclusions_count rolling_12m 2025-08-31 phase*sen_support_in_year secondary*true 37
    F039 ehe_count month 2025-08-31 all all 726
    F301 ehe_count month 2025-09-30 all all 726
    F302 ehe_count month 2025-09-30 sen_provision E 72
    F066 nd_waiting_count month 2024-08-31 all all 1332
    F067 nd_waiting_count month 2025-06-30 all all 1530
    F047 nd_waiting_count month 2025-08-31 all all 1530
    F064 nd_avg_wait_weeks month 2024-08-31 all all 46
    F065 nd_avg_wait_weeks month 2025-06-30 all all 69
    F046 nd_avg_wait_weeks month 2025-08-31 all all 67
    F061 nd_referrals_count month 2024-08-31 all all 28
    F062 nd_referrals_count month 2025-06-30 all all 108
    F222 send_activity_not_known_pct month 2025-03-31 age_group 16-17 0.2
    F170 social_care_ehcp_count month 2025-06-30 status CLA 80
    F171 social_care_ehcp_count month 2025-06-30 status CIN 116
    F172 social_care_ehcp_count month 2025-06-30 status CP 26
    F173 social_care_ehcp_count month 2025-06-30 status EH 54
    F101 camhs_waiting_count month 2025-09-30 all all 97
    F102 camhs_avg_wait_weeks month 2025-09-30 all all 12
"""
FIGURES = [Figure(*line.split()) for line in _LIST.strip().splitlines()]


def _value(sample: duckdb.DuckDBPyConnection, figure: Figure) -> Decimal:
    ((start,),) = sample.execute(
        f"select ({STARTS[figure.grain]})::date from (select date '{figure.period_end}' as e)"
    ).fetchall()
    query = QUERIES[figure.metric].format(start=start, end=figure.period_end)
    if figure.dimension != "all":
        for dimension, category in zip(figure.dimension.split("*"), figure.category.split("*"), strict=True):
            query += f" and {dimension} = '{category}'"
    ((value,),) = sample.execute(query).fetchall()
    return Decimal(repr(value)).quantize(Decimal(figure.printed), ROUND_HALF_UP)


@pytest.mark.parametrize("figure", FIGURES, ids="-".join)
def test_a_printed_figure_comes_out_of_the_rows(sample: duckdb.DuckDBPyConnection, figure: Figure) -> None:
    assert str(_value(sample, figure)) == figure.printed


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
    of_school_age = sum(row.population for row in POPULATION if row.year == 2025 and 5 <= row.age <= 15)
    assert of_school_age == 46_582
    assert round(100 * 726 / of_school_age, 2) == 1.56
