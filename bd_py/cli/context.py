"""What a verb works with: the global options, stdin and stdout, the actor, the opened store."""

from __future__ import annotations

import os
import sys

from bd_py.cli.streams import decode, is_terminal, one_line, write
from bd_py.errors import InvalidError, NotFoundError, TkError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from bd_py.cli.progress import Progress
    from bd_py.workspace import Workspace

ACTOR = (
    ("name", "actor", "TK_ACTOR"),
    ("agent", "agent", "TK_AGENT"),
    ("agent_type", "agent_type", "TK_AGENT_TYPE"),
    ("session", "session", "TK_SESSION"),
)
"""The parts of an actor, the options and the variables that tell them. `bd_py.identity` has them without the options;
it is not imported for each command."""

_PIECE = 256 * 1024
"""Characters of a JSON array after which they are written, whatever is still to come."""

leave_open = False
"""Set by a process that will end without tidying up, see `Context.close`."""
_left_open: list[Workspace] = []


class Context:
    """The one collaborator that every verb is handed.

    ``globals``: values of `bd_py.cli.declare.GLOBAL_OPTIONS` by name; what is missing is not given.
    Lines for stdout are kept until `flush`, which `bd_py.cli.main` calls at the end. ``failed`` is the
    exit code of the first error handed to `report`, and the command's when the verb itself returns 0.
    ``told``: the verb itself says what `tell_notices` would. ``paged``: the verb's text is for reading, and goes
    through the pager where it is longer than the window.
    """

    def __init__(self, globals: Mapping[str, Any] | None = None) -> None:
        self.globals: dict[str, Any] = dict(globals or ())
        self.directory: str | None = self.globals.get("directory")
        self.jsonl: bool = bool(self.globals.get("jsonl"))
        self.json: bool = self.jsonl or bool(self.globals.get("json"))
        self.quiet: bool = bool(self.globals.get("quiet"))
        self.verbose: bool = bool(self.globals.get("verbose"))
        self.failed = 0
        self.told = False
        self.paged = False
        self._lines: list[str] = []
        self._notes: list[str] = []
        self._bars: list[Progress] = []
        self._cache_bar: Callable[[int, int], None] | None = None
        self._stdin_read = False
        self._workspace: Workspace | None = None

    # What comes in

    def path(self, name: str) -> str:
        """A file name from the command line, relative to ``-C`` as with git."""
        return os.path.join(self.directory, name) if self.directory else name

    def actor(self) -> dict[str, Any]:
        """Who acts: those of name, agent, agent_type, session and pid that options or environment tell."""
        known: dict[str, Any] = {}
        for key, option, variable in ACTOR:
            value = self.globals.get(option) or os.environ.get(variable)
            if value:
                known[key] = value
        if self.globals.get("pid") is not None:
            known["pid"] = self.globals["pid"]
        return known

    def text_arg(self, value: str) -> str:
        """Long text: ``-`` is stdin, ``@FILE`` a file (``@@`` begins text with an @), else itself.

        What is read loses its last line end. Raises NotFoundError for a missing file, InvalidError for
        one that is no UTF-8 text.
        """
        if value == "-":
            return self.read_stdin().removesuffix("\n").removesuffix("\r")
        if value.startswith("@@"):
            return value[1:]
        if value.startswith("@"):
            return self.read_file(value[1:]).removesuffix("\n").removesuffix("\r")
        return value

    def ids_arg(self, ids: Iterable[str]) -> list[str]:
        """The ids with each ``-`` replaced by the words on stdin. Raises UsageError where that leaves none."""
        found: list[str] = []
        for name in ids:
            if name == "-":
                found += self.read_stdin().split()
            else:
                found.append(name)
        if not found:
            raise UsageError("no id was given", "Name at least one.")
        return found

    def read_stdin(self) -> str:
        """All of stdin as UTF-8 text. Raises UsageError when asked twice, InvalidError for other bytes."""
        if self._stdin_read:
            raise UsageError("stdin ('-') can be read only once")
        self._stdin_read = True
        if sys.stdin is None:
            raise InvalidError("stdin is closed")
        buffer = getattr(sys.stdin, "buffer", None)
        return sys.stdin.read() if buffer is None else decode(buffer.read(), "stdin")

    def read_file(self, name: str, hint: str = "Begin with @@ for text that starts with @.") -> str:
        """A whole UTF-8 file named on the command line. Raises NotFoundError with the hint, InvalidError."""
        try:
            with open(self.path(name), "rb") as file:
                return decode(file.read(), f"'{name}'")
        except (FileNotFoundError, NotADirectoryError):
            raise NotFoundError(f"file '{name}' not found", hint) from None
        except OSError as error:
            raise InvalidError(f"cannot read '{name}': {error.strerror}") from None

    # What goes out

    @property
    def isatty(self) -> bool:
        """Whether stdout is a terminal."""
        return is_terminal(sys.stdout)

    @property
    def color(self) -> bool:
        """Whether to colour text: ``--color``, else on a terminal unless NO_COLOR, CLICOLOR=0 or TERM=dumb.

        No variable brings colour into a pipe, where it would break whoever reads the text.
        """
        when = self.globals.get("color", "auto")
        if when != "auto":
            return bool(when == "always")
        if not self.isatty:
            return False
        env = os.environ
        return not env.get("NO_COLOR") and env.get("CLICOLOR") != "0" and env.get("TERM") != "dumb"

    def out(self, text: str) -> None:
        """A line (or several) for stdout: what was asked for."""
        self._lines.append(text)

    def say(self, text: str) -> None:
        """A line for stdout that ``--quiet`` and ``--json`` leave out: what was done."""
        if not (self.quiet or self.json):
            self._lines.append(text)

    def emit(self, value: Any) -> None:
        """One JSON document on stdout; with ``--jsonl`` an array is its elements, a line each."""
        from bd_py.jsonio import dumps

        if self.jsonl and isinstance(value, (list, tuple)):
            self._lines += map(dumps, value)
        else:
            self._lines.append(dumps(value))

    def emit_each(self, values: Iterable[Any]) -> None:
        """An array as `emit` has it, of values that are made one after the other: what is long is written meanwhile."""
        from bd_py.jsonio import dumps

        opened, between, closed = ("", "\n", "") if self.jsonl else ("[", ",", "]")
        parts: list[str] = []
        size, mark, written = 0, opened, False
        for value in values:
            text = dumps(value)
            parts += (mark, text)
            mark = between
            size += len(text)
            if size > _PIECE:
                self.flush()
                self._write(self._shown("".join(parts)))
                parts.clear()
                size, written = 0, True
        if mark == opened and not self.jsonl:
            parts.append(opened)
        parts.append(closed)
        if written or mark != opened or not self.jsonl:
            self._lines.append("".join(parts))

    def warn(self, text: str) -> None:
        """One line on stderr, now."""
        self._clear_progress()
        _tell(one_line(text) + "\n")

    def note(self, text: str) -> None:
        """One line on stderr that ``--quiet`` leaves out: advice. Below the text on a terminal, where both are read."""
        if self.quiet:
            return
        if self.paged and self.isatty:
            self._notes.append(text)
        else:
            self.warn(text)

    def report(self, error: TkError) -> int:
        """An error and its hint on stderr, now; the verb may go on with the next id. Gives its exit code."""
        self._clear_progress()
        if self.json:
            text = _error_json(error)
            if is_terminal(sys.stderr):
                from bd_py.cli.terminal import harmless

                text = harmless(text, as_json=True)
        else:
            text = f"Error: {one_line(error.message)}"
            if error.hint:
                text += "\n" + "\n".join(map(one_line, error.hint.splitlines()))
        _tell(text + "\n")
        self.failed = self.failed or error.exit_code
        return error.exit_code

    def flush(self) -> None:
        """Write the kept lines, through the pager if need be; then what `note` kept.

        Raises BrokenPipeError, or TkError when stdout takes no more.
        """
        self._clear_progress()
        if self._lines:
            text = self._shown("\n".join(self._lines) + "\n")
            self._lines.clear()
            if not (self._wants_pager() and self._page(text)):
                self._write(text)
        while self._notes:
            self.warn(self._notes.pop(0))

    def _shown(self, text: str) -> str:
        """Text as it may go to stdout: on a terminal nothing in it drives that, whatever others wrote into a task."""
        if not self.isatty:
            return text
        from bd_py.cli.terminal import harmless

        return harmless(text, as_json=self.json)

    def _wants_pager(self) -> bool:
        return self.paged and not (self.json or self.globals.get("no_pager")) and self.isatty

    def _page(self, text: str) -> bool:
        from bd_py.cli.terminal import page

        return page(text, self.directory)

    def _write(self, text: str) -> None:
        try:
            write(sys.stdout, text)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise TkError(f"cannot write to stdout: {error.strerror}") from None

    # People

    @property
    def advises(self) -> bool:
        """Whether advice reaches a person: stderr is a terminal, and neither ``--quiet`` nor ``--json`` is given."""
        return not (self.quiet or self.json) and sys.stderr is not None and sys.stderr.isatty()

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked: a terminal at every end and no ``--json``."""
        ends = (sys.stdin, sys.stdout, sys.stderr)
        return not self.json and all(end is not None and end.isatty() for end in ends)

    def confirm(self, question: str, default: bool = False) -> bool:
        """Ask yes or no on stderr; ``default`` where there is nobody to ask."""
        if not self.interactive:
            return default
        import click

        self.flush()
        try:
            return click.confirm(question, default=default, err=True)
        except click.Abort:
            raise KeyboardInterrupt from None

    def progress(self, what: str) -> Callable[[int, int], None] | None:
        """Tells a person how far something is, called with what is done, of how much; None where nobody looks.

        What it draws is gone before anything else is written.
        """
        if self.quiet or self.json or not is_terminal(sys.stderr):
            return None
        from bd_py.cli.progress import Progress

        self._bars.append(Progress(what))
        return self._bars[-1]

    def _clear_progress(self) -> None:
        for bar in self._bars:
            bar.clear()

    def _building(self, done: int, total: int) -> None:
        if self._cache_bar is None:
            self._cache_bar = self.progress("Building the cache") or _silent
        self._cache_bar(done, total)

    # The store

    def workspace(self) -> Workspace:
        """The store that ``-C`` or the working directory is in, opened once."""
        if self._workspace is None:
            from bd_py.workspace import Workspace

            self._workspace = Workspace.find(self.directory, actor=self.actor())
            if is_terminal(sys.stderr):
                self._workspace.progress = self._building
        return self._workspace

    def adopt(self, workspace: Workspace) -> Workspace:
        """Go on with a store that the verb opened in its own way."""
        self._workspace = workspace
        return workspace

    def tell_notices(self) -> None:
        """What a person must know about the store, on stderr; not beside an error that a program reads."""
        workspace = self._workspace
        if workspace is not None and workspace.has_notices and not self.told and not (self.json and self.failed):
            from bd_py.service.notices import notices

            for line in notices(workspace):
                self.warn(line)
            if workspace.first_write:
                from bd_py.service.install import reminder

                if hint := reminder(workspace.paths):
                    self.note(hint)

    def close(self) -> None:
        """Close the store, if it was opened.

        Before the early exit it is only let go of: closing the last connection makes SQLite fold its
        write-ahead log back with two fsyncs, a tenth of an interpreter start, and owes nobody anything.
        """
        if self._workspace is not None:
            if leave_open:
                _left_open.append(self._workspace)
            else:
                self._workspace.close()
            self._workspace = None


def _tell(text: str) -> None:
    """Write to stderr; where that takes no more (a full disk behind it) the exit code still tells."""
    try:
        write(sys.stderr, text)
    except BrokenPipeError:
        raise
    except OSError:
        pass


def _silent(_done: int, _total: int) -> None:
    pass


def _error_json(error: TkError) -> str:
    from bd_py.jsonio import dumps

    try:
        return dumps(error.to_json())
    except (ValueError, TypeError):  # a name that is no UTF-8, a detail that is no JSON
        import json

        return json.dumps(error.to_json(), default=str)
