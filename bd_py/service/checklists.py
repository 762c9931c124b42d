"""The acceptance checklist: add an item, tick it off, take that back, remove it. Each item merges on its own."""

from __future__ import annotations

from bd_py import checklist, ids
from bd_py.errors import AmbiguousError, InvalidError, NotFoundError
from bd_py.service.tasks import existing, set_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from bd_py.write import Write

    Item = dict[str, Any]


def items(w: Write, task_id: str) -> list[Item]:
    """A task's items in order, with what this write has staged. Raises NotFoundError."""
    return checklist.items(existing(w, task_id).fields)


def add(w: Write, task_id: str, text: str) -> str:
    """One more item at the end; its key. Raises InvalidError for a blank text."""
    text = text.strip()
    if not text:
        raise InvalidError("an empty checklist item", "Give the text of what must hold.")
    have = items(w, task_id)
    key = checklist.new_key(have, ids.part_key())
    set_fields(w, task_id, {checklist.PREFIX + key: {"text": text, "done": False}})
    return key


def set_done(w: Write, task_id: str, refs: Iterable[str], done: bool) -> list[Item]:
    """Tick items off, or take that back; those that this changed. Raises NotFoundError, AmbiguousError."""
    changed = []
    for item in _found(items(w, task_id), refs, task_id):
        if item["done"] != done:
            set_fields(w, task_id, {checklist.PREFIX + item["id"]: {"text": item["text"], "done": done}})
            changed.append({**item, "done": done})
    return changed


def remove(w: Write, task_id: str, refs: Iterable[str]) -> list[Item]:
    """Remove items; those that went. Raises NotFoundError, AmbiguousError."""
    found = _found(items(w, task_id), refs, task_id)
    for item in found:
        set_fields(w, task_id, {checklist.PREFIX + item["id"]: None})
    return found


def _found(have: list[Item], refs: Iterable[str], task_id: str) -> list[Item]:
    """The items that people name, all of them found before the first changes: numbers stay what they were."""
    found = [_one(have, ref.strip(), task_id) for ref in refs]
    return [item for k, item in enumerate(found) if item not in found[:k]]


def _one(have: list[Item], ref: str, task_id: str) -> Item:
    """By its number in the list, its key, or words that stand in it."""
    if ref.isascii() and ref.isdigit() and 0 < int(ref) <= len(have):
        return have[int(ref) - 1]
    for fits in (
        [item for item in have if item["id"] == ref],
        [item for item in have if item["text"] == ref],
        [item for item in have if ref and not ref.isdigit() and ref.lower() in item["text"].lower()],
    ):
        if len(fits) == 1:
            return fits[0]
        if fits:
            numbers = ", ".join(str(have.index(item) + 1) for item in fits)
            raise AmbiguousError(f"'{ref}' stands in several items of {task_id}: {numbers}", "Give the number.")
    hint = f"It has {len(have)}: 'tk check {task_id}' lists them." if have else "Its checklist is empty."
    raise NotFoundError(f"{task_id} has no checklist item '{ref}'", hint, ref=ref)
