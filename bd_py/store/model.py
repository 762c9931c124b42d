"""What the library gives: frozen values with attributes, each with the JSON that the command line prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypedDict

JSON = dict[str, Any]


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


class _Field:
    """An attribute that is read from the document when it is asked for."""

    __slots__ = ("convert", "default", "name")

    def __init__(self, name: str, default: Any, convert: Callable[[Any], Any] | None) -> None:
        self.name = name
        self.default = default
        self.convert = convert

    def __get__(self, owner: View | None, _kind: type) -> Any:
        if owner is None:
            return self
        value = owner.document.get(self.name, _MISSING)
        if value is _MISSING:
            if self.default is _MISSING:
                raise AttributeError(self.name)
            return self.default
        return value if self.convert is None else self.convert(value)

    def __set__(self, owner: View, value: Any) -> None:
        raise AttributeError(f"{type(owner).__name__} is frozen: {self.name} cannot be set")


_MISSING: Any = object()
_EMPTY: Mapping[str, Any] = MappingProxyType({})


class View:
    """A frozen view of a JSON object: its annotations are its attributes, with their defaults.

    A thirtieth of the cost of a dataclass of as many fields, of which most callers read two.
    """

    __slots__ = ("_document",)
    _CONVERT: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    _document: JSON

    def __init_subclass__(cls) -> None:
        for name in cls.__annotations__:
            if not name.startswith("_"):
                setattr(cls, name, _Field(name, cls.__dict__.get(name, _MISSING), cls._CONVERT.get(name)))

    @classmethod
    def from_json(cls, document: JSON) -> Self:
        """The view of an object as the command line prints it, which must not be changed from now on."""
        made = cls.__new__(cls)
        object.__setattr__(made, "_document", document)
        return made

    @property
    def document(self) -> JSON:
        """The JSON object itself, with keys that an import brought; not to be changed."""
        return self._document

    def to_json(self) -> JSON:
        """The object that ``--json`` prints, the caller's to change."""
        return deepcopy(self._document)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._document == self._document

    def __hash__(self) -> int:
        return hash((type(self), self._document.get("id"), self._document.get("version")))

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self).from_json, (self._document,))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={self._document[name]!r}" for name in _SHOWN if name in self._document)
        return f"{type(self).__name__}({shown})"


_SHOWN = ("collection", "id", "title", "status")


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
