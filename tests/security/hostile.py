"""A log as somebody may have written it who means harm: lines that no tk would write, in a store of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bd_py import ids
from tests.conftest import Runner

DRIVES = "\x1b]52;c;cHduZWQ=\x07\x1b[2J\x9b31m\u202e\x07\x08\x7f\u2066"
"""What would write to a clipboard, clear the screen, colour the rest, ring, go back, and turn the text around."""


class Log:
    """Lines of a log, in the order of their ids."""

    def __init__(self, by: str = "eve") -> None:
        self.lines: list[str] = []
        self.by = by

    def next_id(self) -> str:
        """An id after all that were given."""
        return ids.encode(1_780_000_000_000 + len(self.lines) + 1, len(self.lines) + 1)

    def add(self, type_: str, task: str, data: dict[str, Any], **more: Any) -> None:
        """An event about a task."""
        self._line({"id": self.next_id(), "type": type_, "task": task, "data": data, **more})

    def record(self, type_: str, collection: str, data: dict[str, Any], **more: Any) -> None:
        """An event about a record."""
        self._line({"id": self.next_id(), "type": type_, "collection": collection, "data": data, **more})

    def task(self, task: str, **data: Any) -> None:
        """A task."""
        self.add("task.created", task, {"title": f"Task {task}", **data})

    def _line(self, event: dict[str, Any]) -> None:
        event.update(at="2026-05-28T20:26:40.000Z", by={"name": self.by})
        self.lines.append(json.dumps(event, separators=(",", ":")))

    def put(self, repo: Path, *, each: int = 0) -> int:
        """Write the lines into the log of a store, ``each`` so many to a segment (0: one); their bytes."""
        folder = repo / ".tasks/log/2026-05"
        folder.mkdir(parents=True)
        step = each or len(self.lines)
        for k in range(0, len(self.lines), step):
            text = "\n".join(self.lines[k : k + step]) + "\n"
            (folder / f"{ids.encode(1_780_000_000_000 + k + 1, 0)[:18]}-{k:x}.jsonl").write_text(text)
        return sum(len(line) + 1 for line in self.lines)


def commit_all(git: Callable[..., object] | Runner, message: str = "x") -> None:
    """Commit the whole work tree."""
    git("add", "-A")
    git("commit", "-q", "-m", message)
