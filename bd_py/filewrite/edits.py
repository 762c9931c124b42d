"""What people did to task files since the last command, as events.

The baseline of an edit is what tk had written into the file: the task's state after the events up to the ``version``
that the file names. What differs from that is the edit, and its ``prev`` names the setters of that time, so that what
others changed meanwhile stays, and where both changed one field it is a conflict as in any merge.
"""

from __future__ import annotations

import os
import time

from bd_py import files, ids
from bd_py.cache.session import set_meta
from bd_py.errors import InvalidError, TkError, TransitionError
from bd_py.filewrite.project import history, state
from bd_py.fold.task import fold_steps
from bd_py.payloads import previous
from bd_py.stamps import clock_ns
from bd_py.statuses import ACTIVE
from bd_py.taskfiles import index, places, text
from bd_py.workflow import check_transition, status_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.fold.state import Event, TaskState
    from bd_py.stamps import Stat
    from bd_py.taskfiles.index import Noted
    from bd_py.taskfiles.text import Text
    from bd_py.write import Write

EMPTY = "the file is empty"
_SAVING_NS = 1_000_000_000
_SPECIAL = ("status", "labels", "parent", "depends_on")


class HandEdits:
    """The files of a store as they differ from what the cache notes about them, inside a write.

    ``refused``: the tasks whose file says what cannot be; they are to be written anew.
    """

    def __init__(self, write: Write) -> None:
        self.write = write
        self.queue = write.paths.queue
        self.remarks: list[str] = []
        self.refused: list[str] = []
        self._checked_ns = 0
        self._noted: dict[str, Noted] = {}
        self._now: dict[str, Stat] = {}
        self._folders: dict[tuple[str | None, str | None], str] | None = None

    def take_in(self) -> list[str]:
        """Stage the events of every edit and note the files; what was refused, a line each, for the person."""
        conn = self.write.conn
        self._mark_changed()
        self._noted = index.every(conn)
        self._checked_ns = clock_ns()
        self._now = places.look(self.queue)[1]
        index.drop(conn, [path for path in self._noted if path not in self._now])
        for path in sorted(self._now):
            if path not in self._now:
                continue  # another one took its place
            row = self._noted.get(path)
            if row is None or row.stat != self._now[path] or row.is_young or row.problem == EMPTY:
                self._look_at(path, row)
        self._count_problems()
        return self.remarks

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
            return
        mark = index.digest(data)
        if not data:
            self._note_empty(path, row, mark)
            return
        if row is not None and row.digest == mark:
            self._note(path, row.task, row.version, mark, row.line, row.problem)
            return
        token = self.write.begin_item()
        try:
            task, version = self._read(path, row, data)
        except TkError as error:
            self.write.undo_item(token)
            line = error.details.get("line", 1)
            reason = error.details.get("reason", error.message)
            self._note(path, _named(self.write, path, row), None, mark, line, str(reason))
        else:
            self.write.end_item()
            self._note(path, task, version, mark)

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
        return self._read_known(path, task, found)

    def _read_known(self, path: str, task: str, found: Text) -> tuple[str | None, str | None]:
        events = history(self.write, task)
        if not any(event["type"] == "task.created" for event in events):
            if found.version is not None:
                reason = f"the events of {task} are not here"
                raise InvalidError(reason, "Bring them back with git, or 'tk recover'.")
            found.id = task
            return self._create(path, found), None
        if self._is_second(path, task, found):
            return None, None
        now = state(self.write, task, events)
        if now.deleted is not None:
            if not found.as_written:
                raise InvalidError(f"{task} is deleted", f"'tk restore {task}' brings it back, then edit it.")
            return task, None
        return self._edit(path, task, found, events, now)

    def _is_second(self, path: str, task: str, found: Text) -> bool:
        """Whether this file went because another is its task's: of two that nobody edited, as a merge leaves them.

        Raises InvalidError where a person must say what is meant.
        """
        for other in sorted(self._now):
            if other == path or not os.path.exists(f"{self.queue}/{other}"):
                continue
            if not other.rpartition("/")[2].startswith(places.stem(task)):
                row = self._noted.get(other)
                if row is None or row.task != task:
                    continue
            try:
                beside = text.parse(files.read(f"{self.queue}/{other}") or b"")
            except InvalidError:
                continue
            if beside.id != task:
                continue
            if found.as_written and beside.as_written and found.version != beside.version:
                older = path if (found.version or "") < (beside.version or "") else other
                os.unlink(f"{self.queue}/{older}")
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

    def _new_id(self, path: str, data: bytes) -> str:
        """Mint an id and write it into the file first: then a crash creates no second task from it."""
        task = ids.task_id(self.write.config.prefix)
        marked = text.with_id(data, task)
        text.parse(marked)
        files.replace(f"{self.queue}/{path}", marked)
        self._now[path] = _stat(f"{self.queue}/{path}")
        return task

    def _create(self, path: str, found: Text) -> str:
        """A new task from a file."""
        task = found.id
        assert task is not None
        values = found.values
        data: dict[str, Any] = {}
        for name, value in values.items():
            if value is None or name in _SPECIAL:
                continue
            whole, dot, part = name.partition(".")
            if dot:
                data.setdefault(whole, {})[part] = value
            else:
                data[name] = value
        self._check_type(data.get("issue_type"))
        status = self._status_by_folder(path, values.get("status") or "", "open", "open")
        if status != "open":
            data["status"] = status
        if values["labels"]:
            data["labels"] = values["labels"]
        edges = [self._edge(task, item) for item in values["depends_on"]]
        edges += [("parent-child", self._whole(task, values["parent"]))] if values["parent"] else []
        if edges:
            data["dependencies"] = [{"on": on, "type": kind} for kind, on in dict.fromkeys(edges)]
        self.write.add("task.created", task, data)
        return task

    def _edit(
        self, path: str, task: str, found: Text, events: list[Event], now: TaskState
    ) -> tuple[str | None, str | None]:
        seen = events
        if found.version is not None:
            seen = [event for event in events if event["id"] <= found.version] or events
        base = state(self.write, task, seen)
        if not base.created:
            base = now
        before = text.parse(text.project(base).encode("utf-8", "surrogatepass"))
        exact = found.version is None or before.digest == found.digest
        # As tk wrote it, a text is no edit, whatever a merge has brought since: only its place may be a person's.
        changes = {} if found.as_written else _differences(before.values, found.values)
        was, folder = before.values["status"], path.partition("/")[0]
        last = self._last_folder(task, found.version)
        moved = self._category(was) != places.FOLDERS[folder] if last is None else folder != last
        if "status" in changes or moved:
            changes["status"] = self._status_by_folder(
                path, found.values.get("status") or was, was, now.fields["status"]
            )
        if not exact:
            changes = _unheard_of(changes, before.values, task, events, self.write.config.statuses)
        setter = (now if moved and last is not None else base).setter("status")
        refused = self._apply(now, base, before.values, changes, setter)
        return task, found.version if exact and not refused else None  # of no version: it is to be written anew

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

    def _apply(
        self, now: TaskState, base: TaskState, before: dict[str, Any], changes: dict[str, Any], setter: str | None
    ) -> bool:
        """Stage what changed; whether something was refused, which is said, and the file written anew."""
        plain = {
            name: value for name, value in changes.items() if name not in _SPECIAL and now.fields.get(name) != value
        }
        refused = False
        if "assignee" in plain and plain["assignee"] is None and now.hold is not None:
            del plain["assignee"]
            refused = self._refuse(f"{now.id} is held by {now.fields['assignee']}: 'tk release {now.id}' gives it back")
        if plain:
            self._check_type(plain.get("issue_type"))
            setters = {name: base.setter(name) for name in plain}
            self.write.add("task.updated", now.id, {"set": plain}, prev=setters)
        self._members(now, before, changes)
        if "status" in changes:
            refused = self._status(now, setter, changes["status"]) or refused
        if refused:
            self.refused.append(now.id)
        return refused

    def _members(self, now: TaskState, before: dict[str, Any], changes: dict[str, Any]) -> None:
        if "labels" in changes:
            have = {label for label, (present, _) in now.labels.items() if present}
            for label in changes["labels"]:
                if label not in before["labels"] and label not in have:
                    self.write.add("task.label.add", now.id, {"label": label})
            for label in before["labels"]:
                if label not in changes["labels"] and label in have:
                    self.write.add("task.label.remove", now.id, {"label": label})
        old = [_split(item) for item in before["depends_on"]]
        if "depends_on" in changes:
            new = [
                _split(item) if item in before["depends_on"] else self._edge(now.id, item)
                for item in changes["depends_on"]
            ]
            self._edges(now, old, new)
        if "parent" in changes:
            was, parent = before["parent"], changes["parent"]
            self._edges(
                now,
                [("parent-child", was)] if was else [],
                [("parent-child", self._whole(now.id, parent))] if parent else [],
            )

    def _edges(self, now: TaskState, old: list[tuple[str, str]], new: list[tuple[str, str]]) -> None:
        have = {(kind, on) for (on, kind), row in now.edges.items() if row[0]}
        for kind, on in old:
            if (kind, on) not in new and (kind, on) in have:
                self.write.add("task.dep.remove", now.id, {"on": on, "type": kind})
        for kind, on in new:
            if (kind, on) not in old and (kind, on) not in have:
                self.write.add("task.dep.add", now.id, {"on": on, "type": kind})

    def _status(self, now: TaskState, setter: str | None, status: str) -> bool:
        """Stage a change of the status that ``setter`` had set; True where it is forbidden.

        By the workflow, or by what must pass before a close.
        """
        before = now.fields["status"]
        if status == before:
            return False
        values = self.write.config.values
        prev = {"status": setter}
        try:
            check_transition(self.write.config, now.id, before, status)
        except TransitionError as error:
            return self._refuse(error.message)
        if status != "closed":
            self.write.add("task.status.set", now.id, {"status": status, **previous("status", before)}, prev=prev)
        elif values["gates"] or values["judge"]:
            return self._refuse(f"{now.id} must pass its gates before it is done: 'tk close {now.id}' runs them")
        else:
            self.write.add("task.closed", now.id, {"resolution": "completed"}, prev=prev)
        return False

    def _refuse(self, why: str) -> bool:
        self.remarks.append(f"warning: not taken in from a task file: {why}")
        return True

    def _check_type(self, kind: str | None) -> None:
        config = self.write.config
        if kind is not None and kind not in config.types and kind not in config.exclude_types:
            raise InvalidError(f"'{kind}' is no type of task", f"Types here: {', '.join(config.types)}.")

    def _edge(self, task: str, item: str) -> tuple[str, str]:
        kind, on = _split(item)
        return kind, self._whole(task, on)

    def _whole(self, task: str, ref: str) -> str:
        """The id that a person means: whole, or its beginning where that is only one's. Raises InvalidError."""
        conn, prefix = self.write.conn, self.write.config.prefix + "-"
        self.write.flush()
        if conn.execute("SELECT 1 FROM issues WHERE id = ? AND id <> ?", (ref, task)).fetchone():
            return ref
        begins = [ref, *([] if ref.startswith(prefix) else [prefix + ref])]
        found: set[str] = set()
        for begin in begins if len(ref.removeprefix(prefix)) >= 4 else []:
            query = "SELECT id FROM issues WHERE id >= ? AND id < ? LIMIT 2"
            found |= {row[0] for row in conn.execute(query, (begin, begin + "\U0010ffff"))}
        found.discard(task)
        if len(found) != 1:
            raise InvalidError(f"{ref!r} is no other task", "Write its whole id.")
        return found.pop()


def _saved_where_it_was(path: str, saved: Text, other: str, written: Text) -> bool:
    """Whether an editor saved a file after a command had moved it: its edit counts, and tk's own file is made anew.

    A copy that a person made is none: it has another name, or was made from what stands beside it.
    """
    if saved.as_written or not written.as_written or path.rpartition("/")[2] != other.rpartition("/")[2]:
        return False
    return saved.version is not None and saved.version < (written.version or "")


def _split(item: str) -> tuple[str, str]:
    kind, colon, on = item.partition(":")
    return (kind, on) if colon else ("blocks", item)


def _stat(path: str) -> Stat:
    found = os.stat(path)
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


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


def _differences(before: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """What a text says that its baseline does not; an unknown key that is missing was taken away."""
    changes = {name: value for name, value in said.items() if before.get(name) != value}
    changes.update((name, None) for name in before if name.startswith("meta.") and name not in said)
    return changes


def _unheard_of(
    changes: dict[str, Any], before: dict[str, Any], task: str, events: list[Event], categories: dict[str, str]
) -> dict[str, Any]:
    """The changes that must be a person's, where the baseline is not known exactly.

    A merge may have brought events older than the file's version. A value that the task ever had may be theirs, and
    a member that is missing may be new to the file: neither is taken for an edit.
    """
    had: dict[str, list[Any]] = {}
    for _, _, after in fold_steps(task, events, categories):
        for name in changes:
            value = after.get(name)
            if value not in (seen := had.setdefault(name, [])):
                seen.append(value)
    out: dict[str, Any] = {}
    for name, value in changes.items():
        if name in text.MEMBERS:
            out[name] = [*before[name], *(item for item in value if item not in before[name])]
        elif name == "parent" and value is None:
            continue
        elif name == "parent" or value not in had.get(name, []):
            out[name] = value
    return out
