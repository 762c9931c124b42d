"""``tk stale``: open work that nobody has touched for long."""

from __future__ import annotations

from bd_py import query, times
from bd_py.cli import fields, lists
from bd_py.cli.declare import Option, Verb
from bd_py.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.render import Style

DAYS = 30
DEFAULT_LIMIT = 50
_DAY_MS = 86_400_000


def run(ctx: Context, days: int, limit: int | None, **values: Any) -> None:
    """Print what was not changed for so many days, the longest untouched first."""
    import time

    if days < 0:
        raise InvalidError(f"--days {days}: not a number of days", "Give 0 or more.")
    workspace = ctx.workspace()
    now = time.time_ns() // 1_000_000
    where = fields.list_filter(query.Filter(query.LIVE), workspace, values, workspace.config)
    where.add("i.updated_at <= :untouched_since", untouched_since=times.iso(max(now - days * _DAY_MS, 0)))

    def line(issue: dict[str, Any], how: Style) -> str:
        from bd_py import render

        past = max(now - times.to_ms(issue["updated_at"]), 0) // _DAY_MS
        tail = f" ({past} days)"
        return how.fit(render.ready_line(issue, how, len(tail)) + tail)

    lists.show(
        ctx,
        where,
        limit=limit,
        default=DEFAULT_LIMIT,
        fields=values["fields"],
        order="i.updated_at, i.id",
        line=line,
        empty=f"Nothing open was left untouched for {days} days.",
    )


VERB = Verb(
    "stale",
    run,
    "List open tasks that nobody has touched for long",
    examples=("tk stale", "tk stale --days 90 -s in_progress", "tk stale --days 14 --json"),
    options=(
        Option("days", "-d", "--days", kind="int", help="How many days without a change", default=DAYS),
        *fields.LIST_FILTERS,
        *lists.options(DEFAULT_LIMIT),
    ),
    paged=True,
)
