"""``tk check``: the acceptance checklist of a task."""

from __future__ import annotations

from bd_py.cli.common import emit_after, find, short_id
from bd_py.cli.declare import Argument, Verb
from bd_py.cli.words import count
from bd_py.errors import InvalidError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.write import Write

ACTIONS = ("list", "add", "done", "undo", "remove", "rm")


def run(ctx: Context, id: str, action: str | None, items: tuple[str, ...]) -> None:
    """Print the checklist, or change it and tell what changed."""
    if action in (None, "list"):
        if items:
            raise UsageError("to list takes no items", "tk check ID")
        _show(ctx, id)
        return
    if not items:
        what = "the text of an item" if action == "add" else "an item"
        raise UsageError(f"'check {action}' needs {what}", f"tk check {id} {action} ...")
    workspace = ctx.workspace()
    task_id = find(workspace, id)
    with workspace.writing() as w:
        said = _change(ctx, w, task_id, str(action), items)
    if ctx.json:
        emit_after(ctx, [task_id])
        return
    short = short_id(ctx, task_id)
    for sentence in said:
        ctx.say(f"{short} {sentence}")
    if not said:
        ctx.say(f"{short} is so already")


def _change(ctx: Context, w: Write, task_id: str, action: str, items: tuple[str, ...]) -> list[str]:
    from bd_py.service import checklists

    if action == "add":
        text = ctx.text_arg(" ".join(items))
        lines = [line for line in text.splitlines() if line.strip()]
        if not lines:
            raise InvalidError("an empty checklist item", "Give the text of what must hold.")
        for line in lines:
            checklists.add(w, task_id, line.strip().removeprefix("- [ ] ").removeprefix("- "))
        have = checklists.items(w, task_id)
        return [_line(len(have) - len(lines) + k + 1, item) for k, item in enumerate(have[-len(lines) :])]
    before = checklists.items(w, task_id)
    number = {item["id"]: k for k, item in enumerate(before, 1)}
    if action in ("done", "undo"):
        changed = checklists.set_done(w, task_id, items, action == "done")
        return [_line(number[item["id"]], item) for item in changed]
    return [f"removed {_line(number[item['id']], item)}" for item in checklists.remove(w, task_id, items)]


def _show(ctx: Context, id: str) -> None:
    from bd_py import query

    workspace = ctx.workspace()
    task_id = find(workspace, id)
    issue = query.get(workspace.conn, [task_id])[0]
    have = issue.get("checklist", [])
    if ctx.json:
        ctx.emit(have)
        return
    for k, item in enumerate(have, 1):
        ctx.out(_line(k, item))
    if have:
        ctx.note(f"{sum(item['done'] for item in have)} of {count(len(have), 'item')} done")
    else:
        ctx.note(f"No checklist. 'tk check {short_id(ctx, task_id)} add TEXT' begins one.")


def _line(number: int, item: dict[str, Any]) -> str:
    from bd_py.render import check_line

    return check_line(number, item)


VERB = Verb(
    "check",
    run,
    "Show or change a task's acceptance checklist",
    details="Without an action it shows the list. Name an item by its number, or by words that only it contains. Items "
    "that two people add or tick off at the same time are all kept. 'add -' adds an item for each line of stdin.",
    examples=(
        "tk check 7f3k",
        "tk check 7f3k add The old index still opens",
        "tk check 7f3k done 1 2",
        "tk check 7f3k undo 2",
        "tk check 7f3k remove 'old index'",
    ),
    arguments=(
        Argument("id", "The task", metavar="ID"),
        Argument("action", "What to do", required=False, choices=ACTIONS),
        Argument("items", "The text to add, or the items", nargs=-1, required=False, metavar="ITEM"),
    ),
)
