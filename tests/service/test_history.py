"""Events with what each of them changed."""

from __future__ import annotations

from typing import Any

from bd_py.service import claims, tasks
from bd_py.service.history import events
from bd_py.workspace import Workspace


def changes(opened: Workspace, task: str) -> list[dict[str, Any]]:
    """Those of a task, the oldest first."""
    return [event["changes"] for event in events(opened.conn, task)][::-1]


def test_changes(opened: Workspace) -> None:
    with opened.writing() as w:
        task = tasks.create(w, "T", {"links": {"pr": "#1"}})
        tasks.set_fields(w, task, {"links.branch": "b", "meta.k": 1, "priority": 0})
        tasks.close(w, task, reason="done")
        tasks.reopen(w, task)
    created, updated, closed, reopened = changes(opened, task)
    assert created["links.pr"] == [None, "#1"]
    assert updated == {"links.branch": [None, "b"], "meta.k": [None, 1], "priority": [2, 0]}
    assert closed["status"] == ["open", "closed"]
    assert closed["close_reason"] == [None, "done"]
    assert reopened["resolution"] == ["completed", None]
    assert "updated_at" not in closed


def test_what_has_no_field_changes_none(opened: Workspace) -> None:
    with opened.writing() as w:
        task = tasks.create(w, "T")
        tasks.comment(w, task, "text")
        tasks.set_labels(w, task, add=["x"])
    assert changes(opened, task)[1:] == [{}, {}]


def test_a_claim_that_lost_changes_nothing(opened: Workspace) -> None:
    with opened.writing() as w:
        task = tasks.create(w, "T")
        claims.claim(w, task)
        w.add("task.claimed", task, {"assignee": "grace"})
    assert changes(opened, task)[1:] == [{"status": ["open", "in_progress"], "assignee": [None, "ada"]}, {}]


def test_a_limit_cuts_events_not_what_they_are_compared_with(opened: Workspace) -> None:
    with opened.writing() as w:
        task = tasks.create(w, "T")
        tasks.set_fields(w, task, {"priority": 0})
    (event,) = events(opened.conn, limit=1)
    assert event["changes"] == {"priority": [2, 0]}


def test_of_all_tasks(opened: Workspace) -> None:
    with opened.writing() as w:
        a, b = tasks.create(w, "a"), tasks.create(w, "b")
        tasks.delete(w, a)
    found = events(opened.conn)
    assert [(event["task"], event["type"]) for event in found] == [
        (a, "task.deleted"),
        (b, "task.created"),
        (a, "task.created"),
    ]
    assert set(found[0]) == {"id", "type", "task", "at", "by", "data", "changes"}
