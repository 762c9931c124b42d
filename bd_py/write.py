"""One write: under the lock, on a level cache, one append, one fsync, one transaction, all or nothing."""

from __future__ import annotations

import os

from bd_py import events, ids, log, paths, times
from bd_py.cache.level import UNSEEN_DAMAGE, sqlite3
from bd_py.cache.session import cannot_write, fold_back, is_unwritable, set_meta
from bd_py.cache.writer import LevelCache
from bd_py.errors import ConflictError, InvalidError, TkError
from bd_py.lock import Lock
from bd_py.payloads import check
from bd_py.stamps import stat_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.apply import Applier
    from bd_py.cache.level import Connection
    from bd_py.cache.pending import Pending
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

    def __init__(
        self, workspace: Workspace, *, batch: bool = False, every_file: bool = False, repair: bool = True
    ) -> None:
        self.workspace = workspace
        self.paths = workspace.paths
        self.batch = batch
        self._every_file = every_file
        self._repairs = repair
        self._lock = Lock(self.paths.lock)
        self._lines: list[str] = []
        self._ids: list[str] = []
        self._clock: ids.Clock | None = None
        self._segment: int | None = None
        self._live: tuple[int, str, int] | None = None
        self._leases: Leases | None = None
        self._reserved: list[str] = []
        self.begun: list[str] = []
        """Lines of staged first events of tasks and records, while the cache is not open; see `bd_py.write_behind`."""
        self.at = ""
        self.derived = False
        """The ids follow from what the events say, so may stand in the segments of two branches."""
        self.bulk = False
        """So many events that the cache made anew costs less than applying them; `batch` only."""

    def __enter__(self) -> Write:
        self._lock.acquire()
        self._open()
        return self

    def _open(self) -> None:
        """The level cache, in a transaction. The lock is held; it is given back where this fails."""
        try:
            self._before_opening()
            self.cache = LevelCache(
                self.paths,
                every_file=self._every_file,
                conn=self.workspace.lend(),
                prepared=self.workspace.prepared,
                many=self.batch,
                pending=self.workspace.take_pending(),
                progress=self.workspace.progress,
            )
            self.workspace.note_opening(self.cache)
            if self._repairs and self.cache.meta.get(UNSEEN_DAMAGE):
                self._repair()
            self._check_backend()
        except BaseException:
            self.workspace.close()
            self._lock.release()
            raise
        if self.batch:
            self.cache.applier.many = True
        self.workspace.adopt(self.conn, self.cache.meta, self.config)

    def _check_backend(self) -> None:
        """Refuse to write to the log of a store that shall be plain files, before they were made."""
        if self._repairs and not self.paths.files and self.config.values["backend"] == "files":
            self.cache.close()
            raise ConflictError(
                f"{self.paths.config} says backend = 'files', and the tasks are in {self.paths.below}",
                "'tk init' brings them over.",
            )

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        try:
            if kind is None:
                self._commit()
            else:
                self._roll_back()
        except BaseException as failed:
            self._roll_back()  # a store that is kept open goes on with this connection
            if isinstance(failed, sqlite3.OperationalError) and is_unwritable(failed):
                raise cannot_write(self.paths, failed) from None
            raise
        finally:
            if self._leases is not None:
                self._leases.close()
            self._lock.release()
        if isinstance(error, sqlite3.OperationalError) and is_unwritable(error):
            raise cannot_write(self.paths, error) from None

    def _roll_back(self) -> None:
        if self.conn.in_transaction:
            self.conn.execute("ROLLBACK")

    def _before_opening(self) -> None:
        """What another backend mends in its files; the lock is held, the cache not open yet."""

    def _repair(self) -> None:
        """Mend segments that plain git left with conflict markers, before anything is written on top of them.

        Once for each damage that comes in: a line that is no marker stays, and is not looked at again.
        """
        from bd_py import sync

        try:
            done = sync.repair(self.paths, sync.damaged(self.conn))
        except TkError:
            return  # a segment that cannot be mended stops no write elsewhere; the next one tries again
        except BaseException:
            self.cache.close()
            raise
        set_meta(self.conn, self.cache.meta, UNSEEN_DAMAGE, "")
        if not done.names:
            return
        self.workspace.repaired = done
        self.conn.execute("COMMIT")  # what the catch-up found is for `sync` to tell
        self.cache.close()
        self.cache = LevelCache(self.paths, every_file=True, many=self.batch)
        self.workspace.note_opening(self.cache)

    @property
    def waiting(self) -> Pending | None:
        """What waits for the cache, this write's own events too; None where the cache is open."""
        return None

    @property
    def last_line(self) -> str:
        """The event that was staged last, as a line."""
        return self._lines[-1]

    @property
    def first_id(self) -> str:
        """The id of the event that was staged first; "" where none was."""
        return self._ids[0] if self._ids else ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The events that have been staged, as lines."""
        return tuple(self._lines)

    @property
    def staged(self) -> int:
        """How many events have been staged."""
        return len(self._lines)

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
        fresh: bool = False,
    ) -> Event:
        """Check and stage one event. Raises InvalidError where its payload is none of its type.

        ``fresh``: the task's id was made just now.
        """
        check(type_, data)
        at = at or self.at or self.now()
        by = self.workspace.actor() if by is None else by
        event = events.make(event_id or self.next_id(), type_, task, at, by, data, prev)
        self._stage(event, fresh)
        return event

    def add_record(
        self,
        type_: str,
        collection: str,
        record: str | None,
        data: dict[str, Any],
        *,
        prev: dict[str, str | None] | None = None,
        fresh: bool = False,
    ) -> Event:
        """`add` for an event about a record, or (None) about its collection.

        ``fresh``: no event is about this record yet, as the caller has looked up.
        """
        check(type_, data)
        at = self.at or self.now()
        event = events.make_record(self.next_id(), type_, collection, record, at, self.workspace.actor(), data, prev)
        self._stage(event, fresh)
        return event

    def _stage(self, event: Event, fresh: bool) -> None:
        try:
            line = events.encode_fast(event)
        except (ValueError, TypeError) as error:
            raise InvalidError(f"{event['type']}: {error}", "Text must be valid Unicode, numbers finite.") from None
        self._lines.append(line)
        self._ids.append(event["id"])
        if not self.bulk:
            self._apply(event, line, fresh=fresh)

    def _apply(self, event: Event, line: str, *, fresh: bool) -> None:
        event["data"] = _own(event["data"])
        self.applier.add(event, line, self._target(event.get("task")), fresh=fresh)

    def leases(self) -> Leases | None:
        """What the clone's other worktrees hold, locked until this write ends; None where there are none.

        Further events of this write sort after everything that was claimed in the clone.
        """
        if self._leases is None and self.paths.shared is not None:
            from bd_py.leases import Leases

            self._leases = Leases(self.paths.shared)
            # One command's ids count up: a second clock only where the first one is behind another worktree.
            if self._clock is None or self._clock.latest < self._leases.newest:
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
            raise InvalidError(*error.args) from None

    def reserve_task_ids(self, count: int) -> None:
        """Have the next so many tasks get ascending ids: in tables and lists they stand as they were made.

        Tasks of one write have one time, so the id says which is first; and SQLite appends, where ids in no order
        have it look for the place in each index.
        """
        prefix = self.config.prefix
        self._reserved = sorted({ids.task_id(prefix) for _ in range(count)}, reverse=True)

    def new_task_id(self) -> str:
        """An id that no task has had."""
        return self._reserved.pop() if self._reserved else ids.task_id(self.config.prefix)

    def knows(self, event_id: str) -> bool:
        """Whether an event with this id is in the log, or staged."""
        self.applier.flush_events()
        query = "SELECT 1 FROM events WHERE id = ? AND present = 1"
        return self.conn.execute(query, (event_id,)).fetchone() is not None

    def now(self) -> str:
        """The wall clock, as the events of this write have it."""
        self.at = times.now()
        return self.at

    def _target(self, task: str | None) -> int:
        """The number of the segment that a task's event goes to: the live one while it may grow."""
        if self._segment is None:
            self._live = None if self.batch else self._live_segment()
            if self._live is not None:
                self._segment = self._live[0]
            else:
                row = self.conn.execute("SELECT coalesce(max(id), 0) + 1 FROM segments").fetchone()
                self._segment = int(row[0])
        return self._segment

    def _live_segment(self) -> tuple[int, str, int] | None:
        """The segment that may still grow, as (number, path, size); None where the next event begins one."""
        meta = self.cache.meta
        number = meta.get("live")
        if not number or meta.get("live_head") != paths.head_position(self.paths.git_dir):
            return None
        row = self.conn.execute("SELECT id, path, size FROM segments WHERE id = ?", (number,)).fetchone()
        return None if row is None or row[2] >= log.FULL or self._is_staged(row[1]) else row

    def _is_staged(self, path: str) -> bool:
        """Whether the segment was staged: the commit will hold it as it is, and no later one may change it."""
        # The index grows with the repository: it is read only when it was written since the last look.
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
            # The constraints of the tables speak before anything is written; then the leases, since a lease without
            # a claim hurts less than the reverse; then the log, on disk; the cache, which can be made anew, last.
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
        fold_back(self.conn, self.paths, self.workspace.most_wal)

    def _tell_worktrees(self) -> None:
        from bd_py import leases

        try:
            leases.mirror(self, self._lines, max(self._ids))
        except BaseException:
            self.conn.execute("ROLLBACK")
            raise

    def _commit_bulk(self) -> None:
        """The events to the log, and the cache made anew from it: an import of thousands."""
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
        """To the live segment, or where that is not as it was left, to a new one."""
        try:
            if self._live is not None:
                number, path, size = self._live
                found = log.append(self.paths.log + "/" + path, size, data)
                if found is not None:
                    self.cache.note_segment(number, path, stat_of(found), self._ids)
                    return
            self._begin_segment(data)
        except BaseException:
            if self.conn.in_transaction:
                self.conn.execute("ROLLBACK")
            if self._leases is not None:
                self._leases.undo()
            raise

    def _make_segment(self, data: bytes) -> tuple[str, os.stat_result]:
        # Derived ids may begin another branch's segment too: then the name tells the bytes apart, or git would merge.
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
        self.cache.note_segment(number, path, stat_of(found), self._ids)
        self.cache.note_folders(path)
        self._tell_of_new_file()
        if not self.batch:  # a batch's segment is whole: it never grows
            position = paths.head_position(self.paths.git_dir)
            # Another branch or commit than the last segment's: pre-commit must know whose that one was.
            if self.cache.meta.get("live") and position.split(" ")[:2] != self.cache.meta["live_head"].split(" ")[:2]:
                from bd_py.cache import births

                births.note(self.conn, self.cache.meta, position)
            set_meta(self.conn, self.cache.meta, "live", str(number))
            set_meta(self.conn, self.cache.meta, "live_head", position)
            set_meta(self.conn, self.cache.meta, "live_index", paths.index_state(self.paths.git_dir))

    def _tell_of_new_file(self) -> None:
        """Once in a clone whose store git tracks: without hooks, new files are untracked, and nobody adds them."""
        if "told" not in self.cache.meta and paths.in_index(self.paths.git_dir, "config.toml"):
            set_meta(self.conn, self.cache.meta, "told", "1")
            self.workspace.first_write = True


def _own(data: dict[str, Any]) -> dict[str, Any]:
    """A payload that shares no list or object with the program that gave it, which may change its own before the fold.

    What the services make of it is theirs down to the values of a document, so only what is in these is copied.
    """
    for item in data.values():
        if isinstance(item, dict):
            for value in item.values():
                if isinstance(value, (list, dict)):
                    copied: dict[str, Any] = _copy(data)
                    return copied
    return data


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
