"""One measure: its trend, its breakdown, its figures, its definition and a worked example."""

import streamlit as st

from data_contracts.local_area import load_local_area
from drawing import charts, labels, sentences, tables, wording
from drawing.deliveries import latest_versions
from metrics.release_format import Grain
from presentation import components, filters, metric_parts
from presentation.metric_view import View, choose_view, controls
from presentation.store import release

shown = release()
area, policy = load_local_area(), shown.about.disclosure_policy


def page(view: View) -> None:
    """The measure from its name to its query."""
    metric = view.metric
    components.notes(view.notes)
    components.heading(metric.title, metric.question, ways_back(view))
    controls(view, shown)
    over_year = None if view.category else shown.series(metric.metric_id, Grain.ROLLING_12M)
    st.html(metric_parts.facts(view.series, view.end, latest_versions(shown.receipts()), policy, over_year))
    trend(view)
    if view.by:
        breakdown(view)
    with st.container(key="halves"):
        left, right = st.columns([7, 5], gap="large")
    with left:
        figures(view)
    with right:
        components.subheading("What this measure is")
        st.html(metric_parts.definition(metric, area))
    worked_example(view)


def ways_back(view: View) -> list[tuple[str, str]]:
    """The overview of the month asked for, and all measures of the theme that this one belongs to."""
    month, theme = view.end if filters.asked("period") else shown.about.reporting_month, view.metric.theme
    period = "" if month == shown.about.reporting_month else month.strftime("%Y-%m")
    return [
        (f"Overview, {wording.month(month)}", filters.link("", period=period)),
        (labels.theme_label(theme), filters.link("", theme=theme, period=period)),
    ]


def trend(view: View) -> None:
    """The line, under the sentence that says what it shows."""
    series, unit = view.series, view.metric.unit
    name = f"{labels.category_label(view.by, view.category)}: " if view.category else ""
    better = metric_parts.DIRECTIONS[view.metric.direction]
    components.subheading(
        name + sentences.trend_finding(series, view.end),
        f"{wording.unit_name(unit)}, {labels.grain_phrase(view.grain, view.series.is_by_year)}. {better}",
    )
    if not series.cells:
        sender = area.agencies.get(view.metric.agency)
        components.paragraph(sentences.not_sent(view.metric, sender.name if sender else view.metric.agency))
        return
    figure = charts.trend(series, view.end, components.colours(), policy, view.metric.target_at(view.end), view.context)
    components.chart(figure, sentences.alternative(series, view.end), "trend")
    components.paragraph(charts.reading(series, view.context), quiet=True)


def breakdown(view: View) -> None:
    """The categories of the period as bars."""
    unit = view.metric.unit
    components.subheading(
        sentences.breakdown_finding(view.parts, view.by, unit), f"By {labels.dimension_phrase(view.by)}"
    )
    if view.parts:
        figure = charts.bars(view.parts, view.by, view.metric, components.colours(), policy, view.category)
        components.chart(figure, charts.bars_alternative(view.parts, view.by, view.metric), "bars")


def figures(view: View) -> None:
    """The same as a table, to read and to take away."""
    metric, cells = view.metric, list(view.parts) if view.by else list(view.series.cells)
    newest = f"{labels.grain_label(view.grain, view.series.is_by_year)}, newest first"
    components.subheading("The figures", sentences.period_of(view.series, view.end) if view.by else newest)
    if not cells:
        components.paragraph("There are none yet.")
        return
    rows = tables.by_category(cells, view.by, metric) if view.by else tables.over_time(view.series)
    first = labels.dimension_label(view.by) if view.by else "Period"
    components.figures(metric.title, first, rows, tables.has_parts(cells, metric.unit))
    components.download(
        tables.as_csv(shown.about.release_id, metric, view.grain, view.by or "all", cells),
        f"{metric.metric_id}_{view.grain}_{view.end:%Y-%m}.csv",
    )


def worked_example(view: View) -> None:
    """The definition at work on a few invented rows, and as the query that ran."""
    worked = metric_parts.example(view.metric)
    if worked:
        components.subheading("How it is worked out", "An invented example, small enough to count by hand")
        st.html(worked)
    if view.metric.sql:
        with st.expander("The query behind it"):
            st.code(view.metric.sql, language="sql")


if shown.metrics:
    page(choose_view(shown))
else:
    components.nothing_measured()
