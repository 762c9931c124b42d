"""Stores without git, and what the tests of import and export ask of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bd_py import paths, times
from bd_py.interchange import exporter
from bd_py.interchange.importer import Report, import_data
from bd_py.workspace import Workspace
from tests.acceptance.support import workspace

Row = dict[str, Any]


class Store:
    """A store in a folder of its own; each call opens it anew, as a command does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".tasks/log").mkdir(parents=True)
        (folder / ".tasks/config.toml").write_text('format = 1\nprefix = "tk"\n')

    def open(self, **actor: str) -> Workspace:
        return workspace(paths.find(str(self.folder)), **actor)

    def take(self, *records: Row, **options: Any) -> Report:
        """Import some records as one file."""
        return self.take_data("".join(json.dumps(record) + "\n" for record in records).encode(), **options)

    def take_data(self, data: bytes, **options: Any) -> Report:
        workspace = self.open()
        try:
            return import_data(workspace, "a.jsonl", data, **options)
        finally:
            workspace.close()

    def do(self, type_: str, task: str, data: Row) -> None:
        """What a person does here, now."""
        workspace = self.open()
        with workspace.writing() as write:
            write.add(type_, task, data)
        workspace.close()

    def export(self) -> bytes:
        workspace = self.open()
        try:
            return b"".join(exporter.lines(workspace))
        finally:
            workspace.close()

    def records(self) -> list[Row]:
        return [json.loads(line) for line in self.export().splitlines()]

    def record(self, task: str) -> Row:
        return next(record for record in self.records() if record["id"] == task)

    def segments(self) -> dict[str, bytes]:
        """Every file of the log and its bytes."""
        log = self.folder / ".tasks/log"
        return {str(path.relative_to(log)): path.read_bytes() for path in sorted(log.rglob("*.jsonl"))}

    def drop_cache(self) -> None:
        for path in (self.folder / ".tasks").glob("cache.db*"):
            path.unlink()

    def branch(self, folder: Path) -> Store:
        """The same log in another folder, as another branch begins."""
        other = Store(folder)
        other.unite(self)
        return other

    def unite(self, other: Store) -> None:
        """Take over the other's segments; two files of one name must be one file, as plain git has it."""
        for name, content in other.segments().items():
            path = self.folder / ".tasks/log" / name
            assert not path.exists() or path.read_bytes() == content, f"{name} would be a conflict in git"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


@pytest.fixture
def new_store(tmp_path: Path) -> Callable[[str], Store]:
    """Makes an empty store of a name."""
    return lambda name: Store(tmp_path / "stores" / name)


@pytest.fixture
def here(new_store: Callable[[str], Store]) -> Store:
    return new_store("here")


@pytest.fixture
def merged(tmp_path: Path) -> Callable[..., list[Store]]:
    """Two stores united in both orders, one of them by a catch-up and one by a rebuild."""

    def unite(one: Store, other: Store) -> list[Store]:
        found = []
        for k, (first, second) in enumerate([(one, other), (other, one)]):
            store = first.branch(tmp_path / f"merged{k}")
            store.export()  # so that the rest comes as a catch-up
            store.unite(second)
            found.append(store)
        fresh = found[0].branch(tmp_path / "merged-fresh")
        shutil.copy(one.folder / ".tasks/config.toml", fresh.folder / ".tasks/config.toml")
        return [*found, fresh]

    return unite


def plain(value: Any) -> Any:
    """A record without what may differ: order, the notation of times, empty values."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if item not in (None, "", [], {})}
    if isinstance(value, list):
        return sorted((plain(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, str) and len(value) >= 20 and value[4] == value[7] == "-" and value[10] == "T":
        return times.normal(value)
    return value


def issue(**more: Any) -> Row:
    """A small record; None takes a key away."""
    record = {
        "id": "bd-1",
        "title": "One",
        "status": "open",
        "priority": 1,
        "issue_type": "bug",
        "created_at": "2025-01-01T00:00:00Z",
        "updated_at": "2025-01-02T00:00:00Z",
        **more,
    }
    return {key: value for key, value in record.items() if value is not None}
