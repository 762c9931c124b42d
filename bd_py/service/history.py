"""What happened to a task, with the old and the new value of each change."""

from __future__ import annotations

from bd_py import jsonio, query_history
from bd_py.fold.task import fold_steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.level import Connection

_NOT_TOLD = ("updated_at", "phase_entered_at")


def events(conn: Connection, task_id: str | None = None, **filters: Any) -> list[dict[str, Any]]:
    """Events with ``changes`` (field -> [old, new]), the newest first; filters as `query_history.history`."""
    found = query_history.history(conn, task_id, **filters)
    statuses = conn.execute("SELECT value FROM meta WHERE key = 'statuses'").fetchone()
    categories = jsonio.loads(statuses[0])
    tasks = dict.fromkeys(event["task"] for event in found if event.get("task"))
    changes: dict[str, dict[str, list[Any]]] = {}
    for task in tasks:
        changes.update(_changes(conn, task, categories))
    keys = ("id", "type", "task", "collection", "record", "at", "by", "data")
    return [
        {**{key: event[key] for key in keys if key in event}, "changes": changes.get(event["id"], {})}
        for event in found
    ]


def _changes(conn: Connection, task_id: str, categories: dict[str, str]) -> dict[str, dict[str, list[Any]]]:
    out: dict[str, dict[str, list[Any]]] = {}
    whole = query_history.history(conn, task_id, newest_first=False)
    for event, before, after in fold_steps(task_id, whole, categories):
        names = dict.fromkeys([*before, *after])
        out[event["id"]] = {
            name: [before.get(name), after.get(name)]
            for name in names
            if before.get(name) != after.get(name) and name not in _NOT_TOLD
        }
    return out
