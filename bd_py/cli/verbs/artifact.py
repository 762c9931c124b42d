"""``tk artifact``: what the work on a task brought forth."""

from __future__ import annotations

from bd_py.cli.common import each, emit_details, short_id
from bd_py.cli.declare import Argument, Option, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, id: str, path: str, kind: str | None, description: str | None) -> None:
    """Refer to a file or address."""
    from bd_py.service import working_record

    text = ctx.text_arg(description) if description is not None else None
    made: list[str] = []

    def add(w: Write, task_id: str) -> bool:
        made.append(working_record.add_artifact(w, task_id, path, kind=kind, description=text))
        return True

    for task_id, _ in each(ctx, [id], add):
        if ctx.json:
            emit_details(ctx, [task_id])
        else:
            ctx.say(f"Recorded {made[0]} on {short_id(ctx, task_id)}")


VERB = Verb(
    "artifact",
    run,
    "Record a file that the work on a task produced",
    details="A path or a URL: only the reference is kept, the file is not copied.",
    examples=("tk artifact 7f3k docs/design.md --kind design --description 'the second draft'",),
    arguments=(
        Argument("id", "The task", metavar="ID"),
        Argument("path", "The file, or a URL"),
    ),
    options=(
        Option("kind", "--kind", help="What it is: design, patch, report, ..."),
        Option("description", "--description", help="What it shows; '-' reads stdin, @FILE a file"),
    ),
)
