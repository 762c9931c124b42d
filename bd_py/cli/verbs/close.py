"""``tk close``: done."""

from __future__ import annotations

from bd_py.cli.common import each, status_sentence, style
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.payloads import RESOLUTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, ids: tuple[str, ...], reason: str | None, resolution: str, suggest_next: bool) -> None:
    """Close each task, and tell with ``--suggest-next`` what that made ready."""
    from bd_py.service import tasks

    text = ctx.text_arg(reason) if reason else None

    def finish(w: Write, task_id: str) -> bool:
        return tasks.close(w, task_id, resolution=resolution, reason=text)

    if not suggest_next:
        status_sentence(ctx, each(ctx, ids, finish), "is closed already")
        return
    refs = ctx.ids_arg(ids)
    waiting = _waiting(ctx, refs)
    done = each(ctx, refs, finish)
    _tell_unblocked(ctx, done, [task_id for task_id in waiting if _is_ready(ctx, task_id)])


def _waiting(ctx: Context, refs: list[str]) -> list[str]:
    """What is not ready, and may be when these are closed."""
    from bd_py.cli.common import find
    from bd_py.errors import TkError
    from bd_py.service import graphs

    workspace = ctx.workspace()
    ids = []
    for ref in refs:
        try:
            ids.append(find(workspace, ref))
        except TkError:
            continue  # closing it reports this
    return [task_id for task_id in graphs.held_back(workspace.conn, ids) if not _is_ready(ctx, task_id)]


def _is_ready(ctx: Context, task_id: str) -> bool:
    from bd_py import query

    workspace = ctx.workspace()
    return query.is_ready(workspace.conn, task_id, workspace.config.exclude_types)


def _tell_unblocked(ctx: Context, done: list[tuple[str, bool]], unblocked: list[str]) -> None:
    from bd_py import query, render

    workspace = ctx.workspace()
    found = query.get(workspace.conn, unblocked)
    if ctx.json:
        closed = query.get(workspace.conn, [task_id for task_id, _ in done])
        ctx.emit({"closed": closed, "unblocked": found})
        return
    status_sentence(ctx, done, "is closed already")
    for issue in found:
        ctx.say("Now ready: " + render.ready_line(issue, style(ctx)))


VERB = Verb(
    "close",
    run,
    "Close a task",
    examples=("tk close 7f3k", "tk close 7f3k -r 'Merged in #12' --suggest-next", "tk done 7f3k 2c9d"),
    arguments=(Argument("ids", "Tasks to close", nargs=-1, metavar="ID"),),
    options=(
        Option("reason", "-r", "--reason", help="Why, or how; '-' reads stdin, @FILE a file"),
        Option("resolution", "--resolution", help="How it ended", choices=RESOLUTIONS, default="completed"),
        Option("suggest_next", "--suggest-next", kind="flag", help="Also tell what this made ready"),
    ),
    aliases=("done",),
)
