"""What happened to a task or a record, with the old and the new value of each change."""

from __future__ import annotations

from bd_py import jsonio, query_history
from bd_py.fold.record import fold_record_steps
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
    for key in dict.fromkeys(f"{e['collection']}/{e['record']}" for e in found if e.get("record")):
        whole = query_history.history(conn, record=key, newest_first=False)
        changes.update((event["id"], _differences(old, new)) for event, old, new in fold_record_steps(key, whole))
    keys = ("id", "type", "task", "collection", "record", "at", "by", "data")
    return [
        {**{key: event[key] for key in keys if key in event}, "changes": changes.get(event["id"], {})}
        for event in found
    ]


def _changes(conn: Connection, task_id: str, categories: dict[str, str]) -> dict[str, dict[str, list[Any]]]:
    whole = query_history.history(conn, task_id, newest_first=False)
    return {event["id"]: _differences(old, new) for event, old, new in fold_steps(task_id, whole, categories)}


def _differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    return {
        name: [before.get(name), after.get(name)]
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name) and name not in _NOT_TOLD
    }
