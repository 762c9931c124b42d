"""``tk undefer``: now after all."""

from __future__ import annotations

from bd_py.cli.common import each, status_sentence
from bd_py.cli.declare import Argument, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def run(ctx: Context, ids: tuple[str, ...]) -> None:
    """Take each deferral back."""
    from bd_py.service import tasks

    status_sentence(ctx, each(ctx, ids, tasks.undefer), "is not deferred")


VERB = Verb(
    "undefer",
    run,
    "Undo a deferral",
    examples=("tk undefer 7f3k",),
    arguments=(Argument("ids", "Tasks to bring back", nargs=-1, metavar="ID"),),
)
