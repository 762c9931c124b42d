"""How a declaration is put into words: the same in the help, in docs/cli.md and in the manual pages."""

from __future__ import annotations

from bd_py.cli.declare import Argument, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bd_py.cli.declare import Verb


def usage(argument: Argument) -> str:
    """``ID...``, ``[TEXT]``: an argument in a usage line."""
    name = argument.metavar + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def synopsis(verb: Verb) -> str:
    """What stands behind a verb's name in its usage line."""
    if verb.subverbs:
        return "[OPTIONS] " + ("COMMAND ..." if verb.default_subverb is None else "[COMMAND] ...")
    return " ".join(["[OPTIONS]", *map(usage, verb.arguments)])


def flags(option: Option, own: Sequence[Option] = ()) -> str:
    """``-n, --limit N``: an option's flags but for those that options in ``own`` have taken; may be empty."""
    taken = {flag for other in own for flag in other.flags}
    left = [flag for flag in option.flags if flag not in taken]
    return ", ".join(left) + value(option) if left else ""


def value(option: Option) -> str:
    """What stands behind the flags: `` N``, `` [NAME]``, `` / --no-hooks``, or nothing."""
    if option.kind == "flag":
        return "" if option.negative is None else f" / {option.negative}"
    name = option.metavar or {"int": "N", "float": "X"}.get(option.kind, option.name.upper())
    return f" [{name}]" if option.flag_value is not None else f" {name}"


def words(param: Argument | Option) -> str:
    """The help of an argument or option as one form has it: no full stop, and what it may be in brackets."""
    text = param.help
    if text.endswith(".") and not text.endswith("..") and ". " not in text:
        text = text[:-1]
    notes = []
    if param.choices is not None:
        notes.append(f"one of {', '.join(param.choices)}")
    if isinstance(param, Option):
        if param.multiple and "may be repeated" not in text:
            notes.append("may be repeated")
        if param.kind != "flag" and param.default not in (None, ()):
            notes.append(f"default {param.default}")
    return f"{text} [{'; '.join(notes)}]" if notes else text


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a declaration's details, each on one line."""
    return [" ".join(part.split()) for part in text.strip().split("\n\n") if part.strip()]


def label(verb: Verb) -> str:
    """A verb as a list of verbs names it, with its aliases: ``create (new, add)``."""
    return verb.name + (f" ({', '.join(verb.aliases)})" if verb.aliases else "")
