"""``tk delete``: remove a task from every list; its events stay in the log."""

from __future__ import annotations

from bd_py.cli.common import each, find, style
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import TkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, ids: tuple[str, ...], reason: str | None, cascade: bool, dry_run: bool, force: bool) -> None:
    """Delete each task; ``--cascade`` its descendants too. ``force`` is bd's word for not asking; tk never asks."""
    from bd_py import query
    from bd_py.service import tasks

    text = ctx.text_arg(reason) if reason else None

    wanted = _wanted(ctx, ids, cascade)
    issues = query.get(ctx.workspace().conn, wanted)
    if dry_run:
        _say(ctx, issues, "Would delete")
        return

    def remove(w: Write, task_id: str) -> bool:
        tasks.delete(w, task_id, reason=text)
        return True

    done = {task_id for task_id, _ in each(ctx, wanted, remove)} if wanted else set()
    _say(ctx, [{**issue, "status": "tombstone"} for issue in issues if issue["id"] in done], "Deleted")


def _wanted(ctx: Context, ids: tuple[str, ...], cascade: bool) -> list[str]:
    workspace = ctx.workspace()
    refs = ctx.ids_arg(ids)
    wanted: dict[str, None] = {}
    for ref in refs:
        try:
            wanted[find(workspace, ref)] = None
        except TkError as error:
            ctx.report(error)
    if not cascade:
        return list(wanted)
    from bd_py.service.graphs import descendants

    return descendants(workspace.conn, wanted)


def _say(ctx: Context, issues: list[dict[str, object]], what: str) -> None:
    from bd_py.render import safe

    if ctx.json:
        ctx.emit(issues)
        return
    how = style(ctx)
    for issue in issues:
        ctx.say(f"{what} {how.id(str(issue['id']))}: {safe(str(issue['title']))}")


VERB = Verb(
    "delete",
    run,
    "Delete a task; 'tk restore' brings it back",
    examples=("tk delete 7f3k -r 'Filed twice'", "tk delete 7f3k --cascade --dry-run"),
    arguments=(Argument("ids", "Tasks to delete", nargs=-1, metavar="ID"),),
    options=(
        Option("reason", "-r", "--reason", help="Why; '-' reads stdin, @FILE a file"),
        Option("cascade", "--cascade", kind="flag", help="Delete its children, and theirs, too"),
        Option("dry_run", "--dry-run", kind="flag", help="Show what would be deleted, and change nothing"),
        Option("force", "-f", "--force", kind="flag", help="Accepted for scripts made for bd: tk never asks"),
    ),
)
