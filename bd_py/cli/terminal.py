"""What stdout is when it is a terminal: its size, whether it shows links, and the pager. Never imported in a pipe."""

from __future__ import annotations

import os
import sys

from bd_py import render, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

_DEFAULT = (80, 24)
_NARROWEST = 20
"""Columns that are laid out for even where there are fewer, or a window says that it has none."""
_SINCE = {"iTerm.app": 3, "WezTerm": 20200620, "vscode": 1, "ghostty": 1, "Hyper": 3, "Tabby": 1, "rio": 0, "mintty": 3}
"""Terminals that name themselves in TERM_PROGRAM and show links, with the version that began to."""
_TERMS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "contour", "wezterm")
_VTE = 5000
_TMUX = (3, 4)


def size(stream: TextIO | None = None) -> tuple[int, int]:
    """Columns and lines: of the environment as far as it tells them, else of the window of a stream (stdout)."""
    columns, lines = _number("COLUMNS"), _number("LINES")
    if not (columns and lines):
        try:
            window = os.get_terminal_size((stream or sys.stdout).fileno())
        except (OSError, ValueError):
            window = os.terminal_size(_DEFAULT)
        columns, lines = columns or window.columns, lines or window.lines
    return max(columns or _DEFAULT[0], _NARROWEST), lines or _DEFAULT[1]


def _number(name: str) -> int:
    text = os.environ.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def shows_links(env: Mapping[str, str]) -> bool:
    """Whether the terminal is one that is known to show OSC 8 hyperlinks; FORCE_HYPERLINK decides where it is set.

    There is no way to ask: others drop the sequence at best, so they are spared it.
    """
    forced = env.get("FORCE_HYPERLINK")
    if forced:
        return forced != "0"
    term = env.get("TERM", "")
    if term == "dumb":
        return False
    program, version = env.get("TERM_PROGRAM", ""), _version(env.get("TERM_PROGRAM_VERSION", ""))
    if program == "tmux" or term.startswith(("screen", "tmux")):
        return program == "tmux" and version >= _TMUX
    if program in _SINCE:
        return version >= (_SINCE[program],)
    if term in _TERMS or term.startswith("foot"):
        return True
    vte = env.get("VTE_VERSION", "")
    return (vte.isdigit() and int(vte) >= _VTE) or any(name in env for name in ("KONSOLE_VERSION", "WT_SESSION"))


def _version(text: str) -> tuple[int, ...]:
    """``(3, 4)`` of ``3.4a``, ``(20240203,)`` of ``20240203-110809``."""
    parts = []
    for part in text.split("."):
        digits = part[: next((k for k, char in enumerate(part) if not char.isdigit()), len(part))]
        if not digits:
            break
        parts.append(int(digits))
    return tuple(parts)


def harmless(text: str, *, as_json: bool) -> str:
    """Text in which nothing drives a terminal but tk's own colours and links; JSON stays the same document.

    The second line of defence: whoever lays out a title or a name has escaped it already.
    """
    if any(char in text for char in _DRIVING):
        text = text.translate(_ESCAPED if as_json else _VISIBLE)
    return text if "\x1b" not in text else _own_sequences(text)


_DRIVING = "".join(map(chr, (*range(9), *range(11, 27), *range(28, 32), *range(127, 160)))) + render.TURNING
"""Controls but tab, line feed and escape, and what turns the direction of the text after it."""
_ESCAPED = {ord(char): f"\\u{ord(char):04x}" for char in _DRIVING}
_VISIBLE = {ord(char): " " if char == "\r" else ascii(char)[1:-1] for char in _DRIVING}


def _own_sequences(text: str) -> str:
    """The text with each escape that begins neither a colour nor a link as `tk` writes them made visible."""
    first, *rest = text.split("\x1b")
    out = [first]
    in_link = False
    for part in rest:
        color = (
            part.startswith("[") and part[1:].partition("m")[1] and not part[1:].partition("m")[0].strip("0123456789;")
        )
        link = part.startswith("]8;;") and part.isascii() and part.isprintable()
        out += ["\x1b" if color or link or (in_link and part[:1] == "\\") else "\\x1b", part]
        in_link = link
    return "".join(out)


def page(text: str, directory: str | None) -> bool:
    """Show a text through the pager, where it is longer than the window. False: it is still to be written.

    Which pager, and how it is started, is as with git; what fits the window never needs one.
    """
    if os.environ.get("TERM", "dumb") == "dumb" or fits(text, *size()):
        return False
    command = pager(os.environ, directory)
    if command in ("", "cat"):
        return False
    from bd_py import spawn

    env = {"LESS": "FRX", "LV": "-c", **os.environ}
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.flush()
    try:
        return spawn.feed(command, text.encode(encoding, "backslashreplace"), env) not in _NOT_THERE
    except OSError:
        return False


_NOT_THERE = (126, 127)
"""How a shell ends when there is no such command, or it cannot be run."""


def fits(text: str, columns: int, lines: int) -> bool:
    """Whether a text fits a window, with a line left for the prompt."""
    room = lines - 1
    if text.count("\n") > room:
        return False
    return sum(max(1, -(-width.visible(line) // columns)) for line in text.splitlines()) <= room


def pager(env: Mapping[str, str], directory: str | None = None) -> str:
    """The command of the pager; empty: none is wanted, or there is none."""
    for name in ("TK_PAGER", "GIT_PAGER"):
        if name in env:
            return env[name].strip()
    from bd_py import git

    command = git.setting(directory or ".", "core.pager")
    if command is None:
        command = env.get("PAGER")
    if command is not None:
        return command.strip()
    folders = env.get("PATH", os.defpath).split(os.pathsep)
    return "less" if any(os.access(f"{folder}/less", os.X_OK) for folder in folders) else ""
