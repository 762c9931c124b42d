"""``tk duplicates``: open tasks whose titles say nearly the same."""

from __future__ import annotations

from bd_py.cli.common import style
from bd_py.cli.declare import Option, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def run(ctx: Context, threshold: float) -> None:
    """Print the groups, the most alike first; in each the oldest task first."""
    if not 0.5 <= threshold <= 1:
        raise UsageError(f"--threshold {threshold:g} is none", "Give a number from 0.5 to 1: 1 is the same words.")
    from bd_py import query, query_search
    from bd_py.service import duplicates

    conn = ctx.workspace().conn
    found = duplicates.groups(query_search.open_titles(conn), threshold)
    if ctx.json:
        ctx.emit_each({"similarity": round(alike, 3), "issues": query.get(conn, ids)} for alike, ids in found)
        return
    from bd_py import render

    how = style(ctx)
    for alike, ids in found:
        first, *others = query.get(conn, ids)
        ctx.out(render.ready_line(first, how))
        for issue in others:
            ctx.out(f"  {render.ready_line(issue, how, 2)}")
        ctx.out(f"    {alike:.0%} alike")


def warn(ctx: Context, title: str, new_id: str) -> None:
    """Tell of an open task that says nearly the same as a new one."""
    from bd_py.cli.common import short_id
    from bd_py.service import duplicates

    twin = duplicates.like(ctx.workspace().conn, title, new_id)
    if twin is not None:
        ctx.note(f"{short_id(ctx, twin[0])} says nearly the same: {twin[1]}")
        ctx.note(f"If it is the same: tk close {short_id(ctx, new_id)} --resolution duplicate")


VERB = Verb(
    "duplicates",
    run,
    "List open tasks with nearly the same title",
    details="Each group begins with its oldest task, and the others are similar to that. Titles that differ in a "
    "number are not similar. 'tk close ID --resolution duplicate' closes one; 'tk dep add ID OTHER -t duplicates' "
    "records of which.",
    examples=("tk duplicates", "tk duplicates --threshold 0.95 --json"),
    options=(
        Option(
            "threshold",
            "--threshold",
            kind="float",
            default=0.85,
            help="How similar, from 0.5 to 1",
            metavar="X",
        ),
    ),
    paged=True,
)
