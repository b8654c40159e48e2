"""The frame of the dashboard: `streamlit run app.py`. A page is one file in pages/<section>/ and one line here."""

import streamlit as st

from presentation import frame

SECTIONS = {
    "Board": [st.Page("pages/board/overview.py", title="Overview", default=True)],
    "Explore": [st.Page("pages/explore/metric.py", title="Measures")],
    "Assurance": [
        st.Page("pages/assurance/deliveries.py", title="Deliveries"),
        st.Page("pages/assurance/data_quality.py", title="Data quality"),
    ],
}

# Streamlit imports this file once when the server starts and runs it for every reader. Naming the pages already at
# the start keeps it from taking the folder pages/ for its old style, which greets the first deep link with an error.
if __name__ != "__main__":
    st.navigation(SECTIONS, position="hidden")
    app = st.App("app.py", on_script_error=frame.failed)
else:
    frame.configure()
    frame.show(st.navigation(SECTIONS, position="hidden"), SECTIONS)
