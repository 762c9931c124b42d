"""``tk stats``: the tracker in numbers."""

from __future__ import annotations

from bd_py.cli.declare import Option, Verb
from bd_py.cli.words import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context

_ROWS = (
    ("total_issues", "Tasks"),
    ("open_issues", "  open"),
    ("in_progress_issues", "  in progress"),
    ("deferred_issues", "  deferred"),
    ("closed_issues", "  closed"),
    ("ready_issues", "Ready"),
    ("blocked_issues", "Blocked"),
    ("tombstone_issues", "Deleted"),
)


def run(ctx: Context, plot: str | None) -> None:
    """Print the summary, or draw the burn-up into a file."""
    from bd_py.service import statistics

    workspace = ctx.workspace()
    if plot is not None:
        _plot(ctx, plot)
        return
    found = statistics.summary(workspace.conn, workspace.config.exclude_types)
    if ctx.json:
        ctx.emit({"summary": found})
        return
    width = max(len(str(found[key])) for key, _ in _ROWS)
    for key, title in _ROWS:
        ctx.out(f"{title:<14} {found[key]:>{width}}")
    hours = found.get("average_lead_time_hours")
    if hours is not None:
        shown = f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.1f} days"
        ctx.out(f"From creation to close: {shown} on average")


def _plot(ctx: Context, name: str) -> None:
    from bd_py.service import burnup

    days = burnup.plot(ctx.workspace().conn, ctx.path(name))
    if ctx.json:
        ctx.emit({"file": name, "days": days})
    else:
        ctx.say(f"Drew {count(days, 'day')} into {name}")


VERB = Verb(
    "stats",
    run,
    "Show how many tasks there are, by state",
    details="Blocked are tasks that wait for another task, or for somebody.\n\n"
    "--plot draws how many tasks there were and how many were done, day by day. It needs matplotlib, which comes with "
    "the extra 'plot': pip install 'bd-py[plot]'.",
    examples=("tk stats", "tk stats --json", "tk stats --plot burnup.svg"),
    options=(Option("plot", "--plot", help="Draw a burn-up chart into this SVG file", metavar="FILE"),),
)
