"""A list of tasks in some order, for the verbs that filter and sort in their own way."""

from __future__ import annotations

from bd_py import query
from bd_py.cli.common import print_list, style, task_lines
from bd_py.cli.declare import FIELDS, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.render import Style

    Line = Callable[[dict[str, Any], Style], str]


def options(default: int) -> tuple[Option, ...]:
    """``--limit`` and ``--fields``, for a list of at most ``default`` unless told."""
    text = "Show at most N" + (f", 0 for all ({default})" if default else "")
    return (
        Option("limit", "-n", "--limit", kind="int", help=text),
        FIELDS,
    )


def show(
    ctx: Context,
    where: query.Filter,
    *,
    limit: int | None,
    default: int = 0,
    fields: str | None = None,
    order: str = query.ORDERS["priority"],
    line: Line | None = None,
    empty: str = "",
) -> None:
    """Print what fits the filter; ``line`` writes one as text, ``empty`` is the remark where there is none."""
    conn = ctx.workspace().conn

    def find(most: int, _brief: bool) -> list[dict[str, Any]]:
        return query.first(conn, where, order=order, limit=most)

    def print_text(ctx: Context, found: list[dict[str, Any]]) -> None:
        print_tasks(ctx, found, line)
        if not found and empty:
            ctx.note(empty)

    print_list(ctx, find, print_text, most=default if limit is None else limit, fields=fields)


def print_tasks(ctx: Context, found: list[dict[str, Any]], line: Line | None = None) -> None:
    """A line a task."""
    from bd_py import render

    how = style(ctx)
    for text in task_lines(how, found, render.list_line) if line is None else [line(issue, how) for issue in found]:
        ctx.out(text)
