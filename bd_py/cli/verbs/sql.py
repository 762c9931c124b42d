"""``tk sql "SELECT ..."``: read the cache by SQL."""

from __future__ import annotations

from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context


def run(ctx: Context, statement: str, csv: bool) -> None:
    """Print the rows as columns, as CSV, or with ``--json`` as an array of objects."""
    from bd_py.service import sql

    if csv and ctx.json:
        raise UsageError("--csv and --json exclude each other", "Give one of them.")
    names, rows = sql.select(ctx.workspace(), ctx.text_arg(statement))
    if ctx.json:
        keys = sql.unique(names)
        ctx.emit([dict(zip(keys, map(_json, row), strict=True)) for row in rows])
    elif csv:
        from bd_py.interchange import sheet

        ctx.out(sheet.text(names, rows).removesuffix("\n"))
    else:
        for line in _columns(names, rows):
            ctx.out(line)


def _json(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


def _columns(names: list[str], rows: list[tuple[Any, ...]]) -> list[str]:
    """Columns as wide as what they hold; the last is not filled up."""
    from bd_py.render import safe
    from bd_py.width import pad, width

    shown = [[safe("" if value is None else str(_json(value))) for value in row] for row in (names, *rows)]
    widths = [max(map(width, column)) for column in zip(*shown, strict=True)]
    return ["  ".join(map(pad, row, widths)).rstrip() for row in shown]


VERB = Verb(
    "sql",
    run,
    "Query the cache with SQL",
    details="""Takes one statement that reads; SQLite's authorizer refuses anything else. The tables and columns are
    named as in bd: issues, dependencies, labels, comments, events, and the views ready_issues and blocked_issues.
    Tables that other programs keep beside them can be read, too.""",
    examples=(
        'tk sql "SELECT id, title FROM ready_issues WHERE priority = 0"',
        'tk sql "SELECT assignee, count(*) FROM issues GROUP BY 1" --csv',
        "tk sql @report.sql --json",
    ),
    arguments=(Argument("statement", "The SELECT; - reads stdin, @FILE a file."),),
    options=(Option("csv", "--csv", help="Print CSV, for a spreadsheet.", kind="flag"),),
)
