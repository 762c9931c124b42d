"""A task as a text to edit: front matter with its fields, below it the description. And back."""

from __future__ import annotations

from bd_py import amounts, times
from bd_py.errors import InvalidError, TkError
from bd_py.frontmatter.reader import read
from bd_py.frontmatter.scalars import text_of
from bd_py.frontmatter.writer import write
from bd_py.taskfiles.text import FIELDS, TEXTS, text_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NAMES = {**FIELDS, "meta": "meta", **TEXTS}
"""The keys of the text in their order, and the fields they stand for."""

_RARE = ("owner", "phase", "name", "external_ref", "branch", "worktree", "pr", "meta")
"""Shown where they have a value; they may be written down all the same."""


def to_text(issue: dict[str, Any], fields: dict[str, Any], edges: list[dict[str, Any]]) -> str:
    """The text of a task. ``fields``: its scalar fields by their names in events; ``edges``: its dependencies."""
    shown: dict[str, Any] = {}
    for key, field in NAMES.items():
        if field == "labels":
            value: Any = issue.get("labels", [])
        elif field == "parent":
            value = issue.get("parent")
        elif field == "depends_on":
            value = [_edge(edge) for edge in edges if edge["type"] != "parent-child"]
        elif field == "meta":
            value = issue.get("meta")
        else:
            value = fields.get(field)
        if value is not None or key not in _RARE:
            shown[key] = value
    text = write(shown, "\n" + fields.get("description", "") + "\n")
    about = f"# {issue['id']}: what differs is saved when the editor ends; an empty file leaves all as it was."
    return text.replace("---\n", f"---\n{about}\n", 1)


def _edge(edge: dict[str, Any]) -> str:
    on = str(edge["depends_on_id"])
    return on if edge["type"] == "blocks" else f"{edge['type']}:{on}"


def from_text(text: str) -> dict[str, Any]:
    """What a text says: fields by their names in events, None for one without a value.

    A key that is missing says nothing. Raises InvalidError whose message begins with the line.
    """
    document = read(text)
    if text.strip() and not document.fields:
        raise InvalidError("line 1: the front matter is missing", "The text begins with a line of '---'.")
    out: dict[str, Any] = {"description": document.body.replace("\r\n", "\n").strip("\n") or None}
    for key, value in document.fields.items():
        try:
            out.update(_value(key, value))
        except TkError as error:
            raise InvalidError(f"line {document.lines[key]}: {error.message}", error.hint) from None
    if "title" in out and not out["title"]:
        raise InvalidError(f"line {document.lines['title']}: the title is empty", "A task needs one.")
    return out


def _value(key: str, value: Any) -> dict[str, Any]:
    field = NAMES.get(key)
    if field is None:
        import difflib

        near = difflib.get_close_matches(key, NAMES, 1)
        hint = f"Did you mean {near[0]}?" if near else f"Keys: {', '.join(NAMES)}."
        raise InvalidError(f"{key!r} is no field", hint)
    if field == "meta":
        if not isinstance(value, dict | None):
            raise InvalidError("meta must be a mapping: 'KEY: value' lines, indented")
        return {"meta." + name: item for name, item in (value or {}).items()}
    if field in ("labels", "depends_on"):
        return {field: text_list(key, value)}
    if isinstance(value, (list, dict)):
        raise InvalidError(f"{key} must be text")
    text = text_of(value).strip("\n")
    convert = _CONVERT.get(field, str)
    return {field: convert(text.strip() if key not in TEXTS else text) if text.strip() else None}


_CONVERT: dict[str, Callable[[str], Any]] = {
    "priority": amounts.priority,
    "estimated_minutes": amounts.minutes,
    "due_at": times.parse,
    "defer_until": times.parse,
}


def split(changes: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Changes as those of plain fields, and those of status, labels, parent and dependencies."""
    special = ("status", "labels", "parent", "depends_on")
    return (
        {name: value for name, value in changes.items() if name not in special},
        {name: value for name, value in changes.items() if name in special},
    )
