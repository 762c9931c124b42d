"""``tk dep``: what waits for what."""

from __future__ import annotations

from bd_py.cli.common import find, short_id, style
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import AmbiguousError, NotFoundError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context


def add(
    ctx: Context, id: str, on: str | None, type: str, depends_on: str | None, blocks: str | None, force: bool
) -> None:
    """``id`` depends on ``on``; with ``--blocks B``, B depends on ``id``."""
    from bd_py.service import deps
    from bd_py.service.resolve import not_found

    if on is None:
        on, depends_on = depends_on, None
    if (on is None) == (blocks is None) or depends_on is not None:
        raise UsageError("name the two tasks", "tk dep A B (A depends on B), or tk dep A --blocks B.")
    workspace = ctx.workspace()
    first = find(workspace, id)
    try:
        second = find(workspace, on if on is not None else str(blocks))
    except AmbiguousError:
        raise
    except NotFoundError:
        if not force or blocks is not None:
            raise
        second = str(on)
    issue, other = (first, second) if blocks is None else (second, first)
    with workspace.writing() as w:
        if w.state(issue) is None:
            raise not_found(w.conn, issue)
        changed = deps.add(w, issue, other, type, force=force)
    if ctx.json:
        status = "added" if changed else "unchanged"
        ctx.emit({"status": status, "issue_id": issue, "depends_on_id": other, "type": type})
    elif changed:
        ctx.say(f"Added dependency: {short_id(ctx, issue)} -> {short_id(ctx, other)}")
    else:
        ctx.say(f"{short_id(ctx, issue)} depends on {short_id(ctx, other)} already")


def remove(ctx: Context, id: str, on: str, type: str | None) -> None:
    """Remove the dependency, whatever its type unless one is named."""
    from bd_py.service import deps

    workspace = ctx.workspace()
    issue = find(workspace, id)
    try:
        other = find(workspace, on)
    except AmbiguousError:
        raise
    except NotFoundError:
        other = on  # a dependency on a task that is not here can be removed all the same
    with workspace.writing() as w:
        kinds = deps.remove(w, issue, other, type)
    if ctx.json:
        ctx.emit({"status": "removed", "issue_id": issue, "depends_on_id": other, "type": kinds[0]})
        return
    ctx.say(f"Removed dependency: {short_id(ctx, issue)} -> {short_id(ctx, other)}")


def show(ctx: Context, id: str, direction: str, type: str | None) -> None:
    """The tasks on the other ends of a task's dependencies."""
    from bd_py import query_detail, render

    workspace = ctx.workspace()
    whole = query_detail.detail(workspace.conn, find(workspace, id))
    found: list[dict[str, Any]] = []
    for key, wanted in (("dependencies", ("down", "both")), ("dependents", ("up", "both"))):
        if direction in wanted:
            found += [issue for issue in whole.get(key, ()) if type in (None, issue["dependency_type"])]
    if ctx.json:
        ctx.emit(found)
        return
    how = style(ctx)
    for issue in found:
        kind = f" ({issue['dependency_type']})"
        ctx.out(how.fit(render.list_line(issue, (), how, len(kind)) + kind))


def tree(ctx: Context, id: str, direction: str, reverse: bool, depth: int | None, format: str, full: bool) -> None:
    """What a task waits for, and what that waits for, or the other way round."""
    from bd_py.service import graphs

    workspace = ctx.workspace()
    most = graphs.DEPTH if depth is None else max(depth, 0)
    task_id = find(workspace, id)
    direction = "up" if reverse else direction
    found = graphs.tree(workspace.conn, task_id, direction=direction, depth=most, full=full)
    if ctx.json:
        ctx.emit(found)
        return
    if format == "text":
        _draw_tree(ctx, found, full)
    else:
        _draw_graph(ctx, found, format)
    if any(issue["truncated"] for issue in found):
        ctx.note(f"Cut at depth {most}; --depth shows more.")


def _draw_tree(ctx: Context, found: list[dict[str, Any]], full: bool) -> None:
    from bd_py import draw, render

    how = style(ctx)
    drawn = {issue["parent_id"] for issue in found}
    seen: set[str] = set()
    for issue in found:
        issue["again"] = not full and issue["id"] in seen & drawn
        seen.add(issue["id"])
    ctx.out(draw.tree(found, lambda row: render.tree_line(row, how, 4 * row["depth"])))


def _draw_graph(ctx: Context, found: list[dict[str, Any]], format: str) -> None:
    """The same tasks, each once, with the dependencies between them that the tree shows."""
    from bd_py import draw, query

    nodes = {issue["id"]: issue for issue in found}
    pairs = {frozenset((issue["id"], issue["parent_id"])) for issue in found if issue["parent_id"] is not None}
    conn = ctx.workspace().conn
    edges = [
        (node, edge["depends_on_id"], edge["type"])
        for node in nodes
        for edge in query.edges(conn, node)
        if frozenset((node, edge["depends_on_id"])) in pairs
    ]
    ctx.out(draw.mermaid(list(nodes.values()), edges) if format == "mermaid" else draw.dot(list(nodes.values()), edges))


def cycles(ctx: Context) -> None:
    """Cycles that a merge closed, and the dependency in each that is suspended."""
    from bd_py import render
    from bd_py.service import graphs

    found = graphs.cycles(ctx.workspace().conn)
    if ctx.json:
        ctx.emit([cycle["tasks"] for cycle in found])
        return
    how = style(ctx)
    for cycle in found:
        ctx.out(render.cycle(cycle, how))
    if not found:
        ctx.note("No cycles.")


_ID = Argument("id", "The task", metavar="ID")
_TYPE = Option("type", "-t", "--type", help="blocks, parent-child, related, discovered-from, ...", metavar="TYPE")
_DIRECTION = Option(
    "direction",
    "--direction",
    help="down: what it needs; up: what needs it",
    choices=("up", "down", "both"),
    default="down",
)

_ADD = Verb(
    "add",
    add,
    "Make a task depend on another",
    details="A depends on B: A waits until B is closed.",
    examples=("tk dep add 7f3k 2c9d", "tk dep 7f3k 2c9d -t discovered-from", "tk dep 2c9d --blocks 7f3k"),
    arguments=(
        Argument("id", "The task that waits", metavar="A"),
        Argument("on", "What it waits for", required=False, metavar="B"),
    ),
    options=(
        Option(
            "type",
            "-t",
            "--type",
            help="blocks, parent-child, related, discovered-from, ...",
            metavar="TYPE",
            default="blocks",
        ),
        Option("depends_on", "--depends-on", "--blocked-by", help="Same as B", metavar="ID"),
        Option("blocks", "--blocks", help="The other way round: A blocks this task", metavar="ID"),
        Option("force", "--force", kind="flag", help="Allow a dependency on a task that is not here"),
    ),
)
_REMOVE_ARGUMENTS = (_ID, Argument("on", "What it no longer waits for", metavar="ON"))

VERBS = {
    "dep": Verb(
        "dep",
        None,
        "Add, remove and show dependencies",
        examples=("tk dep 7f3k 2c9d", "tk dep tree 7f3k"),
        subverbs=(
            _ADD,
            Verb(
                "remove",
                remove,
                "Remove a dependency",
                examples=("tk dep remove 7f3k 2c9d",),
                arguments=_REMOVE_ARGUMENTS,
                options=(_TYPE,),
                aliases=("rm",),
            ),
            Verb(
                "list",
                show,
                "List what a task depends on",
                examples=("tk dep list 7f3k --direction both",),
                arguments=(_ID,),
                options=(
                    _DIRECTION,
                    _TYPE,
                ),
            ),
            Verb(
                "tree",
                tree,
                "Show the tree of a task's dependencies",
                examples=(
                    "tk dep tree 7f3k",
                    "tk dep tree 7f3k --direction up --json",
                    "tk dep tree 7f3k --format dot",
                ),
                arguments=(_ID,),
                options=(
                    _DIRECTION,
                    Option("reverse", "--reverse", kind="flag", help="Same as --direction up"),
                    Option("depth", "-d", "--depth", "--max-depth", kind="int", help="Show at most this many levels"),
                    Option(
                        "format", "--format", help="How to draw it", choices=("text", "mermaid", "dot"), default="text"
                    ),
                    Option("full", "--full", kind="flag", help="Repeat a branch wherever it appears"),
                ),
                paged=True,
            ),
            Verb(
                "cycles",
                cycles,
                "List cycles that a merge closed",
                examples=("tk dep cycles",),
                aliases=("cycle",),
            ),
        ),
        default_subverb="add",
    ),
    "undep": Verb(
        "undep",
        remove,
        "Remove a dependency",
        examples=("tk undep 7f3k 2c9d",),
        arguments=_REMOVE_ARGUMENTS,
        options=(_TYPE,),
    ),
}
