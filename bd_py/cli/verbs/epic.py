"""``tk epic``: how far the epics are."""

from __future__ import annotations

from bd_py.cli.common import each, status_sentence, style
from bd_py.cli.declare import Option, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def status(ctx: Context, eligible_only: bool) -> None:
    """Print each open epic with how many of its children are closed."""
    from bd_py.service import statistics

    found = statistics.epics(ctx.workspace().conn, eligible_only=eligible_only, brief=not ctx.json)
    if ctx.json:
        ctx.emit(found)
        return
    from bd_py import render

    how = style(ctx)
    for entry in found:
        total, closed = entry["total_children"], entry["closed_children"]
        share = f", {100 * closed // total} %" if total else ""
        ready = ", all done: tk epic close-eligible" if entry["eligible_for_close"] else ""
        tail = f" ({closed}/{total} closed{share}{ready})"
        ctx.out(how.fit(render.ready_line(entry["epic"], how, len(tail)) + tail))
    if not found:
        ctx.note("No epic is open." if not eligible_only else "No open epic has all of its children closed.")


def close_eligible(ctx: Context, reason: str | None, dry_run: bool) -> None:
    """Close each epic whose children are all closed."""
    from bd_py.service import statistics, tasks

    ids = [entry["epic"]["id"] for entry in statistics.epics(ctx.workspace().conn, eligible_only=True, brief=True)]
    text = ctx.text_arg(reason) if reason else "All children are closed"

    def finish(w: Write, task_id: str) -> bool:
        return tasks.close(w, task_id, reason=text)

    if dry_run or not ids:
        from bd_py import query, render

        found = query.get(ctx.workspace().conn, ids)
        if ctx.json:
            ctx.emit(found)
        for issue in found:
            ctx.say("Would close " + render.ready_line(issue, style(ctx)))
        if not found:
            ctx.note("No open epic has all of its children closed.")
        return
    status_sentence(ctx, each(ctx, ids, finish), "is closed already")


VERB = Verb(
    "epic",
    None,
    "Show the progress of epics",
    examples=("tk epic status", "tk epic close-eligible --dry-run"),
    subverbs=(
        Verb(
            "status",
            status,
            "Show each open epic with how many of its children are closed",
            examples=("tk epic status", "tk epic status --eligible-only --json"),
            options=(
                Option(
                    "eligible_only", "--eligible-only", kind="flag", help="Only those whose children are all closed"
                ),
            ),
        ),
        Verb(
            "close-eligible",
            close_eligible,
            "Close the epics whose children are all closed",
            examples=("tk epic close-eligible",),
            options=(
                Option("reason", "-r", "--reason", help="Why; '-' reads stdin, @FILE a file"),
                Option("dry_run", "--dry-run", kind="flag", help="Show which, and change nothing"),
            ),
        ),
    ),
    default_subverb="status",
)
