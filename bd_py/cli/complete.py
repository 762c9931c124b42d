"""What could stand at the cursor: ``tk __complete WORD...``, asked by a shell whenever Tab is pressed.

It reads the same declarations as the parsers, and neither click nor the log: a Tab has two starts of a bare
interpreter. The words are those behind ``tk``, the last one being typed. Each line is a candidate and, behind
a tab, what it is; the line ``:files`` or ``:folders`` leaves it to the shell.
"""

from __future__ import annotations

from bd_py.cli.declare import GLOBAL_OPTIONS, META_OPTIONS
from bd_py.cli.parse import first_word
from bd_py.cli.registry import NAMES, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bd_py.cli.declare import Argument, Option, Verb
    from bd_py.service.candidates import Candidates, Source

COMMAND = "__complete"
HIDDEN = ("hook", "merge-driver", "textconv")
"""Verbs that git calls and nobody types."""

IDS = frozenset("id ids a b on dep depends_on parent under blocks task".split())
FILES = frozenset("file body_file from_file graph output dest".split())
STATUSES = ("open", "in_progress", "blocked", "deferred", "closed")
TYPES = ("task", "bug", "feature", "epic", "chore", "decision")
PRIORITIES = (("P0", "urgent"), ("P1", "high"), ("P2", "medium"), ("P3", "low"), ("P4", "lowest"))
KINDS = {"reopen": "done", "restore": "deleted"}
"""The verbs that take no open tasks."""


def main(words: Sequence[str]) -> list[str]:
    """The lines for the words behind ``tk __complete``; [] where nothing is known."""
    *before, typed = words or ("",)
    at = first_word(before)
    if at < len(before) and before[at] not in NAMES:
        return []
    directory = _directory(before)
    if at >= len(before):
        option = _waiting(before, GLOBAL_OPTIONS)
        if option is not None or typed.startswith("-"):
            return _option(None, option, typed, directory)
        return [name for name in NAMES if name.startswith(typed) and name not in HIDDEN]
    verb, rest = load(before[at]), list(before[at + 1 :])
    while verb.subverbs:
        below = first_word(rest)
        named = verb.subverb(rest[below]) if below < len(rest) else None
        if named is None and below >= len(rest):
            return _subverbs(verb, typed, directory, rest)
        inner = named or verb.subverb(verb.default_subverb or "")
        if inner is None:
            return []
        rest = rest[:below] + rest[below + 1 :] if named is not None else rest
        verb = inner
    return _arguments(verb, rest, typed, directory)


def _directory(words: Sequence[str]) -> str | None:
    places = [k for k, flag in enumerate(words[:-1]) if flag == "-C"]
    return words[places[-1] + 1] if places else None


def _subverbs(verb: Verb, typed: str, directory: str | None, rest: list[str]) -> list[str]:
    """The names of subverbs, and where one is meant without its name, what that takes."""
    if typed.startswith("-"):
        return _option(None, None, typed, directory)
    lines = [_line(inner.name, inner.summary) for inner in verb.subverbs if inner.name.startswith(typed)]
    default = verb.subverb(verb.default_subverb or "")
    return lines + (_arguments(default, rest, typed, directory) if default is not None else [])


def _arguments(verb: Verb, words: list[str], typed: str, directory: str | None) -> list[str]:
    options = (*verb.options, *GLOBAL_OPTIONS)
    option = _waiting(words, options)
    if option is not None or typed.startswith("-"):
        return _option(verb, option, typed, directory)
    argument = _argument(verb, _count(words, options))
    return [] if argument is None else _values(argument, verb, typed, directory)


def _waiting(words: Sequence[str], options: Iterable[Option]) -> Option | None:
    """The option that the word before the cursor is, if it takes a value."""
    last = words[-1] if words else ""
    return next((o for o in options if last in o.flags and o.kind != "flag" and o.flag_value is None), None)


def _count(words: Sequence[str], options: Sequence[Option]) -> int:
    """How many arguments are there already."""
    takes = {flag for o in options for flag in o.flags if o.kind != "flag" and o.flag_value is None}
    count, k = 0, 0
    while k < len(words):
        count += not (words[k].startswith("-") and words[k] != "-")
        k += 2 if words[k] in takes else 1
    return count


def _argument(verb: Verb, number: int) -> Argument | None:
    for k, argument in enumerate(verb.arguments):
        if k == number or argument.nargs != 1:
            return argument
    return None


def _option(verb: Verb | None, option: Option | None, typed: str, directory: str | None) -> list[str]:
    """The value of an option, after it or in ``--option=``; else its name."""
    options = (*(verb.options if verb else ()), *GLOBAL_OPTIONS, *META_OPTIONS)
    if option is not None:
        return _values(option, verb, typed, directory)
    flag, equals, value = typed.partition("=")
    if equals:
        named = next((o for o in options if flag in o.flags and o.kind != "flag"), None)
        found = _values(named, verb, value, directory) if named is not None else []
        return [line if line[:1] == ":" else f"{flag}={line}" for line in found]
    flags: dict[str, str] = {}
    for each in options:
        for name in (*each.flags, *([each.negative] if each.negative else ())):
            flags.setdefault(name, each.help)
    return [_line(name, about) for name, about in flags.items() if name.startswith(typed)]


def _values(param: Option | Argument, verb: Verb | None, typed: str, directory: str | None) -> list[str]:
    if param.choices is not None:
        return [choice for choice in param.choices if choice.startswith(typed)]
    if param.name == "directory":
        return [":folders"]
    if param.name in FILES or (param.metavar or "") == "FILE":
        return [":files"]
    from bd_py.service.candidates import Source

    source = Source(directory)
    try:
        return _from_the_cache(source, param.name, verb, typed)
    finally:
        source.close()


def _from_the_cache(source: Source, name: str, verb: Verb | None, typed: str) -> list[str]:
    if name in IDS:
        kind, colon, ref = typed.rpartition(":")
        ids = source.ids(ref, KINDS.get(verb.name, "") if verb is not None else "")
        return [_line(kind + colon + word, title) for word, title in ids]
    *listed, last = typed.split(",")
    start = ",".join([*listed, ""]) if listed else ""
    return [_line(start + word, about) for word, about in _words(name, source) if word.startswith(last)]


def _words(name: str, source: Source) -> Candidates:
    if name == "status":
        return [(word, "") for word in dict.fromkeys((*STATUSES, *source.config("statuses")))]
    if name == "issue_type":
        return [(word, "") for word in dict.fromkeys((*TYPES, *source.config("types")))]
    if name == "priority":
        return list(PRIORITIES)
    if name in ("label", "labels", "add_label", "remove_label", "set_labels", "label_any"):
        return source.labels()
    if name in ("assignee", "owner", "actor", "who"):
        return source.people()
    if name == "verb":
        return [(word, "") for word in NAMES if word not in HIDDEN]
    return []


def _line(word: str, about: str) -> str:
    """A candidate with what it is, on one line that cannot drive a terminal."""
    if not about:
        return word
    from bd_py.render import safe

    return f"{word}\t{safe(about)}"
