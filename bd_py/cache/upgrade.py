"""From one version of the schema to the next, in steps; other programs' tables stay."""

from __future__ import annotations

from bd_py.cache.level import SCHEMA_VERSION, Connection, sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.config import Config
    from bd_py.paths import Paths

STEPS: dict[int, tuple[str, ...]] = {
    5: (
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
"""Version -> the statements that lead from the version before to it. One that is not listed is a rebuild.

Foreign keys are off while they run, so a step may make a table anew as SQLite's manual says (create, copy, drop,
rename) and nothing cascades into other programs' tables.
"""


def upgrade(conn: Connection, paths: Paths, config: Config) -> None:
    """Bring an older cache to `SCHEMA_VERSION`: by its steps where each is known and goes through, else by a rebuild.

    Either is one transaction; other programs' tables stay as they are.
    """
    version = conn.execute("PRAGMA user_version").fetchone()[0]
    missing = range(version + 1, SCHEMA_VERSION + 1)
    if version and all(step in STEPS for step in missing) and _step_by_step(conn, missing):
        return
    from bd_py.cache.build import rebuild

    conn.execute("PRAGMA journal_mode = WAL")
    rebuild(conn, paths, config)


def _step_by_step(conn: Connection, versions: range) -> bool:
    """Take the steps, all or none; False where one does not go through, as when something else is in its way."""
    from bd_py.cache.session import unreadable

    conn.execute("PRAGMA foreign_keys = OFF")  # has no effect inside of a transaction
    conn.execute("PRAGMA legacy_alter_table = ON")  # else a rename fails on a view whose table is being made anew
    try:
        conn.execute("BEGIN IMMEDIATE")
        for version in versions:
            for statement in STEPS[version]:
                conn.execute(statement)
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        conn.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        if not unreadable(error):
            raise
        return False
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise
    finally:
        conn.execute("PRAGMA legacy_alter_table = OFF")
        conn.execute("PRAGMA foreign_keys = ON")
    return True
