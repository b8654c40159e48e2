"""A file for every rule across columns, found by listing: each extract that has it takes its turn."""

from __future__ import annotations

from collections import Counter
from itertools import cycle
from typing import Final

from tests.broken_extracts import forms
from tests.broken_extracts.entries import Entry, aside, cells, warned
from tests.pipelines.inbox import CONTRACTS
from tests.pipelines.planted_faults import NEVER_ALONE, OWN, SPOILT
from tests.pipelines.templates import Row

# In a check nobody knows since when records come, so no figure is known to be computed from them.
BY_HISTORY: Final = frozenset({"indicator_id_computed_from_records"})


def _changes(extract: str, code: str, column: str | None) -> Row:
    own = OWN.get(extract, {}).get(code)
    return own if own is not None else {str(column): SPOILT[code.removeprefix(f"{column}_")]}


def _others(extract: str, code: str) -> set[str]:
    """What a row that breaks the rule cannot but break as well."""
    return NEVER_ALONE.get((extract, code), set())


def _entries() -> list[Entry]:
    """One entry for each code, of an extract that has few so far and, where there is one, breaks nothing else by it."""
    holders: dict[str, list[tuple[str, str | None, str]]] = {}
    for contract in CONTRACTS.values():
        for rule in contract.rules:
            if rule.code not in BY_HISTORY:
                holders.setdefault(rule.code, []).append((contract.id, rule.column, rule.severity))
    made: Counter[str] = Counter()
    entries = []
    for (code, having), form in zip(sorted(holders.items()), cycle(forms.FORMS), strict=False):
        extract, column, severity = min(having, key=lambda one: (len(_others(one[0], code)), made[one[0]]))
        made[extract] += 1
        make = cells(form, **_changes(extract, code, column))
        if severity == "error":
            entries.append(aside(f"rule {code}", extract, {code} | _others(extract, code), make))
        else:
            entries.append(warned(f"rule {code}", extract, code, make))
    return entries


ENTRIES: Final[list[Entry]] = _entries()
