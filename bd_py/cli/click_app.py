"""The whole parser: click's commands, built from the declarations, for all that the fast one declines.

click reads the command line and words the errors; it runs nothing. `run_click` gives the same
`Parsed` as `bd_py.cli.parse.parse`, and ``--help`` and ``--version`` give the verbs of that name.
"""

from __future__ import annotations

import math

import click
from click.core import ParameterSource

from bd_py.cli.declare import GLOBAL_OPTIONS, META_OPTIONS, PROGRAM
from bd_py.cli.parse import Parsed, global_defaults, split_subverb
from bd_py.cli.registry import NAMES, load, load_all
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from bd_py.cli.declare import Argument, Option, Verb

_GLOBAL = "global_"


class _Number(click.types.FloatParamType):
    """A number that can be compared and counted with: neither nan nor infinite."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if not -math.inf < number < math.inf:
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


_TYPES = {"text": click.STRING, "int": click.INT, "float": _Number(), "flag": click.BOOL}


class _Asked(Exception):
    """Help or the version was asked for: ``parsed`` is that verb."""

    def __init__(self, parsed: Parsed) -> None:
        super().__init__()
        self.parsed = parsed


class _Root(click.Group):
    """tk itself: its commands are loaded when named."""

    def __init__(self) -> None:
        params = _shared_params((), ())
        super().__init__(PROGRAM, params=params, invoke_without_command=True, add_help_option=False)
        self.callback = self._overview

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [verb.name for verb in load_all() if not verb.hidden]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in NAMES:
            return None
        verb = load(cmd_name)
        return _command(verb, (verb.name,))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in NAMES and not ctx.resilient_parsing:
            raise unknown_verb((args[0],), NAMES, args[1:])
        return super().resolve_command(ctx, args)

    @staticmethod
    @click.pass_context
    def _overview(ctx: click.Context, /, **_params: Any) -> Parsed | None:
        return _help(()) if ctx.invoked_subcommand is None else None


class _Group(click.Group):
    """A verb with subverbs; what names none of them goes to the default one."""

    def __init__(self, verb: Verb, path: tuple[str, ...]) -> None:
        super().__init__(
            verb.name,
            params=_shared_params((), path),
            help=verb.summary,
            no_args_is_help=False,
            add_help_option=False,
        )
        self.verb = verb
        self.path = path

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [inner.name for inner in self.verb.subverbs if not inner.hidden]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        inner = self.verb.subverb(cmd_name)
        return None if inner is None else _command(inner, (*self.path, inner.name))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args or not ctx.resilient_parsing:
            inner, _, rest = split_subverb(self.verb, args)
            if inner is not None and len(rest) == len(args):
                args = [inner.name, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if self.verb.subverb(args[0]) is None and not ctx.resilient_parsing:
            raise unknown_verb((*self.path, args[0]), _names(self.verb))
        return super().resolve_command(ctx, args)


def run_click(argv: Sequence[str]) -> Parsed:
    """The parsed command line; without a verb it is ``help``. Raises errors.UsageError."""
    try:
        parsed: Parsed = _Root().main(list(argv), PROGRAM, standalone_mode=False, windows_expand_args=False)
    except _Asked as asked:
        parsed = asked.parsed
        parsed.globals["json"] = "--json" in argv or "--jsonl" in argv
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else PROGRAM
        raise UsageError(error.format_message(), f"Try '{where} --help'.") from None
    return parsed


def find(path: Sequence[str]) -> tuple[tuple[str, ...], Verb]:
    """The verb that the names lead to, and its names with aliases resolved. Raises errors.UsageError."""
    if path[0] not in NAMES:
        raise unknown_verb(path[:1], NAMES)
    verb = load(path[0])
    found = [verb.name]
    for k, name in enumerate(path[1:], 2):
        inner = verb.subverb(name)
        if inner is None:
            raise unknown_verb(path[:k], _names(verb))
        verb = inner
        found.append(verb.name)
    return tuple(found), verb


def unknown_verb(path: Sequence[str], names: Sequence[str] | dict[str, str], rest: Sequence[str] = ()) -> UsageError:
    """The error for the last name of ``path``, with what it is called here or the nearest of ``names``.

    ``rest``: the words that follow.
    """
    from difflib import get_close_matches

    if names is NAMES:
        from bd_py.cli.desires import hint as desire
        from bd_py.cli.external import others

        if found := desire([path[-1], *rest]):
            said, verb = found
            return UsageError(f"unknown command '{' '.join(path)}'", said, suggestion=verb)
        names = [*NAMES, *others()]
    near = get_close_matches(path[-1].lower(), list(names), n=1)
    help_line = " ".join([PROGRAM, *path[:-1], "--help"])
    hint = f"Did you mean '{' '.join([PROGRAM, *path[:-1], near[0]])}'? " if near else ""
    return UsageError(
        f"unknown command '{' '.join(path)}'",
        f"{hint}Try '{help_line}'.",
        suggestion=near[0] if near else None,
    )


def _names(verb: Verb) -> list[str]:
    return [name for inner in verb.subverbs for name in (inner.name, *inner.aliases)]


def _command(verb: Verb, path: tuple[str, ...]) -> click.Command:
    if verb.subverbs:
        return _Group(verb, path)
    params: list[click.Parameter] = [_argument(argument) for argument in verb.arguments]
    params += [_option(option, option.name, option.flags) for option in verb.options]
    params += _shared_params(verb.options, path)

    @click.pass_context
    def collect(ctx: click.Context, /, **_params: Any) -> Parsed:
        names = [param.name for param in verb.params()]
        return Parsed(verb, path, {name: ctx.params[name] for name in names}, _globals(ctx))

    return click.Command(verb.name, params=params, callback=collect, help=verb.summary, add_help_option=False)


def _globals(ctx: click.Context | None) -> dict[str, Any]:
    """The global options that were given, those after the verb over those before it."""
    if ctx is None:
        return global_defaults()
    found = _globals(ctx.parent)
    for option in GLOBAL_OPTIONS:
        name = _GLOBAL + option.name
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            found[option.name] = ctx.params[name]
    return found


def _shared_params(own: Sequence[Option], path: tuple[str, ...]) -> list[click.Parameter]:
    """The global options as far as the verb's own leave them their flags."""
    taken = {flag for option in own for flag in (*option.flags, option.negative)}
    params: list[click.Parameter] = []
    for option in (*GLOBAL_OPTIONS, *META_OPTIONS):
        flags = [flag for flag in option.flags if flag not in taken]
        if flags and option in META_OPTIONS:
            params.append(_option(option, _GLOBAL + option.name, flags, _ask(option.name, path)))
        elif flags:
            params.append(_option(option, _GLOBAL + option.name, flags))
    return params


def _ask(name: str, path: tuple[str, ...]) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        if value and not ctx.resilient_parsing:
            raise _Asked(_help(path) if name == "help" else _version())

    return callback


def _help(path: tuple[str, ...]) -> Parsed:
    return Parsed(load("help"), ("help",), {"verb": path}, global_defaults())


def _version() -> Parsed:
    return Parsed(load("version"), ("version",), {}, global_defaults())


def _argument(argument: Argument) -> click.Argument:
    return click.Argument(
        [argument.name],
        nargs=argument.nargs,
        required=argument.required,
        type=_type(argument),
        metavar=argument.metavar,
    )


def _option(
    option: Option,
    name: str,
    flags: Sequence[str],
    ask: Callable[[click.Context, click.Parameter, Any], None] | None = None,
) -> click.Option:
    first = flags[0] if option.negative is None else f"{flags[0]}/{option.negative}"
    settings: dict[str, Any] = {"help": option.help, "metavar": option.metavar, "default": option.default}
    if option.kind == "flag":
        settings["is_flag"] = True
    elif option.flag_value is not None:
        settings.update(is_flag=False, flag_value=option.flag_value)
        if option.default is None:
            del settings["default"]  # click 8.3.0 takes a given None for "the value may not be left out"
    if ask is not None:
        settings.update(callback=ask, is_eager=True, expose_value=False)
    return click.Option([name, first, *flags[1:]], type=_type(option), multiple=option.multiple, **settings)


def _type(param: Argument | Option) -> click.ParamType[Any]:
    return click.Choice(param.choices) if param.choices is not None else _TYPES[param.kind]
