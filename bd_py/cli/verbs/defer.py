"""``tk defer``: not now."""

from __future__ import annotations

from bd_py import times
from bd_py.cli.common import each, status_sentence
from bd_py.cli.declare import Argument, Option, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, ids: tuple[str, ...], until: str | None) -> None:
    """Put each task off, until a time or until it is undeferred."""
    from bd_py.service import tasks

    when = times.parse(until) if until else None

    def put_off(w: Write, task_id: str) -> bool:
        return tasks.defer(w, task_id, when)

    status_sentence(ctx, each(ctx, ids, put_off), "is deferred already")


VERB = Verb(
    "defer",
    run,
    "Put off a task",
    details="With --until it becomes ready again at that time; otherwise 'tk undefer' brings it back.",
    examples=("tk defer 7f3k --until tomorrow", "tk defer 7f3k"),
    arguments=(Argument("ids", "Tasks to put off", nargs=-1, metavar="ID"),),
    options=(Option("until", "--until", help="A date, ISO 8601, +2d, tomorrow", metavar="TIME"),),
)
