"""``tk blocker``: what is in the way of a task, in words."""

from __future__ import annotations

from bd_py.cli.common import each, emit_details, find, short_id
from bd_py.cli.declare import Argument, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, id: str, action: str, words: tuple[str, ...]) -> None:
    """Add a blocker, resolve one, or list them."""
    if action == "list":
        if words:
            raise UsageError("'list' takes nothing more", "tk blocker ID list")
        _list(ctx, id)
    elif action == "add":
        _add(ctx, id, words)
    else:
        _resolve(ctx, id, words)


def _add(ctx: Context, ref: str, words: tuple[str, ...]) -> None:
    from bd_py.service import working_record

    text = ctx.text_arg(" ".join(words) if words else "-")
    made: list[str] = []

    def add(w: Write, task_id: str) -> bool:
        made.append(working_record.add_blocker(w, task_id, text))
        return True

    for task_id, _ in each(ctx, [ref], add):
        if ctx.json:
            emit_details(ctx, [task_id])
        elif ctx.quiet:
            ctx.out(made[0])
        else:
            ctx.say(f"{short_id(ctx, task_id)} has the blocker {made[0]}")


def _resolve(ctx: Context, ref: str, words: tuple[str, ...]) -> None:
    from bd_py.service import working_record

    if not words:
        raise UsageError("which blocker?", f"'tk blocker {ref} list' shows their ids.")
    changed: list[str] = []

    def resolve(w: Write, task_id: str) -> bool:
        changed.extend(key for key in words if working_record.resolve_blocker(w, task_id, key))
        return True

    for task_id, _ in each(ctx, [ref], resolve):
        if ctx.json:
            emit_details(ctx, [task_id])
            continue
        for key in words:
            ctx.say(f"Resolved {key}" if key in changed else f"{key} is resolved already")


def _list(ctx: Context, ref: str) -> None:
    from bd_py import query_detail

    workspace = ctx.workspace()
    found = query_detail.detail(workspace.conn, find(workspace, ref)).get("blockers", [])
    if ctx.json:
        ctx.emit(found)
        return
    from bd_py.render import safe

    for blocker in found:
        ctx.out(f"{blocker['id']} [{blocker['status']}] {safe(blocker['text'])}")


VERB = Verb(
    "blocker",
    run,
    "Add, resolve and list a task's blockers",
    details="A task with an open blocker is not ready. Its status does not change; 'tk block' sets that too.",
    examples=(
        "tk blocker 7f3k add 'the staging host is down'",
        "tk blocker 7f3k resolve bl-4q0k2m",
        "tk blocker 7f3k list",
    ),
    arguments=(
        Argument("id", "The task", metavar="ID"),
        Argument("action", "What to do", choices=("add", "resolve", "list")),
        Argument("words", "add: the text; resolve: ids of blockers", nargs=-1, required=False, metavar="TEXT|ID"),
    ),
)
