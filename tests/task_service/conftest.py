"""One suite for every store and both services: `service` is one of each pair, called the same way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from bd_py.paths import Paths
from bd_py.service.setup import init
from bd_py.task_service import AsyncTaskService, LogTaskStore, MemoryTaskStore, TaskService, TaskStore
from bd_py.workspace import Workspace

STORES = ("log", "files", "memory")


class Waiting:
    """An `AsyncTaskService` whose coroutines are waited for, so that it is called as a `TaskService` is."""

    def __init__(self, service: AsyncTaskService) -> None:
        self._service = service

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._service, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            return asyncio.run(method(*args, **kwargs))

        return call


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, repo: Path) -> Iterator[TaskStore]:
    """A store of each kind, empty."""
    if request.param == "memory":
        with MemoryTaskStore(name="ada") as memory:
            yield memory
        return
    where: Paths = init(str(repo), None, backend=request.param).paths
    with LogTaskStore(Workspace(where, {"name": "ada"})) as found:
        yield found


@pytest.fixture(params=("sync", "async"))
def service(request: pytest.FixtureRequest, store: TaskStore) -> TaskService:
    """A service of each kind over each store."""
    if request.param == "sync":
        return TaskService(store)
    return cast(TaskService, Waiting(AsyncTaskService(store)))
