"""The parts of a record that are lists: labels, dependencies, comments, and the working record."""

from __future__ import annotations

from bd_py import times
from bd_py.errors import InvalidError
from bd_py.payloads import is_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.interchange.record import Record


def time(name: str, value: object) -> str:
    """Any ISO 8601 time as UTC, every digit kept; without an offset it is UTC. Raises InvalidError."""
    if isinstance(value, str):
        text = value.strip()
        if len(text) == 10:
            text += "T00:00:00Z"
        elif text[-1:] not in "Zz" and not {"+", "-"} & set(text[11:]):
            text += "Z"
        try:
            return times.normal(text)
        except ValueError:
            pass
    raise InvalidError(f"{name} {value!r} is no time")


def read_labels(record: Record, labels: object) -> None:
    """Trimmed, each once, blank ones left out with a warning."""
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise InvalidError("labels must be a list of texts")
    found = {label.strip() for label in labels}
    if "" in found:
        record.warnings.append("has a blank label: left out")
    record.labels = sorted(found - {""})


def read_edges(record: Record, given: dict[str, Any]) -> None:
    """As in the bd format, or whole issues with a ``dependency_type``, as ``show --json`` has them."""
    edges = given.get("dependencies", [])
    if not isinstance(edges, list):
        raise InvalidError("dependencies must be a list")
    for edge in edges:
        if not isinstance(edge, dict):
            raise InvalidError("a dependency must be an object")
        if edge.get("issue_id") not in (None, "", record.id):
            raise InvalidError(f"a dependency belongs to another issue, {edge['issue_id']!r}")
        on = edge.get("depends_on_id") or edge.get("id")
        kind = edge.get("type") or edge.get("dependency_type") or "blocks"
        if not is_id(on) or not isinstance(kind, str):
            raise InvalidError(f"a dependency on {on!r} of type {kind!r} is not allowed")
        if (on, kind) in record.edges:
            record.warnings.append(f"depends on {on} ({kind}) twice: once kept")
            continue
        whole = "dependency_type" in edge
        at = None if whole or not edge.get("created_at") else time("created_at", edge["created_at"])
        by = None if whole else str(edge.get("created_by") or "").strip()
        record.edges[on, kind] = (at, by or None)
    parent = given.get("parent")
    if is_id(parent) and not any(kind == "parent-child" for _, kind in record.edges):
        record.edges[parent, "parent-child"] = (None, None)
    record.edges = dict(sorted(record.edges.items()))


def read_comments(record: Record, comments: object) -> None:
    """Each has a number, also where the record gives none: a number is what tells an imported comment."""
    if not isinstance(comments, list) or not all(isinstance(comment, dict) for comment in comments):
        raise InvalidError("comments must be a list of objects")
    numbers = [_number(comment) for comment in comments]
    following = max((number for number in numbers if number is not None), default=0)
    for comment, number in zip(comments, numbers, strict=True):
        text, author = comment.get("text"), comment.get("author") or ""
        if not isinstance(text, str | None) or not isinstance(author, str):
            raise InvalidError("a comment's text and author must be texts")
        if number is None:
            following += 1
            number = following
        if not text or text.isspace():
            record.warnings.append("has a blank comment: left out")
            continue
        at = comment.get("created_at")
        at = time("created_at", at) if at else record.updated_at
        record.comments.append((author.strip() or None, text, at, number))


def _number(comment: dict[str, Any]) -> int | None:
    number = comment.get("id")
    return number if type(number) is int and 0 <= number < 2**63 else None


def read_working(record: Record, given: dict[str, Any]) -> None:
    """Blockers, evidence and artifacts as tk's JSON has them; lists of another form are unknown keys."""
    for name, take in (("blockers", _blocker), ("evidence", _evidence), ("artifacts", _artifact)):
        items = given.get(name)
        if isinstance(items, list) and all(isinstance(i, dict) and is_id(i.get("id")) for i in items):
            del given[name]
            for item in items:
                take(record, item)


def _blocker(record: Record, item: dict[str, Any]) -> None:
    for verb, data in (("add", {"text": item.get("text") or "-"}), ("resolve", {})):
        at, by = ("raised_at", "raised_by") if verb == "add" else ("resolved_at", "resolved_by")
        if item.get(at):
            actor = {"name": item[by]} if item.get(by) else {}
            data = {"blocker": item["id"], **data}
            record.working.append((f"task.blocker.{verb}", data, time(at, item[at]), actor))


def _evidence(record: Record, item: dict[str, Any]) -> None:
    data = {"evidence": item["id"], "passed": bool(item.get("passed"))}
    for name in ("command", "exit_code", "summary", "artifacts"):
        if item.get(name) is not None:
            data[name] = item[name]
    at = time("recorded_at", item.get("recorded_at") or record.updated_at)
    actor = item.get("actor")
    record.working.append(("task.evidence.add", data, at, actor if isinstance(actor, dict) else {}))


def _artifact(record: Record, item: dict[str, Any]) -> None:
    data = {"artifact": item["id"]}
    data.update({name: item[name] for name in ("path", "kind", "description") if item.get(name) is not None})
    at = time("added_at", item.get("added_at") or record.updated_at)
    record.working.append(("task.artifact.add", data, at, {}))
