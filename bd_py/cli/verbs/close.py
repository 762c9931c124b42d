"""``tk close``: done."""

from __future__ import annotations

from bd_py.cli.common import each, status_sentence, style
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.payloads import RESOLUTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cache.level import Connection
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
    before = _unready_dependents(ctx, ids)
    done = each(ctx, ids, finish)
    conn = ctx.workspace().conn
    _tell_unblocked(ctx, done, [i for i in before if _is_ready(conn, i)])


def _unready_dependents(ctx: Context, ids: tuple[str, ...]) -> list[str]:
    from bd_py.cli.common import find
    from bd_py.errors import TkError

    workspace = ctx.workspace()
    out: dict[str, None] = {}
    for ref in ids:
        try:
            task_id = find(workspace, ref)
        except TkError:
            continue
        rows = workspace.conn.execute("SELECT issue_id FROM dependencies WHERE depends_on_id = ?", (task_id,))
        out.update((row[0], None) for row in rows.fetchall() if not _is_ready(workspace.conn, row[0]))
    return list(out)


def _is_ready(conn: Connection, task_id: str) -> bool:
    from bd_py import query

    where = query.Filter()
    where.add("i.id = :id", id=task_id)
    return bool(query.issues(conn, query.ready(where, ())))


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
        Option("reason", "-r", "--reason", help="Why, or how; '-' reads stdin"),
        Option("resolution", "--resolution", help="How it ended", choices=RESOLUTIONS, default="completed"),
        Option("suggest_next", "--suggest-next", kind="flag", help="Also tell what this made ready"),
    ),
    aliases=("done",),
)
