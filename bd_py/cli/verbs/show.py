"""``tk show``: everything about some tasks."""

from __future__ import annotations

from bd_py.cli.common import find, style
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import TkError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context


def run(ctx: Context, ids: tuple[str, ...], short: bool, history: bool) -> None:
    """Print each task; those that are not there are reported, and the rest is shown."""
    from bd_py import query

    workspace = ctx.workspace()
    refs = ctx.ids_arg(ids)
    if not refs:
        raise UsageError("no id was given", "Name at least one task.")
    found: list[dict[str, Any]] = []
    for ref in dict.fromkeys(refs):
        try:
            task_id = find(workspace, ref)
        except TkError as error:
            ctx.report(error)
            continue
        found.append(query.get(workspace.conn, [task_id])[0] if short else query.detail(workspace.conn, task_id))
        if history:
            found[-1]["history"] = query.history(workspace.conn, task_id, newest_first=False)
    if ctx.json:
        ctx.emit(found)
    else:
        _print(ctx, found, short)


def _print(ctx: Context, found: list[dict[str, Any]], short: bool) -> None:
    from bd_py import render

    how = style(ctx)
    for k, issue in enumerate(found):
        if short:
            ctx.out(render.ready_line(issue, how))
            continue
        if k:
            ctx.out("")
        ctx.out(render.show(issue, how))
        if "history" in issue:
            ctx.out("\nHistory:")
            for event in issue["history"]:
                ctx.out("  " + render.event_line(event, how))


VERB = Verb(
    "show",
    run,
    "Show everything about a task",
    examples=("tk show 7f3k", "tk show tk-7f3k tk-2c9d --json"),
    arguments=(Argument("ids", "Tasks to show; '-' reads ids from stdin", nargs=-1, metavar="ID"),),
    options=(
        Option("short", "--short", kind="flag", help="One line a task"),
        Option("history", "--history", kind="flag", help="Its events too"),
    ),
    aliases=("view",),
)
