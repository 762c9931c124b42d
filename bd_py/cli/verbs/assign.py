"""``tk assign`` and ``tk unassign``: who is to do it."""

from __future__ import annotations

from bd_py.cli.common import each, finish
from bd_py.cli.declare import Argument, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def assign(ctx: Context, ids: tuple[str, ...], who: str) -> None:
    """Set the assignee of each task; ``me`` is whoever acts, an empty name nobody."""
    name = who.strip()
    if name in ("me", "@me"):
        name = ctx.workspace().actor()["name"]
    if not name:
        unassign(ctx, ids)
        return

    def put(w: Write, task_id: str) -> bool:
        from bd_py.service import tasks

        return tasks.set_fields(w, task_id, {"assignee": name})

    finish(ctx, each(ctx, ids, put), lambda short: f"Assigned {short} to {name}", f"is assigned to {name} already")


def unassign(ctx: Context, ids: tuple[str, ...]) -> None:
    """Take the assignee of each task away; what is held is given back by ``release``."""

    def drop(w: Write, task_id: str) -> bool:
        from bd_py.service import tasks

        return tasks.set_fields(w, task_id, {"assignee": None})

    finish(ctx, each(ctx, ids, drop), lambda short: f"Unassigned {short}", "is assigned to nobody")


_IDS = Argument("ids", "Tasks", nargs=-1, metavar="ID")

VERBS = {
    "assign": Verb(
        "assign",
        assign,
        "Assign a task to somebody",
        details="The task stays open; 'tk claim' starts the work.",
        examples=("tk assign 7f3k grace", "tk assign 7f3k 2c9d me"),
        arguments=(_IDS, Argument("who", "A name; 'me' is you", metavar="WHO")),
    ),
    "unassign": Verb(
        "unassign",
        unassign,
        "Remove the assignee of a task",
        examples=("tk unassign 7f3k",),
        arguments=(_IDS,),
    ),
}
