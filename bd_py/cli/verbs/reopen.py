"""``tk reopen``: not done after all."""

from __future__ import annotations

from bd_py.cli.common import each, status_sentence
from bd_py.cli.declare import Argument, Option, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, ids: tuple[str, ...], reason: str | None) -> None:
    """Open each closed task again."""
    from bd_py.service import tasks

    text = ctx.text_arg(reason) if reason else None

    def open_again(w: Write, task_id: str) -> bool:
        return tasks.reopen(w, task_id, reason=text)

    status_sentence(ctx, each(ctx, ids, open_again), "is not closed")


VERB = Verb(
    "reopen",
    run,
    "Open a closed task again",
    examples=("tk reopen 7f3k -r 'It came back'",),
    arguments=(Argument("ids", "Tasks to open again", nargs=-1, metavar="ID"),),
    options=(Option("reason", "-r", "--reason", help="Why; '-' reads stdin, @FILE a file"),),
)
