"""Every row the sample delivers keeps what the contracts promise: codes, keys, dates, and the rules between columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest
import yaml

from data_contracts import __file__ as contracts_package
from sample_data.children import WARDS
from sample_data.generate import EXTRACTS
from sample_data.schools import SCHOOLS

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
}
KEYS = {
    "ehc_requests": "request_id",
    "ehc_plans": "plan_id",
    "suspensions_exclusions": "event_id",
    "ehe_register": "spell_id",
    "post16_activity": "child_id",
    "nd_referrals": "referral_id",
    "open_cases": "child_id",
    "indicator_return": "indicator_id, period_end, grain, dimension, category",
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
        "indicator_id": "camhs_waiting_count camhs_avg_wait_weeks", "grain": "month", "dimension": "all",
        "category": "all", "provisional": BOOL,
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
        "a return is for the month it is sent for": "period_end::date <> month_end",
        "a value is its numerator over its denominator": """
            abs(value::double - numerator::double / coalesce(denominator::double, 1)) > 0.0500001""",
    },
}


def _each(table: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str, str]]:
    return [(extract, name, what) for extract, entries in table.items() for name, what in entries.items()]


def _each_column(table: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(extract, column) for extract, columns in table.items() for column in columns.split()]


def _extracts_with(column: str) -> list[str]:
    return [extract for extract, columns in COLUMNS.items() if column in columns.split()]


def _offenders(sample: duckdb.DuckDBPyConnection, extract: str, condition: str) -> list[tuple[object, ...]]:
    return sample.execute(f"select * from {extract} where {condition} limit 3").fetchall()


def test_every_extract_is_tested_here() -> None:
    names = [extract.split("/")[1] for extract in EXTRACTS]
    for table in (COLUMNS, KEYS, CODES, DATES, REQUIRED):
        assert sorted(table) == sorted(names)


@pytest.mark.parametrize("extract", COLUMNS)
def test_columns_are_the_canonical_ones_in_order(sample: duckdb.DuckDBPyConnection, extract: str) -> None:
    columns = [row[0] for row in sample.execute(f"describe {extract}").fetchall()]
    assert columns == [*COLUMNS[extract].split(), "reporting_month", "month_end"]


@pytest.mark.parametrize("extract", KEYS)
def test_keys_are_unique_within_a_delivery(sample: duckdb.DuckDBPyConnection, extract: str) -> None:
    keys = f"reporting_month, {KEYS[extract]}"
    assert not sample.execute(f"select {keys} from {extract} group by {keys} having count(*) > 1 limit 3").fetchall()


@pytest.mark.parametrize(("extract", "column", "allowed"), _each(CODES))
def test_codes_come_from_their_list(sample: duckdb.DuckDBPyConnection, extract: str, column: str, allowed: str) -> None:
    found = {row[0] or NO for row in sample.execute(f"select distinct {column} from {extract}").fetchall()}
    assert found <= set(allowed.split())


@pytest.mark.parametrize(("extract", "column"), _each_column(DATES))
def test_dates_are_iso_and_not_after_the_month(sample: duckdb.DuckDBPyConnection, extract: str, column: str) -> None:
    assert not _offenders(sample, extract, f"not regexp_full_match({column}, '\\d{{4}}-\\d{{2}}-\\d{{2}}')")
    assert not _offenders(sample, extract, f"{column}::date > month_end")


@pytest.mark.parametrize(("extract", "column"), _each_column(REQUIRED))
def test_required_cells_are_filled(sample: duckdb.DuckDBPyConnection, extract: str, column: str) -> None:
    assert not _offenders(sample, extract, f"coalesce({column}, '') = ''")


@pytest.mark.parametrize(
    ("extract", "promise", "broken"),
    _each(RULES),
    ids=[f"{extract}: {promise}" for extract, promise, _ in _each(RULES)],
)
def test_rules_between_columns_hold(sample: duckdb.DuckDBPyConnection, extract: str, promise: str, broken: str) -> None:
    assert not _offenders(sample, extract, broken), promise


@pytest.mark.parametrize("extract", _extracts_with("upn"))
def test_upns_are_valid_and_derbys(sample: duckdb.DuckDBPyConnection, extract: str) -> None:
    letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    for (upn,) in sample.execute(f"select distinct upn from {extract} where upn is not null").fetchall():
        assert re.fullmatch(r"[A-Z]831\d{9}", upn)
        total = sum(int(digit) * weight for weight, digit in enumerate(upn[1:], start=2))
        assert letters[total % 23] == upn[0]


@pytest.mark.parametrize("extract", _extracts_with("nhs_number"))
def test_nhs_numbers_are_valid_test_numbers(sample: duckdb.DuckDBPyConnection, extract: str) -> None:
    numbers = sample.execute(f"select distinct nhs_number from {extract} where nhs_number is not null").fetchall()
    for (number,) in numbers:
        assert re.fullmatch(r"999\d{7}", number)
        remainder = sum(int(digit) * weight for weight, digit in zip(range(10, 1, -1), number, strict=False)) % 11
        assert (11 - remainder) % 11 == int(number[9])


@pytest.mark.parametrize("extract", _extracts_with("ward"))
def test_a_child_has_one_identity_wherever_it_appears(sample: duckdb.DuckDBPyConnection, extract: str) -> None:
    for number in ("upn", "nhs_number"):
        assert not sample.execute(f"""
            select {number} from (select {number}, date_of_birth, sex from {extract}
                union select {number}, date_of_birth, sex from ehc_plans)
            where {number} is not null group by {number} having count(*) > 1 limit 3
        """).fetchall()


def test_wards_are_those_of_the_local_area(sample: duckdb.DuckDBPyConnection) -> None:
    area = yaml.safe_load((Path(contracts_package).parent / "local_area.yaml").read_text(encoding="utf-8"))
    assert set(WARDS) == set(area["wards"])
    for extract in _extracts_with("ward"):
        assert {r[0] for r in sample.execute(f"select distinct ward from {extract}").fetchall()} - {None} <= set(WARDS)


def test_school_numbers_are_those_of_the_sample_schools(sample: duckdb.DuckDBPyConnection) -> None:
    urns = {school.urn for school in SCHOOLS}
    assert len(urns) == len(SCHOOLS)
    for extract in ("ehc_plans", "suspensions_exclusions"):
        found = {row[0] for row in sample.execute(f"select distinct school_urn from {extract}").fetchall()} - {None}
        assert found <= urns


def test_a_plan_begins_as_its_request_ended(sample: duckdb.DuckDBPyConnection) -> None:
    """Same child, same day, same need; only children whose plan has ceased since are missing."""
    ((issued, found, alike),) = sample.execute("""
        select count(*), count(p.plan_id),
            count(*) filter (p.start_date = r.assessment_outcome_date and p.primary_need = r.primary_need)
        from last_ehc_requests as r left join last_ehc_plans as p using (child_id) where r.assessment_outcome = 'Y'
    """).fetchall()
    assert found > issued * 0.9
    assert alike == found


def test_histories_send_again_what_they_sent(sample: duckdb.DuckDBPyConnection) -> None:
    """A later history holds every row of an earlier one; what was decided then stays decided."""
    for extract, key in (("ehc_requests", "request_id"), ("suspensions_exclusions", "event_id")):
        assert not sample.execute(f"""
            select {key} from {extract} where {key} not in (select {key} from last_{extract}) limit 3
        """).fetchall()
    assert not sample.execute("""
        select e.request_id from ehc_requests as e join last_ehc_requests as l using (request_id)
        where e.received_date <> l.received_date or e.request_outcome <> 'A' and e.request_outcome <> l.request_outcome
           or e.assessment_outcome in ('Y', 'N') and e.assessment_outcome_date <> l.assessment_outcome_date limit 3
    """).fetchall()


def test_histories_reach_back_over_the_rolling_year_before_the_first_month(sample: duckdb.DuckDBPyConnection) -> None:
    ((requests, events),) = sample.execute("""
        select (select min(received_date) from ehc_requests), (select min(start_date) from suspensions_exclusions)
    """).fetchall()
    assert requests < "2021-02"
    assert events < "2022-10"


def test_linking_finds_most_by_upn_some_by_nhs_number_and_misses_some(sample: duckdb.DuckDBPyConnection) -> None:
    """Among open cases of June 2025; those alike are of the same birth, sex and ward."""
    by_upn, by_nhs_number, missed = sample.execute("""
        with cases as (select * from open_cases where reporting_month = '2025-06'),
        plans as (select * from ehc_plans where reporting_month = '2025-06'),
        linked as (
            select upn in (select upn from plans where upn is not null) as by_upn,
                nhs_number in (select nhs_number from plans where nhs_number is not null) as by_nhs_number,
                (date_of_birth, sex, ward) in (select (date_of_birth, sex, ward) from plans) as alike
            from cases
        )
        select count(*) filter (by_upn), count(*) filter (by_nhs_number and by_upn is not true),
            count(*) filter (alike and by_upn is not true and by_nhs_number is not true)
        from linked
    """).fetchall()[0]
    assert by_upn + by_nhs_number == 276
    assert by_nhs_number >= 10
    assert missed >= 10
