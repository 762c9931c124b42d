"""Sessions as one would copy them from a terminal, run and compared line by line.

``$ tk ...`` is a command (``$ echo TEXT | tk ...`` gives it a stdin), ``2>`` begins a line of stderr, ``exit N``
tells an exit code that is not 0, any other line is stdout. ``...`` at the end of a line stands for whatever follows.
"""

from __future__ import annotations

import shlex

from tests.inprocess import Cli


def play(cli: Cli, session: str) -> None:
    """Run each command of a session and compare what it says."""
    steps: list[tuple[str, list[str]]] = []
    for line in session.strip("\n").splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        elif line.strip():
            steps[-1][1].append(line)
    assert steps
    for command, expected in steps:
        compare(command, run(cli, command), expected)


def run(cli: Cli, command: str) -> list[str]:
    """What a command prints, stdout first, then stderr, then its exit code if that is not 0."""
    head, _, tail = command.rpartition(" | ")
    text = ""
    if head:
        words = shlex.split(head)
        assert words[0] == "echo"
        text = " ".join(words[1:]) + "\n"
    words = shlex.split(tail)
    assert words[0] == "tk", command
    done = cli(*words[1:], input=text, check=False)
    said = [*done.lines, *(f"2> {line}" for line in done.err.splitlines())]
    return [*(line for line in said if line.strip()), *([f"exit {done.code}"] if done.code else [])]


def compare(command: str, said: list[str], expected: list[str]) -> None:
    """Fail unless each line is as it should be."""
    same = len(said) == len(expected) and all(
        got.startswith(want[:-3]) if want.endswith("...") else got == want
        for got, want in zip(said, expected, strict=True)
    )
    assert same, "\n".join([f"$ {command}", "said:", *said, "not:", *expected])
