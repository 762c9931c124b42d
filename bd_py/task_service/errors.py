"""The six errors of the task service (docs/task-contract.md)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from bd_py import errors
from bd_py.errors import TkError
from bd_py.sqlite import sqlite3

P = ParamSpec("P")
T = TypeVar("T")


class TaskServiceError(TkError):
    """What every method of the task service raises; ``code`` is one of six."""


class TaskNotFound(TaskServiceError, errors.NotFoundError):
    """No task has this id, prefix or name; ``details`` has ``ref``."""

    code = "TASK_NOT_FOUND"


class TaskValidationError(TaskServiceError, errors.InvalidError):
    """A value, or a change, that the task may not have; ``details`` may name the field."""

    code = "TASK_VALIDATION_ERROR"


class AmbiguousTaskRef(TaskServiceError, errors.AmbiguousError):
    """A prefix that several ids begin with; ``details`` has ``ref`` and ``matches``."""

    code = "AMBIGUOUS_TASK_REF"


class TaskResourceNotFound(TaskServiceError, errors.NotFoundError):
    """The task has no such part, say no such blocker; ``details`` has ``task``, ``kind``, ``id``."""

    code = "TASK_RESOURCE_NOT_FOUND"


class TaskStoreError(TaskServiceError):
    """The store cannot do it now, or at all: locked, read-only, damaged, of a newer format."""

    code = "TASK_STORE_ERROR"


class UnknownEventType(TaskServiceError, errors.InvalidError):
    """An event type outside of the closed set; ``details`` has ``type`` and ``known``."""

    code = "UNKNOWN_EVENT_TYPE"


ERRORS = (
    TaskNotFound,
    TaskValidationError,
    AmbiguousTaskRef,
    TaskResourceNotFound,
    TaskStoreError,
    UnknownEventType,
)

_REFUSALS = (errors.InvalidError, errors.UsageError, errors.ConflictError, errors.CycleError, errors.GateError)


def translated(error: TkError) -> TaskServiceError:
    """The error of the contract for one of tk's own, with its message, hint and details."""
    if isinstance(error, TaskServiceError):
        return error
    kind: type[TaskServiceError] = TaskStoreError
    if isinstance(error, errors.AmbiguousError):
        kind = AmbiguousTaskRef
    elif isinstance(error, errors.NoStoreError):
        kind = TaskStoreError
    elif isinstance(error, errors.NotFoundError):
        kind = TaskResourceNotFound if "kind" in error.details else TaskNotFound
    elif isinstance(error, _REFUSALS):
        kind = TaskValidationError
    made = kind(error.message, error.hint, **error.details)
    made.retryable = error.retryable
    return made


def raises_the_six(method: Callable[P, T]) -> Callable[P, T]:
    """A method whose errors are those of the contract."""

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except TkError as error:
            raise translated(error) from error
        except (OSError, sqlite3.Error) as error:
            raise TaskStoreError(f"the store failed: {error}") from error

    return call
