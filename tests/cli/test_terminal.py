"""On a terminal ids are short and lines are coloured; in a pipe they are whole and plain."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Runner, child_env


def on_a_terminal(store: Path, *args: str, **env: str) -> str:
    """What a command prints on a terminal, its line ends as \\n."""
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "bd_py", *args],
        cwd=store,
        env=child_env({"TERM": "xterm", **env}),
        stdin=slave,
        stdout=slave,
        stderr=slave,
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
    os.close(master)
    assert process.returncode == 0, seen
    return seen.decode().replace("\r\n", "\n")


def test_ids_are_short_on_a_terminal_and_whole_in_a_pipe(store: Path, tk: Runner) -> None:
    first = on_a_terminal(store, "create", "First", NO_COLOR="1").strip()
    assert re.fullmatch("tk-[0-9a-z]{4}", first)
    second = tk("create", "Second", "--depends-on", first).stdout.strip()
    assert re.fullmatch("tk-[0-9a-z]{10}", second)
    whole = tk("show", first, "--short").stdout.split()[0]
    assert on_a_terminal(store, "list", NO_COLOR="1") == (
        f"{first} [open] - First\n{second[:7]} [open] - Second <- [{first}]\n"
    )
    assert on_a_terminal(store, "close", first) == f"Updated {first} -> closed\n"
    assert tk("list").stdout == f"{second} [open] - Second <- [{whole}]\n"
    assert on_a_terminal(store, "dep", "list", second[:7], NO_COLOR="1") == f"{first} [closed] - First (blocks)\n"


def test_json_has_whole_ids_everywhere(store: Path, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    assert f'"id":"{task}"' in on_a_terminal(store, "list", "--json")


@pytest.mark.parametrize(
    ("env", "args", "coloured"),
    [({}, [], True), ({"NO_COLOR": "1"}, [], False), ({"TERM": "dumb"}, [], False), ({}, ["--color", "never"], False)],
)
def test_colours(store: Path, tk: Runner, env: dict[str, str], args: list[str], coloured: bool) -> None:
    tk("create", "A", "-p", "0")
    assert ("\x1b[" in on_a_terminal(store, "ready", *args, **env)) is coloured
    assert "\x1b" not in tk("ready").stdout
    assert "\x1b[" in tk("ready", "--color", "always").stdout
