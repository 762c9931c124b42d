"""A terminal of a given size for one command: what it prints there, as the bytes that would be drawn."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path

from tests.conftest import child_env


def on_a_terminal(
    store: Path,
    *args: str,
    size: tuple[int, int] = (80, 24),
    separate_stderr: bool = False,
    answered: bool = True,
    typed: bytes = b"",
    code: int | None = 0,
    env: Mapping[str, str | None] | None = None,
    **more_env: str | None,
) -> str:
    """What a command prints in a window of so many columns and lines, its line ends as \\n; with more environment.

    Not ``answered``: it cannot ask there. ``typed``: what a person types once a question stands there. ``code``: how it
    must exit, None in any way.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", "bd_py", *args],
        cwd=store,
        env=child_env({"TERM": "xterm", "LINES": None, "COLUMNS": None, **(env or {}), **more_env}),
        stdin=slave if answered else subprocess.DEVNULL,
        stdout=slave,
        stderr=subprocess.DEVNULL if separate_stderr else slave,
        start_new_session=True,  # else what reads the keyboard would read that of who runs the tests
    ) as process:
        os.close(slave)
        seen = b""
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:  # the other end is closed
                break
            if not data:
                break
            seen += data
            if typed and seen.endswith(b"]: "):
                os.write(master, typed)
                typed = b""
    os.close(master)
    assert code is None or process.returncode == code, seen
    return seen.decode().replace("\r\n", "\n")
