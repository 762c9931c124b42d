"""Tables that other programs keep in the cache file: found, carried over, salvaged."""

from __future__ import annotations

from bd_py.cache.level import Connection, connect, sqlite3
from bd_py.cache.session import is_unwritable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

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

    Gives the names of the tables that came over, whole or in part. What is damaged is lost already, and the damaged
    file is kept beside; raises sqlite3.Error where the disk fails, on either side: another time it may not.
    """
    saved: list[str] = []
    try:
        source = connect(damaged)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        _raise_of_the_disk(error)
        return saved
    into = connect(target)
    try:
        into.execute("PRAGMA journal_mode = MEMORY")  # what cannot be written is known at once, not when it is closed
        try:
            names, statements = tables(source), _definitions(source)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            _raise_of_the_disk(error)
            names, statements = [], []
        into.execute("PRAGMA foreign_keys = OFF")
        for sql in statements:
            _attempt(into, sql)
        for name in names:
            if _copy_rows(source, into, name):
                saved.append(name)
        into.execute("PRAGMA journal_mode = WAL")
    finally:
        source.close()
        into.close()
    return saved


def _definitions(source: Connection) -> list[str]:
    """What made the tables, indexes, views and triggers of others: tables first."""
    own = ",".join(f"'{name}'" for name in (*OWN_TABLES, *OWN_VIEWS))
    query = f"SELECT sql FROM sqlite_master WHERE tbl_name NOT IN ({own}) ORDER BY type = 'table' DESC"
    return [sql for (sql,) in source.execute(query) if sql is not None]


def _copy_rows(source: Connection, into: Connection, name: str) -> bool:
    try:
        cursor = source.execute(f"SELECT * FROM {quoted(name)}")
    except (sqlite3.Error, UnicodeDecodeError) as error:
        _raise_of_the_disk(error)
        return False
    query = f"INSERT OR IGNORE INTO {quoted(name)} VALUES ({', '.join('?' * len(cursor.description))})"
    into.execute("BEGIN")
    for row in _readable(cursor):
        if _attempt(into, query, row):
            break
    into.execute("COMMIT")
    return True


def _readable(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """The rows up to the first that cannot be read."""
    try:
        yield from rows
    except (sqlite3.Error, UnicodeDecodeError) as error:
        _raise_of_the_disk(error)


def _attempt(into: Connection, statement: str, values: tuple[Any, ...] = ()) -> Exception | None:
    """Run what a damaged file says, whatever that is; the error. Raises only where the disk fails."""
    try:
        into.execute(statement, values)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        _raise_of_the_disk(error)
        return error
    return None


def _raise_of_the_disk(error: Exception) -> None:
    """Raise an error that tells of the disk, not of damage."""
    if is_unwritable(error):
        raise error


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'
