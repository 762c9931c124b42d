"""``tk export``: every task in the bd format, as CSV, or as Markdown."""

from __future__ import annotations

from bd_py.cli.declare import Option, Verb
from bd_py.cli.words import count
from bd_py.errors import TkError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from bd_py.cli.context import Context


def run(ctx: Context, output: str | None, status: str | None, format: str) -> None:
    """Write the records to stdout, or to a file that is replaced whole; ``--json`` gives one array."""
    if format == "json":
        _whole(ctx, output, status)
        return
    from bd_py.interchange import exporter

    progress = ctx.progress("Exporting")
    if output in (None, "-"):
        if ctx.json:
            ctx.emit_each(exporter.records(ctx.workspace(), status))
        elif text := _content(ctx, status, format, progress)[0]:
            ctx.out(text.removesuffix("\n"))
        return
    assert output is not None
    text, exported = _content(ctx, status, format, progress)
    if format == "csv":
        from bd_py.interchange.sheet import BOM

        text = BOM + text
    try:
        exporter.write_file(ctx.path(output), text.encode())
    except OSError as error:
        raise TkError(f"cannot write '{output}': {error.strerror}") from None
    if ctx.json:
        ctx.emit({"file": output, "format": format, "exported": exported})
    else:
        ctx.say(f"Exported {count(exported, 'task')} to {output}")


def _content(
    ctx: Context, status: str | None, format: str, progress: Callable[[int, int], None] | None
) -> tuple[str, int]:
    """The text of the export, and how many tasks it holds."""
    if format == "csv":
        from bd_py.interchange import sheet

        return sheet.tasks(ctx.workspace(), status)
    if format == "markdown":
        from bd_py.interchange import report

        return report.tasks(ctx.workspace(), status)
    from bd_py.interchange import exporter

    found = list(exporter.lines(ctx.workspace(), status, progress))
    return b"".join(found).decode(), len(found)


def _whole(ctx: Context, output: str | None, status: str | None) -> None:
    """Everything, as one document, whether ``--json`` is given or not."""
    from bd_py.interchange import exporter, whole

    if status is not None:
        raise UsageError("--format json is everything, so takes no --status", "Leave one of them out.")
    content, exported = whole.document(ctx.workspace())
    if output in (None, "-"):
        ctx.out(content.decode().removesuffix("\n"))
        return
    assert output is not None
    try:
        exporter.write_file(ctx.path(output), content)
    except OSError as error:
        raise TkError(f"cannot write '{output}': {error.strerror}") from None
    if ctx.json:
        ctx.emit({"file": output, "format": "json", "exported": exported})
    else:
        ctx.say(f"Exported everything to {output}")


VERB = Verb(
    "export",
    run,
    "Export all tasks",
    details="""jsonl is the format of bd: one JSON object per line, sorted by id; deleted tasks are tombstones. What
    only tk has is in extra keys, so that 'tk import' elsewhere gives the same tasks.

    csv is for spreadsheets: a cell that would be taken for a formula (beginning with = + - or @) gets an apostrophe in
    front, and a file begins with the mark that tells Excel it is UTF-8. markdown is for reading. Both leave out
    deleted tasks.

    json is one document with everything: tasks, records and their collections, and the history. It is for other
    programs to read; to restore a store, use 'tk backup'.""",
    examples=(
        "tk export",
        "tk export -o issues.jsonl",
        "tk export --format csv -o tasks.csv",
        "tk export --status closed",
        "tk export --format json -o everything.json",
    ),
    options=(
        Option("output", "-o", "--output", help="Write to FILE; - is stdout.", metavar="FILE"),
        Option("status", "-s", "--status", help="Only tasks with this status.", metavar="STATUS"),
        Option(
            "format",
            "--format",
            help="The format of the export.",
            choices=("jsonl", "csv", "markdown", "json"),
            default="jsonl",
        ),
    ),
)
