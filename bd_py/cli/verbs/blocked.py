"""``tk blocked``: what waits, and for what."""

from __future__ import annotations

from bd_py import query
from bd_py.cli import fields
from bd_py.cli.common import style
from bd_py.cli.declare import Option, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context


def run(ctx: Context, limit: int | None, **values: Any) -> None:
    """Print what is blocked with what blocks it; blockers of its own are told in words."""
    workspace = ctx.workspace()
    conn = workspace.conn
    where = fields.work_filter(query.Filter(query.LIVE), workspace, values)
    where.add("(i.is_blocked = 1 OR i.status = 'blocked')")
    found = query.issues(conn, where, limit=max(limit or 0, 0))
    for issue in found:
        by = query.blockers_of(conn, issue["id"])
        issue["blocked_by_count"], issue["blocked_by"] = len(by), by
    if ctx.json:
        ctx.emit(found)
        return
    from bd_py import render

    how = style(ctx)
    for issue in found:
        ctx.out(render.blocked_line(issue, issue["blocked_by"], how))
        for text in query.open_blockers(conn, issue["id"]):
            ctx.out(f"  blocker: {render.safe(text)}")


VERB = Verb(
    "blocked",
    run,
    "List what waits, and for what",
    examples=("tk blocked", "tk blocked -a ada --json"),
    options=(*fields.WORK_FILTERS, Option("limit", "-n", "--limit", kind="int", help="At most so many")),
)
