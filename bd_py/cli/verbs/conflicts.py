"""``tk conflicts``: fields that were edited on two sides at once."""

from __future__ import annotations

from bd_py.cli.common import find, style
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.cli.context import Context
    from bd_py.workspace import Workspace

_WIDTH = 60


def run(ctx: Context, ref: str | None, resolve: str | None) -> None:
    """List the pairs of all tasks or of one, or confirm the values that hold."""
    from bd_py.service import conflicts

    workspace = ctx.workspace()
    if resolve is None:
        found = _pairs(workspace, ref)
    else:
        if ref is not None and ref != resolve:
            raise UsageError("two tasks were given", "'tk conflicts --resolve ID' takes one.")
        from bd_py.service.resolve import resolve as whole_id

        with workspace.writing() as w:
            record = _record(w.conn, resolve)
            if record is None:
                found = conflicts.resolve(w, whole_id(w.conn, w.config.prefix, resolve))
            else:
                from bd_py.service.records import settle

                found = conflicts.record_pairs(w.conn, *record)
                settle(w, *record)
    if ctx.json:
        ctx.emit(found)
    else:
        _show(ctx, found, resolved=resolve is not None)


def _pairs(workspace: Workspace, ref: str | None) -> list[dict[str, Any]]:
    from bd_py.service import conflicts

    conn = workspace.conn
    if ref is None:
        return [*conflicts.pairs(conn), *conflicts.record_pairs(conn)]
    record = _record(conn, ref)
    return conflicts.pairs(conn, find(workspace, ref)) if record is None else conflicts.record_pairs(conn, *record)


def _record(conn: Connection, ref: str) -> tuple[str, str] | None:
    """The record that a whole id means, as COLLECTION/ID or where just one has it; None where it means a task."""
    from bd_py import query_records

    collection, slash, name = ref.partition("/")
    if slash:
        return (collection, name) if query_records.get(conn, collection, name) else None
    found = [each for each in query_records.find(conn, ref) if each[1] == ref]
    return found[0] if len(found) == 1 else None


def _show(ctx: Context, found: list[dict[str, Any]], *, resolved: bool) -> None:
    if not found:
        ctx.say("Nothing to settle." if resolved else "No concurrent edits.")
        return
    from bd_py.render import safe

    names = style(ctx)
    out = ctx.say if resolved else ctx.out
    for pair in found:
        about = names.id(pair["task"]) if "task" in pair else f"{pair['collection']}/{pair['record']}"
        out(f"{about} {safe(pair['field'])}")
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
    details="""If two edits were made without knowing of each other, the later one wins, and both values stay in the
    history. The pair is listed until somebody edits that field again, knowing both, or confirms the current values of
    the task with --resolve.""",
    examples=("tk conflicts", "tk conflicts 7f3k", "tk conflicts --resolve 7f3k"),
    arguments=(Argument("ref", "Only this task.", required=False, metavar="ID"),),
    options=(Option("resolve", "--resolve", help="Confirm the current values of this task.", metavar="ID"),),
)
