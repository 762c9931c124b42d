"""``tk comment``: a remark on a task."""

from __future__ import annotations

from bd_py.cli.common import each, emit_after, short_id
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import InvalidError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, id: str, text: tuple[str, ...], file: str | None) -> None:
    """Append the comment; without text it is read from stdin."""
    from bd_py.service import tasks

    if text and file is not None:
        raise UsageError("a text and --file exclude each other")
    given = " ".join(text) if text else "-" if file in (None, "-") else f"@{file}"
    words = ctx.text_arg(given)
    if not words.strip():
        raise InvalidError("an empty comment", "Give the text, or pipe it in.")

    def append(w: Write, task_id: str) -> bool:
        tasks.comment(w, task_id, words)
        return True

    done = each(ctx, [id], append)
    if ctx.json:
        emit_after(ctx, [task_id for task_id, _ in done])
    for task_id, _ in done:
        ctx.say(f"Commented on {short_id(ctx, task_id)}")


ADD = Verb(
    "add",
    run,
    "Comment on a task",
    examples=("tk comment 7f3k The cause is in the cache", "git diff --stat | tk comment 7f3k"),
    arguments=(
        Argument("id", "The task", metavar="ID"),
        Argument("text", "The comment; without it, stdin is read", nargs=-1, required=False),
    ),
    options=(Option("file", "-f", "--file", help="The comment from a file, '-' for stdin", metavar="FILE"),),
)

VERB = Verb(
    "comment",
    None,
    "Comment on a task",
    examples=("tk comment 7f3k The cause is in the cache", "git diff --stat | tk comment 7f3k"),
    subverbs=(ADD,),
    default_subverb="add",
    aliases=("note", "add-note"),
)
