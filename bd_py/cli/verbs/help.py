"""``tk help [COMMAND]``: the same page as ``tk COMMAND --help``."""

from __future__ import annotations

from bd_py.cli.declare import Argument, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def run(ctx: Context, verb: tuple[str, ...]) -> None:
    """The page of a verb, or the overview. Raises UsageError for a name that is none."""
    from bd_py.cli.help_page import help_text

    text = help_text(verb)
    if ctx.json:
        ctx.emit({"command": " ".join(verb), "help": text})
    else:
        ctx.out(text)


VERB = Verb(
    "help",
    run,
    "Show the help of tk or of a command",
    details="tk without a command shows the overview too, and exits 0.",
    examples=("tk help", "tk help close", "tk help dep add"),
    arguments=(Argument("verb", "The command, and its own command.", nargs=-1, required=False, metavar="COMMAND"),),
    paged=True,
)
