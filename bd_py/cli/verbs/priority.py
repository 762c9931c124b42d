"""``tk priority``: how urgent it is."""

from __future__ import annotations

from bd_py import amounts
from bd_py.cli.common import each, finish
from bd_py.cli.declare import Argument, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, ids: tuple[str, ...], priority: str) -> None:
    """Set the priority of each task."""
    level = amounts.priority(priority)

    def put(w: Write, task_id: str) -> bool:
        from bd_py.service import tasks

        return tasks.set_fields(w, task_id, {"priority": level})

    finish(ctx, each(ctx, ids, put), lambda short: f"Updated {short} -> P{level}", f"is already P{level}")


VERB = Verb(
    "priority",
    run,
    "Set how urgent a task is",
    examples=("tk priority 7f3k 0", "tk priority 7f3k 2c9d high"),
    arguments=(
        Argument("ids", "Tasks", nargs=-1, metavar="ID"),
        Argument("priority", "0-4, P0-P4, or urgent, high, medium, low"),
    ),
    aliases=("pri",),
)
