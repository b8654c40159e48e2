"""Where we are: the headline measures or all of one theme, by outcome; what changed, and how fresh it is."""

import streamlit as st

from data_contracts.local_area import load_local_area
from drawing import definitions, overview, wording
from drawing.deliveries import latest_versions
from drawing.labels import agencies_with_an_extract, theme_label
from presentation import components, filters
from presentation.overview_table import overview_table
from presentation.store import release

shown = release()
area = load_local_area()

# Choose
headlines = shown.lists()
ends = sorted({cell.period_end for s in headlines.series for cell in s.begun().cells})
end, month_notes = filters.choose_month(ends, shown.about.reporting_month)
themes = [name for name, _ in definitions.by_theme(shown.metrics.values())]
theme = filters.choose("theme", themes, "", what="theme", label=theme_label)
components.notes([*month_notes, *theme.notes])

# Read
chosen = shown.lists(theme.value)
deliveries = latest_versions(shown.receipts())

# Draw
if theme.value:
    over = (f"Overview, {wording.month(end)}", filters.here(theme=""))
    components.heading(theme_label(theme.value), f"Every measure of this theme, {wording.month(end)}", [over])
else:
    components.heading(wording.month(end), f"{area.partnership}: where we are and what has changed")
if ends:
    with st.container(horizontal=True, gap="small"):
        filters.month_control("overview", ends, end)
        filters.theme_control("overview", themes, theme.value, "Headlines of all themes")
names = {key: agency.name for key, agency in area.agencies.items()}
st.html(overview.agencies_strip(deliveries, end, names, agencies_with_an_extract()))
if not chosen.series:
    components.state(
        "No headline measures in this release",
        ["The release holds no figures. They appear here once an agency's delivery is accepted."],
        "python -m pipelines refresh --inbox INBOX",
    )
else:
    components.paragraph(overview.summary(chosen.series, end, "measure" if theme.value else "headline measure"))
    groups = overview.by_outcome(chosen.series, area.outcomes)
    st.html(overview_table(groups, end, deliveries, shown.about.disclosure_policy, chosen.over_year))
