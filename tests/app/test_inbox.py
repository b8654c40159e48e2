"""The page for the analyst lists what a refresh would take, and nothing else."""

from __future__ import annotations

from pathlib import Path

from pipelines import intake
from presentation import inbox

LYING_THERE = {
    "education/2025-09/ehe_register_2025-09.csv": True,
    "2025-09/no_extension": True,
    "at the top.xlsx": True,
    "thumbs.db.csv": True,
    "~not a lock.csv": True,
    "education/.hidden.csv": False,
    "education/.hidden/ehe_register_2025-09.csv": False,
    "~$ehe_register_2025-09.xlsx": False,
    "education/Thumbs.db": False,
    "thumbs.db/ehe_register_2025-09.csv": False,
    ".0123456789abcdef.part": False,
}


def test_what_waits_is_what_a_refresh_takes(tmp_path: Path) -> None:
    for name in LYING_THERE:
        path = inbox.folder(tmp_path) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    (inbox.folder(tmp_path) / "a link.csv").symlink_to(inbox.folder(tmp_path) / "at the top.xlsx")
    taken = {inbox.folder(tmp_path) / name for name, is_taken in LYING_THERE.items() if is_taken}
    assert {one.path for one in inbox.waiting(tmp_path)} == taken
    assert set(intake.found(inbox.folder(tmp_path))) == taken
