"""What a write that left the cache for later made, as the tables would give it: made out when it is looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bd_py import jsonio, query, query_records
from bd_py.cache import rows
from bd_py.fold.record import fold_record
from bd_py.fold.task import fold_task

if TYPE_CHECKING:
    from bd_py.write import Write

Made = Callable[[], dict[str, Any]]


def task(w: Write) -> Made:
    """The JSON of the task that a write began. It has no edges: to name another task opens the cache."""
    line, statuses = w.begun[-1], w.config.statuses

    def made() -> dict[str, Any]:
        event = jsonio.loads(line)
        state = fold_task(event["task"], [event], statuses)
        columns = dict(zip(rows.COLUMNS, rows.to_row(state, 0), strict=True))
        return query.new_issue(columns, [name for name, (there, _) in state.labels.items() if there])

    return made


def record(w: Write) -> Made:
    """The JSON of the record that a write began."""
    line = w.begun[-1]

    def made() -> dict[str, Any]:
        event = jsonio.loads(line)
        state = fold_record(f"{event['collection']}/{event['record']}", [event])
        row = (
            event["record"],
            jsonio.dumps_fast(state.fields),
            state.created_at,
            state.created_by,
            state.updated_at,
            state.version,
            0,
        )
        return query_records.record(event["collection"], row)

    return made
