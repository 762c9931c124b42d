"""Numbers about all tasks: counts by a field, the summary, how work flows."""

from __future__ import annotations

from bd_py import jsonio, query, query_facts, times
from bd_py.query import Filter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from bd_py.cache.level import Connection

FIELDS = {
    "status": "i.status",
    "priority": "i.priority",
    "type": "i.issue_type",
    "assignee": "i.assignee",
    "owner": "i.owner",
    "parent": "i.parent_id",
    "phase": "i.phase",
    "resolution": "i.resolution",
    "creator": "i.created_by",
    "label": "f.label",
}
"""What tasks can be counted by, and where it stands."""

NONE = "(none)"
_INDEXED = ("priority", "type")
"""What the index of all tasks holds."""
_DAY_MS = 86_400_000


def count(conn: Connection, where: Filter, by: str | None = None) -> tuple[int, dict[str, int]]:
    """How many tasks fit a filter, and how many have each value of a field.

    The most frequent value first, by ``priority`` in its order. A task with two labels counts for both.
    """
    total = int(conn.execute(f"SELECT count(*) FROM issues i{where.sql()}", where.values).fetchone()[0])
    if by is None:
        return total, {}
    if where.conditions == [query.ALL] and by in ("status", "label"):
        counts = query_facts.statuses(conn) if by == "status" else _labelled(conn, total)
        return total, dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0] != NONE, pair[0])))
    column = FIELDS[by]
    join = " LEFT JOIN labels f ON f.issue_id = i.id" if by == "label" else ""
    if len(where.conditions) == 1 and by not in _INDEXED:  # read in the table's order, not by an index row by row
        join = " NOT INDEXED" + join
    order = "1" if by == "priority" else "2 DESC, 1"
    rows = conn.execute(
        f"SELECT {column}, count(*) FROM issues i{join}{where.sql()} GROUP BY 1 ORDER BY {order}", where.values
    )
    return total, {NONE if value is None else str(value): number for value, number in rows}


def _labelled(conn: Connection, total: int) -> dict[str, int]:
    """How many of all tasks have each label, and how many none: from the labels alone."""
    counts = dict(query_facts.label_counts(conn))
    # Not count(DISTINCT): that sorts the whole table, four times the cost.
    labelled = "SELECT count(*) FROM (SELECT DISTINCT issue_id FROM labels)"
    without = total - int(conn.execute(labelled).fetchone()[0])
    return {**counts, NONE: without} if without else counts


def count_up_to(conn: Connection, where: Filter, most: int) -> int:
    """How many tasks fit a filter, counted no further than ``most``."""
    query_ = f"SELECT count(*) FROM (SELECT 1 FROM issues i{where.sql()} LIMIT {int(most)})"
    return int(conn.execute(query_, where.values).fetchone()[0])


def blocked_filter() -> Filter:
    """What waits for another task, or for somebody to unblock it."""
    return Filter(query.LIVE, "(i.is_blocked = 1 OR i.status = 'blocked')")


def summary(conn: Connection, exclude_types: Sequence[str]) -> dict[str, Any]:
    """The numbers of ``tk stats``, by the keys of its JSON; the lead time of what is closed runs from its creation.

    Each from an index that holds what it asks for: one pass over the rows takes twice as long at 100,000 tasks.
    """
    by_status = query_facts.statuses(conn)
    lead = "avg(julianday(i.closed_at) - julianday(i.created_at)) * 24"
    closed, hours = conn.execute(f"SELECT count(*), {lead} FROM issues i WHERE i.category = 'done'").fetchone()
    found = {
        "total_issues": sum(by_status.values()),
        "open_issues": by_status.get("open", 0),
        "in_progress_issues": by_status.get("in_progress", 0),
        "closed_issues": closed,
        "blocked_issues": count(conn, blocked_filter())[0],
        "deferred_issues": by_status.get("deferred", 0),
        "ready_issues": count(conn, query.ready(Filter(), exclude_types))[0],
        "tombstone_issues": conn.execute("SELECT count(*) FROM deleted_issues").fetchone()[0],
    }
    return found if hours is None else {**found, "average_lead_time_hours": round(hours, 2)}


def flow(conn: Connection, now_ms: int, days: int = 7) -> dict[str, Any]:
    """How work flowed in the last days: what was created and closed, and median times in hours.

    ``lead``: from creation to close. ``cycle``: from the last claim before the close. Tasks closed in the span
    count; None where there is none.
    """
    since = times.iso(now_ms - days * _DAY_MS)
    created = conn.execute(
        # Every priority named: five ranges of the index of all tasks.
        f"SELECT count(*) FROM issues i WHERE {query.ALL} AND i.priority IN (0, 1, 2, 3, 4) AND i.created_at >= ?",
        (since,),
    ).fetchone()[0]
    rows = conn.execute(
        "SELECT (julianday(i.closed_at) - julianday(i.created_at)) * 24, "
        "(julianday(i.closed_at) - julianday((SELECT max(e.at) FROM events e WHERE e.issue_id = i.id "
        "AND e.type = 'task.claimed' AND e.present = 1 AND e.at <= i.closed_at))) * 24 "
        "FROM issues i WHERE i.category = 'done' AND i.closed_at >= ?",
        (since,),
    ).fetchall()
    return {
        "days": days,
        "created": created,
        "closed": len(rows),
        "lead_time_hours": _median([row[0] for row in rows]),
        "cycle_time_hours": _median([row[1] for row in rows]),
    }


def _median(values: list[float | None]) -> float | None:
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    middle = len(known) // 2
    found = known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2
    return round(found, 2)


def store(conn: Connection) -> dict[str, int]:
    """The size of the log as the cache knows it."""
    events, gone = conn.execute(
        "SELECT (SELECT count(*) FROM log_events), (SELECT count(*) FROM log_events WHERE present = 0)"
    ).fetchone()
    segments, size, bad = conn.execute(
        "SELECT count(*), coalesce(sum(size), 0), coalesce(sum(bad_lines), 0) FROM segments"
    ).fetchone()
    return {
        "events": events - gone,
        "unreachable_events": gone,
        "segments": segments,
        "log_bytes": size,
        "bad_lines": bad,
    }


def epics(conn: Connection, *, eligible_only: bool = False, brief: bool = False) -> list[dict[str, Any]]:
    """Each epic that is not closed with how far its children are, by priority, then age.

    ``brief``: of the epic itself only what a line of text shows.
    """
    where = Filter(query.LIVE, "i.issue_type = 'epic'")
    rows = conn.execute(
        # Cross: from the epics to their children, in this order.
        "SELECT d.depends_on_id, count(*), count(*) FILTER (WHERE c.category = 'done') FROM issues i "
        "CROSS JOIN dependencies d ON d.depends_on_id = i.id AND d.type = 'parent-child' "
        f"CROSS JOIN issues c ON c.id = d.issue_id AND c.category <> 'gone'{where.sql()} GROUP BY 1"
    )
    progress = {epic: (total, closed) for epic, total, closed in rows}
    if eligible_only:
        done = [epic for epic, (total, closed) in progress.items() if total == closed]
        where.add("i.id IN (SELECT value FROM json_each(:done))", done=jsonio.dumps(done))
    out = []
    for issue in query.issues(conn, where, brief=brief):
        total, closed = progress.get(issue["id"], (0, 0))
        eligible = total > 0 and total == closed
        out.append({"epic": issue, "total_children": total, "closed_children": closed, "eligible_for_close": eligible})
    return out
