"""What a word means that is no verb of tk: a program ``tk-WORD`` on PATH, or an alias from config.toml.

As with git, in this order, and never instead of a verb. A verb of tk pays nothing for it: this module is
imported only for a word that is none.
"""

from __future__ import annotations

import os

from bd_py.cli.context import ACTOR
from bd_py.cli.declare import GLOBAL_OPTIONS
from bd_py.cli.parse import first_word
from bd_py.cli.registry import NAMES
from bd_py.errors import NoStoreError, TkError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

PREFIX = "tk-"
_PASSED_ON = {option: variable for _, option, variable in ACTOR}
_NO_EXECUTABLE_FORMAT = 8  # ENOEXEC; importing errno costs more


def expand(args: list[str]) -> list[str]:
    """The command line with its aliases replaced, as far as they lead.

    Does not return where the first word is a plugin: that takes the place of this process. A word that is
    neither stays. Raises UsageError for an alias that leads back to itself, out of the store, or cannot be read.
    """
    seen: list[str] = []
    typed = (0, 0)  # so many words at the beginning and at the end are the person's own
    while True:
        at = first_word(args)
        if at == len(args) or args[at] in NAMES or not _is_name(args[at]):
            if seen:
                from bd_py.cli import alias_limits

                alias_limits.check(seen[0], args[typed[0] : len(args) - typed[1]])
            return args
        word = args[at]
        program = find_plugin(word)
        if program is not None:
            run_plugin(program, args[:at], args[at + 1 :])
        text = aliases(args[:at]).get(word)
        if text is None:
            return args
        if word in seen:
            raise UsageError(f"the alias '{word}' leads back to itself", "It is set in .tasks/config.toml.")
        after = len(args) - at - 1
        typed = (typed[0], min(typed[1], after)) if seen else (at, after)
        seen.append(word)
        args = [*args[:at], *_words(word, text), *args[at + 1 :]]


def aliases(before: list[str] = []) -> Mapping[str, str]:  # noqa: B006 (never changed)
    """The aliases of the store that a command line would use; none where there is no store.

    ``before``: the global options before the word, of which ``-C`` says where.
    """
    from bd_py import config, paths

    try:
        where = paths.find(_globals(before).get("directory"))
    except NoStoreError:
        return {}
    found: Mapping[str, str] = config.load(where.config).values["alias"]
    return found


def others() -> list[str]:
    """The names of all aliases and plugins; aliases are left out where the settings cannot be read."""
    try:
        known = list(aliases())
    except TkError:
        known = []
    return [*known, *plugins()]


def find_plugin(word: str) -> str | None:
    """The program ``tk-WORD`` on PATH, or None; folders that PATH names relatively are left out."""
    if not _is_name(word):
        return None
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        program = os.path.join(folder, PREFIX + word)
        if os.path.isabs(folder) and os.path.isfile(program) and os.access(program, os.X_OK):
            return program
    return None


def plugins() -> list[str]:
    """The names of all plugins on PATH that no verb hides, sorted."""
    found: set[str] = set()
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        try:
            names = os.listdir(folder) if os.path.isabs(folder) else []
        except OSError:
            continue
        found.update(name[len(PREFIX) :] for name in names if name.startswith(PREFIX))
    return sorted(name for name in found if name not in NAMES and find_plugin(name))


def run_plugin(program: str, before: list[str], args: list[str]) -> None:
    """Become the plugin: its exit code is the command's, its streams are this process's.

    It runs in the folder that ``-C`` names. Who acts is in its environment (TK_ACTOR and the like), the other
    global options come after its own arguments. Raises TkError where it cannot be run.
    """
    from bd_py import paths

    given = _globals(before)
    env = dict(os.environ)
    env.update((variable, given[name]) for name, variable in _PASSED_ON.items() if name in given)
    rest = [*args, *_others(given)]
    try:
        if "directory" in given:
            os.chdir(paths.start_directory(given["directory"]))
        try:
            os.execve(program, [program, *rest], env)  # noqa: S606 (found on PATH, as a shell would)
        except OSError as error:
            if error.errno != _NO_EXECUTABLE_FORMAT:
                raise
        # A script without its first line, as shells run it.
        os.execve("/bin/sh", ["sh", program, *rest], env)  # noqa: S606
    except OSError as error:
        raise TkError(f"cannot run {program}: {error.strerror}", "It was found on PATH.") from None


def _globals(before: list[str]) -> dict[str, Any]:
    """The values of global options that stand before the word; a flag is True."""
    options = {flag: option for option in GLOBAL_OPTIONS for flag in option.flags}
    found: dict[str, Any] = {}
    k = 0
    while k < len(before):
        flag, equals, text = (before[k], "", "") if before[k] in options else before[k].partition("=")
        option = options[flag]
        if option.kind == "flag":
            found[option.name] = True
        elif equals:
            found[option.name] = text
        elif k + 1 < len(before):
            k += 1
            found[option.name] = before[k]
        k += 1
    return found


def _others(given: dict[str, Any]) -> list[str]:
    words = []
    for option in GLOBAL_OPTIONS:
        if option.name in given and option.name not in (*_PASSED_ON, "directory"):
            words += [option.flags[-1]] if option.kind == "flag" else [option.flags[-1], given[option.name]]
    return words


def _is_name(word: str) -> bool:
    """What can be the end of a program's name: no path, and no option."""
    return bool(word) and word[0] != "-" and os.sep not in word and "\0" not in word


def _words(name: str, text: str) -> list[str]:
    """The words of an alias, by the shell's rules for quotes."""
    import shlex

    if text.lstrip().startswith("!"):
        hint = f"config.toml comes with every clone. Put a program '{PREFIX}{name}' on your PATH instead."
        raise UsageError(f"the alias '{name}' is a shell command, which tk does not run", hint)
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"the alias '{name}' cannot be read: {error}", f"alias.{name} = {text!r}") from None
    if not words:
        raise UsageError(f"the alias '{name}' is empty", f"'tk config set alias.{name} \"list --all\"'.")
    return words
