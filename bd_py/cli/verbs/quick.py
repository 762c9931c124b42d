"""``tk q``: create with little more than a title."""

from __future__ import annotations

from bd_py.cli import fields
from bd_py.cli.common import short_id
from bd_py.cli.declare import Argument, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def run(
    ctx: Context, title: tuple[str, ...], issue_type: str | None, priority: str | None, label: tuple[str, ...]
) -> None:
    """Create the task, print its id."""
    from bd_py.cli.common import priority as number
    from bd_py.service import tasks

    given = {"issue_type": (issue_type or "").strip() or None, "priority": number(priority) if priority else None}
    with ctx.workspace().writing() as w:
        new_id = tasks.create(w, " ".join(title), fields.nested(given), labels=fields.labels(label))
    if ctx.json:
        ctx.emit({"id": new_id})
    else:
        ctx.out(short_id(ctx, new_id))
        if ctx.advises:
            from bd_py.cli.verbs.duplicates import warn

            warn(ctx, " ".join(title), new_id)


VERB = Verb(
    "q",
    run,
    "Create a task from a title, and print only its id",
    examples=("tk q Fix the flaky login test", "tk q Fix the flaky login test -t bug -p 1 -l ci"),
    arguments=(Argument("title", "What to do", nargs=-1),),
    options=(*(option for option in fields.SET if option.name in ("issue_type", "priority")), fields.LABEL),
)
