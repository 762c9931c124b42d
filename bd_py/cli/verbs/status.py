"""``tk status``: where one stands; with a task and a status it sets that."""

from __future__ import annotations

from bd_py.cli.common import each, status_sentence, style
from bd_py.cli.declare import Argument, Verb
from bd_py.cli.words import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, words: tuple[str, ...]) -> None:
    """Without a word the overview; ``ID... STATUS`` sets the status of each task; ``ID`` prints it."""
    if not words:
        _overview(ctx)
    elif len(words) == 1:
        _print_one(ctx, words[0])
    else:
        _set(ctx, words[:-1], words[-1])


def _set(ctx: Context, ids: tuple[str, ...], status: str) -> None:
    from bd_py.cli.verbs.update import apply
    from bd_py.workflow import status_named

    name = status_named(ctx.workspace().config, status)

    def put(w: Write, task_id: str) -> bool:
        return apply(w, task_id, {"fields": {}, "other": {"status": name}, "version": None})

    status_sentence(ctx, each(ctx, ids, put), "is unchanged")


def _print_one(ctx: Context, ref: str) -> None:
    from bd_py import query
    from bd_py.cli.common import find

    workspace = ctx.workspace()
    issue = query.get(workspace.conn, [find(workspace, ref)])[0]
    if ctx.json:
        ctx.emit([issue])
    else:
        ctx.out(issue["status"])


def _overview(ctx: Context) -> None:
    from bd_py.service import statistics
    from bd_py.service.overview import overview

    workspace = ctx.workspace()
    found = overview(workspace)
    if ctx.json:
        summary = found["summary"] = statistics.summary(workspace.conn, workspace.config.exclude_types)
        found["ready_count"], found["blocked_count"] = summary["ready_issues"], summary["blocked_issues"]
        ctx.emit(found)
        return
    from bd_py import query_facts, render

    how = style(ctx)
    ctx.out(f"Yours, {render.safe(str(found['actor']))}: {len(found['mine']) or 'nothing'}")
    for issue in found["mine"]:
        ctx.out(f"  {render.ready_line(issue, how, 2)}")
    _some(
        ctx, "Ready", found["ready_count"], [render.ready_line(issue, how, 2) for issue in found["ready"]], "tk ready"
    )
    waits = [
        render.blocked_line(issue, query_facts.blockers_of(workspace.conn, issue["id"]), how, 2)
        for issue in found["blocked"]
    ]
    _some(ctx, "Blocked", found["blocked_count"], waits, "tk blocked")
    _git(ctx, found, workspace.paths.below)


def _some(ctx: Context, title: str, number: int, lines: list[str], more: str) -> None:
    from bd_py.service.overview import COUNTED

    if number > COUNTED:
        ctx.out(f"{title}: more than {COUNTED}")
    else:
        ctx.out(f"{title}: {number or 'nothing'}")
    for line in lines:
        ctx.out(f"  {line}")
    if number > len(lines):
        left = "" if number > COUNTED else f"{number - len(lines)} "
        ctx.out(f"  and {left}more: {more}")


def _git(ctx: Context, found: dict[str, Any], below: str) -> None:
    uncommitted, incoming = found["uncommitted"], found["incoming"]
    if uncommitted is not None and uncommitted["files"]:
        about = f"{count(uncommitted['events'], 'event')} of {count(len(uncommitted['tasks']), 'task')}"
        where = count(len(uncommitted["files"]), "file")
        ctx.out(f"Not committed yet: {about}, in {where} under {below} (git add .tasks)")
    elif uncommitted is not None:
        ctx.out("Not committed yet: nothing")
    if incoming["events"]:
        about = f"{count(incoming['events'], 'event')} of {count(len(incoming['tasks']), 'task')}"
        ctx.out(f"Came in since the last sync: {about} (tk sync tells which)")
    if incoming["unreachable"]:
        ctx.out(f"Gone with a checkout, revert or reset: {count(incoming['unreachable'], 'event')} (tk sync)")


VERB = Verb(
    "status",
    run,
    "Show where you stand, or set a task's status",
    details="Without arguments: what is yours, what is ready, what is blocked, what is not committed yet, and what a "
    "merge brought. With tasks and a status it sets that, as 'tk update --status' does; with one task it prints its "
    "status.",
    examples=("tk status", "tk status 7f3k blocked", "tk status 7f3k", "tk status --json"),
    arguments=(Argument("words", "Tasks, and the status to set", nargs=-1, required=False, metavar="ID... STATUS"),),
)
