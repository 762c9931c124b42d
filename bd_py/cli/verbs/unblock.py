"""``tk unblock``: nothing is in the way any more."""

from __future__ import annotations

from bd_py.cli.common import each, status_sentence
from bd_py.cli.declare import Argument, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def run(ctx: Context, ids: tuple[str, ...]) -> None:
    """Resolve every blocker of each task and open it again."""
    from bd_py.service import tasks

    status_sentence(ctx, each(ctx, ids, tasks.unblock), "has nothing in its way")


VERB = Verb(
    "unblock",
    run,
    "Resolve a task's blockers and open it again",
    examples=("tk unblock 7f3k",),
    arguments=(Argument("ids", "Tasks to unblock", nargs=-1, metavar="ID"),),
)
