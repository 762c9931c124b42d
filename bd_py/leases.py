"""Leases: what makes claims exclusive across the worktrees of one clone.

Every worktree has its own log, lock and cache, so none of these knows what another worktree claimed a moment
ago. ``tk/leases.db`` in the git directory that they share does. A clone with one worktree has none, and pays
one look at whether ``worktrees`` is there.

A row counts only for a worktree whose log lacks the event that the row is about: whoever has it asks the fold.
It ends with a release, its time to live or the removal of its worktree. What ended while the worktree's own log
still tells of the hold stays as a row that has run out, so that a later look at that log does not bring it back.
One about a close stays as long as its
worktree or its branch does, or the next worktree would be handed work that is finished and not merged yet.
"""

from __future__ import annotations

import os

from bd_py import jsonio, times, worktrees
from bd_py.errors import LockTimeoutError, ReadOnlyError, TkError
from bd_py.lock import Lock
from bd_py.sqlite import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bd_py.paths import Shared
    from bd_py.write import Write

TOLD = frozenset(
    "task.claimed task.released task.closed task.deleted task.restored task.status.set task.updated".split()
)
"""The events that may begin or end a hold, or finish a task; an update only of the assignee."""

_BUSY_SECONDS = 30.0
_CLOSED_DAYS = 90
_SCHEMA = """
CREATE TABLE IF NOT EXISTS leases (
    store TEXT, task TEXT, event TEXT NOT NULL, closed INTEGER NOT NULL, holder TEXT, session TEXT, until TEXT,
    worktree TEXT NOT NULL, born TEXT NOT NULL, branch TEXT, noted_at TEXT NOT NULL,
    PRIMARY KEY (store, task)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stores (store TEXT PRIMARY KEY, worktrees TEXT NOT NULL, newest TEXT NOT NULL) WITHOUT ROWID
"""
_KNOWN = "SELECT worktrees, newest FROM stores WHERE store = ?"
_COLUMNS = "task, event, closed, holder, session, until, worktree, born, branch, noted_at"
_PUT = f"INSERT OR REPLACE INTO leases (store, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Lease:
    """What one worktree told about a task: that it holds it or, where ``closed``, that it is done.

    ``event`` is the claim or the close; ``worktree`` its name in git, "" for the main one.
    """

    __slots__ = ("born", "branch", "closed", "event", "holder", "noted_at", "session", "task", "until", "worktree")

    def __init__(self, row: tuple[Any, ...]) -> None:
        self.task: str = row[0]
        self.event: str = row[1]
        self.closed = bool(row[2])
        self.holder: str | None = row[3]
        self.session: str | None = row[4]
        self.until: str | None = row[5]
        self.worktree: str = row[6]
        self.born: str = row[7]
        self.branch: str | None = row[8]
        self.noted_at: str = row[9]


class Leases:
    """The clone's leases, locked from here to `close`."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self._before: dict[str, tuple[Any, ...] | None] = {}
        try:
            os.makedirs(shared.folder, exist_ok=True)
        except OSError as error:
            raise _unwritable(shared, error.strerror) from None
        self._lock = Lock(shared.folder + "/leases.lock")
        self._lock.acquire()
        try:
            self._conn = _open(shared)
            self._conn.execute("BEGIN IMMEDIATE")
            self.newest = self._level()
        except BaseException as error:
            self._lock.release()
            if isinstance(error, sqlite3.Error):
                raise _unwritable(shared, str(error)) from None
            raise

    def close(self) -> None:
        """Give the lock back; what was not committed is undone."""
        try:
            self._conn.close()
        finally:
            self._lock.release()

    def elsewhere(self, task: str) -> Lease | None:
        """What another worktree told about a task, if that still counts."""
        row = self._row(task)
        lease = None if row is None else Lease(row)
        return lease if lease is not None and _counts(self.shared, lease, times.now()) else None

    def hold(self, task: str, event: str, holder: str, session: str | None, until: str | None) -> None:
        """This worktree holds a task."""
        self._put((task, event, 0, holder, session, until, *self._here(), times.now()))

    def done(self, task: str, event: str) -> None:
        """A task was closed or deleted in this worktree."""
        self._put((task, event, 1, None, None, None, *self._here(), times.now()))

    def free(self, task: str, knows: Callable[[str], bool]) -> None:
        """Nobody holds a task, as this worktree's log has it: that is news where it has the lease's event.

        Another worktree's hold is ended by its time, not deleted: that worktree may not know it yet.
        """
        row = self._row(task)
        if row is None or not (row[6] == self.shared.worktree or knows(row[1])):
            return
        if row[6] != self.shared.worktree:
            self._put((*row[:5], times.now(), *row[6:]))
            return
        self._remember(task, row)
        self._conn.execute("DELETE FROM leases WHERE store = ? AND task = ?", (self.shared.store, task))

    def commit(self, newest: str) -> None:
        """Make it known, before the events are written: a lease without a claim hurts less than the reverse."""
        query = "UPDATE stores SET newest = max(newest, ?) WHERE store = ?"
        self._conn.execute(query, (newest, self.shared.store))
        self._conn.execute("COMMIT")

    def undo(self) -> None:
        """The events could not be written: as it was before `commit`."""
        if not self._conn.in_transaction:
            self._conn.execute("BEGIN IMMEDIATE")
        for task, row in self._before.items():
            self._conn.execute("DELETE FROM leases WHERE store = ? AND task = ?", (self.shared.store, task))
            if row is not None:
                self._conn.execute(_PUT, (self.shared.store, *row))
        self._conn.execute("COMMIT")

    def _here(self) -> tuple[str, str, str | None]:
        return self.shared.worktree, worktrees.born(self.shared, self.shared.worktree) or "", self.shared.branch()

    def _row(self, task: str) -> tuple[Any, ...] | None:
        query = f"SELECT {_COLUMNS} FROM leases WHERE store = ? AND task = ?"
        row: tuple[Any, ...] | None = self._conn.execute(query, (self.shared.store, task)).fetchone()
        return row

    def _put(self, row: tuple[Any, ...]) -> None:
        self._remember(row[0], self._row(row[0]))
        self._conn.execute(_PUT, (self.shared.store, *row))

    def _remember(self, task: str, row: tuple[Any, ...] | None) -> None:
        self._before.setdefault(task, row)

    def _level(self) -> str:
        """Drop what has ended, and take in the holds of worktrees from when nobody kept leases."""
        names = worktrees.present(self.shared)
        mark = worktrees.mark(self.shared, names)
        known = self._conn.execute(_KNOWN, (self.shared.store,)).fetchone()
        if known is not None and known[0] == mark:
            return str(known[1])
        self._purge()
        newest = known[1] if known else ""
        for name in names:
            for row in worktrees.holds(self.shared, name):
                if self._row(row[0]) is None:
                    self._conn.execute(_PUT, (self.shared.store, *row))
                    newest = max(newest, row[1])
        self._conn.execute("INSERT OR REPLACE INTO stores VALUES (?, ?, ?)", (self.shared.store, mark, newest))
        self._conn.execute("COMMIT")
        self._conn.execute("BEGIN IMMEDIATE")
        return str(newest)

    def _purge(self) -> None:
        now = times.now()
        rows = self._conn.execute(f"SELECT {_COLUMNS} FROM leases WHERE store = ?", (self.shared.store,)).fetchall()
        ended = [(self.shared.store, row[0]) for row in rows if not _matters(self.shared, Lease(row), now)]
        self._conn.executemany("DELETE FROM leases WHERE store = ? AND task = ?", ended)


def mirror(w: Write, lines: list[str], newest: str) -> None:
    """Tell the other worktrees what some events, about to be written, do to holds.

    Where that cannot be written only a claim fails, which has asked for the leases before.
    """
    tasks: dict[str, str] = {}
    own = set()
    released = set()
    for line in lines:
        event = jsonio.loads(line)
        own.add(event["id"])
        if event["type"] == "task.released":
            released.add(event["data"]["hold"])
        if event.get("task") and _is_told(event):
            tasks[event["task"]] = event["id"]
    try:
        leases = w.leases() if tasks else None
    except ReadOnlyError:
        return
    if leases is None:
        return
    for task_id, event_id in tasks.items():
        task = w.state(task_id)
        if task is None or task.category == "done":
            leases.done(task_id, event_id)
        elif task.hold is None:
            leases.free(task_id, lambda event: event in released or w.knows(event))
        elif task.hold["event"] in own:
            holder = str(task.fields.get("assignee"))
            leases.hold(task_id, task.hold["event"], holder, task.hold["session"], task.hold["until"])
    leases.commit(newest)


def _is_told(event: dict[str, Any]) -> bool:
    kind = event["type"]
    return kind in TOLD and (kind != "task.updated" or "assignee" in event["data"]["set"])


def _unwritable(shared: Shared, reason: str | None) -> ReadOnlyError:
    return ReadOnlyError(
        f"cannot write {shared.folder}/leases.db: {reason}",
        "Claims of a clone with several worktrees are kept there; mend access or free space.",
    )


def taken(shared: Shared, knows: Callable[[str], bool]) -> list[str]:
    """The tasks that other worktrees hold, or have finished, as far as this one's log does not know it.

    Takes no lock, but where worktrees came or went since the leases were written: then those are brought level.
    """
    try:
        if not _is_level(shared):
            Leases(shared).close()
    except (OSError, TkError, sqlite3.Error):
        pass  # what stands there is better than nothing
    if not os.path.exists(shared.folder + "/leases.db"):
        return []
    now = times.now()
    try:
        conn = _connect(shared)
        try:
            query = f"SELECT {_COLUMNS} FROM leases WHERE store = ? AND worktree <> ?"
            rows = conn.execute(query, (shared.store, shared.worktree)).fetchall()
        finally:
            conn.close()
    except sqlite3.Error:
        return []
    there: dict[str, bool] = {}
    return [row[0] for row in rows if _counts(shared, Lease(row), now, there) and not knows(row[1])]


def _is_level(shared: Shared) -> bool:
    if not os.path.exists(shared.folder + "/leases.db"):
        return False
    conn = _connect(shared)
    try:
        known = conn.execute(_KNOWN, (shared.store,)).fetchone()
    except sqlite3.Error:
        return False
    finally:
        conn.close()
    return known is not None and bool(known[0] == worktrees.mark(shared, worktrees.present(shared)))


def _counts(shared: Shared, lease: Lease, now: str, there: dict[str, bool] | None = None) -> bool:
    return lease.worktree != shared.worktree and _lives(shared, lease, now, there)


def _lives(shared: Shared, lease: Lease, now: str, there: dict[str, bool] | None = None) -> bool:
    if not lease.closed:
        return (lease.until is None or lease.until > now) and _stands(shared, lease, there)
    return _is_recent(lease, now) and (_stands(shared, lease, there) or shared.has_branch(lease.branch))


def _matters(shared: Shared, lease: Lease, now: str) -> bool:
    """Whether a row is to be kept: it lives, or it ended and its worktree's log may tell otherwise."""
    return _lives(shared, lease, now) or (not lease.closed and _is_recent(lease, now) and _stands(shared, lease))


def _is_recent(lease: Lease, now: str) -> bool:
    return lease.noted_at >= times.iso(times.to_ms(now) - _CLOSED_DAYS * 86_400_000)


def _stands(shared: Shared, lease: Lease, there: dict[str, bool] | None = None) -> bool:
    """Whether the worktree that told it is there, and the same one; ``there`` remembers the answer."""
    key = f"{lease.worktree} {lease.born}"
    known = {} if there is None else there
    if key not in known:
        known[key] = worktrees.born(shared, lease.worktree) == lease.born and worktrees.is_there(shared, lease.worktree)
    return known[key]


def _connect(shared: Shared) -> sqlite3.Connection:
    return sqlite3.connect(
        shared.folder + "/leases.db", timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )


def _open(shared: Shared) -> sqlite3.Connection:
    """The database, made anew where it cannot be read: leases are short-lived, and the log does not need them."""
    for attempt in (1, 2):
        conn = _connect(shared)
        try:
            conn.execute("PRAGMA synchronous = OFF")  # survives a killed process, and a crash ends all holders
            for statement in _SCHEMA.split(";"):
                conn.execute(statement)
            return conn
        except sqlite3.OperationalError as error:
            conn.close()
            if "locked" in str(error):
                raise LockTimeoutError(f"{shared.folder}/leases.db is locked by another program") from None
            if attempt == 2:
                raise
        except sqlite3.DatabaseError:
            conn.close()
            if attempt == 2:
                raise
        for name in ("leases.db", "leases.db-journal"):
            try:
                os.unlink(f"{shared.folder}/{name}")
            except OSError:
                pass
    raise AssertionError
