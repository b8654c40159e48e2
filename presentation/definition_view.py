"""What the definitions page shows: a list, one definition of it, or one extract; read from the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from data_contracts.local_area import LocalArea
from drawing import definitions, labels
from drawing.release import Metric, Release
from presentation import filters

EXTRACT = "extract"  # the other way round: by=extract, category=education/ehc_requests
SEARCH = "definitions_search"
CHOICES = ("metric", "by", "category")


@dataclass(frozen=True)
class View:
    """The definitions listed, and the one, or the extract, that is opened."""

    metric: Metric | None
    is_by_extract: bool
    extract: str
    theme: str
    text: str
    found: tuple[Metric, ...]  # of the theme, those that hold what is searched for
    among: int
    extracts: tuple[str, ...]
    notes: tuple[filters.Note, ...]


def choose_view(release: Release, area: LocalArea) -> View:
    """The view the address and the search box ask for. The release has a metric."""
    metrics, text = release.metrics, str(st.session_state.get(SEARCH) or "").strip()
    theme = filters.choose("theme", sorted({m.theme for m in metrics.values()}), "", "theme", labels.theme_label)
    metric = filters.choose("metric", list(metrics), "", "measure", lambda i: metrics[i].title)
    by = filters.choose("by", ["theme", EXTRACT], "theme", "order", labels.spelt_out)
    extracts = _in_order(definitions.extracts(metrics.values(), release.lineage), area)
    is_by_extract = by.value == EXTRACT and not metric.value
    extract = filters.choose("category", extracts if is_by_extract else [], "", EXTRACT, labels.extract_label)
    opened = metrics.get(metric.value)
    heading = opened.theme if opened and not text else theme.value
    inside = [m for m in metrics.values() if heading in ("", m.theme)]
    return View(
        metric=opened,
        is_by_extract=is_by_extract,
        extract=extract.value if is_by_extract else "",
        theme=theme.value,
        text=text,
        found=tuple(definitions.search(inside, release.lineage, text)),
        among=len(inside),
        extracts=tuple(extracts),
        notes=(*theme.notes, *metric.notes, *by.notes, *(extract.notes if is_by_extract else ())),
    )


def _in_order(extracts: Sequence[str], area: LocalArea) -> list[str]:
    """By agency as the local area lists them, then by name."""
    order = {agency: place for place, agency in enumerate(area.agencies)}

    def place(extract: str) -> tuple[int, str, str]:
        agency = extract.partition("/")[0]
        return order.get(agency, len(order)), agency, labels.extract_label(extract).casefold()

    return sorted(extracts, key=place)


def agency_name(extract: str, area: LocalArea) -> str:
    """Who sends an extract (`agency/extract`), as the pages call them."""
    agency = extract.partition("/")[0]
    return area.agencies[agency].name if agency in area.agencies else labels.spelt_out(agency)


def sender_name(extract: str, area: LocalArea) -> str:
    """The body that sends an extract."""
    agency = extract.partition("/")[0]
    return area.agencies[agency].sender if agency in area.agencies else labels.spelt_out(agency)


def extract_name(extract: str, area: LocalArea) -> str:
    """An extract after its agency, as returns have one name everywhere: `Health: neurodevelopmental referrals`."""
    return f"{agency_name(extract, area)}: {labels.in_sentence(labels.extract_label(extract))}"


def controls(view: View, release: Release, area: LocalArea) -> None:
    """The search box and the two selectors; each selector writes its value into the address."""
    themes = [theme for theme, _ in definitions.by_theme(release.metrics.values())]
    with st.container(key="controls"):
        spots = st.columns([2.4, 1.6, 2.4], gap="small")
    with spots[0]:
        st.text_input("Search", key=SEARCH, placeholder="A word, a column, an agency", on_change=_back_to_the_list)
    with spots[1]:
        _select("theme", "Theme", ["all", *themes], view.theme or "all",
                lambda t: "All themes" if t == "all" else labels.theme_label(t), _write_theme)  # fmt: skip
    with spots[2]:
        _select("extract", "What an extract feeds", ["all", *view.extracts], view.extract or "all",
                lambda e: "Choose an extract" if e == "all" else extract_name(e, area), _write_extract)  # fmt: skip


def _select(
    name: str, label: str, options: Sequence[str], value: str, words: Callable[[str], str], write: Callable[[], None]
) -> None:
    key = f"definitions_{name}"
    st.session_state[key] = value
    st.selectbox(label, options, key=key, format_func=words, on_change=write)


def _back_to_the_list() -> None:
    for name in CHOICES:
        st.query_params.pop(name, None)


def _write_theme() -> None:
    filters.write("theme", "definitions_theme", *CHOICES)


def _write_extract() -> None:
    st.session_state[SEARCH] = ""
    filters.write("category", "definitions_extract", "metric", "theme", "by")
    if filters.asked("category"):
        st.query_params["by"] = EXTRACT
