"""What one record of the bd format says, with its fields, members and comments as tk holds them."""

from __future__ import annotations

from bd_py import times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Edges = dict[tuple[str, str], tuple[str | None, str | None]]


class Record:
    """What one record says.

    ``fields`` are the scalar fields as a ``task.created`` holds them, without status. ``status`` is None for
    a tombstone that does not tell whether the task was closed. ``comments``: (author, text, time, number).
    ``deletion``: (time, by whom, reason) of a tombstone. ``working``: blockers, evidence and artifacts as
    (type, payload, time, actor).
    """

    __slots__ = (
        "comments",
        "deletion",
        "edges",
        "fields",
        "id",
        "labels",
        "ms",
        "status",
        "updated_at",
        "warnings",
        "working",
    )

    def __init__(self, task_id: str, updated_at: str) -> None:
        self.id = task_id
        self.updated_at = updated_at
        self.ms = max(times.to_ms(updated_at), 0)
        self.fields: dict[str, Any] = {}
        self.status: str | None = "open"
        self.labels: list[str] = []
        self.edges: Edges = {}
        self.comments: list[tuple[str | None, str, str, int]] = []
        self.deletion: tuple[str, str | None, str | None] | None = None
        self.working: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = []
        self.warnings: list[str] = []
