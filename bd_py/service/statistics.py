"""Numbers about all tasks: counts by a field, the summary, how work flows."""

from __future__ import annotations

from bd_py import query, times
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
_DAY_MS = 86_400_000
_CHILDREN = (
    "FROM dependencies d JOIN issues c ON c.id = d.issue_id "
    "WHERE d.depends_on_id = i.id AND d.type = 'parent-child' AND c.category <> 'gone'"
)


def count(conn: Connection, where: Filter, by: str | None = None) -> tuple[int, dict[str, int]]:
    """How many tasks fit a filter, and how many have each value of a field.

    The most frequent value first, by ``priority`` in its order. A task with two labels counts for both.
    """
    total = int(conn.execute(f"SELECT count(*) FROM issues i{where.sql()}", where.values).fetchone()[0])
    if by is None:
        return total, {}
    column = FIELDS[by]
    join = " LEFT JOIN labels f ON f.issue_id = i.id" if by == "label" else ""
    if len(where.conditions) == 1:  # all of them: read in the table's order, not by an index row by row
        join = " NOT INDEXED" + join
    order = "1" if by == "priority" else "2 DESC, 1"
    rows = conn.execute(
        f"SELECT {column}, count(*) FROM issues i{join}{where.sql()} GROUP BY 1 ORDER BY {order}", where.values
    )
    return total, {NONE if value is None else str(value): number for value, number in rows}


def count_up_to(conn: Connection, where: Filter, most: int) -> int:
    """How many tasks fit a filter, counted no further than ``most``."""
    query_ = f"SELECT count(*) FROM (SELECT 1 FROM issues i{where.sql()} LIMIT {int(most)})"
    return int(conn.execute(query_, where.values).fetchone()[0])


def blocked_filter() -> Filter:
    """What waits for another task, or for somebody to unblock it."""
    return Filter(query.LIVE, "(i.is_blocked = 1 OR i.status = 'blocked')")


def summary(conn: Connection, exclude_types: Sequence[str]) -> dict[str, Any]:
    """The numbers of ``tk stats``, by the keys of its JSON; the lead time of what is closed runs from its creation.

    One pass over the table in its own order: an index would lead to the same rows one by one, six times slower.
    """
    ready = query.ready(Filter(), exclude_types)
    sums = {
        "open_issues": "i.status = 'open'",
        "in_progress_issues": "i.status = 'in_progress'",
        "closed_issues": "i.category = 'done'",
        "blocked_issues": " AND ".join(blocked_filter().conditions),
        "deferred_issues": "i.status = 'deferred'",
        "ready_issues": " AND ".join(ready.conditions),
    }
    columns = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in sums.values())
    lead = "avg(julianday(i.closed_at) - julianday(i.created_at)) FILTER (WHERE i.category = 'done') * 24"
    total, *numbers, hours = conn.execute(
        f"SELECT count(*), {columns}, {lead} FROM issues i NOT INDEXED WHERE i.category <> 'gone'", ready.values
    ).fetchone()
    found = {"total_issues": total, **dict(zip(sums, numbers, strict=True))}
    found["tombstone_issues"] = conn.execute("SELECT count(*) FROM deleted_issues").fetchone()[0]
    return found if hours is None else {**found, "average_lead_time_hours": round(hours, 2)}


def flow(conn: Connection, now_ms: int, days: int = 7) -> dict[str, Any]:
    """How work flowed in the last days: what was created and closed, and median times in hours.

    ``lead``: from creation to close. ``cycle``: from the last claim before the close. Tasks closed in the span
    count; None where there is none.
    """
    since = times.iso(now_ms - days * _DAY_MS)
    created = conn.execute(
        "SELECT count(*) FROM issues i NOT INDEXED WHERE i.category <> 'gone' AND i.created_at >= ?", (since,)
    ).fetchone()[0]
    rows = conn.execute(
        "SELECT (julianday(i.closed_at) - julianday(i.created_at)) * 24, "
        "(julianday(i.closed_at) - julianday((SELECT max(e.at) FROM events e WHERE e.issue_id = i.id "
        "AND e.type = 'task.claimed' AND e.present = 1 AND e.at <= i.closed_at))) * 24 "
        "FROM issues i NOT INDEXED WHERE i.category = 'done' AND i.closed_at >= ?",
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
    events, gone = conn.execute("SELECT count(*), count(*) FILTER (WHERE present = 0) FROM log_events").fetchone()
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


def epics(conn: Connection, *, eligible_only: bool = False) -> list[dict[str, Any]]:
    """Each epic that is not closed with how far its children are, by priority, then age."""
    rows = conn.execute(
        f"SELECT i.id, (SELECT count(*) {_CHILDREN}), (SELECT count(*) {_CHILDREN} AND c.category = 'done') "
        f"FROM issues i WHERE {query.LIVE} AND i.issue_type = 'epic'"
    ).fetchall()
    progress = {row[0]: (row[1], row[2]) for row in rows}
    where = Filter(query.LIVE, "i.issue_type = 'epic'")
    out = []
    for issue in query.issues(conn, where):
        total, closed = progress.get(issue["id"], (0, 0))
        eligible = total > 0 and total == closed
        if eligible or not eligible_only:
            out.append(
                {"epic": issue, "total_children": total, "closed_children": closed, "eligible_for_close": eligible}
            )
    return out
