"""``tk accept``: the judge's verdict that the work is good."""

from __future__ import annotations

from bd_py.cli.common import each, finish
from bd_py.cli.declare import Argument, Option, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, ids: tuple[str, ...], reason: str | None) -> None:
    """Accept the work on each task."""
    from bd_py.service import review

    text = ctx.text_arg(reason) if reason else None

    def verdict(w: Write, task_id: str) -> bool:
        return review.accept(w, task_id, reason=text)

    finish(ctx, each(ctx, ids, verdict), lambda short: f"Accepted {short}", "is accepted already")


VERB = Verb(
    "accept",
    run,
    "Accept the work on a task, as its judge",
    details="The judge must be somebody other than the holder. With judge = true in config.toml, a task can be "
    "closed only once it is accepted.",
    examples=("tk accept 7f3k --actor grace",),
    arguments=(Argument("ids", "Tasks to accept", nargs=-1, metavar="ID"),),
    options=(Option("reason", "-r", "--reason", help="What was checked; '-' reads stdin, @FILE a file"),),
)
