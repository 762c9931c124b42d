"""``tk sync``: level with the log, mended, and told what came in."""

from __future__ import annotations

from bd_py import query
from bd_py.cli.common import style
from bd_py.cli.declare import Option, Verb
from bd_py.cli.words import count
from bd_py.render import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.service.exchange import Report
    from bd_py.service.remote import Exchanged

_SHOWN = 20
"""So many tasks a section: a pull after a holiday must not scroll the summary away."""
# The first four count tasks, for the summary; what was lost or set aside by a merge is told below it.
_SECTIONS = (
    ("created", "created"),
    ("updated", "changed"),
    ("closed", "closed"),
    ("claimed", "claimed"),
    ("finished", "finished"),
    ("lost_claims", "lost claim"),
    ("conflicts", "concurrent edit"),
    ("suspended", "suspended"),
)


def run(ctx: Context, remote: str | None) -> None:
    """Catch up with every file, repair what a merge left, exchange if asked to, report."""
    from bd_py.service.exchange import sync_local

    workspace = ctx.workspace()
    if remote is None:
        report, done = sync_local(workspace), None
    else:
        from bd_py.service.remote import sync_remote

        done, report = sync_remote(workspace, remote or None)
    if ctx.json:
        ctx.emit({**report.to_json(), "remote": done.to_json()} if done else report.to_json())
        return
    if done is not None:
        _say_exchanged(ctx, done)
    _say(ctx, report)


def _say_exchanged(ctx: Context, done: Exchanged) -> None:
    what = []
    if done.committed:
        what.append(f"committed .tasks as {done.committed[:10]}")
    if done.merged:
        what.append(f"merged {count(done.merged, 'commit')}")
    if done.pushed:
        what.append(f"pushed {count(done.pushed, 'commit')}")
    if done.attempts > 1:
        what.append(f"after {done.attempts} attempts")
    ctx.say(f"{done.remote}/{done.branch}: {', '.join(what) or 'nothing to exchange'}")


def _say(ctx: Context, report: Report) -> None:
    below = ctx.workspace().paths.below
    for name in report.repaired:
        if name in report.merged:
            ctx.say(f"Merged both sides of {below}/{name}")
        else:
            ctx.say(f"Dropped the conflict markers from {below}/{name}, the events of both sides are kept")
    # In the middle of a merge git wants to be told that the file is resolved; sync does so where it can.
    if report.repaired and not report.staged:
        ctx.say("  'git add .tasks' when the rest of the merge is resolved")
    if not report.imported and not report.unreachable:
        ctx.say("Nothing new came in." if not report.repaired else "No events that were not known.")
        return
    if report.imported:
        ctx.say(f"{count(report.imported, 'event')} came in: {_summary(report)}")
    for attribute, word in _SECTIONS:
        _list(ctx, word, getattr(report, attribute))
    for name in report.records[:_SHOWN]:
        ctx.say(f"  {'record':<15} {safe(name)}")
    if len(report.records) > _SHOWN:
        ctx.say(f"  {'record':<15} and {len(report.records) - _SHOWN} more (--json lists all)")
    if report.finished:
        ctx.say("  the last of their children were closed on two branches: closed with them")
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
    # "2 tasks created, 1 closed": the noun stands once.
    words = [f"{count(n, 'task') if k == 0 else n} {word}" for k, (n, word) in enumerate(counts)]
    if report.records:
        words.append(f"{count(len(report.records), 'record')} changed")
    return ", ".join(words) or "no task changed"


def _list(ctx: Context, word: str, ids: list[str]) -> None:
    # Those that are gone are missing from what is found.
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
    "Take in what git brought, repair it, and show what changed",
    details="""Every command takes in what a pull, merge or checkout brought. sync also looks at every file, merges
    segments that git could not merge and drops conflict markers (the events of both sides are kept, and the result is
    staged), and shows what came in since the last sync.

    It works on this machine only, unless you ask for an exchange with --remote. Then it commits .tasks, and nothing
    else that is changed or staged, fetches and merges the branch's upstream, and pushes the branch with all its
    commits; if somebody else pushed first, it tries again. If other files conflict, it undoes the merge. One
    that was cut off in its merge is finished by the next.""",
    examples=("tk sync", "tk sync --json", "tk sync --remote", "tk sync --remote upstream"),
    options=(Option("remote", "--remote", help="Commit .tasks, fetch, merge and push", metavar="NAME", flag_value=""),),
)
