"""Stores whose tasks are plain files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bd_py.service.setup import init
from tests.inprocess import Cli


class Queue:
    """The files of a store: ``queue.text(task)``, ``queue.move(task, "closed")``."""

    def __init__(self, root: Path) -> None:
        self.path = root / ".tasks/queue"

    def file(self, task: str) -> Path:
        """The one Markdown file of a task."""
        found = [*self.path.glob(f"*/{task}.md"), *self.path.glob(f"*/{task}-*.md")]
        assert len(found) == 1, found
        return found[0]

    def text(self, task: str) -> str:
        return self.file(task).read_text(encoding="utf-8")

    def folder(self, task: str) -> str:
        """The folder of a task, with its events beside its text."""
        file = self.file(task)
        assert (file.parent / f"{task}.events.jsonl").is_file()
        return file.parent.name

    def move(self, task: str, folder: str) -> Path:
        file = self.file(task)
        (self.path / folder).mkdir(exist_ok=True)
        return file.rename(self.path / folder / file.name)

    def edit(self, task: str, old: str, new: str) -> None:
        """Change a task's text in place, as a person does in an editor."""
        text = self.text(task)
        assert old in text, text
        self.file(task).write_text(text.replace(old, new, 1), encoding="utf-8")

    def add(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture
def cli(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cli]:
    """Runs tk in this process over a store of plain files; afterwards fold(log) == cache must hold."""
    monkeypatch.chdir(repo)
    monkeypatch.setenv("TK_NO_FAST_EXIT", "1")
    cli = Cli(repo)
    cli("init", "--backend", "files")
    yield cli
    if (repo / ".tasks/cache.db").exists():
        cli("list")
        assert cli.cached() == cli.folded()


@pytest.fixture
def store(repo: Path) -> Path:
    """A repository after ``tk init --backend files``; nothing is committed."""
    init(str(repo), backend="files")
    return repo


@pytest.fixture
def queue(repo: Path) -> Queue:
    """The files of the store."""
    return Queue(repo)
