"""Why a task that is not done cannot be worked on now."""

from __future__ import annotations

from bd_py import query, query_facts, times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.query import Filter
    from bd_py.workspace import Workspace

    Issue = dict[str, Any]


def not_ready(workspace: Workspace, where: Filter, ready: set[str]) -> list[Issue]:
    """The issues that fit a filter and are not done, but for those in ``ready``, each with ``reasons`` (texts)."""
    conn, now = workspace.conn, times.now()
    where.conditions.insert(0, query.LIVE)
    elsewhere = _elsewhere(workspace)
    found = [issue for issue in query.issues(conn, where) if issue["id"] not in ready]
    for issue in found:
        issue["reasons"] = [*_own(workspace, issue, now), *_in_the_way(workspace, issue)]
        if issue["id"] in elsewhere:
            issue["reasons"].append("held or finished in another worktree of this clone")
    return found


def _own(workspace: Workspace, issue: Issue, now: str) -> list[str]:
    """What the task itself says."""
    reasons = []
    status, kind = issue["status"], issue["issue_type"]
    if issue.get("hold"):
        until = issue["hold"].get("until")
        lapsed = until is not None and until <= now
        reasons.append(f"held by {issue['assignee']}" + (f", whose time ran out {until}" if lapsed else ""))
    elif workspace.config.statuses.get(status, "active") == "active":
        reasons.append(f"is {status}")
    if issue.get("defer_until", "") > now:
        reasons.append(f"deferred until {issue['defer_until']}")
    elif status == "deferred":
        reasons.append("deferred")
    if kind in workspace.config.exclude_types:
        reasons.append(f"of type {kind}, which is never handed out")
    if issue.get("compound"):
        reasons.append(_of_compound(workspace, issue["id"]))
    return reasons


def _of_compound(workspace: Workspace, task_id: str) -> str:
    conn = workspace.conn
    if query_facts.dependents(conn, task_id, "parent-child") and not query_facts.has_unfinished_child(conn, task_id):
        return "a compound task whose children are all closed: 'tk close' closes it"
    return "a compound task: its children are the work"


def _in_the_way(workspace: Workspace, issue: Issue) -> list[str]:
    """What stands outside of it: open dependencies, blocked ancestors, blockers in words."""
    reasons = [f"waits for {other}" for other in query_facts.blockers_of(workspace.conn, issue["id"])]
    reasons += [f"blocker: {text}" for text in query_facts.open_blockers(workspace.conn, issue["id"])]
    if issue["status"] == "blocked" and not reasons:
        reasons.append("is blocked, without a word why")
    return reasons


def _elsewhere(workspace: Workspace) -> set[str]:
    shared = workspace.paths.shared
    if shared is None:
        return set()
    from bd_py import leases

    return set(leases.taken(shared, lambda event_id: query_facts.has_event(workspace.conn, event_id)))
