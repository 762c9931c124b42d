"""Taskwarrior. Its program is called ``task``, as are others."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from benchmarks.peers.seam import Commands, Counts, Notes, OtherProgram, Peer, Place
from benchmarks.peers.tasks import Task

SETTINGS = "confirmation=off\nnews.version=9.9.9\n"
"""Nobody is there to answer, nor to read the news."""
PRIORITIES = ("H", "H", "M", "L", "L")


class Taskwarrior(Peer):
    """One task list a person, not one a repository."""

    name = "Taskwarrior"
    program = "task"
    loaded_by = "`task import`"
    claimed = "active"
    nearest: ClassVar[Notes] = {
        "claim": "`task ID start`: it has no assignee",
        "search": "the description and the annotations",
    }
    verbs: ClassVar[Commands] = {
        "create": ("add", "{title}"),
        "list 50": ("limit:50", "list"),
        "list open": ("list",),
        "ready": ("limit:10", "ready"),
        "show": ("{task}", "info"),
        "search": ("/{word}/", "limit:50", "list"),
        "claim": ("{task}", "start"),
        "close": ("{task}", "done"),
        "dep add": ("{task}", "modify", "depends:{other}"),
    }

    def environment(self, home: Path) -> dict[str, str]:
        """Its settings and data in the home of the measurement."""
        return {"TASKRC": str(home / "taskrc"), "TASKDATA": str(home / "data")}

    def version(self, place: Place) -> str:
        """Its number. The runner of Taskfiles answers in words, Taskwarrior with the number alone."""
        self._settle(place)
        found = place.run("--version").strip()
        if not re.fullmatch(r"\d+\.\d+\.\d+", found) or "taskwarrior" not in place.run("version").lower():
            raise OtherProgram(f"{place.program} is not Taskwarrior ({found.splitlines()[0] if found else 'silent'})")
        return found

    def load(self, place: Place, tasks: Sequence[Task]) -> Mapping[str, str]:
        """One import of its own JSON."""
        self._settle(place)
        path = place.home / "tasks.json"
        path.write_text(json.dumps([record(task) for task in tasks]), encoding="utf-8")
        place.run("import", str(path), timeout=place.load_seconds)
        return {task.id: identifier(task.id) for task in tasks}

    def counts(self, place: Place) -> Counts:
        """Pending is what is not completed."""
        return Counts(int(place.run("status:pending", "count")), int(place.run("status.not:deleted", "count")))

    def _settle(self, place: Place) -> None:
        (place.home / "taskrc").write_text(SETTINGS)
        (place.home / "data").mkdir(exist_ok=True)


def identifier(task: str) -> str:
    """A UUID, made of the id."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, task))


def record(task: Task) -> dict[str, object]:
    """A task as Taskwarrior's JSON. Of texts it has a line, the title, and annotations: the description is one."""
    found: dict[str, object] = {
        "uuid": identifier(task.id),
        "description": task.title,
        "status": "completed" if task.closed else "pending",
        "entry": compact_time(task.created_at),
        "priority": PRIORITIES[task.priority],
        "project": task.kind,
        "tags": [re.sub(r"\W", "_", label) for label in task.labels],
        "depends": [identifier(other) for other in task.waits_for],
    }
    if task.closed:
        found["end"] = compact_time(task.closed_at)
    if task.status == "in_progress":
        found["start"] = found["entry"]
    if task.description:
        found["annotations"] = [{"entry": found["entry"], "description": " ".join(task.description.split())}]
    return found


def compact_time(at: str) -> str:
    """``2025-01-01T00:00:00.123Z`` as ``20250101T000000Z``."""
    return re.sub(r"[-:]|\.\d+", "", at)
