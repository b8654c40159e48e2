"""The whole way, from the default sample to the warehouse: the figures that the partnership has printed come out."""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path
from typing import NamedTuple, TypeAlias

import duckdb
import pytest

from metrics import catalogue
from pipelines.progress import Steps
from pipelines.refresh import refresh
from pipelines.store import Store
from sample_data.generate import write
from tests.ground_truth.printed import FIGURES, Cell, Figure, of_verdict

DEFINITIONS = catalogue.load()
MONTHS = [f"{at // 12}-{at % 12 + 1:02}" for at in range(2023 * 12 + 8, 2025 * 12 + 9)]  # 2023-09 to 2025-09
# Shares of nobody: no session is possible in August, and no suspension is dated August 2024; of the requests received
# in September 2025, the first month of an academic year, none is finished or has waited 20 weeks.
OF_NOBODY = {
    *product(["attendance_pct", "persistent_absence_pct", "severe_absence_pct"], ["month"], ["2024-08", "2025-08"]),
    ("suspensions_social_care_known_pct", "month", "2024-08"),
    ("ehcp_requests_received_finished_within_20_weeks_pct", "month", "2025-09"),
    ("ehcp_requests_received_finished_within_20_weeks_pct", "academic_ytd", "2025-09"),
}


class Measured(NamedTuple):
    """What a cell holds: a number, or a status that says why there is none."""

    value: float | None
    status: str


Cells: TypeAlias = dict[Cell, Measured]


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Cells:
    """Every cell measured from the default sample, before anything is hidden in it."""
    folder: Path = tmp_path_factory.mktemp("ground_truth")
    write(folder / "inbox")
    store = Store(folder / "store")
    outcome = refresh(store, folder / "inbox", None, is_sample=True, steps=Steps())
    assert (outcome.published, outcome.exit_code, outcome.release_id) == (True, 0, "2025-09.r1")
    with duckdb.connect(str(store.warehouse), read_only=True) as connection:
        found = connection.execute(
            "select metric_id, grain, strftime(period_end, '%Y-%m'), dimension, category, value, status "
            "from measure.metric_value"
        ).fetchall()
    return {Cell(*key): Measured(value, status) for *key, value, status in found}


def _value(cells: Cells, cell: Cell) -> float:
    value, status = cells[cell]
    assert status == "ok"
    assert value is not None
    return value


@pytest.mark.parametrize("figure", of_verdict("exact"), ids=str)
def test_an_exact_figure_comes_out_as_printed(cells: Cells, figure: Figure) -> None:
    assert figure.is_met_by(_value(cells, figure.cell))


@pytest.mark.parametrize("figure", of_verdict("within bound"), ids=str)
def test_an_approximate_figure_comes_out_within_its_bound(cells: Cells, figure: Figure) -> None:
    assert figure.is_met_by(_value(cells, figure.cell))


@pytest.mark.parametrize("figure", of_verdict("no cell"), ids=str)
def test_a_figure_said_to_have_no_cell_has_none(cells: Cells, figure: Figure) -> None:
    assert figure.cell not in cells


def test_timetables_of_any_sen_are_those_of_the_two_provisions_that_are_sen(cells: Cells) -> None:
    """F295, which has no cell: nobody changed provision, so that the provisions also make up all children."""
    (any_sen,) = [figure for figure in FIGURES if figure.id == "F295"]
    at = any_sen.cell
    pupils = {cell.category: _value(cells, cell) for cell in cells if cell[:4] == at[:4]}
    assert set(pupils) == {"N", "K", "E"}
    assert any_sen.is_met_by(pupils["K"] + pupils["E"])
    assert sum(pupils.values()) == _value(cells, at._replace(dimension="all", category="all"))


def test_the_table_holds_every_figure_once_and_each_has_its_verdict() -> None:
    assert len({figure.id for figure in FIGURES}) == len(FIGURES) == 181
    assert Counter(figure.verdict for figure in FIGURES) == {"exact": 165, "within bound": 15, "no cell": 1}


def test_no_cell_is_asked_for_two_different_figures() -> None:
    assert len({figure.cell for figure in FIGURES}) == len({(figure.cell, figure.printed) for figure in FIGURES})


def test_every_figure_is_of_a_metric_grain_and_breakdown_of_the_catalogue() -> None:
    for metric, grain, _, dimension, _ in (figure.cell for figure in FIGURES):
        assert metric in DEFINITIONS
        assert grain in DEFINITIONS[metric].grains
        assert dimension in ("all", *DEFINITIONS[metric].dimensions)


@pytest.mark.parametrize("figure", of_verdict("within bound"), ids=str)
def test_a_bound_lies_within_a_tenth_of_what_was_printed(figure: Figure) -> None:
    assert figure.at_least is not None
    assert figure.below is not None
    assert figure.printed * 9 / 10 <= figure.at_least <= figure.printed <= figure.below <= figure.printed * 11 / 10


def test_an_exact_figure_has_no_bounds_and_one_without_a_cell_has_a_reason() -> None:
    for figure in FIGURES:
        assert (figure.at_least is None) == (figure.below is None) == (figure.verdict != "within bound")
        assert bool(figure.reason) == (figure.verdict == "no cell")


def test_every_metric_of_the_catalogue_has_a_figure_in_the_sample(cells: Cells) -> None:
    assert {cell.metric for cell in cells} == set(DEFINITIONS)


def test_what_is_computed_from_records_has_every_month_of_the_sample(cells: Cells) -> None:
    """What agencies return is as frequent as they count it: a month, a term, a year."""
    wanted = {
        Cell(metric, grain, month, "all", "all")
        for metric, definition in DEFINITIONS.items()
        if definition.lane == "computed"
        for grain in definition.grains
        for month in MONTHS
    }
    assert wanted - cells.keys() == set()


def test_nothing_is_without_a_number_but_shares_of_nobody(cells: Cells) -> None:
    without = {cell for cell, measured in cells.items() if measured.status != "ok"}
    assert without == {Cell(*at, "all", "all") for at in OF_NOBODY}
    assert {cells[cell].status for cell in without} == {"z"}
    assert {cell for cell, measured in cells.items() if measured.value is None} == without
