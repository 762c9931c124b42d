"""Concurrent edits: list both values, and confirm the one that holds."""

from __future__ import annotations

from bd_py import jsonio
from bd_py.service.tasks import existing
from bd_py.statuses import DONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.fold.state import TaskState
    from bd_py.write import Write

_ONLY_WHEN_DONE = ("closed_at", "close_reason", "resolution")


def pairs(conn: Connection, task_id: str | None = None) -> list[dict[str, Any]]:
    """Every pair of concurrent edits that nobody has settled, of one task or of all.

    Each is ``{task, field, winner, loser}``, the last two ``{value, event, by, at}``.
    """
    where = "" if task_id is None else "WHERE c.issue_id = ? "
    query = (
        "SELECT c.issue_id, c.field, c.winner, c.winner_value, w.line, c.loser, c.loser_value, l.line "
        "FROM conflicts c LEFT JOIN log_events w ON w.id = c.winner LEFT JOIN log_events l ON l.id = c.loser "
        f"{where}ORDER BY c.issue_id, c.field, c.winner, c.loser"
    )
    return [
        {"task": row[0], "field": row[1], "winner": _side(*row[2:5]), "loser": _side(*row[5:8])}
        for row in conn.execute(query, () if task_id is None else (task_id,))
    ]


def record_pairs(conn: Connection, collection: str | None = None, record: str | None = None) -> list[dict[str, Any]]:
    """`pairs` of records: each ``{collection, record, field, winner, loser}``."""
    where = "" if collection is None else "WHERE c.collection = ? AND c.record = ? "
    query = (
        "SELECT c.collection, c.record, c.field, c.winner, c.winner_value, w.line, c.loser, c.loser_value, l.line "
        "FROM record_conflicts c LEFT JOIN log_events w ON w.id = c.winner LEFT JOIN log_events l ON l.id = c.loser "
        f"{where}ORDER BY c.collection, c.record, c.field, c.winner, c.loser"
    )
    return [
        {
            "collection": row[0],
            "record": row[1],
            "field": row[2],
            "winner": _side(*row[3:6]),
            "loser": _side(*row[6:9]),
        }
        for row in conn.execute(query, () if collection is None else (collection, record))
    ]


def _side(event_id: str, value: str | None, line: str | None) -> dict[str, Any]:
    event = {} if line is None else jsonio.loads(line)
    return {
        "value": None if value is None else jsonio.loads(value),
        "event": event_id,
        "by": event.get("by"),
        "at": event.get("at"),
    }


def resolve(w: Write, task_id: str) -> list[dict[str, Any]]:
    """Confirm the values that hold, by setting each once more in knowledge of both; the pairs that it settles.

    An edit whose ``prev`` names the last setter settles a field's pairs on every clone that receives it. A
    pair about the close of a task that is open again settles itself with the next close.
    """
    task = existing(w, task_id)
    w.flush()
    settled = [p for p in pairs(w.conn, task_id) if p["field"] not in _ONLY_WHEN_DONE or task.category == DONE]
    plain: dict[str, Any] = {}
    for field in dict.fromkeys(pair["field"] for pair in settled):
        own = _OWN_TYPES.get(field)
        if own is None:
            plain[field] = task.fields.get(field)
        else:
            own(w, task)
    if plain:
        w.add("task.updated", task_id, {"set": plain}, prev={name: task.setter(name) for name in plain})
    return settled


def _status(w: Write, task: TaskState) -> None:
    """The same status again; a close keeps the time of the first, which its event would overwrite."""
    fields = task.fields
    status = fields["status"]
    prev = {"status": task.setter("status")}
    if status != "closed":
        w.add("task.status.set", task.id, {"status": status, "previous": status}, prev=prev)
        return
    closed_at = fields["closed_at"]
    data = {"resolution": fields.get("resolution", "completed")}
    if "close_reason" in fields:
        data["reason"] = fields["close_reason"]
    w.add("task.closed", task.id, data, prev=prev)
    w.add("task.updated", task.id, {"set": {"closed_at": closed_at}}, prev={"closed_at": task.setter("closed_at")})


def _progress(w: Write, task: TaskState) -> None:
    text = {"text": task.fields.get("progress")}
    w.add("task.progress.set", task.id, text, prev={"progress": task.setter("progress")})


def _percent(w: Write, task: TaskState) -> None:
    percent = {"percent": task.fields.get("progress_percent")}
    w.add("task.progress.set", task.id, percent, prev={"progress_percent": task.setter("progress_percent")})


def _next_step(w: Write, task: TaskState) -> None:
    step = {"step": task.fields.get("next_step")}
    w.add("task.next_step.set", task.id, step, prev={"next_step": task.setter("next_step")})


def _attribution(w: Write, task: TaskState) -> None:
    data = task.fields.get("attribution") or {}
    w.add("task.attribution.set", task.id, data, prev={"attribution": task.setter("attribution")})


def _review(w: Write, task: TaskState) -> None:
    review = task.fields.get("review") or {}
    data = {name: review[name] for name in ("verdict", "reason") if name in review}
    w.add("task.reviewed", task.id, data, prev={"review": task.setter("review")})


_OWN_TYPES = {
    "status": _status,
    "progress": _progress,
    "progress_percent": _percent,
    "next_step": _next_step,
    "attribution": _attribution,
    "review": _review,
}
"""Fields that ``task.updated`` does not set; the others are set again together by one."""
