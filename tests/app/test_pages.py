"""Every page, through the frame, on every kind of release: found by listing, so that a new page is tested too."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from data_contracts.local_area import load_local_area
from drawing import overview
from drawing.deliveries import Delivery
from metrics.release_format import Verdict
from presentation import delivery_tables, metric_parts, overview_table
from tests import releases
from tests.app.cells import cell, metric, series
from tests.app.conftest import ROOT

PAGES = sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "pages").rglob("*.py"))
OVERVIEW, METRIC = "pages/board/overview.py", "pages/explore/metric.py"
DELIVERIES, QUALITY = "pages/assurance/deliveries.py", "pages/assurance/data_quality.py"
DEFINITIONS = "pages/assurance/definitions.py"
# They are in nobody's links but the analyst's (test_monthly_refresh.py opens them as one).
FOR_THE_ANALYST = {page for page in PAGES if page.startswith("pages/analyst/")}
VARIANTS = (*releases.VARIANTS, "none")

StoreOf = Callable[[str], Path]


@pytest.fixture
def opened(store_of: StoreOf, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Opens a page of the app on a variant of the test release, with the parameters of its address."""
    monkeypatch.chdir(ROOT)

    def open_page(page: str, variant: str = "full", **parameters: str) -> AppTest:
        monkeypatch.setenv("INSIGHT_STORE", str(store_of(variant)))
        monkeypatch.delenv("INSIGHT_LOCAL_ROLE", raising=False)
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        app.switch_page(page)
        for name, value in parameters.items():
            app.query_params[name] = value
        return app.run()

    return open_page


def markup(app: AppTest) -> str:
    """Everything the page says in HTML."""
    return "\n".join(element.proto.body for element in app.get("html"))


def words(app: AppTest) -> str:
    """The same as a reader reads it."""
    return html.unescape(re.sub(r"<style.*?</style>|<[^>]+>", " ", markup(app), flags=re.DOTALL)).replace("\u00a0", " ")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_draws_itself_inside_the_frame(opened: Callable[..., AppTest], page: str, variant: str) -> None:
    app = opened(page, variant)
    assert not app.exception
    drawn = markup(app)
    assert drawn.count("<header") == 1
    assert drawn.count("aria-current=page") == (page not in FOR_THE_ANALYST)
    assert drawn.count("<h1 ") == 1 or 'class="state"' in drawn
    assert ("<footer" in drawn) == (variant != "none")
    assert "Something is not right" not in drawn


@pytest.mark.parametrize("variant", releases.VARIANTS)
@pytest.mark.parametrize("page", PAGES)
def test_every_table_can_be_heard_and_every_picture_has_words(
    opened: Callable[..., AppTest], page: str, variant: str
) -> None:
    drawn = markup(opened(page, variant))
    for table in re.findall(r"<table.*?</table>", drawn, flags=re.DOTALL):
        assert "<caption" in table
        headers = re.findall(r"<th\b[^>]*>", table)
        assert headers
        assert all("scope=" in header and "role=" in header for header in headers)
    assert all("alt=" in image for image in re.findall(r"<img[^>]*>", drawn))
    pictures = re.findall(
        r'<img class="(?:spark|marks)"[^>]*alt="([^"]*)"', re.sub(r'<p class="key">.*?</p>', "", drawn)
    )
    assert all(pictures)


@pytest.mark.parametrize("page", PAGES)
def test_a_store_without_a_release_says_how_to_make_one(opened: Callable[..., AppTest], page: str) -> None:
    said = words(opened(page, "none"))
    assert "Nothing has been published yet" in said
    assert "python -m pipelines refresh" in said


@pytest.mark.parametrize("page", PAGES)
def test_the_sample_says_that_it_is_one(opened: Callable[..., AppTest], page: str) -> None:
    assert "Sample data: no real children" in words(opened(page))


def test_the_overview_has_every_headline_measure_with_its_line(opened: Callable[..., AppTest]) -> None:
    drawn = markup(opened(OVERVIEW))
    headline = [s for s in releases.SPECS if s.metric_id not in releases.NOT_HEADLINE]
    assert drawn.count('class="spark"') == len(headline)
    for spec in headline:
        assert f"/metric?metric={spec.metric_id}" in drawn


def test_a_late_agency_is_said_and_its_old_figure_is_not_passed_off_as_new(opened: Callable[..., AppTest]) -> None:
    app = opened(OVERVIEW)
    row = re.search(r"nd_waiting_count.*?</tr>", markup(app), flags=re.DOTALL)
    assert row
    assert "[x]" in row[0]
    assert "No figure for September 2025. Last available: 1," in row[0]
    assert "Aug\u00a02025" in row[0]
    assert "late, due 14\u00a0Oct" in row[0]
    assert "No figure to compare" in row[0]


@pytest.mark.parametrize("page", [OVERVIEW, METRIC])
def test_a_wholly_hidden_release_shows_no_figure_at_all(opened: Callable[..., AppTest], page: str) -> None:
    drawn = markup(opened(page, "suppressed"))
    figures = re.findall(r'<td role="cell" class="(?:now|number)"[^>]*>(.*?)</td>|<dd>(<b.*?)<p>', drawn)
    assert figures
    assert all("[c]" in "".join(found) for found in figures)
    assert not re.search(r"(more|fewer|higher|lower|longer|shorter) than", drawn)


def test_the_theme_narrows_the_overview(opened: Callable[..., AppTest]) -> None:
    app = opened(OVERVIEW, theme="health_waits", period="2025-06")
    drawn = markup(app)
    assert drawn.count('class="spark"') == 3
    assert ">Health waits</h1>" in drawn
    assert re.search(r'href="/\?period=2025-06" data-page>Overview, June 2025<', drawn)
    app.selectbox(key="overview_theme").select("all").run()
    assert dict(app.query_params) == {"period": "2025-06"}
    assert ">June 2025</h1>" in markup(app)


def test_every_theme_of_a_measure_opens_and_shows_what_is_no_headline(
    opened: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = releases.tables()
    for row in few["metric"]:
        row["headline"] = row["metric_id"] == "ehe_count"
    releases.write_release(tmp_path / "releases" / f"{releases.RELEASE_ID}.duckdb", few)
    (tmp_path / "in_force").write_text(releases.RELEASE_ID)
    monkeypatch.setattr("presentation.store.store_path", lambda: tmp_path)
    assert markup(opened(OVERVIEW)).count('class="spark"') == 1
    for theme in sorted({row["theme"] for row in few["metric"]}):
        drawn = markup(opened(OVERVIEW, theme=theme))
        assert "There is no theme" not in drawn
        assert drawn.count('class="spark"') == sum(row["theme"] == theme for row in few["metric"])


def _delivery(extract: str, verdict: Verdict) -> Delivery:
    return Delivery("", "education", extract, releases.LAST, None, None, 1, verdict, None, None, None)


def test_a_measure_not_due_every_month_stands_with_its_last_figure_and_that_month() -> None:
    every = series([45.0, 43.0, 41.0, 40.0])
    terms = replace(every, cells=every.cells[:2])
    said = overview.summary([every, terms], releases.LAST, "measure")
    assert said == "1 of 2 measures has a figure for September 2025; 1 stands with an earlier figure."
    said = overview.summary([terms], releases.LAST, "measure")
    assert said == "The one measure stands with an earlier figure: there is none for September 2025."
    drawn = overview_table.overview_table([("", "", [terms])], releases.LAST, [], "", {})
    assert "<b>43</b><small>Jul\u00a02025</small>" in drawn
    assert 'data-label="Data to">Jul\u00a02025' in drawn
    rejected = _delivery("ehc_requests", Verdict.REJECTED)
    drawn = overview_table.overview_table([("", "", [terms])], releases.LAST, [rejected], "", {})
    assert '<small class="wanting">rejected</small>' in drawn, "what is awaited now, beside what came then"
    late = replace(every, cells=(*every.cells[:3], cell(None, releases.LAST)))
    drawn = overview_table.overview_table([("", "", [late])], releases.LAST, [], "", {})
    assert "[x]" in drawn
    assert "<b>41</b>" not in drawn


def _groups_only(folder: Path) -> Path:
    """A store in which one measure has figures for groups and none for everyone, as some senders count."""
    few = releases.tables()
    few["metric_value"] = [
        row for row in few["metric_value"] if row["metric_id"] != "ehe_count" or row["dimension"] == "sex"
    ]
    releases.write_release(folder / "releases" / f"{releases.RELEASE_ID}.duckdb", few)
    (folder / "in_force").write_text(releases.RELEASE_ID)
    return folder


def test_a_measure_with_figures_for_groups_only_opens_with_them(
    opened: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = _groups_only(tmp_path)
    monkeypatch.setattr("presentation.store.store_path", lambda: store)
    app = opened(METRIC, metric="ehe_count")
    said = words(app)
    assert not app.exception
    assert "Figures appear here once" not in said
    assert re.search(r"(Female|Male): [\d,]+ in September 2025", said)
    assert [box.value for box in app.selectbox][1:4] == ["month", "2025-09", "sex"]
    assert "all" not in app.selectbox(key="metric_category").options
    assert "No figure for everyone together." in words(opened(OVERVIEW))
    assert "Lengths of period Month." in re.sub(r"\s+", " ", words(opened(DEFINITIONS, metric="ehe_count")))


def test_a_definition_names_the_periods_and_groups_that_have_figures(opened: Callable[..., AppTest]) -> None:
    said = re.sub(r"\s+", " ", words(opened(DEFINITIONS, metric="mhst_contacts_count")))
    assert "Lengths of period Quarter." in said


def test_that_the_sender_counts_is_said_once() -> None:
    area = load_local_area()
    rows = dict(metric_parts.definition_rows(replace(metric(), lane="return"), area))
    assert rows["Comes from"][1:] == ["Counted by the sender; no records are shared."]
    rows = dict(metric_parts.definition_rows(replace(metric(), lane="return", caveats=("counted_by_sender",)), area))
    assert len(rows["Comes from"]) == 1
    assert "the records behind it are not shared" in rows["Bear in mind"][0]


def test_the_way_back_from_a_yearly_measure_is_the_month_one_came_from(opened: Callable[..., AppTest]) -> None:
    assert "Overview, September 2025" in words(opened(METRIC, metric="mhst_contacts_count"))
    assert "Overview, June 2025" in words(opened(METRIC, metric="mhst_contacts_count", period="2025-06"))


def test_an_earlier_month_is_shown_as_that_month(opened: Callable[..., AppTest]) -> None:
    app = opened(OVERVIEW, period="2025-06")
    assert ">June 2025</h1>" in markup(app)
    assert "metric?metric=ehe_count&amp;period=2025-06" in markup(app)


def test_the_month_of_the_overview_is_chosen_on_it_and_kept_by_the_links_of_the_head(
    opened: Callable[..., AppTest],
) -> None:
    app = opened(OVERVIEW)
    app.selectbox(key="overview_period").select("2025-06").run()
    assert dict(app.query_params) == {"period": "2025-06"}
    head = re.search(r"<header.*?</header>", markup(app), flags=re.DOTALL)
    assert head
    assert re.findall(r'href="([^"]*)" data-page', head[0]) == [
        "/?period=2025-06", "/?period=2025-06", "/metric?period=2025-06", "/deliveries?period=2025-06",
        "/data_quality?period=2025-06", "/definitions?period=2025-06",
    ]  # fmt: skip


def test_a_measure_leads_back_to_the_overview_of_its_month(opened: Callable[..., AppTest]) -> None:
    assert 'href="/?period=2025-06" data-page>Overview, June 2025' in markup(
        opened(METRIC, metric="ehe_count", period="2025-06")
    )
    assert 'href="/" data-page>Overview, September 2025' in markup(opened(METRIC, metric="ehe_count"))


def test_a_longer_period_that_a_breakdown_needs_is_said(opened: Callable[..., AppTest]) -> None:
    said = "Ward is shown over 12 months only, so the figure is for the 12 months to September 2025."
    fine = {"metric": "ehcp_issued_within_20_weeks_pct", "by": "ward"}
    assert said in words(opened(METRIC, **fine))
    assert said not in words(opened(METRIC, **fine, grain="rolling_12m")), "who chose it need not be told"
    assert "over 12 months only" not in words(opened(METRIC, metric="ehe_count", by="sex"))


def test_a_change_is_called_better_or_worse_in_a_word(opened: Callable[..., AppTest]) -> None:
    for page, more in ((OVERVIEW, {}), (METRIC, {"metric": "ehe_count"})):
        drawn = markup(opened(page, **more))
        assert '<span class="worse">(worse)</span>' in drawn
        assert re.search(r"\.worse \{ color: var\(--worse\)", drawn)
    assert "(better)" not in words(opened(METRIC, metric="ehc_requests_count"))


def test_a_hidden_headline_tells_its_12_months_on_both_pages(opened: Callable[..., AppTest]) -> None:
    said = r"Between 1 and 4: hidden to protect children\. \d+ in the 12 months to June 2025\."
    assert re.search(said, words(opened(OVERVIEW, period="2025-06")))
    assert re.search(said, words(opened(METRIC, metric="permanent_exclusions_count", period="2025-06")))


def test_the_foot_says_what_is_hidden_and_what_is_not_checked(opened: Callable[..., AppTest]) -> None:
    said = words(opened(OVERVIEW))
    assert "Counts of children from 1 to 4 are hidden. Figures over different periods and groups are not yet" in said
    assert "Numbers that could identify a child" not in said


def test_remarks_are_a_column_only_where_there_are_some(opened: Callable[..., AppTest]) -> None:
    assert ">Remarks</th>" not in markup(opened(METRIC, metric="ehe_count"))
    assert ">Remarks</th>" in markup(opened(METRIC, metric="ehcp_open_over_20_weeks_count"))


def test_the_id_of_a_measure_stands_in_small_print_only(opened: Callable[..., AppTest]) -> None:
    drawn = markup(opened(METRIC, metric="ehe_count"))
    assert "<small>id ehe_count</small>" in drawn
    assert drawn.count("id ehe_count") == 1


def test_an_example_is_written_as_a_reader_reads_it(opened: Callable[..., AppTest]) -> None:
    given = [{"weeks_waited": 299.85714285714283, "days_waited": 2099, "sex": "F", "grain": "rolling_12m",
              "indicator_id": "m", "academic_year": 2025, "priority_group": "looked_after", "id": "R1"}]  # fmt: skip
    assert [metric_parts._as_text(name, value, replace(metric(), metric_id="m")) for name, value in given[0].items()] \
        == ["299.9", "2,099", "Female", "12 months to date", "Test measure", "2025", "Looked after", "R1"]  # fmt: skip


def test_quality_is_linked_only_where_something_was_found(
    opened: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "What was wrong, check by check" in words(opened(DELIVERIES))
    clean = releases.tables("first_month") | {"finding": []}
    releases.write_release(tmp_path / "releases" / f"{releases.RELEASE_ID}.duckdb", clean)
    (tmp_path / "in_force").write_text(releases.RELEASE_ID)
    monkeypatch.setattr("presentation.store.store_path", lambda: tmp_path)
    assert "What was wrong, check by check" not in words(opened(DELIVERIES))


def test_an_agency_with_which_nothing_was_agreed_is_not_said_to_have_failed_to_send() -> None:
    strip = overview.agencies_strip([], releases.LAST, {"a": "Agreed", "n": "None yet"}, {"a"})
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", strip)).strip()
    assert said == "Agreed Nothing sent so far None yet Nothing agreed yet"
    listed = delivery_tables.deliveries_table([], releases.LAST, {"elsewhere": "None yet"}, [], [])
    assert "None yet</h2><span>Nothing agreed yet</span>" in listed


def test_the_whole_view_of_a_measure_is_in_the_address(opened: Callable[..., AppTest]) -> None:
    app = opened(METRIC, metric="ehcp_issued_within_20_weeks_pct", grain="rolling_12m", period="2025-06",
                 by="ethnicity_group", category="asian")  # fmt: skip
    assert [box.value for box in app.selectbox] == [
        "ehcp_issued_within_20_weeks_pct", "rolling_12m", "2025-06", "ethnicity_group", "asian",
    ]  # fmt: skip
    assert re.search(r"Asian: \d+\.\d% in the 12 months to June 2025", words(app))
    assert "There is no" not in words(app)


@pytest.mark.parametrize(
    ("parameter", "value", "said", "offered"),
    [
        ("metric", "ehe_cout", "There is no measure “ehe_cout” here.", "metric=ehe_count"),
        ("by", "warrd", "There is no breakdown “warrd” here.", "by=ward"),
        ("grain", "weeks", "There is no length of period “weeks” here.", "grain="),
        ("period", "2031-01", "There are no figures for January 2031 here.", "period=2025-09"),
        ("period", "spring", "“spring” is not a month", "period=2025-09"),
        ("area", "Drby", "There is no area “Drby” here.", "area=Derby"),
        ("release", "2025-09.r9", "There is no release “2025-09.r9” here.", "release=2025-09.r2"),
        ("release", "../../secret", "There is no release “../../secret” here.", "release=2025-09.r2"),
        ("theme", "health_wait", "There is no theme “health_wait” here.", "theme=health_waits"),
        ("metric", "<script>alert(1)</script>", "There is no measure “<script>", "metric="),
    ],
)
def test_an_unknown_value_is_said_and_the_nearest_offered(
    opened: Callable[..., AppTest], parameter: str, value: str, said: str, offered: str
) -> None:
    app = opened(METRIC, **({"metric": "ehe_count"} | {parameter: value}))
    assert said in words(app)
    note = re.search(r'class="note".*?</div>', markup(app), flags=re.DOTALL)
    assert note
    assert offered in note[0]
    assert "<script" not in markup(app)


def test_an_unknown_category_is_said_too(opened: Callable[..., AppTest]) -> None:
    app = opened(METRIC, metric="ehe_count", by="sex", category="X")
    assert "There is no category “X” here." in words(app)


def test_a_breakdown_that_needs_a_longer_period_says_where_it_is(opened: Callable[..., AppTest]) -> None:
    fine = {"metric": "ehcp_issued_within_20_weeks_pct", "by": "ward"}
    assert "broken down over longer periods only" in words(opened(METRIC, **fine, grain="month"))
    assert "By ward" in words(opened(METRIC, **fine))


def test_choosing_a_measure_writes_the_address_and_forgets_what_no_longer_fits(opened: Callable[..., AppTest]) -> None:
    app = opened(METRIC, metric="ehe_count", by="sex", category="F")
    app.selectbox(key="metric_metric").select("attendance_pct").run()
    assert not app.exception
    assert dict(app.query_params) == {"metric": "attendance_pct"}
    app.selectbox(key="metric_by").select("phase").run()
    app.selectbox(key="metric_category").select("secondary").run()
    assert dict(app.query_params) == {"metric": "attendance_pct", "by": "phase", "category": "secondary"}
    assert "Secondary: " in words(app)


def test_every_chart_has_its_words(opened: Callable[..., AppTest]) -> None:
    app = opened(METRIC, metric="ehe_count", by="sex")
    alternatives = [chart.proto.alt for chart in app.get("plotly_chart")]
    assert len(alternatives) == 2
    assert all(alternatives)


def test_a_worked_example_gives_its_result_in_a_sentence(opened: Callable[..., AppTest]) -> None:
    said = words(opened(METRIC, metric="annual_reviews_on_time_pct"))
    assert "In September 2025 these 2 rows give 1 ÷ 2 × 100 = 50.0%." in said
    assert "1 April 2025" in said


def test_a_measure_whose_agency_never_sent_says_what_has_to_come(opened: Callable[..., AppTest]) -> None:
    said = words(opened(METRIC, "agency_missing", metric="nd_waiting_count"))
    assert "Figures appear here once Health has sent neurodevelopmental referrals." in said


def test_an_earlier_release_can_be_seen_and_says_so(
    opened: Callable[..., AppTest], tmp_path: Path, store_of: StoreOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = releases.write_store(tmp_path, "full")
    releases.write_release(store / "releases" / "2025-09.r1.duckdb", releases.tables("first_month", "2025-09.r1"))
    monkeypatch.setattr("presentation.store.store_path", lambda: store)
    app = opened(OVERVIEW, release="2025-09.r1")
    assert "This is an earlier release, 2025-09.r1, for September 2025. The release in force is 2025-09.r2" in re.sub(
        r"\s+", " ", words(app)
    )
    assert "metric=ehe_count" in markup(app)
    assert "release=2025-09.r1&amp;metric=" in markup(app)


def test_a_new_release_is_seen_without_a_restart(
    opened: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = releases.write_store(tmp_path, "first_month", "2025-09.r1")
    monkeypatch.setattr("presentation.store.store_path", lambda: store)
    app = opened(OVERVIEW)
    assert "Release 2025-09.r1" in words(app)
    releases.write_store(store, "full", "2025-09.r2")
    app.run()
    assert "Release 2025-09.r2" in words(app)


def test_a_release_that_cannot_be_read_is_said_without_a_traceback(
    opened: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "releases").mkdir()
    (tmp_path / "releases" / "2025-09.r2.duckdb").write_bytes(b"broken")
    (tmp_path / "in_force").write_text("2025-09.r2\n")
    monkeypatch.setattr("presentation.store.store_path", lambda: tmp_path)
    app = opened(OVERVIEW)
    assert not app.exception
    assert "Something is not right" in words(app)
    (tmp_path / "in_force").write_text("2025-09.r7\n")
    assert "The release in force, 2025-09.r7, is not in the store." in words(app.run())


def test_the_deliveries_say_who_sent_what_and_when(opened: Callable[..., AppTest]) -> None:
    said = re.sub(r"\s+", " ", words(opened(DELIVERIES)))
    assert "20 of 22 deliveries were received" in said
    assert "Neurodevelopmental referrals Feeds 2 measures Not received Not yet was due 14 October" in said
    assert "/definitions?by=extract&amp;category=health%2Fnd_referrals" in markup(opened(DELIVERIES))
    assert "EHC plans maintained Feeds 2 measures" in said, "as the definitions count them"
    assert "Young people open to youth justice Feeds no measure yet Not started Never sent so far" in said


def test_the_deliveries_tell_which_figures_changed_before_and_now(opened: Callable[..., AppTest]) -> None:
    app = opened(DELIVERIES)
    said = re.sub(r"\s+", " ", words(app))
    assert re.search(
        r"Figures that changed \d+ figures published before changed with this release: \d+ because Educa", said
    )
    again = (
        "Education, September 2025, version 2, received 14 October 2025. Supersedes version 1, whose receipt is kept"
    )
    assert f"Suspensions and permanent exclusions {again}" in said
    row = re.search(r"Suspensions July 2025 (\d+) (\d+)", said)
    assert row
    assert int(row[1]) == int(row[2]) + 9
    assert "Suspensions Phase: Primary July 2025" in said
    assert "91.9% no change in the digits shown" in said
    assert "No delivery named" in said
    assert re.search(r"And \d+ more, all in breakdowns\.", said)
    assert "by=phase&amp;category=primary" in markup(app)
    assert [button.proto.label for button in app.get("download_button")] == ["Download every changed figure (CSV)"]


def test_a_hidden_figure_that_changed_shows_no_number(opened: Callable[..., AppTest]) -> None:
    for variant in ("full", "suppressed"):
        assert not re.search(r"7,7[78]\d", words(opened(DELIVERIES, variant)))
    assert "No figure published before changed with this release." in words(opened(DELIVERIES, "suppressed"))


def test_where_nothing_changed_one_sentence_says_so(opened: Callable[..., AppTest]) -> None:
    app = opened(DELIVERIES, "first_month")
    assert "This is the first release: there are no earlier figures to differ from." in words(app)
    assert "revisions" not in re.sub(r"<style.*?</style>", "", markup(app), flags=re.DOTALL)
    assert not app.get("download_button")


def test_the_findings_are_in_words_with_what_was_done(opened: Callable[..., AppTest]) -> None:
    said = re.sub(r"\s+", " ", words(opened(QUALITY)))
    assert "The check letter of the UPN does not fit its digits. upn_check_letter Rows set aside UPN about 20" in said
    assert "Counted, with a warning Ward fewer than 10" in said
    assert "File refused the whole file" in said


def test_rows_to_the_nearest_ten_are_not_taken_for_none(
    opened: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = releases.tables("first_month")
    for row in few["receipt"]:
        if row["verdict"] == "accepted_with_warnings":
            row |= {"rows_received": 0, "rows_quarantined": 0}
    releases.write_release(tmp_path / "releases" / f"{releases.RELEASE_ID}.duckdb", few)
    (tmp_path / "in_force").write_text(releases.RELEASE_ID)
    monkeypatch.setattr("presentation.store.store_path", lambda: tmp_path)
    said = re.sub(r"\s+", " ", words(opened(DELIVERIES)))
    name = "Requests for an EHC needs assessment"
    assert re.search(rf"{name} Feeds \d measures Accepted with warnings .*? fewer than 10 fewer than 10", said)


def test_a_file_nobody_recognised_is_told_of_and_stops_no_page(
    opened: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange = releases.tables("first_month")
    refused = {"agency": None, "extract": None, "reporting_month": None, "verdict": "rejected", "version": 1}
    strange["receipt"].append(refused | {"receipt_id": "strange", "fingerprint": "0"})
    sentence = "No contract has headers like these."
    strange["finding"].append(
        {"receipt_id": "strange", "code": "file_unrecognised", "severity": "error", "sentence": sentence}
    )
    releases.write_release(tmp_path / "releases" / f"{releases.RELEASE_ID}.duckdb", strange)
    (tmp_path / "in_force").write_text(releases.RELEASE_ID)
    monkeypatch.setattr("presentation.store.store_path", lambda: tmp_path)
    assert "1 more file was refused, because it is no delivery that was agreed." in words(opened(DELIVERIES))
    said = words(opened(QUALITY))
    assert "Unrecognised file" in said
    assert "Sender not known" in said
    assert sentence in said
    assert not opened(OVERVIEW).exception


def test_the_month_of_the_assurance_pages_is_in_the_address(opened: Callable[..., AppTest]) -> None:
    app = opened(DELIVERIES, period="2025-01")
    assert "Deliveries for January 2025" in words(app)
    app.selectbox(key="deliveries_period").select("2024-12").run()
    assert dict(app.query_params) == {"period": "2024-12"}


def listed(app: AppTest) -> list[str]:
    """The metric ids in the list of definitions, in its order."""
    return re.findall(r'class="measure"><a href="/definitions\?metric=(\w+)', markup(app))


def test_the_definitions_are_a_line_each_under_their_themes(opened: Callable[..., AppTest]) -> None:
    app = opened(DEFINITIONS)
    assert sorted(listed(app)) == sorted(spec.metric_id for spec in releases.SPECS)
    assert re.findall(r"<h2>(.*?)</h2>", markup(app))[:3] == ["EHC plans", "Health waits", "Mental health"]
    assert f"{len(releases.SPECS)} measures: what each one counts" in words(app)
    assert not app.expander
    assert not app.get("code")


def test_a_definition_says_all_that_the_release_knows_of_it(opened: Callable[..., AppTest]) -> None:
    app = opened(DEFINITIONS, metric="ehcp_issued_within_20_weeks_pct")
    said = re.sub(r"\s+", " ", words(app))
    for part in (
        "Plans issued within 20 weeks, all plans How is this changing, and for whom?",
        "What it counts Plans issued within 20 weeks, all plans, as counted from what education sends each month.",
        "Worked out as Numerator ÷ denominator × 100. Which way is better Higher is better.",
        "Requests for an EHC needs assessment, sent by Derby City Council, education and skills.",
        "Target 100% from September 2014 (SEND Regulations).",
        "Bear in mind Plans that were already late count when they are issued",
        "In September 2025 these 2 rows give 1 ÷ 2 × 100 = 50.0%.",
        "Education: requests for an EHC needs assessment Assessment outcome assessment_outcome",
        "Month, calendar year to date, school year to date, financial year to date and 12 months to date.",
        "By phase, request source, sex, age, ethnic group and ward.",
        "Small numbers are hidden to protect children. What is looked at: numerator.",
        "Serves Outcome 2: I have a plan for my future. Owner Education; definition version 1",
    ):
        assert part in said
    assert [(box.label, box.proto.expanded) for box in app.expander] == [("The query behind it", False)]
    assert "mart.ehc_request" in app.code[0].value
    assert re.search(r'href="/metric\?metric=ehcp_issued_within_20_weeks_pct"', markup(app))


def test_below_a_definition_stand_those_of_its_theme_and_it_is_marked(opened: Callable[..., AppTest]) -> None:
    app = opened(DEFINITIONS, metric="nd_waiting_count", theme="achievement")
    assert listed(app) == ["nd_waiting_count", "community_avg_wait_weeks", "nd_avg_wait_weeks"]
    assert re.findall(r'metric=(\w+)[^"]*" data-page aria-current="true"', markup(app)) == ["nd_waiting_count"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sessions_possible", ["attendance_pct"]),
        ("HOME educated", ["ehe_count"]),
        ("neurodevelopmental weeks", ["nd_avg_wait_weeks"]),
        ("achievement", ["progress8_score"]),
        ("nothing of the kind", []),
    ],
)
def test_a_search_finds_what_holds_every_word(opened: Callable[..., AppTest], text: str, found: list[str]) -> None:
    app = opened(DEFINITIONS, metric="cme_count")
    app.text_input(key="definitions_search").input(text).run()
    assert not app.exception
    assert listed(app) == found
    assert dict(app.query_params) == {}
    assert f"{len(found) or 'None'} of {len(releases.SPECS)} definitions" in words(app)


def test_a_theme_narrows_the_definitions_and_is_kept_in_their_links(opened: Callable[..., AppTest]) -> None:
    app = opened(DEFINITIONS, theme="health_waits")
    assert len(listed(app)) == 3
    assert "3 definitions in health waits." in words(app)
    assert "/definitions?metric=nd_waiting_count&amp;theme=health_waits" in markup(app)
    app.selectbox(key="definitions_theme").select("achievement").run()
    assert dict(app.query_params) == {"theme": "achievement"}
    assert listed(app) == ["progress8_score"]


def test_an_extract_says_what_each_of_its_columns_feeds(opened: Callable[..., AppTest]) -> None:
    app = opened(DEFINITIONS, by="extract", category="education/ehc_requests")
    said = re.sub(r"\s+", " ", words(app))
    assert "Requests for an EHC needs assessment Sent by Derby City Council, education and skills." in said
    assert "3 columns feed 4 measures." in said
    assert "Received date received_date EHC needs assessment requests" in said
    rows = re.findall(r"<tr.*?</tr>", markup(app), flags=re.DOTALL)
    assert ["ehc_requests_count" in row for row in rows if "<code>" in row] == [False, True]


def test_the_month_of_a_delivery_is_not_called_a_column(opened: Callable[..., AppTest]) -> None:
    drawn = markup(opened(DEFINITIONS, metric="nd_waiting_count"))
    assert "The month it is sent for" in drawn
    assert "<code>reporting_month" not in drawn


def test_every_extract_behind_a_definition_leads_to_what_it_feeds(opened: Callable[..., AppTest]) -> None:
    drawn = markup(opened(DEFINITIONS, metric="social_care_ehcp_count"))
    for extract in ("care%2Fopen_cases", "education%2Fehc_plans"):
        assert f"/definitions?by=extract&amp;category={extract}" in drawn
    drawn = markup(opened(DEFINITIONS, by="extract"))
    named = {spec.extract for spec in releases.SPECS} | {"education/ehc_plans"}
    assert {e.replace("%2F", "/") for e in re.findall(r"by=extract&amp;category=([\w%]+)", drawn)} == named


def test_choosing_an_extract_writes_the_address(opened: Callable[..., AppTest]) -> None:
    app = opened(DEFINITIONS, metric="ehe_count", theme="achievement")
    app.selectbox(key="definitions_extract").select("health/nd_referrals").run()
    assert not app.exception
    assert dict(app.query_params) == {"by": "extract", "category": "health/nd_referrals"}
    assert ">Neurodevelopmental referrals</h1>" in markup(app)
    app.selectbox(key="definitions_extract").select("all").run()
    assert dict(app.query_params) == {}
    assert ">Definitions</h1>" in markup(app)


@pytest.mark.parametrize(
    ("asked", "said", "offered"),
    [
        ({"metric": "ehe_cout"}, "There is no measure “ehe_cout” here.", "metric=ehe_count"),
        ({"theme": "health_wait"}, "There is no theme “health_wait” here.", "theme=health_waits"),
        ({"by": "extrat"}, "There is no order “extrat” here.", "by=extract"),
        (
            {"by": "extract", "category": "nd_referals"},
            "There is no extract “nd_referals” here.",
            "category=health%2Fnd_referrals",
        ),
    ],
)
def test_an_unknown_definition_or_extract_is_said_and_the_nearest_offered(
    opened: Callable[..., AppTest], asked: dict[str, str], said: str, offered: str
) -> None:
    app = opened(DEFINITIONS, **asked)
    note = re.search(r'class="note".*?</div>', markup(app), flags=re.DOTALL)
    assert note
    assert said in note[0]
    assert offered in note[0]


@pytest.mark.parametrize(
    "asked", [{}, {"metric": "nd_waiting_count"}, {"by": "extract"}, {"by": "extract", "category": "care/open_cases"}]
)
def test_a_release_without_lineage_is_drawn_and_says_what_it_does_not_know(
    opened: Callable[..., AppTest], asked: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = releases.write_store(tmp_path, "first_month")
    with duckdb.connect(str(store / "releases" / f"{releases.RELEASE_ID}.duckdb")) as connection:
        connection.execute("drop table lineage")
    monkeypatch.setattr("presentation.store.store_path", lambda: store)
    app = opened(DEFINITIONS, **asked)
    assert not app.exception
    assert "Something is not right" not in words(app)
    is_about_columns = "metric" in asked or "category" in asked
    assert ("This release does not say which columns feed its measures" in words(app)) == is_about_columns
