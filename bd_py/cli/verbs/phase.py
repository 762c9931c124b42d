"""``tk phase``: where a task stands in its way of working."""

from __future__ import annotations

from bd_py.cli.common import each, finish
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, id: str, phase: str | None, clear: bool) -> None:
    """Set the phase, or take it away."""
    from bd_py.service import working_record

    if (phase is None) != clear:
        raise UsageError("give a phase, or --clear", "For example: tk phase 7f3k review")

    def move(w: Write, task_id: str) -> bool:
        return working_record.set_phase(w, task_id, phase or None)

    where = f"in {phase}" if phase else "in no phase"
    finish(ctx, each(ctx, [id], move), lambda short: f"{short} is {where} now", f"is {where} already")


VERB = Verb(
    "phase",
    run,
    "Set the phase a task is in",
    details="Any word: phases are up to the project, such as plan, build, review.",
    examples=("tk phase 7f3k review", "tk phase 7f3k --clear"),
    arguments=(
        Argument("id", "The task", metavar="ID"),
        Argument("phase", "The phase", required=False),
    ),
    options=(Option("clear", "--clear", kind="flag", help="Remove the phase"),),
)
