"""What a command looks at, counted: each file once, and the same few of them read, however many tasks there are."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bd_py.filewrite import project
from bd_py.paths import Paths
from bd_py.taskfiles import index, places, text
from bd_py.workspace import Workspace
from bd_py.write import Write
from tests.inprocess import Cli


def aged(root: Path) -> None:
    """Let every file be of a minute ago, and noted so."""
    at = time.time() - 60
    for path in (root / ".tasks/queue").rglob("*.*"):
        os.utime(path, (at, at))


@pytest.mark.parametrize(("args", "looks", "walks"), [(("list",), 1, 1), (("update", "-p", "0"), 1, 2)])
def test_a_command_looks_at_each_file_once(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], looks: int, walks: int
) -> None:
    """A write walks the folders once more, by name alone: what a kill left behind comes first."""
    task = cli.new("A task")
    for k in range(5):
        cli.new(f"Other {k}")
    aged(cli.root)
    cli("sync")
    seen = {"look": 0, "_walk": 0}
    for name in seen:
        function = getattr(places, name)

        def counted(*given: str, function: object = function, name: str = name) -> object:
            seen[name] += 1
            return function(*given)  # type: ignore[operator]

        monkeypatch.setattr(places, name, counted)
    read: list[str] = []

    def read_again(_paths: Paths, row: index.Noted) -> bool:
        read.append(row.path)
        return True

    monkeypatch.setattr(index, "is_same", read_again)
    cli(args[0], *([task] if len(args) > 1 else []), *args[1:])
    assert seen == {"look": looks, "_walk": walks}
    assert read == []


def test_a_batch_does_not_copy_its_lines_for_each_task(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """That made an import cost the square of its tasks."""
    monkeypatch.setattr(Write, "lines", property(lambda self: pytest.fail("all lines were asked for")))
    workspace = Workspace.find(str(cli.root))
    with workspace.writing() as write:
        for k in range(3):
            write.add("task.created", f"tk-{k}", {"title": f"Task {k}"})
        write.flush()
        assert all(project._is_new(write, f"tk-{k}") for k in range(3))
    workspace.close()
    assert len(cli.listed()) == 3


def test_files_that_are_all_new_are_each_read_once(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a fresh clone: for each file all others were looked at, which took minutes for thousands."""
    for k in range(12):
        cli("create", f"Task {k}", "--id", f"bd-{k}")
    (cli.root / ".tasks/cache.db").unlink()
    parse, read = text.parse, [0]

    def counted(data: bytes) -> text.Text:
        read[0] += b"title: Task" in data and b"id: bd-" in data
        return parse(data)

    monkeypatch.setattr(text, "parse", counted)
    exists, asked = os.path.exists, [0]

    def asking(path: str) -> bool:
        asked[0] += str(path).endswith(".md")
        return exists(path)

    monkeypatch.setattr(os.path, "exists", asking)
    assert len(cli.listed()) == 12
    assert read[0] <= 2 * 12  # what it says, and what it would say if nobody had edited it
    assert asked[0] == 0
