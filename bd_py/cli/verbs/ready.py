"""``tk ready``: what can be worked on now."""

from __future__ import annotations

from bd_py import query
from bd_py.cli import fields
from bd_py.cli.common import print_list, style, task_lines
from bd_py.cli.declare import FIELDS, Option, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from bd_py.cli.context import Context

DEFAULT_LIMIT = 10


def run(ctx: Context, limit: int | None, sort: str | None, claim: bool, explain: bool, **values: Any) -> None:
    """Print what is ready, or with ``--claim`` take the first of it and print that."""
    if explain:
        _explain(ctx, sort, claim, values)
        return
    workspace = ctx.workspace()
    config = workspace.config
    where = fields.work_filter(query.Filter(), workspace, values)
    query.ready(where, config.exclude_types, include_deferred=values["include_deferred"])
    order = query.ORDERS[sort or config.sort]
    if claim:
        _claim(ctx, where, order, values["fields"])
        return
    if workspace.paths.shared is not None:  # nobody else can hold anything where there is one worktree
        from bd_py.service import claims

        claims.leave_out_taken(workspace.conn, workspace.paths.shared, where)

    def find(limit: int, brief: bool) -> Iterator[dict[str, Any]]:
        return query.each(workspace.conn, where, order=order, limit=limit, brief=brief)

    print_list(ctx, find, _print, most=DEFAULT_LIMIT if limit is None else limit, fields=values["fields"])


def _print(ctx: Context, found: list[dict[str, Any]]) -> None:
    from bd_py import render

    how = style(ctx)
    if how.width:
        query.widen(ctx.workspace().conn, found)
    for line in task_lines(how, found, render.blocked_line):
        ctx.out(line)
    if not found:
        ctx.note("Nothing is ready. 'tk blocked' shows what waits, and for what.")


def _explain(ctx: Context, sort: str | None, claim: bool, values: dict[str, Any]) -> None:
    """What is ready, and of all else that is not done what keeps it."""
    from bd_py import render
    from bd_py.errors import UsageError
    from bd_py.service import claims
    from bd_py.service.explain import not_ready

    if claim or values["fields"] is not None:
        raise UsageError("--explain stands alone", "It takes the filters and --sort, and no --claim or --fields.")
    workspace = ctx.workspace()
    where = fields.work_filter(query.Filter(), workspace, values)
    query.ready(where, workspace.config.exclude_types, include_deferred=values["include_deferred"])
    if workspace.paths.shared is not None:
        claims.leave_out_taken(workspace.conn, workspace.paths.shared, where)
    found = query.issues(workspace.conn, where, order=query.ORDERS[sort or workspace.config.sort])
    others = fields.work_filter(query.Filter(), workspace, values)
    waiting = not_ready(workspace, others, {issue["id"] for issue in found})
    if ctx.json:
        ctx.emit({"ready": found, "not_ready": waiting})
        return
    how = style(ctx)
    for issue in found:
        ctx.out(render.ready_line(issue, how))
    for issue in waiting:
        line, why = render.ready_line(issue, how), "; ".join(issue["reasons"])
        if not how.width:
            ctx.out(f"{line}: {why}")
            continue
        for text in (line, *how.wrap(f"    {why}")):
            ctx.out(text)


def _claim(ctx: Context, where: query.Filter, order: str, only: str | None) -> None:
    """Under the lock, so that two who ask at once get two tasks."""
    from bd_py.service import claims

    workspace = ctx.workspace()
    with workspace.writing() as w:
        task_id = claims.claim_next(w, where, order)
    print_list(ctx, lambda *_: query.get(workspace.conn, [task_id]), _print, most=1, fields=only)


VERB = Verb(
    "ready",
    run,
    "List what can be worked on now",
    details="A task is ready if it is open, not deferred, and nothing is in its way: no open dependency, no unresolved "
    "blocker, no blocked ancestor. Sorted by priority, then age. What another worktree of this clone holds, or has "
    "finished, is left out. If nothing else is left, --claim takes a task whose claim has run out.",
    examples=("tk ready", "tk ready --claim --json", "tk ready --limit 1 --json | jq -r '.[0].id'"),
    options=(
        Option("limit", "-n", "--limit", kind="int", help=f"Show at most N, 0 for all ({DEFAULT_LIMIT})"),
        *fields.WORK_FILTERS,
        Option("sort", "-s", "--sort", help="The order (config: ready.sort)", choices=("hybrid", "priority", "oldest")),
        Option("include_deferred", "--include-deferred", kind="flag", help="Include what is deferred to a later time"),
        Option("claim", "--claim", kind="flag", help="Take the first and print it"),
        Option("explain", "--explain", kind="flag", help="Also show each task that is not ready, and why"),
        FIELDS,
    ),
    paged=True,
)
