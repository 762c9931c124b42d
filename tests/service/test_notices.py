"""What every command says of the store, once, on stderr, and never beside an error that a program reads."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Runner
from tests.inprocess import Cli


def test_nothing_to_say(store: Path, git: Runner, tk: Runner) -> None:
    assert tk("create", "x").stderr == ""
    git("add", "-A")
    git("commit", "-q", "-m", "x")
    git("checkout", "-q", "-b", "side")
    assert tk("create", "y").stderr.startswith("hint: ")  # told once that no hooks are installed
    assert tk("create", "z").stderr == ""
    git("add", "-A")
    git("commit", "-q", "-m", "y")
    git("checkout", "-q", "main")
    assert tk("list").stderr == ""
    git("clean", "-fdxq")
    assert tk("list").stderr == ""


def test_bad_lines_are_never_passed_over(cli: Cli) -> None:
    (cli.root / ".tasks/log/bad.jsonl").write_text("a\nb\n")
    for args in (("create", "x"), ("list",), ("list", "-q"), ("list", "--json")):
        assert cli(*args).err == "warning: 2 lines of the log are no events: 'tk doctor' names file, line and reason\n"
    assert json.loads(cli.fails(3, "show", "nope", "--json").err)["error"]["code"] == "not_found"
    (cli.root / ".tasks/log/bad.jsonl").unlink()
    assert cli("list").err == ""


def test_a_salvaged_cache(store: Path, tk: Runner) -> None:
    tk("create", "x")
    for path in (store / ".tasks").glob("cache.db*"):
        path.unlink()
    (store / ".tasks/cache.db").write_bytes(b"garbage" * 1000)
    assert tk("list").stderr == "warning: the cache was unreadable and has been made anew from the log\n"
    assert tk("list").stderr == ""


def test_vanished_events_are_said_once(store: Path, git: Runner, tk: Runner) -> None:
    tk("create", "x"), tk("create", "y")
    git("clean", "-fdq", ".tasks/log")
    assert tk("list").stderr == (
        "warning: 2 events that were never committed vanished from the log: 'tk recover' brings them back\n"
    )
    assert tk("list").stderr == ""


def test_a_live_segment_that_was_cut_back(store: Path, git: Runner, tk: Runner) -> None:
    tk("create", "kept"), tk("create", "cut off")
    (live,) = (store / ".tasks/log").rglob("*.jsonl")
    first = live.read_bytes().splitlines(keepends=True)[0]
    live.unlink()  # the second name keeps the bytes
    live.write_bytes(first)
    assert "1 event that was never committed vanished" in tk("list").stderr
    tk("recover")
    assert len(tk("list").stdout.splitlines()) == 2
