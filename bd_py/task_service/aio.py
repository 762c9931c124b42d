"""The task service for asyncio: the same methods as coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from bd_py.task_service.service import TaskService, TaskStatus
from bd_py.task_service.types import Actor, Task, TaskEvent, TaskEvents, Tasks, TaskStore

P = ParamSpec("P")
T = TypeVar("T")


async def _apart(method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call what may close a task in a thread of its own: its gates take minutes, and the loop has few threads."""
    pool = ThreadPoolExecutor(1, "tk-close")
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, partial(method, *args, **kwargs))
    finally:
        pool.shutdown(wait=False)


class AsyncTaskService:
    """`TaskService`, each call in a worker thread: a write waits for the lock and the disk, and the loop goes on.

    A call that is cancelled is carried out all the same: it may have been written already.
    """

    def __init__(self, store: TaskStore) -> None:
        self._service = TaskService(store)

    async def create(
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
        """As `TaskService.create`."""
        own: dict[str, Any] = {"name": name, "summary": summary, "phase": phase, "links": links, "meta": meta}
        return await asyncio.to_thread(self._service.create, title, tags=tags, actor=actor, **own, **fields)

    async def get(self, ref: str) -> Task:
        """As `TaskService.get`."""
        return await asyncio.to_thread(self._service.get, ref)

    async def resolve_task(self, ref: str) -> Task | None:
        """As `TaskService.resolve_task`."""
        return await asyncio.to_thread(self._service.resolve_task, ref)

    async def list(
        self,
        *,
        name: str | None = None,
        status: str | None = None,
        phase: str | None = None,
        limit: int | None = None,
        tag: str | None = None,
        assignee: str | None = None,
    ) -> Tasks:
        """As `TaskService.list`."""
        return await asyncio.to_thread(
            self._service.list, name=name, status=status, phase=phase, limit=limit, tag=tag, assignee=assignee
        )

    async def update(self, ref: str, patch: Mapping[str, Any], *, actor: Actor | None = None) -> Task:
        """As `TaskService.update`."""
        return await asyncio.to_thread(self._service.update, ref, patch, actor=actor)

    async def set_phase(self, ref: str, phase: str | None, *, actor: Actor | None = None) -> Task:
        """As `TaskService.set_phase`."""
        return await asyncio.to_thread(self._service.set_phase, ref, phase, actor=actor)

    async def set_status(self, ref: str, status: str, *, actor: Actor | None = None) -> Task:
        """As `TaskService.set_status`."""
        return await _apart(self._service.set_status, ref, status, actor=actor)

    async def set_progress(
        self, ref: str, text: str | None = None, percent: int | None = None, *, actor: Actor | None = None
    ) -> Task:
        """As `TaskService.set_progress`."""
        return await asyncio.to_thread(self._service.set_progress, ref, text, percent, actor=actor)

    async def set_next_step(self, ref: str, step: str | None, *, actor: Actor | None = None) -> Task:
        """As `TaskService.set_next_step`."""
        return await asyncio.to_thread(self._service.set_next_step, ref, step, actor=actor)

    async def add_blocker(self, ref: str, text: str, *, actor: Actor | None = None) -> tuple[Task, str]:
        """As `TaskService.add_blocker`."""
        return await asyncio.to_thread(self._service.add_blocker, ref, text, actor=actor)

    async def resolve_blocker(self, ref: str, blocker_id: str, *, actor: Actor | None = None) -> Task:
        """As `TaskService.resolve_blocker`."""
        return await asyncio.to_thread(self._service.resolve_blocker, ref, blocker_id, actor=actor)

    async def add_evidence(
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
        """As `TaskService.add_evidence`."""
        return await asyncio.to_thread(
            self._service.add_evidence,
            ref,
            passed=passed,
            command=command,
            exit_code=exit_code,
            summary=summary,
            artifacts=artifacts,
            actor=actor,
        )

    async def add_artifact(
        self,
        ref: str,
        path: str,
        *,
        kind: str | None = None,
        description: str | None = None,
        actor: Actor | None = None,
    ) -> tuple[Task, str]:
        """As `TaskService.add_artifact`."""
        return await asyncio.to_thread(
            self._service.add_artifact, ref, path, kind=kind, description=description, actor=actor
        )

    async def set_attribution(self, ref: str, actor: Actor) -> Task:
        """As `TaskService.set_attribution`."""
        return await asyncio.to_thread(self._service.set_attribution, ref, actor)

    async def add_note(self, ref: str, text: str, *, actor: Actor | None = None) -> Task:
        """As `TaskService.add_note`."""
        return await asyncio.to_thread(self._service.add_note, ref, text, actor=actor)

    async def close(self, ref: str, resolution: str = "completed", *, actor: Actor | None = None) -> Task:
        """As `TaskService.close`."""
        return await _apart(self._service.close, ref, resolution, actor=actor)

    async def add_event(
        self, ref: str, type: str, payload: Mapping[str, Any], *, actor: Actor | None = None
    ) -> TaskEvent:
        """As `TaskService.add_event`."""
        return await _apart(self._service.add_event, ref, type, payload, actor=actor)

    async def get_events(self, ref: str, *, type: str | None = None, limit: int | None = None) -> TaskEvents:
        """As `TaskService.get_events`."""
        return await asyncio.to_thread(self._service.get_events, ref, type=type, limit=limit)

    async def ensure_feature_task(self, name: str, *, actor: Actor | None = None, **fields: Any) -> tuple[Task, bool]:
        """As `TaskService.ensure_feature_task`."""
        return await asyncio.to_thread(self._service.ensure_feature_task, name, actor=actor, **fields)

    async def read_status(self, ref: str) -> TaskStatus:
        """As `TaskService.read_status`."""
        return await asyncio.to_thread(self._service.read_status, ref)
