"""``tk query``: every task as JSON lines, through jq where a program is given."""

from __future__ import annotations

from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def run(ctx: Context, program: str | None, raw: bool) -> None:
    """Print each task with its dependencies and comments; a program that gives true or false selects."""
    from bd_py.jsonio import dumps
    from bd_py.service.everything import everything

    found = everything(ctx.workspace().conn)
    if program is None and not raw:
        if ctx.json:
            ctx.emit(found)
        for issue in [] if ctx.json else found:
            ctx.emit(issue)
        return
    from bd_py import jq

    if raw and ctx.json:
        raise UsageError("--raw and --json exclude each other")
    text = jq.run(program or ".", "".join(dumps(issue) + "\n" for issue in found).encode(), raw=raw)
    text = text.removesuffix("\n")
    if ctx.json and not ctx.jsonl:
        ctx.out("[" + ",".join(line for line in text.split("\n") if line) + "]")
    elif text:
        ctx.out(text)


VERB = Verb(
    "query",
    run,
    "Print every task as JSON lines, or what jq makes of them",
    details="Closed tasks too, each with its dependencies and comments. A program whose answer is true or false "
    "selects the tasks for which it is true; any other answer is printed. A program needs jq to be installed.",
    examples=(
        "tk query",
        "tk query '.priority == 0'",
        "tk query 'select(.assignee == \"ada\") | .id' -r",
    ),
    arguments=(Argument("program", "A jq program", required=False, metavar="JQ"),),
    options=(Option("raw", "-r", "--raw", kind="flag", help="Print text without quotes, as jq -r does"),),
)
