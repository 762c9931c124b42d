"""``tk event``: one event by its type, for programs that build on tk."""

from __future__ import annotations

from bd_py.cli.common import each, finish
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, id: str, type: str, payload: str | None) -> None:
    """Write the event, through the checks of the verb for it."""
    from bd_py.service import working_record

    data = _payload(ctx, payload)

    def write(w: Write, task_id: str) -> bool:
        return working_record.add_event(w, task_id, type, data)

    finish(ctx, each(ctx, [id], write), lambda short: f"{short}: {type}", "is so already")


def _payload(ctx: Context, text: str | None) -> dict[str, Any]:
    from bd_py import jsonio

    if text is None:
        return {}
    try:
        data = jsonio.loads(ctx.text_arg(text))
    except ValueError as error:
        raise UsageError(f"--payload is no JSON: {error}", 'Give an object, such as \'{"name": "x"}\'.') from None
    if not isinstance(data, dict):
        raise UsageError("--payload is no object", 'Give an object, such as \'{"name": "x"}\'.')
    return data


VERB = Verb(
    "event",
    run,
    "Write one event by its type",
    details="docs/event-format.md lists the types and what each carries. What a verb would refuse is refused here too. "
    "task.custom is for data of your own program.",
    examples=('tk event 7f3k --type task.custom --payload \'{"name": "deploy", "data": {"host": "a1"}}\'',),
    arguments=(Argument("id", "The task", metavar="ID"),),
    options=(
        Option("type", "--type", help="The type of event", default="task.custom", metavar="TYPE"),
        Option("payload", "--payload", help="Its data as a JSON object; '-' reads stdin, @FILE a file", metavar="JSON"),
    ),
)
