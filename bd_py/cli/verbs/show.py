"""``tk show``: everything about some tasks."""

from __future__ import annotations

from bd_py.cli.common import find, print_list, style, task_lines
from bd_py.cli.declare import FIELDS, Argument, Option, Verb
from bd_py.errors import AmbiguousError, NotFoundError, TkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.cli.context import Context
    from bd_py.workspace import Workspace


def run(ctx: Context, ids: tuple[str, ...], short: bool, history: bool, at: str | None, fields: str | None) -> None:
    """Print each task; those that are not there are reported, and the rest is shown."""
    from bd_py import query, query_detail

    workspace = ctx.workspace()
    refs = ctx.ids_arg(ids)
    conn = workspace.conn if at is None else _past(workspace, at, refs)
    found: list[dict[str, Any]] = []
    try:
        for ref in dict.fromkeys(refs):
            try:
                task_id = find(workspace, ref) if at is None else _find_then(workspace, conn, ref, at)
            except TkError as error:
                record = None if at is not None or isinstance(error, AmbiguousError) else _record(workspace, ref)
                if record is None:
                    ctx.report(error)
                else:
                    found.append(record)
                continue
            found.append(query.get(conn, [task_id])[0] if short else query_detail.detail(conn, task_id))
            if history:
                from bd_py import query_history

                found[-1]["history"] = query_history.history(conn, task_id, newest_first=False)
    finally:
        if at is not None:
            conn.close()
    if fields is not None or ctx.json or short:
        print_list(ctx, lambda *_: found, _print_short, most=0, fields=fields)
    else:
        _print(ctx, found)


def _record(workspace: Workspace, ref: str) -> dict[str, Any] | None:
    """The record that an id of no task means."""
    from bd_py.service.resolve_records import find_record

    return find_record(workspace.conn, ref)


def _past(workspace: Workspace, at: str, refs: list[str]) -> Connection:
    from bd_py.service.state_at import state_at

    return state_at(workspace, at, refs)


def _find_then(workspace: Workspace, conn: Connection, ref: str, at: str) -> str:
    from bd_py.service.resolve import resolve

    try:
        return resolve(conn, workspace.config.prefix, ref)
    except AmbiguousError:
        raise
    except NotFoundError as error:
        raise NotFoundError(
            f"{error.message} at {at}", f"'tk log {ref}' tells when it began, if it did.", ref=ref, at=at
        ) from None


def _print_short(ctx: Context, found: list[dict[str, Any]]) -> None:
    from bd_py import render

    tasks = [issue for issue in found if "collection" not in issue]
    for line in task_lines(style(ctx), tasks, render.blocked_line):
        ctx.out(line)
    for record in found:
        if "collection" in record:
            from bd_py.render_records import line as record_line

            ctx.out(record_line(record))


def _print(ctx: Context, found: list[dict[str, Any]]) -> None:
    from bd_py import render

    how = style(ctx)
    for k, issue in enumerate(found):
        if "collection" in issue:
            from bd_py.render_records import describe

            ctx.out(describe(issue) if not k else "\n" + describe(issue))
            continue
        if k:
            ctx.out("")
        ctx.out(render.show(issue, how))
        if "history" in issue:
            from bd_py import render_events

            ctx.out("\nHistory:")
            for event in issue["history"]:
                ctx.out("  " + render_events.event_line(event, how, 2))


VERB = Verb(
    "show",
    run,
    "Show everything about a task or a record",
    details="""--at shows it as it was in the log of a revision, or at a time; what git does not know as a revision is
    taken for a time. Categories of statuses are those of today's settings.""",
    examples=("tk show 7f3k", "tk show tk-7f3k tk-2c9d --json", "tk show 7f3k --at HEAD~3", "tk show 7f3k --at -2d"),
    arguments=(Argument("ids", "Tasks or records; '-' reads ids from stdin", nargs=-1, metavar="ID"),),
    options=(
        Option("short", "--short", kind="flag", help="One line per task"),
        Option("history", "--history", kind="flag", help="Show its events too"),
        Option("at", "--at", help="Show it as it was then", metavar="REV|TIME"),
        FIELDS,
    ),
    aliases=("view",),
    paged=True,
)
