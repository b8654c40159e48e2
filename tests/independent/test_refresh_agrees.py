"""A year with a leap day in which every extract and return is sent: every metric of the catalogue is compared."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.independent.agreement import ROOT, Agreement, Step, counted_by_their_agencies, metrics_in, refresh_once
from tests.independent.calculation import METRIC_BY_ID
from tests.independent.cells import key_of
from tests.independent.metric import has_dimension
from tests.independent.periods import months_between
from tests.independent.returned import RETURNED_BY_ID


@pytest.fixture(scope="module")
def step(tmp_path_factory: pytest.TempPathFactory) -> Step:
    case = {"seed": 4171, "months": months_between("2023-09", "2024-09"), "children": 300}
    return refresh_once(tmp_path_factory.mktemp("independent"), case)


@pytest.fixture(scope="module")
def definitions() -> dict[str, dict[str, Any]]:
    """What the product's catalogue says of each metric."""
    files = (ROOT / "metrics" / "definitions").rglob("*.yaml")
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in files}


@pytest.fixture(scope="module")
def compared(step) -> list[dict[str, Any]]:
    """The cells that both have and that are a number other than zero."""
    expected = {key_of(cell) for cell in step.expected if cell["status"] == "ok" and cell["value"]}
    return [cell for cell in step.measured if cell["status"] == "ok" and key_of(cell) in expected]


class TestAYearInWhichEverythingIsSent(Agreement):
    def test_190_metrics_of_the_catalogue_are_calculated_a_second_time(self, definitions):
        # A metric that is added needs one file, its definition; its second author may come later.
        lanes = dict.fromkeys(METRIC_BY_ID, "computed") | dict.fromkeys(RETURNED_BY_ID, "return")
        assert len(lanes) == 190
        assert {name: definitions[name]["lane"] for name in lanes} == lanes

    def test_each_of_them_has_numbers_to_compare(self, compared):
        assert metrics_in(compared) == {*METRIC_BY_ID, *RETURNED_BY_ID}

    def test_every_grain_and_every_dimension_of_a_computed_metric_has_numbers_to_compare(
        self, step, definitions, compared
    ):
        counted = counted_by_their_agencies(step)
        found = {
            (cell["metric_id"], cell["grain"], cell["dimension"])
            for cell in compared
            if key_of(cell) not in counted and cell["category"] not in ("unknown", "unknown*unknown")
        }
        wanted = {
            (name, grain, dimension)
            for name, metric in METRIC_BY_ID.items()
            for grain in definitions[name]["grains"]
            for dimension in ("all", *definitions[name].get("dimensions", ()))
            if dimension == "all" or has_dimension(metric, dimension, grain)
        }
        assert wanted == found
        assert {name for name, _, _ in wanted} == set(METRIC_BY_ID)
        every = {(name, dimension) for name in METRIC_BY_ID for dimension in definitions[name].get("dimensions", ())}
        assert every <= {(name, dimension) for name, _, dimension in wanted}
