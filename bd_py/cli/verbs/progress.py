"""``tk progress``: how far the work on a task is."""

from __future__ import annotations

from bd_py.cli.common import each, finish
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, id: str, words: tuple[str, ...], text: str | None, percent: int | None) -> None:
    """Record how far it is, in words, per cent or both."""
    from bd_py.service import working_record

    if words and text is not None:
        raise UsageError("the text was given twice", "As an argument, or with --text.")
    if words:
        text = " ".join(words)
    given: dict[str, Any] = {}
    if text is not None:
        given["text"] = ctx.text_arg(text) or None
    if percent is not None:
        given["percent"] = percent
    if not given:
        raise UsageError("give a text, --percent, or both", "For example: tk progress 7f3k 'half ported' --percent 50")

    def tell(w: Write, task_id: str) -> bool:
        return working_record.set_progress(w, task_id, **given)

    finish(ctx, each(ctx, [id], tell), lambda short: f"Noted the progress of {short}", "says so already")


VERB = Verb(
    "progress",
    run,
    "Record how far the work on a task is",
    examples=("tk progress 7f3k 'the parser is done' --percent 60", "tk progress 7f3k --percent 80"),
    arguments=(
        Argument("id", "The task", metavar="ID"),
        Argument("words", "How far it is", nargs=-1, required=False, metavar="TEXT"),
    ),
    options=(
        Option("text", "--text", help="How far it is, in words; '-' reads stdin, @FILE a file, '' clears"),
        Option("percent", "--percent", kind="int", help="How far it is, 0 to 100", metavar="N"),
    ),
)
