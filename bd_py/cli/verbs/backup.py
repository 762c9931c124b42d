"""``tk backup``: the whole store into a folder or an archive, and back."""

from __future__ import annotations

from bd_py.cli.declare import Argument, Option, Verb
from bd_py.cli.words import count
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def run(ctx: Context, dest: str | None, restore: str | None, force: bool) -> None:
    """Make a backup, or restore one, and say what it holds."""
    if restore is not None:
        if dest is not None:
            raise UsageError("DEST and --restore exclude each other", "-C says where to restore to.")
        _restore(ctx, restore, force)
        return
    if dest is None:
        raise UsageError("give DEST, or --restore SRC", "'tk backup ../tk.tar.gz' makes one.")
    from bd_py.service import backup

    found = backup.backup(ctx.workspace(), ctx.path(dest), force=force)
    if ctx.json:
        ctx.emit(found)
        return
    tasks, events = count(found["tasks"], "task"), count(found["events"], "event")
    ctx.say(f"Backed up {tasks}, {events} to {found['backup']}")
    if found["foreign_tables"]:
        ctx.say(f"With the tables of other programs: {', '.join(found['foreign_tables'])}")


def _restore(ctx: Context, source: str, force: bool) -> None:
    from bd_py.service import restoring

    found = restoring.restore(ctx.directory, ctx.path(source), force=force)
    if ctx.json:
        ctx.emit(found)
        return
    if not found["changed"]:
        ctx.say(f"Nothing to restore: {found['store']} holds all of it")
        return
    tasks, events = count(found["tasks"], "task"), count(found["events"], "event")
    ctx.say(f"Restored {tasks}, {events} into {found['store']}")
    if found["foreign_tables"]:
        ctx.say(f"With the tables of other programs: {', '.join(found['foreign_tables'])}")
    if "replaced" in found:
        ctx.say(f"What was there before: {found['replaced']}")


VERB = Verb(
    "backup",
    run,
    "Back up the whole store, or restore it",
    details="""Saves the log, the settings, and the tables that other programs keep in the cache, as they are at one
    moment, even while others write. DEST is an archive if its name ends in .tar.gz or .tgz, otherwise a folder. It
    appears only when it is complete. --force replaces an older backup; nothing else is ever overwritten.

    --restore makes the store here (or at -C) what the backup holds. If that would remove or change anything, it is
    refused; --force does it all the same, after backing up what is there, and prints where that is. Restoring the
    same backup again changes nothing.""",
    examples=("tk backup ../tk.tar.gz", "tk backup --force ../tk-backup", "tk backup --restore ../tk.tar.gz --json"),
    arguments=(Argument("dest", "A folder or an archive to make.", required=False),),
    options=(
        Option("restore", "--restore", help="Restore from this backup.", metavar="SRC"),
        Option("force", "--force", help="Replace an older backup; restore over what is there.", kind="flag"),
    ),
)
