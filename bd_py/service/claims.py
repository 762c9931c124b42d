"""Claim a task, release it: compare-and-set on the hold."""

from __future__ import annotations

from bd_py.errors import ConflictError, NotFoundError, TransitionError
from bd_py.service.holders import elsewhere, held, is_held_by, is_leased_to, leased
from bd_py.service.tasks import existing
from bd_py.statuses import ACTIVE, OPEN
from bd_py.workflow import check_transition

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.fold.state import TaskState
    from bd_py.paths import Shared
    from bd_py.query import Filter
    from bd_py.write import Write

_CANDIDATES = 200
"""So many are tried for one that can be had: any of them may turn out to be held in another worktree."""


def claim(
    w: Write,
    task_id: str,
    *,
    assignee: str | None = None,
    ttl: int | None = None,
    force: bool = False,
    blocked_too: bool = False,
) -> None:
    """Take a task. The holder, name and session together, may claim again: that renews the hold.

    Raises ConflictError naming the holder, TransitionError where the task is not open or is blocked
    (``force``, or ``blocked_too``, lets a blocked one through).
    """
    task = existing(w, task_id)
    actor = w.workspace.actor()
    name, session = assignee or actor["name"], actor.get("session")
    data: dict[str, Any] = {"assignee": name}
    if session:
        data["session"] = session
    if ttl is None:
        ttl = w.config.claim_ttl
    if ttl is not None:
        data["ttl"] = ttl
    hold = task.hold
    lease = elsewhere(w, task_id)
    if lease is not None and not force and not is_leased_to(lease, name, session):
        raise leased(w, lease)
    if hold is not None:
        mine = is_held_by(task, name, session)
        w.at = w.at or w.now()  # the fold compares with the claim's own time: judged by the same one here
        expired = hold["until"] is not None and hold["until"] <= w.at
        if not (mine or force or expired):
            raise held(task)
        data["hold"] = hold["event"]
    else:
        _check_claimable(w, task, name, force=force, blocked_too=blocked_too)
    if lease is not None and not lease.closed:
        if hold is not None:
            # It was taken over from here: this log's hold has to end, or a claim that names another were lost in it.
            w.add("task.released", task_id, {"hold": hold["event"], "reason": "taken over in another worktree"})
        data["hold"] = lease.event  # taken over from there: when both logs meet, this claim follows that one
    w.add("task.claimed", task_id, data)


def is_due(w: Write, task: TaskState) -> bool:
    """Whether a task was deferred until a time that has come: ready again, without an event that says so."""
    until: str = task.fields.get("defer_until", "~")
    return task.fields["status"] == "deferred" and until <= (w.at or w.now())


def _check_claimable(w: Write, task: TaskState, name: str, *, force: bool, blocked_too: bool) -> None:
    if task.fields.get("compound"):
        raise TransitionError(
            f"{task.id} is a compound task: its children are the work",
            f"'tk ready --parent {task.id}' lists those that can be claimed.",
            task=task.id,
        )
    status = task.fields["status"]
    category = task.category
    assignee = task.fields.get("assignee")
    if category in (OPEN, ACTIVE):  # an active status that nobody holds: set by hand, or imported so
        check_transition(w.config, task.id, status, "in_progress")
    elif not is_due(w, task):
        way = {"closed": "reopen", "blocked": "unblock", "deferred": "undefer"}.get(status, "update --status open")
        raise TransitionError(
            f"{task.id} is {status}: only an open task can be claimed",
            f"'tk {way} {task.id}' opens it.",
            task=task.id,
            status=status,
        )
    if category == ACTIVE and assignee not in (None, name):
        if not force:
            raise ConflictError(
                f"{task.id} is {status}, assigned to {assignee}",
                "Take other work ('tk ready'), or take it over with --force.",
                task=task.id,
                holder={"name": assignee, "session": None},
            )
        w.add("task.updated", task.id, {"set": {"assignee": name}}, prev={"assignee": task.setter("assignee")})
    if not (force or blocked_too):
        _refuse_blocked(w, task)


def _refuse_blocked(w: Write, task: TaskState) -> None:
    w.flush()
    row = w.conn.execute("SELECT is_blocked FROM issues WHERE id = ?", (task.id,)).fetchone()
    if row[0]:
        from bd_py.query_facts import blockers_of

        by = blockers_of(w.conn, task.id)
        what = ", ".join(by) if by else "what stands in its blockers"
        raise TransitionError(
            f"{task.id} is blocked by {what}", "Do that first, or claim it all the same with --force.", task=task.id
        )


def leave_out_taken(conn: Connection, shared: Shared, where: Filter) -> None:
    """What the clone's other worktrees hold, or have finished: their logs meet this one only in a merge."""
    from bd_py import leases, query_facts

    where.without(leases.taken(shared, lambda event_id: query_facts.has_event(conn, event_id)))


def claim_next(w: Write, where: Filter | None = None, order: str | None = None, *, ttl: int | None = None) -> str:
    """Take the first ready task that can be had; its id. Raises NotFoundError where none can.

    ``where``: a filter that `bd_py.query.ready` has been added to; any ready task without one.
    """
    from bd_py import query

    if where is None:
        where = query.ready(query.Filter(), w.config.exclude_types)
    order = order or query.ORDERS[w.config.sort]
    if w.leases() is not None and w.paths.shared is not None:
        leave_out_taken(w.conn, w.paths.shared, where)
    found = query.issues(w.conn, where, order=order, limit=_CANDIDATES, brief=True)
    # What another let lapse comes last: its work may be half done.
    found += query.issues(w.conn, query.lapsed(where), order=order, limit=_CANDIDATES, brief=True)
    for task_id in [issue["id"] for issue in found]:
        try:
            claim(w, task_id, ttl=ttl)
        except (ConflictError, TransitionError):
            continue
        return str(task_id)
    raise NotFoundError("nothing is ready to be claimed", "'tk blocked' shows what waits, and for what.")


def release(w: Write, task_id: str, *, reason: str | None = None, force: bool = False) -> bool:
    """Give a task back: open again, nobody's; False where it is open and unheld already.

    With ``force`` also what another holds, and what another worktree of the clone holds although this one's log
    has no such claim. Raises ConflictError where another holds it.
    """
    task = existing(w, task_id)
    actor = w.workspace.actor()
    why = {"reason": reason} if reason else {}
    lease = elsewhere(w, task_id)
    if lease is not None and lease.closed:
        lease = None  # finished work is nobody's to give back
    if lease is not None:
        if force or is_leased_to(lease, actor["name"], actor.get("session")):
            # Without effect on this log; where it meets the one that has the claim, it ends that hold there.
            w.add("task.released", task_id, {"hold": lease.event, **why})
        elif task.hold is None:
            raise leased(w, lease)
    hold = task.hold
    if hold is None:
        if task.category == OPEN and "assignee" not in task.fields:
            return lease is not None
        return _release_unheld(w, task)
    mine = task.fields.get("assignee") == actor["name"] and hold["session"] in (None, actor.get("session"))
    if not (mine or force):
        raise held(task)
    w.add("task.released", task_id, {"hold": hold["event"], **why})
    return True


def _release_unheld(w: Write, task: TaskState) -> bool:
    from bd_py.service.tasks import set_fields, set_status

    if task.fields.get("resolution") == "failed":
        return set_status(w, task.id, "open")
    if task.category not in (OPEN, ACTIVE):
        raise TransitionError(
            f"{task.id} is {task.fields['status']}: nobody holds it", f"'tk show {task.id}' tells more.", task=task.id
        )
    changed = task.category == ACTIVE and set_status(w, task.id, "open")
    return set_fields(w, task.id, {"assignee": None}) or changed
