"""The pager is chosen and started as git's, for what is read and longer than the window."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bd_py.cli import registry, terminal
from tests.conftest import Runner
from tests.terminal import on_a_terminal

MARK = "sed s/^/paged:/"


@pytest.fixture
def many(store: Path, tk: Runner) -> Path:
    for k in range(12):
        tk("q", f"Task {k}")
    return store


def paged(text: str) -> bool:
    lines = text.splitlines()
    assert len({line.startswith("paged:") for line in lines if "Task" in line}) == 1, text
    return lines[0].startswith("paged:")


def test_only_what_is_longer_than_the_window(many: Path) -> None:
    assert paged(on_a_terminal(many, "list", size=(80, 10), PAGER=MARK))
    assert not paged(on_a_terminal(many, "list", size=(80, 13), PAGER=MARK))
    assert paged(on_a_terminal(many, "list", size=(80, 12), PAGER=MARK))


def test_only_on_a_terminal_and_only_text(many: Path, tk: Runner) -> None:
    assert not paged(tk("list", env={"PAGER": MARK, "LINES": "5"}).stdout)
    assert on_a_terminal(many, "list", "--jsonl", size=(80, 5), PAGER=MARK).startswith("{")
    assert on_a_terminal(many, "list", "--json", size=(80, 5), PAGER=MARK).startswith("[")
    assert not paged(on_a_terminal(many, "list", size=(80, 5), PAGER=MARK, TERM="dumb"))
    assert not paged(on_a_terminal(many, "list", "--no-pager", size=(80, 5), PAGER=MARK))


def test_which_pager(many: Path, git: Runner) -> None:
    """TK_PAGER, GIT_PAGER, core.pager, PAGER."""
    names = {"PAGER": "sed s/^/4:/", "NO_COLOR": "1"}

    def first() -> str:
        return on_a_terminal(many, "list", size=(80, 5), env=names).partition("tk-")[0]

    assert first() == "4:"
    git("config", "core.pager", "sed s/^/3:/")
    assert first() == "3:"
    names["GIT_PAGER"] = "sed s/^/2:/"
    assert first() == "2:"
    names["TK_PAGER"] = "sed s/^/1:/"
    assert first() == "1:"
    for none in ("", "cat"):
        names["TK_PAGER"] = none
        assert first() == ""


def test_less_is_the_default_and_gets_what_git_gives_it(many: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "less").write_text('#!/bin/sh\necho "LESS=$LESS LV=$LV"\ncat > /dev/null\n')
    (folder / "less").chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    assert on_a_terminal(many, "list", size=(80, 5), PATH=path) == "LESS=FRX LV=-c\n"
    assert on_a_terminal(many, "list", size=(80, 5), PATH=path, LESS="-S") == "LESS=-S LV=-c\n"
    assert terminal.pager({"PATH": str(tmp_path)}, str(tmp_path)) == ""


def test_a_pager_that_is_not_there_or_leaves_early(many: Path) -> None:
    text = on_a_terminal(many, "list", size=(80, 5), PAGER="no-such-pager")
    assert text.count("Task") == 12
    assert on_a_terminal(many, "list", size=(80, 5), PAGER="head -n 1").count("Task") == 1
    assert on_a_terminal(many, "list", size=(80, 5), PAGER="false") == ""


def test_notes_come_below_the_text(many: Path) -> None:
    note = "The first 8 are shown; --limit 0 shows all.\n"
    assert on_a_terminal(many, "list", "-n", "8", size=(80, 5), PAGER=MARK).endswith(note)
    assert on_a_terminal(many, "list", "-n", "8", size=(80, 24)).endswith(note)


def test_writes_are_never_paged() -> None:
    reads = {"list", "ready", "blocked", "show", "log", "diff", "help"}
    found = {verb.name for verb in registry.load_all() if verb.paged}
    assert reads <= found
    writes = set("create q update close claim release reopen block unblock defer undefer delete restore undo".split())
    assert not found & (writes | {"comment", "import", "sync", "compact", "rebuild", "init", "install-hooks"})


@pytest.mark.parametrize(
    ("text", "columns", "lines", "fitting"),
    [
        ("a\n", 10, 2, True),
        ("a\nb\n", 10, 2, False),
        ("x" * 20 + "\n", 10, 3, True),
        ("x" * 21 + "\n", 10, 3, False),
        ("\x1b[31m" + "x" * 10 + "\x1b[0m\n", 10, 2, True),
        ("\u4e2d" * 6 + "\n", 10, 2, False),
    ],
)
def test_what_fits_a_window(text: str, columns: int, lines: int, fitting: bool) -> None:
    assert terminal.fits(text, columns, lines) is fitting


@pytest.mark.parametrize(
    ("env", "shown"),
    [
        ({}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "foot-extra"}, True),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.4.19"}, True),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "2.9"}, False),
        ({"TERM_PROGRAM": "WezTerm", "TERM_PROGRAM_VERSION": "20240203-110809-5046fc22"}, True),
        ({"TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "1.95.0"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7200"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "4602"}, False),
        ({"TERM": "xterm-256color", "WT_SESSION": "x"}, True),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4a"}, True),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a"}, False),
        ({"TERM": "screen-256color", "VTE_VERSION": "7200"}, False),
        ({"TERM": "dumb", "VTE_VERSION": "7200"}, False),
        ({"TERM": "dumb", "FORCE_HYPERLINK": "1"}, True),
        ({"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"}, False),
    ],
)
def test_which_terminals_show_links(env: dict[str, str], shown: bool) -> None:
    assert terminal.shows_links(env) is shown
