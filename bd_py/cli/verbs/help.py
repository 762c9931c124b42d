"""``tk help [COMMAND]``: the same page as ``tk COMMAND --help``."""

from __future__ import annotations

from bd_py.cli.declare import Argument, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def run(ctx: Context, verb: tuple[str, ...]) -> None:
    """The page of a verb, or the overview. Raises UsageError for a name that is none."""
    from bd_py.cli.help_page import help_text

    text = _of_others(verb) or help_text(verb)
    if ctx.json:
        ctx.emit({"command": " ".join(verb), "help": text})
    else:
        ctx.out(text)


def _of_others(path: tuple[str, ...]) -> str | None:
    """What is to say of an alias, or of a program on PATH; None for a command of tk."""
    from bd_py.cli.registry import NAMES

    if len(path) != 1 or path[0] in NAMES:
        return None
    from bd_py.cli.external import aliases, find_plugin

    program = find_plugin(path[0])
    if program is not None:
        return f"'{path[0]}' is the program {program}."
    text = aliases().get(path[0])
    return None if text is None else f"'{path[0]}' is an alias of '{text}'."


VERB = Verb(
    "help",
    run,
    "Show the help of tk or of a command",
    details="Without a command it shows the overview, as tk alone does. A program tk-NAME on PATH is the command NAME, "
    "and so is an alias, alias.NAME in config.toml; neither replaces a command of tk.",
    examples=("tk help", "tk help close", "tk help dep add"),
    arguments=(Argument("verb", "The command, and its subcommand.", nargs=-1, required=False, metavar="COMMAND"),),
    paged=True,
)
