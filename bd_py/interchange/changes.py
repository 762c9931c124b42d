"""Which events a record means: all of it where the task is new, what differs where it is known."""

from __future__ import annotations

from bd_py import ids
from bd_py.fold.task import apply, flat, fold_task
from bd_py.interchange import derive
from bd_py.interchange.records import OWN
from bd_py.statuses import DONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from bd_py.events import Event
    from bd_py.interchange.record import Record

_CLOSE = ("closed_at", "close_reason", "resolution")


def creation(record: Record) -> list[Event]:
    """The events of a record about a task that is not known."""
    data = dict(record.fields)
    if record.status is not None and record.status != "open":
        data["status"] = record.status
    if record.labels:
        data["labels"] = record.labels
    if record.edges:
        data["dependencies"] = [_edge(on, kind, *rest) for (on, kind), rest in record.edges.items()]
    by = {"name": data["created_by"]} if "created_by" in data else {}
    events = [derive.event(record.id, "task.created", data, record.updated_at, by, record.ms)]
    if record.deletion is not None:
        events.append(derive.after(_deletion(record), events[0]["id"]))
        if record.deletion[0] != record.updated_at:
            events.append(derive.after(_touch(record), events[1]["id"]))
    return events + _comments(record) + _working(record)


class Difference:
    """The events that bring a known task to what a record says, and what was edited here since.

    ``history``: all of the task's events. ``events``: what to write. ``kept``: the fields whose value here
    is newer than the record. An imported value is as old as its record's ``updated_at`` says, any other as the
    id of its event.
    """

    def __init__(self, record: Record, history: Sequence[Event], categories: Mapping[str, str]) -> None:
        self.record = record
        self.events: list[Event] = []
        self.kept: set[str] = set()
        self._known = {event["id"]: event for event in history}
        self._state = fold_task(record.id, history, categories)
        self._was_updated_at: str = self._state.fields["updated_at"]
        if self._switch_deletion():
            self._status()
            self._fields()
            self._labels()
            self._edges()
            self._grow()
            self._updated_at()

    def _newer(self, setter: str | None) -> bool:
        """Whether an event that set a value is newer than the record."""
        event = self._known.get(setter or "")
        if event is None:
            return False
        if derive.is_derived(event) and event["type"] != "task.deleted":
            return str(event["at"])[:-1] > self.record.updated_at[:-1]
        return ids.milliseconds(event["id"]) > self.record.ms

    def _add(self, event: Event, earlier: str | None = None) -> None:
        event = derive.after(event, earlier)
        if event["id"] not in self._known:
            self._known[event["id"]] = event
            self.events.append(event)
        apply(self._state, event)

    def _event(self, type_: str, data: dict[str, Any], earlier: str | None = None) -> None:
        made = derive.event(self.record.id, type_, data, self.record.updated_at, {}, self.record.ms)
        self._add(made, earlier)

    def _switch_deletion(self) -> bool:
        """Delete or restore; False where the task was deleted here since, which no record undoes."""
        state, record = self._state, self.record
        switches = [e for e in self._known.values() if e["type"] in ("task.deleted", "task.restored")]
        last = max((event["id"] for event in switches), default=None)
        if record.deletion is None:
            if state.deleted is None:
                return True
            if self._newer(last):
                self.kept.add("deleted")
                return False
            self._event("task.restored", {}, last)
            return True
        if state.deleted is None and (self._newer(last) or self._knows_newer_version()):
            self.kept.add("deleted")
        elif state.deleted is None or (_as_tuple(state.deleted) != record.deletion and not self._newer(last)):
            self._add(_deletion(record), last or state.created)
        return True

    def _knows_newer_version(self) -> bool:
        """Whether a newer version of the record was imported before."""
        return any(
            event["type"] not in ("task.note.append", "task.deleted")
            and derive.is_derived(event)
            and self._newer(event["id"])
            for event in self._known.values()
        )

    def _status(self) -> None:
        state, wanted = self._state, self.record.status
        if wanted is None and state.category == DONE:
            wanted = "open"
        if wanted is None or wanted == state.fields["status"]:
            return
        setter = state.setter("status")
        if self._newer(setter):
            self.kept.add("status")
        elif wanted == "closed":
            fields = self.record.fields
            data = {"resolution": fields.get("resolution", "completed")}
            if "close_reason" in fields:
                data["reason"] = fields["close_reason"]
            self._event("task.closed", data, setter)
        else:
            self._event("task.status.set", {"status": wanted}, setter)

    def _fields(self) -> None:
        state = self._state
        wanted = dict(flat(self.record.fields))
        changes: dict[str, Any] = {}
        earlier = ""
        for name in sorted(wanted.keys() | state.fields.keys()):
            value = wanted.get(name)
            if name in ("status", "updated_at") or _same(value, state.fields.get(name)):
                continue
            if name in _CLOSE and (state.category != DONE or "status" in self.kept):
                continue
            setter = self._setter(name)
            if value is None and not self._may_clear(name, setter):
                continue
            if self._newer(setter):
                self.kept.add(name)
                continue
            changes[name] = value
            earlier = max(earlier, setter or "")
        if changes:
            self._event("task.updated", {"set": changes}, earlier)

    def _setter(self, name: str) -> str | None:
        """What set a field; the close sets its time, reason and resolution without being named for them."""
        if name in _CLOSE:
            return max(self._state.setters.get(name, ""), self._state.setter("status") or "")
        return self._state.setter(name)

    def _may_clear(self, name: str, setter: str | None) -> bool:
        """A record of another tool lacks what only tk has; only an import that set it can take it away."""
        if name in ("created_at", "closed_at"):
            return False
        if name.partition(".")[0] not in OWN:
            return True
        event = self._known.get(setter or "")
        return event is not None and derive.is_derived(event)

    def _labels(self) -> None:
        wanted, there = set(self.record.labels), self._state.labels
        for label in sorted(wanted | there.keys()):
            present, setter = there.get(label, (False, None))
            if present == (label in wanted):
                continue
            if self._newer(setter):
                self.kept.add("labels")
            else:
                self._event(f"task.label.{'remove' if present else 'add'}", {"label": label}, setter)

    def _edges(self) -> None:
        wanted, there = self.record.edges, self._state.edges
        for key in sorted(wanted.keys() | there.keys()):
            on, kind = key
            present, setter, at, by = there.get(key, (False, None, None, None))
            said = wanted.get(key)
            if said is None and not present:
                continue
            if said is not None and present and said[0] in (None, at) and said[1] in (None, by):
                continue
            if self._newer(setter):
                self.kept.add("dependencies")
            elif said is None:
                self._event("task.dep.remove", {"on": on, "type": kind}, setter)
            else:
                self._event("task.dep.add", _edge(on, kind, *said), setter)

    def _grow(self) -> None:
        """What only grows: comments by what they say, the working record by its ids."""
        state = self._state
        there = {(author, text, at) for author, text, at, _ in state.comments.values()}
        for event in _comments(self.record):
            if (event["by"].get("name"), event["data"]["text"], event["at"]) not in there:
                self._add(event)
        members: dict[str, Mapping[str, Any]] = {
            "task.blocker.add": state.blockers,
            "task.blocker.resolve": state.resolved,
            "task.evidence.add": state.evidence,
            "task.artifact.add": state.artifacts,
        }
        for event in _working(self.record):
            name = event["type"].split(".")[1]
            if event["data"][name] not in members[event["type"]]:
                self._add(event)

    def _updated_at(self) -> None:
        """The time of the record, where no event of it brings that along."""
        deletion = next((e["id"] for e in self.events if e["type"] == "task.deleted"), None)
        touched = any(
            e["at"] == self.record.updated_at and e["type"] not in ("task.note.append", "task.deleted")
            for e in self.events
        )
        newer = self.record.updated_at[:-1] > self._was_updated_at[:-1]
        if deletion is not None or (newer and not touched):
            self._event("task.updated", _touch(self.record)["data"], deletion)


def _same(one: Any, other: Any) -> bool:
    return bool(one == other and type(one) is type(other))


def _as_tuple(deleted: dict[str, Any]) -> tuple[Any, ...]:
    return (deleted["at"], deleted["by"], deleted["reason"])


def _edge(on: str, kind: str, at: str | None, by: str | None) -> dict[str, Any]:
    found = {"on": on, "type": kind, "created_at": at, "created_by": by}
    return {key: value for key, value in found.items() if value is not None}


def _deletion(record: Record) -> Event:
    assert record.deletion is not None
    at, by, reason = record.deletion
    data = {"reason": reason} if reason else {}
    return derive.event(record.id, "task.deleted", data, at, {"name": by} if by else {}, record.ms)


def _touch(record: Record) -> Event:
    """What says nothing but the record's updated_at."""
    data = {"set": {"updated_at": record.updated_at}}
    return derive.event(record.id, "task.updated", data, record.updated_at, {}, record.ms)


def _comments(record: Record) -> list[Event]:
    from bd_py.times import to_ms

    return [
        derive.event(
            record.id,
            "task.note.append",
            {"text": text, "number": number},
            at,
            {"name": author} if author else {},
            to_ms(at),
        )
        for author, text, at, number in record.comments
    ]


def _working(record: Record) -> list[Event]:
    from bd_py.times import to_ms

    return [
        derive.event(record.id, type_, derive.canonical(data), at, derive.canonical(by), to_ms(at))
        for type_, data, at, by in record.working
    ]
