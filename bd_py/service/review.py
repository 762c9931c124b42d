"""The judge: where ``judge = true``, a task is done only after another than its holder accepted the work."""

from __future__ import annotations

from bd_py.errors import GateError, TransitionError
from bd_py.service.tasks import existing
from bd_py.statuses import ACTIVE, DONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.fold.state import TaskState
    from bd_py.write import Write


def accept(w: Write, task_id: str, *, reason: str | None = None) -> bool:
    """Record that the work is good; False where the standing verdict says so.

    Raises GateError for the holder's own verdict, TransitionError where nobody has worked on the task.
    """
    task = _judged(w, task_id)
    if is_accepted(w, task):
        return False
    _verdict(w, task_id, "accepted", reason)
    return True


def reject(w: Write, task_id: str, *, reason: str | None = None) -> bool:
    """Record that the work is not good enough, and send the task back: open again, nobody's.

    Once it has been sent back more often than ``max_retries`` it is blocked instead. Raises as `accept`.
    """
    from bd_py.service.tasks import block, set_status

    task = _judged(w, task_id)
    _verdict(w, task_id, "rejected", reason)
    times, most = rejections(w, task_id), w.config.values["max_retries"]
    beyond = most is not None and times > most
    if task.hold is not None and not beyond:
        data: dict[str, Any] = {"hold": task.hold["event"], "retry": True}
        if reason:
            data["reason"] = reason
        w.add("task.released", task_id, data)
    elif task.category == DONE or not beyond:
        set_status(w, task_id, "open", reason=reason)
    if beyond:
        block(w, task_id, f"rejected {times} times" + (f": {reason}" if reason else ""))
    return True


def is_accepted(w: Write, task: TaskState) -> bool:
    """Whether the verdict on the latest work is that it is good.

    It is on the latest claim's, and not from before the task was closed and opened again.
    """
    review = task.fields.get("review") or {}
    if review.get("verdict") != "accepted":
        return False
    worker = _last_claim(w, task.id)
    since = [worker[0] if worker else "", "" if task.category == DONE else _last_close(w, task.id)]
    return (task.setter("review") or "") > max(since)


def check(w: Write, task: TaskState) -> None:
    """Raise GateError where the config asks for a judge and none has accepted the work.

    The work of a compound task is that of its children: each of them has been judged.
    """
    if not w.config.values["judge"]:
        return
    if task.fields.get("compound"):
        from bd_py import query_facts

        if query_facts.has_unfinished_child(w.conn, task.id):
            raise GateError(
                f"{task.id} has children that are not done, and is the sum of them",
                f"'tk children {task.id}' lists them; it closes with the last.",
                task=task.id,
                gate="judge",
            )
    elif not is_accepted(w, task):
        raise GateError(
            f"{task.id} has not been accepted",
            f"Another than its holder looks at it, then: 'tk accept {task.id}', or 'tk reject {task.id} --reason ...'.",
            task=task.id,
            gate="judge",
        )


def rejections(w: Write, task_id: str) -> int:
    """How often the work has been sent back since the task was last closed."""
    since = _last_close(w, task_id)
    query = (
        "SELECT count(*) FROM log_events WHERE issue_id = ? AND present = 1 AND type = 'task.reviewed' "
        "AND json_extract(line, '$.data.verdict') = 'rejected' AND id > ?"
    )
    return int(w.conn.execute(query, (task_id, since)).fetchone()[0])


def _last_close(w: Write, task_id: str) -> str:
    """The event by which the task was last closed; an empty text where it never was."""
    w.flush()
    query = "SELECT max(id) FROM log_events WHERE issue_id = ? AND present = 1 AND type = 'task.closed'"
    return w.conn.execute(query, (task_id,)).fetchone()[0] or ""


def _verdict(w: Write, task_id: str, verdict: str, reason: str | None) -> None:
    w.add("task.reviewed", task_id, {"verdict": verdict, "reason": reason} if reason else {"verdict": verdict})


def _judged(w: Write, task_id: str) -> TaskState:
    """A task that the actor may give a verdict on."""
    task = existing(w, task_id)
    worker = _last_claim(w, task_id)
    if worker is None or task.category not in (ACTIVE, DONE):
        raise TransitionError(
            f"{task_id} is {task.fields['status']}: there is no work to judge",
            "A verdict is on what somebody claimed and has done.",
            task=task_id,
            status=task.fields["status"],
        )
    actor = w.workspace.actor()
    if (actor.get("name"), actor.get("session")) == worker[1:]:
        who = f"{worker[1]} (session {worker[2]})" if worker[2] else str(worker[1])
        raise GateError(
            f"{task_id} is the work of {who}, who cannot judge it",
            "Another holder must: another --actor, or the same in another --session.",
            task=task_id,
            gate="judge",
        )
    return task


def _last_claim(w: Write, task_id: str) -> tuple[str, str | None, str | None] | None:
    """Event, name and session of the latest claim that took effect, standing or not."""
    w.flush()
    query = (
        "SELECT id, json_extract(line, '$.data.assignee'), json_extract(line, '$.data.session') FROM log_events e "
        "WHERE issue_id = ? AND present = 1 AND type = 'task.claimed' "
        "AND NOT EXISTS (SELECT 1 FROM lost_claims l WHERE l.issue_id = e.issue_id AND l.event_id = e.id) "
        "ORDER BY id DESC LIMIT 1"
    )
    row = w.conn.execute(query, (task_id,)).fetchone()
    return None if row is None else (row[0], row[1], row[2])
