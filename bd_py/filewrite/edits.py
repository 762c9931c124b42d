"""What people did to task files since the last command, as events.

The baseline of an edit is what tk had written into the file: the task's state after the events up to the ``version``
that the file names. What differs from that is the edit, and its ``prev`` names the setters of that time, so that what
others changed meanwhile stays, and where both changed one field it is a conflict as in any merge.
"""

from __future__ import annotations

import os
import time
from bisect import bisect_left

from bd_py import files, ids
from bd_py.cache.session import set_meta
from bd_py.errors import InvalidError, TkError
from bd_py.filewrite import baseline, swap
from bd_py.filewrite.edit_events import EditEvents
from bd_py.filewrite.project import history, state
from bd_py.stamps import clock_ns, stat_of
from bd_py.statuses import ACTIVE
from bd_py.taskfiles import index, places, text
from bd_py.workflow import status_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from bd_py.fold.state import Event, TaskState
    from bd_py.stamps import Stat
    from bd_py.taskfiles.index import Noted
    from bd_py.taskfiles.text import Text
    from bd_py.write import Write

EMPTY = "the file is empty"
_SAVING_NS = 1_000_000_000


class _SavedMeanwhile(Exception):
    """A person saved the file since it was read: the next command takes it in."""


class HandEdits:
    """The files of a store as they differ from what the cache notes about them, inside a write.

    ``given_back``: files that a write which was killed had left aside. ``events`` stages what is taken in.
    """

    def __init__(self, write: Write, given_back: Collection[str] = ()) -> None:
        self.write = write
        self.given_back = frozenset(given_back)
        self.queue = write.paths.queue
        self.events = EditEvents(write)
        self._checked_ns = 0
        self._noted: dict[str, Noted] = {}
        self._now: dict[str, Stat] = {}
        self._marked: dict[str, str] = {}
        self._orphans: frozenset[str | None] = frozenset()
        self._by_name: list[tuple[str, str]] | None = None
        self._by_task: dict[str, list[str]] = {}
        self._taken: dict[str, list[str]] = {}
        self._folders: dict[tuple[str | None, str | None], str] | None = None

    def take_in(self) -> list[str]:
        """Stage the events of every edit and note the files; what was refused, a line each, for the person."""
        conn = self.write.conn
        self._mark_changed()
        self._noted = index.every(conn)
        changes = self.write.cache.changes
        self._orphans = index.orphans(conn) if changes is not None and changes.gone else frozenset()
        self._checked_ns = clock_ns()
        self._now = places.look(self.queue)[1]
        index.drop(conn, [path for path in self._noted if path not in self._now])
        for path in sorted(self._now):
            if path not in self._now:
                continue  # another one took its place
            row = self._noted.get(path)
            if row is None or row.stat != self._now[path] or row.is_young or row.problem or row.task in self._orphans:
                self._look_at(path, row)
        self._count_problems()
        return self.events.remarks

    def _mark_changed(self) -> None:
        """Files whose task got or lost events: they may be older than the file's version, which then tells nothing."""
        changes = self.write.cache.changes
        if changes is not None:
            index.outdate(self.write.conn, [*changes.new, *changes.returned, *changes.gone])

    def _count_problems(self) -> None:
        count = str(len(index.problems(self.write.conn)))
        meta = self.write.cache.meta
        if count != meta.get("bad_files", "0"):
            set_meta(self.write.conn, meta, "bad_files", count)

    def _look_at(self, path: str, row: Noted | None) -> None:
        data = files.read(f"{self.queue}/{path}")
        if data is None:
            index.drop(self.write.conn, [path])
            if os.path.lexists(f"{self.queue}/{path}"):  # not ours to read, so not to write beside either
                self._note(path, _named(self.write, path, row), None, "", 1, "it cannot be read")
            return
        mark = index.digest(data)
        if not data:
            self._note_empty(path, row, mark)
            return
        if row is not None and row.digest == mark and row.problem is None and row.task not in self._orphans:
            self._note(path, row.task, row.version, mark)
            return
        token = self.write.begin_item()
        try:
            task, version = self._read(path, row, data)
        except TkError as error:
            self.write.undo_item(token)
            line = error.details.get("line", 1)
            reason = error.details.get("reason", error.message)
            self._note(path, _named(self.write, path, row), None, mark, line, str(reason))
        except _SavedMeanwhile:
            self.write.undo_item(token)
            index.drop(self.write.conn, [path])
        else:
            self.write.end_item()
            if task is not None:
                self._taken.setdefault(task, []).append(path)
            self._note(path, task, version, self._marked.pop(path, mark))

    def _note_empty(self, path: str, row: Noted | None, mark: str) -> None:
        """A power cut empties a file, and so does an editor just before it writes: that one is left to finish."""
        task = _named(self.write, path, row)
        if task is None or self._now[path][1] > time.time_ns() - _SAVING_NS:
            self._note(path, task, None, mark, 1, EMPTY)
        else:
            self._note(path, task, None, mark)  # of no version, so it is written anew from the events

    def _note(
        self,
        path: str,
        task: str | None,
        version: str | None,
        mark: str,
        line: int | None = None,
        problem: str | None = None,
    ) -> None:
        if path in self._now:  # even one that was moved away since: where it was taken in tells what the move means
            row = index.Noted(path, task, version, self._now[path], mark, line, problem, checked_ns=self._checked_ns)
            index.put(self.write.conn, [row])

    def _read(self, path: str, row: Noted | None, data: bytes) -> tuple[str | None, str | None]:
        """Take in one file; the task that it is, and the version that its text has. Raises TkError."""
        try:
            found = text.parse(data)
        except InvalidError:
            sides = text.without_conflict(data)
            if sides is not None and _named(self.write, path, row) is not None:
                return _named(self.write, path, row), None  # each side is as tk wrote it: nobody's words are lost
            if _named(self.write, path, row) is not None or text.has_front_matter(data):
                raise
            return self._create(path, text.parse(text.with_id(data, self._new_id(path, data)))), None
        task = found.id or (row.task if row is not None else None)
        if task is None:
            found = text.parse(text.with_id(data, self._new_id(path, data)))
            return self._create(path, found), None
        return self._read_known(path, task, found, data)

    def _read_known(self, path: str, task: str, found: Text, data: bytes) -> tuple[str | None, str | None]:
        events = history(self.write, task)
        if not any(event["type"] == "task.created" for event in events):
            if found.version is not None:
                reason = f"the events of {task} are not here: git, or 'tk recover', brings them back"
                raise InvalidError(reason, "Without its id and version it becomes a task of its own.")
            found.id = task
            return self._create(path, found), None
        if self._is_second(path, task, found, data):
            return None, None
        now = state(self.write, task, events)
        if now.deleted is not None:
            if not found.as_written:
                raise InvalidError(f"{task} is deleted", f"'tk restore {task}' brings it back, then edit it.")
            return task, None
        return self._edit(path, task, found, events, now)

    def _is_second(self, path: str, task: str, found: Text, data: bytes) -> bool:
        """Whether this file went because another is its task's: of two that nobody edited, as a merge leaves them.

        Raises InvalidError where a person must say what is meant.
        """
        for other in self._others(path, task):
            if not os.path.exists(f"{self.queue}/{other}"):
                continue
            there = files.read(f"{self.queue}/{other}") or b""
            try:
                beside = text.parse(there)
            except InvalidError:
                continue
            if beside.id != task:
                continue
            same = found.version == beside.version and not {path, other} & self.given_back
            if found.as_written and beside.as_written and not same:
                older, old = (path, data) if (found.version or "") < (beside.version or "") else (other, there)
                if not swap.take_away(f"{self.queue}/{older}", index.digest(old)):
                    raise _SavedMeanwhile
                index.drop(self.write.conn, [older])
                del self._now[older]
                if older == path:
                    return True
                continue
            if _saved_where_it_was(path, found, other, beside) or _saved_where_it_was(other, beside, path, found):
                continue
            if other in self._noted or other < path:
                raise InvalidError(
                    f"{task} has another file, {other}", "Remove one; without its id it becomes a task of its own."
                )
        return False

    def _others(self, path: str, task: str) -> list[str]:
        """The other files that may be a task's: by their names, or by what is noted of them."""
        if self._by_name is None:
            self._by_name = sorted((path.rpartition("/")[2], path) for path in self._now)
            self._by_task = {}
            for row in self._noted.values():
                if row.task is not None:
                    self._by_task.setdefault(row.task, []).append(row.path)
        stem = places.stem(task)
        found = {*self._by_task.get(task, ()), *self._taken.get(task, ())}
        for name, other in self._by_name[bisect_left(self._by_name, (stem, "")) :]:
            if not name.startswith(stem):
                break
            if not name[len(stem) : len(stem) + 1].isalnum():  # the id of another that begins so
                found.add(other)
        return sorted(other for other in found if other != path and other in self._now)

    def _new_id(self, path: str, data: bytes) -> str:
        """Mint an id and write it into the file first: then a crash creates no second task from it."""
        task = ids.task_id(self.write.config.prefix)
        marked = text.with_id(data, task)
        text.parse(marked)
        full = f"{self.queue}/{path}"
        if not swap.put(full, marked, {full: index.digest(data)}, sync=True):
            raise _SavedMeanwhile
        self._marked[path] = index.digest(marked)
        self._now[path] = stat_of(os.stat(full))
        return task

    def _create(self, path: str, found: Text) -> str:
        """A new task from a file."""
        assert found.id is not None
        status = self._status_by_folder(path, found.values.get("status") or "", "open", "open")
        self.events.create(found.id, found.values, status)
        return found.id

    def _edit(
        self, path: str, task: str, found: Text, events: list[Event], now: TaskState
    ) -> tuple[str | None, str | None]:
        base, whole = baseline.find(self.write, task, found, events, now)
        # As tk wrote it, a text is no edit, whatever a merge has brought since: only its place may be a person's.
        changes = {} if found.as_written else baseline.differences(base.values, found.values)
        was, folder = base.values["status"], path.partition("/")[0]
        last = self._last_folder(task, found.version)
        is_moved = self._category(was) != places.FOLDERS[folder] if last is None else folder != last
        if "status" in changes or is_moved:
            changes["status"] = self._status_by_folder(
                path, found.values.get("status") or was, was, now.fields["status"]
            )
        if not base.known:
            changes = baseline.unheard_of(changes, base.values, task, events, self.write.config.statuses)
        setter = (now if is_moved and last is not None else base.state).setter("status")
        refused = self.events.change(now, base, changes, setter)
        return task, found.version if whole and not refused else None  # of no version: it is to be written anew

    def _last_folder(self, task: str, version: str | None) -> str | None:
        """The folder where this version of a task's file was when it was last taken in; None where it was not.

        A file that was moved back before it could be written anew is where its version says: yet it was moved.
        """
        if self._folders is None:
            rows = [row for row in self._noted.values() if row.problem is None and row.task is not None]
            self._folders = {(row.task, row.version): row.path.partition("/")[0] for row in rows}
        return self._folders.get((task, version)) if version is not None else None

    def _category(self, status: str) -> str:
        return self.write.config.statuses.get(status, ACTIVE)

    def _status_by_folder(self, path: str, said: str, was: str, now: str) -> str:
        """The status that a file's text and its folder mean together.

        A text that was edited in place counts; a file that was moved is what its folder says, unless both agree.
        """
        status = status_named(self.write.config, said) if said and said != was else was
        folder = path.partition("/")[0]
        if self._category(status) == places.FOLDERS[folder]:
            return status
        if status != was and folder == places.folder_of(self._category(was)):
            return status
        return now if self._category(now) == places.FOLDERS[folder] else folder


def _saved_where_it_was(path: str, saved: Text, other: str, written: Text) -> bool:
    """Whether an editor saved a file after a command had moved it: its edit counts, and tk's own file is made anew.

    A copy that a person made is none: it has another name, or was made from what stands beside it.
    """
    if saved.as_written or not written.as_written or path.rpartition("/")[2] != other.rpartition("/")[2]:
        return False
    return saved.version is not None and saved.version < (written.version or "")


def _named(write: Write, path: str, row: Noted | None) -> str | None:
    """The task that a file is by what is noted or by its name, where its text does not tell."""
    if row is not None and row.task is not None:
        return row.task
    parts = path.rpartition("/")[2].removesuffix(".md").split("-")
    for k in range(len(parts), 0, -1):
        name = "-".join(parts[:k])
        if write.conn.execute("SELECT 1 FROM issues WHERE id = ?", (name,)).fetchone():
            return name
    return None
