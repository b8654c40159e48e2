"""Who sent what, when, and what became of it."""

import streamlit as st

from data_contracts.local_area import load_local_area
from drawing import deliveries, quality, wording
from presentation import components, delivery_tables, filters
from presentation.store import release

shown = release()
area = load_local_area()
names = {key: agency.name for key, agency in area.agencies.items()}

# Choose
sent = deliveries.latest_versions(shown.receipts())
ends = sorted({d.month for d in sent})
end, notes = filters.choose_month(ends, shown.about.reporting_month)
components.notes(notes)

# Read
month = [d for d in sent if d.month == end]
others = deliveries.unrecognised(shown.receipts(), end)

# Draw
components.heading(f"Deliveries for {wording.month(end)}", deliveries.summary(month))
if month:
    filters.month_control("deliveries", ends, end)
    st.html(delivery_tables.deliveries_table(sent, end, names, shown.metrics.values(), shown.lineage))
    if others:
        components.paragraph(deliveries.unrecognised_sentence(len(others)))
    if quality.of_deliveries(shown.findings(), month + others):
        st.html(delivery_tables.link_to_quality(end))
else:
    components.nothing_sent()
