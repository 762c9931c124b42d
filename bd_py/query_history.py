"""The events of the log as they stand, by task, time, actor and type, and the lines that are none."""

from __future__ import annotations

from bd_py.events import stored
from bd_py.query import Filter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from bd_py.cache.level import Connection

    Issue = dict[str, Any]


def history(
    conn: Connection,
    task_id: str | None = None,
    *,
    record: str | None = None,
    since: str | None = None,
    until: str | None = None,
    actor: str | None = None,
    types: Sequence[str] = (),
    limit: int = 0,
    newest_first: bool = True,
) -> list[Issue]:
    """Events as they stand in the log, of one task, one record (COLLECTION/ID) or of all; of deleted ones too.

    ``actor``: the name of who acted, or of the agent that acted for them.
    """
    where = Filter("e.present = 1")
    if record is not None:
        where.add("e.id IN (SELECT id FROM log_events WHERE record = :record)", record=record)
    elif task_id is None:
        # True of every event: it makes the table, which is in this order, a range to search, not a tree to scan.
        where.add("e.id > ''")
    else:
        where.add("e.issue_id = :task", task=task_id)
    if since is not None:
        where.add("e.at >= :since", since=since)
    if until is not None:
        where.add("e.at <= :until", until=until)
    if actor is not None:
        where.add(":actor IN (json_extract(e.line, '$.by.name'), json_extract(e.line, '$.by.agent'))", actor=actor)
    where.any_of("e.type", "type", types)
    order = "DESC" if newest_first else "ASC"
    query = f"SELECT e.line FROM events e{where.sql()} ORDER BY e.id {order}"
    if limit:
        query += f" LIMIT {int(limit)}"
    return [stored(row[0]) for row in conn.execute(query, where.values)]


def records_named(conn: Connection, name: str) -> list[str]:
    """The records, as COLLECTION/ID, that have or had an id; of any collection where it names none."""
    given = "record" if "/" in name else "substr(record, instr(record, '/') + 1)"
    query = f"SELECT DISTINCT record FROM log_events WHERE record IS NOT NULL AND present = 1 AND {given} = ?"
    return sorted(row[0] for row in conn.execute(query, (name,)))
