"""The task service: the published contract of 18 methods over any store of tasks (docs/task-contract.md)."""

from __future__ import annotations

from bd_py.task_service.aio import AsyncTaskService
from bd_py.task_service.errors import (
    AmbiguousTaskRef,
    TaskNotFound,
    TaskResourceNotFound,
    TaskServiceError,
    TaskStoreError,
    TaskValidationError,
    UnknownEventType,
)
from bd_py.task_service.memory import MemoryTaskStore
from bd_py.task_service.service import TaskService, TaskStatus
from bd_py.task_service.stores import LogTaskStore
from bd_py.task_service.types import EVENT_TYPES, Actor, Draft, Task, TaskEvent, TaskStore

__all__ = [
    "EVENT_TYPES",
    "Actor",
    "AmbiguousTaskRef",
    "AsyncTaskService",
    "Draft",
    "LogTaskStore",
    "MemoryTaskStore",
    "Task",
    "TaskEvent",
    "TaskNotFound",
    "TaskResourceNotFound",
    "TaskService",
    "TaskServiceError",
    "TaskStatus",
    "TaskStore",
    "TaskStoreError",
    "TaskValidationError",
    "UnknownEventType",
]
