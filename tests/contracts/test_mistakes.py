"""A mistake in a contract or in the local area becomes one plain sentence, with the word that was probably meant."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from data_contracts import Mistakes, load, load_local_area
from data_contracts.contract import HERE
from data_contracts.mistakes import nearest

EXTRACT = "health/nd_referrals"
PLACE = "data_contracts/health/nd_referrals.yaml"
KEYED = "        primaryKey: true\n        primaryKeyPosition: 1\n"


@pytest.fixture
def contracts(tmp_path: Path) -> Path:
    """A folder of contracts that holds one, free to be spoilt."""
    folder = tmp_path / "data_contracts"
    (folder / "health").mkdir(parents=True)
    shutil.copy(HERE / f"{EXTRACT}.yaml", folder / "health")
    return folder


def spoil(contracts: Path, before: str, after: str) -> tuple[str, ...]:
    """Replaces a passage of the contract and returns the sentences that loading it gives."""
    path = contracts / f"{EXTRACT}.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(Mistakes) as mistakes:
        load(contracts)
    return mistakes.value.sentences


def test_an_unspoilt_copy_loads(contracts):
    assert list(load(contracts)) == [EXTRACT]


def test_an_unknown_key_is_named_with_the_nearest_one(contracts):
    said = spoil(contracts, "        required: true", "        requird: true")
    assert said == (f'{PLACE}: "schema.0.properties.0.requird" is not a known key; did you mean required?',)


def test_an_unknown_custom_property_is_named_with_the_nearest_one(contracts):
    said = spoil(contracts, "- property: reference", "- property: referense")
    assert said == (f'{PLACE}: ward: custom property "referense" is not known; did you mean reference?',)


def test_what_is_missing_is_named(contracts):
    assert spoil(contracts, "        description: Pathway.\n", "") == (
        f'{PLACE}: "schema.0.properties.8.description" is missing',
    )


def test_a_type_nobody_knows_is_one_sentence(contracts):
    (said,) = spoil(contracts, "physicalType: date", "physicalType: datum")
    assert said.startswith(f'{PLACE}: "schema.0.properties.4.physicalType": ')
    assert "date" in said


def test_a_code_without_a_label_is_one_sentence(contracts):
    said = spoil(contracts, "validValues: [routine, urgent]", "validValues: [routine, urgent, later]")
    assert said == (f"{PLACE}: priority: validValues and labels name different codes",)


def test_a_kind_that_does_not_exist_is_one_sentence(contracts):
    said = spoil(contracts, "value: snapshot", "value: snapshoot")
    assert said == (f'{PLACE}: "kind" is one of history, snapshot, spells, return',)


def test_a_history_without_its_date_says_which_column_was_meant(contracts):
    said = spoil(contracts, "value: snapshot", "value: history\n      - property: datedBy\n        value: referal_date")
    assert said == (f'{PLACE}: column "referal_date" (datedBy) is not in the contract; did you mean referral_date?',)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("property: dueDay", "property: due", f"{PLACE}: slaProperties have no dueDay"),
        (KEYED, "", f"{PLACE}: no column is part of the primary key"),
        ("domain: health", "domain: care", f'{PLACE}: "domain" is not the folder\'s agency'),
        ("- name: nd_referrals", "- name: referrals", f'{PLACE}: the table is called "referrals", the file is not'),
    ],
)  # fmt: skip
def test_what_a_contract_must_say_of_itself_is_asked_for(contracts, before, after, sentence):
    assert spoil(contracts, before, after) == (sentence,)


def test_a_rule_whose_query_is_no_query_of_rows_is_one_sentence(contracts):
    begins = "select line_number from {batch} where "
    (said,) = spoil(contracts, f"{begins}closed_date", "select * from {batch} where closed_date")
    assert said == f'{PLACE}: rule closed_date_before_referral_date: its query begins "{begins}"'


def test_unreadable_yaml_is_one_sentence_with_its_line(contracts):
    said = spoil(contracts, "kind: DataContract", "kind: [DataContract")
    assert len(said) == 1
    assert said[0].startswith(f"{PLACE}: is not readable YAML at line ")


def test_a_file_that_holds_no_keys_is_one_sentence(contracts):
    (contracts / f"{EXTRACT}.yaml").write_text("- nothing\n", encoding="utf-8")
    with pytest.raises(Mistakes) as mistakes:
        load(contracts)
    assert mistakes.value.sentences == (f"{PLACE}: should hold keys and values",)


def test_all_mistakes_of_all_files_are_said_at_once(contracts):
    (contracts / "care").mkdir()
    shutil.copy(HERE / "care" / "open_cases.yaml", contracts / "care")
    other = contracts / "care" / "open_cases.yaml"
    other.write_text(other.read_text(encoding="utf-8").replace("domain: care", "domain: car"), encoding="utf-8")
    said = spoil(contracts, "value: snapshot", "value: snapshoot")
    assert [one.split(":")[0] for one in said] == ["data_contracts/care/open_cases.yaml", PLACE]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("dfe_code:", "dfe_cod:", '"dfe_cod" is not a known key; did you mean dfe_code?'),
        ("region: East Midlands\n", "", '"region" is missing'),
        ("public: {below: 0}", "public: {bellow: 0}", '"disclosure.policies.public.bellow" is not a known key'),
    ],
)
def test_a_mistake_in_the_local_area_is_one_sentence(tmp_path, before, after, sentence):
    text = (HERE / "local_area.yaml").read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "local_area.yaml"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(Mistakes) as mistakes:
        load_local_area(path)
    assert any(one.startswith(f"data_contracts/local_area.yaml: {sentence}") for one in mistakes.value.sentences)


def test_the_nearest_word_is_offered_only_when_it_is_near():
    assert nearest("ward_cod", ["ward", "sex", "phase"]) == "; did you mean ward?"
    assert nearest("zzz", ["ward", "sex", "phase"]) == ""
