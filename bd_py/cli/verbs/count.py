"""``tk count``: how many tasks fit some filters, and by the values of a field."""

from __future__ import annotations

from bd_py import query
from bd_py.cli import fields
from bd_py.cli.declare import Option, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context

FIELDS = ("status", "priority", "type", "assignee", "owner", "label", "parent", "phase", "resolution", "creator")
_SHORT = ("status", "priority", "type", "assignee", "label")


def run(ctx: Context, by: str | None, **values: Any) -> None:
    """Print the number, or a line a value with its number."""
    from bd_py.service import statistics

    asked = [name for name in _SHORT if values.pop(f"by_{name}")]
    if len(asked) + (by is not None) > 1:
        raise UsageError("only one field can be counted by", "Give --by once.")
    workspace = ctx.workspace()
    where = fields.list_filter(query.Filter(query.ALL), workspace, values, workspace.config)
    field = asked[0] if asked else by
    total, groups = statistics.count(workspace.conn, where, field)
    if ctx.json:
        ctx.emit({"total": total, "by": groups})
    elif field is None:
        ctx.out(str(total))
    else:
        _print(ctx, groups)


def _print(ctx: Context, groups: dict[str, int]) -> None:
    from bd_py.render import safe

    width = max((len(str(number)) for number in groups.values()), default=0)
    for value, number in groups.items():
        ctx.out(f"{number:>{width}} {safe(value)}")


VERB = Verb(
    "count",
    run,
    "Count tasks, closed ones too, by a field",
    examples=("tk count --by status", "tk count -s open --by label", "tk count --by assignee --json"),
    options=(
        Option("by", "--by", help="The field to count by", choices=FIELDS),
        *(Option(f"by_{name}", f"--by-{name}", kind="flag", help=f"Same as --by {name}") for name in _SHORT),
        *fields.LIST_FILTERS,
    ),
)
