"""A task file is never written over while a person saves it, at whatever moment that is; a kill leaves nothing lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bd_py.filewrite import swap
from bd_py.taskfiles import index, places
from tests.conftest import Runner
from tests.files_backend.conftest import Queue
from tests.files_backend.support import sound
from tests.inprocess import Cli

OURS, THEIRS, NEW = b"as noted", b"a person's", b"written anew"


def saved(path: Path, data: bytes = THEIRS) -> None:
    """Save as many editors do: beside it, then in its place."""
    beside = path.with_name("saving")
    beside.write_bytes(data)
    beside.rename(path)


def at_call(monkeypatch: pytest.MonkeyPatch, name: str, act: Callable[[], None]) -> None:
    """Have somebody do something right before the first call of a function of `os`."""
    function = getattr(os, name)

    def called(*args: object, **options: object) -> object:
        monkeypatch.setattr(os, name, function)
        act()
        return function(*args, **options)

    monkeypatch.setattr(os, name, called)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def marks(*paths: Path) -> dict[str, str]:
    return {str(path): index.digest(OURS) for path in paths}


def test_a_file_as_noted_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(OURS)
    assert swap.put(str(path), NEW, marks(path))
    assert (path.read_bytes(), names(tmp_path)) == (NEW, {"a.md"})


@pytest.mark.parametrize("call", ["rename", "link"])
def test_a_save_in_the_last_moment_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(OURS)
    at_call(monkeypatch, call, lambda: saved(path))
    assert not swap.put(str(path), NEW, marks(path))
    assert (path.read_bytes(), names(tmp_path)) == (THEIRS, {"a.md"})


@pytest.mark.parametrize("call", ["rename", "link"])
def test_a_save_while_a_file_moves_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    old, new = tmp_path / "open.md", tmp_path / "closed.md"
    old.write_bytes(OURS)
    at_call(monkeypatch, call, lambda: saved(old))
    assert swap.put(str(new), NEW, marks(old)) == (call == "link")  # it was away already: then there are two
    assert old.read_bytes() == THEIRS
    assert names(tmp_path) == ({"open.md", "closed.md"} if call == "link" else {"open.md"})


def test_a_file_that_came_to_the_new_place_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = tmp_path / "open.md", tmp_path / "closed.md"
    old.write_bytes(OURS)
    at_call(monkeypatch, "link", lambda: saved(new))
    assert not swap.put(str(new), NEW, marks(old))
    assert (old.read_bytes(), new.read_bytes(), names(tmp_path)) == (OURS, THEIRS, {"open.md", "closed.md"})


def test_a_file_that_moved_meanwhile_is_not_written_a_second_time(tmp_path: Path) -> None:
    old, new = tmp_path / "open.md", tmp_path / "closed-2.md"
    saved(tmp_path / "closed.md", OURS)
    assert not swap.put(str(new), NEW, marks(old))
    assert names(tmp_path) == {"closed.md"}


def test_without_hard_links_a_look_has_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object, **__: object) -> None:
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr(os, "link", link)
    path = tmp_path / "a.md"
    path.write_bytes(OURS)
    assert swap.put(str(path), NEW, marks(path))
    assert (path.read_bytes(), names(tmp_path)) == (NEW, {"a.md"})
    at_call(monkeypatch, "rename", lambda: saved(path))
    assert not swap.put(str(path), b"newer", marks(path) | {str(path): index.digest(NEW)})
    assert (path.read_bytes(), names(tmp_path)) == (THEIRS, {"a.md"})


def test_taking_away_spares_what_was_saved(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    saved(path)
    assert not swap.take_away(str(path), index.digest(OURS))
    assert path.read_bytes() == THEIRS
    assert swap.take_away(str(path), index.digest(THEIRS))
    assert swap.take_away(str(path), index.digest(THEIRS))
    assert names(tmp_path) == set()


@pytest.mark.parametrize("there", [False, True])
def test_what_a_kill_left_aside_comes_back(cli: Cli, queue: Queue, there: bool) -> None:
    """It may be what a person saved in the last moment, and nowhere else."""
    task = cli.new("A task")
    path = queue.file(task)
    text = path.read_text()
    path.rename(places.aside(str(path)))
    Path(places.aside(str(path))).write_text(text.replace("title: A task", "title: Aside"))
    if there:
        path.write_text(text.replace("title: A task", "title: Saved later"))
    assert cli("list", "--all").err == ""
    cli("sync")
    assert cli.task(task)["title"] == ("Saved later" if there else "Aside")
    sound(cli.root)


def test_a_kill_between_two_names_of_one_version_leaves_one(cli: Cli, queue: Queue) -> None:
    """Killed when the file was written under its own name, and the one of before stood aside."""
    task = cli.new("A task")
    path = queue.file(task)
    Path(places.aside(str(path.with_name("other name.md")))).write_bytes(path.read_bytes())
    assert cli("list").err == ""
    cli("sync")
    assert cli.types(task) == ["created"]
    sound(cli.root)


def test_an_edit_while_an_id_is_written_into_a_new_file(
    cli: Cli, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = queue.add("open/new.md", "# New\n")
    link = os.link

    def linked(*args: str, **options: Any) -> None:
        if args[1].endswith("new.md") and not path.exists():
            monkeypatch.setattr(os, "link", link)
            path.write_text("# New\n\nwith more\n")
        link(*args, **options)

    monkeypatch.setattr(os, "link", linked)
    assert cli("list").out == ""
    [found] = cli.json("list")
    assert cli.task(found["id"])["description"] == "with more"
    sound(cli.root)


def test_a_file_that_stands_aside_is_no_second_one(store: Path, tk: Runner) -> None:
    task = tk("create", "A task").stdout.strip()
    queue = Queue(store)
    path = queue.file(task)
    Path(places.aside(str(path))).write_bytes(path.read_bytes())
    assert tk("list").stdout.count(task) == 1
    assert tk("doctor").returncode == 0
    tk("update", task, "-p", "0")
    assert not Path(places.aside(str(path))).exists()
    sound(store)
