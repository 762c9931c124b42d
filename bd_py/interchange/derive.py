"""Events whose identity is their content, so that one record gives one line wherever it is imported."""

from __future__ import annotations

from bd_py import events, ids

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.events import Event


def event(task: str, type_: str, data: dict[str, Any], at: str, by: dict[str, Any], ms: int) -> Event:
    """An event whose id is its time in milliseconds and a hash of everything else that it says."""
    return events.make(ids.derived(ms, _digest(task, type_, data, at, by)), type_, task, at, by, data)


def after(made: Event, earlier: str | None) -> Event:
    """The same event, its id moved on by as few milliseconds as put it behind the id ``earlier``."""
    if earlier is None or made["id"] > earlier:
        return made
    ms = ids.milliseconds(earlier)
    digest = _digest(made["task"], made["type"], made["data"], made["at"], made["by"])
    moved = ids.derived(ms, digest)
    return {**made, "id": moved if moved > earlier else ids.derived(ms + 1, digest)}


def is_derived(found: Event) -> bool:
    """Whether an event came from an import: only there do the random bits follow from the content."""
    by = found["by"] if isinstance(found.get("by"), dict) else {}
    digest = _digest(found["task"], found["type"], found["data"], found["at"], by)
    return bool(found["id"][10:] == ids.derived(0, digest)[10:])


def canonical(value: Any) -> Any:
    """The same JSON value with the keys of every object sorted: what it means must decide its bytes."""
    if not isinstance(value, (dict, list)):
        return value
    import orjson

    return orjson.loads(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))


def _digest(task: str, type_: str, data: dict[str, Any], at: str, by: dict[str, Any]) -> bytes:
    """Time and author are part of it: the same id must mean the same bytes."""
    from _blake2 import blake2b

    import orjson

    content = orjson.dumps([at, by, data], option=orjson.OPT_SORT_KEYS)
    found: bytes = blake2b(f"{task}\0{type_}\0".encode() + content, digest_size=10).digest()
    return found
