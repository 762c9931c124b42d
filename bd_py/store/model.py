"""What the library gives: frozen values with attributes, each with the JSON that the command line prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Self, TypedDict

from bd_py.store.view import JSON, View

_EMPTY: Mapping[str, Any] = MappingProxyType({})


class TaskFields(TypedDict, total=False):
    """The fields that `create` and `update` take by keyword; None clears one.

    Times are ISO 8601, or what the command line takes (``+2d``, ``tomorrow``). ``links`` has ``branch``,
    ``worktree``, ``pr`` (texts) and ``commits`` (a list); its parts, and those of ``meta``, change one by one.
    """

    description: str | None
    design: str | None
    acceptance_criteria: str | None
    notes: str | None
    summary: str | None
    issue_type: str
    priority: int
    assignee: str | None
    owner: str | None
    estimated_minutes: int | None
    due_at: str | None
    defer_until: str | None
    external_ref: str | None
    name: str | None
    phase: str | None
    compound: bool
    links: Mapping[str, Any]
    meta: Mapping[str, Any]


class TaskFilters(TypedDict, total=False):
    """What `ready`, `claim_next` and `list` are filtered by, joined by AND; several values of one by OR."""

    priority: int | Sequence[int]
    issue_type: str | Sequence[str]
    assignee: str
    unassigned: bool
    labels: Sequence[str]
    labels_any: Sequence[str]
    parent: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Who may work on a task: ``event`` is the claim, ``until`` when it runs out (None: never)."""

    event: str
    session: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is: words, and 0 to 100."""

    text: str | None = None
    percent: int | None = None


class Task(View):
    """A task, as a list has it. Times are ISO 8601 in UTC; ``version`` is its last event's id."""

    __slots__ = ()
    _CONVERT = {  # noqa: RUF012 (never changed)
        "labels": tuple,
        "hold": lambda value: Hold(**value),
        "progress": lambda value: Progress(**value),
    }

    id: str
    title: str
    status: str
    priority: int
    issue_type: str
    created_at: str
    updated_at: str
    version: str
    event_count: int
    last_event_at: str
    description: str = ""
    design: str = ""
    acceptance_criteria: str = ""
    notes: str = ""
    summary: str | None = None
    assignee: str | None = None
    owner: str | None = None
    labels: tuple[str, ...] = ()
    parent: str | None = None
    estimated_minutes: int | None = None
    created_by: str | None = None
    closed_at: str | None = None
    close_reason: str | None = None
    resolution: str | None = None
    due_at: str | None = None
    defer_until: str | None = None
    external_ref: str | None = None
    name: str | None = None
    phase: str | None = None
    phase_entered_at: str | None = None
    next_step: str | None = None
    progress: Progress | None = None
    hold: Hold | None = None
    is_blocked: bool = False
    compound: bool = False
    dependency_count: int = 0
    dependent_count: int = 0
    comment_count: int = 0
    links: Mapping[str, Any] = _EMPTY
    meta: Mapping[str, Any] = _EMPTY
    attribution: Mapping[str, Any] = _EMPTY


@dataclass(frozen=True, slots=True)
class Linked:
    """A dependency seen from one end: the task at the other, None where it is not in this project."""

    id: str
    type: str
    task: Task | None


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark. ``number`` counts within its task; ``event_id`` is what it is known by everywhere."""

    event_id: str
    number: int
    author: str | None
    text: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Blocker:
    """Something in the way that is no task; ``status`` is open or resolved."""

    id: str
    text: str
    status: str
    raised_at: str | None = None
    raised_by: str | None = None
    resolved_at: str | None = None
    resolved_by: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was checked, and whether it passed."""

    id: str
    passed: bool
    recorded_at: str
    command: str | None = None
    exit_code: int | None = None
    summary: str | None = None
    artifacts: tuple[str, ...] = ()
    actor: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that belongs to a task."""

    id: str
    path: str
    added_at: str
    kind: str | None = None
    description: str | None = None


class TaskDetail(Task):
    """Everything about a task: what ``tk show`` prints."""

    __slots__ = ()
    _CONVERT = {  # noqa: RUF012 (never changed)
        "dependencies": lambda found: tuple(map(_linked, found)),
        "dependents": lambda found: tuple(map(_linked, found)),
        "comments": lambda found: tuple(
            Comment(item["event_id"], item["id"], item["author"], item["text"], item["created_at"]) for item in found
        ),
        "blockers": lambda found: tuple(Blocker(**item) for item in found),
        "evidence": lambda found: tuple(
            Evidence(**{**item, "artifacts": tuple(item.get("artifacts", ()))}) for item in found
        ),
        "artifacts": lambda found: tuple(Artifact(**item) for item in found),
    }

    dependencies: tuple[Linked, ...] = ()
    dependents: tuple[Linked, ...] = ()
    comments: tuple[Comment, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    artifacts: tuple[Artifact, ...] = ()


def _linked(item: JSON) -> Linked:
    task = Task.from_json(item) if "version" in item else None
    return Linked(item["id"], item["dependency_type"], task)


@dataclass(frozen=True, slots=True)
class Event:
    """One fact of the log.

    ``task``, or ``collection`` and ``record``: what it is about. ``cursor`` is the position after it in the order of
    arrival, for `Store.events`. ``present`` is false where a checkout has taken it away again.
    """

    id: str
    type: str
    at: str
    data: Mapping[str, Any]
    by: Mapping[str, Any]
    task: str | None = None
    collection: str | None = None
    record: str | None = None
    prev: Mapping[str, str | None] = field(default_factory=dict)
    cursor: str = ""
    present: bool = True
    document: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """The line of the log as JSON; not to be changed."""

    @classmethod
    def from_json(cls, event: JSON, *, cursor: str = "", present: bool = True) -> Self:
        """The event of a line of the log; what is no object where one should be counts as empty."""
        by, prev = event.get("by"), event.get("prev")
        return cls(
            event["id"],
            event["type"],
            event["at"],
            event["data"],
            by if isinstance(by, dict) else {},
            event.get("task"),
            event.get("collection"),
            event.get("record"),
            prev if isinstance(prev, dict) else {},
            cursor,
            present,
            event,
        )

    def to_json(self) -> JSON:
        """The line of the log, the caller's to change."""
        return deepcopy(dict(self.document))


@dataclass(frozen=True, slots=True)
class Events:
    """Some events in the order in which they arrived, and the ``cursor`` to go on from."""

    events: tuple[Event, ...]
    cursor: str

    def __iter__(self) -> Any:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What came in since the last sync: counts of events, ids of tasks (``unreachable``: of events).

    ``records`` are those that came in, as COLLECTION/ID; ``finished`` the compound tasks that the sync closed.
    """

    imported: int
    repaired: tuple[str, ...]
    created: tuple[str, ...]
    updated: tuple[str, ...]
    closed: tuple[str, ...]
    finished: tuple[str, ...]
    claimed: tuple[str, ...]
    lost_claims: tuple[str, ...]
    conflicts: tuple[str, ...]
    suspended: tuple[str, ...]
    records: tuple[str, ...]
    unreachable: tuple[str, ...]

    def to_json(self) -> JSON:
        """The document of ``tk sync --json``."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}
