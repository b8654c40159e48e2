"""The frame of the dashboard: `streamlit run app.py`. A page is one file in pages/<section>/ and one line here."""

import streamlit as st

from presentation import frame


def sections() -> dict[str, list[st.Page]]:
    """The pages by section, in the order of the navigation."""
    return {
        "Board": [st.Page("pages/board/overview.py", title="Overview", default=True)],
        "Explore": [st.Page("pages/explore/metric.py", title="Measures")],
        "Assurance": [
            st.Page("pages/assurance/deliveries.py", title="Deliveries"),
            st.Page("pages/assurance/data_quality.py", title="Data quality"),
            st.Page("pages/assurance/definitions.py", title="Definitions"),
        ],
        "Analyst": [st.Page("pages/analyst/monthly_refresh.py", title="Monthly refresh")],
    }


# Streamlit runs this file as `__main__` for every reader, and imports it once when the server starts.
if __name__ == "__main__":
    frame.show(sections())
else:
    frame.at_start(sections)
    app = st.App("app.py", on_script_error=frame.failed)
