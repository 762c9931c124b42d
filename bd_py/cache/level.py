"""Open the cache for reading, and tell whether it is level with the log.

What is not level goes to `bd_py.cache.writer`, which a reading verb otherwise never imports.
"""

from __future__ import annotations

import os

from bd_py import config as config_module
from bd_py.errors import NewerError
from bd_py.paths import refuse_link
from bd_py.sqlite import sqlite3
from bd_py.stamps import clock_ns, stat_of, trusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.paths import Paths

__all__ = ["Connection", "Stale", "connect", "is_level", "open_level", "read_meta", "sqlite3"]

SCHEMA_VERSION = 5
TEXT_FIELDS = ("description", "design", "acceptance_criteria", "notes")
"""Text columns of ``issues`` that are '' where the task has none, as in the bd world; the others are NULL."""
FIELDS = (
    "title",
    *TEXT_FIELDS,
    "status",
    "priority",
    "issue_type",
    "assignee",
    "owner",
    "estimated_minutes",
    "created_at",
    "created_by",
    "updated_at",
    "closed_at",
    "close_reason",
    "resolution",
    "due_at",
    "defer_until",
    "external_ref",
    "name",
    "phase",
    "phase_entered_at",
    "next_step",
    "compound",
)
"""The columns of ``issues`` that hold a field as it is: here, for both who read and who write import this module."""
PROGRESS = ("progress", "progress_percent")
"""The two columns of the field ``progress``."""
BUSY_SECONDS = 30.0
MOST_WAL = 512 * 1024
"""Bytes of write-ahead log after which a write folds it back: each process reads all of it when it starts."""
UNSEEN_DAMAGE = "unseen_damage"
"""The key of ``meta`` that is set while bad lines came in that no write has looked at for conflict markers."""
_EACH = 300
"""In a folder of more segments, their names and inodes tell whether it is as it was: a command that begins a
segment, as the first one after a commit does, leaves it young, and stat data of 4,000 files costs the next command
twice an interpreter's start. Missed is only a file that somebody took away and made again with another content,
under its name and with its inode number, within the 20 ms after that; hooks and `sync` look at every file.
"""

Connection = sqlite3.Connection


class Stale(Exception):
    """The cache is missing, of an older schema, unreadable or behind the log."""


def connect(path: str) -> Connection:
    """A connection with this program's settings; the file is made where it is missing. Raises InvalidError."""
    refuse_link(path)
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def connect_read_only(path: str, *, immutable: bool) -> Connection:
    """A connection that writes nothing, not even beside the file when ``immutable``."""
    refuse_link(path)
    quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    mode = "immutable=1" if immutable else "mode=ro"
    return sqlite3.connect(f"file:{quoted}?{mode}", uri=True, isolation_level=None, check_same_thread=False)


def open_level(paths: Paths) -> tuple[Connection, dict[str, str]]:
    """A connection to a cache that is level with the log, and its ``meta`` table.

    Raises Stale where it is not, NewerError where a newer tk made it. Writes nothing.
    """
    try:
        inode = os.stat(paths.cache).st_ino
    except OSError:
        raise Stale from None
    conn = connect(paths.cache)
    try:
        meta = read_meta(conn)
        if not is_level(paths, conn, meta):
            raise Stale
        if os.stat(paths.cache).st_ino != inode:
            raise Stale
    except (sqlite3.Error, UnicodeDecodeError, OSError):
        conn.close()
        raise Stale from None
    except (Stale, NewerError):
        conn.close()
        raise
    return conn, meta


def read_meta(conn: Connection) -> dict[str, str]:
    """The ``meta`` table of a cache of this schema. Raises Stale or NewerError for another."""
    version = conn.execute("PRAGMA user_version").fetchone()[0]
    if version != SCHEMA_VERSION:
        if version > SCHEMA_VERSION:
            raise NewerError(
                f"the cache was made by a newer tk (schema {version}, this tk knows {SCHEMA_VERSION})",
                "Upgrade tk, or delete .tasks/cache.db* to have this tk make its own.",
            )
        raise Stale
    return dict(conn.execute("SELECT key, value FROM meta"))


def is_level(paths: Paths, conn: Connection, meta: dict[str, str], *, noting: str = "if free") -> bool:
    """Whether nothing of the log or the settings changed since the cache was brought level.

    That young time stamps have been looked at again is noted ``if free``, ``locked`` (the lock is held), ``never``.
    """
    if meta.get("config_stat") != config_module.signature(paths.config):
        return False
    if paths.files:
        from bd_py.taskfiles import index

        return index.is_level(paths, conn)
    live = meta.get("live")
    if live:
        row = conn.execute(
            "SELECT path, size, mtime_ns, ctime_ns, inode FROM segments WHERE id = ?", (live,)
        ).fetchone()
        if row is None or not same_file(paths.log + "/" + row[0], row[1:]):
            return False
    folders = conn.execute("SELECT path, mtime_ns, ctime_ns, inode, checked_ns FROM folders").fetchall()
    if not folders:
        return not os.path.isdir(paths.log)
    doubtful = []
    started = clock_ns()
    for path, mtime, ctime, inode, checked in folders:
        try:
            found = os.stat(paths.log + "/" + path)
        except OSError:
            return False
        if found.st_mtime_ns != mtime or found.st_ctime_ns != ctime or found.st_ino != inode:
            return False
        if not trusted(mtime, checked):
            doubtful.append(path)
    for path in doubtful:
        if not _same_entries(paths, conn, path):
            return False
    settled = [(started, row[0], row[1]) for row in folders if row[0] in doubtful and trusted(row[1], started)]
    if settled and noting == "locked":
        settle(conn, settled)
    elif settled and noting == "if free":
        _settle_if_free(paths, conn, settled)
    return True


class Probe:
    """What a level cache was level with, so that an open store can tell by a few stats whether it still is.

    A file's ctime changes with whatever is done to it. Only made where every time stamp is old enough to be
    trusted.
    """

    __slots__ = ("_stats",)

    def __init__(self, names: list[str], cache: str) -> None:
        self._stats = [(name, found.st_ctime_ns, found.st_ino) for name in names for found in [os.stat(name)]]
        self._stats.append((cache, 0, os.stat(cache).st_ino))

    @classmethod
    def make(cls, paths: Paths, conn: Connection) -> Probe | None:
        """The probe of a cache that was found level just now; None where it could not be trusted."""
        folders = conn.execute("SELECT path, mtime_ns, checked_ns FROM folders").fetchall()
        if paths.files:
            return None  # each file may be edited
        if not folders or not all(trusted(mtime, checked) for _, mtime, checked in folders):
            return None
        live = conn.execute(
            "SELECT path, size, mtime_ns, ctime_ns, inode FROM segments "
            "WHERE id = (SELECT value FROM meta WHERE key = 'live')"
        ).fetchone()
        names = [paths.log + "/" + row[0] for row in folders]
        names += [paths.config, *([paths.log + "/" + live[0]] if live else [])]
        try:
            made = cls(names, paths.cache)
        except OSError:
            return None
        return made if is_level(paths, conn, read_meta(conn), noting="never") else None

    def holds(self) -> bool:
        """Whether nothing has changed since."""
        stat = os.stat
        try:
            for name, ctime, inode in self._stats:
                found = stat(name)
                if found.st_ino != inode or (ctime and found.st_ctime_ns != ctime):
                    return False
        except OSError:
            return False
        return True


def same_file(path: str, row: tuple[int, ...]) -> bool:
    """Whether a file's size, mtime, ctime and inode are those of a row."""
    try:
        return stat_of(os.stat(path)) == tuple(row)
    except OSError:
        return False


def _same_entries(paths: Paths, conn: Connection, folder: str) -> bool:
    """Look into a folder whose stat data is too young to be trusted."""
    prefix = folder + "/" if folder else ""
    known = dict.fromkeys(
        row[0] for row in conn.execute("SELECT path FROM folders WHERE path >= ? AND path < ?", _below(prefix))
    )
    inodes = dict(conn.execute("SELECT path, inode FROM segments WHERE path >= ? AND path < ?", _below(prefix)))
    here = []
    with os.scandir(paths.log + "/" + folder) as entries:
        for entry in entries:
            name = entry.name
            path = prefix + name
            if name.endswith(".jsonl") and name[0] != ".":
                if inodes.pop(path, None) != entry.inode():
                    return False
                here.append(path)
            elif path not in known and entry.is_dir(follow_symlinks=False):
                return False
    if any("/" not in path[len(prefix) :] for path in inodes):
        return False
    query = "SELECT size, mtime_ns, ctime_ns, inode FROM segments WHERE path = ?"
    return len(here) > _EACH or all(
        same_file(paths.log + "/" + path, conn.execute(query, (path,)).fetchone()) for path in here
    )


def _below(prefix: str) -> tuple[str, str]:
    return (prefix, prefix[:-1] + "0") if prefix else ("", "\U0010ffff")  # "0" follows "/"


def settle(conn: Connection, looked: list[tuple[int, str, int]]) -> None:
    """Note that folders were looked at again when their time stamps were old enough. The lock is held.

    ``looked``: (when the look began, path, the mtime it saw).
    """
    conn.executemany("UPDATE folders SET checked_ns = ? WHERE path = ? AND mtime_ns = ?", looked)


def _settle_if_free(paths: Paths, conn: Connection, looked: list[tuple[int, str, int]]) -> None:
    """`settle` for one who reads: only if nobody is writing at this moment."""
    from bd_py.lock import Lock

    lock = Lock(paths.lock)
    if not lock.try_acquire():
        return
    try:
        conn.execute("PRAGMA synchronous = NORMAL")  # else a read right after a write waits for an fsync, 3 to 50 ms
        settle(conn, looked)
    except sqlite3.Error:
        pass  # a cache that cannot be written answers as well
    finally:
        lock.release()
