"""``tk children``: what a task consists of."""

from __future__ import annotations

from bd_py import query
from bd_py.cli import lists
from bd_py.cli.common import find
from bd_py.cli.declare import Argument, Option, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def run(ctx: Context, id: str, status: tuple[str, ...], limit: int | None, fields: str | None) -> None:
    """Print the children of a task, closed ones too, by priority, then age."""
    from bd_py.workflow import status_named

    workspace = ctx.workspace()
    where = query.Filter(query.ALL)
    where.child_of(find(workspace, id))
    names = [name for item in status for name in item.split(",")]
    where.any_of("i.status", "status", [status_named(workspace.config, name) for name in names])
    lists.show(ctx, where, limit=limit, fields=fields, empty="It has no children.")


VERB = Verb(
    "children",
    run,
    "List the children of a task, closed ones too",
    examples=("tk children 7f3k", "tk children 7f3k -s open --json"),
    arguments=(Argument("id", "The task", metavar="ID"),),
    options=(
        Option("status", "-s", "--status", help="Only these statuses", multiple=True),
        *lists.options(0),
    ),
    paged=True,
)
