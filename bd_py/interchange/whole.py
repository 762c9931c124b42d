"""Everything that a store holds as one JSON document: tasks, records, their collections, and the history."""

from __future__ import annotations

from bd_py import __version__, query_records, times
from bd_py.interchange import exporter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.workspace import Workspace

FORMAT = 1
_CONFLICTS = (
    "SELECT issue_id, NULL, NULL, field, winner, loser FROM conflicts ORDER BY 1, 4, 5, 6",
    "SELECT NULL, collection, record, field, winner, loser FROM record_conflicts ORDER BY 2, 3, 4, 5, 6",
)
_EVENTS = "SELECT line FROM log_events WHERE present = 1 ORDER BY id"


def document(workspace: Workspace) -> tuple[bytes, int]:
    """The document as JSON, and how many tasks it holds.

    ``tasks`` are those of the bd format, deleted ones as tombstones; ``records`` those that there are;
    ``conflicts`` name the two events of each concurrent edit; ``events`` are the lines of the log by id, as they
    stand in it.
    """
    import orjson

    conn = workspace.conn
    head: dict[str, Any] = {"format": FORMAT, "tk": __version__, "exported_at": times.now()}
    head["prefix"] = workspace.config.prefix
    head["config"] = workspace.config.given
    head["tasks"] = list(exporter.records(workspace))
    definitions = query_records.definitions(conn)
    head["collections"] = [each.to_json() for each in definitions]
    head["records"] = [record for each in definitions for record in query_records.select(conn, each)]
    head["conflicts"] = [_named(row) for query in _CONFLICTS for row in conn.execute(query)]
    events = b",".join(line.encode() for (line,) in conn.execute(_EVENTS))
    return orjson.dumps(head)[:-1] + b',"events":[' + events + b"]}\n", len(head["tasks"])


def _named(row: tuple[Any, ...]) -> dict[str, Any]:
    names = ("task", "collection", "record", "field", "winner", "loser")
    return {name: value for name, value in zip(names, row, strict=True) if value is not None}
