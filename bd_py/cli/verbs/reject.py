"""``tk reject``: the judge's verdict that the work is not good enough."""

from __future__ import annotations

from bd_py.cli.common import each, status_sentence
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, ids: tuple[str, ...], reason: str | None) -> None:
    """Send each task back, with the reason."""
    from bd_py.service import review

    text = ctx.text_arg(reason) if reason else ""
    if not text.strip():
        raise UsageError("a rejection needs its reason", "Say with --reason what is missing.")

    def verdict(w: Write, task_id: str) -> bool:
        return review.reject(w, task_id, reason=text)

    status_sentence(ctx, each(ctx, ids, verdict), "")


VERB = Verb(
    "reject",
    run,
    "Send a task back for more work, as its judge",
    details="The task is open again, and unassigned; once it was rejected more often than max_retries in config.toml "
    "allows, it is blocked instead.",
    examples=("tk reject 7f3k --reason 'the error path has no test' --actor grace",),
    arguments=(Argument("ids", "Tasks to send back", nargs=-1, metavar="ID"),),
    options=(Option("reason", "-r", "--reason", help="What is missing; '-' reads stdin, @FILE a file"),),
)
