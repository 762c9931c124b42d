"""The cache as a file beside, and back: what `tk backup` keeps of it, and how it is put into place."""

from __future__ import annotations

import os

from bd_py.cache import foreign
from bd_py.cache.level import SCHEMA_VERSION, Connection, connect, sqlite3
from bd_py.cache.session import set_meta, unreadable
from bd_py.cache.writer import LevelCache
from bd_py.errors import NewerError
from bd_py.paths import Paths


def take(conn: Connection, target: str) -> list[str]:
    """Copy the database of a connection as it is at one moment, whoever writes; the foreign tables in it.

    By SQLite's backup, in one step: a program that writes to its own tables waits for it, or comes after.
    """
    copy = connect(target)
    try:
        conn.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        return foreign.tables(copy)
    finally:
        copy.close()


def tables(path: str) -> dict[str, str]:
    """The foreign tables of a database, each with a digest of its declaration and rows; none without a file.

    Raises NewerError where a newer tk made it, sqlite3.Error where it is no database.
    """
    if not os.path.exists(path):
        return {}
    conn = connect(path)
    try:
        version = conn.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise NewerError(
                f"{path} was made by a newer tk (schema {version}, this tk knows {SCHEMA_VERSION})",
                "Upgrade tk. Nothing was changed.",
            )
        return {name: _digest(conn, name) for name in foreign.tables(conn)}
    finally:
        conn.close()


def put(path: str, paths: Paths) -> Connection:
    """Make the cache of a store what the file at ``path`` holds, brought level with the log as it is now.

    The lock is held. The file is used up. One transaction: who has the cache open sees what was or what will be.
    Cursors of before do not fit what is here now, so they become foreign ones. Gives a connection to the cache.
    """
    conn = connect(path)
    conn.execute("PRAGMA journal_mode = WAL")
    conn.close()
    staged = Paths(paths.tasks)
    staged.cache = path
    level = LevelCache(staged, every_file=True)
    try:
        set_meta(level.conn, level.meta, "live", "")
        set_meta(level.conn, level.meta, "epoch", os.urandom(4).hex())
        level.conn.execute("COMMIT")
        if os.path.exists(paths.cache) and _copy_into(level.conn, paths.cache):
            return connect(paths.cache)
    finally:
        level.close()
    for end in ("-wal", "-shm", ""):
        if os.path.lexists(paths.cache + end):
            os.rename(paths.cache + end, paths.cache + ".damaged" + end)
    os.rename(path, paths.cache)
    return connect(paths.cache)


def _copy_into(conn: Connection, cache: str) -> bool:
    """Copy over a cache that others may have open; False where that one is damaged."""
    into = connect(cache)
    try:
        conn.backup(into)
    except sqlite3.Error as error:
        if not unreadable(error):
            raise
        return False
    finally:
        into.close()
    return True


def _digest(conn: Connection, name: str) -> str:
    from _blake2 import blake2b

    sql = conn.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    found = blake2b(repr(sql).encode("utf-8", "surrogatepass"), digest_size=16)
    for row in sorted(map(repr, conn.execute(f"SELECT * FROM {foreign.quoted(name)}"))):
        found.update(row.encode("utf-8", "surrogatepass"))
    return str(found.hexdigest())
