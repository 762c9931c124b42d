"""Checks of what the log says about tasks: nothing here is damage, all of it is worth knowing."""

from __future__ import annotations

from bd_py import times
from bd_py.service.checks.finding import INFO, WARNING, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cache.level import Connection

_STALE_DAYS = 14


def orphans(conn: Connection) -> list[Finding]:
    """Events of tasks whose creation is not here."""
    query = """
        SELECT e.issue_id, count(*) FROM log_events e WHERE e.present = 1 AND e.issue_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM issues i WHERE i.id = e.issue_id AND i.category <> 'gone')
          AND NOT EXISTS (SELECT 1 FROM deleted_issues d WHERE d.id = e.issue_id)
        GROUP BY e.issue_id ORDER BY e.issue_id"""
    return [
        Finding(
            WARNING,
            f"{count} events of {task}, which was never created here",
            "They show no task until a merge brings its task.created.",
        )
        for task, count in conn.execute(query)
    ]


def unknown_dependencies(conn: Connection) -> list[Finding]:
    """Dependencies on ids that no task has."""
    query = """
        SELECT d.issue_id, d.depends_on_id, d.type FROM dependencies d
        WHERE NOT EXISTS (SELECT 1 FROM issues i WHERE i.id = d.depends_on_id AND i.category <> 'gone')
        ORDER BY d.issue_id, d.depends_on_id"""
    return [
        Finding(
            WARNING,
            f"{issue} depends on {on} ({kind}), which is not here",
            f"It blocks nothing. 'tk dep remove {issue} {on}' removes it.",
        )
        for issue, on, kind in conn.execute(query)
    ]


def suspended(conn: Connection) -> list[Finding]:
    """Dependencies that a merge brought and that close a cycle."""
    query = "SELECT issue_id, depends_on_id, type FROM suspended_dependencies ORDER BY issue_id, depends_on_id"
    return [
        Finding(
            WARNING,
            f"{issue} -> {on} ({kind}) closes a cycle and is ignored",
            f"'tk dep cycles' shows it; 'tk dep remove {issue} {on}', or another of the cycle.",
        )
        for issue, on, kind in conn.execute(query)
    ]


def lost_claims(conn: Connection) -> list[Finding]:
    """Claims that another claim beat, on tasks that are still being worked on."""
    query = """
        SELECT l.issue_id, l.assignee, l.at, i.assignee FROM lost_claims l
        JOIN issues i ON i.id = l.issue_id AND i.category = 'active'
        WHERE NOT (i.assignee IS l.assignee AND i.hold_session IS l.session) ORDER BY l.issue_id, l.event_id"""
    return [
        Finding(INFO, f"{task}: {who} claimed it at {at} and lost to {holder}", f"'tk log {task}' tells how.")
        for task, who, at, holder in conn.execute(query)
    ]


def concurrent_edits(conn: Connection) -> list[Finding]:
    """Fields that were edited on two sides at once."""
    query = "SELECT issue_id, field, count(*) FROM conflicts GROUP BY issue_id, field ORDER BY issue_id, field"
    return [
        Finding(
            INFO,
            f"{task}: {field} was edited on two sides at once",
            f"'tk conflicts {task}' shows both values, 'tk conflicts --resolve {task}' confirms the one that holds.",
        )
        for task, field, _ in conn.execute(query)
    ]


def stale_claims(conn: Connection) -> list[Finding]:
    """Claims whose time has run out, or of whose task nothing has been heard for two weeks."""
    import time

    now = time.time_ns() // 1_000_000
    query = """
        SELECT id, assignee, hold_until, last_event_at FROM issues
        WHERE category = 'active' AND hold IS NOT NULL AND coalesce(hold_until, last_event_at) < ? ORDER BY id"""
    found = []
    for task, holder, until, heard in conn.execute(query, (times.iso(now),)):
        if until is None and heard > times.iso(now - _STALE_DAYS * 86_400_000):
            continue
        since = f"whose time ran out at {until}" if until else f"and nothing has been heard since {heard}"
        found.append(
            Finding(INFO, f"{task} is held by {holder}, {since}", f"'tk release {task} --force' gives it back.")
        )
    return found
