"""``tk status``: where one stands. What is mine, what could be next, what git does not have yet, what came in."""

from __future__ import annotations

import os

from bd_py import git, query
from bd_py.cache import inbox
from bd_py.query import Filter
from bd_py.service import statistics

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.workspace import Workspace

SHOWN = 5
COUNTED = 1000


def overview(workspace: Workspace) -> dict[str, Any]:
    """The document of ``tk status``; ``ready`` and ``blocked`` hold the first few, counted a little past `COUNTED`.

    ``uncommitted`` is None outside of git. Nothing is written: what came in stays news until a sync.
    """
    conn, config = workspace.conn, workspace.config
    name = workspace.actor().get("name")
    mine = Filter(query.LIVE, "i.category = 'active'")
    mine.add("i.assignee = :me", me=name)
    ready = query.ready(Filter(), config.exclude_types)
    blocked = statistics.blocked_filter()
    came, went = inbox.read(conn)
    return {
        "actor": name,
        "mine": query.issues(conn, mine),
        "ready_count": statistics.count_up_to(conn, ready, COUNTED + 1),
        "ready": query.issues(conn, ready, order=query.ORDERS[config.sort], limit=SHOWN),
        "blocked_count": statistics.count_up_to(conn, blocked, COUNTED + 1),
        "blocked": query.issues(conn, blocked, limit=SHOWN),
        "uncommitted": _uncommitted(workspace),
        "incoming": {"events": len(came), "tasks": _tasks(conn, came), "unreachable": len(went)},
    }


def _uncommitted(workspace: Workspace) -> dict[str, Any] | None:
    """The files of the log that HEAD does not have as they are, and the tasks that their events are about."""
    root = workspace.paths.root
    if workspace.paths.git_dir is None:
        return None
    below = workspace.paths.below
    options = ("--porcelain=v1", "-z", "--no-renames", "--untracked-files=all")
    out = git.ask(root, "status", *options, "--", below) or b""
    # Paths are relative to the top of the working tree; a segment's own name is what the cache knows it by.
    names = [os.fsdecode(entry[3:]).rpartition(below + "/")[2] for entry in out.split(b"\0") if entry]
    have = _committed(workspace, names) if workspace.paths.files else frozenset()
    tasks: dict[str | None, None] = {}
    events = 0
    for name in names:
        span = workspace.conn.execute("SELECT id FROM segments WHERE path = ?", (name,)).fetchone()
        if span is None:
            continue
        for event_id, task in _events_of(workspace.conn, span[0]):
            if event_id not in have:
                events += 1
                tasks[task] = None
    return {"files": sorted(names), "events": events, "tasks": [task for task in tasks if task is not None]}


def _committed(workspace: Workspace, names: list[str]) -> frozenset[str]:
    """The events that HEAD has in some files of a queue: these grow and move, where a segment is new or as it was."""
    from bd_py import log

    paths = workspace.paths
    wanted = {f"{paths.below}/{name}" for name in names if name.endswith(".jsonl")}
    tree = git.tree(paths.root, "HEAD", paths.below)
    oids = [oid for name, oid in tree.items() if name in wanted]
    return frozenset(key for data in git.blobs(paths.root, oids).values() for key in log.parse(data).lines)


def _events_of(conn: Connection, segment: int) -> list[tuple[str, str | None]]:
    """A segment's events and their tasks, by the span of its ids: there is no index by segment."""
    query_ = (
        "SELECT e.id, e.issue_id FROM log_events e JOIN segments s ON s.id = ?1 "
        "WHERE e.id BETWEEN s.first_id AND s.last_id AND e.segment = s.id AND e.present = 1 ORDER BY e.id"
    )
    return list(conn.execute(query_, (segment,)))


def _tasks(conn: Connection, events: list[str]) -> list[str]:
    if not events:
        return []
    from bd_py.jsonio import dumps

    query_ = (
        "SELECT DISTINCT e.issue_id FROM json_each(?) j JOIN log_events e ON e.id = j.value "
        "WHERE e.issue_id IS NOT NULL ORDER BY e.id"
    )
    return list(dict.fromkeys(row[0] for row in conn.execute(query_, (dumps(events),))))
