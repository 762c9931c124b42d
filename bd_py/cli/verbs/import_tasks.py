"""``tk import FILE...``: take in records of the bd format."""

from __future__ import annotations

from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import InvalidError, NotFoundError, TkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.interchange.importer import Report


def run(ctx: Context, file: tuple[str, ...], skip_existing: bool, dry_run: bool, status: str | None) -> int | None:
    """Import each file as a batch of its own, and report; a file that fails has written nothing."""
    from bd_py.interchange.importer import import_data

    workspace = ctx.workspace()
    reports: list[Report] = []
    for name in file:
        try:
            data = _content(ctx, name)
            report = import_data(
                workspace,
                "stdin" if name == "-" else name,
                data,
                skip_existing=skip_existing,
                dry_run=dry_run,
                status=status,
                progress=ctx.progress(f"Importing {name}"),
            )
        except TkError as error:
            ctx.report(error)
            continue
        reports.append(report)
        _tell(ctx, report, dry_run)
    if ctx.json:
        ctx.emit({**_total(reports), "dry_run": dry_run, "files": [report.to_json() for report in reports]})
    return ctx.failed


def _content(ctx: Context, name: str) -> bytes:
    if name == "-":
        return ctx.read_stdin().encode()
    try:
        with open(ctx.path(name), "rb") as file:
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
    "Import issues in the bd format",
    details="""One JSON object a line, as bd and 'tk export' write them. New ids become tasks, known ones get
    what differs, unless it was edited here since. Importing a file again adds nothing, nor does importing it
    on two branches that are merged later.

    Each file is imported whole or, where a line is bad, not at all.""",
    examples=(
        "tk import .beads/issues.jsonl",
        "tk import --dry-run issues.jsonl",
        "tk import - --skip-existing",
    ),
    arguments=(Argument("file", "The files; - is stdin.", nargs=-1),),
    options=(
        Option("skip_existing", "--skip-existing", help="Leave tasks alone that are here.", kind="flag"),
        Option("dry_run", "--dry-run", help="Say what would be done, and write nothing.", kind="flag"),
        Option("status", "-s", "--status", help="Only records with this status.", metavar="STATUS"),
    ),
)
