"""Single facts about tasks, each by one statement: what a use case asks before it acts, and a verb after it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from bd_py.cache.level import Connection


def has_event(conn: Connection, event_id: str) -> bool:
    """Whether the log holds an event."""
    query = "SELECT 1 FROM log_events WHERE id = ? AND present = 1"
    return conn.execute(query, (event_id,)).fetchone() is not None


def status(conn: Connection, task_id: str) -> tuple[str | None, bool]:
    """A task's status, and whether it has a parent; None where there is no such task."""
    row = conn.execute("SELECT status, parent_id IS NOT NULL FROM issues WHERE id = ?", (task_id,)).fetchone()
    return (None, False) if row is None else (str(row[0]), bool(row[1]))


def moved_along(conn: Connection, ids: Iterable[str]) -> list[str]:
    """The compound tasks that closed, or opened, because one of these did just now, which are children of theirs."""
    query = (
        "WITH RECURSIVE up(id, version) AS (SELECT id, version FROM issues WHERE id = ?1 UNION "
        "SELECT p.id, p.version FROM up JOIN dependencies d ON d.issue_id = up.id AND d.type = 'parent-child' "
        "JOIN issues p ON p.id = d.depends_on_id AND p.compound = 1 AND p.version > up.version) "
        "SELECT id FROM up WHERE id <> ?1 ORDER BY version"
    )
    found = [row[0] for task_id in ids for row in conn.execute(query, (task_id,))]
    return list(dict.fromkeys(found))


def has_unfinished_child(conn: Connection, task_id: str) -> bool:
    """Whether a child of a task is open, or has failed."""
    query = (
        "SELECT 1 FROM dependencies d JOIN issues i ON i.id = d.issue_id WHERE d.depends_on_id = ? "
        "AND d.type = 'parent-child' AND (i.category NOT IN ('done', 'gone') OR i.resolution = 'failed') LIMIT 1"
    )
    return conn.execute(query, (task_id,)).fetchone() is not None


def open_named(conn: Connection, name: str) -> str | None:
    """The latest task of this name that is not done."""
    query = "SELECT id FROM issues WHERE name = ? AND category NOT IN ('done', 'gone') ORDER BY created_event DESC"
    row = conn.execute(query, (name,)).fetchone()
    return None if row is None else str(row[0])


def occurs(conn: Connection, column: str, value: str) -> bool:
    """Whether some task has this value in a column of ``issues``."""
    return conn.execute(f"SELECT 1 FROM issues WHERE {column} = ? LIMIT 1", (value,)).fetchone() is not None


def labels(conn: Connection, task_id: str) -> list[str]:
    """A task's labels."""
    rows = conn.execute("SELECT label FROM labels WHERE issue_id = ? ORDER BY label", (task_id,))
    return [row[0] for row in rows]


def label_counts(conn: Connection) -> list[tuple[str, int]]:
    """Every label with the number of tasks that have it, the most used first."""
    query = "SELECT label, count(*) FROM labels GROUP BY label ORDER BY count(*) DESC, label"
    return [(label, count) for label, count in conn.execute(query)]


def dependents(conn: Connection, task_id: str, kind: str | None = None) -> list[str]:
    """The ids of what depends on a task, by dependencies of any type or of one."""
    query = "SELECT DISTINCT issue_id FROM dependencies WHERE depends_on_id = ? AND type = coalesce(?, type)"
    return [row[0] for row in conn.execute(query, (task_id, kind))]


def blockers_of(conn: Connection, task_id: str) -> list[str]:
    """The ids of what keeps a task from being ready: its own dependencies, and blocked ancestors."""
    # The rule of `bd_py.fold.graph`, which keeps is_blocked, once more: this one names what is in the way.
    query = """
        SELECT d.depends_on_id FROM dependencies d JOIN issues o ON o.id = d.depends_on_id
        WHERE d.issue_id = ? AND o.category <> 'gone' AND CASE d.type
          WHEN 'blocks' THEN o.category <> 'done'
          WHEN 'conditional-blocks' THEN o.category <> 'done' OR o.resolution IS NOT 'failed'
          WHEN 'waits-for' THEN EXISTS (
              SELECT 1 FROM dependencies c JOIN issues ci ON ci.id = c.issue_id
              WHERE c.depends_on_id = o.id AND c.type = 'parent-child' AND ci.category NOT IN ('done', 'gone'))
          WHEN 'parent-child' THEN o.category <> 'done' AND (o.is_blocked OR o.status = 'blocked')
          END
        ORDER BY d.depends_on_id"""
    return [row[0] for row in conn.execute(query, (task_id,))]


def open_blockers(conn: Connection, task_id: str) -> list[str]:
    """The texts of a task's blockers that are not resolved."""
    query = (
        "SELECT text FROM blockers WHERE issue_id = ? AND raised_at IS NOT NULL AND resolved_at IS NULL "
        "ORDER BY raised_at, id"
    )
    return [row[0] for row in conn.execute(query, (task_id,))]


def statuses(conn: Connection) -> dict[str, int]:
    """How many tasks have each status that any has; from two indexes, since a look at every row takes 4 starts."""
    query = (
        "SELECT status, sum(n) FROM (SELECT status, count(*) AS n FROM issues GROUP BY status UNION ALL "
        "SELECT status, -count(*) FROM issues WHERE category = 'gone' GROUP BY status) "
        "GROUP BY status HAVING sum(n) > 0"
    )
    return dict(conn.execute(query).fetchall())
