"""``tk recover``: bring back events that vanished."""

from __future__ import annotations

from bd_py.cli.declare import Option, Verb
from bd_py.cli.words import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.service.recovery import Missing


def run(ctx: Context, listing: bool, rev: str | None) -> None:
    """List what is missing, or write it back."""
    from bd_py.service import recovery
    from bd_py.workspace import Workspace

    found = recovery.missing_with_store(ctx.directory) if listing and rev is None else None
    if found is None:
        workspace = ctx.adopt(Workspace(recovery.find_store(ctx.directory), actor=ctx.actor()))
        if not listing:
            found = recovery.restore(workspace, rev)
        else:
            found = recovery.everything(workspace) if rev is None else recovery.missing_in(workspace, rev)
        workspace.suspect = False
    if ctx.json:
        ctx.emit([missing.to_json() for missing in found])
        return
    for missing in found:
        (ctx.out if listing else ctx.say)(_line(missing))
    if not found:
        ctx.say("Nothing is missing." if rev is None else f"Everything that {rev} holds is here.")
    elif not listing:
        ctx.say(f"Brought back {count(len(found), 'event')}: 'git add .tasks' and commit.")


def _line(missing: Missing) -> str:
    entry = missing.to_json()
    return f"{entry['id']}  {entry['at']}  {entry['type']:<20} {entry['task'] or '-'}  ({entry['from']})"


VERB = Verb(
    "recover",
    run,
    "Bring back events that were lost from the log",
    details="""Until they are committed, events also have a hard link in the git directory, which git clean and
    rm -rf .tasks do not touch. Without options, those that are gone from the log and in no commit are written back.
    What a checkout, revert or reset took away belongs to other branches and stays away, unless --from names a
    revision that has it.""",
    examples=("tk recover --list", "tk recover", "tk recover --from HEAD~1"),
    options=(
        Option("listing", "--list", help="Show what is missing, and where it is.", kind="flag"),
        Option("rev", "--from", help="Bring back what this revision has.", metavar="REV"),
    ),
)
