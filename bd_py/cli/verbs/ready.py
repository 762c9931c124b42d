"""``tk ready``: what can be worked on now."""

from __future__ import annotations

from bd_py import query
from bd_py.cli import fields
from bd_py.cli.common import print_list, style
from bd_py.cli.declare import Option, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.workspace import Workspace

DEFAULT_LIMIT = 10
_CANDIDATES = 200
"""So many are tried by ``--claim``: any of them may turn out to be held in another worktree."""


def run(ctx: Context, limit: int | None, sort: str | None, claim: bool, **values: Any) -> None:
    """Print what is ready, or with ``--claim`` take the first of it and print that."""
    workspace = ctx.workspace()
    config = workspace.config
    where = fields.work_filter(query.Filter(), workspace, values)
    query.ready(where, config.exclude_types, include_deferred=values["include_deferred"])
    order = query.ORDERS[sort or config.sort]
    if claim:
        _claim(ctx, where, order)
        return
    if workspace.paths.shared is not None:  # nobody else can hold anything where there is one worktree
        _leave_out_taken(workspace, where)

    def find(limit: int, brief: bool) -> list[dict[str, Any]]:
        return query.issues(workspace.conn, where, order=order, limit=limit, brief=brief)

    print_list(ctx, find, _print, most=DEFAULT_LIMIT if limit is None else limit, jsonl=values["jsonl"])


def _print(ctx: Context, found: list[dict[str, Any]]) -> None:
    from bd_py import render

    how = style(ctx)
    for issue in found:
        ctx.out(render.ready_line(issue, how))
    if not found:
        ctx.note("Nothing is ready. 'tk blocked' shows what waits, and for what.")


def _leave_out_taken(workspace: Workspace, where: query.Filter) -> None:
    """What the clone's other worktrees hold, or have finished: their logs meet this one only in a merge."""
    from bd_py import leases

    shared = workspace.paths.shared
    if shared is not None:
        where.without(leases.taken(shared, lambda event_id: query.has_event(workspace.conn, event_id)))


def _claim(ctx: Context, where: query.Filter, order: str) -> None:
    """Under the lock, so that two who ask at once get two tasks."""
    from bd_py import render
    from bd_py.service import claims

    workspace = ctx.workspace()
    with workspace.writing() as w:
        if w.leases() is not None:
            _leave_out_taken(workspace, where)
        found = query.issues(w.conn, where, order=order, limit=_CANDIDATES)
        # What another let lapse comes last: its work may be half done.
        found += query.issues(w.conn, query.lapsed(where), order=order, limit=_CANDIDATES)
        task_id = claims.claim_first_ready(w, [issue["id"] for issue in found])
    issue = query.get(workspace.conn, [task_id])[0]
    if ctx.json:
        ctx.emit([issue])
    else:
        ctx.out(render.ready_line(issue, style(ctx)))


VERB = Verb(
    "ready",
    run,
    "List what can be worked on now",
    details="Open, not deferred, with nothing in its way: no open dependency, no unresolved blocker, no blocked "
    "ancestor. By priority, then age. What another worktree of the clone holds, or has finished, is left out. "
    "--claim, when all of that is taken, takes a task whose claim has run out.",
    examples=("tk ready", "tk ready --claim --json", "tk ready --limit 1 --json | jq -r '.[0].id'"),
    options=(
        Option("limit", "-n", "--limit", kind="int", help=f"At most so many, 0 for all ({DEFAULT_LIMIT})"),
        *fields.WORK_FILTERS,
        Option("sort", "-s", "--sort", help="The order (config: ready.sort)", choices=("hybrid", "priority", "oldest")),
        Option("include_deferred", "--include-deferred", kind="flag", help="Also what is deferred to a later time"),
        Option("claim", "--claim", kind="flag", help="Take the first and print it"),
        Option("jsonl", "--jsonl", kind="flag", help="One JSON object a line"),
    ),
)
