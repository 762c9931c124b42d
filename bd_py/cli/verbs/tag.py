"""``tk tag`` and ``tk untag``: labels of one task, as many as one likes."""

from __future__ import annotations

from bd_py.cli.common import each, finish
from bd_py.cli.declare import Argument, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def tag(ctx: Context, id: str, labels: tuple[str, ...]) -> None:
    """Add the labels; without one, print those that the task has."""
    if not labels:
        from bd_py.cli.verbs.label import show

        show(ctx, id)
        return
    from bd_py.service import tasks

    names = _names(labels)

    def put(w: Write, task_id: str) -> bool:
        return tasks.set_labels(w, task_id, add=names)

    shown = ", ".join(names)
    finish(ctx, each(ctx, [id], put), lambda short: f"Labelled {short}: {shown}", f"already has {shown}")


def untag(ctx: Context, id: str, labels: tuple[str, ...]) -> None:
    """Remove the labels."""
    from bd_py.service import tasks

    names = _names(labels)

    def drop(w: Write, task_id: str) -> bool:
        return tasks.set_labels(w, task_id, remove=names)

    shown = ", ".join(names)
    finish(ctx, each(ctx, [id], drop), lambda short: f"Removed from {short}: {shown}", f"has none of {shown}")


def _names(labels: tuple[str, ...]) -> list[str]:
    """``core,api`` is two; a plus in front is how Taskwarrior adds one."""
    return [label.strip().removeprefix("+") for item in labels for label in item.split(",")]


_ID = Argument("id", "The task", metavar="ID")

VERBS = {
    "tag": Verb(
        "tag",
        tag,
        "Add labels to a task, or show them",
        examples=("tk tag 7f3k core api", "tk tag 7f3k"),
        arguments=(_ID, Argument("labels", "Labels to add", nargs=-1, required=False, metavar="LABEL")),
    ),
    "untag": Verb(
        "untag",
        untag,
        "Remove labels from a task",
        examples=("tk untag 7f3k core",),
        arguments=(_ID, Argument("labels", "Labels to remove", nargs=-1, metavar="LABEL")),
    ),
}
