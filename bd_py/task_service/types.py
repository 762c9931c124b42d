"""What the task service takes and gives, and the seam to whatever stores the tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bd_py.payloads import CONTRACT_TYPES
from bd_py.store.model import TaskDetail

EVENT_TYPES: tuple[str, ...] = CONTRACT_TYPES
"""The closed set: `TaskService.add_event` takes these and no others."""

Task = TaskDetail
"""A task with its whole working record; its keys in JSON are those that ``tk show --json`` prints."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: which agent of what type, in which process and session; unattributed where all are None."""

    agent: str | None = None
    agent_type: str | None = None
    pid: int | None = None
    session: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Only what is known."""
        known = {"agent": self.agent, "agent_type": self.agent_type, "pid": self.pid, "session": self.session}
        return {key: value for key, value in known.items() if value is not None}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Actor | None:
        """The actor that an event names; None where it names none. What another program wrote there may be anything."""
        known: dict[str, Any] = {key: given.get(key) for key in ("agent", "agent_type", "session")}
        known = {key: value for key, value in known.items() if isinstance(value, str)}
        if type(given.get("pid")) is int:
            known["pid"] = given["pid"]
        return cls(**known) if known else None


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """One fact about a task, as it stands in its history. ``at`` is ISO 8601 in UTC."""

    id: str
    task: str
    at: str
    type: str
    actor: Actor | None
    payload: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """The same as JSON; ``actor`` is null where nobody is named."""
        return {
            "id": self.id,
            "task": self.task,
            "at": self.at,
            "type": self.type,
            "actor": self.actor.to_json() if self.actor else None,
            "payload": dict(self.payload),
        }


@dataclass(frozen=True, slots=True)
class Draft:
    """An event to be written: the task (id, prefix or name), the type, and what it carries.

    ``version``: only if the task is still at this version when they all are written (None: whatever it is at).
    """

    task: str
    type: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    version: str | None = None


Tasks = list[Task]
TaskEvents = list[TaskEvent]
"""Named here, since a method has the name of the type."""


class TaskStore(Protocol):
    """The seam: what `bd_py.task_service.TaskService` needs of whatever stores tasks.

    Each method is atomic, and safe to call from several threads. A ``ref`` is an id, a unique prefix of one, or the
    name of the latest task that is not done. Raised are the kinds of `bd_py.errors.TkError`; `TaskService` turns them
    into the six of the contract.
    """

    def create(
        self,
        title: str,
        fields: Mapping[str, Any],
        *,
        labels: Iterable[str] = (),
        unless_named: bool = False,
        actor: Actor | None = None,
    ) -> tuple[Task, bool]:
        """A new task, and True. With ``unless_named`` the open task of the same name where there is one, and False."""

    def claim(self, ref: str, *, ttl: int | None = None, force: bool = False, actor: Actor | None = None) -> Task:
        """Take a task: compare-and-set. Raises ConflictError naming the holder."""

    def transition(
        self,
        ref: str,
        status: str,
        *,
        resolution: str | None = None,
        reason: str | None = None,
        actor: Actor | None = None,
    ) -> Task:
        """Move a task to a status; ``resolution`` where that is done. Nothing is written where it has it already."""

    def get(self, ref: str) -> Task:
        """One task. Raises NotFoundError, AmbiguousError."""

    def list(self, filter: Mapping[str, Any], *, limit: int | None = None) -> Tasks:
        """The tasks that fit, newest first. ``filter``: ``name``, ``status``, ``phase``, ``tag``, ``assignee``."""

    def find(self, query: str, *, limit: int = 10) -> Tasks:
        """The tasks that words fit best, the best first."""

    def append(self, events: Sequence[Draft], *, actor: Actor | None = None) -> TaskEvents:
        """Write events, all or none; those that were written. What would change nothing is left out.

        Raises ConflictError with ``version`` in its details where a task is not at the version of a draft.
        """

    def events(self, ref: str, *, type: str | None = None, limit: int | None = None) -> TaskEvents:
        """A task's events, oldest first; ``limit``: only so many of the newest. Of deleted tasks too."""
