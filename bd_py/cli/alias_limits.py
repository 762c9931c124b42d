"""What an alias may not do: it stands in config.toml, which a clone brings along, and its words are another's choice.

An alias works in the store. What runs a command, trusts one, names a file or a folder, or talks to another machine
has to be typed by the person whose files and machine these are.
"""

from __future__ import annotations

from bd_py.cli.parse import first_word, split_subverb
from bd_py.cli.registry import NAMES, load
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bd_py.cli.declare import Verb

_BEYOND = frozenset(
    "gates config setup init install-hooks uninstall-hooks hook merge-driver backup import quickstart".split()
)
"""Verbs whose work is outside of the tasks, or which decide what may run."""
_OUTWARD = ("FILE", "CMD", "DIR")
"""The placeholders of what an option or argument takes that leads out of the store."""
_MORE = ("--remote",)


def check(name: str, words: Sequence[str]) -> None:
    """Refuse an alias that leads out of the store. Raises UsageError.

    ``words``: the whole command line that comes from config.toml, which begins (after global options) with a verb.
    """
    at = first_word(words)
    if at < len(words) and words[at] in NAMES:
        verb, rest = _verb(words, at)
        whole = load(words[at]).name
        why = next(_reasons(verb, [*words[:at], *rest]), f"runs '{whole}'" if whole in _BEYOND else None)
    else:
        why = next(_reasons(None, words), None)
    if why:
        hint = "config.toml comes with every clone. Type the command, or put a program 'tk-NAME' on your PATH."
        raise UsageError(f"the alias '{name}' {why}, which an alias may not", hint)


def _verb(words: Sequence[str], at: int) -> tuple[Verb, list[str]]:
    """The innermost command that some words name, and those that are not its name."""
    verb = load(words[at])
    before, rest = [], list(words[at + 1 :])
    while verb.subverbs:
        below, more, rest = split_subverb(verb, rest)
        before += more
        if below is None:
            break
        verb = below
    return verb, [*before, *rest]


def _reasons(verb: Verb | None, words: Sequence[str]) -> Iterator[str]:
    if verb is not None and any(argument.metavar in _OUTWARD for argument in verb.arguments):
        yield f"runs '{verb.name}'"
    refused = ["-C", *_MORE]
    if verb is not None:
        refused += [flag for option in verb.options if option.metavar in _OUTWARD for flag in option.flags]
    for word in words:
        if _is_file(word):
            yield f"reads a file ('{word}')"
        flag = next((flag for flag in refused if _gives(word, flag)), None)
        if flag:
            yield f"gives {flag}"


def _is_file(word: str) -> bool:
    """Whether a word, or the value of an option in it, is ``@FILE``."""
    value = word.partition("=")[2] if word.startswith("--") else word[2:] if word.startswith("-") else word
    return value.startswith("@") and not value.startswith("@@")


def _gives(word: str, flag: str) -> bool:
    """Whether a word may be an option: short ones stand together, long ones may be abbreviated."""
    if flag.startswith("--"):
        typed = word.partition("=")[0]
        return len(typed) > 2 and flag.startswith(typed)
    return word[:1] == "-" and word[:2] != "--" and flag[1] in word[1:]
