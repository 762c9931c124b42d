"""What every command says of the store, once, on stderr, and never beside an error that a program reads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from bd_py import files, sync
from bd_py.errors import ReadOnlyError
from bd_py.paths import Paths
from bd_py.workspace import Workspace
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


def test_what_was_recovered_and_committed_has_not_vanished(store: Path, git: Runner, tk: Runner) -> None:
    """Both segments that were recovered from keep their second names; the commit has the events in a third."""
    git("add", "-A"), git("commit", "-q", "-m", "begin"), git("branch", "side")
    tk("create", "x"), git("add", "-A"), tk("create", "y")
    git("reset", "-q", "--hard"), git("clean", "-fdq", ".tasks/log")
    tk("recover")
    git("add", "-A"), git("commit", "-q", "-m", "x and y")
    git("checkout", "-q", "side")
    assert tk("list").stderr == ""
    git("checkout", "-q", "main")
    tk("create", "z")
    git("clean", "-fdq", ".tasks/log")
    assert "1 event that was never committed vanished" in tk("list").stderr


MARKED = b"<<<<<<< HEAD\n=======\n>>>>>>> side\n"


def damage(cli: Cli, text: bytes) -> Path:
    """A segment of a month long past, which nothing else touches."""
    path = cli.root / ".tasks/log/2025-01/01JH6R6B9G000000000000000A.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)  # git makes a new file, too
    path.write_bytes(text)
    return path


def test_a_write_mends_conflict_markers_and_says_so(cli: Cli) -> None:
    path = damage(cli, MARKED)
    marked = "conflict markers in .tasks/log/2025-01/01JH6R6B9G000000000000000A.jsonl"
    advice = "the next write, or 'tk sync', keeps the events of both sides"
    assert cli("list").err == cli("list", "--json").err == f"warning: {marked}: {advice}\n"
    assert path.read_bytes() == MARKED  # a read writes nothing
    mended = "mended .tasks/log/2025-01/01JH6R6B9G000000000000000A.jsonl after a merge"
    assert cli("create", "x").err == f"{mended}, the events of both sides are kept\n"
    assert path.read_bytes() == b""
    assert cli("create", "y").err == cli("list").err == ""


def test_a_refused_write_mends_them_too_and_refuses(cli: Cli) -> None:
    path = damage(cli, MARKED)
    cli.fails(3, "close", "nope")
    assert path.read_bytes() == b""
    assert cli("list").err == ""


def test_lines_that_are_no_markers_stay_and_cost_one_look(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[list[str]] = []
    repair = sync.repair

    def counted(where: Paths, suspects: Iterable[str]) -> sync.Repaired:
        looks.append(list(suspects))
        return repair(where, looks[-1])

    monkeypatch.setattr(sync, "repair", counted)
    path = damage(cli, b"no event\n")
    for title in "abc":
        assert cli("create", title).err.startswith("warning: 1 line of the log is no event")
    assert looks == [["2025-01/01JH6R6B9G000000000000000A.jsonl"]]
    damage(cli, b"no event\n" + MARKED)
    assert cli("create", "d").err.splitlines()[0].startswith("mended ")
    assert path.read_bytes() == b"no event\n"
    cli("rebuild")  # a cache made anew knows of no look
    cli("create", "e")
    cli("create", "f")
    assert len(looks) == 3


def test_a_segment_that_cannot_be_mended_stops_no_write(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    path = damage(cli, MARKED)

    def refuses(*_: object) -> None:
        raise ReadOnlyError("cannot write it", "Mend access.")

    with monkeypatch.context() as patch:
        patch.setattr(files, "replace", refuses)
        assert cli("create", "x").err.startswith("warning: conflict markers in ")
    assert path.read_bytes() == MARKED
    assert cli("create", "y").err.startswith("mended ")


def test_a_crash_after_mending_is_a_catch_up(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    damage(cli, MARKED)
    repair = sync.repair

    def crashes(where: Paths, suspects: Iterable[str]) -> sync.Repaired:
        repair(where, suspects)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sync, "repair", crashes)
        with pytest.raises(KeyboardInterrupt), closing(Workspace(Paths(str(cli.root / ".tasks")))) as workspace:
            workspace.writing().__enter__()
    assert cli("list").err == ""
    assert cli("create", "x").err == ""
