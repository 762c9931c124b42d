"""``tk diff``: what happened between two revisions, in sentences."""

from __future__ import annotations

from bd_py.cli.common import style
from bd_py.cli.declare import Argument, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.service.past import Difference


def run(ctx: Context, old: str | None, new: str | None) -> None:
    """Print the events that only one of the two logs holds."""
    from bd_py.service import past

    workspace = ctx.workspace()
    one, two = _ends(old, new)
    found = past.difference(workspace, one, two)
    if ctx.json:
        ctx.emit(found.to_json())
    else:
        _print(ctx, found)


def _ends(old: str | None, new: str | None) -> tuple[str, str | None]:
    if old is None:
        return "HEAD", None
    if ".." not in old:
        return old, new
    if new is not None:
        raise UsageError("a range and a revision exclude each other", "Give A..B, or A and B.")
    one, _, two = old.partition("..")
    if two.startswith("."):
        raise UsageError(f"'{old}' has three dots", "Two give what differs: A..B.")
    return one or "HEAD", two or "HEAD"


def _print(ctx: Context, found: Difference) -> None:
    from bd_py import render

    how = style(ctx)
    marked = [(event["id"], "+", event) for event in found.added]
    marked += [(event["id"], "-", event) for event in found.removed]
    marked.sort(key=lambda item: item[0])
    for _, mark, event in marked:
        ctx.out(how.paint(f"{mark} {render.event_line(event, how, 2)}", "32" if mark == "+" else "31"))
    if not marked:
        ctx.say("No events differ.")


VERB = Verb(
    "diff",
    run,
    "Show what happened between two revisions",
    details="""One sentence per event: '+' marks those that only the log of B has, '-' those that only the log of A
    has. Without B the current log is compared, so plain 'tk diff' shows what is not committed yet.""",
    examples=("tk diff main..feature", "tk diff v1.0 --json", "tk diff"),
    arguments=(
        Argument("old", "A..B, or A: any revision that git knows (HEAD)", required=False, metavar="A..B"),
        Argument("new", "B, if the first argument is A alone", required=False, metavar="B"),
    ),
    paged=True,
)
