"""The local area: its agencies, outcomes, wards and policies, from `local_area.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from data_contracts.mistakes import Written, read

HERE = Path(__file__).parent


class Agency(Written):
    """A sender of extracts: what it is called on a page, and who it is."""

    name: str
    sender: str


class Policy(Written):
    """Counts of at least 1 and below `below` identify a child and are suppressed; 0 suppresses none."""

    below: int


class Disclosure(Written):
    """The policies a metric may name, and what they are called together in a release."""

    name: str
    policies: dict[str, Policy]


class LocalArea(Written):
    """One English local area; another council changes this file and no code."""

    name: str
    partnership: str
    dfe_code: str
    ons_code: str
    region: str
    agencies: dict[str, Agency]
    release_quorum: int = 1
    disclosure: Disclosure
    outcomes: dict[int, str]
    wards: tuple[str, ...]


@cache
def load_local_area(path: Path = HERE / "local_area.yaml") -> LocalArea:
    """The local area; raises `Mistakes` with one sentence for each thing that is wrong."""
    return read(LocalArea, path, f"data_contracts/{path.name}")


def ward_key(name: str) -> str:
    """A ward's name as it is compared: without case, `&` and `and` alike, single spaces."""
    return " ".join(name.lower().replace("&", " and ").split())
