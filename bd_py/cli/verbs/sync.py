"""``tk sync``: level with the log, mended, and told what came in."""

from __future__ import annotations

from bd_py import query
from bd_py.cli.common import style
from bd_py.cli.declare import Verb
from bd_py.cli.words import count
from bd_py.render import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.service.exchange import Report

_SHOWN = 20
_SECTIONS = (
    ("created", "created"),
    ("updated", "changed"),
    ("closed", "closed"),
    ("claimed", "claimed"),
    ("lost_claims", "lost claim"),
    ("conflicts", "concurrent edit"),
    ("suspended", "suspended"),
)


def run(ctx: Context) -> None:
    """Catch up with every file, repair conflict markers, report."""
    from bd_py.service.exchange import sync_local

    workspace = ctx.workspace()
    report = sync_local(workspace)
    if ctx.json:
        ctx.emit(report.to_json())
    else:
        _say(ctx, report)


def _say(ctx: Context, report: Report) -> None:
    for name in report.repaired:
        ctx.say(f"Dropped the conflict markers from .tasks/log/{name}, the events of both sides are kept")
    if report.repaired:
        ctx.say("  'git add .tasks' when the rest of the merge is resolved")
    if not report.imported and not report.unreachable:
        ctx.say("Nothing new came in." if not report.repaired else "No events that were not known.")
        return
    if report.imported:
        ctx.say(f"{count(report.imported, 'event')} came in: {_summary(report)}")
    for attribute, word in _SECTIONS:
        _list(ctx, word, getattr(report, attribute))
    if report.conflicts:
        ctx.say("  'tk conflicts' shows both values of each")
    if report.lost_claims:
        ctx.say("  an older claim came in and holds; 'tk log ID' tells how")
    if report.suspended:
        ctx.say("  these would close a cycle of dependencies: 'tk dep cycles'")
    if report.unreachable:
        ctx.say(f"{count(len(report.unreachable), 'event')} left with a checkout, a revert or a reset:")
        ctx.say("  'tk recover --list' shows what is not here, 'tk recover --from REV' brings a revision's back")


def _summary(report: Report) -> str:
    counts = [(len(getattr(report, name)), word) for name, word in _SECTIONS[:4] if getattr(report, name)]
    words = [f"{count(n, 'task') if k == 0 else n} {word}" for k, (n, word) in enumerate(counts)]
    return ", ".join(words) or "no task changed"


def _list(ctx: Context, word: str, ids: list[str]) -> None:
    found = query.get(ctx.workspace().conn, ids[:_SHOWN])
    titles = {issue["id"]: safe(issue["title"]) for issue in found}
    names = style(ctx)
    for task_id in ids[:_SHOWN]:
        ctx.say(f"  {word:<15} {names.id(task_id)}  {titles.get(task_id, '(deleted)')}")
    if len(ids) > _SHOWN:
        ctx.say(f"  {word:<15} and {len(ids) - _SHOWN} more (--json lists all)")


VERB = Verb(
    "sync",
    run,
    "Take in what git brought, mend it, and tell what changed",
    details="""Every command takes in what a pull, merge or checkout brought. sync also looks at every file,
    drops the conflict markers that a merge may have left in the log (the events of both sides are kept), and
    tells what came in since the last sync. It works on this machine only: exchanging is git's.""",
    examples=("tk sync", "tk sync --json"),
)
