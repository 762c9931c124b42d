"""``tk closed``: what was done last."""

from __future__ import annotations

from bd_py import query
from bd_py.cli import fields, lists
from bd_py.cli.declare import Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context

DEFAULT_LIMIT = 20


def run(ctx: Context, limit: int | None, **values: Any) -> None:
    """Print closed tasks, the latest first."""
    workspace = ctx.workspace()
    where = fields.work_filter(query.Filter("i.closed_at IS NOT NULL", "i.category = 'done'"), workspace, values)
    order = query.ORDERS["closed"]
    lists.show(
        ctx, where, limit=limit, default=DEFAULT_LIMIT, fields=values["fields"], order=order, empty="Nothing is closed."
    )


VERB = Verb(
    "closed",
    run,
    "List closed tasks, latest first",
    examples=("tk closed", "tk closed --limit 5", "tk closed -a ada --json"),
    options=(*fields.WORK_FILTERS, *lists.options(DEFAULT_LIMIT)),
    paged=True,
)
