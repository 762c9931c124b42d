"""``tk graph``: tasks and what they wait for, as a picture."""

from __future__ import annotations

from bd_py.cli.common import find, style
from bd_py.cli.declare import Argument, Option, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context

FORMATS = ("text", "mermaid", "dot")


def run(ctx: Context, id: str | None, all: bool, type: tuple[str, ...], format: str, dot: bool) -> None:
    """Draw all that is open and has dependencies, or all that hangs together with one task."""
    from bd_py.service import graphs

    workspace = ctx.workspace()
    kinds = [kind for item in type for kind in item.split(",")]
    start = None if id is None else find(workspace, id)
    issues, edges = graphs.graph(workspace.conn, start, kinds=kinds, closed=all or start is not None)
    if ctx.json:
        ctx.emit({"nodes": issues, "edges": [{"from": a, "to": b, "type": kind} for a, b, kind in edges]})
        return
    from bd_py import draw

    form = "dot" if dot else format
    if form == "text":
        _text(ctx, issues, edges)
    else:
        ctx.out(draw.dot(issues, edges) if form == "dot" else draw.mermaid(issues, edges))


def _text(ctx: Context, issues: list[dict[str, Any]], edges: list[tuple[str, str, str]]) -> None:
    from bd_py import draw, render

    how = style(ctx)
    by_id = {issue["id"]: issue for issue in issues}
    # A child stands below its parent, as it does in people's heads.
    shown = [(b, a, "child") if kind == "parent-child" else (a, b, kind) for a, b, kind in edges]
    branches = {a for a, _, _ in shown}
    rows = [
        {**by_id[node], "depth": depth, "dependency_type": kind or "blocks", "again": again and node in branches}
        for node, _, kind, depth, again in draw.forest(by_id, shown)
    ]
    if rows:
        ctx.out(draw.tree(rows, lambda row: render.tree_line(row, how, 4 * row["depth"])))
    else:
        ctx.note("No open task depends on another.")


VERB = Verb(
    "graph",
    run,
    "Draw tasks and what they wait for",
    details="Without an ID: the open tasks that have dependencies. With one: everything connected to it, closed tasks "
    "too. As text, each task is drawn below what depends on it; a branch that was drawn before is not repeated. Arrows "
    "point from a task to what it waits for.",
    examples=("tk graph", "tk graph 7f3k --format mermaid", "tk graph --format dot | dot -Tsvg"),
    arguments=(Argument("id", "Only what is connected to this task", required=False, metavar="ID"),),
    options=(
        Option("format", "-f", "--format", help="How to draw it", choices=FORMATS, default="text"),
        Option("dot", "--dot", kind="flag", help="Same as --format dot"),
        Option("all", "--all", kind="flag", help="Include closed tasks"),
        Option("type", "-t", "--type", help="Only dependencies of these types", multiple=True, metavar="TYPE"),
    ),
    paged=True,
)
