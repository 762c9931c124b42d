"""Make the cache anew from the log."""

from __future__ import annotations

import os

from bd_py import config as config_module
from bd_py.cache import build, foreign
from bd_py.cache.level import Stale, connect, read_meta, sqlite3
from bd_py.cache.session import cannot_write, prepare, unreadable
from bd_py.lock import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.build import Progress
    from bd_py.cache.level import Connection
    from bd_py.paths import Paths


def rebuild(where: Paths, progress: Progress | None = None) -> dict[str, Any]:
    """Make tk's tables anew; other programs' tables stay. What the cache holds now, counted.

    An unreadable cache is moved aside first, and what can be read of other programs' tables copied over:
    ``salvaged`` names them, None where that was not needed. Raises NewerError for a newer tk's cache,
    InvalidError for a broken config.toml, LockTimeoutError, ReadOnlyError.
    """
    with Lock(where.lock):
        config = config_module.load(where.config)
        salvaged = None
        try:
            conn = _rebuilt(where, config, progress)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if not unreadable(error):
                raise cannot_write(where, error) from error
            salvaged = build.salvage(where, config)
            conn = connect(where.cache)
        try:
            return {**counts(conn), "salvaged": salvaged}
        finally:
            conn.close()


def counts(conn: Connection) -> dict[str, Any]:
    """How much of everything a cache holds."""
    one = {
        "segments": "SELECT count(*) FROM segments",
        "events": "SELECT count(*) FROM log_events WHERE present = 1",
        "tasks": "SELECT count(*) FROM issues WHERE category <> 'gone'",
        "deleted": "SELECT count(*) FROM deleted_issues",
        "bad_lines": "SELECT coalesce(sum(bad_lines), 0) FROM segments",
    }
    found: dict[str, Any] = {name: conn.execute(query).fetchone()[0] for name, query in one.items()}
    found["foreign_tables"] = foreign.tables(conn)
    return found


def _rebuilt(where: Paths, config: config_module.Config, progress: Progress | None) -> Connection:
    """A connection to the cache made anew in place. Raises sqlite3.DatabaseError where it cannot be."""
    if not os.path.exists(where.cache):
        build.create(where, config, progress)
        return connect(where.cache)
    conn = connect(where.cache)
    try:
        prepare(conn)
        try:
            read_meta(conn)
        except Stale:
            conn.execute("PRAGMA journal_mode = WAL")
        build.rebuild(conn, where, config, progress)
        if foreign.has_any(conn) and conn.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("damaged")
    except BaseException:
        conn.close()
        raise
    return conn
