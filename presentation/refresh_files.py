"""The upper half of the analyst's page: whose files are uploaded, which of them wait, and what to do with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from html import escape
from typing import Any, Final

import streamlit as st

from data_contracts.local_area import load_local_area
from drawing import refreshed, wording
from drawing.release import Release, month_end
from presentation import components, inbox
from presentation.commands import Commands
from presentation.inbox import Waiting

UNDER: Final = "They wait on this machine until a refresh has received them"
MONTH, AGENCY, IS_SAMPLE = "monthly_refresh_month", "monthly_refresh_agency", "monthly_refresh_is_sample"
SAID, TURN, HANDLED = "monthly_refresh_said", "monthly_refresh_turn", "monthly_refresh_handled"
AS_IT_SAYS: Final = "As the file says"
MONTHS_BACK: Final = 36
LISTED: Final = 10  # more files than this are folded away


def uploader(at_work: Commands) -> None:
    """Where files are dropped; each is saved as soon as it is there. The box shows those that were too large."""
    agencies = load_local_area().agencies
    today = datetime.now(UTC).date()
    months = ["", *[f"{month_end(today, -back):%Y-%m}" for back in range(MONTHS_BACK)]]
    with st.container(key="controls_upload", horizontal=True, gap="small"):
        st.selectbox("Month", months, key=MONTH, width=220, format_func=_month)
        st.selectbox("From", ["", *agencies], key=AGENCY, width=220,
                     format_func=lambda a: agencies[a].name if a else AS_IT_SAYS)  # fmt: skip
    key = f"monthly_refresh_files_{st.session_state.get(TURN, 0)}"
    with st.container(key="upload"):
        st.file_uploader("Files", accept_multiple_files=True, key=key, label_visibility="collapsed",
                         on_change=_save, args=(at_work, key))  # fmt: skip
    largest = int(st.get_option("server.maxUploadSize"))
    said = refreshed.upload_sentence(largest)
    st.html(f'<p class="quiet">{escape(said)} <code>{escape(refreshed.COMMAND)}</code></p>')
    _said()


def _month(month: str) -> str:
    return wording.month(date.fromisoformat(f"{month}-01")) if month else AS_IT_SAYS


def _say(sentences: Iterable[str]) -> None:
    st.session_state[SAID] = list(sentences)


def _said() -> None:
    lines = "".join(f"<p>{escape(sentence)}</p>" for sentence in st.session_state.get(SAID, ()))
    if lines:
        st.html(f'<div class="note" role="status">{lines}</div>')


def _save(at_work: Commands, key: str) -> None:
    handled = st.session_state.setdefault(HANDLED, set())
    uploads = [one for one in st.session_state.get(key) or () if one.file_id not in handled]
    month, agency = st.session_state.get(MONTH, ""), st.session_state.get(AGENCY, "")
    if uploads:
        handled |= {one.file_id for one in uploads}
        _say(save_each(at_work, uploads, month, agency))


def _empty_the_box() -> None:
    """Another box takes its place, and what was uploaded leaves the server's memory.

    Not as soon as it is saved: a file that is too large never comes here, and the box alone can say so.
    """
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
    st.session_state[HANDLED] = set()


def save_each(at_work: Commands, uploads: Sequence[Any], month: str, agency: str) -> list[str]:
    """Saves uploads under safe names; returns what there is to say. Of two with one name the second is not saved."""
    saved: dict[str, str] = {}
    replaced, twice, failed = [], [], []
    for upload in uploads:
        name = inbox.safe_name(upload.name)
        if name in saved:
            twice.append(name)
            continue
        try:
            if inbox.save(at_work.store, name, upload.getbuffer(), month, agency):
                replaced.append(name)
            saved[name] = upload.name
        except OSError:
            failed.append(name)
    renamed = [new for new, old in saved.items() if new != old]
    return refreshed.saved_sentences(len(saved), replaced, renamed, twice, failed)


def waiting_list(at_work: Commands) -> list[Waiting]:
    """The files that wait, each with a way to take it out again."""
    waiting = inbox.waiting(at_work.store)
    size = sum(one.size for one in waiting)
    if not waiting:
        components.paragraph("No file waits. Drop what the agencies sent into the box above.")
        return waiting
    title = f"{wording.plural(len(waiting), 'file')} waiting, {refreshed.size(size)}"
    many = len(waiting) > LISTED
    st.html(f'<h3 class="waiting">{title}</h3>')
    folded = st.container(key="files")
    with folded.expander("Show the files") if many else folded, st.container(key="waiting", gap=None):
        for place, one in enumerate(waiting):
            _line(at_work, place, one)
    return waiting


def _line(at_work: Commands, place: int, one: Waiting) -> None:
    area = load_local_area()
    folders = [area.agencies[part].name if part in area.agencies else _folder(part) for part in one.folders]
    below = f"{', '.join(folders)}, " if folders else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"file_{place}"):
        st.html(f'<p class="file">{escape(one.name)}<small>{escape(below)}{refreshed.size(one.size)}</small></p>')
        # The name is for those who hear the page; in code style, so that nothing in it is taken for Markdown.
        st.button(f"Remove `{one.name.replace('`', '')}`", key=f"remove_{place}", type="tertiary",
                  disabled=at_work.running is not None, on_click=_remove, args=(at_work, one))  # fmt: skip


def _folder(name: str) -> str:
    return _month(name) if inbox.is_month(name) else name


def _remove(at_work: Commands, one: Waiting) -> None:
    if at_work.running is None:
        inbox.remove(one)
        _empty_the_box()
        _say([f"{one.name} was removed. Upload it again if it should wait after all."])


def actions(at_work: Commands, waiting: Sequence[Waiting], in_force: Release | None) -> None:
    """Check what waits, or refresh from it."""
    is_sample = in_force.about.is_sample if in_force else False
    idle = bool(waiting) and at_work.running is None
    if in_force is None:
        with st.container(key="nature"):
            st.checkbox("These files are sample data, about no real child", key=IS_SAMPLE)
        components.paragraph(refreshed.NATURE, quiet=True)
        is_sample = bool(st.session_state.get(IS_SAMPLE))
    with st.container(key="actions", horizontal=True, gap="small"):
        st.button("Check", key="check", disabled=not idle, on_click=_check, args=(at_work,))
        st.button("Refresh", key="refresh", type="primary", disabled=not idle,
                  on_click=_refresh, args=(at_work, is_sample))  # fmt: skip
    if waiting:
        components.paragraph(refreshed.WHAT_THEY_DO, quiet=True)


def _check(at_work: Commands) -> None:
    _say([])
    _empty_the_box()
    at_work.check(inbox.waiting(at_work.store))


def _refresh(at_work: Commands, is_sample: bool) -> None:
    _say([])
    _empty_the_box()
    at_work.refresh(is_sample=is_sample)
