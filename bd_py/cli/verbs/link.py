"""``tk link`` and ``tk unlink``: tasks that belong together."""

from __future__ import annotations

from bd_py.cli.common import find, short_id
from bd_py.cli.declare import Argument, Verb
from bd_py.errors import TkError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.write import Write


def link(ctx: Context, ids: tuple[str, ...]) -> None:
    """Relate every two of the tasks."""
    from bd_py.service import links

    found = _found(ctx, ids)
    pairs = [(one, other) for k, one in enumerate(found) for other in found[k + 1 :]]
    done: list[tuple[str, str, bool]] = []
    with ctx.workspace().writing() as w:
        for one, other in pairs:
            done.append((one, other, links.link(w, one, other)))
    if ctx.json:
        ctx.emit([_json("added" if changed else "unchanged", one, other) for one, other, changed in done])
        return
    for one, other, changed in done:
        a, b = short_id(ctx, one), short_id(ctx, other)
        ctx.say(f"Linked {a} <-> {b}" if changed else f"{a} <-> {b} are linked already")


def unlink(ctx: Context, id: str, others: tuple[str, ...]) -> None:
    """Take the relation of a task to each of the others away."""
    from bd_py.service import links

    workspace = ctx.workspace()
    task_id = find(workspace, id)
    done = []
    with workspace.writing() as w:
        for ref in dict.fromkeys(ctx.ids_arg(others)):
            try:
                other = _other(w, ref)
                links.unlink(w, task_id, other)
            except TkError as error:
                ctx.report(error)
            else:
                done.append(other)
    if ctx.json:
        ctx.emit([_json("removed", task_id, other) for other in done])
    for other in done:
        ctx.say(f"Removed link: {short_id(ctx, task_id)} <-> {short_id(ctx, other)}")


def _found(ctx: Context, refs: tuple[str, ...]) -> list[str]:
    workspace = ctx.workspace()
    found = list(dict.fromkeys(find(workspace, ref) for ref in ctx.ids_arg(refs)))
    if len(found) < 2:
        raise UsageError("a link takes at least two tasks", "tk link A B ...")
    return found


def _other(w: Write, ref: str) -> str:
    from bd_py.service.resolve import resolve

    return resolve(w.conn, w.config.prefix, ref)


def _json(status: str, one: str, other: str) -> dict[str, Any]:
    return {"status": status, "issue_id": one, "depends_on_id": other, "type": "related"}


VERBS = {
    "link": Verb(
        "link",
        link,
        "Link related tasks, both ways",
        details="Of three or more, every two are linked. None of them waits for another.",
        examples=("tk link 7f3k 2c9d", "tk link 7f3k 2c9d 88a1"),
        arguments=(Argument("ids", "Tasks that belong together", nargs=-1, metavar="ID"),),
    ),
    "unlink": Verb(
        "unlink",
        unlink,
        "Remove a link between tasks",
        examples=("tk unlink 7f3k 2c9d",),
        arguments=(
            Argument("id", "The task", metavar="ID"),
            Argument("others", "What it is linked to", nargs=-1, metavar="OTHER"),
        ),
    ),
}
