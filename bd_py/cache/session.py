"""How a connection that writes is set up and left, and the smallest write: what the cache notes about the log."""

from __future__ import annotations

import os

from bd_py.cache.level import BUSY_SECONDS, MOST_WAL, Connection, read_meta
from bd_py.errors import LockTimeoutError, ReadOnlyError
from bd_py.lock import Lock
from bd_py.sqlite import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.errors import TkError
    from bd_py.paths import Paths


def prepare(conn: Connection) -> None:
    """The settings of a connection that writes."""
    conn.execute("PRAGMA foreign_keys = ON")
    conn.execute("PRAGMA synchronous = NORMAL")
    conn.execute("PRAGMA wal_autocheckpoint = 0")  # see `fold_back`


_MANY_PAGES = -65536
"""KiB of pages to keep while thousands of rows are written: with SQLite's 2 MiB ten thousand tasks go to disk twice."""


def prepare_many(conn: Connection) -> None:
    """What a write of thousands of rows needs besides; to be called before its transaction begins.

    A statement that inserts several rows keeps a journal of its own, of every page that it changes. As a file that is
    one write of a page for each page and statement: 139,000 of them in a batch of 10,000 tasks.
    """
    conn.execute("PRAGMA temp_store = MEMORY")
    conn.execute(f"PRAGMA cache_size = {_MANY_PAGES}")


def fold_back(conn: Connection, paths: Paths, most: int = MOST_WAL) -> None:
    """Fold a large write-ahead log back into the cache and cut it to nothing. The lock is held.

    SQLite's own checkpoint at commit never shortens the log here: the next process is the first to open the
    database, forgets how much was folded back, and folds all of it again. Whoever is reading at this moment
    is not waited for.
    """
    try:
        if os.stat(paths.cache + "-wal").st_size < most:
            return
        conn.execute("PRAGMA busy_timeout = 0")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        conn.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    except (OSError, sqlite3.Error):
        pass  # the next write tries again


def set_meta(conn: Connection, meta: dict[str, str], key: str, value: str) -> None:
    """Set one key of the ``meta`` table."""
    meta[key] = value
    conn.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))


class Notes:
    """The lock and a transaction for the ``meta`` table: without events, so without the fold.

    A context manager over a connection that is open already. Raises ReadOnlyError, LockTimeoutError.
    """

    def __init__(self, paths: Paths, conn: Connection) -> None:
        self.paths = paths
        self.conn = conn
        self.meta: dict[str, str] = {}
        self._lock = Lock(paths.lock)

    def __enter__(self) -> Notes:
        self._lock.acquire()
        try:
            prepare(self.conn)
            self.conn.execute("BEGIN IMMEDIATE")
            self.meta = read_meta(self.conn)
        except sqlite3.Error as error:
            self._lock.release()
            raise cannot_write(self.paths, error) from error
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.conn.execute("ROLLBACK" if kind else "COMMIT")
            fold_back(self.conn, self.paths)
        finally:
            self._lock.release()


UNWRITABLE = ("readonly", "unable to open", "disk is full", "disk I/O error")
"""What SQLite says of a cache that cannot be written, which is no damage."""


def is_unwritable(error: BaseException) -> bool:
    """Whether an error of SQLite tells of a disk that is full, broken or not to be written."""
    return any(words in str(error) for words in UNWRITABLE)


def cannot_write(paths: Paths, error: Exception) -> TkError:
    """What to tell of an error of SQLite that is no damage."""
    if "locked" in str(error):
        return LockTimeoutError(f"{paths.cache} is locked by another program", "Try again when it is done.")
    return ReadOnlyError(f"cannot write {paths.cache}: {error}", "Free space or mend access, then try again.")


def unreadable(error: Exception) -> bool:
    """Whether an error tells that the cache is damaged: not that it is locked, or that it cannot be written.

    SQLite quotes the text that it cannot parse, and that may be no UTF-8.
    """
    known = isinstance(error, (sqlite3.DatabaseError, UnicodeDecodeError))
    return known and "locked" not in str(error) and not is_unwritable(error)
