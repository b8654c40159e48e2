"""Which release is shown: the one in force, or an earlier one the address asks for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from drawing.release import Release, ReleaseError, release_ids, release_in_force, release_path
from presentation import filters


@dataclass(frozen=True)
class Shown:
    """The release on the page, the one in force, and what to say if another was asked for."""

    release: Release
    in_force: str
    notes: tuple[filters.Note, ...] = ()

    @property
    def is_earlier(self) -> bool:
        """Whether the reader looks at a release that is not in force."""
        return self.release.about.release_id != self.in_force


def store_path() -> Path:
    """The folder of the store: INSIGHT_STORE, or `store` where the app was started."""
    return Path(os.environ.get("INSIGHT_STORE") or "store")


# Keyed by path and id: a new release is a new file, so an entry never goes stale and no open file is replaced.
@st.cache_resource(max_entries=8, show_spinner=False)
def _opened(store: str, release_id: str) -> Release:
    return Release.open(release_path(Path(store), release_id))


def shown() -> Shown:
    """The release to show. Raises ReleaseError, with a sentence for the reader, if there is none."""
    store = store_path()
    in_force = release_in_force(store)
    choice = filters.choose("release", release_ids(store), in_force, what="release")
    if not choice.value:
        raise ReleaseError(f"The release in force, {in_force}, is not in the store.")
    return Shown(_opened(str(store.resolve()), choice.value), in_force, choice.notes)


def in_force() -> Release | None:
    """The release in force, whatever the address asks for; none before the first."""
    try:
        return _opened(str(store_path().resolve()), release_in_force(store_path()))
    except ReleaseError:
        return None


def release() -> Release:
    """The release a page draws. The frame has opened it before any page runs."""
    return shown().release
