"""Where we are: every headline measure by outcome, what changed, and how fresh it is."""

import streamlit as st

from data_contracts.local_area import load_local_area
from drawing import overview, wording
from drawing.deliveries import latest_versions
from drawing.labels import agencies_with_an_extract, theme_label
from presentation import components, filters
from presentation.overview_table import overview_table
from presentation.store import release

shown = release()
area = load_local_area()

# Choose
series = shown.headlines
ends = sorted({cell.period_end for s in series for cell in s.begun().cells})
end, month_notes = filters.choose_month(ends, shown.about.reporting_month)
themes = list(dict.fromkeys(s.metric.theme for s in series))
theme = filters.choose("theme", themes, "", what="theme", label=theme_label)
components.notes([*filters.only_theme(theme.value), *month_notes, *theme.notes])

# Read
chosen = [s for s in series if theme.value in ("", s.metric.theme)]
deliveries = latest_versions(shown.receipts())

# Draw
components.heading(wording.month(end), f"{area.partnership}: where we are and what has changed")
if ends:
    filters.month_control("overview", ends, end)
names = {key: agency.name for key, agency in area.agencies.items()}
st.html(overview.agencies_strip(deliveries, end, names, agencies_with_an_extract()))
if not chosen:
    components.state(
        "No headline measures in this release",
        ["The release holds no figures. They appear here once an agency's delivery is accepted."],
        "python -m pipelines refresh --inbox INBOX",
    )
else:
    components.paragraph(overview.summary(chosen, end))
    groups = overview.by_outcome(chosen, area.outcomes)
    st.html(overview_table(groups, end, deliveries, shown.about.disclosure_policy, shown.headlines_over_year))
