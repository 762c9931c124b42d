"""Trees and cycles of dependencies, for people and programs to look at."""

from __future__ import annotations

from bd_py import query
from bd_py.fold.graph import WAITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from bd_py.cache.level import Connection

DEPTH = 50


def tree(conn: Connection, root: str, *, direction: str = "down", depth: int = DEPTH) -> list[dict[str, Any]]:
    """The issues reached from a task, depth first, as issues with ``depth``, ``parent_id`` and ``truncated``.

    ``down`` follows what a task depends on, ``up`` what depends on it. An issue that was met before is
    listed again without what hangs on it.
    """
    if direction == "both":
        down = tree(conn, root, direction="down", depth=depth)
        return down + tree(conn, root, direction="up", depth=depth)[1:]
    this, other = ("issue_id", "depends_on_id") if direction == "down" else ("depends_on_id", "issue_id")
    neighbours = f"SELECT {other}, type FROM dependencies WHERE {this} = ? ORDER BY event_id, {other}"
    out: list[dict[str, Any]] = []
    seen: set[str] = set()
    stack: list[tuple[str, str | None, str | None, int]] = [(root, None, None, 0)]
    while stack:
        task_id, above, kind, level = stack.pop()
        found = query.get(conn, [task_id])
        unknown = {"id": task_id, "title": "(not in this project)", "status": "unknown"}
        issue: dict[str, Any] = found[0] if found else unknown
        issue.update({"depth": level, "parent_id": above, "truncated": False})
        if kind:
            issue["dependency_type"] = kind
        out.append(issue)
        if task_id in seen:
            continue
        seen.add(task_id)
        below = conn.execute(neighbours, (task_id,)).fetchall()
        if level >= depth:
            issue["truncated"] = bool(below)
            continue
        stack += [(next_id, task_id, next_kind, level + 1) for next_id, next_kind in reversed(below)]
    return out


def held_back(conn: Connection, ids: Iterable[str]) -> list[str]:
    """What closing some tasks may make ready.

    That is what depends on them, what waits for the children of their parents, and all descendants of those.
    """
    found: dict[str, None] = {}
    for task_id in ids:
        found.update(dict.fromkeys(query.dependents(conn, task_id)))
        parents = [edge["depends_on_id"] for edge in query.edges(conn, task_id) if edge["type"] == "parent-child"]
        for parent in parents:
            found.update(dict.fromkeys(query.dependents(conn, parent, "waits-for")))
    return descendants(conn, found)


def descendants(conn: Connection, ids: Iterable[str]) -> list[str]:
    """Some tasks, their children, and theirs."""
    found = list(dict.fromkeys(ids))
    seen = set(found)
    for task_id in found:  # which grows meanwhile
        below = [child for child in query.dependents(conn, task_id, "parent-child") if child not in seen]
        seen.update(below)
        found += below
    return found


def cycles(conn: Connection) -> list[dict[str, Any]]:
    """Each suspended edge with the way back that makes it a cycle: ``{"tasks", "suspended"}``."""
    rows = conn.execute("SELECT issue_id, depends_on_id, type FROM suspended_dependencies ORDER BY event_id").fetchall()
    out = []
    for issue, on, kind in rows:
        way = [issue] if issue == on else [issue, *path(conn, on, issue)[:-1]]
        out.append({"tasks": way, "suspended": {"issue_id": issue, "depends_on_id": on, "type": kind}})
    return out


def path(conn: Connection, start: str, goal: str) -> list[str]:
    """A shortest way from one task to another along what each waits for; empty where there is none."""
    query_ = f"SELECT depends_on_id FROM dependencies WHERE issue_id = ? AND type IN {WAITS}"
    came: dict[str, str | None] = {start: None}
    layer = [start]
    while layer and goal not in came:
        after = []
        for node in layer:
            for (other,) in conn.execute(query_, (node,)):
                if other not in came:
                    came[other] = node
                    after.append(other)
        layer = after
    way: list[str] = []
    step: str | None = goal if goal in came else None
    while step is not None:
        way.append(step)
        step = came[step]
    return way[::-1]
