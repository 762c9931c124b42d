"""One write: under the lock, on a level cache, one append, one fsync, one transaction, all or nothing."""

from __future__ import annotations

import os
import time

from bd_py import events, ids, log, paths, times
from bd_py.cache.level import sqlite3
from bd_py.cache.session import fold_back, set_meta
from bd_py.cache.writer import LevelCache
from bd_py.errors import InvalidError
from bd_py.lock import Lock
from bd_py.payloads import check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.apply import Applier
    from bd_py.cache.level import Connection
    from bd_py.config import Config
    from bd_py.events import Event
    from bd_py.fold.state import TaskState
    from bd_py.leases import Leases
    from bd_py.workspace import Workspace


class Write:
    """Collects events, and writes them when the ``with`` block ends without an error.

    The order is: check, apply to the (uncommitted) cache, append and fsync, commit. So what the cache would
    refuse never reaches the log, and a crash before the commit is a catch-up for the next command.
    """

    def __init__(self, workspace: Workspace, *, batch: bool = False, every_file: bool = False) -> None:
        self.workspace = workspace
        self.paths = workspace.paths
        self.batch = batch
        self._every_file = every_file
        self._lock = Lock(self.paths.lock)
        self._lines: list[str] = []
        self._ids: list[str] = []
        self._clock: ids.Clock | None = None
        self._segment: int | None = None
        self._live: tuple[int, str, int] | None = None
        self._leases: Leases | None = None
        self.at = ""
        self.derived = False
        """The ids follow from what the events say, so may stand in the segments of two branches."""
        self.bulk = False
        """So many events that the cache made anew costs less than applying them; `batch` only."""

    def __enter__(self) -> Write:
        self._lock.acquire()
        try:
            self.cache = LevelCache(self.paths, every_file=self._every_file, progress=self.workspace.progress)
        except BaseException:
            self._lock.release()
            raise
        self.workspace.note_opening(self.cache)
        self.workspace.adopt(self.conn, self.cache.meta, self.config)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._commit()
            elif self.conn.in_transaction:
                self.conn.execute("ROLLBACK")
        finally:
            if self._leases is not None:
                self._leases.close()
            self._lock.release()

    @property
    def conn(self) -> Connection:
        """The cache; call `flush` before reading what this write has staged."""
        return self.cache.conn

    @property
    def applier(self) -> Applier:
        """What takes the events into the tables."""
        return self.cache.applier

    @property
    def config(self) -> Config:
        """The settings in force."""
        return self.cache.config

    def state(self, task_id: str) -> TaskState | None:
        """A task's scalar state with everything staged so far; None where there is no such task."""
        return self.applier.state(task_id)

    def flush(self) -> None:
        """Make what is staged visible to queries on `conn`."""
        self.applier.flush()

    def begin_item(self) -> int:
        """Begin a part of the write that can be undone by itself; a token for `undo_item`."""
        self.applier.flush()
        self.conn.execute("SAVEPOINT item")
        return len(self._lines)

    def end_item(self) -> None:
        """The part is done, and stays."""
        self.applier.flush()
        self.conn.execute("RELEASE item")

    def undo_item(self, token: int) -> None:
        """The part failed: nothing of it was done."""
        self.conn.execute("ROLLBACK TO item")
        self.conn.execute("RELEASE item")
        del self._lines[token:], self._ids[token:]
        self.applier.forget()

    def add(
        self,
        type_: str,
        task: str,
        data: dict[str, Any],
        *,
        prev: dict[str, str | None] | None = None,
        at: str | None = None,
        by: dict[str, Any] | None = None,
        event_id: str | None = None,
    ) -> Event:
        """Check and stage one event. Raises InvalidError where its payload is none of its type."""
        check(type_, data)
        event = events.make(
            event_id or self.next_id(),
            type_,
            task,
            at or self.at or self.now(),
            self.workspace.actor() if by is None else by,
            data,
            prev,
        )
        try:
            line = events.encode(event)
        except (ValueError, TypeError) as error:
            raise InvalidError(f"{type_}: {error}", "Text must be valid Unicode, numbers finite.") from None
        self._lines.append(line)
        self._ids.append(event["id"])
        if not self.bulk:
            self.applier.add(event, line, self._target())
        return event

    def leases(self) -> Leases | None:
        """What the clone's other worktrees hold, locked until this write ends; None where there are none.

        Further events of this write sort after everything that was claimed in the clone.
        """
        if self._leases is None and self.paths.shared is not None:
            from bd_py.leases import Leases

            self._leases = Leases(self.paths.shared)
            newest = self.conn.execute("SELECT max(id) FROM log_events").fetchone()[0] or ""
            self._clock = ids.Clock(max(newest, self._leases.newest, *self._ids))
        return self._leases

    def next_id(self) -> str:
        """The next id of this write's batch. Raises InvalidError where the clock is at its end."""
        if self._clock is None:
            newest = self.conn.execute("SELECT max(id) FROM log_events").fetchone()[0]
            self._clock = ids.Clock(newest or "")
        try:
            return self._clock.next()
        except OverflowError as error:
            raise InvalidError(str(error), "Remove the line with that id; 'tk doctor' names it.") from None

    def knows(self, event_id: str) -> bool:
        """Whether an event with this id is in the log, or staged."""
        query = "SELECT 1 FROM events WHERE id = ? AND present = 1"
        return self.conn.execute(query, (event_id,)).fetchone() is not None

    def now(self) -> str:
        """The wall clock, as the events of this write have it."""
        self.at = times.now()
        return self.at

    def _target(self) -> int:
        """The number of the segment that the staged events go to: the live one while it may grow."""
        if self._segment is None:
            self._live = None if self.batch else self._live_segment()
            if self._live is not None:
                self._segment = self._live[0]
            else:
                row = self.conn.execute("SELECT coalesce(max(id), 0) + 1 FROM segments").fetchone()
                self._segment = int(row[0])
        return self._segment

    def _live_segment(self) -> tuple[int, str, int] | None:
        meta = self.cache.meta
        number = meta.get("live")
        if not number or meta.get("live_head") != paths.head_position(self.paths.git_dir):
            return None
        row = self.conn.execute("SELECT id, path, size FROM segments WHERE id = ?", (number,)).fetchone()
        return None if row is None or row[2] >= log.FULL or self._is_staged(row[1]) else row

    def _is_staged(self, path: str) -> bool:
        """Whether the segment was staged: the commit will hold it as it is, and no later one may change it."""
        seen = paths.index_state(self.paths.git_dir)
        if seen == self.cache.meta.get("live_index"):
            return False
        if paths.in_index(self.paths.git_dir, path):
            return True
        set_meta(self.conn, self.cache.meta, "live_index", seen)
        return False

    def _commit(self) -> None:
        if self._lines and self.bulk:
            self._commit_bulk()
            return
        if self._lines:
            self.applier.flush()
            if self.paths.shared is not None:
                self._tell_worktrees()
            self._append(("\n".join(self._lines) + "\n").encode())
        try:
            self.conn.execute("COMMIT")
        except sqlite3.Error:
            # The events are on disk: the log is the truth, and the next command catches up.
            if not self._lines:
                raise
            if self.conn.in_transaction:
                self.conn.execute("ROLLBACK")
        fold_back(self.conn, self.paths)

    def _tell_worktrees(self) -> None:
        from bd_py import leases

        try:
            leases.mirror(self, self._lines, max(self._ids))
        except BaseException:
            self.conn.execute("ROLLBACK")
            raise

    def _commit_bulk(self) -> None:
        from bd_py.cache import build, inbox
        from bd_py.cache.level import read_meta

        self.conn.execute("ROLLBACK")
        self._make_segment(("\n".join(self._lines) + "\n").encode())
        try:
            build.rebuild(self.conn, self.paths, self.config, self.workspace.progress)
            inbox.forget(self.conn, self._ids)
            self.workspace.adopt(self.conn, read_meta(self.conn), self.config)
        except sqlite3.Error:
            pass  # as above: the events are on disk

    def _append(self, data: bytes) -> None:
        try:
            if self._live is not None:
                number, path, size = self._live
                found = log.append(self.paths.log + "/" + path, size, data)
                if found is not None:
                    self._note_segment(number, path, found)
                    return
            self._begin_segment(data)
        except BaseException:
            if self.conn.in_transaction:
                self.conn.execute("ROLLBACK")
            if self._leases is not None:
                self._leases.undo()
            raise

    def _make_segment(self, data: bytes) -> tuple[str, os.stat_result]:
        path = log.segment_path(min(self._ids), data if self.derived else None)
        second = self.paths.open_segments
        second_name = f"{second}/{os.path.basename(path)}" if second else None
        make = log.create_whole if self.batch else log.create
        return path, make(self.paths.log + "/" + path, data, second_name)

    def _begin_segment(self, data: bytes) -> None:
        path, found = self._make_segment(data)
        number = self._segment
        if self._live is not None:  # it was not as it was left: its rows were staged for the old number
            number = int(self.conn.execute("SELECT max(id) + 1 FROM segments").fetchone()[0])
            self.conn.executemany("UPDATE log_events SET segment = ? WHERE id = ?", [(number, i) for i in self._ids])
        assert number is not None
        self._note_segment(number, path, found)
        self._note_folders(path)
        if "told" not in self.cache.meta and paths.in_index(self.paths.git_dir, "config.toml"):
            set_meta(self.conn, self.cache.meta, "told", "1")
            self.workspace.first_write = True
        if not self.batch:
            position = paths.head_position(self.paths.git_dir)
            if self.cache.meta.get("live") and position.split(" ")[:2] != self.cache.meta["live_head"].split(" ")[:2]:
                from bd_py.cache import births

                births.note(self.conn, self.cache.meta, position)
            set_meta(self.conn, self.cache.meta, "live", str(number))
            set_meta(self.conn, self.cache.meta, "live_head", position)
            set_meta(self.conn, self.cache.meta, "live_index", paths.index_state(self.paths.git_dir))

    def _note_segment(self, number: int, path: str, found: os.stat_result) -> None:
        self.conn.execute(
            "INSERT INTO segments (id, path, size, mtime_ns, ctime_ns, inode, checked_ns, first_id, last_id) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns, "
            "ctime_ns = excluded.ctime_ns, inode = excluded.inode, checked_ns = excluded.checked_ns, digest = NULL, "
            "first_id = min(first_id, excluded.first_id), last_id = max(last_id, excluded.last_id)",
            (
                number,
                path,
                found.st_size,
                found.st_mtime_ns,
                found.st_ctime_ns,
                found.st_ino,
                time.time_ns(),
                min(self._ids),
                max(self._ids),
            ),
        )

    def _note_folders(self, path: str) -> None:
        """The folders that a new segment changed, as they are now: too young to be trusted before long."""
        now = time.time_ns()
        folder = path.rpartition("/")[0]
        rows = []
        while True:
            found = os.stat(self.paths.log + "/" + folder)
            rows.append((folder, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, now))
            if not folder:
                break
            folder = folder.rpartition("/")[0]
        self.conn.executemany(
            "INSERT INTO folders VALUES (?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET mtime_ns = excluded.mtime_ns, "
            "ctime_ns = excluded.ctime_ns, inode = excluded.inode, checked_ns = excluded.checked_ns",
            rows,
        )
