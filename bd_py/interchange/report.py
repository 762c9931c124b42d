"""All tasks as a Markdown document to read: by category, each with what is known of it."""

from __future__ import annotations

from bd_py.render import safe_block

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.workspace import Workspace

GROUPS = (("active", "In progress"), ("open", "Open"), ("waiting", "Waiting"), ("done", "Done"))
_BLOCKS = (("design", "Design"), ("acceptance_criteria", "Acceptance"), ("notes", "Notes"))
_SPECIAL = "\\`*_[]<>#|~"


def tasks(workspace: Workspace, status: str | None = None) -> tuple[str, int]:
    """The document, and how many tasks it tells of."""
    from bd_py.interchange import exporter
    from bd_py.interchange.records import TOMBSTONE

    found = [record for record in exporter.records(workspace, status) if record["status"] != TOMBSTONE]
    categories = workspace.config.statuses
    lines = ["# Tasks"]
    for category, heading in GROUPS:
        group = [record for record in found if categories.get(record["status"], "active") == category]
        group.sort(key=lambda record: (record["priority"], record["created_at"], record["id"]))
        if group:
            lines += ["", f"## {heading} ({len(group)})"]
        for record in group:
            lines += ["", *_task(record)]
    return safe_block("\n".join(lines)) + "\n", len(found)


def _task(record: dict[str, Any]) -> list[str]:
    lines = [f"### {plain(record['title'])}", "", _about(record)]
    for kind, ids in _edges(record).items():
        lines.append(f"- {kind}: {', '.join(map(_code, ids))}")
    lines += _quote(record.get("description"))
    for field, title in _BLOCKS:
        if record.get(field):
            lines += ["", f"**{title}**", *_quote(record[field])]
    for comment in record.get("comments", []):
        who = plain(comment.get("author") or "somebody")
        lines += ["", f"**{who}**, {comment['created_at'][:10]}", *_quote(comment["text"])]
    return lines


def _code(task_id: str) -> str:
    """An id as code: it may be another tracker's, and hold what would end that."""
    return "`" + " ".join(task_id.replace("`", "'").split()) + "`"


def _about(record: dict[str, Any]) -> str:
    parts = [_code(record["id"]), f"P{record['priority']}", plain(record["issue_type"]), plain(record["status"])]
    if record.get("assignee"):
        parts.append(f"for {plain(record['assignee'])}")
    if record.get("labels"):
        parts.append(", ".join(map(plain, record["labels"])))
    if record.get("due_at"):
        parts.append(f"due {record['due_at'][:10]}")
    if record.get("close_reason"):
        parts.append(plain(record["close_reason"]))
    return " · ".join(parts)


def _edges(record: dict[str, Any]) -> dict[str, list[str]]:
    names = {"blocks": "Depends on", "parent-child": "Part of"}
    out: dict[str, list[str]] = {}
    for edge in record.get("dependencies", []):
        out.setdefault(names.get(edge["type"], plain(edge["type"]).capitalize()), []).append(edge["depends_on_id"])
    return out


def _quote(text: str | None) -> list[str]:
    """As a quotation: headings and fences inside of it cannot change the document around it."""
    if not text:
        return []
    return ["", *(f"> {line}".rstrip() for line in text.replace("\r\n", "\n").strip("\n").split("\n"))]


def plain(text: str) -> str:
    """Text on one line in which nothing is markup."""
    return "".join("\\" + char if char in _SPECIAL else char for char in " ".join(text.split()))
