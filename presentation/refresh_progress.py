"""A command at work, followed once a second by whoever looks; it goes on when nobody does."""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

from drawing import refreshed
from presentation.commands import STEPS, Commands, Run

EVERY: Final = 1.0  # seconds
TITLES: Final = {
    "check": "Checking",
    "refresh": "Refreshing",
    "rollback": "Putting the earlier release in force",
    "quarantine": "Writing the workbooks",
}


def is_needed(run: Run | None) -> bool:
    """Whether there is something to follow."""
    return run is not None and run.is_running


def follow(at_work: Commands) -> None:
    """Draws how far the command is until it has ended, then the page with what came of it."""
    st.fragment(_look, run_every=EVERY)(at_work)


def _look(at_work: Commands) -> None:
    run = at_work.running
    if run is None:
        st.rerun()
    st.html(progress(run))
    with st.container(key="stop", horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Stop", key="stop_it", on_click=run.stop)
        if run.verb == "refresh":
            st.html(f'<p class="quiet">{escape(refreshed.STOPPING)}</p>')


def progress(run: Run) -> str:
    """A bar and, under it, the steps: which are done, which is under way, which are to come."""
    steps = list(STEPS[run.verb])
    at = steps.index(run.step) if run.step in steps else -1
    # A step is told as its parts get ready: when all are, the next is under way, though it has not told so yet.
    at += at >= 0 and run.done == run.of
    is_counted = run.step in steps[at : at + 1] and run.of > 1
    of = f"{run.done} of {run.of}" if is_counted else ""
    lines = []
    for place, step in enumerate(steps):
        state = "done" if place < at else "now" if place == at else "next"
        small = {"done": "done", "now": of or "under way", "next": ""}[state]
        current = ' aria-current="step"' if state == "now" else ""
        lines.append(
            f'<li class="{state}"{current}><b>{escape(step)}</b> <span>{escape(refreshed.STEPS[step])}</span>'
            f"<small>{small}</small></li>"
        )
    title, words = TITLES[run.verb], refreshed.elapsed(run.seconds)
    listed = f'<ol class="steps">{"".join(lines)}</ol>' if len(lines) > 1 else ""
    alone = of if len(lines) == 1 else ""
    return (
        f'<section class="progress"><h2>{title}</h2><p class="under">{words}{f", {alone}" if alone else ""}</p>'
        f'<progress aria-label="{title}" max="100" value="{round(run.share * 100)}"></progress>{listed}</section>'
    )
