"""``tk export``: every task in the bd format."""

from __future__ import annotations

from bd_py.cli.declare import Option, Verb
from bd_py.errors import TkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def run(ctx: Context, output: str | None, status: str | None, format: str) -> None:
    """Write the records to stdout, or to a file that is replaced whole; ``--json`` gives one array."""
    from bd_py.interchange import exporter

    progress = ctx.progress("Exporting")
    if output in (None, "-"):
        if ctx.json:
            ctx.emit_each(exporter.records(ctx.workspace(), status))
        elif text := b"".join(exporter.lines(ctx.workspace(), status, progress)).decode():
            ctx.out(text.removesuffix("\n"))
        return
    assert output is not None
    found = list(exporter.lines(ctx.workspace(), status, progress))
    try:
        exporter.write_file(ctx.path(output), b"".join(found))
    except OSError as error:
        raise TkError(f"cannot write '{output}': {error.strerror}") from None
    if ctx.json:
        ctx.emit({"file": output, "format": format, "exported": len(found)})
    else:
        ctx.say(f"Exported {len(found)} tasks to {output}")


VERB = Verb(
    "export",
    run,
    "Export all tasks in the bd format",
    details="""One JSON object a line, sorted by id; deleted tasks are tombstones. What only tk knows
    stands in further keys, so that 'tk import' elsewhere gives the same tasks.""",
    examples=("tk export", "tk export -o issues.jsonl", "tk export --status closed"),
    options=(
        Option("output", "-o", "--output", help="Write to FILE; - is stdout.", metavar="FILE"),
        Option("status", "-s", "--status", help="Only tasks with this status.", metavar="STATUS"),
        Option("format", "--format", help="The form of the export.", choices=("jsonl",), default="jsonl"),
    ),
)
