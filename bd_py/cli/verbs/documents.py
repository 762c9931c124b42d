"""The built-in collections by verbs of their own: ``create-prd``, ``list-prds``, ``list-executions``, ..."""

from __future__ import annotations

from bd_py.cli.declare import Argument, Option, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bd_py.cli.context import Context


def _create(ctx: Context, collection: str, id: str | None, fields: dict[str, Any]) -> None:
    from bd_py import query_records
    from bd_py.cli.common import find
    from bd_py.service import orchestration

    workspace = ctx.workspace()
    for name in ("description", "content"):
        if fields.get(name) is not None:
            fields[name] = ctx.text_arg(fields[name])
    if fields.get("task") is not None:
        fields["task"] = find(workspace, fields["task"])
    with workspace.writing() as w:
        made = orchestration.create(w, collection, fields, id)
    if ctx.json:
        found = query_records.get(workspace.conn, collection, made)
        assert found is not None
        ctx.emit(query_records.flat(found))
    else:
        ctx.out(made)


def _list(
    ctx: Context,
    collection: str,
    limit: int | None,
    offset: int,
    filters: tuple[str, ...],
    fields: dict[str, str | None],
) -> None:
    from bd_py import query_records
    from bd_py.cli.common import find
    from bd_py.cli.verbs.record import condition, show
    from bd_py.query_records import Condition

    if fields.get("task") is not None:
        fields["task"] = find(ctx.workspace(), str(fields["task"]))
    what = query_records.definition(ctx.workspace().conn, collection)
    where = [Condition(name, "eq", value) for name, value in fields.items() if value is not None]
    for each in where:
        query_records.check_word(what, each.field, each.value)
    where += [condition(what, text) for text in filters]
    show(ctx, what, where, order="created_at", limit=limit, offset=offset, flat=True)


def create_prd(ctx: Context, title: str, id: str | None, **fields: Any) -> None:
    """A new PRD."""
    _create(ctx, "prds", id, {"title": title, **fields})


def create_task_spec(ctx: Context, prd: str, phase: str, id: str | None, **fields: Any) -> None:
    """A new part of a PRD."""
    _create(ctx, "task_specs", id, {"prd": prd, "phase_name": phase, **fields})


def create_execution(ctx: Context, spec: str, id: str | None, **fields: Any) -> None:
    """A new run of a spec."""
    _create(ctx, "executions", id, {"spec": spec, **fields})


def complete_execution(ctx: Context, id: str) -> None:
    """An execution is done, and what follows from that."""
    from bd_py.service import orchestration

    with ctx.workspace().writing() as w:
        done = orchestration.complete_execution(w, id)
    if ctx.json:
        ctx.emit(done)
    for name in done.values():
        ctx.say(f"Completed {name}")
    if not done:
        ctx.say(f"{id} is complete already")


def _lists(collection: str) -> Callable[..., None]:
    def run(ctx: Context, limit: int | None, offset: int, filter: tuple[str, ...], **fields: str | None) -> None:
        _list(ctx, collection, limit, offset, filter, fields)

    return run


_ID = Option("id", "--id", help="Use this id instead of a new one", metavar="ID")
_STATUS = Option("status", "-s", "--status", help="Only with this status")
_PICK = (
    Option("filter", "--filter", help="FIELD=VALUE or FIELD:OP=VALUE", multiple=True, metavar="F=V"),
    Option("limit", "-n", "--limit", kind="int", help="Show at most N, 0 for all (50)"),
    Option("offset", "--offset", kind="int", help="Skip the first N", default=0),
)
_TASK = Option("task", "--task", help="The task it serves", metavar="ID")
_OF_TASK = Option("task", "--task", help="Only those that serve this task", metavar="ID")
_TEXTS = (
    Option("description", "-d", "--description", help="What it is about; '-' reads stdin, @FILE a file"),
    Option("content", "--content", help="The whole text; '-' reads stdin, @FILE a file"),
)

VERBS = {
    verb.name: verb
    for verb in (
        Verb(
            "create-prd",
            create_prd,
            "Create a PRD: what is wanted",
            details="Prints only the new id.",
            examples=("tk create-prd 'Vector search' --content @prd.md --status ready",),
            arguments=(Argument("title", "What is wanted, in one line"),),
            options=(*_TEXTS, Option("status", "-s", "--status", help="draft, ready, active, ... (draft)"), _ID),
        ),
        Verb(
            "list-prds",
            _lists("prds"),
            "List PRDs, oldest first",
            examples=("tk list-prds --status ready",),
            options=(_STATUS, *_PICK),
        ),
        Verb(
            "create-task-spec",
            create_task_spec,
            "Create a task spec: a part of a PRD",
            details="Prints only the new id.",
            examples=("tk create-task-spec prd-7f3k9q2m1x index --task 2c9d",),
            arguments=(Argument("prd", "The PRD's id", metavar="PRD"), Argument("phase", "The name of the phase")),
            options=(
                *_TEXTS,
                Option("status", "-s", "--status", help="pending, blocked, running, ... (pending)"),
                Option("workflow_name", "--workflow", help="The workflow it follows", metavar="NAME"),
                Option("assigned_to", "--assigned-to", help="Who should do it", metavar="WHO"),
                _TASK,
                _ID,
            ),
        ),
        Verb(
            "list-task-specs",
            _lists("task_specs"),
            "List task specs, oldest first",
            examples=("tk list-task-specs --prd prd-7f3k9q2m1x", "tk list-task-specs --status pending --json"),
            options=(Option("prd", "--prd", help="Only of this PRD", metavar="ID"), _STATUS, _OF_TASK, *_PICK),
        ),
        Verb(
            "create-execution",
            create_execution,
            "Start an execution: a run of a task spec",
            details="Prints only the new id.",
            examples=("tk create-execution spec-7f3k9q2m1x --branch vector --worktree ../vector",),
            arguments=(Argument("spec", "The spec's id", metavar="SPEC"),),
            options=(
                Option("branch_name", "--branch", help="The branch it works on", metavar="NAME"),
                Option("worktree_path", "--worktree", help="The worktree it works in", metavar="PATH"),
                Option("current_phase", "--phase", help="The phase it is in"),
                Option("status", "-s", "--status", help="running, paused, ... (running)"),
                _TASK,
                _ID,
            ),
        ),
        Verb(
            "list-executions",
            _lists("executions"),
            "List executions, oldest first",
            examples=("tk list-executions --status running",),
            options=(Option("spec", "--spec", help="Only of this spec", metavar="ID"), _STATUS, _OF_TASK, *_PICK),
        ),
        Verb(
            "complete-execution",
            complete_execution,
            "Complete an execution and its spec, and the PRD with its last spec",
            examples=("tk complete-execution exec-7f3k9q2m1x",),
            arguments=(Argument("id", "The execution", metavar="ID"),),
        ),
    )
}
