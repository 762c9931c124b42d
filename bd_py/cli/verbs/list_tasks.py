"""``tk list``: tasks that fit some filters, open work by default."""

from __future__ import annotations

from bd_py import query, times
from bd_py.cli import fields
from bd_py.cli.common import print_list, style, task_lines
from bd_py.cli.declare import FIELDS, Option, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from bd_py.cli.context import Context

DEFAULT_LIMIT = 50


def run(ctx: Context, sort: str, reverse: bool, limit: int | None, tree: bool, **values: Any) -> None:
    """Print the tasks, a line each; a limit that cut says so on stderr."""
    if tree and values["fields"] is not None:
        raise UsageError("--tree draws whole lines: it does not go with --fields", "Leave one of them out.")
    workspace = ctx.workspace()
    # Who names a status means it, done or not.
    everything = values["all"] or bool(values["status"])
    where = query.Filter(query.ALL if everything else query.LIVE)
    fields.list_filter(where, workspace, values, workspace.config)
    if values["stale_claims"]:
        where.add(query.LAPSED, lapsed_by=times.now())
    order = query.ORDERS[sort]

    def find(limit: int, brief: bool) -> Iterator[dict[str, Any]]:
        return query.each(workspace.conn, where, order=order, reverse=reverse, limit=limit, brief=brief)

    print_list(
        ctx,
        find,
        _print_tree if tree else _print,
        most=DEFAULT_LIMIT if limit is None else limit,
        fields=values["fields"],
    )


def _print(ctx: Context, found: list[dict[str, Any]]) -> None:
    from bd_py import render

    how = style(ctx)
    if how.width:
        query.widen(ctx.workspace().conn, found)
    for line in task_lines(how, found, render.list_line, lambda issue: (issue["needs"] or "").split()):
        ctx.out(line)


def _print_tree(ctx: Context, found: list[dict[str, Any]]) -> None:
    """Children below their parents, both in the order of the list; whose parent is not listed stands at the left."""
    from bd_py import draw, query_detail, render

    how = style(ctx)
    by_id = {issue["id"]: issue for issue in found}
    # A parent that the filters leave out is no root: forest would draw it.
    edges = [edge for edge in query_detail.parents(ctx.workspace().conn, by_id) if edge[0] in by_id]
    below = draw.forest(by_id, edges)
    rows = [{**by_id[node], "depth": depth} for node, _, _, depth, again in below if not again]
    if rows:
        ctx.out(draw.tree(rows, lambda row: render.list_line(row, (row["needs"] or "").split(), how, 4 * row["depth"])))


VERB = Verb(
    "list",
    run,
    "List tasks, open work by default",
    details="Filters are combined with AND; several values of one filter, repeated or separated by commas, with OR. "
    "Labels given with -l must all be there.",
    examples=(
        "tk list",
        "tk list --status closed --sort closed -n 10",
        "tk ls -a ada -l core --json",
        "tk list --stale-claims",
        "tk list --all --limit 0 --jsonl",
        "tk list --fields id,assignee,due_at",
        "tk list --tree --all",
    ),
    options=(
        *fields.LIST_FILTERS,
        Option("all", "--all", kind="flag", help="Include closed tasks"),
        Option("stale_claims", "--stale-claims", kind="flag", help="Only tasks whose claim has run out"),
        Option("sort", "--sort", help="The order", choices=tuple(query.ORDERS), default="priority"),
        Option("reverse", "-r", "--reverse", kind="flag", help="Reverse the order"),
        Option("tree", "--tree", kind="flag", help="Show children below their parents; JSON stays a plain list"),
        Option("limit", "-n", "--limit", kind="int", help=f"Show at most N, 0 for all ({DEFAULT_LIMIT})"),
        FIELDS,
    ),
    aliases=("ls",),
    paged=True,
)
