"""Who sent what, when, what became of it, and which figures changed with it."""

import streamlit as st

from data_contracts.local_area import load_local_area
from drawing import deliveries, quality, revisions, tables, wording
from presentation import components, delivery_tables, filters, revision_table
from presentation.store import release

shown = release()
area = load_local_area()
names = {key: agency.name for key, agency in area.agencies.items()}

# Choose
receipts = shown.receipts()
sent = deliveries.latest_versions(receipts)
ends = sorted({d.month for d in sent})
end, notes = filters.choose_month(ends, shown.about.reporting_month)
components.notes(notes)

# Read
month = [d for d in sent if d.month == end]
others = deliveries.unrecognised(receipts, end)


def changes() -> None:
    """The figures that differ from the release before, and every one of them to take away."""
    revised, versions = shown.revisions(), deliveries.by_receipt(receipts)
    found = revisions.changed(revised, shown.metrics, versions)
    said = revisions.summary(found, names, has_earlier=bool(shown.about.supersedes))
    components.subheading("Figures that changed", said)
    if found:
        st.html(revision_table.revision_table(found, names))
        release_id = shown.about.release_id
        components.download(
            lambda: tables.written(
                revisions.CSV_COLUMNS, revisions.as_rows(release_id, revised, shown.metrics, versions)
            ),
            f"revisions_{release_id}.csv",
            "Download every changed figure (CSV)",
        )


# Draw
components.heading(f"Deliveries for {wording.month(end)}", deliveries.summary(month))
if month:
    filters.month_control("deliveries", ends, end)
    st.html(delivery_tables.deliveries_table(sent, end, names, shown.metrics.values(), shown.lineage))
    if others:
        components.paragraph(deliveries.unrecognised_sentence(len(others)))
    if quality.of_deliveries(shown.findings(), month + others):
        st.html(delivery_tables.link_to_quality(end))
    changes()
else:
    components.nothing_sent()
