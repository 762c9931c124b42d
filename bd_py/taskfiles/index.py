"""What the cache notes about task files, and whether everything is still as it was noted.

The table is made by the first write of a store with this backend. It is no part of the fold: a rebuild drops it,
and the files are read again then.
"""

from __future__ import annotations

import os

from bd_py.sqlite import sqlite3
from bd_py.stamps import COARSE_NS, FINE_NS, trusted
from bd_py.taskfiles import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from bd_py.paths import Paths
    from bd_py.stamps import Stat

Connection = sqlite3.Connection
TABLE = "task_files"
_CREATE = f"""
CREATE TABLE IF NOT EXISTS {TABLE} (
    path       TEXT PRIMARY KEY,
    task       TEXT,
    version    TEXT,
    size       INTEGER NOT NULL,
    mtime_ns   INTEGER NOT NULL,
    ctime_ns   INTEGER NOT NULL,
    inode      INTEGER NOT NULL,
    checked_ns INTEGER NOT NULL,
    digest     TEXT NOT NULL,
    line       INTEGER,
    problem    TEXT
) WITHOUT ROWID
"""
_PUT = f"INSERT OR REPLACE INTO {TABLE} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_STAT = "size, mtime_ns, ctime_ns, inode"
_SELECT = f"SELECT path, task, version, {_STAT}, digest, line, problem, checked_ns FROM {TABLE}"
_YOUNG = 50
"""More files than this that are too young for their stat data to be trusted are looked at by a write, once for all."""


def prepare(conn: Connection) -> None:
    """Make the table where there is none."""
    conn.execute(_CREATE)
    conn.execute(f"CREATE INDEX IF NOT EXISTS {TABLE}_task ON {TABLE} (task)")


def digest(data: bytes) -> str:
    """What tells two versions of a file apart."""
    from _blake2 import blake2b

    return str(blake2b(data, digest_size=16).hexdigest())


class Noted:
    """One row: a file as it was when it was last read or written, ``checked_ns`` by the clock that stamps files.

    ``problem`` is why it says nothing that can be used, ``line`` where.
    """

    __slots__ = ("checked_ns", "digest", "line", "path", "problem", "stat", "task", "version")

    def __init__(
        self,
        path: str,
        task: str | None,
        version: str | None,
        stat: Stat,
        digest: str,
        line: int | None = None,
        problem: str | None = None,
        *,
        checked_ns: int,
    ) -> None:
        self.path = path
        self.task = task
        self.version = version
        self.stat = stat
        self.checked_ns = checked_ns
        self.digest = digest
        self.line = line
        self.problem = problem

    @property
    def is_young(self) -> bool:
        """Whether its time was too near when it was noted: a change right after would not show in it."""
        return not trusted(self.stat[1], self.checked_ns)


def put(conn: Connection, rows: Iterable[Noted]) -> None:
    """Note files."""
    conn.executemany(
        _PUT, [(r.path, r.task, r.version, *r.stat, r.checked_ns, r.digest, r.line, r.problem) for r in rows]
    )


def drop(conn: Connection, paths: Iterable[str]) -> None:
    """Forget files."""
    conn.executemany(f"DELETE FROM {TABLE} WHERE path = ?", [(path,) for path in paths])


def outdate(conn: Connection, events: Iterable[str]) -> None:
    """Note that the files of these events' tasks are to be written anew."""
    query = f"UPDATE {TABLE} SET version = NULL WHERE task = (SELECT issue_id FROM log_events WHERE id = ?)"
    conn.executemany(query, [(event_id,) for event_id in events])


def every(conn: Connection) -> dict[str, Noted]:
    """All that is noted, by path."""
    return {row[0]: _noted(row) for row in conn.execute(_SELECT)}


def every_of(conn: Connection, task: str) -> list[Noted]:
    """What is noted of one task's files."""
    return [_noted(row) for row in conn.execute(f"{_SELECT} WHERE task = ?", (task,))]


def _noted(row: tuple[Any, ...]) -> Noted:
    return Noted(row[0], row[1], row[2], row[3:7], row[7], row[8], row[9], checked_ns=row[10])


def orphans(conn: Connection) -> frozenset[str | None]:
    """The tasks that have a file, and that nothing here has created."""
    query = (
        f"SELECT DISTINCT task FROM {TABLE} f WHERE task IS NOT NULL AND NOT EXISTS (SELECT 1 FROM log_events e "
        "WHERE e.issue_id = f.task AND e.type = 'task.created' AND e.present = 1)"
    )
    return frozenset(row[0] for row in conn.execute(query))


def doubt(conn: Connection) -> None:
    """Have the files that could not be used looked at again: what was wrong may have been what the log said."""
    conn.execute(f"UPDATE {TABLE} SET size = -1 WHERE problem IS NOT NULL")


def problems(conn: Connection) -> list[tuple[str, int | None, str]]:
    """The files that cannot be used, as (path below the queue, line, reason)."""
    query = f"SELECT path, line, problem FROM {TABLE} WHERE problem IS NOT NULL ORDER BY path"
    return [(path, line, problem) for path, line, problem in conn.execute(query)]


def stale(conn: Connection) -> list[str]:
    """The tasks whose file does not say what their events do, or is missing, or is there though they are gone."""
    query = (
        f"SELECT i.id FROM issues i LEFT JOIN {TABLE} f ON f.task = i.id "
        "WHERE i.category <> 'gone' AND f.version IS NOT i.version AND f.problem IS NULL UNION "
        f"SELECT f.task FROM {TABLE} f LEFT JOIN issues i ON i.id = f.task "
        "WHERE f.problem IS NULL AND f.task IS NOT NULL AND (i.id IS NULL OR i.category = 'gone') ORDER BY 1"
    )
    return [row[0] for row in conn.execute(query)]


def is_level(paths: Paths, conn: Connection) -> bool:
    """Whether every file of the queue is as it was noted; False where nothing is noted yet.

    This looks at each file: a person's edit shows nowhere else.
    """
    if os.path.isdir(paths.tasks + "/log"):
        return False
    events, tasks = places.look(paths.queue)
    known = {row[0]: row[1:] for row in conn.execute(f"SELECT path, {_STAT} FROM segments")}
    if events != known:
        return False
    try:
        noted = {row[0]: row[1:] for row in conn.execute(f"SELECT path, {_STAT} FROM {TABLE}")}
    except sqlite3.OperationalError:
        return False
    if noted != tasks:
        return False
    young = _young(conn)
    return len(young) <= _YOUNG and all(is_same(paths, row) for row in young)


def _young(conn: Connection) -> list[Noted]:
    """The files that were noted too soon after they were written; of more than are looked at, one more."""
    granularity = f"CASE WHEN mtime_ns % 1000000000 THEN {FINE_NS} ELSE {COARSE_NS} END"
    query = f"{_SELECT} WHERE mtime_ns + {granularity} >= checked_ns LIMIT ?"  # as `trusted`
    return [_noted(row) for row in conn.execute(query, (_YOUNG + 1,))]


def is_same(paths: Paths, row: Noted) -> bool:
    """Whether a file holds the bytes that were noted."""
    from bd_py import files

    data = files.read(f"{paths.queue}/{row.path}")
    return data is not None and digest(data) == row.digest
