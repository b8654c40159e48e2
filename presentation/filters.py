"""What the address asks for. The whole view is in the URL; an unknown value is said, and the nearest is offered."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from urllib.parse import urlencode

import streamlit as st

from drawing import labels, wording
from drawing.release import month_end

PARAMETERS = ("metric", "grain", "period", "by", "category", "area", "release", "theme")


@dataclass(frozen=True)
class Note:
    """A sentence about the address, and where the nearest thing lies."""

    sentence: str
    offer: str = ""
    href: str = ""
    lead: str = "The nearest is"


@dataclass(frozen=True)
class Choice:
    """What one parameter comes to, with what must be said about it."""

    value: str
    notes: tuple[Note, ...] = ()


def asked(name: str) -> str:
    """The value of a parameter in the address, empty if there is none."""
    return str(st.query_params.get(name, "")).strip()


def choose(name: str, options: Sequence[str], default: str, what: str, label: Callable[[str], str] = str) -> Choice:
    """The value asked for if it is one of `options`, else the default and a note that offers the nearest."""
    wanted = asked(name)
    fallback = default if default in options else ""
    if not wanted:
        return Choice(fallback)
    if wanted in options:
        return Choice(wanted)
    near = nearest(wanted, options, label)
    said = f"There is no {what} “{wanted[:60]}” here."
    return Choice(fallback, (Note(said, label(near), here(**{name: near})) if near else Note(said),))


def nearest(wanted: str, options: Sequence[str], label: Callable[[str], str] = str) -> str:
    """The option whose code or name is most like what was asked for; empty if there are no options."""
    names = {name.lower(): option for option in options for name in (label(option), option)}
    found = get_close_matches(wanted.lower(), list(names), n=1, cutoff=0)
    return names[found[0]] if found else ""


def choose_month(ends: Sequence[date], latest: date) -> tuple[date, tuple[Note, ...]]:
    """The month end asked for by `period=YYYY-MM`; the latest if none, or if the release does not know it."""
    wanted = asked("period")
    if not wanted:
        return latest, ()
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", wanted):
        end = month_end(date(int(wanted[:4]), int(wanted[5:]), 1))
        if end in ends or end == latest:
            return end, ()
        near = min(ends, key=lambda e: abs((e - end).days), default=latest)
        said = f"There are no figures for {wording.month(end)} here."
    else:
        near, said = latest, f"“{wanted[:40]}” is not a month; write it as 2025-09."
    return latest, (Note(said, wording.month(near), here(period=near.strftime("%Y-%m"))),)


def link(page: str, **parameters: str) -> str:
    """The address of a page with parameters; an earlier release stays chosen from page to page."""
    kept = {"release": asked("release"), **parameters}
    query = urlencode({k: v for k, v in kept.items() if v})
    path = "/".join(["", *[part for part in (base_path(), page) if part]]) or "/"
    return f"{path}?{query}" if query else path


def base_path() -> str:
    """The folder of the address under which the app is served; usually none."""
    return str(st.get_option("server.baseUrlPath") or "").strip("/")


def here(**parameters: str) -> str:
    """The address of this page with some parameters changed."""
    current = {name: asked(name) for name in PARAMETERS}
    path = st.session_state.get("frame_page", "")
    return link(path, **(current | parameters))


def write(name: str, key: str, *forget: str) -> None:
    """Put a widget's value into the address, and drop the parameters that no longer fit; a widget's callback."""
    value = st.session_state.get(key)
    for other in forget:
        st.query_params.pop(other, None)
    if value in (None, "", "all"):
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = str(value)


def only_theme(theme: str) -> tuple[Note, ...]:
    """Says that a theme narrows the page, and where everything is."""
    if not theme:
        return ()
    return (Note(f"Only {labels.in_sentence(labels.theme_label(theme))}.", "all measures", here(theme=""), "Show"),)


def theme_control(page: str, themes: Sequence[str], theme: str, all_of_them: str) -> None:
    """A selector of the theme; it writes `theme` into the address. `all_of_them` is what no theme stands for."""
    key = f"{page}_theme"
    st.session_state[key] = theme or "all"
    with st.container(key=f"controls_{key}", width=280):
        st.selectbox("Theme", ["all", *themes], key=key, on_change=write, args=("theme", key),
                     format_func=lambda t: all_of_them if t == "all" else labels.theme_label(t))  # fmt: skip


def month_control(page: str, ends: Sequence[date], end: date) -> None:
    """A selector of the month; it writes `period` into the address."""
    words = {e.strftime("%Y-%m"): wording.month(e) for e in sorted({*ends, end}, reverse=True)}
    key = f"{page}_period"
    st.session_state[key] = end.strftime("%Y-%m")
    with st.container(key=f"controls_{page}", width=220):
        st.selectbox("Reporting month", list(words), key=key, format_func=lambda m: words.get(m, m),
                     on_change=write, args=("period", key))  # fmt: skip
