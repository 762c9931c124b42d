"""Rows as CSV for a spreadsheet, in which no cell runs as a formula.

A text cell that begins with ``= + - @``, their full-width forms, a tab or a line end gets an apostrophe before
it, which spreadsheets take for "this is text"; every text is quoted, so that a cell cannot end early where
another separator is set. Numbers stay numbers.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from bd_py.workspace import Workspace

BOM = "\ufeff"
"""What makes Excel read a file as UTF-8; a file gets it, a pipe does not."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

COLUMNS = (
    *"id title status priority issue_type assignee owner labels parent depends_on estimated_minutes".split(),
    *"due_at defer_until created_at created_by updated_at closed_at resolution close_reason external_ref".split(),
    *"name phase description design acceptance_criteria notes comments".split(),
)


def safe(value: Any) -> Any:
    """A cell that no spreadsheet computes."""
    if isinstance(value, str):
        return "'" + value if value.startswith(FORMULA) else value
    if value is None or isinstance(value, (int, float)):
        return value
    return safe(value.hex()) if isinstance(value, bytes) else safe(str(value))


def text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The rows under their header, as RFC 4180 has it."""
    import csv
    import io

    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([safe(name) for name in header])
    for row in rows:
        writer.writerow(["" if value is None else safe(value) for value in row])
    return out.getvalue()


def tasks(workspace: Workspace, status: str | None = None) -> tuple[str, int]:
    """All tasks, or those of a status, a row each; and how many."""
    from bd_py.interchange import exporter
    from bd_py.interchange.records import TOMBSTONE

    found = [_row(record) for record in exporter.records(workspace, status) if record["status"] != TOMBSTONE]
    return text(COLUMNS, found), len(found)


def _row(record: dict[str, Any]) -> list[Any]:
    edges = record.get("dependencies", [])
    special = {
        "labels": ", ".join(record.get("labels", [])),
        "parent": next((edge["depends_on_id"] for edge in edges if edge["type"] == "parent-child"), None),
        "depends_on": ", ".join(edge["depends_on_id"] for edge in edges if edge["type"] == "blocks"),
        "comments": "\n\n".join(
            f"{comment['created_at']} {comment.get('author', '')}: {comment['text']}"
            for comment in record.get("comments", [])
        ),
    }
    return [special.get(name, record.get(name)) for name in COLUMNS]
