"""``tk import FILE...``: take in the tasks of bd, ticket, Backlog.md or a queue of Markdown files."""

from __future__ import annotations

from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import InvalidError, NotFoundError, TkError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.interchange.importer import Batch, Report


def run(
    ctx: Context, file: tuple[str, ...], format: str | None, skip_existing: bool, dry_run: bool, status: str | None
) -> int | None:
    """Import each file as a batch of its own, and report; a file that fails has written nothing."""
    from bd_py.interchange.importer import import_records

    if "-" in file and format not in (None, "jsonl"):
        raise UsageError(f"stdin is read in the bd format, not as {format}", "Name the folder.")
    workspace = ctx.workspace()
    reports: list[Report] = []
    for name in file:
        progress = ctx.progress(f"Importing {name}")
        try:
            report = import_records(
                workspace,
                "stdin" if name == "-" else name,
                _batch(ctx, name, format, progress),
                skip_existing=skip_existing,
                dry_run=dry_run,
                status=status,
                progress=progress,
            )
        except TkError as error:
            ctx.report(error)
            continue
        reports.append(report)
        _tell(ctx, report, dry_run)
    if ctx.json:
        ctx.emit({**_total(reports), "dry_run": dry_run, "files": [report.to_json() for report in reports]})
    return ctx.failed


def _batch(ctx: Context, name: str, format: str | None, progress: Callable[[int, int], None] | None) -> Batch:
    """The records of a file or folder, whichever tracker wrote it."""
    from bd_py.interchange import formats, importer

    only = formats.FORMATS[format] if format else None
    if name == "-":
        return importer.parse("stdin", ctx.read_stdin().encode(), progress)
    source = formats.recognise(ctx.path(name), name, only)
    if source.format == "bd":
        return importer.parse(source.name, _content(source.path, source.name), progress)
    return importer.parse_documents(source.documents())


def _content(path: str, name: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"file '{name}' not found") from None
    except OSError as error:
        raise InvalidError(f"cannot read '{name}': {error.strerror}") from None


def _total(reports: list[Report]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name in ("created", "updated", "kept"):
        out[name] = [item for report in reports for item in report.to_json()[name]]
    for name in ("unchanged", "skipped", "comments"):
        out[name] = sum(report.to_json()[name] for report in reports)
    return out


def _tell(ctx: Context, report: Report, dry_run: bool) -> None:
    parts = [
        f"{len(report.created)} created",
        f"{len(report.updated)} updated",
        f"{report.unchanged} unchanged",
        *([f"{report.skipped} skipped"] if report.skipped else ()),
        f"{report.comments} comments",
    ]
    ctx.say(f"{'Would import' if dry_run else 'Imported'} {report.name}: {', '.join(parts)}")
    if ctx.json:
        return
    for task_id, fields in report.kept:
        ctx.note(f"{task_id}: kept, edited here since: {', '.join(fields)}")
    for text in report.warnings:
        ctx.note(text)
    for issue, on, kind in report.suspended:
        ctx.note(f"{issue} -> {on} ({kind}) closes a cycle: suspended")
    if report.unknown:
        ctx.note(f"{report.unknown} dependencies are on tasks that are not here: they block nothing")


VERB = Verb(
    "import",
    run,
    "Import tasks from another tracker",
    details="""Recognises four kinds: bd's JSON lines (which 'tk export' writes, too), the folder .tickets of ticket,
    the folder backlog of Backlog.md, and a queue of Markdown files in folders named open, in_progress, blocked and
    closed. Name the file, the folder, or the repository that contains it. Ids, statuses, dependencies, notes and
    times are kept. docs/migrating.md has the details.

    New ids become tasks; known tasks are updated where they differ, except for what was edited here since. Importing
    a file again adds nothing, nor does importing it on two branches that are merged later.

    Each file or folder is imported as a whole or, if anything in it is bad, not at all.""",
    examples=(
        "tk import .beads/issues.jsonl",
        "tk import .tickets",
        "tk import backlog",
        "tk import --dry-run issues.jsonl",
        "tk import - --skip-existing",
    ),
    arguments=(Argument("file", "Files or folders; - is stdin, in the bd format.", nargs=-1),),
    options=(
        Option(
            "format",
            "--format",
            help="Read it as this kind, without looking",
            choices=("jsonl", "ticket", "backlog", "queue"),
        ),
        Option("skip_existing", "--skip-existing", help="Leave existing tasks alone.", kind="flag"),
        Option("dry_run", "--dry-run", help="Show what would be done, and change nothing.", kind="flag"),
        Option("status", "-s", "--status", help="Only records with this status.", metavar="STATUS"),
    ),
)
