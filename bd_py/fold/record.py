"""What each type of event does to a record: a typed document whose fields merge one by one."""

from __future__ import annotations

from bd_py.fold.state import FieldState
from bd_py.fold.task import actor_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from bd_py.fold.state import Event


class RecordState(FieldState):
    """One record as its events left it; ``id`` is its key, ``collection/record``."""

    __slots__ = ("created_at", "created_by", "updated_at")

    def __init__(self, key: str, history: Iterable[Event] | None = None) -> None:
        super().__init__(key, history)
        self.created_at = ""
        self.created_by: str | None = None
        self.updated_at = ""

    @property
    def exists(self) -> bool:
        """Whether a put began it and no ``record.deleted`` came after."""
        return bool(self.created)

    def end(self) -> None:
        """Take it away with all that was known of it."""
        self.created = ""
        self.fields, self.setters, self.conflicts, self.cleared = {}, {}, [], set()


def fold_record(key: str, events: Sequence[Event]) -> RecordState:
    """The state of one record from all of its events, sorted by id."""
    state = RecordState(key, events)
    for event in events:
        apply(state, event)
    return state


def fold_record_steps(key: str, events: Sequence[Event]) -> Iterator[tuple[Event, dict[str, Any], dict[str, Any]]]:
    """Each event in order with the record's fields before it and after it."""
    state = RecordState(key, events)
    for event in events:
        before = dict(state.fields)
        apply(state, event)
        yield event, before, dict(state.fields)


def apply(state: RecordState, event: Event) -> None:
    """Apply one event that is newer than everything the record has seen.

    Raises NeedsHistory where that takes more than the state holds.
    """
    handler = HANDLERS.get(event["type"])
    if handler is not None:
        handler(state, event, event["data"])
    state.version = event["id"]
    state.event_count += 1


def _put(state: RecordState, event: Event, data: Mapping[str, Any]) -> None:
    """Begins the record, or sets fields of it; a null takes a field away.

    Does nothing where it is an edit (``prev``) of a record that is not there: it was deleted, or began on a
    branch that is not here, and a few fields are no document. A second beginning (``new``) is an edit that
    saw none of the values.
    """
    fields = data.get("set")
    if not isinstance(fields, dict):
        return
    prev = event.get("prev")
    if not state.created:
        if type(prev) is dict and prev and data.get("new") is not True:
            return
        state.created = event["id"]
        state.created_at, state.created_by = event["at"], actor_name(event)
        state.fields = {name: value for name, value in fields.items() if value is not None}
    elif data.get("new") is True:
        unseen = {**event, "prev": dict.fromkeys(fields)}
        for name, value in fields.items():
            state.assign(unseen, name, value)
    else:
        for name, value in fields.items():
            state.assign(event, name, value)
    state.updated_at = event["at"]


def _deleted(state: RecordState, event: Event, data: Mapping[str, Any]) -> None:
    """Does nothing where there is no record."""
    state.end()


HANDLERS: dict[str, Callable[[RecordState, Event, Mapping[str, Any]], None]] = {
    "record.put": _put,
    "record.deleted": _deleted,
}


def definition(events: Iterable[Event]) -> Event | None:
    """The event that defines a collection: of those that say something, the last in event order."""
    found = [event for event in events if type(event["data"].get("schema")) is dict]
    return max(found, key=lambda event: str(event["id"]), default=None)


def indexed_fields(data: Mapping[str, Any]) -> list[str]:
    """The fields to search by, of a definition's payload, each once."""
    given = data.get("indexed")
    return list(dict.fromkeys(name for name in given if isinstance(name, str))) if isinstance(given, list) else []
