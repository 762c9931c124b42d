"""Tables that other programs keep in the cache file: found, carried over, salvaged."""

from __future__ import annotations

from bd_py.cache.level import Connection, connect, sqlite3

VIRTUAL_TABLES = ("search_titles", "search_text")
"""With those that FTS5 keeps beside them, they are there once somebody has searched."""
OWN_TABLES = frozenset(
    (
        "meta",
        "folders",
        "segments",
        "log_events",
        "event_copies",
        "inbox",
        "issues",
        "deleted_issues",
        "dependencies",
        "suspended_dependencies",
        "labels",
        "comments",
        "blockers",
        "evidence",
        "artifacts",
        "conflicts",
        "lost_claims",
        "collections",
        "records",
        "record_index",
        "record_conflicts",
        "search_changes",
        "search_tasks",
        "task_files",
        *VIRTUAL_TABLES,
        *(f"{name}_{part}" for name in VIRTUAL_TABLES for part in ("config", "content", "data", "docsize", "idx")),
    )
)
OWN_VIEWS = frozenset(("events", "ready_issues", "blocked_issues"))


def tables(conn: Connection) -> list[str]:
    """The tables that are not tk's."""
    found = conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return [name for (name,) in found if name not in OWN_TABLES and not name.startswith("sqlite_")]


def has_any(conn: Connection) -> bool:
    """Whether there is a table or a view that is not tk's."""
    found = conn.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
    return any(name not in OWN_TABLES and name not in OWN_VIEWS and not name.startswith("sqlite_") for (name,) in found)


def references(conn: Connection) -> list[tuple[str, str]]:
    """(table, column) of every foreign key to ``issues`` in tables that are not tk's."""
    out = []
    for table in tables(conn):
        for row in conn.execute(f"PRAGMA foreign_key_list({quoted(table)})"):
            if row[2].lower() == "issues":
                out.append((table, row[3]))
    return out


def drop_own(conn: Connection) -> None:
    """Drop tk's tables and views, keep everything else. Foreign keys must be off."""
    for name in OWN_VIEWS:
        conn.execute(f"DROP VIEW IF EXISTS {name}")
    for name in (*VIRTUAL_TABLES, *OWN_TABLES):  # these take theirs along
        conn.execute(f"DROP TABLE IF EXISTS {name}")


def salvage(damaged: str, target: str) -> list[str]:
    """Copy what can be read of other programs' tables from a damaged database into a new one.

    Gives the names of the tables that came over, whole or in part. Never raises: what cannot be read
    is lost already, and the damaged file is kept beside.
    """
    saved: list[str] = []
    try:
        source = connect(damaged)
    except (sqlite3.Error, UnicodeDecodeError):
        return saved
    into = connect(target)
    try:
        names = tables(source)
        own = ",".join(f"'{name}'" for name in (*OWN_TABLES, *OWN_VIEWS))
        statements = source.execute(
            "SELECT sql, tbl_name, type FROM sqlite_master WHERE sql IS NOT NULL "
            f"AND tbl_name NOT IN ({own}) ORDER BY type = 'table' DESC"
        ).fetchall()
        into.execute("PRAGMA foreign_keys = OFF")
        for sql, _, _ in statements:
            _attempt(into, sql)
        for name in names:
            if _copy_rows(source, into, name):
                saved.append(name)
    except (sqlite3.Error, UnicodeDecodeError):
        pass
    finally:
        source.close()
        into.close()
    return saved


def _copy_rows(source: Connection, into: Connection, name: str) -> bool:
    try:
        cursor = source.execute(f"SELECT * FROM {quoted(name)}")
        slots = ", ".join("?" * len(cursor.description))
        into.execute("BEGIN")
        for row in cursor:
            into.execute(f"INSERT OR IGNORE INTO {quoted(name)} VALUES ({slots})", row)
    except (sqlite3.Error, UnicodeDecodeError):
        pass
    if into.in_transaction:
        into.execute("COMMIT")
        return True
    return False


def _attempt(conn: Connection, sql: str) -> None:
    try:
        conn.execute(sql)
    except (sqlite3.Error, UnicodeDecodeError):
        pass


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'
