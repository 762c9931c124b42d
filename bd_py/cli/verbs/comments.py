"""``tk comments``: the remarks on a task."""

from __future__ import annotations

from bd_py.cli.common import find, style
from bd_py.cli.declare import Argument, Verb
from bd_py.cli.verbs.comment import ADD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def show(ctx: Context, id: str) -> None:
    """Print a task's comments, the oldest first."""
    from bd_py import query

    workspace = ctx.workspace()
    found = query.comments(workspace.conn, find(workspace, id))
    if ctx.json:
        ctx.emit(found)
        return
    from bd_py import render

    how = style(ctx)
    for k, comment in enumerate(found):
        if k:
            ctx.out("")
        ctx.out(f"{render.short_time(comment['created_at'])} {render.safe(comment['author'] or '?')}:")
        ctx.out(render.indented(comment["text"], how))
    if not found:
        ctx.note("No comments.")


VERB = Verb(
    "comments",
    None,
    "Show the comments on a task",
    examples=("tk comments 7f3k", "tk comments add 7f3k The cause is in the cache"),
    subverbs=(
        Verb(
            "list",
            show,
            "Show the comments on a task",
            examples=("tk comments 7f3k --json",),
            arguments=(Argument("id", "The task", metavar="ID"),),
            paged=True,
        ),
        ADD,
    ),
    default_subverb="list",
)
