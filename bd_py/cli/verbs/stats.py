"""``tk stats``: the tracker in numbers."""

from __future__ import annotations

from bd_py.cli.declare import Verb

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


def run(ctx: Context) -> None:
    """Print the summary."""
    from bd_py.service import statistics

    workspace = ctx.workspace()
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


VERB = Verb(
    "stats",
    run,
    "Show the tracker in numbers",
    details="Blocked is what waits for another task, or for somebody.",
    examples=("tk stats", "tk stats --json"),
)
