"""The fields of a task as a plan names and writes them."""

from __future__ import annotations

from bd_py import amounts, times
from bd_py.errors import InvalidError, TkError
from bd_py.frontmatter.scalars import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.service.plan import Node

FIELDS = {
    **{name: name for name in "description design notes summary assignee owner phase compound meta".split()},
    "acceptance": "acceptance_criteria",
    "acceptance_criteria": "acceptance_criteria",
    "type": "issue_type",
    "issue_type": "issue_type",
    "priority": "priority",
    "name": "name",
    "slug": "name",
    "external_ref": "external_ref",
    "estimate": "estimated_minutes",
    "estimated_minutes": "estimated_minutes",
    "due": "due_at",
    "due_at": "due_at",
    "defer": "defer_until",
    "defer_until": "defer_until",
    "branch": "links.branch",
    "worktree": "links.worktree",
    "pr": "links.pr",
    "links": "links",
}
"""The names that a plan may use, and the fields of the event that they set."""

LABELS = ("labels", "label", "tags")
NEEDS = ("depends_on", "dependencies", "deps", "blocked_by")
OTHERS = ("parent", "status")
NAMES = (*FIELDS, *LABELS, *NEEDS, *OTHERS)


def plain(name: str) -> str:
    """``Depends on`` and ``depends-on`` as ``depends_on``."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def put(node: Node, name: str, value: Any, where: str) -> None:
    """Set one field of a node. Raises InvalidError with the place, suggesting the nearest name."""
    key = plain(name)
    try:
        if key in FIELDS:
            _set(node, FIELDS[key], value)
        elif key in LABELS:
            node.labels += texts(value)
        elif key in NEEDS:
            node.needs += needs(value)
        elif key == "parent":
            node.parent = text_of(value).strip() or None
        elif key == "status":
            node.done = _is_done(value)
        else:
            raise InvalidError(f"{name!r} is no field of a task", _nearest(key))
    except TkError as error:
        raise InvalidError(f"{where}: {error.message}", error.hint, where=where) from None


def _nearest(key: str) -> str:
    import difflib

    near = difflib.get_close_matches(key, NAMES, 1)
    return f"Did you mean {near[0]}?" if near else f"Fields: {', '.join(sorted(NAMES))}."


def _set(node: Node, field: str, value: Any) -> None:
    if field == "priority":
        value = amounts.priority(text_of(value))
    elif field == "estimated_minutes":
        value = amounts.minutes(text_of(value))
    elif field in ("due_at", "defer_until"):
        value = times.parse(text_of(value))
    elif field in ("meta", "links"):
        if not isinstance(value, dict):
            raise InvalidError(f"{field} must be an object")
        value = {**node.fields.get(field, {}), **value}
    elif field == "compound":
        if not isinstance(value, bool):
            raise InvalidError("compound must be true or false")
    else:
        if isinstance(value, (list, dict)):
            raise InvalidError(f"{field} must be text")
        value = text_of(value).strip("\n")
    head, dot, part = field.partition(".")
    if dot:
        value = {**node.fields.get(head, {}), part: value}
    if value not in ("", None):
        node.fields[head] = value


def texts(value: Any) -> list[str]:
    """A list of texts, or texts with commas between."""
    if isinstance(value, list) and all(isinstance(item, (str, int)) for item in value):
        items = [text_of(item) for item in value]
    elif isinstance(value, (list, dict)):
        raise InvalidError(f"{value!r} is no list of texts")
    else:
        items = text_of(value).split(",")
    return [item.strip() for item in items if item.strip()]


def needs(value: Any) -> list[tuple[str, str]]:
    """Dependencies: ``ID``, ``TYPE:ID`` or ``{"on", "type"}``, one or a list."""
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        out = []
        for item in value:
            on = item.get("on") or item.get("to") or item.get("id") if isinstance(item, dict) else item
            if not isinstance(on, str):
                raise InvalidError(f"{item!r} names no task")
            out.append((str(item.get("type") or "blocks") if isinstance(item, dict) else "blocks", on))
        return out
    from bd_py.service.deps import TYPES

    out = []
    for text in texts(value):
        kind, colon, ref = text.partition(":")
        out.append((kind, ref.strip()) if colon and kind in TYPES else ("blocks", text))
    return out


def _is_done(value: Any) -> bool:
    word = plain(text_of(value))
    if word in ("open", "todo", "to_do", "pending", ""):
        return False
    if word in ("closed", "done", "completed"):
        return True
    raise InvalidError(f"status {text_of(value)!r}: a new task is open or closed", "Set others later: 'tk update'.")
