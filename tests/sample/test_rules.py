"""Every row the sample delivers keeps what the contracts promise: codes, keys, dates, and the rules between columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pytest
import yaml

import data_contracts
from data_contracts.contract import Column, Contract, Kind, Type
from sample_data.children import WARDS
from sample_data.generate import EXTRACTS
from sample_data.schools import SCHOOLS
from tests.sample.promises import (
    CODES,
    COLUMNS,
    DATES,
    KEYS,
    NO,
    REQUIRED,
    RETURNED,
    RETURNED_BEFORE_RECORDS,
    RULES,
)


def _each(table: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str, str]]:
    return [(extract, name, what) for extract, entries in table.items() for name, what in entries.items()]


def _each_column(table: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(extract, column) for extract, columns in table.items() for column in columns.split()]


def _extracts_with(column: str) -> list[str]:
    return [extract for extract, columns in COLUMNS.items() if column in columns.split()]


def _offenders(sample: duckdb.DuckDBPyConnection, extract: str, condition: str) -> list[tuple[object, ...]]:
    return sample.execute(f"select * from {extract} where {condition} limit 3").fetchall()


def test_every_extract_is_tested_here() -> None:
    names = {extract.split("/")[1] for extract in EXTRACTS}
    for table in (COLUMNS, KEYS, CODES, DATES, REQUIRED):
        assert sorted(table) == sorted(names)


@pytest.mark.parametrize("extract", COLUMNS)
def test_columns_are_the_canonical_ones_in_order(sample: duckdb.DuckDBPyConnection, extract: str) -> None:
    columns = [row[0] for row in sample.execute(f"describe {extract}").fetchall()]
    assert columns == [*COLUMNS[extract].split(), "agency", "reporting_month", "month_end"]


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
    for number in {"upn", "nhs_number"} & set(COLUMNS[extract].split()):
        assert not sample.execute(f"""
            select {number} from (select {number}, date_of_birth, sex from {extract}
                union select {number}, date_of_birth, sex from ehc_plans)
            where {number} is not null group by {number} having count(*) > 1 limit 3
        """).fetchall()


def test_wards_are_those_of_the_local_area(sample: duckdb.DuckDBPyConnection) -> None:
    area = yaml.safe_load((Path(data_contracts.__file__).parent / "local_area.yaml").read_text(encoding="utf-8"))
    assert set(WARDS) == set(area["wards"])
    for extract in _extracts_with("ward"):
        assert {r[0] for r in sample.execute(f"select distinct ward from {extract}").fetchall()} - {None} <= set(WARDS)


def test_school_numbers_are_those_of_the_sample_schools(sample: duckdb.DuckDBPyConnection) -> None:
    urns = {school.urn for school in SCHOOLS}
    assert len(urns) == len(SCHOOLS)
    for extract in _extracts_with("school_urn"):
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
    for extract, key in (
        ("ehc_requests", "request_id"),
        ("suspensions_exclusions", "event_id"),
        ("annual_reviews", "review_id"),
        ("disputes", "case_id"),
        ("early_years_inclusion", "record_id"),
        ("ehc_advice", "advice_id"),
        ("complex_needs", "event_id"),
    ):
        assert not sample.execute(f"""
            select {key} from {extract} where {key} not in (select {key} from last_{extract}) limit 3
        """).fetchall()
    assert not sample.execute("""
        select e.request_id from ehc_requests as e join last_ehc_requests as l using (request_id)
        where e.received_date <> l.received_date or e.request_outcome <> 'A' and e.request_outcome <> l.request_outcome
           or e.assessment_outcome in ('Y', 'N') and e.assessment_outcome_date <> l.assessment_outcome_date limit 3
    """).fetchall()
    assert not sample.execute("""
        select review_id from annual_reviews as e join last_annual_reviews as l using (review_id)
        where e.due_date <> l.due_date or e.decision_date <> l.decision_date or e.decision <> l.decision limit 3
    """).fetchall()


def test_histories_reach_back_over_the_rolling_year_before_the_first_month(sample: duckdb.DuckDBPyConnection) -> None:
    for extract, column, before in (
        ("ehc_requests", "received_date", "2021-02"),
        ("suspensions_exclusions", "start_date", "2022-10"),
        ("annual_reviews", "due_date", "2021-10"),
        ("attendance", "month", "2022-10"),
        ("disputes", "opened_date", "2021-10"),
        ("early_years_inclusion", "record_date", "2021-10"),
        ("ehc_advice", "requested_date", "2021-10"),
        ("complex_needs", "event_date", "2022-01"),
    ):
        ((earliest,),) = sample.execute(f"select min({column}) from {extract}").fetchall()
        assert earliest < before, extract


def test_reviews_and_costs_are_of_plans_maintained(sample: duckdb.DuckDBPyConnection) -> None:
    """Reviews name the plan's child and need; the placements that go on are those of the plans, one for each."""
    assert not sample.execute("""
        select r.plan_id from last_annual_reviews as r join last_ehc_plans as p using (plan_id)
        where (r.child_id, r.primary_need) <> (p.child_id, p.primary_need) limit 3
    """).fetchall()
    ((known, together),) = sample.execute("""
        select count(distinct plan_id), count(distinct plan_id) filter (plan_id in (select plan_id from ehc_plans))
        from last_annual_reviews where due_date >= '2023-10-01'
    """).fetchall()
    assert together == known
    assert not sample.execute("""
        select p.plan_id, p.reporting_month from ehc_plans as p full join (
            select * from placement_costs where end_date is null
        ) as c using (plan_id, reporting_month)
        where p.placement_type is distinct from c.placement_type limit 3
    """).fetchall()


def test_plans_that_health_or_care_pay_for_are_the_jointly_funded_ones(sample: duckdb.DuckDBPyConnection) -> None:
    assert not sample.execute("""
        select p.plan_id from ehc_plans as p join placement_costs as c using (plan_id, reporting_month)
        where c.end_date is null
            and (coalesce(p.joint_funded, '') in ('health', 'both') <> (c.health_contribution::int > 0)
                or coalesce(p.joint_funded, '') in ('social_care', 'both') <> (c.care_contribution::int > 0)) limit 3
    """).fetchall()


def test_advice_is_asked_for_when_an_assessment_is_agreed(sample: duckdb.DuckDBPyConnection) -> None:
    ((asked, agreed),) = sample.execute("""
        select count(*), count(*) filter (r.request_outcome = 'Y' and a.requested_date >= r.request_outcome_date)
        from last_ehc_advice as a left join last_ehc_requests as r using (request_id)
    """).fetchall()
    assert asked == agreed > 0


def test_disputes_about_refusals_are_of_refused_children(sample: duckdb.DuckDBPyConnection) -> None:
    assert not sample.execute("""
        select case_id from last_disputes where issue = 'refusal_to_assess' and child_id is not null
            and child_id not in (select child_id from last_ehc_requests where request_outcome = 'N') limit 3
    """).fetchall()


def test_the_roll_holds_the_children_of_the_city(sample: duckdb.DuckDBPyConnection) -> None:
    """About 46,000 pupils; one main registration each, a second one at a pupil referral unit."""
    for pupils, rows, least, most in sample.execute("""
        with pupils as (
            select reporting_month, upn, count(*) as registrations, count(*) filter (enrolment = 'C') as single,
                count(*) filter (enrolment = 'M') as main, count(*) filter (enrolment = 'S') as second
            from school_roll group by all
        )
        select count(*), sum(registrations), min(2 * single + main + second), max(2 * single + main + second)
        from pupils group by reporting_month
    """).fetchall():
        assert 44_500 < pupils < 48_500
        assert pupils < rows < pupils + 150
        assert (least, most) == (2, 2)


def test_pupils_with_a_plan_on_the_roll_have_one(sample: duckdb.DuckDBPyConnection) -> None:
    ((pupils, holders),) = sample.execute("""
        select count(distinct upn), count(distinct upn) filter (
            date_of_birth in (select date_of_birth from last_ehc_plans)
        ) from last_school_roll where sen_provision = 'E'
    """).fetchall()
    assert pupils == holders
    ((held, on_roll),) = sample.execute("""
        select count(*), count(*) filter (upn in (select upn from last_school_roll where sen_provision = 'E'))
        from last_ehc_plans
        where upn is not null and placement_type in ('erp', 'sen_unit', 'state_special', 'alternative_provision')
    """).fetchall()
    assert on_roll > 0.88 * held  # some have moved out of the area's schools, some special schools keep the over-18s


def test_attendance_is_of_pupils_on_roll(sample: duckdb.DuckDBPyConnection) -> None:
    for month in ("2023-09", "2024-06", "2025-03", "2025-09"):
        ((rows, on_roll, missing),) = sample.execute(f"""
            with roll as (select upn, school_urn, sen_provision, phase, nc_year from school_roll
                where reporting_month = '{month}' and phase <> 'post_16'),
            rows as (select upn, school_urn, sen_provision, phase from attendance where month = '{month}')
            select (select count(*) from rows),
                (select count(*) from rows join roll using (upn, school_urn, sen_provision, phase)),
                (select count(*) from roll anti join rows using (upn, school_urn))
        """).fetchall()
        assert rows == on_roll > 40_000
        assert missing == 0


def test_most_of_those_suspended_or_on_a_part_time_timetable_are_on_the_roll(
    sample: duckdb.DuckDBPyConnection,
) -> None:
    for extract in ("suspensions_exclusions", "part_time_timetables"):
        ((pupils, on_roll),) = sample.execute(f"""
            with those as (select distinct upn, strftime(start_date::date, '%Y-%m') as month from last_{extract}
                where start_date between '2024-09-01' and '2025-07-31')
            select count(*), count(*) filter (
                (upn, month) in (select (upn, reporting_month) from school_roll)
            ) from those
        """).fetchall()
        assert on_roll > 0.97 * pupils


def test_absence_is_uneven(sample: duckdb.DuckDBPyConnection) -> None:
    """More in winter than in September; some persistently, few severely absent."""
    winter, autumn = (
        sample.execute(f"""
            select 1 - sum(sessions_attended::int) / sum(sessions_possible::int) from attendance where month = '{month}'
        """).fetchall()[0][0]
        for month in ("2024-12", "2024-09")
    )
    assert winter > autumn * 1.2
    ((persistent, severe),) = sample.execute("""
        select avg((attended <= 0.9 * possible)::int), avg((attended <= 0.5 * possible)::int) from (
            select sum(sessions_attended::int) as attended, sum(sessions_possible::int) as possible from attendance
            where month between '2024-09' and '2025-07' group by upn
        )
    """).fetchall()
    assert 0.12 < persistent < 0.3
    assert 0.004 < severe < 0.05


def test_places_filled_in_special_schools_are_those_of_plans(sample: duckdb.DuckDBPyConnection) -> None:
    assert not sample.execute("""
        select reporting_month, school_urn from specialist_places as s where place_type = 'special'
            and filled_places::int <> (
                select count(*) from ehc_plans as p where p.reporting_month = s.reporting_month
                    and p.school_urn = s.school_urn
            ) limit 3
    """).fetchall()


@pytest.mark.parametrize("agency", RETURNED)
def test_an_agency_returns_every_metric_it_counts_and_no_other(sample: duckdb.DuckDBPyConnection, agency: str) -> None:
    found = {
        row[0]
        for row in sample.execute(f"select indicator_id from indicator_return where agency = '{agency}'").fetchall()
    }
    before = set(RETURNED_BEFORE_RECORDS.split()) if agency == "education" else set()
    assert found == set(RETURNED[agency].split()) | before


def test_a_return_is_never_without_a_figure(sample: duckdb.DuckDBPyConnection) -> None:
    months = sample.execute(
        "select agency, count(distinct reporting_month) from indicator_return group by 1"
    ).fetchall()
    assert sorted(months) == [("care", 25), ("education", 25), ("health", 25), ("partnership", 25)]


@pytest.mark.parametrize("contract", data_contracts.load().values(), ids=lambda contract: contract.id)
def test_no_row_breaks_its_contract(sample: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Types, code lists, ranges, forms and rules, as the contract has them."""
    database = sample.execute("select path from duckdb_databases() where database_name = current_database()").fetchall()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{database[0][0]}' as sample (read_only)")
        connection.execute("create schema reference")
        connection.execute("""
            create table reference.metric
                (metric_id varchar, agency varchar, lane varchar, unit varchar, first_month date)
        """)
        for agency, lane, first, metrics in (
            *((agency, "return", None, metrics) for agency, metrics in RETURNED.items()),
            ("education", "computed", "2023-09-01", RETURNED_BEFORE_RECORDS),
        ):
            for metric in metrics.split():
                unit = {"pct": "percent", "score": "score"}.get(metric.rpartition("_")[2], "count")
                row = (metric, agency, lane, unit, first)
                connection.execute("insert into reference.metric values (?, ?, ?, ?, ?)", row)
        columns = ", ".join(f"{_cast(column)} as {column.name}" for column in contract.columns)
        of_value = ", length(split_part(value, '.', 2)) as value_decimals, ends_with(value, '%') as value_is_percent"
        told = of_value if contract.kind is Kind.RETURN else ""
        connection.execute(f"""
            create view batch as
            select 0 as line_number, []::varchar[] as faults, month_end, {columns} {told}
            from sample.{contract.extract} where agency = '{contract.agency}'
        """)
        for broken in _broken(contract):
            assert not connection.execute(f"select * from batch where {broken} limit 3").fetchall(), broken


def _cast(column: Column) -> str:
    types = {Type.INT: "int", Type.NUMBER: "double", Type.DATE: "date", Type.BOOL: "boolean"}
    name = f"{column.name} || '-01'" if column.type is Type.MONTH else column.name
    return f"({name})::{types.get(column.type, 'date' if column.type is Type.MONTH else 'varchar')}"


def _broken(contract: Contract) -> Iterator[str]:
    for column in contract.columns:
        if column.required:
            yield f"{column.name} is null"
        if column.codes:
            yield f"{column.name} not in {column.codes}" if len(column.codes) > 1 else "false"
        if column.minimum is not None:
            yield f"{column.name} not between {column.minimum} and {column.maximum}"
        if column.pattern:
            yield f"not regexp_matches({column.name}, '{column.pattern}')"
        if column.type in (Type.DATE, Type.MONTH) and not column.may_lie_ahead:
            yield f"{column.name} > month_end"
    for rule in contract.rules:
        yield rule.query.partition(" where ")[2].replace("{{", "{").replace("}}", "}")


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
