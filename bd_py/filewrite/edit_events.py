"""What a person changed in the file of one task, staged as events: what a command would refuse is refused here, too."""

from __future__ import annotations

from bd_py.cache.graph import would_close_cycle
from bd_py.errors import InvalidError, TransitionError
from bd_py.filewrite import moved
from bd_py.statuses import DONE
from bd_py.workflow import check_transition, has_checks, is_led_through

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.filewrite.baseline import Baseline
    from bd_py.fold.state import TaskState
    from bd_py.write import Write

_SPECIAL = ("status", "labels", "parent", "depends_on")


class EditEvents:
    """Stages events in a write.

    ``remarks``: what was refused, a line each, for the person; ``refused``: the tasks that it was refused for, whose
    files are to be written anew.
    """

    def __init__(self, write: Write) -> None:
        self.write = write
        self.remarks: list[str] = []
        self.refused: list[str] = []

    def create(self, task: str, values: dict[str, Any], status: str) -> None:
        """A new task, with the values that its file says."""
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
        if status != "open":
            data["status"] = status
        if values["labels"]:
            data["labels"] = values["labels"]
        edges = [self._edge(task, item) for item in values["depends_on"]]
        edges += [("parent-child", self._whole(task, values["parent"]))] if values["parent"] else []
        if edges:
            data["dependencies"] = [{"on": on, "type": kind} for kind, on in dict.fromkeys(edges)]
        self.write.add("task.created", task, data)

    def change(self, now: TaskState, base: Baseline, changes: dict[str, Any], setter: str | None) -> bool:
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
            setters = {name: base.state.setter(name) for name in plain}
            self.write.add("task.updated", now.id, {"set": plain}, prev=setters)
        self._members(now, base.values, changes)
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
                self.write.flush()
                if would_close_cycle(self.write.conn, now.id, on, kind):
                    raise InvalidError(f"{now.id} -> {on} would close a cycle", f"'tk dep tree {on}' shows the way.")
                self.write.add("task.dep.add", now.id, {"on": on, "type": kind})

    def _status(self, now: TaskState, setter: str | None, status: str) -> bool:
        """Stage a change of the status that ``setter`` had set; True where it is forbidden.

        By the workflow, or by what must pass before a close.
        """
        before = now.fields["status"]
        if status == before:
            return False
        through = status == "closed" and is_led_through(self.write.config, now.fields)
        try:
            if not through:
                check_transition(self.write.config, now.id, before, status)
        except TransitionError as error:
            return self._refuse(error.message)
        is_done = self.write.config.statuses.get(status) == DONE
        if is_done and has_checks(self.write.config) and (status == "closed" or now.category != DONE):
            return self._refuse(f"{now.id} must pass its gates before it is done: 'tk close {now.id}' runs them")
        if status == "closed":
            moved.close(self.write, now, setter)
        else:
            moved.set_status(self.write, now, status, setter)
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


def _split(item: str) -> tuple[str, str]:
    kind, colon, on = item.partition(":")
    return (kind, on) if colon else ("blocks", item)
