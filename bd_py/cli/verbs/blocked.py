"""``tk blocked``: what waits, and for what."""

from __future__ import annotations

from bd_py import query, query_facts
from bd_py.cli import fields
from bd_py.cli.common import print_list, style, task_lines
from bd_py.cli.declare import FIELDS, Option, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from bd_py.cli.context import Context


def run(ctx: Context, limit: int | None, **values: Any) -> None:
    """Print what is blocked with what blocks it; blockers of its own are told in words."""
    workspace = ctx.workspace()
    conn = workspace.conn
    where = fields.work_filter(query.Filter(query.LIVE), workspace, values)
    where.add("(i.is_blocked = 1 OR i.status = 'blocked')")

    def find(limit: int, _: bool) -> Iterator[dict[str, Any]]:
        for issue in query.issues(conn, where, limit=limit):
            by = query_facts.blockers_of(conn, issue["id"])
            yield {**issue, "blocked_by_count": len(by), "blocked_by": by}

    print_list(ctx, find, _print, most=limit or 0, fields=values["fields"])


def _print(ctx: Context, found: list[dict[str, Any]]) -> None:
    from bd_py import render

    how = style(ctx)
    lines = task_lines(how, found, render.blocked_line, lambda issue: issue["blocked_by"])
    for issue, text in zip(found, lines, strict=True):
        ctx.out(text)
        for blocker in query_facts.open_blockers(ctx.workspace().conn, issue["id"]):
            ctx.out(how.fit(f"  blocker: {render.safe(blocker)}"))


VERB = Verb(
    "blocked",
    run,
    "List blocked tasks, and what they wait for",
    examples=("tk blocked", "tk blocked -a ada --json"),
    options=(*fields.WORK_FILTERS, Option("limit", "-n", "--limit", kind="int", help="Show at most N"), FIELDS),
    paged=True,
)
