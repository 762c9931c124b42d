"""Trees and cycles of dependencies, for people and programs to look at."""

from __future__ import annotations

from bd_py import query, query_facts
from bd_py.fold.graph import WAITS
from bd_py.jsonio import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from bd_py.cache.level import Connection

DEPTH = 50
CYCLES = 100
"""So many cycles are shown: where more came with a merge the first tell where to begin."""


def tree(
    conn: Connection, root: str, *, direction: str = "down", depth: int = DEPTH, full: bool = False
) -> list[dict[str, Any]]:
    """The issues reached from a task, depth first, as issues with ``depth``, ``parent_id`` and ``truncated``.

    ``down`` follows what a task depends on, ``up`` what depends on it. An issue that was met before is
    listed again without what hangs on it; with ``full`` only where it would go round in a circle.
    """
    if direction == "both":
        down = tree(conn, root, direction="down", depth=depth, full=full)
        return down + tree(conn, root, direction="up", depth=depth, full=full)[1:]
    this, other = ("issue_id", "depends_on_id") if direction == "down" else ("depends_on_id", "issue_id")
    neighbours = f"SELECT {other}, type FROM dependencies WHERE {this} = ? ORDER BY event_id, {other}"
    out: list[dict[str, Any]] = []
    seen: set[str] = set()
    way: list[str] = []
    stack: list[tuple[str, str | None, str | None, int]] = [(root, None, None, 0)]
    while stack:
        task_id, above, kind, level = stack.pop()
        del way[level:]
        found = query.get(conn, [task_id])
        unknown = {"id": task_id, "title": "(not in this project)", "status": "unknown"}
        issue: dict[str, Any] = found[0] if found else unknown
        issue.update({"depth": level, "parent_id": above, "truncated": False})
        if kind:
            issue["dependency_type"] = kind
        out.append(issue)
        if task_id in (way if full else seen):
            continue
        seen.add(task_id)
        way.append(task_id)
        below = conn.execute(neighbours, (task_id,)).fetchall()
        if level >= depth:
            issue["truncated"] = bool(below)
            continue
        stack += [(next_id, task_id, next_kind, level + 1) for next_id, next_kind in reversed(below)]
    return out


def graph(
    conn: Connection, start: str | None = None, *, kinds: Sequence[str] = (), closed: bool = False
) -> tuple[list[dict[str, Any]], list[tuple[str, str, str]]]:
    """Tasks with dependencies, and those as (from, to, type); all, or what hangs together with one task.

    ``kinds`` leaves out other types of dependency, without ``closed`` what is closed is left out. A task of
    another project is a node with status ``unknown``.
    """
    chosen = dumps(list(kinds))
    typed = "(?1 = '[]' OR d.type IN (SELECT value FROM json_each(?1)))"
    if start is None:
        rows = conn.execute(
            f"SELECT d.issue_id, d.depends_on_id, d.type FROM dependencies d WHERE {typed} ORDER BY d.event_id, 2",
            (chosen,),
        ).fetchall()
    else:
        rows = conn.execute(
            "WITH RECURSIVE reach (id) AS (VALUES (?2) UNION "
            f"SELECT d.depends_on_id FROM reach JOIN dependencies d ON d.issue_id = reach.id AND {typed} UNION "
            f"SELECT d.issue_id FROM reach JOIN dependencies d ON d.depends_on_id = reach.id AND {typed}) "
            "SELECT d.issue_id, d.depends_on_id, d.type FROM reach JOIN dependencies d ON d.issue_id = reach.id "
            f"WHERE {typed} ORDER BY d.event_id, 2",
            (chosen, start),
        ).fetchall()
    ids = list(dict.fromkeys([*([] if start is None else [start]), *(end for row in rows for end in row[:2])]))
    # Without a term on the priority: it would lead to the index of all tasks instead of that of ids.
    where = query.Filter("i.category <> 'gone'" if closed else "i.category IN ('open', 'waiting', 'active')")
    where.add("i.id IN (SELECT value FROM json_each(:ids))", ids=dumps(ids))
    found = query.issues(conn, where)
    here = {issue["id"] for issue in found}
    if closed:
        known = [{"id": end, "title": "(not in this project)", "status": "unknown"} for end in ids if end not in here]
        found += known
        here.update(ids)
    edges = [(source, target, kind) for source, target, kind in rows if source in here and target in here]
    ends = {end for edge in edges for end in edge[:2]}
    return [issue for issue in found if issue["id"] in ends or issue["id"] == start], edges


def held_back(conn: Connection, ids: Iterable[str]) -> list[str]:
    """What closing some tasks may make ready.

    That is what depends on them, what waits for the children of their parents, and all descendants of those.
    """
    found: dict[str, None] = {}
    for task_id in ids:
        found.update(dict.fromkeys(query_facts.dependents(conn, task_id)))
        parents = [edge["depends_on_id"] for edge in query.edges(conn, task_id) if edge["type"] == "parent-child"]
        for parent in parents:
            found.update(dict.fromkeys(query_facts.dependents(conn, parent, "waits-for")))
    return descendants(conn, found)


def descendants(conn: Connection, ids: Iterable[str]) -> list[str]:
    """Some tasks, their children, and theirs."""
    found = list(dict.fromkeys(ids))
    seen = set(found)
    for task_id in found:  # which grows meanwhile
        below = [child for child in query_facts.dependents(conn, task_id, "parent-child") if child not in seen]
        seen.update(below)
        found += below
    return found


def suspended_count(conn: Connection) -> int:
    """How many dependencies are suspended."""
    return int(conn.execute("SELECT count(*) FROM suspended_dependencies").fetchone()[0])


def cycles(conn: Connection, limit: int = CYCLES) -> list[dict[str, Any]]:
    """Each suspended edge with the way back that makes it a cycle: ``{"tasks", "suspended"}``; at most ``limit``."""
    query_ = "SELECT issue_id, depends_on_id, type FROM suspended_dependencies ORDER BY event_id LIMIT ?"
    out = []
    rows = conn.execute(query_, (limit,)).fetchall()
    ahead = _all_ahead(conn) if len(rows) > 1 else None
    for issue, on, kind in rows:
        way = [issue] if issue == on else [issue, *path(conn, on, issue, ahead)[:-1]]
        out.append({"tasks": way, "suspended": {"issue_id": issue, "depends_on_id": on, "type": kind}})
    return out


def _all_ahead(conn: Connection) -> dict[str, list[str]]:
    """What each task waits for."""
    ahead: dict[str, list[str]] = {}
    for issue, on in conn.execute(f"SELECT issue_id, depends_on_id FROM dependencies WHERE type IN {WAITS}"):
        ahead.setdefault(issue, []).append(on)
    return ahead


def path(conn: Connection, start: str, goal: str, ahead: dict[str, list[str]] | None = None) -> list[str]:
    """A shortest way from one task to another along what each waits for; empty where there is none.

    ``ahead``: what each task waits for, where that is at hand.
    """
    query_ = f"SELECT depends_on_id FROM dependencies WHERE issue_id = ? AND type IN {WAITS}"
    came: dict[str, str | None] = {start: None}
    layer = [start]
    while layer and goal not in came:
        after = []
        for node in layer:
            others = [row[0] for row in conn.execute(query_, (node,))] if ahead is None else ahead.get(node, ())
            for other in others:
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
