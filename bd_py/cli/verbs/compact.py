"""``tk compact``: old segments into packs."""

from __future__ import annotations

from bd_py import times
from bd_py.cli.declare import Option, Verb
from bd_py.cli.words import count
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.service.compaction import Report


def run(ctx: Context, older_than: str | None, dry_run: bool) -> None:
    """Pack, or say what would be packed."""
    from bd_py.service.compaction import compact

    report = compact(ctx.workspace(), _day(older_than), dry_run=dry_run, progress=ctx.progress("Reading the log"))
    if ctx.json:
        ctx.emit(report.to_json())
    else:
        _say(ctx, report)


def _day(older_than: str | None) -> str:
    """The day before which everything is packed: never later than today."""
    today = times.now()
    if older_than is None:
        return today[:8] + "01"
    if older_than.isdigit():
        if len(older_than) > 5:
            raise UsageError(f"--older-than {older_than}: so many days ago there was no log")
        older_than = f"-{older_than}d"
    return min(times.parse(older_than), today)[:10]


def _say(ctx: Context, report: Report) -> None:
    verb = "Would pack" if report.dry_run else "Packed"
    for pack in report.packs:
        what = f"{count(len(pack['sources']), 'file')}, {count(pack['events'], 'event')}"
        ctx.say(f"{verb} {what} into .tasks/log/{pack['pack']}")
    if report.removed:
        words = "Would remove" if report.dry_run else "Removed"
        ctx.say(f"{words} {count(len(report.removed), 'file')} whose events all stand in a pack")
    for waiting in report.waiting:
        files = count(len(waiting["files"]), "file")
        ctx.say(f"{waiting['month']}: {files} wait until there is more: one of them is most of a pack")
    for left in report.left:
        ctx.warn(f"left alone: .tasks/log/{left['file']}: {left['reason']}")
    if not (report.packs or report.removed):
        ctx.say("Nothing to pack.")
    elif not report.dry_run:
        ctx.say("Staged: 'git commit' makes it so." if report.staged else "'git add .tasks' and commit.")


VERB = Verb(
    "compact",
    run,
    "Pack log files of past months, one pack per month",
    details="""What git gc does for loose objects. Only files that HEAD has, unchanged, are packed, line by line as
    they are; no event is dropped. The result merges with branches that were never compacted, and with branches that
    were compacted differently. It makes a log of a thousand files or more faster and changes nothing else.
    --older-than also packs what was written earlier in the current month.

    A pack must be more than twice as large as each of its files; until then the files wait for more.""",
    examples=("tk compact --dry-run", "tk compact", "tk compact --older-than 7"),
    options=(
        Option(
            "older_than",
            "--older-than",
            help="Pack what was written before this time (this month)",
            metavar="DAYS|DATE",
        ),
        Option("dry_run", "-n", "--dry-run", kind="flag", help="Show what would be packed, and change nothing"),
    ),
)
