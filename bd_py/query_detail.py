"""One task with all that belongs to it."""

from __future__ import annotations

from bd_py import jsonio
from bd_py.query import comments, get

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from bd_py.cache.level import Connection

    Issue = dict[str, Any]


def detail(conn: Connection, task_id: str) -> Issue:
    """Everything about one task: the JSON of ``show``."""
    out = get(conn, [task_id])[0]
    # From here on whatever is empty is left out; `get` has kept what always stands there.
    out["dependencies"] = _linked(conn, task_id, "issue_id", "depends_on_id")
    out["dependents"] = _linked(conn, task_id, "depends_on_id", "issue_id")
    out["comments"] = comments(conn, task_id)
    out["blockers"] = _blockers(conn, task_id)
    out["evidence"] = _evidence(conn, task_id)
    artifacts = _rows(conn, "artifacts", "id, path, kind, description, added_at", task_id, "added_at, id")
    out["artifacts"] = _as_told(conn, artifacts, "added_at", task_id, "artifact")
    out["suspended"] = _rows(conn, "suspended_dependencies", "depends_on_id, type, created_at, created_by", task_id)
    out["conflicts"], out["lost_claims"], out["served_by"] = _merged(conn, task_id)
    return {key: value for key, value in out.items() if value != []}


def _linked(conn: Connection, task_id: str, this: str, other: str) -> list[Issue]:
    query = f"SELECT {other}, type FROM dependencies WHERE {this} = ? ORDER BY event_id, {other}"
    out = []
    for other_id, kind in conn.execute(query, (task_id,)).fetchall():
        found = get(conn, [other_id])  # none for another project's task, and for one that is deleted
        item = found[0] if found else {"id": other_id, "title": "(not in this project)", "status": "unknown"}
        out.append({**item, "dependency_type": kind})
    return out


def parents(conn: Connection, ids: Iterable[str]) -> list[tuple[str, str, str]]:
    """(parent, child, type) for the tasks that have a parent, in the order given."""
    query = "SELECT depends_on_id, issue_id, type FROM dependencies WHERE issue_id = ? AND type = 'parent-child'"
    return [edge for task_id in ids for edge in conn.execute(query, (task_id,)).fetchall()]


def _rows(conn: Connection, table: str, columns: str, task_id: str, order: str = "1") -> list[Issue]:
    names = columns.split(", ")
    rows = conn.execute(f"SELECT {columns} FROM {table} WHERE issue_id = ? ORDER BY {order}", (task_id,))
    return [{n: v for n, v in zip(names, row, strict=True) if v is not None} for row in rows]


def _merged(conn: Connection, task_id: str) -> tuple[list[Issue], list[Issue], list[Issue]]:
    """What a merge left (concurrent edits, claims that another claim beat) and what serves it, by one statement."""
    query = (
        "SELECT field, winner, loser, NULL FROM conflicts WHERE issue_id = ?1 UNION ALL "
        "SELECT event_id, at, assignee, ifnull(session, '') FROM lost_claims WHERE issue_id = ?1 UNION ALL "
        "SELECT x.collection, x.id, NULL, json_extract(r.data, '$.status') FROM record_index x JOIN records r "
        "ON r.collection = x.collection AND r.id = x.id WHERE x.collection IN ('task_specs', 'executions') "
        "AND x.field = 'task' AND x.kind = 't' AND x.value = ?1 ORDER BY 1, 2, 3"
    )
    conflicts: list[Issue] = []
    lost: list[Issue] = []
    serving: list[Issue] = []
    # A claim without a session has '' there, so that NULL marks the rows of the other table.
    for first, second, third, session in conn.execute(query, (task_id,)):
        if third is None:
            serving.append({"collection": first, "id": second, "status": session})
        elif session is None:
            conflicts.append({"field": first, "winner": second, "loser": third})
        else:
            claim = {"event": first, "assignee": third, "session": session, "at": second}
            lost.append({key: value for key, value in claim.items() if value})
    return conflicts, lost, serving


def _blockers(conn: Connection, task_id: str) -> list[Issue]:
    columns = "id, text, raised_at, raised_by, resolved_at, resolved_by"
    out = []
    for row in _rows(conn, "blockers", columns, task_id, "raised_at, id"):
        if "raised_at" in row:  # else only its resolving has come in: the branch that raised it is not merged yet
            head = {"id": row.pop("id"), "text": row.pop("text", "")}
            out.append({**head, "status": "resolved" if "resolved_at" in row else "open", **row})
    return _as_told(conn, out, "raised_at", task_id, "blocker")


def _evidence(conn: Connection, task_id: str) -> list[Issue]:
    columns = "id, command, exit_code, passed, summary, artifacts, recorded_at, actor"
    out = _rows(conn, "evidence", columns, task_id, "recorded_at, id")
    for row in out:
        row["passed"] = bool(row.get("passed"))
        for name in ("artifacts", "actor"):
            if name in row:
                row[name] = jsonio.loads(row[name])
    return _as_told(conn, out, "recorded_at", task_id, "evidence")


def _as_told(conn: Connection, rows: list[Issue], time: str, task_id: str, part: str) -> list[Issue]:
    """Parts of a task that are in order of time, those of one millisecond as the log has them: their ids are random."""
    if len({row[time] for row in rows}) == len(rows):
        return rows
    query = "SELECT line FROM events WHERE issue_id = ? AND type = ? AND present = 1 ORDER BY id DESC"
    lines = conn.execute(query, (task_id, f"task.{part}.add"))
    place = {str(jsonio.loads(line)["data"].get(part)): -k for k, (line,) in enumerate(lines)}
    return sorted(rows, key=lambda row: (row[time], place.get(row["id"], 0)))
