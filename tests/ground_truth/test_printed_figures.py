"""The whole way, from the default sample to the warehouse: the figures that the partnership has printed come out."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from drawing.wording import rounded
from pipelines.progress import Steps
from pipelines.refresh import refresh
from pipelines.store import Store
from sample_data.generate import write


class Figure(NamedTuple):
    """A printed value: which cell it is, and to how many decimals it was printed."""

    metric: str
    grain: str
    month: str
    value: float
    by: str = "all"
    category: str = "all"
    places: int = 0

    def __str__(self) -> str:
        return f"{self.metric} {self.grain} {self.month} {self.category}"


IN_TIME, IN_TIME_EXCLUDING = "ehcp_issued_within_20_weeks_pct", "ehcp_issued_within_20_weeks_excl_exceptions_pct"
FIGURES = [
    Figure("ehc_requests_count", "calendar_ytd", "2023-12", 775),
    Figure("ehc_requests_count", "calendar_ytd", "2024-12", 795),
    Figure(IN_TIME, "calendar_ytd", "2025-08", 35.0, places=1),
    Figure(IN_TIME_EXCLUDING, "month", "2025-07", 100),
    Figure(IN_TIME_EXCLUDING, "month", "2025-08", 100),
    Figure(IN_TIME_EXCLUDING, "month", "2025-09", 100),
    Figure("ehcp_caseload_count", "month", "2025-08", 4271),
    Figure("suspensions_count", "academic_ytd", "2025-08", 3928),
    Figure("suspensions_count", "academic_ytd", "2025-07", 3516),
    Figure("suspensions_count", "academic_ytd", "2025-07", 353, "phase", "primary"),
    Figure("suspensions_count", "academic_ytd", "2025-07", 3163, "phase", "secondary"),
    Figure("permanent_exclusions_count", "academic_ytd", "2025-08", 46),
    Figure("permanent_exclusions_count", "academic_ytd", "2025-08", 37, "phase", "secondary"),
    Figure("permanent_exclusions_count", "academic_ytd", "2025-08", 9, "phase", "primary"),
    Figure("ehe_count", "month", "2025-08", 726),
    Figure("ehe_count", "month", "2025-09", 726),
    Figure("ehe_count", "month", "2025-09", 72, "sen_provision", "E"),
    Figure("nd_waiting_count", "month", "2024-08", 1332),
    Figure("nd_waiting_count", "month", "2025-06", 1530),
    Figure("nd_waiting_count", "month", "2025-08", 1530),
    Figure("nd_avg_wait_weeks", "month", "2024-08", 46),
    Figure("nd_avg_wait_weeks", "month", "2025-06", 69),
    Figure("nd_avg_wait_weeks", "month", "2025-08", 67),
    Figure("nd_referrals_count", "month", "2024-08", 28),
    Figure("nd_referrals_count", "month", "2025-06", 108),
    Figure("social_care_ehcp_count", "month", "2025-06", 80, "status", "CLA"),
    Figure("social_care_ehcp_count", "month", "2025-06", 116, "status", "CIN"),
    Figure("social_care_ehcp_count", "month", "2025-06", 26, "status", "CP"),
    Figure("social_care_ehcp_count", "month", "2025-06", 54, "status", "EH"),
    Figure("camhs_waiting_count", "month", "2025-09", 97),
    Figure("camhs_avg_wait_weeks", "month", "2025-09", 12),
]


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], tuple[float | None, str]]:
    """Value and status of every cell measured from the default sample."""
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
    return {tuple(key): (value, status) for *key, value, status in found}


@pytest.mark.parametrize("figure", FIGURES, ids=str)
def test_a_printed_figure_comes_out(cells, figure):
    value, status = cells[figure.metric, figure.grain, figure.month, figure.by, figure.category]
    assert status == "ok"
    assert value is not None
    assert float(rounded(value, figure.places)) == figure.value


def test_the_default_sample_leaves_no_month_without_its_figures(cells):
    by_month = {(metric, month) for metric, grain, month, by, _ in cells if (grain, by) == ("month", "all")}
    metrics = {metric for metric, _ in by_month}
    assert len(by_month) == 25 * len(metrics)
    assert {status for key, (_, status) in cells.items() if key[1] == "month"} <= {"ok", "z"}
