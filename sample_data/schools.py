"""The schools of the sample: invented names, URNs in a range that no register uses."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

import numpy as np

from sample_data.dates import Ints, Texts


class School(NamedTuple):
    """One row of the register of schools; `successor_urn` names the school that took over a closed one."""

    urn: str
    name: str
    phase: str
    placement_type: str
    opened: date
    closed: date | None
    successor_urn: str | None


FIRST_URN: Final = 990001

# phase, type of placement, how many, what follows the invented word; 107 schools of the council, then others.
_KINDS: Final = (
    ("early_years", "early_years_setting", 7, "Nursery School"),
    ("primary", "mainstream", 74, "Primary School"),
    ("secondary", "mainstream", 17, "Academy"),
    ("special", "state_special", 6, "Special School"),
    ("alternative_provision", "alternative_provision", 3, "Pupil Referral Unit"),
    ("post_16", "post_16_college", 2, "College"),
    ("special", "independent_special", 8, "House School"),
)
_BEGINNINGS: Final = (
    "Amber", "Bramble", "Clover", "Dunlin", "Elder", "Finch", "Gorse", "Heron", "Iris", "Juniper", "Kestrel", "Linnet",
    "Marl", "Nettle", "Otter", "Plover", "Quill", "Rowan", "Sorrel", "Teasel", "Umber", "Vetch", "Willow", "Yarrow",
)  # fmt: skip
_ENDINGS: Final = ("combe", "hythe", "mere", "stead", "thwaite")


def _register() -> tuple[School, ...]:
    words = [f"{beginning}{ending}" for ending in _ENDINGS for beginning in _BEGINNINGS]
    schools: list[School] = []
    for phase, placement_type, count, suffix in _KINDS:
        for _ in range(count):
            at = len(schools)
            opened = date(1950 + at * 7 % 70, 9, 1)
            name = f"{words[at]} {suffix}"
            schools.append(School(str(FIRST_URN + at), name, phase, placement_type, opened, None, None))
    heir = next(school for school in schools if school.phase == "primary")
    closed = School(
        str(FIRST_URN + len(schools)), f"{words[len(schools)]} Infant School", "primary", "mainstream",
        date(1962, 9, 1), date(2024, 8, 31), heir.urn,
    )  # fmt: skip
    return (*schools, closed)


SCHOOLS: Final[tuple[School, ...]] = _register()


def school_for(taste: Ints, phase: str, placement_type: str = "mainstream") -> Texts:
    """The URN of an open school of a kind for each child; the same `taste` (any number) gives the same school."""
    urns = np.array(
        [s.urn for s in SCHOOLS if s.phase == phase and s.placement_type == placement_type and s.closed is None]
    )
    return urns[taste % len(urns)]
