"""Who may see the pages of the analyst: whoever asks for them on a machine of their own, and nobody else."""

from __future__ import annotations

import os
from typing import Final
from urllib.parse import urlsplit

import streamlit as st

from presentation import components

ROLE: Final = "INSIGHT_LOCAL_ROLE"
SECTION: Final = "Analyst"  # of the navigation
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
# What a proxy adds to a request. Behind one, the machine that asks is not the one that seems to.
FROM_A_PROXY: Final = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")
FOR_THE_ANALYST: Final = (
    "The analyst has it on the machine that holds the store: the dashboard is started there with "
    f"{ROLE} set to analyst, and listens to that machine only."
)


def is_analyst() -> bool:
    """Whether the role was given, the server listens to this machine only, and the reader sits at it."""
    listens_here_only = st.get_option("server.address") in LOOPBACK
    return os.environ.get(ROLE) == "analyst" and listens_here_only and is_local(request_headers())


def request_headers() -> dict[str, str]:
    """The headers with which the reader's browser asked."""
    return st.context.headers.to_dict()


def is_local(headers: dict[str, str]) -> bool:
    """Whether a request names this machine as its host and came through no proxy; one that names none did not."""
    named = {name.title(): value for name, value in headers.items()}
    if any(name in named for name in FROM_A_PROXY):
        return False
    try:
        host = urlsplit(f"//{named.get('Host', '')}").hostname
    except ValueError:
        return False
    return host in LOOPBACK


def no_such_page() -> None:
    """What stands at an analyst's address for everybody else."""
    title = "There is no such page here"
    st.set_page_config(page_title=f"{title} – {components.NAME}")
    components.state(
        title,
        ["The pages in the head of this one show everything that has been published.", FOR_THE_ANALYST],
    )
