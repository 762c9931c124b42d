"""The fast parser: a straightforward command line, without importing click (24 ms, three interpreter starts).

It gives what `bd_py.cli.click_app.run_click` would give, or None: declined, ask click. It never reports
an error; whatever is unusual (unknown or combined or abbreviated flags, ``--``, ``--help``, values that
look like options, numbers in odd spellings, anything missing or too much) is click's.
"""

from __future__ import annotations

from bd_py.cli.declare import GLOBAL_OPTIONS, META_OPTIONS
from bd_py.cli.registry import NAMES, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from bd_py.cli.declare import Argument, Option, Verb

    Place = tuple[Option, dict[str, Any], bool]
    """The option behind a flag, the dict that its value goes to, and what the flag means if it is one."""

_MAX_DIGITS = 18


class _Declined(Exception):
    """This command line is for click."""


class Parsed:
    """What a command line says.

    ``path``: the names of the verb and its subverb, aliases resolved. ``values``: one an argument and
    option of the verb, ``globals``: one a global option, by name, defaults included.
    """

    __slots__ = ("globals", "path", "values", "verb")

    def __init__(self, verb: Verb, path: tuple[str, ...], values: dict[str, Any], globals: dict[str, Any]) -> None:
        self.verb = verb
        self.path = path
        self.values = values
        self.globals = globals

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parsed) and (self.verb, self.path, self.values, self.globals) == (
            other.verb,
            other.path,
            other.values,
            other.globals,
        )

    def __repr__(self) -> str:
        return f"Parsed({self.path!r}, {self.values!r}, {self.globals!r})"


def parse(argv: Sequence[str]) -> Parsed | None:
    """The parsed command line, or None where click has to look at it."""
    try:
        return _parse(list(argv))
    except _Declined:
        return None


def _parse(argv: list[str]) -> Parsed:
    globals = global_defaults()
    table = _global_table(globals)
    at = first_word(argv)
    if at == len(argv) or argv[at] not in NAMES:
        raise _Declined
    _read(argv[:at], table)
    verb, args = load(argv[at]), argv[at + 1 :]
    path = [verb.name]
    while verb.subverbs:
        inner, before, args = split_subverb(verb, args)
        if inner is None:
            raise _Declined
        _read(before, table)
        verb = inner
        path.append(verb.name)
    values = defaults(verb)
    _add(table, verb.options, values)
    _place(verb.arguments, _read(args, table), values)
    return Parsed(verb, tuple(path), values, globals)


def global_defaults() -> dict[str, Any]:
    """The global options as they are when none is given."""
    return {option.name: option.default for option in GLOBAL_OPTIONS}


def defaults(verb: Verb) -> dict[str, Any]:
    """The values of a verb as they are when nothing is given."""
    values: dict[str, Any] = {a.name: None if a.nargs == 1 else () for a in verb.arguments}
    for option in verb.options:
        values[option.name] = option.default
    return values


def first_word(args: Sequence[str]) -> int:
    """The index of the first element that is neither a global option nor the value of one."""
    takes_value = {flag: o.kind != "flag" for o in GLOBAL_OPTIONS for flag in o.flags}
    k = 0
    while k < len(args):
        flag = args[k].partition("=")[0] if args[k][:2] == "--" else args[k]
        if flag not in takes_value:
            break
        k += 2 if takes_value[flag] and flag == args[k] else 1
    return min(k, len(args))


def split_subverb(verb: Verb, args: list[str]) -> tuple[Verb | None, list[str], list[str]]:
    """Which subverb is meant, the global options before its name, and its own arguments.

    Without a name it is the default one, and everything is its; None where help is asked for, the
    version, or there is no default.
    """
    at = first_word(args)
    word = args[at] if at < len(args) else ""
    named = verb.subverb(word)
    if named is not None:
        return named, args[:at], args[at + 1 :]
    asks = any(word in option.flags for option in META_OPTIONS)
    if asks or verb.default_subverb is None:
        return None, [], args
    return verb.subverb(verb.default_subverb), [], args


def _global_table(values: dict[str, Any]) -> dict[str, Place]:
    table: dict[str, Place] = {}
    _add(table, GLOBAL_OPTIONS, values)
    return table


def _add(table: dict[str, Place], options: Sequence[Option], values: dict[str, Any]) -> None:
    for option in options:
        for flag in option.flags:
            table[flag] = (option, values, True)
        if option.negative is not None:
            table[option.negative] = (option, values, False)


def _read(args: list[str], table: dict[str, Place]) -> list[str]:
    """Store the options of a command line; gives its positional arguments."""
    words: list[str] = []
    k, end = 0, len(args)
    while k < end:
        arg = args[k]
        k += 1
        if arg[:1] != "-" or arg == "-":
            words.append(arg)
            continue
        flag, equals, text = (arg, "", "") if arg in table else arg.partition("=")
        place = table.get(flag)
        if place is None or (equals and flag[:2] != "--"):
            raise _Declined
        option, values, meaning = place
        if option.kind == "flag":
            if equals:
                raise _Declined
            values[option.name] = meaning
            continue
        if not equals:
            if k == end or option.flag_value is not None:
                raise _Declined
            text = args[k]
            k += 1
            if text[:1] == "-" and text != "-":
                raise _Declined
        _store(option, text, values)
    return words


def _store(option: Option, text: str, values: dict[str, Any]) -> None:
    if option.flag_value is not None and text[:1] == "-":
        raise _Declined
    value = _convert(option, text)
    values[option.name] = (*values[option.name], value) if option.multiple else value


def _convert(param: Option | Argument, text: str) -> Any:
    if param.choices is not None and text not in param.choices:
        raise _Declined
    if param.kind == "text":
        return text
    digits = text if param.kind == "int" else text.replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS):
        raise _Declined
    return int(text) if param.kind == "int" else float(text)


def _place(arguments: Sequence[Argument], words: list[str], values: dict[str, Any]) -> None:
    """Deal the words out: singles from the front, those behind the one that takes many from the back."""
    many = next((k for k, a in enumerate(arguments) if a.nargs != 1), len(arguments))
    for argument in arguments[:many]:
        _fill(argument, words[:1], values)
        del words[:1]
    for argument in reversed(arguments[many + 1 :]):
        _fill(argument, words[-1:], values)
        del words[-1:]
    if many < len(arguments):
        _fill(arguments[many], words, values)
    elif words:
        raise _Declined


def _fill(argument: Argument, words: list[str], values: dict[str, Any]) -> None:
    if words:
        found = [_convert(argument, word) for word in words]
        values[argument.name] = found[0] if argument.nargs == 1 else tuple(found)
    elif argument.required:
        raise _Declined
