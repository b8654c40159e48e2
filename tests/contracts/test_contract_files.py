"""Every contract, found by listing the folders, is a public standard's file that says what our code relies on."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
import yaml
from datacontract.data_contract import DataContract

from data_contracts import load, load_local_area
from data_contracts.contract import HERE, Kind, Type
from data_contracts.local_area import ward_key
from metrics import catalogue
from pipelines import warehouse
from pipelines.rules import SELECT, checks
from pipelines.staging import desk_table, stage
from pipelines.values import DATE_FORMATS
from tests.pipelines.inbox import empty_warehouse

FILES = sorted(HERE.glob("*/*.yaml"))
CONTRACTS = load()
AREA = load_local_area()

every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
every_contract = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)


def test_every_file_below_an_agency_is_a_contract():
    assert set(CONTRACTS) == {f"{path.parent.name}/{path.stem}" for path in FILES}
    assert {contract.agency for contract in CONTRACTS.values()} <= set(AREA.agencies)


@every_file
def test_the_public_linter_passes(path: Path):
    result = DataContract(data_contract_file=str(path)).lint()
    assert result.result == "passed", [check.reason for check in result.checks or ()]


@every_file
def test_codes_and_their_labels_agree_and_every_label_says_something(path: Path):
    for column in yaml.safe_load(path.read_text(encoding="utf-8"))["schema"][0]["properties"]:
        codes = [code for rule in column.get("quality", []) for code in rule["arguments"]["validValues"]]
        custom = {one["property"]: one["value"] for one in column.get("customProperties", [])}
        assert len(codes) == len(set(codes)), column["name"]
        assert set(codes) == set(custom.get("labels", {})), column["name"]
        assert all(str(label).strip() for label in custom.get("labels", {}).values()), column["name"]
        assert set(custom.get("valueAliases", {}).values()) <= set(codes), column["name"]
        assert not {code.lower() for code in codes} & {alias.lower() for alias in custom.get("valueAliases", {})}


@every_contract
def test_every_expectation_says_itself_in_one_sentence(contract):
    for check in checks(contract):
        assert re.fullmatch(r"[A-Za-z][^\n]*[^.\s]\.", check.sentence), f"{check.code}: {check.sentence!r}"
        assert ". " not in check.sentence, f"{check.code}: more than one sentence"


@every_contract
def test_every_check_has_a_code_of_its_own_that_names_its_column(contract):
    codes = [check.code for check in checks(contract)]
    assert len(codes) == len(set(codes))
    names = {column.name for column in contract.columns}
    for check in checks(contract):
        assert check.column in names or check.code.startswith("row_"), check.code
        assert check.column is None or check.code.startswith(f"{check.column}_"), check.code


@every_contract
def test_every_rule_is_a_query_that_runs_on_an_empty_desk(contract):
    with empty_warehouse() as connection:
        stage(connection, contract, AREA, [])
        desk = warehouse.at_desk(connection)
        for rule in contract.rules:
            query = rule.query.replace("{batch}", contract.table).replace("{{", "{").replace("}}", "}")
            assert desk.execute(f"explain {query}").fetchall(), rule.code
        for check in checks(contract):
            assert desk.execute(SELECT.format(batch=contract.table) + check.condition).fetchall() == [], check.code
        assert desk_table(contract) == f"desk.{contract.table}"


@every_contract
def test_a_contract_says_when_it_is_due_how_dates_are_written_and_what_each_column_means(contract):
    assert 1 <= contract.due_days <= 31
    assert contract.date_formats[0] == "yyyy-mm-dd"
    assert set(contract.date_formats) <= set(DATE_FORMATS)
    assert re.fullmatch(r"\d+\.\d+\.\d+", contract.version)
    for text in (contract.purpose, *(column.description for column in contract.columns)):
        assert re.fullmatch(r"[A-Z][^\n]*\.", text), text


@every_contract
def test_key_columns_and_the_date_that_places_a_history_are_required(contract):
    assert all(column.required for column in contract.key)
    assert [column.key_position for column in contract.key] == list(range(1, len(contract.key) + 1))
    if contract.kind is Kind.HISTORY:
        placed = contract.column(contract.dated_by)
        assert placed.required
        assert placed.type in (Type.DATE, Type.MONTH)


@every_contract
def test_whatever_identifies_a_person_or_a_case_is_marked_so(contract):
    others = {"indicator_id"}  # a metric of the catalogue, no person and no case
    for column in contract.columns:
        identifies = column.name in ("upn", "nhs_number") or column.name.endswith("_id")
        assert (column.identifier is not None) == (identifies and column.name not in others), column.name
        assert column.type is Type.DATE or column.name != "date_of_birth"


@every_contract
def test_no_two_columns_answer_to_the_same_header(contract):
    heard = [said for column in contract.columns for said in {column.name, *column.aliases}]
    assert sorted(heard) == sorted(set(heard))


def test_the_same_column_name_means_the_same_type_and_the_same_code_the_same_words_in_every_contract():
    types, words = defaultdict(set), defaultdict(set)
    for contract in CONTRACTS.values():
        for column in contract.columns:
            types[column.name].add((column.type, column.identifier, column.reference))
            for code, label in column.labels.items():
                words[column.name, code].add(label)
    assert {name: found for name, found in types.items() if len(found) > 1} == {}
    assert {name: found for name, found in words.items() if len(found) > 1} == {}


def test_names_of_columns_follow_the_naming_rule():
    for contract in CONTRACTS.values():
        for column in contract.columns:
            assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name)
            assert not column.name.endswith("_date") or column.type is Type.DATE, column.name
            assert column.type is not Type.BOOL or not column.name.endswith(("_date", "_id", "_code")), column.name
            assert column.identifier != "local" or column.name.endswith("_id"), column.name


def test_the_local_area_loads_and_is_whole():
    assert AREA.name == "Derby"
    assert len({ward_key(ward) for ward in AREA.wards}) == len(AREA.wards) == 18
    assert sorted(AREA.outcomes) == [1, 2, 3, 4, 5, 6]
    assert 1 <= AREA.release_quorum <= len(AREA.agencies)
    assert AREA.disclosure.policies["public"].below == 0
    assert AREA.disclosure.policies["default"].below == 5
    used = {one.disclosure for one in catalogue.load().values()}
    assert used <= set(AREA.disclosure.policies)


@pytest.mark.parametrize("said", ["mackworth and new zealand", "Mackworth  &  New Zealand", "MACKWORTH &NEW ZEALAND"])
def test_wards_are_compared_without_case_and_with_and_alike(said):
    assert ward_key(said) == ward_key("Mackworth & New Zealand")
