"""The pipeline's commands as the dashboard runs them: real processes on a small store, and processes that go wrong."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import polars as pl
import pytest
from filelock import FileLock

from drawing import refreshed
from drawing.release import release_in_force
from presentation import commands, inbox
from presentation.commands import Commands, Run
from presentation.refresh_outcome import answered
from tests.app.small_store import FIRST, HOME_FILE, home_file, refreshed_store

LONG = 5 * 60  # a busy machine must not fail what is said


@pytest.fixture(scope="module")
def at_work(tmp_path_factory: pytest.TempPathFactory) -> Commands:
    """The commands of a store with one release."""
    return refreshed_store(tmp_path_factory.mktemp("commands"))


def ended(at_work: Commands) -> Run:
    run = at_work.work
    assert run is not None
    assert run.wait(LONG)
    return run


def test_the_first_refresh_publishes_and_takes_what_it_received_out_of_the_inbox(at_work: Commands) -> None:
    run = ended(at_work)
    assert (run.exit_code, run.before, run.after) == (0, "", FIRST)
    assert run.document is not None
    assert run.document["published"]
    assert [one.name for one in run.received] == [HOME_FILE]
    assert run.share == 1.0
    assert inbox.waiting(at_work.store) == []


def test_a_check_says_what_would_be_set_aside_and_keeps_nothing(at_work: Commands) -> None:
    inbox.save(at_work.store, HOME_FILE, home_file(14, bad=1))
    before = sorted(p for p in at_work.store.rglob("*") if "inbox" not in p.parts)
    at_work.check(inbox.waiting(at_work.store))
    run = ended(at_work)
    [one] = refreshed.checked(run.document)
    assert (run.exit_code, one.rows_received, one.rows_accepted, one.rows_quarantined) == (0, 15, 14, 1)
    assert [finding.code for finding in one.findings] == ["sex_unknown_code"]
    assert sorted(p for p in at_work.store.rglob("*") if "inbox" not in p.parts) == before


def test_only_one_command_is_at_work(at_work: Commands) -> None:
    at_work.check(inbox.waiting(at_work.store))
    first = at_work.work
    at_work.refresh(is_sample=False)
    at_work.send_back()
    assert at_work.work is first
    assert at_work.sending_back is None
    assert at_work.running is first
    ended(at_work)


def test_a_store_that_another_program_holds_is_said(at_work: Commands) -> None:
    with FileLock(at_work.store / ".lock"):
        at_work.refresh(is_sample=False)
        run = ended(at_work)
    assert run.exit_code == commands.BUSY
    assert [one.name for one in inbox.waiting(at_work.store)] == [HOME_FILE]
    assert refreshed.refresh_title(answered(run)[0]) == "Another refresh is running"


def test_a_refresh_that_was_stopped_leaves_the_release_and_the_files(at_work: Commands) -> None:
    at_work.refresh(is_sample=False)
    run = at_work.work
    assert run is not None
    while run.is_running and not run.step:
        time.sleep(0.05)
    run.stop()
    assert run.wait(LONG)
    assert run.is_stopped
    assert release_in_force(at_work.store) == FIRST
    assert [one.name for one in inbox.waiting(at_work.store)] == [HOME_FILE]
    assert refreshed.refresh_title(answered(run)[0]) == "The refresh was stopped"


def test_the_next_refresh_finishes_it_and_what_was_uploaded_meanwhile_stays(at_work: Commands) -> None:
    inbox.save(at_work.store, "other.csv", b"nobody,knows\n1,2\n")
    at_work.refresh(is_sample=False)
    # The same bytes once more: what the refresh read is not what lies there now.
    assert inbox.save(at_work.store, HOME_FILE, home_file(14, bad=1))
    run = ended(at_work)
    assert (run.exit_code, run.before, run.after) == (1, FIRST, "2025-09.r2")
    assert [one.name for one in run.received] == ["other.csv"]
    assert [one.name for one in inbox.waiting(at_work.store)] == [HOME_FILE]


def test_a_refresh_with_nothing_new_says_so_and_clears_the_inbox(at_work: Commands) -> None:
    at_work.refresh(is_sample=False)
    run = ended(at_work)
    assert (run.exit_code, run.before, run.after) == (0, "2025-09.r2", "2025-09.r2")
    assert refreshed.refresh_title(answered(run)[0]) == "Nothing new"
    assert inbox.waiting(at_work.store) == []


def test_files_that_make_no_release_end_in_a_sentence(at_work: Commands) -> None:
    inbox.save(at_work.store, "again.csv", b"nobody,knows\n3,4\n")
    at_work.refresh(is_sample=False)
    run = ended(at_work)
    answer, ones = answered(run)
    assert (run.exit_code, refreshed.refresh_title(answer)) == (3, "Nothing could be published")
    assert [one.is_refused for one in ones] == [True]
    assert inbox.waiting(at_work.store) == []


def test_sample_files_are_refused_in_a_store_of_real_ones(at_work: Commands) -> None:
    at_work.refresh(is_sample=True)
    run = ended(at_work)
    assert run.exit_code == 2
    assert "This store holds real data" in " ".join(refreshed.refresh_sentences(answered(run)[0], [], 0))


def test_the_workbook_is_read_and_nothing_of_it_stays_on_the_disk(
    at_work: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    at_work.send_back()
    run = at_work.sending_back
    assert run is not None
    [folder] = tmp_path.iterdir()
    if os.name == "posix":
        assert folder.stat().st_mode & 0o777 == 0o700
    assert run.wait(LONG)
    assert list(tmp_path.iterdir()) == []
    [workbook] = run.workbooks
    assert (workbook.agency, workbook.rows) == ("education", 1)
    assert "belongs to Education (Derby City Council, education and skills) only" in workbook.notice
    sheets = pl.read_excel(io.BytesIO(workbook.content), sheet_id=0)
    assert list(sheets)[:2] == ["Summary", "What to mend"]
    assert len(sheets) == 3


def test_an_earlier_release_is_put_in_force_again(at_work: Commands) -> None:
    at_work.roll_back(FIRST)
    run = ended(at_work)
    assert (run.exit_code, run.before, run.after) == (0, "2025-09.r2", FIRST)
    assert release_in_force(at_work.store) == FIRST


def pretend(folder: Path, program: str) -> Path:
    """A folder in which `python -m pipelines` is another program."""
    (folder / "pipelines").mkdir(parents=True)
    (folder / "pipelines" / "__main__.py").write_text(program, encoding="utf-8")
    return folder


TROUBLE = {
    "no document": "print('Jane Doe, 2011-04-01')",
    "half a document": "print('{\"published\": true, ')",
    "another document": 'print(\'{"published": true, "receipts": [{"file": 1}], "findings": 7}\')',
    "a list": "print('[1, 2]')",
    "a traceback": "raise ValueError('Jane Doe, 2011-04-01.')",
    "killed": "import os, signal; os.kill(os.getpid(), 9)",
    "progress that is none": 'import sys; print(\'{"step": 4, "done": "x"}\\n[]\\n\\x00\', file=sys.stderr)',
    "a hard end": "import os; os._exit(77)",
}


@pytest.mark.parametrize("program", TROUBLE.values(), ids=TROUBLE.keys())
@pytest.mark.parametrize("verb", ["refresh", "check", "quarantine", "rollback"])
def test_a_command_that_goes_wrong_ends_in_a_sentence_without_a_traceback_or_a_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, verb: str
) -> None:
    monkeypatch.setattr(commands, "ROOT", pretend(tmp_path / "root", program))
    monkeypatch.setenv("INSIGHT_DEBUG", "1")
    at_work = Commands(tmp_path / "store")
    inbox.save(at_work.store, "waits.csv", b"x\n")
    begin = {
        "refresh": lambda: at_work.refresh(is_sample=False),
        "check": lambda: at_work.check(inbox.waiting(at_work.store)),
        "quarantine": at_work.send_back,
        "rollback": lambda: at_work.roll_back(FIRST),
    }
    begin[verb]()
    run = at_work.sending_back if verb == "quarantine" else at_work.work
    assert run is not None
    assert run.wait(LONG)
    answer, ones = answered(run)
    said = {
        "refresh": lambda: [refreshed.refresh_title(answer), *refreshed.refresh_sentences(answer, ones, 0)],
        "check": lambda: refreshed.failed_words("The check", answer),
        "quarantine": lambda: refreshed.failed_words("Writing the workbooks", answer),
        "rollback": lambda: refreshed.rollback_words(answer, FIRST),
    }[verb]()
    assert ones == []
    assert not run.workbooks
    assert "Jane" not in str(said)
    assert "Traceback" not in str(said)
    assert "come to its end" in str(said) or "not changed" in str(said)
    assert [one.name for one in inbox.waiting(at_work.store)] == ["waits.csv"]


def test_a_machine_on_which_nothing_starts_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "nothing"))
    at_work = Commands(tmp_path)
    at_work.refresh(is_sample=False)
    assert at_work.running is None
    assert "could not be started" in " ".join(refreshed.refresh_sentences(answered(ended(at_work))[0], [], 0))


def test_every_reader_of_the_server_finds_the_same_commands(tmp_path: Path) -> None:
    assert commands.of_store(tmp_path) is commands.of_store(tmp_path / "x" / "..")
    assert commands.of_store(tmp_path) is not commands.of_store(tmp_path / "other")
