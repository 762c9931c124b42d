"""``tk conflicts``: fields that were edited on two sides at once."""

from __future__ import annotations

from bd_py.cli.common import find, style
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context

_WIDTH = 60


def run(ctx: Context, ref: str | None, resolve: str | None) -> None:
    """List the pairs of all tasks or of one, or confirm the values that hold."""
    from bd_py.service import conflicts

    workspace = ctx.workspace()
    if resolve is None:
        found = conflicts.pairs(workspace.conn, None if ref is None else find(workspace, ref))
    else:
        if ref is not None and ref != resolve:
            raise UsageError("two tasks were given", "'tk conflicts --resolve ID' takes one.")
        from bd_py.service.resolve import resolve as whole_id

        with workspace.writing() as w:
            task_id = whole_id(w.conn, w.config.prefix, resolve)
            found = conflicts.resolve(w, task_id)
    if ctx.json:
        ctx.emit(found)
    else:
        _show(ctx, found, resolved=resolve is not None)


def _show(ctx: Context, found: list[dict[str, Any]], *, resolved: bool) -> None:
    if not found:
        ctx.say("Nothing to settle." if resolved else "No concurrent edits.")
        return
    names = style(ctx)
    out = ctx.say if resolved else ctx.out
    for pair in found:
        out(f"{names.id(pair['task'])} {pair['field']}")
        out(f"  {'settled' if resolved else 'holds':<8}{_side(pair['winner'])}")
        out(f"  {'lost':<8}{_side(pair['loser'])}")
    if not resolved:
        ctx.note("'tk conflicts --resolve ID' confirms the values that hold; 'tk update ID' sets others.")


def _side(side: dict[str, Any]) -> str:
    from bd_py.jsonio import dumps
    from bd_py.render import safe

    value = side["value"]
    text = "(none)" if value is None else safe(value if isinstance(value, str) else dumps(value))
    if len(text) > _WIDTH:
        text = text[: _WIDTH - 3] + "..."
    by = side["by"] or {}
    who = by.get("name") or by.get("agent") or "somebody"
    return f"{text}  ({safe(str(who))}, {side['at']}, {side['event']})"


VERB = Verb(
    "conflicts",
    run,
    "List fields that were edited on two sides at once",
    details="""Of two edits that did not know of each other the later one holds, and both values stay in the
    history. A pair is listed until an edit is made in knowledge of both: any later one of that field, or
    --resolve, which confirms every value of the task that holds.""",
    examples=("tk conflicts", "tk conflicts 7f3k", "tk conflicts --resolve 7f3k"),
    arguments=(Argument("ref", "Only of this task.", required=False, metavar="ID"),),
    options=(Option("resolve", "--resolve", help="Confirm the values of this task that hold.", metavar="ID"),),
)
