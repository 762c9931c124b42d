"""Every task with its dependencies and comments, for whoever filters on their own."""

from __future__ import annotations

from bd_py import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.level import Connection


def everything(conn: Connection) -> list[dict[str, Any]]:
    """The JSON of every task, closed ones too, by id; ``dependencies`` and ``comments`` as the bd record has them."""
    found = query.issues(conn, query.Filter(query.ALL), order=query.ORDERS["id"])
    by_id = {issue["id"]: issue for issue in found}
    names = ("issue_id", "depends_on_id", "type", "created_at", "created_by")
    for row in conn.execute(f"SELECT {', '.join(names)} FROM dependencies ORDER BY issue_id, event_id, depends_on_id"):
        edge = {name: value for name, value in zip(names, row, strict=True) if value is not None}
        if row[0] in by_id:
            by_id[row[0]].setdefault("dependencies", []).append(edge)
    for (task_id,) in conn.execute("SELECT DISTINCT issue_id FROM comments").fetchall():
        if task_id in by_id:
            by_id[task_id]["comments"] = query.comments(conn, task_id)
    return found
