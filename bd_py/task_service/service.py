"""The task service: a durable task with its whole working record, over any store (docs/task-contract.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bd_py import ids, times
from bd_py.store.model import Blocker
from bd_py.task_service.errors import TaskNotFound, TaskValidationError, UnknownEventType, raises_the_six
from bd_py.task_service.types import EVENT_TYPES, Actor, Draft, Task, TaskEvent, TaskEvents, Tasks, TaskStore

STALE_AFTER_HOURS = 24
PATCHABLE = ("title", "summary", "tags", "links", "meta")


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


class TaskService:
    """The 18 methods of the contract, and two beside them. Every mutator takes ``actor``; none writes in vain.

    A ``ref`` is an id, a unique prefix of one, or a name. Raises the six errors of `bd_py.task_service.errors`.
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
        """A new task."""
        own = {"name": name, "summary": summary, "phase": phase, "links": links, "meta": meta}
        given = {key: value for key, value in {**fields, **own}.items() if value is not None}
        return self._store.create(title, given, labels=tags, actor=actor)[0]

    @raises_the_six
    def get(self, ref: str) -> Task:
        """One task. Raises TaskNotFound."""
        return self._store.get(ref)

    @raises_the_six
    def resolve_task(self, ref: str) -> Task | None:
        """The task of an id, a unique prefix or a name (the latest that is not closed); None where there is none."""
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
        """The tasks that fit, closed ones too, newest first."""
        given = {"name": name, "status": status, "phase": phase, "tag": tag, "assignee": assignee}
        return self._store.list({key: value for key, value in given.items() if value is not None}, limit=limit)

    @raises_the_six
    def update(self, ref: str, patch: Mapping[str, Any], *, actor: Actor | None = None) -> Task:
        """Change title, summary, tags (replaced), links (merged part by part), meta (replaced); None clears."""
        unknown = sorted(set(patch) - set(PATCHABLE))
        if unknown:
            raise TaskValidationError(
                f"{unknown[0]!r} cannot be patched", f"A patch takes {', '.join(PATCHABLE)}.", field=unknown[0]
            )
        task = self._store.get(ref)
        changes = {key: patch[key] for key in ("title", "summary") if key in patch}
        if "links" in patch:
            changes |= {f"links.{key}": value for key, value in _parts(patch, "links").items()}
        if "meta" in patch:
            meta = _parts(patch, "meta")
            changes |= {f"meta.{key}": meta.get(key) for key in (*task.meta, *meta)}
        drafts = [Draft(task.id, "task.updated", {"set": changes})] if changes else []
        if "tags" in patch:
            drafts += _relabelled(task, patch["tags"] or ())
        return self._written(task.id, drafts, actor)

    @raises_the_six
    def set_phase(self, ref: str, phase: str | None, *, actor: Actor | None = None) -> Task:
        """Move a task to a phase, or to none."""
        return self._write(ref, "task.phase.set", {"phase": phase}, actor)

    @raises_the_six
    def set_status(self, ref: str, status: str, *, actor: Actor | None = None) -> Task:
        """Move a task to a status of the project, or to another tracker's word for one."""
        return self._store.transition(ref, status, actor=actor)

    @raises_the_six
    def set_progress(
        self, ref: str, text: str | None = None, percent: int | None = None, *, actor: Actor | None = None
    ) -> Task:
        """Say how far the work is: in words ("" clears them), per cent, or both."""
        payload: dict[str, Any] = {"text": text or None} if text is not None else {}
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
        given = {"command": command, "exit_code": exit_code, "summary": summary, "artifacts": [*artifacts] or None}
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
        """Say who works on a task."""
        return self._write(ref, "task.attribution.set", actor.to_json(), actor)

    @raises_the_six
    def add_note(self, ref: str, text: str, *, actor: Actor | None = None) -> Task:
        """Append a note."""
        return self._write(ref, "task.note.append", {"text": text}, actor)

    @raises_the_six
    def close(self, ref: str, resolution: str = "completed", *, actor: Actor | None = None) -> Task:
        """Close a task, through the gates of the project. Raises TaskValidationError where one refuses."""
        return self._store.transition(ref, "closed", resolution=resolution, actor=actor)

    @raises_the_six
    def add_event(self, ref: str, type: str, payload: Mapping[str, Any], *, actor: Actor | None = None) -> TaskEvent:
        """One event of the closed set, through the checks of its own method; the event.

        Where it would change nothing, the latest of its type. Raises UnknownEventType, TaskValidationError.
        """
        if type not in EVENT_TYPES:
            raise UnknownEventType(
                f"{type!r} is no event type of the contract",
                "task.custom holds what a program keeps of its own.",
                type=type,
                known=[*EVENT_TYPES],
            )
        if type == "task.closed":
            task = self._store.transition(
                ref, "closed", resolution=payload.get("resolution"), reason=payload.get("reason"), actor=actor
            )
            return self._store.events(task.id, type=type, limit=1)[-1]
        written = self._store.append([Draft(ref, type, payload)], actor=actor)
        return (written or self._store.events(ref, type=type, limit=1))[-1]

    @raises_the_six
    def get_events(self, ref: str, *, type: str | None = None, limit: int | None = None) -> TaskEvents:
        """A task's events, oldest first; ``limit``: only so many of the newest."""
        return self._store.events(ref, type=type, limit=limit)

    # Beside the contract

    @raises_the_six
    def ensure_feature_task(self, name: str, *, actor: Actor | None = None, **fields: Any) -> tuple[Task, bool]:
        """The open task of this name, else a new one; and whether it is new. Two who ask at once get the same."""
        title = fields.pop("title", None) or name
        labels = fields.pop("tags", ())
        given = {"name": name, **_known(fields)}
        return self._store.create(title, given, labels=labels, unless_named=True, actor=actor)

    @raises_the_six
    def read_status(self, ref: str) -> TaskStatus:
        """Phase, next step, open blockers, and whether the last check is more than 24 hours old."""
        task = self._store.get(ref)
        last = max(task.evidence, key=lambda found: found.recorded_at, default=None)
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

    def _write(self, ref: str, type_: str, payload: Mapping[str, Any], actor: Actor | None) -> Task:
        return self._written(ref, [Draft(ref, type_, payload)], actor)

    def _written(self, ref: str, drafts: Sequence[Draft], actor: Actor | None) -> Task:
        if drafts:
            self._store.append(drafts, actor=actor)
        return self._store.get(ref)


def _known(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in given.items() if value is not None}


def _parts(patch: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    parts = patch[key] or {}
    if not isinstance(parts, Mapping):
        raise TaskValidationError(f"{key} is no mapping", "Give its parts by name.", field=key)
    return parts


def _relabelled(task: Task, tags: Iterable[str]) -> list[Draft]:
    wanted = [*dict.fromkeys(tags)]
    gone = [Draft(task.id, "task.label.remove", {"label": label}) for label in task.labels if label not in wanted]
    return gone + [Draft(task.id, "task.label.add", {"label": label}) for label in wanted if label not in task.labels]
