"""Backlog.md: a Markdown file a task."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from benchmarks.peers.seam import Commands, Counts, Notes, OtherProgram, Peer, Place
from benchmarks.peers.tasks import Task

STATUSES = {"in_progress": "In Progress", "closed": "Done"}
PRIORITIES = ("high", "high", "medium", "low", "low")


class Backlog(Peer):
    """As it is set up by default: it looks at the tasks of other branches, too."""

    name = "Backlog.md"
    program = "backlog"
    loaded_by = "its files, as `backlog task create` writes them (it has no import)"
    claimed = "in progress"
    nearest: ClassVar[Notes] = {
        "claim": "status and assignee, set by `task edit`",
        "close": "the status, set by `task edit`",
    }
    verbs: ClassVar[Commands] = {
        "create": ("task", "create", "{title}", "--plain"),
        "list 50": ("task", "list", "--status", "To Do", "--limit", "50", "--plain"),
        "list open": ("task", "list", "--status", "To Do", "--plain"),
        "ready": ("task", "list", "--status", "To Do", "--ready", "--limit", "10", "--plain"),
        "show": ("task", "view", "{task}", "--plain"),
        "search": ("search", "{word}", "--type", "task", "--limit", "50", "--plain"),
        "claim": ("task", "edit", "{task}", "-s", "In Progress", "-a", "@bench", "--plain"),
        "close": ("task", "edit", "{task}", "-s", "Done", "--plain"),
        "dep add": ("task", "edit", "{task}", "--dep", "{other}", "--plain"),
    }

    def version(self, place: Place) -> str:
        """Its number, where it is Backlog.md: other programs of the name do not know how to set up a project."""
        found = place.run("--version").strip()
        if not re.fullmatch(r"\d+\.\d+\.\d+\S*", found) or "Backlog.md" not in place.run("--help"):
            raise OtherProgram(f"{place.program} is not Backlog.md")
        return found

    def load(self, place: Place, tasks: Sequence[Task]) -> Mapping[str, str]:
        """A project by its own init, then a file a task. One by one its create would take a second each."""
        place.init_git()
        place.run("init", "bench", "--defaults", "--integration-mode", "none", "--auto-open-browser", "false")
        ids = write_files(place.directory / "backlog/tasks", tasks)
        place.commit()
        return ids

    def counts(self, place: Place) -> Counts:
        """What it lists."""
        tasks = json.loads(place.run("task", "list", "--json"))["tasks"]
        return Counts(sum(task["status"] != "Done" for task in tasks), len(tasks))


def write_files(folder: Path, tasks: Sequence[Task]) -> dict[str, str]:
    """A file a task into the folder of tasks; the id that each has in it."""
    numbers = {task.id: number for number, task in enumerate(tasks, 1)}
    for task in tasks:
        number = numbers[task.id]
        text = markdown(task, number, [numbers[other] for other in task.waits_for])
        (folder / f"task-{number} - {slug(task.title)}.md").write_text(text, encoding="utf-8")
    return {task: f"TASK-{number}" for task, number in numbers.items()}


def slug(title: str) -> str:
    """The part of a file's name that tells the title."""
    return re.sub(r"\W+", "-", title).strip("-")


def markdown(task: Task, number: int, waits_for: list[int]) -> str:
    """The file of a task."""
    day, minute = task.created_at[:10], task.created_at[11:16]
    lines = [
        "---",
        f"id: TASK-{number}",
        f"title: {quoted(task.title)}",
        f"status: {STATUSES.get(task.status, 'To Do')}",
        *yaml_list("assignee", [f"@{task.assignee}"] if task.assignee else []),
        f"created_date: '{day} {minute}'",
        *yaml_list("labels", list(task.labels)),
        *yaml_list("dependencies", [f"TASK-{other}" for other in waits_for]),
        f"priority: {PRIORITIES[task.priority]}",
        f"ordinal: {number}000",
        "---",
        "",
    ]
    if task.description:
        marks = "<!-- SECTION:DESCRIPTION:BEGIN -->", "<!-- SECTION:DESCRIPTION:END -->"
        lines += ["## Description", "", marks[0], task.description, marks[1], ""]
    return "\n".join(lines)


def yaml_list(name: str, values: list[str]) -> list[str]:
    """A list of the front matter, an item a line."""
    return [f"{name}:", *(f"  - {quoted(value)}" for value in values)] if values else [f"{name}: []"]


def quoted(text: str) -> str:
    """A string that YAML takes for one, whatever is in it."""
    return "'" + text.replace("'", "''") + "'"
