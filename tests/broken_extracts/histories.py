"""Faults that show only against what came before: two months of deliveries, the second of which is at fault."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from metrics.release_format import Verdict
from tests.broken_extracts import forms
from tests.broken_extracts.entries import Spot
from tests.pipelines.inbox import MONTH, as_table
from tests.pipelines.templates import (
    BREAKS,
    CASES,
    COMPLEX,
    COSTS,
    HOME,
    JUSTICE,
    PLACES,
    REFERRALS,
    RETURN,
    REVIEWS,
    THERAPY,
    Row,
)

EARLIER: Final = "2025-08"


@dataclass(frozen=True)
class Told:
    """Deliveries of two months, as so many rows with some cells changed, and what is said of the second."""

    name: str
    extract: str
    codes: frozenset[str]
    verdict: Verdict
    before: tuple[int, Row]
    after: tuple[int, Row]
    set_aside: int = 0

    def __str__(self) -> str:
        return self.name

    def deliver(self, inbox: Path, first: int) -> None:
        """Both deliveries, in different forms of file."""
        spot = Spot(inbox, self.extract, first)
        same = self.before == self.after
        agency, name = self.extract.split("/")
        for month, (count, changes), form in (
            (EARLIER, self.before, "plain"),
            (MONTH, self.after, "plain" if same else "a workbook"),
        ):
            write = forms.FORMS[form]
            folder = inbox / month / agency
            folder.mkdir(parents=True, exist_ok=True)
            write(folder / f"{name}_{month}.{write.ending}", as_table(spot.rows(count, **changes)))


_COST = {"annual_cost": "4600000", "education_contribution": "4569333.34"}
TOLD: Final = [
    Told("a history that lost most of its rows", REVIEWS, frozenset({"row_count_fell"}), Verdict.REJECTED,
         (8, {}), (3, {}), 3),
    Told("a history of events that lost most of its rows", COMPLEX, frozenset({"row_count_fell"}), Verdict.REJECTED,
         (5, {}), (2, {}), 2),
    Told("a register that lost most of its rows", CASES, frozenset({"row_count_fell"}),
         Verdict.ACCEPTED_WITH_WARNINGS, (8, {}), (3, {})),
    Told("spells that lost most of their rows", BREAKS, frozenset({"row_count_fell"}),
         Verdict.ACCEPTED_WITH_WARNINGS, (8, {}), (3, {})),
    Told("a register that has more than doubled", JUSTICE, frozenset({"row_count_rose"}),
         Verdict.ACCEPTED_WITH_WARNINGS, (3, {}), (7, {})),
    Told("costs in pence", COSTS, frozenset({"annual_cost_total_jumped"}), Verdict.ACCEPTED_WITH_WARNINGS,
         (4, {}), (4, _COST)),
    Told("places that are hardly filled any more", PLACES, frozenset({"filled_places_total_jumped"}),
         Verdict.ACCEPTED_WITH_WARNINGS, (4, {}), (4, {"filled_places": "2"})),
    Told("the file of the month before", THERAPY, frozenset({"same_as_earlier_month"}),
         Verdict.ACCEPTED_WITH_WARNINGS, (4, {}), (4, {})),
    Told("a register that is as large as ever", REFERRALS, frozenset(), Verdict.ACCEPTED, (4, {}), (5, {})),
    Told("a figure that records give", RETURN, frozenset({"no_usable_rows", "indicator_id_computed_from_records"}),
         Verdict.REJECTED, (4, {"period_end": "2025-08-31"}), (4, {"indicator_id": "nd_waiting_count"}), 4),
    Told("home education as ever", HOME, frozenset(), Verdict.ACCEPTED, (4, {}), (6, {})),
]  # fmt: skip
# By a contract that says so; none of ours does.
BY_CONTRACT: Final = frozenset({"too_many_quarantined"})
NOT_REGULAR: Final = "file_not_regular"
CODES: Final = frozenset({NOT_REGULAR, *BY_CONTRACT, *(code for one in TOLD for code in one.codes)})


def _no_pipes(path: Path) -> None:
    raise OSError(f"there are no pipes for {path.name}")


def leave_links(inbox: Path) -> int:
    """Puts into an inbox what is no file, as far as the machine lets; gives how many there are."""
    folder = inbox / MONTH / "education"
    left = 0
    for name, put in (
        ("link_2025-09.csv", lambda path: path.symlink_to(inbox / MONTH / "care" / f"open_cases_{MONTH}.xlsx")),
        ("nowhere_2025-09.csv", lambda path: path.symlink_to(inbox / "nowhere")),
        ("folder", lambda path: path.symlink_to(inbox / EARLIER, target_is_directory=True)),
        ("pipe_2025-09.csv", getattr(os, "mkfifo", _no_pipes)),
    ):
        try:
            put(folder / name)
        except OSError:  # systems without pipes, and accounts that may not link
            continue
        left += 1
    return left
