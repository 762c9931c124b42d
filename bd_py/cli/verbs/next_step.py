"""``tk next``: what is to be done next on a task."""

from __future__ import annotations

from bd_py.cli.common import each, finish
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, id: str, step: tuple[str, ...], clear: bool) -> None:
    """Set the next step, or take it away."""
    from bd_py.service import working_record

    if bool(step) == clear:
        raise UsageError("give the next step, or --clear", "For example: tk next 7f3k 'run it on the staging data'")
    text = ctx.text_arg(" ".join(step)) if step else None

    def tell(w: Write, task_id: str) -> bool:
        return working_record.set_next_step(w, task_id, text)

    done = "has no next step now" if clear else "has its next step"
    finish(ctx, each(ctx, [id], tell), lambda short: f"{short} {done}", "says so already")


VERB = Verb(
    "next",
    run,
    "Set the next step of a task",
    examples=("tk next 7f3k run it on the staging data", "tk next 7f3k --clear"),
    arguments=(
        Argument("id", "The task", metavar="ID"),
        Argument("step", "The step; '-' reads stdin, @FILE a file", nargs=-1, required=False),
    ),
    options=(Option("clear", "--clear", kind="flag", help="Remove the next step"),),
)
