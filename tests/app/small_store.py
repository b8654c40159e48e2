"""A small store of real files, made by the commands themselves: one register, one release."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from presentation import inbox
from presentation.commands import Commands, of_store
from tests.pipelines.inbox import as_table
from tests.pipelines.templates import HOME, row, rows

HOME_FILE = "ehe_register_2025-09.csv"
FIRST = "2025-09.r1"


def home_file(good: int, bad: int = 0) -> bytes:
    """The register of home education with so many good rows, and so many with a code that nobody knows."""
    text = io.StringIO()
    table = as_table([*rows(HOME, good), *(row(HOME, good + place, sex="Q") for place in range(1, bad + 1))])
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue().encode()


def refreshed_store(store: Path) -> Commands:
    """The commands of a store in which the first refresh has ended."""
    inbox.save(store, HOME_FILE, home_file(12))
    at_work = of_store(store)
    at_work.refresh(is_sample=False)
    assert at_work.work is not None
    assert at_work.work.wait(600)
    return at_work
