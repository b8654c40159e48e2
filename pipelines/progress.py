"""Telling how far a long command is: a bar for people, JSON lines for programs, always on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Steps:
    """The steps of a command; each is told when it begins and as it goes on."""

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json
        self._bar: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Steps:
        if not self._as_json:
            columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns, console=Console(stderr=True))
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def tell(self, step: str, done: int, of: int) -> None:
        """Says that `done` of `of` parts of a step are ready."""
        if self._as_json:
            sys.stderr.write(json.dumps({"step": step, "done": done, "of": of}) + "\n")
            return
        if self._bar:
            if step not in self._tasks:
                self._tasks[step] = self._bar.add_task(step, total=of)
            self._bar.update(self._tasks[step], completed=done, total=of)

    @contextmanager
    def one(self, step: str) -> Iterator[None]:
        """A step that has no parts to count."""
        self.tell(step, 0, 1)
        yield
        self.tell(step, 1, 1)
