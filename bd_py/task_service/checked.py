"""What a caller hands to the task service, looked at before any store sees it: Python checks no type by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bd_py.payloads import MAX_DEPTH
from bd_py.task_service.errors import TaskValidationError
from bd_py.task_service.types import Actor

_MOST = 2**63 - 1
"""The largest number that SQLite takes."""


def text(name: str, value: Any) -> str:
    """Text that can be looked for. Raises TaskValidationError for what is none, or has half of a surrogate pair."""
    if not isinstance(value, str):
        raise _refused(name, value, "text")
    if not value.isascii() and value.encode(errors="ignore").decode() != value:
        raise TaskValidationError(f"{name} holds half of a surrogate pair", field=name)
    return value


def ref(value: Any) -> str:
    """What names a task. Raises TaskValidationError for what is no text; text of any kind may name nothing."""
    if not isinstance(value, str):
        raise _refused("ref", value, "an id, a unique prefix of one, or a name")
    return value


def limit(value: Any) -> int | None:
    """How many at most. Raises TaskValidationError for what is no whole number of 0 (as many as there are) or more."""
    if value is None or (type(value) is int and 0 <= value <= _MOST):
        return value or None
    raise _refused("limit", value, "a whole number, 0 or more")


def words(name: str, value: Any) -> list[Any]:
    """A list of texts. Raises TaskValidationError for one text, which is a list of its letters, and for no list."""
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise _refused(name, value, "a list")
    return [*value]


def mapping(name: str, value: Any) -> dict[str, Any]:
    """An object as JSON has it. Raises TaskValidationError."""
    if not isinstance(value, Mapping):
        raise _refused(name, value, "a mapping")
    found: dict[str, Any] = plain(value)
    return found


def plain(value: Any, room: int = MAX_DEPTH + 1) -> Any:
    """A value with dicts for mappings and lists for tuples, down to the depth that an event may have."""
    if isinstance(value, (str, bytes)) or not room:
        return value
    if isinstance(value, Mapping):
        return {key: plain(item, room - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, room - 1) for item in value]
    return value


def actor(value: Any) -> Actor | None:
    """Who does it. Raises TaskValidationError for what is no `Actor`."""
    if value is None or isinstance(value, Actor):
        return value
    raise _refused("actor", value, "an Actor")


def _refused(name: str, value: Any, wanted: str) -> TaskValidationError:
    return TaskValidationError(f"{name} is of type {type(value).__name__}: it must be {wanted}", field=name)
