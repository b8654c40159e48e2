"""A mistake in a definition becomes one plain sentence, with the word that was probably meant."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from data_contracts import Mistakes
from metrics.catalogue import HERE, load

METRIC = "ehc_plans/ehcp_issued_within_20_weeks_pct.yaml"
PLACE = f"metrics/definitions/{METRIC}"
UNKNOWN_CAVEAT = "caveat backlog_lower_percentage is not in the list; did you mean backlog_lowers_percentage?"


@pytest.fixture
def definitions(tmp_path: Path) -> Path:
    """A folder of definitions that holds one, free to be spoilt."""
    (tmp_path / "ehc_plans").mkdir()
    shutil.copy(HERE / METRIC, tmp_path / METRIC)
    return tmp_path


def spoil(definitions: Path, before: str, after: str) -> tuple[str, ...]:
    path = definitions / METRIC
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(Mistakes) as mistakes:
        load(definitions)
    return mistakes.value.sentences


def test_an_unspoilt_copy_loads(definitions):
    assert list(load(definitions)) == ["ehcp_issued_within_20_weeks_pct"]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("headline:", "headlin:", '"headlin" is not a known key; did you mean headline?'),
        ("numerator: days", "numerater: days", '"numerater" is not a known key; did you mean numerator?'),
        ("question: Are new plans finished within the legal limit?\n", "", '"question" is missing'),
        ("numerator: days_to_issue <= 140\n", "", "shape share needs numerator"),
        ("shape: share\n", "shape: share\nof: days_to_issue\n", "shape share has no use for of"),
        ("unit: percent", "unit: count", "a share is counted in percent"),
        ("[backlog_lowers_", "[backlog_lower_", UNKNOWN_CAVEAT),
        ("placed_by: assessment_outcome_date", "placed_by: spell", "placed_by spell needs begins and ends"),
        ("placed_by: assessment_outcome_date", "placed_by: snapshot",
         "placed_by snapshot describes a moment, so its only grain is month"),
        ("lane: computed", "lane: return", "lane return and shape returned belong together"),
        ("theme: ehc_plans", "theme: ehc_plan", '"theme" is not the folder\'s name'),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(definitions, before, after, sentence):
    assert spoil(definitions, before, after) == (f"{PLACE}: {sentence}",)


def test_a_key_that_is_misspelt_where_it_is_needed_is_unknown_and_missing(definitions):
    said = spoil(definitions, "from: 2014", "form: 2014")
    assert set(said) == {
        f'{PLACE}: "target.0.form" is not a known key; did you mean from?',
        f'{PLACE}: "target.0.from" is missing',
    }


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ("unit: percent", "unit: percnt", "unit"),
        ("direction: higher_better", "direction: up", "direction"),
        ("[month, calendar_ytd", "[month, calender_ytd", "grains.1"),
        ("from: mart.ehc_request", "from: staging.ehc_request", "from"),
        ("outcome: 2", "outcome: 7", "outcome"),
        ("period: 2025-09", "period: September", "example.period"),
        ("extracts: [education/ehc_requests]", "extracts: []", "extracts"),
    ],
)
def test_a_word_that_is_not_in_the_list_is_one_sentence_with_its_place(definitions, before, after, place):
    (said,) = spoil(definitions, before, after)
    assert said.startswith(f'{PLACE}: "{place}": ')
    assert "\n" not in said


def test_all_mistakes_of_all_definitions_are_said_at_once(definitions):
    other = "ehc_plans/ehc_requests_count.yaml"
    text = (HERE / other).read_text(encoding="utf-8")
    (definitions / other).write_text(text.replace("version: 1", "versoin: 1"), encoding="utf-8")
    said = spoil(definitions, "headline:", "headlin:")
    assert [one.split(":")[0] for one in said] == [f"metrics/definitions/{other}", PLACE]


def test_two_themes_cannot_have_a_metric_of_the_same_name(definitions):
    (definitions / "health_waits").mkdir()
    text = (definitions / METRIC).read_text(encoding="utf-8").replace("theme: ehc_plans", "theme: health_waits")
    (definitions / "health_waits" / Path(METRIC).name).write_text(text, encoding="utf-8")
    with pytest.raises(Mistakes, match="another theme has a metric of this name"):
        load(definitions)
