"""``create --from FILE.md`` and ``create --graph FILE.json``: a whole plan in one batch."""

from __future__ import annotations

from bd_py.cli import fields
from bd_py.cli.common import find, short_id
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.service.plan import Node
    from bd_py.write import Write

_ONE_TASK = ("id", "dep", "depends_on", "description", "body_file")
_OWN_DESCRIPTION = "A plan has these for each task."


def run(ctx: Context, title: str | None, values: dict[str, Any]) -> None:
    """Create every task of the plan; other options hold for all that do not say otherwise."""
    for option in _ONE_TASK:
        if values[option]:
            raise UsageError(f"--{option.replace('_', '-')} is for one task", _OWN_DESCRIPTION)
    if title is not None:
        raise UsageError("a title and a plan exclude each other", "The plan has its own titles.")
    if values["from_file"] and values["graph"]:
        raise UsageError("--from and --graph exclude each other", "Give one plan at a time.")
    if values["under"] and values["parent"]:
        raise UsageError("--under and --parent exclude each other", "For a plan they mean the same.")
    nodes, parent = _read(ctx, values)
    _add_defaults(nodes, fields.nested(fields.given(ctx, values)), values["label"])
    under = values["under"] or values["parent"] or parent
    if values["compound"] and not under:
        raise UsageError("--compound with a plan is for the task above it", "Name that with --under.")
    workspace = ctx.workspace()
    from bd_py.service import plan

    def make(w: Write) -> dict[str, str]:
        above = find(workspace, under) if under else None
        if above and values["compound"]:
            from bd_py.service import updates

            updates.apply(w, above, {"compound": True})
        return plan.create(w, nodes, above)

    if values["dry_run"]:
        with workspace.writing() as w:
            token = w.begin_item()
            make(w)
            w.undo_item(token)
        _tell_dry(ctx, nodes)
        return
    with workspace.writing(batch=True) as w:
        found = make(w)
    _tell(ctx, nodes, found, silent=values["silent"])


def _read(ctx: Context, values: dict[str, Any]) -> tuple[list[Node], str | None]:
    name = values["from_file"] or values["graph"]
    text = ctx.read_stdin() if name == "-" else ctx.read_file(name, "Name the file of the plan, or - for stdin.")
    shown = "stdin" if name == "-" else name
    if values["graph"]:
        from bd_py.cli.plan import graph

        return graph.read(text, shown), None
    from bd_py.cli.plan import outline

    found = outline.read(text, shown)
    if found.before:
        lines = (
            "1 line before the first heading belongs"
            if found.before == 1
            else (f"{found.before} lines before the first heading belong")
        )
        ctx.note(f"{shown}: {lines} to no task: left out")
    return found.nodes, found.parent


def _add_defaults(nodes: list[Node], given: dict[str, Any], labels: tuple[str, ...]) -> None:
    for node in nodes:
        node.fields = {**given, **node.fields}
        node.labels += [label.strip() for item in labels for label in item.split(",")]


def _tell(ctx: Context, nodes: list[Node], found: dict[str, str], *, silent: bool) -> None:
    if ctx.json:
        from bd_py import query

        ctx.emit({"created": query.get(ctx.workspace().conn, found.values()), "keys": found})
    elif not silent:
        from bd_py.render import safe

        for node in nodes:
            shown = short_id(ctx, found[node.key])
            ctx.out(f"{shown}  {safe(node.title)}" if ctx.isatty else shown)


def _tell_dry(ctx: Context, nodes: list[Node]) -> None:
    if ctx.json:
        ctx.emit(
            [
                {"key": n.key, "title": n.title, "dependencies": [{"on": on, "type": kind} for kind, on in n.edges()]}
                for n in nodes
            ]
        )
        return
    from bd_py.render import safe

    for node in nodes:
        ctx.out(f"Would create: {safe(node.title)}")
