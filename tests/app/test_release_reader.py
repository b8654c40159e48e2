"""The dashboard reads releases: older formats too, never a newer one, and nothing that is not a release."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from drawing import release
from drawing.labels import THEMES
from metrics.release_format import FORMAT_VERSION, Status
from tests import releases

StoreOf = Callable[[str], Path]


@pytest.fixture
def opened(store_of: StoreOf) -> release.Release:
    return release.Release.open(release.release_path(store_of("full"), releases.RELEASE_ID))


def _changed(folder: Path, statement: str) -> Path:
    path = releases.write_release(folder / "2025-09.r1.duckdb", releases.tables("first_month"))
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)
    return path


def test_a_release_says_what_it_is(opened: release.Release) -> None:
    assert opened.about.release_id == releases.RELEASE_ID
    assert opened.about.reporting_month == date(2025, 9, 30)
    assert opened.about.is_sample


def test_a_series_runs_from_the_oldest_month_to_the_newest(opened: release.Release) -> None:
    ends = [c.period_end for c in opened.series("ehe_count", "month").cells]
    assert ends == releases.month_ends()


def test_headlines_are_the_headline_metrics_by_month_or_by_the_grain_they_have(opened: release.Release) -> None:
    listed = opened.lists().series
    assert [s.metric.metric_id for s in listed] == [m for m, x in opened.metrics.items() if x.headline]
    grains = {s.metric.metric_id: s.grain for s in listed}
    assert grains["mhst_contacts_count"] == "quarter"
    assert set(grains.values()) == {"month", "quarter"}


def test_the_12_months_of_all_headlines_come_with_them_in_one_question(
    opened: release.Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    read = release.Release._read

    def noted(self: release.Release, *question: Any) -> Any:
        asked.append(question[0])
        return read(self, *question)

    monkeypatch.setattr(release.Release, "_read", noted)
    assert opened.lists().series
    over_year = opened.lists().over_year
    assert asked == ["metric_value"]
    assert over_year["permanent_exclusions_count"] == opened.series("permanent_exclusions_count", "rolling_12m")
    assert "ehe_count" not in over_year


def test_the_list_of_a_theme_holds_all_its_metrics(opened: release.Release) -> None:
    listed = [s.metric.metric_id for s in opened.lists("health_waits").series]
    assert listed == [m for m, x in opened.metrics.items() if x.theme == "health_waits"]


def test_metrics_are_in_order_of_their_themes_and_titles(opened: release.Release) -> None:
    places = [(list(THEMES).index(m.theme), m.title.casefold()) for m in opened.metrics.values()]
    assert places == sorted(places)


def test_a_line_for_all_groups_is_not_a_group(tmp_path: Path) -> None:
    path = _changed(tmp_path, "update metric_value set category = 'all' where dimension = 'sex' and category = 'F'")
    found = release.Release.open(path).breakdown("ehe_count", "month", releases.LAST, "sex")
    assert "all" not in {cell.category for cell in found}
    assert found


def test_a_length_of_period_without_a_single_figure_is_not_preferred(tmp_path: Path) -> None:
    values = releases.tables()["metric_value"]
    one = next(row for row in values if row["metric_id"] == "mhst_contacts_count")
    empty = one | {"grain": "month", "value": None, "numerator": None, "denominator": None, "status": "x"}
    releases.write_release(tmp_path / "2025-09.r1.duckdb", releases.tables() | {"metric_value": [*values, empty]})
    found = release.Release.open(tmp_path / "2025-09.r1.duckdb")
    assert found.breakdowns("mhst_contacts_count")["all"] == ["quarter"]
    assert {s.grain for s in found.lists().series if s.metric.metric_id == "mhst_contacts_count"} == {"quarter"}


def test_a_breakdown_is_offered_at_the_grains_it_has(opened: release.Release) -> None:
    found = opened.breakdowns("ehcp_issued_within_20_weeks_pct")
    assert found["ward"] == ["rolling_12m"]
    assert found["phase"] == list(releases.FLOW)


def test_a_column_that_an_older_format_did_not_have_is_null(tmp_path: Path) -> None:
    path = _changed(tmp_path, "alter table metric drop column caveats; drop table benchmark_value")
    older = release.Release.open(path)
    assert all(m.caveats == () for m in older.metrics.values())
    assert older.areas() == ["Derby"]


def test_lineage_tells_which_columns_feed_a_metric(opened: release.Release) -> None:
    found = [(s.extract, s.column) for s in opened.lineage if s.metric_id == "social_care_ehcp_count"]
    assert found == [
        ("care/open_cases", "end_date"),
        ("care/open_cases", "start_date"),
        ("education/ehc_plans", "nhs_number"),
        ("education/ehc_plans", "upn"),
    ]


def test_a_release_from_before_lineage_was_recorded_has_none(tmp_path: Path) -> None:
    assert release.Release.open(_changed(tmp_path, "drop table lineage")).lineage == ()


def test_a_newer_format_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = _changed(tmp_path, f"update release set format_version = {FORMAT_VERSION + 1}")
    with pytest.raises(release.ReleaseError, match="newer version of the pipeline"):
        release.Release.open(path)


def test_a_value_missing_without_a_reason_is_not_available(tmp_path: Path) -> None:
    path = _changed(tmp_path, "update metric_value set value = null where metric_id = 'ehe_count'")
    cells = release.Release.open(path).series("ehe_count", "month").cells
    assert [c.status for c in cells] == [Status.NOT_AVAILABLE]


@pytest.mark.parametrize("content", [b"", b"not a database"])
def test_a_file_that_is_no_release_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "2025-09.r1.duckdb"
    path.write_bytes(content)
    with pytest.raises(release.ReleaseError):
        release.Release.open(path)


@pytest.mark.parametrize("wanted", ["../in_force", "2025-09.r2/../../x", "2025-13.r1", "2025-09.r9", ""])
def test_only_a_release_of_the_store_has_a_path(store_of: StoreOf, wanted: str) -> None:
    with pytest.raises(release.ReleaseError, match="There is no release"):
        release.release_path(store_of("full"), wanted)


def test_a_store_without_a_release_says_so(store_of: StoreOf) -> None:
    with pytest.raises(release.NoReleaseYet):
        release.release_in_force(store_of("none"))


def test_releases_are_listed_oldest_first_by_number(tmp_path: Path) -> None:
    for name in ("2025-09.r10", "2025-09.r9", "2025-08.r1", "notes"):
        releases.write_release(tmp_path / "releases" / f"{name}.duckdb", {})
    assert release.release_ids(tmp_path) == ["2025-08.r1", "2025-09.r9", "2025-09.r10"]


def test_a_release_is_read_and_never_written(opened: release.Release) -> None:
    with pytest.raises(duckdb.Error):
        opened._connection.execute("delete from metric_value")
