"""``tk restore``: undo a deletion."""

from __future__ import annotations

from bd_py.cli.common import each, status_sentence
from bd_py.cli.declare import Argument, Option, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, ids: tuple[str, ...], reason: str | None) -> None:
    """Bring each deleted task back."""
    from bd_py.service import tasks

    text = ctx.text_arg(reason) if reason else None

    def bring_back(w: Write, task_id: str) -> bool:
        changed = tasks.restore(w, task_id, reason=text)
        w.flush()
        return changed

    status_sentence(ctx, each(ctx, ids, bring_back, deleted=True), "is not deleted")


VERB = Verb(
    "restore",
    run,
    "Bring a deleted task back",
    examples=("tk restore tk-7f3k9q2m1x",),
    arguments=(Argument("ids", "Deleted tasks", nargs=-1, metavar="ID"),),
    options=(Option("reason", "-r", "--reason", help="Why; '-' reads stdin, @FILE a file"),),
)
