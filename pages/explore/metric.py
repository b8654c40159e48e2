"""One measure: its trend, its breakdown, its figures, its definition and a worked example."""

import streamlit as st

from data_contracts.local_area import load_local_area
from drawing import charts, labels, sentences, tables, wording
from drawing.deliveries import latest_versions
from presentation import components, metric_parts
from presentation.metric_view import choose_view, controls
from presentation.store import release

shown = release()
area, policy = load_local_area(), shown.about.disclosure_policy
if not shown.metrics:
    components.nothing_measured()
    st.stop()

# Choose
view = choose_view(shown)
metric, unit = view.metric, view.metric.unit
components.notes(view.notes)
components.heading(metric.title, metric.question, over=labels.theme_label(metric.theme))
controls(view, shown)

# Read
everyone = view.everyone.up_to(view.end, components.TREND_MONTHS)
part = shown.series(metric.metric_id, view.grain, view.by, view.category) if view.category else None
series = part.up_to(view.end, components.TREND_MONTHS) if part else everyone
st.html(metric_parts.facts(series, view.end, latest_versions(shown.receipts()), policy))

# Draw the trend
name = f"{labels.category_label(view.by, view.category)}: " if view.category else ""
components.subheading(
    name + sentences.trend_finding(series, view.end),
    f"{wording.unit_name(unit)}, {labels.grain_phrase(view.grain)}. {metric_parts.DIRECTIONS[metric.direction]}",
)
if any(cell.number is not None for cell in series.cells):
    context = everyone if part and unit not in ("count", "gbp") else None
    target = metric.target_at(view.end)
    figure = charts.trend(series, view.end, components.colours(), policy, target, context)
    components.chart(figure, sentences.alternative(series, view.end), "trend")
    components.paragraph(charts.reading(series), quiet=True)

# Draw the breakdown
dimension = labels.dimension_label(view.by)
cells = charts.ordered(shown.breakdown(metric.metric_id, view.grain, view.end, view.by), view.by) if view.by else []
if view.by:
    components.subheading(sentences.breakdown_finding(cells, view.by, unit), f"By {dimension.lower()}")
    if cells:
        figure = charts.bars(cells, view.by, unit, components.colours(), policy, view.category)
        components.chart(figure, charts.bars_alternative(cells, view.by, unit), "bars")

# The figures, and beside them what they mean
rows = tables.by_category(cells, view.by, metric) if view.by else tables.over_time(series)
listed = cells if view.by else list(series.cells)
left, right = st.columns([7, 5], gap="large")
with left:
    components.subheading("The figures", sentences.period_of(series, view.end))
    components.figures(metric.title, dimension if view.by else "Period", rows, tables.has_parts(listed, unit))
    components.download(
        tables.as_csv(shown.about.release_id, metric, view.grain, view.by or "all", listed),
        f"{metric.metric_id}_{view.grain}_{view.end:%Y-%m}.csv",
    )
with right:
    components.subheading("What this measure is")
    st.html(metric_parts.definition(metric, area))

# How it is worked out
worked = metric_parts.example(metric)
if worked:
    components.subheading("How it is worked out", "An invented example, small enough to count by hand")
    st.html(worked)
if metric.sql:
    with st.expander("The query behind it"):
        st.code(metric.sql, language="sql")
