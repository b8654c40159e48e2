"""Every definition, found by listing, gives the figure of its own worked example and names only what exists."""

from __future__ import annotations

import re

import pytest
import sqlglot

from data_contracts import load_local_area
from metrics.calculate import example_period
from metrics.catalogue import HERE
from metrics.caveats import CAVEATS
from metrics.definition import Definition, Expected, Shape
from metrics.queries import readable_sql
from pipelines.lineage import Lineage
from pipelines.marts import MARTS, mart_queries
from tests.metrics.marts import CONTRACTS, DEFINITIONS, differs, empty_marts, fill, month_of_example, of_example

COMPUTED = {name: one for name, one in DEFINITIONS.items() if one.shape is not Shape.RETURNED}
WITH_CONDITION = {name: one for name, one in COMPUTED.items() if one.where}
AREA = load_local_area()
LINEAGE = Lineage(CONTRACTS.values())

every_definition = pytest.mark.parametrize("one", DEFINITIONS.values(), ids=DEFINITIONS)
every_computed = pytest.mark.parametrize("one", COMPUTED.values(), ids=COMPUTED)
every_conditional = pytest.mark.parametrize("one", WITH_CONDITION.values(), ids=WITH_CONDITION)


@pytest.fixture(scope="module")
def marts():
    with empty_marts() as connection:
        yield connection


def columns_of(marts, mart: str) -> dict[str, str]:
    return {name: kind for name, kind, *_ in marts.execute(f"describe {mart}").fetchall()}


def test_every_file_below_a_theme_is_a_definition():
    assert sorted(DEFINITIONS) == sorted(path.stem for path in HERE.glob("*/*.yaml"))


@every_definition
def test_the_worked_example_holds(marts, one: Definition):
    cell = of_example(marts, one)
    assert differs(cell, one.example.expect) == []
    assert (cell["status"], cell["period_end"]) == ("ok", example_period(one).end)


@every_definition
def test_a_worked_example_that_is_wrong_is_noticed(marts, one: Definition):
    expect = one.example.expect
    cell = of_example(marts, one)
    for name, value in expect.model_dump().items():
        wrong = Expected(**(expect.model_dump() | {name: 1.0 if value is None else value + 1}))
        assert [said.split(":")[0] for said in differs(cell, wrong)] == [name]


@every_conditional
def test_the_worked_example_notices_when_a_part_of_the_condition_is_left_out(marts, one: Definition):
    whole = sqlglot.condition(str(one.where), dialect="duckdb")
    parts = [part.sql("duckdb") for part in (whole.flatten() if isinstance(whole, sqlglot.exp.And) else [whole])]
    for left_out in parts:
        where = " and ".join(f"({part})" for part in parts if part != left_out) or None
        cell = of_example(marts, one.model_copy(update={"where": where}))
        assert differs(cell, one.example.expect), f"no row of the example fails only: {left_out}"


@every_computed
def test_the_worked_example_notices_another_period(marts, one: Definition):
    earlier = one.example.model_copy(update={"period": "2001-01"})
    assert differs(of_example(marts, one.model_copy(update={"example": earlier})), one.example.expect)


@every_computed
def test_the_query_shown_to_readers_gives_the_figure_that_is_published(marts, one: Definition):
    columns = columns_of(marts, str(one.mart))
    fill(marts, str(one.mart), [])
    cell = of_example(marts, one)
    shown = {
        (grain, end): (numerator, denominator, value)
        for grain, _, end, numerator, denominator, value in marts.execute(readable_sql(one, columns)).fetchall()
    }
    key = (cell["grain"], cell["period_end"])
    assert shown[key] == pytest.approx((cell["numerator"], cell["denominator"], cell["value"]))
    fill(marts, str(one.mart), [])
    assert marts.execute(readable_sql(one, columns)).fetchall() == []


@every_definition
def test_a_returned_figure_has_no_query_and_a_computed_one_has(marts, one: Definition):
    sql = readable_sql(one, columns_of(marts, one.mart or "mart.indicator"))
    assert (sql is None) == (one.lane == "return")


@every_computed
def test_the_extracts_named_are_those_that_feed_the_mart_the_first_one_directly(one: Definition):
    mart = str(one.mart).removeprefix("mart.")
    assert set(one.extracts) == LINEAGE.extracts(one)
    assert len(one.extracts) == len(set(one.extracts))
    assert f"held.{one.extracts[0].replace('/', '__')}" in mart_queries()[mart]


@every_definition
def test_extracts_agency_and_owner_exist(one: Definition):
    assert set(one.extracts) <= set(CONTRACTS)
    assert one.agency in AREA.agencies
    assert one.owner in AREA.agencies
    assert one.outcome in AREA.outcomes
    assert one.disclosure in AREA.disclosure.policies
    assert one.lane == "computed" or one.extracts == (f"{one.agency}/indicator_return",)


@every_computed
def test_every_breakdown_is_something_the_mart_holds(marts, one: Definition):
    columns = columns_of(marts, str(one.mart))
    assert len(one.dimensions) == len(set(one.dimensions))
    for dimension in one.dimensions:
        for part in dimension.split("*"):
            assert part in columns or (part == "age_band" and "birth_month" in columns), dimension


@every_definition
def test_a_definition_is_written_for_its_readers(one: Definition):
    assert re.fullmatch(r"[A-Z0-9][^\n]*[^.\s?]", one.title)
    assert one.question.endswith("?")
    assert re.fullmatch(r"[A-Z][^\n]*\.", one.definition)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", one.metric_id)
    assert not re.search(r"_v\d+$", one.metric_id)
    assert set(one.caveats) <= set(CAVEATS)
    assert all(target.source for target in one.target)


@every_definition
def test_the_period_of_an_example_is_one_the_metric_has(one: Definition):
    assert one.example.grain in one.grains
    assert example_period(one).end.replace(day=1) == month_of_example(one)
    assert len(one.grains) == len(set(one.grains))


def test_every_mart_feeds_a_metric_or_is_where_returns_lie():
    named = {mart for one in COMPUTED.values() for mart in (one.mart, one.denominator_from) if mart}
    used = {mart.removeprefix("mart.") for mart in named}
    assert used | {"indicator"} == {path.stem for path in MARTS.glob("*.sql")}


def test_every_caveat_is_one_or_more_plain_sentences_and_is_used():
    used = {key for one in DEFINITIONS.values() for key in one.caveats}
    assert used == set(CAVEATS)
    assert all(re.fullmatch(r"[A-Z][^\n]*\.", text) for text in CAVEATS.values())
