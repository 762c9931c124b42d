"""The words of other trackers lead to commands that there are."""

from __future__ import annotations

import pytest

from bd_py.cli import desires
from bd_py.cli.click_app import run_click
from bd_py.cli.registry import NAMES
from tests.inprocess import Cli

FILLED_IN = {
    "ID": "7f3k",
    "A": "7f3k",
    "B": "2c9d",
    "OLD": "7f3k",
    "NEW": "2c9d",
    "P": "1",
    "FILE": "f",
    "SHELL": "bash",
}


@pytest.mark.parametrize("word", desires.COMMANDS)
def test_each_names_a_command_line_that_parses(word: str) -> None:
    command = desires.COMMANDS[word].split()
    if command[0] not in NAMES:
        assert desires.hint([word]) is None, "a command that is not there is not named"
        return
    run_click([FILLED_IN.get(part, part.lower()) for part in command])
    assert desires.hint([word.upper()]) == (f"In tk that is 'tk {desires.COMMANDS[word]}'.", command[0])


def test_no_word_is_a_verb_of_ours() -> None:
    tables = (desires.COMMANDS, desires.REMARKS, desires.NOUNS)
    assert not {word for table in tables for word in table} & set(NAMES)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("finish 7f3k", "In tk that is 'tk close ID'."),
        ("mv a b", "In tk that is 'tk update ID --title TITLE'."),
        ("resolve 7f3k", "In tk that is 'tk close ID'."),
        ("annotate 7f3k text", "In tk that is 'tk comment ID TEXT'."),
        ("modify 7f3k", "In tk that is 'tk update ID'."),
        ("attach 7f3k shot.png", "In tk that is 'tk artifact ID PATH'."),
        ("whoami", "In tk that is 'tk status'."),
        ("issue create T", "In tk that is 'tk create'."),
        ("bug resolve x", "In tk that is 'tk close ID'."),
        ("issue", "tk needs no noun"),
        ("issue issue issue", "tk needs no noun"),
        ("daemon start", "tk needs none"),
        ("webui", "no view in a browser"),
        ("lisst", "Did you mean 'tk list'?"),
        ("zzzzzz", "Try 'tk --help'."),
    ],
)
def test_what_is_said(cli: Cli, line: str, says: str) -> None:
    done = cli.fails(2, *line.split())
    assert done.err.splitlines()[0] == f"Error: unknown command '{line.split()[0]}'"
    assert says in done.err


def test_programs_get_the_verb(cli: Cli) -> None:
    assert cli.fails(2, "finish", "x", "--json").errors[0]["details"] == {"suggestion": "close"}
