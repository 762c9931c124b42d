"""``tk release``: give a task back."""

from __future__ import annotations

from bd_py.cli.common import each, status_sentence
from bd_py.cli.declare import Argument, Option, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, ids: tuple[str, ...], reason: str | None, force: bool) -> None:
    """Release each task: open again, nobody's."""
    from bd_py.service import claims

    text = ctx.text_arg(reason) if reason else None

    def give_back(w: Write, task_id: str) -> bool:
        return claims.release(w, task_id, reason=text, force=force)

    status_sentence(ctx, each(ctx, ids, give_back), "is open and nobody's already")


VERB = Verb(
    "release",
    run,
    "Give a task back: open again, and unassigned",
    details="Also reopens what was closed as failed, for another try.",
    examples=("tk release 7f3k --reason 'needs the new schema first'",),
    arguments=(Argument("ids", "Tasks to give back", nargs=-1, metavar="ID"),),
    options=(
        Option("reason", "-r", "--reason", help="Why; '-' reads stdin, @FILE a file"),
        Option("force", "--force", kind="flag", help="Even if somebody else holds it"),
    ),
    aliases=("retry",),
)
