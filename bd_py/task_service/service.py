"""The task service: a durable task with its whole working record, over any store (docs/task-contract.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bd_py import ids, payloads, times
from bd_py.errors import ConflictError
from bd_py.store.model import Blocker
from bd_py.task_service import checked
from bd_py.task_service.errors import (
    TaskNotFound,
    TaskStoreError,
    TaskValidationError,
    UnknownEventType,
    raises_the_six,
)
from bd_py.task_service.types import EVENT_TYPES, Actor, Draft, Task, TaskEvent, TaskEvents, Tasks, TaskStore

STALE_AFTER_HOURS = 24
PATCHABLE = ("title", "summary", "tags", "links", "meta")
_TRIES = 1000
"""Of an update that others come before: each try that fails means that another writer's did not."""


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """Where a task stands: what to do next, what is in the way, and whether its last check can still be relied on.

    ``validated_at``: when evidence was last recorded, None if never; ``validation_stale``: that was never, did not
    pass, or is more than 24 hours ago.
    """

    task: str
    status: str
    phase: str | None
    next_step: str | None
    open_blockers: tuple[Blocker, ...]
    validated_at: str | None
    validation_passed: bool | None
    validation_stale: bool

    def to_json(self) -> dict[str, Any]:
        """The same as JSON; null where nothing is known."""
        return {**asdict(self), "open_blockers": [asdict(blocker) for blocker in self.open_blockers]}


class TaskService:
    """The 18 methods of the contract, and two beside them. Every mutator takes ``actor``; none writes in vain.

    A ``ref`` is an id, a unique prefix of one, or the name of the latest task that is not done. Raises the six errors
    of `bd_py.task_service.errors`, also for values of a wrong type.
    """

    def __init__(self, store: TaskStore) -> None:
        self._store = store

    @raises_the_six
    def create(
        self,
        title: str,
        *,
        name: str | None = None,
        summary: str | None = None,
        phase: str | None = None,
        tags: Iterable[str] = (),
        links: Mapping[str, Any] | None = None,
        meta: Mapping[str, Any] | None = None,
        actor: Actor | None = None,
        **fields: Any,
    ) -> Task:
        """A new task. ``fields``: those that `bd_py.Store.create` takes, ``parent`` and ``dependencies`` among them."""
        own = {"name": name, "summary": summary, "phase": phase, "links": links, "meta": meta}
        return self._create(title, {**fields, **own}, tags, actor)[0]

    @raises_the_six
    def get(self, ref: str) -> Task:
        """One task. Raises TaskNotFound."""
        return self._store.get(checked.ref(ref))

    @raises_the_six
    def resolve_task(self, ref: str) -> Task | None:
        """The task of an id, a unique prefix or a name (the latest that is not done); None where there is none."""
        try:
            return self.get(ref)
        except TaskNotFound:
            return None

    @raises_the_six
    def list(
        self,
        *,
        name: str | None = None,
        status: str | None = None,
        phase: str | None = None,
        limit: int | None = None,
        tag: str | None = None,
        assignee: str | None = None,
    ) -> Tasks:
        """The tasks that fit, closed ones too, newest first; ``limit``: at most so many (0 or None: all)."""
        given = {"name": name, "status": status, "phase": phase, "tag": tag, "assignee": assignee}
        wanted = {key: checked.text(key, value) for key, value in _known(given).items()}
        return self._store.list(wanted, limit=checked.limit(limit))

    @raises_the_six
    def update(self, ref: str, patch: Mapping[str, Any], *, actor: Actor | None = None) -> Task:
        """Change title, summary, tags (replaced), links (merged part by part), meta (replaced); None clears."""
        wanted = checked.mapping("patch", patch)
        for key in wanted:
            if key not in PATCHABLE:
                hint = f"A patch takes {', '.join(PATCHABLE)}."
                raise TaskValidationError(f"{key!r} cannot be patched", hint, field=str(key))
        who = checked.actor(actor)
        for _ in range(_TRIES):
            task = self._store.get(checked.ref(ref))
            try:
                return self._written(task.id, _changes(task, wanted), who)
            except ConflictError as error:
                if "version" not in error.details:
                    raise
        failed = TaskStoreError(f"{ref} is changed by others all the time", "Try again.")
        failed.retryable = True
        raise failed

    @raises_the_six
    def set_phase(self, ref: str, phase: str | None, *, actor: Actor | None = None) -> Task:
        """Move a task to a phase, or to none."""
        return self._write(ref, "task.phase.set", {"phase": phase}, actor)

    @raises_the_six
    def set_status(self, ref: str, status: str, *, actor: Actor | None = None) -> Task:
        """Move a task to a status of the project, or to another tracker's word for one."""
        return self._transition(ref, status, actor)

    @raises_the_six
    def set_progress(
        self, ref: str, text: str | None = None, percent: int | None = None, *, actor: Actor | None = None
    ) -> Task:
        """Say how far the work is: in words ("" clears them), per cent, or both."""
        payload: dict[str, Any] = {"text": None if text == "" else text} if text is not None else {}
        if percent is not None:
            payload["percent"] = percent
        return self._write(ref, "task.progress.set", payload, actor)

    @raises_the_six
    def set_next_step(self, ref: str, step: str | None, *, actor: Actor | None = None) -> Task:
        """Say what is to be done next, or nothing."""
        return self._write(ref, "task.next_step.set", {"step": step}, actor)

    @raises_the_six
    def add_blocker(self, ref: str, text: str, *, actor: Actor | None = None) -> tuple[Task, str]:
        """Record what is in the way; the task, and the blocker's id."""
        key = ids.part_id("bl")
        return self._write(ref, "task.blocker.add", {"blocker": key, "text": text}, actor), key

    @raises_the_six
    def resolve_blocker(self, ref: str, blocker_id: str, *, actor: Actor | None = None) -> Task:
        """Record that it is gone. Raises TaskResourceNotFound."""
        return self._write(ref, "task.blocker.resolve", {"blocker": blocker_id}, actor)

    @raises_the_six
    def add_evidence(
        self,
        ref: str,
        *,
        passed: bool,
        command: str | None = None,
        exit_code: int | None = None,
        summary: str | None = None,
        artifacts: Sequence[str] = (),
        actor: Actor | None = None,
    ) -> tuple[Task, str]:
        """Record how a check came out; the task, and the evidence's id."""
        key = ids.part_id("ev")
        paths = checked.words("artifacts", artifacts)
        given = {"command": command, "exit_code": exit_code, "summary": summary, "artifacts": paths or None}
        payload = {"evidence": key, "passed": passed, **_known(given)}
        return self._write(ref, "task.evidence.add", payload, actor), key

    @raises_the_six
    def add_artifact(
        self,
        ref: str,
        path: str,
        *,
        kind: str | None = None,
        description: str | None = None,
        actor: Actor | None = None,
    ) -> tuple[Task, str]:
        """Refer to a file or address; the task, and the artifact's id. Nothing is copied."""
        key = ids.part_id("ar")
        payload = {"artifact": key, "path": path, **_known({"kind": kind, "description": description})}
        return self._write(ref, "task.artifact.add", payload, actor), key

    @raises_the_six
    def set_attribution(self, ref: str, actor: Actor) -> Task:
        """Say who works on a task; nobody, by an `Actor` without anything."""
        who = checked.actor(actor)
        if who is None:
            raise TaskValidationError("actor is missing", "Actor() says that nobody does.", field="actor")
        return self._write(ref, "task.attribution.set", who.to_json(), who)

    @raises_the_six
    def add_note(self, ref: str, text: str, *, actor: Actor | None = None) -> Task:
        """Append a note."""
        return self._write(ref, "task.note.append", {"text": text}, actor)

    @raises_the_six
    def close(self, ref: str, resolution: str = "completed", *, actor: Actor | None = None) -> Task:
        """Close a task, through the gates of the project. Raises TaskValidationError where one refuses."""
        payloads.check("task.closed", {"resolution": resolution})
        return self._transition(ref, "closed", actor, resolution=resolution)

    @raises_the_six
    def add_event(self, ref: str, type: str, payload: Mapping[str, Any], *, actor: Actor | None = None) -> TaskEvent:
        """One event of the closed set, through the checks of its own method; the event.

        Where it would change nothing, the one that made it so: the latest of its type, else the one that created the
        task. Raises UnknownEventType, TaskValidationError.
        """
        given: Any = type
        if given not in EVENT_TYPES:
            raise UnknownEventType(
                f"{type!r} is no event type of the contract",
                "task.custom holds what a program keeps of its own.",
                type=given if isinstance(given, str) else repr(given),
                known=[*EVENT_TYPES],
            )
        data = checked.mapping("payload", payload)
        if type != "task.closed":
            written = self._store.append([Draft(checked.ref(ref), type, data)], actor=checked.actor(actor))
            return written[-1] if written else self._standing(ref, type)
        payloads.check(type, data)
        if "forced" in data:
            raise TaskValidationError(
                "forced of task.closed is for 'tk close --force'", "Leave it out.", field="forced"
            )
        task = self._transition(ref, "closed", actor, **data)
        return self._standing(task.id, type)

    @raises_the_six
    def get_events(self, ref: str, *, type: str | None = None, limit: int | None = None) -> TaskEvents:
        """A task's events, oldest first, of a deleted one too; ``limit``: only the newest (0 or None: all)."""
        wanted = None if type is None else checked.text("type", type)
        return self._store.events(checked.ref(ref), type=wanted, limit=checked.limit(limit))

    # Beside the contract

    @raises_the_six
    def ensure_feature_task(self, name: str, *, actor: Actor | None = None, **fields: Any) -> tuple[Task, bool]:
        """The open task of this name, else a new one; and whether it is new. Two who ask at once get the same."""
        title = fields.pop("title", None)
        tags = fields.pop("tags", ())
        given = {**fields, "name": checked.text("name", name)}
        return self._create(name if title is None else title, given, tags, actor, unless_named=True)

    @raises_the_six
    def read_status(self, ref: str) -> TaskStatus:
        """Phase, next step, open blockers, and whether the last check is more than 24 hours old."""
        task = self._store.get(checked.ref(ref))
        last = task.evidence[-1] if task.evidence else None
        limit = times.iso(times.to_ms(times.now()) - STALE_AFTER_HOURS * 3_600_000)
        return TaskStatus(
            task=task.id,
            status=task.status,
            phase=task.phase,
            next_step=task.next_step,
            open_blockers=tuple(blocker for blocker in task.blockers if blocker.status == "open"),
            validated_at=last.recorded_at if last else None,
            validation_passed=last.passed if last else None,
            validation_stale=last is None or not last.passed or last.recorded_at < limit,
        )

    def _create(
        self, title: str, fields: Mapping[str, Any], tags: Any, actor: Any, *, unless_named: bool = False
    ) -> tuple[Task, bool]:
        given = _known(fields)
        given |= {key: checked.mapping(key, given[key]) for key in ("links", "meta") if key in given}
        labels = checked.words("tags", tags)
        title = checked.text("title", title)
        return self._store.create(title, given, labels=labels, unless_named=unless_named, actor=checked.actor(actor))

    def _write(self, ref: str, type_: str, payload: Mapping[str, Any], actor: Actor | None) -> Task:
        return self._written(checked.ref(ref), [Draft(ref, type_, payload)], checked.actor(actor))

    def _written(self, ref: str, drafts: Sequence[Draft], actor: Actor | None) -> Task:
        written = self._store.append(drafts, actor=actor) if drafts else []
        return self._store.get(written[0].task if written else ref)

    def _transition(self, ref: str, status: str, actor: Actor | None, **how: Any) -> Task:
        return self._store.transition(
            checked.ref(ref), checked.text("status", status), actor=checked.actor(actor), **how
        )

    def _standing(self, ref: str, type_: str) -> TaskEvent:
        """The event that made a task what another of this type would make it."""
        return (self._store.events(ref, type=type_, limit=1) or self._store.events(ref, type="task.created"))[-1]


def _known(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in given.items() if value is not None}


def _changes(task: Task, patch: Mapping[str, Any]) -> list[Draft]:
    """What makes a task that is at this version what a patch says.

    What it replaces as a whole, it replaces part by part, as two branches merge it: so it names the parts that go,
    and holds for this version alone.
    """
    version = task.version if "tags" in patch or "meta" in patch else None
    changes = {key: patch[key] for key in ("title", "summary") if key in patch}
    if isinstance(changes.get("title"), str):
        changes["title"] = changes["title"].strip()
    if "links" in patch:
        changes |= {f"links.{key}": value for key, value in _parts(patch, "links").items()}
    if "meta" in patch:
        meta = _parts(patch, "meta")
        changes |= {f"meta.{key}": meta.get(key) for key in (*task.meta, *meta)}
    drafts = [Draft(task.id, "task.updated", {"set": changes}, version)] if changes else []
    return drafts + (_relabelled(task, patch["tags"], version) if "tags" in patch else [])


def _parts(patch: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return {} if patch[key] is None else checked.mapping(key, patch[key])


def _relabelled(task: Task, tags: Any, version: str | None) -> list[Draft]:
    wanted = [] if tags is None else checked.words("tags", tags)
    gone = [label for label in task.labels if label not in wanted]
    new = [label for label in wanted if label not in task.labels]
    named = [("task.label.remove", label) for label in gone] + [("task.label.add", label) for label in new]
    return [Draft(task.id, type_, {"label": label}, version) for type_, label in named]
