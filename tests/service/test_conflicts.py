"""Concurrent edits are listed with both values, and settled for every clone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bd_py import ids, jsonio
from bd_py.service import conflicts, tasks
from bd_py.workspace import Workspace

Event = dict[str, Any]
EARLY, LATE = "01M7X1Z09K8PMSFDTGJ8YEPFZ", "01M7X2Z09K8PMSFDTGJ8YEPFZ"


@pytest.fixture
def fork(workspace: Workspace) -> Callable[..., str]:
    """Makes a task whose two sides each added one event, unknown to the other."""

    def fork(ours: tuple[str, Event], theirs: tuple[str, Event], field: str, seen: bool = True) -> str:
        with workspace.writing() as w:
            task = tasks.create(w, "one", {"phase": "plan"})
            created = w.applier.state(task)
            assert created is not None
            version = created.version
        lines = []
        for k, (kind, data) in enumerate((ours, theirs)):
            event_id = ids.encode(ids.milliseconds(version) + 1000, k)
            at = f"2026-11-20T18:0{k}:00.000Z"
            head = {"id": event_id, "type": kind, "task": task, "at": at, "by": {"name": f"side{k}"}}
            lines.append(jsonio.dumps({**head, "data": data, "prev": {field: version if seen else None}}))
        Path(workspace.paths.log, "merged.jsonl").write_text("\n".join(lines) + "\n")
        workspace.refresh()
        return task

    return fork


CASES = [
    ("task.updated", {"set": {"title": "A"}}, {"set": {"title": "B"}}, "title", True),
    ("task.updated", {"set": {"assignee": "a"}}, {"set": {"assignee": None}}, "assignee", False),
    ("task.updated", {"set": {"meta.x": [1]}}, {"set": {"meta.x": {"y": 2}}}, "meta.x", False),
    ("task.phase.set", {"phase": "a"}, {"phase": "b"}, "phase", True),
    ("task.status.set", {"status": "blocked"}, {"status": "deferred"}, "status", True),
    ("task.progress.set", {"text": "a"}, {"text": None}, "progress", False),
    ("task.progress.set", {"percent": 5}, {"percent": 6}, "progress_percent", False),
    ("task.next_step.set", {"step": "a"}, {"step": "b"}, "next_step", False),
    ("task.attribution.set", {"agent": "a"}, {}, "attribution", False),
    ("task.reviewed", {"verdict": "accepted"}, {"verdict": "rejected", "reason": "no"}, "review", False),
]


@pytest.mark.parametrize(("kind", "ours", "theirs", "field", "seen"), CASES)
def test_each_field_can_be_settled(
    workspace: Workspace, fork: Callable[..., str], kind: str, ours: Event, theirs: Event, field: str, seen: bool
) -> None:
    task = fork((kind, ours), (kind, theirs), field, seen)
    [pair] = conflicts.pairs(workspace.conn)
    assert (pair["task"], pair["field"]) == (task, field)
    assert (pair["winner"]["by"], pair["loser"]["by"]) == ({"name": "side1"}, {"name": "side0"})
    assert (pair["winner"]["at"], pair["loser"]["at"]) == ("2026-11-20T18:01:00.000Z", "2026-11-20T18:00:00.000Z")
    before = state(workspace, task)
    with workspace.writing() as w:
        assert conflicts.resolve(w, task) == [pair]
    assert conflicts.pairs(workspace.conn) == []
    assert {**state(workspace, task), "review": before["review"]} == before
    workspace.refresh()
    with workspace.writing() as w:
        assert conflicts.resolve(w, task) == []


def state(workspace: Workspace, task: str) -> dict[str, Any]:
    with workspace.writing() as w:
        found = w.state(task)
        assert found is not None
        return {"review": found.fields.get("review"), **{k: v for k, v in found.fields.items() if k != "updated_at"}}


def test_a_close_keeps_its_time(workspace: Workspace, fork: Callable[..., str]) -> None:
    closed = ("task.closed", {"resolution": "failed", "reason": "r"})
    task = fork(("task.status.set", {"status": "blocked"}), closed, "status")
    before = state(workspace, task)
    with workspace.writing() as w:
        assert len(conflicts.resolve(w, task)) == 1
    after = state(workspace, task)
    assert conflicts.pairs(workspace.conn) == []
    assert after["closed_at"] == before["closed_at"] == "2026-11-20T18:01:00.000Z"
    assert (after["resolution"], after["close_reason"]) == ("failed", "r")


def test_of_one_task(workspace: Workspace, fork: Callable[..., str]) -> None:
    task = fork(("task.updated", {"set": {"title": "A"}}), ("task.updated", {"set": {"title": "B"}}), "title")
    assert len(conflicts.pairs(workspace.conn, task)) == 1
    assert conflicts.pairs(workspace.conn, "other") == []
    assert json.dumps(conflicts.pairs(workspace.conn))
