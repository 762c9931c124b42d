"""``tk describe``: everything about a record of any collection, or a task."""

from __future__ import annotations

from bd_py.cli.declare import Argument, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def run(ctx: Context, id: str) -> None:
    """Print the record; what is no record is shown as a task."""
    from bd_py.render_records import describe
    from bd_py.service.describe import find_record

    found = find_record(ctx.workspace().conn, id)
    if found is None:
        from bd_py.cli.verbs.show import run as show

        show(ctx, (id,), short=False, history=False, at=None, fields=None)
    elif ctx.json:
        ctx.emit([found])
    else:
        ctx.out(describe(found))


VERB = Verb(
    "describe",
    run,
    "Show everything about a record of any collection",
    details="A record's id can be shortened to a unique prefix of at least four characters, or given as COLLECTION/ID.",
    examples=("tk describe prd-7f3k9q2m1x", "tk describe workflows/wf-2c9d --json"),
    arguments=(Argument("id", "The record", metavar="ID"),),
)
