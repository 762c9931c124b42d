"""``tk block``: say what is in the way."""

from __future__ import annotations

from bd_py.cli.common import each, status_sentence
from bd_py.cli.declare import Argument, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, id: str, text: tuple[str, ...]) -> None:
    """Record the blocker and set the task to blocked."""
    from bd_py.service import tasks

    words = ctx.text_arg(" ".join(text))

    def stop(w: Write, task_id: str) -> bool:
        tasks.block(w, task_id, words)
        return True

    status_sentence(ctx, each(ctx, [id], stop), "")


VERB = Verb(
    "block",
    run,
    "Mark a task as blocked, and say by what",
    examples=("tk block 7f3k waiting for the API key",),
    arguments=(
        Argument("id", "The task", metavar="ID"),
        Argument("text", "What is in the way; '-' reads stdin", nargs=-1),
    ),
)
