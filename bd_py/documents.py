"""The collections that every store has: what an orchestrator keeps of its work, beside the tasks.

They need no definition in the log, so a fresh clone knows them. Each is a JSON Schema with the fields to search
by; a `collection.defined` event of the same name takes its place.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Definition:
    """What is known of a collection: its JSON Schema and the fields to search by; ``event`` None: built in."""

    __slots__ = ("event", "indexed", "name", "schema")

    def __init__(self, name: str, schema_: dict[str, Any], indexed: list[str], event: str | None) -> None:
        self.name = name
        self.schema = schema_
        self.indexed = indexed
        self.event = event

    def to_json(self) -> dict[str, Any]:
        """An entry of ``tk record collections --json``."""
        return {"name": self.name, "schema": self.schema, "indexed": self.indexed, "built_in": self.event is None}


_TEXT = {"type": "string"}
_TITLE = {"type": "string", "minLength": 1}
_COUNT = {"type": "integer", "minimum": 0}
_ID = {"type": "string", "minLength": 1, "maxLength": 256}
_TIME = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z$"}


def _one_of(words: str) -> dict[str, Any]:
    return {"enum": words.split()}


def _schema(required: str, **properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**properties, "created_at": _TIME, "updated_at": _TIME},
        "required": required.split(),
    }


SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "prds": _schema(
        "title status",
        title=_TITLE,
        description=_TEXT,
        status=_one_of("draft ready active complete cancelled"),
        review_passes=_COUNT,
        content=_TEXT,
    ),
    "task_specs": _schema(
        "prd phase_name status",
        prd=_ID,
        phase_name=_TITLE,
        description=_TEXT,
        status=_one_of("pending blocked running complete failed"),
        workflow_name=_TEXT,
        assigned_to=_TEXT,
        content=_TEXT,
        dependencies={"type": "array", "items": _ID, "uniqueItems": True},
        task=_ID,
    ),
    "executions": _schema(
        "spec status",
        spec=_ID,
        status=_one_of("running paused complete failed stopped"),
        worktree_path=_TEXT,
        branch_name=_TEXT,
        started_at=_TIME,
        completed_at=_TIME,
        current_phase=_TEXT,
        iteration_count=_COUNT,
        error_message=_TEXT,
        task=_ID,
    ),
    "exec_dependencies": _schema(
        "from_exec type",
        from_exec=_ID,
        to_exec=_ID,
        type=_one_of("notify query share"),
        payload={},
        resolved_at=_TIME,
    ),
    "workflows": _schema("name version content", name=_TITLE, version=_TEXT, content=_TEXT),
    "repo_state": _schema("repo_path", repo_path=_TITLE, last_synced_commit=_TEXT),
}

INDEXED: Mapping[str, tuple[str, ...]] = {
    "prds": ("status",),
    "task_specs": ("prd", "status", "assigned_to", "task"),
    "executions": ("spec", "status", "task"),
    "exec_dependencies": ("from_exec", "to_exec", "type"),
    "workflows": ("name",),
    "repo_state": ("repo_path",),
}


def indexed(collection: str) -> list[str]:
    """The fields that a built-in collection is searched by; none for another's name."""
    return list(INDEXED.get(collection, ()))
