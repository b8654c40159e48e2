"""The analyst's month: upload what was sent, check it, refresh, see the release change, send rows back."""

import streamlit as st

from drawing import refreshed
from presentation import access, commands, components, refresh_files, refresh_outcome, refresh_progress, store


def page() -> None:
    """From the files that wait to the release that came of them, and back to their senders."""
    at_work = commands.of_store(store.store_path())
    in_force = store.in_force()
    components.heading("Monthly refresh", refreshed.in_force_sentence(in_force.about if in_force else None))

    components.subheading("Upload files", refresh_files.UNDER)
    refresh_files.uploader(at_work)
    waiting = refresh_files.waiting_list(at_work)
    refresh_files.actions(at_work, waiting, in_force)

    if refresh_progress.is_needed(at_work.work):
        refresh_progress.follow(at_work)
    elif at_work.work:
        refresh_outcome.outcome(at_work, at_work.work, waiting)

    with st.container(key="sending_back"):
        components.subheading("Send rows back", refresh_outcome.UNDER)
        refresh_outcome.sending_back(at_work)
        if refresh_progress.is_needed(at_work.sending_back):
            refresh_progress.follow(at_work)


if access.is_analyst():
    page()
else:
    access.no_such_page()
