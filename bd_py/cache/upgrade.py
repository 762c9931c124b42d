"""From one version of the schema to the next, in steps; other programs' tables stay."""

from __future__ import annotations

from bd_py.cache.level import SCHEMA_VERSION, Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.config import Config
    from bd_py.paths import Paths

STEPS: dict[int, tuple[str, ...]] = {
    2: ("CREATE TABLE search_changes (issue_id TEXT PRIMARY KEY) WITHOUT ROWID",),
    3: (
        "ALTER TABLE issues ADD COLUMN compound INTEGER",
        (
            "UPDATE issues SET compound = json_extract(extra, '$.compound'), "
            "extra = nullif(json_remove(extra, '$.compound'), '{}') WHERE json_extract(extra, '$.compound') IS NOT NULL"
        ),
        "DROP VIEW ready_issues",
        (
            "CREATE VIEW ready_issues AS SELECT i.* FROM issues i "
            "WHERE i.priority >= 0 AND i.is_blocked = 0 AND i.compound IS NOT 1 "
            "AND (i.category = 'open' OR (i.status = 'deferred' AND i.defer_until IS NOT NULL)) "
            "AND (i.defer_until IS NULL OR i.defer_until <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) "
            "AND i.issue_type NOT IN ("
            "SELECT e.value FROM json_each((SELECT value FROM meta WHERE key = 'exclude_types')) e)"
        ),
    ),
    4: (
        "DROP INDEX issues_ready",
        "DROP INDEX issues_live",
        "DROP INDEX issues_all",
        (
            "CREATE INDEX issues_ready ON issues "
            "(priority, created_at, id, category, status, issue_type, defer_until, compound) "
            "WHERE is_blocked = 0 AND (category = 'open' OR (status = 'deferred' AND defer_until IS NOT NULL))"
        ),
        (
            "CREATE INDEX issues_live ON issues "
            "(priority, created_at, id, category, status, issue_type, is_blocked, updated_at) "
            "WHERE category IN ('open', 'waiting', 'active')"
        ),
        "CREATE INDEX issues_all ON issues (priority, created_at, id, issue_type) WHERE category <> 'gone'",
        (
            "CREATE INDEX issues_closed ON issues (closed_at, id, julianday(closed_at) - julianday(created_at)) "
            "WHERE category = 'done'"
        ),
        "CREATE INDEX issues_gone ON issues (status) WHERE category = 'gone'",
        "CREATE INDEX events_gone ON log_events (id) WHERE present = 0",
    ),
}
"""Version -> the statements that lead from the version before to it. One that is not listed is a rebuild."""


def upgrade(conn: Connection, paths: Paths, config: Config) -> None:
    """Bring an older cache to `SCHEMA_VERSION`: by its steps where each is known, else by a rebuild."""
    version = conn.execute("PRAGMA user_version").fetchone()[0]
    missing = range(version + 1, SCHEMA_VERSION + 1)
    if version == 0 or any(step not in STEPS for step in missing):
        from bd_py.cache.build import rebuild

        conn.execute("PRAGMA journal_mode = WAL")
        rebuild(conn, paths, config)
        return
    conn.execute("BEGIN IMMEDIATE")
    try:
        for step in missing:
            for statement in STEPS[step]:
                conn.execute(statement)
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        conn.execute("COMMIT")
    except BaseException:
        conn.execute("ROLLBACK")
        raise
