"""``tk create``: a new task."""

from __future__ import annotations

from bd_py.cli import fields
from bd_py.cli.common import find, short_id
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.workspace import Workspace
    from bd_py.write import Write


def run(ctx: Context, title: str | None, title_option: str | None, **values: Any) -> None:
    """Create the task, print its id alone, or with ``--json`` the task."""
    if title_option is not None:
        if title is not None:
            raise UsageError("the title was given twice", "Give it as TITLE or by --title.")
        title = title_option
    if values["from_file"] or values["graph"]:
        from bd_py.cli.plan.run import run as run_plan

        run_plan(ctx, title, values)
        return
    if title is None:
        raise UsageError("Missing argument 'TITLE'.", "Try 'tk create --help'.")
    if values["under"]:
        raise UsageError("--under is for a plan", "Give --parent ID for one task.")
    _create(ctx, title, values)


def _create(ctx: Context, title: str, values: dict[str, Any]) -> None:
    given = fields.given(ctx, values)
    if values["compound"]:
        given["compound"] = True
    data = fields.nested(given)
    labels = fields.labels(values["label"])
    workspace = ctx.workspace()
    dependencies = _dependencies(workspace, values)
    parent = find(workspace, values["parent"]) if values["parent"] else None
    from bd_py.service import tasks

    def make(w: Write) -> str:
        return tasks.create(
            w,
            title,
            data,
            labels=labels,
            dependencies=dependencies,
            parent=parent,
            task_id=values["id"],
            force=values["force"],
        )

    if values["dry_run"]:
        _dry_run(ctx, make, {"title": title.strip(), **data}, labels)
        return
    with workspace.writing() as w:
        new_id = make(w)
    _tell(ctx, title, new_id, silent=values["silent"])


def _tell(ctx: Context, title: str, new_id: str, *, silent: bool) -> None:
    if ctx.json:
        from bd_py import query

        ctx.emit(query.get(ctx.workspace().conn, [new_id])[0])
        return
    ctx.out(new_id if silent else short_id(ctx, new_id))
    if ctx.advises and not silent:
        from bd_py.cli.verbs.duplicates import warn

        warn(ctx, title, new_id)


def _dependencies(workspace: Workspace, values: dict[str, Any]) -> list[tuple[str, str]]:
    out = []
    for item in (each for text in values["dep"] for each in text.split(",")):
        kind, colon, ref = item.strip().rpartition(":")
        out.append((kind if colon else "blocks", _target(workspace, ref, values["force"])))
    for item in (each for text in values["depends_on"] for each in text.split(",")):
        out.append(("blocks", _target(workspace, item.strip(), values["force"])))
    return out


def _target(workspace: Workspace, ref: str, force: bool) -> str:
    if not ref:
        raise UsageError("a dependency names no task", "Give an ID, or TYPE:ID.")
    return find(workspace, ref, elsewhere=force)


def _dry_run(ctx: Context, make: Callable[[Write], str], data: dict[str, Any], labels: list[str]) -> None:
    """Create it and take it back before anything is on disk: what would be refused is refused."""
    with ctx.workspace().writing() as w:
        token = w.begin_item()
        make(w)
        w.undo_item(token)
    if labels:
        data["labels"] = labels
    if ctx.json:
        ctx.emit(data)
    else:
        from bd_py.render import safe

        ctx.out(f"Would create: {safe(data['title'])}")


OPTIONS = (
    Option("title_option", "--title", help="The title, instead of TITLE", metavar="TITLE"),
    *fields.SET,
    fields.LABEL,
    Option("parent", "--parent", help="Make it a child of this task", metavar="ID"),
    Option("dep", "--dep", "--deps", help="What it depends on: ID or TYPE:ID (may be repeated)", multiple=True),
    Option(
        "depends_on",
        "--depends-on",
        "--blocker",
        help="A task it waits for (may be repeated)",
        multiple=True,
        metavar="ID",
    ),
    Option(
        "compound",
        "--compound",
        kind="flag",
        help="It only groups its children, and closes with the last; with a plan: the task of --under does",
    ),
    Option("from_file", "--from", help="A Markdown file: each heading is a task", metavar="FILE"),
    Option("graph", "--graph", help="A JSON file of nodes and edges: a whole plan", metavar="FILE"),
    Option("under", "--under", help="Make the top tasks of a plan children of this task", metavar="ID"),
    Option("id", "--id", help="Use this id instead of a new one", metavar="ID"),
    Option("force", "--force", kind="flag", help="Allow a dependency on a task that is not here"),
    Option("silent", "--silent", kind="flag", help="Print only the id, in full"),
    Option("dry_run", "--dry-run", kind="flag", help="Check everything, write nothing"),
)

VERB = Verb(
    "create",
    run,
    "Create a task",
    details="""Prints only the new id, so that a script can use it.

    --from and --graph create a whole plan in one batch and print one id per line; if anything in the plan is wrong,
    nothing is created. docs/plans.md describes such files. Options that set a field then apply to every task that
    does not set it itself.""",
    examples=(
        'tk create "Refactor the vector layer" -t feature -p 1 -l core',
        'tk create "Write the migration" --depends-on 7f3k --parent 2c9d',
        "tk create Notes -d - < notes.md",
        "tk create --from plan.md -l v2",
        "tk create --graph plan.json --under 2c9d --compound",
    ),
    arguments=(Argument("title", "What to do, in one line", required=False),),
    options=OPTIONS,
    aliases=("new", "add"),
)
