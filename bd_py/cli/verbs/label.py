"""``tk label``: add, remove and list labels."""

from __future__ import annotations

from bd_py import query_facts
from bd_py.cli.common import each, find, finish
from bd_py.cli.declare import Argument, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def add(ctx: Context, ids: tuple[str, ...], label: str) -> None:
    """Add a label to each task."""
    from bd_py.service import tasks

    label = label.strip()

    def put(w: Write, task_id: str) -> bool:
        return tasks.set_labels(w, task_id, add=[label])

    finish(ctx, each(ctx, ids, put), lambda short: f"Labelled {short}: {label}", f"already has the label {label}")


def remove(ctx: Context, ids: tuple[str, ...], label: str) -> None:
    """Remove a label from each task."""
    from bd_py.service import tasks

    label = label.strip()

    def drop(w: Write, task_id: str) -> bool:
        return tasks.set_labels(w, task_id, remove=[label])

    finish(ctx, each(ctx, ids, drop), lambda short: f"Removed from {short}: {label}", f"has no label {label}")


def show(ctx: Context, id: str) -> None:
    """The labels of one task."""
    workspace = ctx.workspace()
    task_id = find(workspace, id)
    labels = query_facts.labels(workspace.conn, task_id)
    if ctx.json:
        ctx.emit(labels)
        return
    from bd_py.render import safe

    for label in labels:
        ctx.out(safe(label))


def show_all(ctx: Context) -> None:
    """Every label with the number of tasks that have it."""
    rows = query_facts.label_counts(ctx.workspace().conn)
    if ctx.json:
        ctx.emit([{"label": label, "count": count} for label, count in rows])
        return
    from bd_py.render import safe

    width = max((len(str(count)) for _, count in rows), default=0)
    for label, count in rows:
        ctx.out(f"{count:>{width}} {safe(label)}")


_IDS = Argument("ids", "Tasks", nargs=-1, metavar="ID")
_LABEL = Argument("label", "The label")

VERB = Verb(
    "label",
    None,
    "Add, remove and list labels",
    examples=("tk label add 7f3k core", "tk label list-all"),
    subverbs=(
        Verb("add", add, "Add a label to tasks", examples=("tk label add 7f3k 2c9d core",), arguments=(_IDS, _LABEL)),
        Verb(
            "remove",
            remove,
            "Remove a label from tasks",
            examples=("tk label remove 7f3k core",),
            arguments=(_IDS, _LABEL),
            aliases=("rm",),
        ),
        Verb(
            "list",
            show,
            "List a task's labels",
            examples=("tk label list 7f3k",),
            arguments=(Argument("id", "The task", metavar="ID"),),
        ),
        Verb("list-all", show_all, "List every label with its number of tasks", examples=("tk label list-all",)),
    ),
)
