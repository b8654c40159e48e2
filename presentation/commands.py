"""The pipeline's commands as processes of their own: started, followed, stopped, and read when they have ended.

Nothing here imports the pipeline. The dashboard runs `python -m pipelines` as an analyst would, and believes its exit
code and its document. Commands belong to the server, not to a reader: whoever reloads the page finds them again.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from drawing.release import NoReleaseYet, release_in_force
from presentation import inbox
from presentation.inbox import Waiting

ROOT: Final = Path(__file__).parents[1]
# How much of a command each of its steps takes, in hundredths, in their order.
STEPS: Final = {
    "refresh": {"Receive": 5, "Stage and check": 50, "Model": 5, "Measure": 30, "Protect": 5, "Publish": 5},
    "check": {"Stage and check": 100},
    "quarantine": {"Read": 50, "Write": 50},
    "rollback": {},
}
ANSWERED: Final = (0, 1, 3)  # the exit codes of a refresh that went through all files
BUSY: Final = 4
_LONGEST_SENTENCE: Final = 400
_PATIENCE: Final = 5  # seconds between asking a process to stop and ending it


@dataclass(frozen=True)
class Workbook:
    """What one agency should mend, as it would be sent. It holds personal data, and lies in memory only."""

    agency: str
    content: bytes
    deliveries: int
    rows: int
    notice: str


class Run:
    """One command: how far it is and, when it has ended, how."""

    def __init__(self, verb: str, words: Sequence[str], files: Sequence[Waiting] = ()) -> None:
        self.verb, self.files = verb, tuple(files)
        self.step, self.done, self.of = "", 0, 0
        self.exit_code: int | None = None
        self.document: dict[str, Any] | None = None
        self.sentence = ""  # what it said on its way out
        self.is_stopped = False
        self.before = self.after = ""  # the release in force
        self.received: list[Waiting] = []  # what left the inbox
        self.workbooks: list[Workbook] = []
        self._words = (sys.executable, "-m", "pipelines", verb, *words, "--json")
        self._began, self._took = time.monotonic(), 0.0
        self._process: subprocess.Popen[str] | None = None
        self._ended = threading.Event()

    def start(self, at_end: Callable[[Run], None] = lambda _: None) -> Run:
        """Begins it; `at_end` puts things in order before anybody hears that it has ended."""
        # What a failure of the pipeline would print for its makers could quote a row.
        surroundings = {name: value for name, value in os.environ.items() if name != "INSIGHT_DEBUG"}
        try:
            self._process = subprocess.Popen(
                self._words, cwd=ROOT, env=surroundings | {"PYTHONUTF8": "1"}, encoding="utf-8", errors="replace",
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
        except OSError:
            self.sentence = "It could not be started on this machine."
            self._ended.set()
            return self
        threading.Thread(target=self._follow, args=(self._process, at_end), daemon=True).start()
        return self

    @property
    def is_running(self) -> bool:
        return not self._ended.is_set()

    @property
    def seconds(self) -> int:
        """How long it has been running, or ran."""
        return int(self._took or time.monotonic() - self._began)

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1."""
        shares = STEPS[self.verb]
        if self.step not in shares:
            return 0.0
        before = sum(list(shares.values())[: list(shares).index(self.step)])
        return (before + shares[self.step] * self.done / max(self.of, 1)) / 100

    def wait(self, seconds: float | None = None) -> bool:
        """Waits until it has ended; returns whether it has."""
        return self._ended.wait(seconds)

    def stop(self) -> None:
        """Ends it. What it had begun, the next refresh finishes."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        self.is_stopped = True
        process.terminate()

        def insist() -> None:
            if not self.wait(_PATIENCE):
                process.kill()

        threading.Thread(target=insist, daemon=True).start()

    def _follow(self, process: subprocess.Popen[str], at_end: Callable[[Run], None]) -> None:
        assert process.stdout is not None  # noqa: S101 (both are pipes, see `start`)
        assert process.stderr is not None  # noqa: S101
        try:
            with process:
                telling = threading.Thread(target=self._listen, args=(process.stderr,), daemon=True)
                telling.start()
                answer = process.stdout.read()
                telling.join()
            self.exit_code = process.returncode
            self.document = _document(answer)
            self.is_stopped = self.is_stopped and self.document is None
            with suppress(OSError):
                at_end(self)
        finally:
            self._took = time.monotonic() - self._began
            self._ended.set()

    def _listen(self, lines: IO[str]) -> None:
        """Takes in how far it is, line by line, and the sentence it ends with."""
        trace = False
        for line in lines:
            told = _document(line)
            if told is None:
                trace = trace or line.startswith("Traceback")
                said = line.strip().removeprefix("Error: ")
                self.sentence = said[:_LONGEST_SENTENCE] if said.endswith(".") and not trace else self.sentence
            elif isinstance(told.get("done"), int) and isinstance(told.get("of"), int):
                self.step, self.done, self.of = str(told.get("step")), told["done"], told["of"]


def _document(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


class Commands:
    """The commands of one store, one at a time; of each kind the last stays to be read."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.work: Run | None = None  # the last check, refresh or rollback
        self.sending_back: Run | None = None
        self._turn = threading.Lock()

    @property
    def running(self) -> Run | None:
        """What is at work now."""
        return next((run for run in (self.work, self.sending_back) if run and run.is_running), None)

    def check(self, files: Sequence[Waiting]) -> None:
        """Begins to check the files; nothing of it is kept."""
        self._begin(lambda: Run("check", [str(one.path) for one in files], files))

    def refresh(self, *, is_sample: bool) -> None:
        """Begins a refresh from the inbox; what it received leaves the inbox when it has gone through all files."""
        place = inbox.folder(self.store)
        words = ["--inbox", str(place), "--store", str(self.store), *(["--sample"] if is_sample else [])]

        def begin() -> Run:
            self.sending_back = None  # it is out of date, and holds personal data
            return Run("refresh", words, inbox.waiting(self.store))

        self._begin(begin, self._settle)

    def roll_back(self, release_id: str) -> None:
        """Begins to put an earlier release in force again."""
        self._begin(lambda: Run("rollback", [release_id, "--store", str(self.store)]), self._settle)

    def send_back(self) -> None:
        """Begins to write a workbook for each agency; they are read into memory, and deleted from the disk."""
        with self._turn:
            if self.running is None:
                folder = tempfile.TemporaryDirectory(prefix="insight_", ignore_cleanup_errors=True)
                words = ["--out", str(Path(folder.name) / "to_mend.xlsx"), "--store", str(self.store)]
                run = Run("quarantine", words)
                self.sending_back = run.start(lambda ended: _collect(ended, folder))

    def _begin(self, make: Callable[[], Run], at_end: Callable[[Run], None] = lambda _: None) -> None:
        with self._turn:
            if self.running is None:
                run = make()
                run.before = _in_force(self.store)
                self.work = run.start(at_end)

    def _settle(self, run: Run) -> None:
        run.after = _in_force(self.store)
        if run.verb == "refresh" and run.document is not None and run.exit_code in ANSWERED:
            run.received = inbox.clear_received(self.store, run.files)


def _in_force(store: Path) -> str:
    try:
        return release_in_force(store)
    except (NoReleaseYet, OSError):
        return ""


def _collect(run: Run, folder: tempfile.TemporaryDirectory[str]) -> None:
    with folder as place:
        if run.exit_code != 0 or run.document is None:
            return
        try:
            run.workbooks = [
                Workbook(
                    str(one["agency"]), (Path(place) / Path(one["file"]).name).read_bytes(),
                    int(one["deliveries"]), int(one["rows"]), str(notice),
                )
                for one, notice in zip(run.document["files"], run.document["notice"], strict=True)
            ]  # fmt: skip
        except (KeyError, TypeError, ValueError, OSError):
            run.document = None


_of_stores: dict[Path, Commands] = {}


def of_store(store: Path) -> Commands:
    """The commands of a store, the same for every reader of this server."""
    place = store.resolve()
    return _of_stores.setdefault(place, Commands(place))


@atexit.register
def _stop_all() -> None:
    """Nothing goes on without the server that could tell of it."""
    for commands in _of_stores.values():
        if commands.running:
            commands.running.stop()
