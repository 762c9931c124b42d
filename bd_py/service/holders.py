"""Who holds a task, here or in another worktree of the clone, and what whoever does not is told."""

from __future__ import annotations

from bd_py.errors import ConflictError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.fold.state import TaskState
    from bd_py.leases import Lease
    from bd_py.write import Write


def is_free_for(w: Write, task: TaskState) -> bool:
    """Whether no claim stands on the task but the actor's own."""
    actor = w.workspace.actor()
    return task.hold is None or is_held_by(task, actor["name"], actor.get("session"))


def is_held_by(task: TaskState, name: str, session: str | None) -> bool:
    """Whether this one, name and session together, holds a task."""
    return task.hold is not None and (task.fields.get("assignee"), task.hold["session"]) == (name, session)


def held(task: TaskState) -> ConflictError:
    """The error that names who holds a task."""
    hold = task.hold or {}
    holder = task.fields.get("assignee")
    session = hold.get("session")
    who = f"{holder} (session {session})" if session else str(holder)
    return ConflictError(
        f"{task.id} is held by {who}",
        "Take other work ('tk ready'), or take it over with --force.",
        task=task.id,
        holder={"name": holder, "session": session, "until": hold.get("until")},
    )


def elsewhere(w: Write, task_id: str) -> Lease | None:
    """What another worktree of the clone told about a task, if this one's log does not know it."""
    leases = w.leases()
    lease = None if leases is None else leases.elsewhere(task_id)
    return None if lease is None or w.knows(lease.event) else lease


def is_leased_to(lease: Lease, name: str, session: str | None) -> bool:
    """Whether a session holds the task in another worktree; without one, names alone don't tell two agents apart."""
    return bool(session) and (lease.holder, lease.session) == (name, session)


def taken_over(w: Write, task: TaskState) -> Lease | None:
    """Who holds a task in another worktree though this one's log has it held here: it was taken over by force."""
    lease = elsewhere(w, task.id) if task.hold is not None and w.paths.shared is not None else None
    return None if lease is None or lease.closed else lease


def leased(w: Write, lease: Lease) -> ConflictError:
    """The error that names the worktree that holds a task, or has finished it."""
    shared = w.paths.shared
    top = (shared.top(lease.worktree) if shared else None) or f"worktree {lease.worktree}"
    branch = (lease.branch or "").removeprefix("refs/heads/")
    if lease.closed:
        where = f"{top} (branch {branch})" if branch else top
        return ConflictError(
            f"{lease.task} is done in {where}, which is not merged here",
            "Take other work ('tk ready'), merge that branch, or claim it all the same with --force.",
            task=lease.task,
            holder={"name": None, "session": None, "worktree": top, "branch": branch or None},
        )
    who = f"{lease.holder} (session {lease.session})" if lease.session else str(lease.holder)
    return ConflictError(
        f"{lease.task} is held by {who} in {top}",
        "Take other work ('tk ready'), or take it over with --force.",
        task=lease.task,
        holder={"name": lease.holder, "session": lease.session, "until": lease.until, "worktree": top},
    )


def refuse_lost_claim(w: Write, task: TaskState) -> None:
    """Whoever lost a claim on the task to its holder learns of it before closing another's work."""
    if task.hold is None:
        return
    actor = w.workspace.actor()
    holder, session = task.fields.get("assignee"), task.hold["session"]
    if (actor.get("name"), actor.get("session")) == (holder, session):
        _refuse_taken_over(w, task)
        return
    lost = w.conn.execute(
        "SELECT 1 FROM lost_claims WHERE issue_id = ? AND assignee = ? AND session IS ?",
        (task.id, actor.get("name"), actor.get("session")),
    ).fetchone()
    if lost:
        raise ConflictError(
            f"you lost the claim on {task.id} to {holder}",
            f"'tk log {task.id}' tells how; agree with {holder}, or take it over: 'tk claim {task.id} --force'.",
            task=task.id,
            holder={"name": holder, "session": session},
        )


def _refuse_taken_over(w: Write, task: TaskState) -> None:
    """The same where another worktree took the task over, which this one's log does not tell yet."""
    lease = taken_over(w, task)
    if lease is not None:
        raise leased(w, lease)
