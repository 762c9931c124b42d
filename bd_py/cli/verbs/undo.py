"""``tk undo``: take the last command back."""

from __future__ import annotations

from bd_py.cli.common import find, style
from bd_py.cli.declare import Argument, Option, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.service.undo_plan import Plan


def run(ctx: Context, id: str | None, dry_run: bool) -> None:
    """Compensate what the actor's last command did."""
    from bd_py.interchange.derive import is_derived
    from bd_py.service.undo import undo

    workspace = ctx.workspace()
    task_id = None if id is None else find(workspace, id, deleted=True)
    plan = undo(workspace, is_derived, task_id, dry_run=dry_run)
    if ctx.json:
        _emit(ctx, plan)
    else:
        _say(ctx, plan, "Would take back" if dry_run else "Took back")


def _emit(ctx: Context, plan: Plan) -> None:
    from bd_py import query

    ctx.emit(
        {
            "undone": plan.undone,
            "kept": [{"event": event, "reason": what} for event, what in plan.kept],
            "issues": query.get(ctx.workspace().conn, plan.tasks()),
        }
    )


def _say(ctx: Context, plan: Plan, what: str) -> None:
    from bd_py import render

    how = style(ctx)
    for event in plan.undone:
        ctx.say(f"{what}: {render.event_line(event, how)}")
    for event, kind in plan.kept:
        ctx.say(f"Stays ({kind} cannot be taken back): {render.event_line(event, how)}")


VERB = Verb(
    "undo",
    run,
    "Undo your last command",
    details="""Writes events that reverse what the command changed, so the history keeps both: a new task is deleted,
    fields get their old values, a closed task is reopened, a claim released, a release claimed again, labels and
    dependencies are restored; records likewise. It is all or nothing: if somebody has changed the same thing since,
    undo refuses.

    Comments, evidence, artifacts and definitions of collections stay, and so does what an import wrote. Only commands
    of the same name, agent and session count. To undo an undo, run it again.""",
    examples=("tk undo", "tk undo 7f3k", "tk undo --dry-run"),
    arguments=(Argument("id", "Undo only your last command on this task", required=False, metavar="ID"),),
    options=(Option("dry_run", "--dry-run", kind="flag", help="Show what would be undone, and change nothing"),),
)
