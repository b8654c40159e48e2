"""What every measure counts, from which columns it comes, and what each column of an extract is for."""

import streamlit as st

from data_contracts.local_area import load_local_area
from drawing import definitions, labels
from drawing.release import Metric
from presentation import components, definition_tables, filters, metric_parts
from presentation.definition_view import EXTRACT, View, choose_view, controls, sender_name
from presentation.store import release

shown = release()
area = load_local_area()
metrics = shown.metrics


def page(view: View) -> None:
    """The whole list, or above it what the address opens: a definition or an extract."""
    components.notes(view.notes)
    if view.metric:
        one_definition(view, view.metric)
    elif view.is_by_extract:
        by_extract(view)
    else:
        said = definitions.summary(len(view.found), view.among, view.text, view.theme)
        components.heading("Definitions", said)
        st.html(definition_tables.other_way_round())
        controls(view, shown, area)
        listing(view)


def one_definition(view: View, metric: Metric) -> None:
    """A definition from its name to its query, and those beside it."""
    everything = filters.link("definitions", theme=view.theme)
    components.heading(metric.title, metric.question, [("Definitions", everything)])
    st.html(definition_tables.figures(metric))
    controls(view, shown, area)
    left, right = st.columns([7, 5], gap="large")
    with left:
        components.subheading("What it is")
        st.html(definition_tables.meaning(metric, area))
        if worked := metric_parts.example(metric):
            components.subheading("How it is worked out", "An invented example, small enough to count by hand")
            st.html(worked)
    with right:
        components.subheading("What feeds it")
        st.html(definition_tables.feeding(metric, shown.lineage, area))
        components.subheading("How it is published")
        st.html(definition_tables.publication(metric, shown.breakdowns(metric.metric_id), area))
    if metric.sql:
        with st.expander("The query behind it"):
            st.code(metric.sql, language="sql")
    if view.text:
        components.subheading(f"Found for “{view.text}”")
    with st.container(key="beside"):
        listing(view)


def by_extract(view: View) -> None:
    """The other way round: every extract, or the columns of one with the measures they feed."""
    if not view.extract:
        over = filters.link("definitions")
        components.heading("Extracts", "What each one feeds, column by column", [("Definitions", over)])
        controls(view, shown, area)
        st.html(definition_tables.extract_list(view.extracts, metrics.values(), shown.lineage, area))
        return
    fed = definitions.fed_by(view.extract, metrics.values(), shown.lineage)
    under = definitions.extract_summary(view.extract, sender_name(view.extract, area), len(fed), shown.lineage)
    extracts = [("Extracts", filters.link("definitions", by=EXTRACT))]
    components.heading(labels.extract_label(view.extract), under, extracts)
    controls(view, shown, area)
    if shown.lineage:
        st.html(definition_tables.extract_columns(view.extract, shown.lineage, metrics))
        components.paragraph(definitions.BREAKDOWNS, quiet=True)
    else:
        components.paragraph(definitions.NO_LINEAGE)
        st.html(definition_tables.measures(fed))


def listing(view: View) -> None:
    """The definitions found, by theme."""
    if view.found:
        chosen = view.metric.metric_id if view.metric else ""
        st.html(definition_tables.catalogue(view.found, area, chosen))
    else:
        components.paragraph("Try fewer words, or a part of one.")


if metrics:
    page(choose_view(shown, area))
else:
    components.nothing_measured()
