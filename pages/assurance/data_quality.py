"""Which checks the deliveries of a month did not pass, in words."""

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
month = [d for d in sent if d.month == end] + deliveries.unrecognised(shown.receipts(), end)
found = quality.of_deliveries(shown.findings(), month)

# Draw
components.heading(f"Data quality, {wording.month(end)}", quality.summary(month, found))
if not month:
    components.nothing_sent()
else:
    filters.month_control("data_quality", ends, end)
    if found:
        st.html(delivery_tables.findings_table(found, names))
        components.paragraph(quality.WHAT_NEXT, quiet=True)
