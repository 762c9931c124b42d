"""The state of one task or record, and how a field is set."""

from __future__ import annotations

from bd_py.statuses import ACTIVE, DONE, OPEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    Event = dict[str, Any]

DEFAULTS: dict[str, Any] = {"status": "open", "priority": 2, "issue_type": "task"}
"""What ``task.created`` sets even where it does not name it."""

BY_MEMBER = frozenset(("links.commits",))
"""Lists that merge member by member: whoever sets one changes what it then has more or less than the value they saw."""


class NeedsHistory(Exception):
    """The event cannot be applied to a state that knows only its latest events: fold the task anew."""


class FieldState:
    """What has fields that merge one by one.

    ``fields`` holds the fields that have a value, ``setters`` the event that set a field where that was not
    the creation, whose id ``created`` is. ``history`` is all events about it where they are at hand, else None;
    ``conflict_count`` is what the cache knew of when the state was loaded, ``cleared`` the fields whose
    conflicts an edit has settled since.
    """

    __slots__ = (
        "cleared",
        "conflict_count",
        "conflicts",
        "created",
        "event_count",
        "fields",
        "history",
        "id",
        "last_event_at",
        "setters",
        "version",
    )

    by_member: frozenset[str] = frozenset()
    """The fields that are lists and merge member by member."""

    def __init__(self, key: str, history: Iterable[Event] | None = None) -> None:
        self.id = key
        self.history = history
        self.fields: dict[str, Any] = {}
        self.setters: dict[str, str] = {}
        self.created = ""
        self.version = ""
        self.event_count = 0
        self.last_event_at = ""
        self.conflicts: list[tuple[str, str, str, Any, Any]] = []
        self.conflict_count = 0
        self.cleared: set[str] = set()

    def setter(self, field: str) -> str | None:
        """The event that set the field's value, None if none had."""
        found = self.setters.get(field)
        return self.created if found is None and self.created and field in self.fields else found

    def assign(self, event: Event, field: str, value: Any) -> None:
        """Set a field: the last setter in event order wins, and a concurrent one is remembered.

        Two edits were concurrent when the event's ``prev`` names another setter than the one before it in
        the order. An id that is not among the events is a gap, no conflict; nor are equal values.
        """
        seen = event.get("prev")
        if type(seen) is dict and field in seen:
            if field in self.by_member:
                value = self._merged(field, value, seen[field])
            else:
                self._compare(event, field, value, seen[field])
        if value is None:
            self.fields.pop(field, None)
        else:
            self.fields[field] = value
        self.setters[field] = event["id"]

    def _merged(self, field: str, value: Any, seen: object) -> Any:
        """A list as an edit leaves it: what it adds to the list that the event ``seen`` set, and takes from it.

        So the last add or remove of a member wins, in event order, and no edit is in conflict with another. An
        event ``seen`` that is not here is a gap: nothing is taken away.
        """
        if self.setter(field) is None or not (value is None or isinstance(value, list)):
            return value
        if self.history is None:
            raise NeedsHistory
        before = next((listed(other, field) for other in self.history if other["id"] == seen), [])
        now, after = self.fields.get(field), value or []
        now = now if isinstance(now, list) else []
        kept = [member for member in now if member in after or member not in before]
        return kept + [member for member in after if member not in before and member not in now] or None

    def _compare(self, event: Event, field: str, value: Any, seen: object) -> None:
        current = self.setter(field)
        if seen == current:
            self.cleared.add(field)
            self.conflicts = [pair for pair in self.conflicts if pair[0] != field]
            return
        if self.history is None:
            raise NeedsHistory
        if seen is not None and all(seen != other["id"] for other in self.history):
            return
        if current is not None and self.fields.get(field) != value:
            self.conflicts.append((field, event["id"], current, value, self.fields.get(field)))


class TaskState(FieldState):
    """One task as its events left it.

    The collections hold members by key: in a state that was folded from all events they are complete, in one
    that was loaded from the cache they hold only what was applied since.
    """

    __slots__ = (
        "artifacts",
        "blockers",
        "categories",
        "comments",
        "created_data",
        "deleted",
        "edges",
        "evidence",
        "hold",
        "labels",
        "lost_claims",
        "resolved",
    )

    by_member = BY_MEMBER

    def __init__(self, task_id: str, categories: Mapping[str, str], history: Iterable[Event] | None = None) -> None:
        super().__init__(task_id, history)
        self.categories = categories
        self.created_data: dict[str, Any] | None = None
        self.deleted: dict[str, Any] | None = None
        self.hold: dict[str, Any] | None = None
        self.labels: dict[str, tuple[bool, str]] = {}
        self.edges: dict[tuple[str, str], tuple[bool, str, str, str | None]] = {}
        self.comments: dict[str, tuple[str | None, str, str, int | None]] = {}
        self.blockers: dict[str, tuple[str, str, str | None]] = {}
        self.resolved: dict[str, tuple[str, str | None]] = {}
        self.evidence: dict[str, tuple[Event, str, dict[str, Any]]] = {}
        self.artifacts: dict[str, tuple[Event, str]] = {}
        self.lost_claims: list[tuple[str, str, str, str | None]] = []

    @property
    def exists(self) -> bool:
        """Whether a ``task.created`` is among the events and no ``task.deleted`` holds."""
        return bool(self.created) and self.deleted is None

    @property
    def category(self) -> str:
        """The category of the status; a status that nobody declared counts as active."""
        return self.categories.get(self.fields.get("status", "open"), ACTIVE)

    def setter(self, field: str) -> str | None:
        """The event that set the field's value, None if none had."""
        found = self.setters.get(field)
        if found is None and self.created and (field in self.fields or field in DEFAULTS):
            return self.created
        return found

    def set_status(self, event: Event, status: str) -> None:
        """Change the status and what hangs on it: closed ⇔ closed_at, open ends a hold."""
        self.assign(event, "status", status)
        fields = self.fields
        category = self.category
        if category == DONE:
            fields.setdefault("closed_at", event["at"])
            self.hold = None
        else:
            for name in ("closed_at", "close_reason", "resolution"):
                if name in fields:
                    del fields[name]
                    self.setters.pop(name, None)
            if category == OPEN:
                self.hold = None


def listed(event: Event, field: str) -> list[Any]:
    """The list that one event sets a field like ``links.commits`` to; empty where it does not."""
    data = event["data"]
    if event["type"] != "task.created":
        data = data.get("set")
    if not isinstance(data, dict):
        return []
    whole, _, part = field.partition(".")
    parts = data.get(whole)
    value = data.get(field, parts.get(part) if isinstance(parts, dict) else None)
    return value if isinstance(value, list) else []
