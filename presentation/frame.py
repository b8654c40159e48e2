"""What stands around every page: the head, the links, the release on show, the foot, and friendly failure."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from data_contracts.local_area import load_local_area
from drawing import sentences, theme, wording
from drawing.release import NoReleaseYet, ReleaseError
from presentation import access, components, filters
from presentation.store import Shown, shown

Sections = dict[str, list[st.Page]]

log = logging.getLogger(__name__)
CSS = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
LINKS_JS = Path(__file__).with_name("links.js").read_text(encoding="utf-8")

# A plain link in st.html reloads the whole app; this hands a click on one to `switch_page` instead.
links = st.components.v2.component("inclusion_insight_links", js=LINKS_JS)


def at_start(sections: Callable[[], Sections]) -> None:
    """What the server does once, before the first reader comes.

    Until `st.navigation` has been called in a process, Streamlit takes a folder named pages/ for its old style of
    pages: whoever opens a deep link first is greeted by "Page not found". Outside a run the call does nothing else.
    """
    outside = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")
    level = outside.level
    outside.setLevel(logging.ERROR)  # it warns that nobody is there to navigate, which is the point
    st.navigation(sections(), position="hidden")
    outside.setLevel(level)


def show(sections: Sections) -> None:
    """Draw the frame and, inside it, the page of the address."""
    st.set_page_config(page_title=components.NAME, page_icon=components.ICON, layout="wide")
    st.html(f"<style>:root{{{theme.custom_properties()}}}{CSS}</style>")
    current = st.navigation(sections, position="hidden")
    analysts = {page.url_path for page in sections.get(access.SECTION, ())}
    hidden = set() if access.is_analyst() else analysts
    pages = [page for section in sections.values() for page in section if page.url_path not in hidden]
    st.session_state["frame_page"] = current.url_path
    _follow_links(pages)
    try:
        on_show = shown()
    except ReleaseError as error:
        _head(current, pages, None)
        if not isinstance(error, NoReleaseYet):
            components.trouble(str(error))
        elif current.url_path in analysts - hidden:
            current.run()  # the first release is made there
        else:
            components.no_release()
        return
    _head(current, pages, on_show)
    components.notes(on_show.notes)
    current.run()
    _foot(on_show)


def failed(error: Exception) -> bool:
    """A reader gets a sentence where something fails; the operator gets the traceback, in the log."""
    log.error("a page failed", exc_info=error)
    components.trouble("This page could not be drawn.")
    return True


def _follow_links(pages: Sequence[st.Page]) -> None:
    with st.container(key="links"):
        clicked = links(key="followed", on_go_change=lambda: None).get("go")
    if clicked:
        target = urlsplit(str(clicked["to"]))
        name = target.path.strip("/").removeprefix(filters.base_path()).strip("/")
        page = next((p for p in pages if p.url_path == name), None)
        if page:
            st.session_state["frame_answers"] = str(clicked["click"])
            st.switch_page(page, query_params=dict(parse_qsl(target.query)))


def _head(current: st.Page, pages: Sequence[st.Page], on_show: Shown | None) -> None:
    area, period = load_local_area(), filters.asked("period")
    items = "".join(
        f'<li><a href="{escape(filters.link(page.url_path, period=period))}" data-page'
        f"{' aria-current=page' if page.url_path == current.url_path else ''}>{escape(page.title)}</a></li>"
        for page in pages
    )
    answers = escape(st.session_state.get("frame_answers", ""))
    sample = on_show is not None and on_show.release.about.is_sample
    mark = '<span class="sample">Sample data: no real children</span>' if sample else ""
    st.html(
        f'<header class="head" data-answers="{answers}"><a class="skip" href="#" data-skip>Skip to the page</a>'
        f'<div><a class="brand" href="{escape(filters.link("", period=period))}" data-page>'
        f'{components.NAME}</a><span class="area">{escape(area.name)}</span>{mark}</div>'
        f'<nav aria-label="Pages"><ul>{items}</ul></nav></header>'
    )
    if on_show and on_show.is_earlier:
        about = on_show.release.about
        components.notes([
            filters.Note(
                f"This is an earlier release, {about.release_id}, for {wording.month(about.reporting_month)}.",
                on_show.in_force, filters.here(release=""), "The release in force is",
            )
        ])  # fmt: skip


def _foot(on_show: Shown) -> None:
    about = on_show.release.about
    made = f", made on {wording.day(about.created_at.date())}" if about.created_at else ""
    sample = " Sample data: invented, about no real child." if about.is_sample else ""
    st.html(
        f'<footer class="foot"><p>Release {escape(about.release_id)}{made}, for reporting month '
        f"{wording.month(about.reporting_month)}.{sample} "
        f"{escape(sentences.protection(about.disclosure_policy))}</p></footer>"
    )
