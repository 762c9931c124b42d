"""The tasks that every tracker is loaded with: those of the generated stores, in the fields that trackers share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from benchmarks import encode
from benchmarks.history import History
from benchmarks.life import WAITS

WORD = "webhook"
"""What is searched for: a word of some titles and of more descriptions."""

Record = dict[str, object]


@dataclass(frozen=True)
class Task:
    """One task; ``record`` is all of it, in the bd format. ``waits_for`` names the tasks that block it."""

    id: str
    title: str
    description: str
    status: str
    priority: int
    kind: str
    assignee: str
    labels: tuple[str, ...]
    waits_for: tuple[str, ...]
    created_at: str
    closed_at: str
    free: bool
    record: Record

    @property
    def closed(self) -> bool:
        """Done, in whatever way."""
        return self.status == "closed"


def made(count: int, seed: int = 1) -> list[Task]:
    """So many tasks, oldest first. The same seed gives the same tasks."""
    records: list[Record] = []
    for _ in History(tasks=count, seed=seed, records=records).events():
        pass
    records.sort(key=lambda record: str(record["created_at"]))
    return [_task(record) for record in records]


def write_records(path: Path, tasks: list[Task]) -> None:
    """The tasks in the bd format, one a line, sorted by id."""
    records = [task.record for task in sorted(tasks, key=lambda task: task.id)]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(encode.compact(record) + "\n" for record in records)


def _task(record: Record) -> Task:
    if record["issue_type"] == "decision":  # the one type that bd refuses unless it is told of it
        record = record | {"issue_type": "task"}
    edges: list[dict[str, str]] = json.loads(json.dumps(record.get("dependencies", [])))
    waits = [edge["depends_on_id"] for edge in edges if edge["type"] in WAITS]
    labels: list[str] = json.loads(json.dumps(record.get("labels", [])))
    assignee = str(record.get("assignee", ""))
    return Task(
        id=str(record["id"]),
        title=str(record["title"]),
        description=str(record.get("description", "")),
        status=str(record["status"]),
        priority=int(str(record["priority"])),
        kind=str(record["issue_type"]),
        assignee=assignee,
        labels=tuple(labels),
        waits_for=tuple(edge["depends_on_id"] for edge in edges if edge["type"] == "blocks"),
        created_at=str(record["created_at"]),
        closed_at=str(record.get("closed_at", "")),
        free=record["status"] == "open" and not waits and not assignee,
        record=record,
    )
