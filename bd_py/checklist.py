"""The acceptance checklist of a task: fields ``checklist.KEY``, one an item, so that items merge one by one.

A key begins with a number, which gives the order, and ends in characters drawn at random, so that two clones
that add an item at once have two: ``3-x7k2m9``. The value is ``{"text": ..., "done": true or false}``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

PREFIX = "checklist."


def items(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items among a task's fields, in order, as ``{"id", "text", "done"}``."""
    found = [
        {"id": name[len(PREFIX) :], "text": str(value.get("text", "")), "done": value.get("done") is True}
        for name, value in fields.items()
        if name.startswith(PREFIX) and isinstance(value, dict)
    ]
    return sorted(found, key=lambda item: (_number(item["id"]), item["id"]))


def new_key(have: list[dict[str, Any]], drawn: str) -> str:
    """The key of an item after those that are there; ``drawn`` are random characters."""
    last = max((_number(item["id"]) for item in have if _number(item["id"]) < _LAST), default=0)
    return f"{last + 1}-{drawn}"


_LAST = 10**9


def _number(key: str) -> int:
    """The place of an item; those whose key has another form come last."""
    digits = key.partition("-")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else _LAST
