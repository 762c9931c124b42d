"""``tk log``: what happened, to one task or record or to all."""

from __future__ import annotations

from bd_py import times
from bd_py.cli.common import find, style, tell_cut
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import InvalidError, NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.workspace import Workspace


def run(ctx: Context, id: str | None, oneline: bool, **values: Any) -> None:
    """Print events, the newest first; of deleted tasks too."""
    from bd_py.service.history import events

    workspace = ctx.workspace()
    task_id, record = (None, None) if id is None else _find(workspace, id)
    most = max(values["limit"] or 0, 0)
    found = events(
        workspace.conn,
        task_id,
        record=record,
        since=times.parse(values["since"]) if values["since"] else None,
        until=times.parse(values["until"]) if values["until"] else None,
        actor=values["by_actor"],
        types=_types(values["type"]),
        limit=most + 1 if most and not ctx.json else most,
    )
    if ctx.json:
        ctx.emit(found)
        return
    _print(ctx, found[:most] if most else found, oneline)
    if most and len(found) > most:
        tell_cut(ctx, most)


def _find(workspace: Workspace, ref: str) -> tuple[str | None, str | None]:
    """The task that was typed, or else the record, as COLLECTION/ID."""
    try:
        return find(workspace, ref, deleted=True), None
    except NotFoundError:
        from bd_py.service.resolve_records import find_logged

        record = find_logged(workspace.conn, ref)
        if record is None:
            raise
        return None, record


def _types(given: tuple[str, ...]) -> list[str]:
    from bd_py.payloads import TYPES

    out = []
    for name in (each for item in given for each in item.split(",")):
        full = name if name in TYPES or name.startswith(("task.", "record.", "collection.")) else f"task.{name}"
        matches = [kind for kind in TYPES if kind == full or kind.startswith(full + ".")]
        if not matches:
            import difflib

            near = difflib.get_close_matches(full, TYPES, 1)
            raise InvalidError(
                f"'{name}' is no type of event", f"Did you mean {near[0]}?" if near else f"Types: {', '.join(TYPES)}."
            )
        out += matches
    return out


def _print(ctx: Context, found: list[dict[str, Any]], oneline: bool) -> None:
    from bd_py import render, render_events

    how = style(ctx)
    for event in found:
        ctx.out(render_events.event_line(event, how))
        if oneline:
            continue
        for field, (old, new) in event["changes"].items():
            if old is not None and field != "title":
                ctx.out(how.fit(f"    {field}: {render.brief(old)} -> {render.brief(new)}"))
        text = event["data"].get("text")
        if event["type"] == "task.note.append" and isinstance(text, str) and "\n" in text:
            ctx.out(render.indented(text, how))


VERB = Verb(
    "log",
    run,
    "Show the history of a task, or of all",
    examples=("tk log 7f3k", "tk log --since -7d --type closed", "tk log --json --limit 20"),
    arguments=(Argument("id", "Only this task or record", required=False, metavar="ID"),),
    options=(
        Option("since", "--since", help="Only events since then", metavar="TIME"),
        Option("until", "--until", help="Only events until then", metavar="TIME"),
        Option("by_actor", "--actor", "--by", help="Only events by this person or agent", metavar="NAME"),
        Option("type", "--type", help="Only events of this type: closed, task.dep.add", multiple=True),
        Option("limit", "-n", "--limit", kind="int", help="Show at most N"),
        Option("oneline", "--oneline", kind="flag", help="One line per event"),
    ),
    aliases=("history",),
    paged=True,
)
