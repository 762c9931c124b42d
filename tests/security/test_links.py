"""Symbolic links that a clone brings: nothing is read or written through them, and the error says which it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bd_py import times
from bd_py.errors import InvalidError
from bd_py.store import Store
from tests.conftest import Runner

LINK = "is a symbolic link"


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A folder outside of the repository, in which nothing may change."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "file").write_text("theirs\n")
    (folder / "log").mkdir()
    before = seen(folder)
    yield folder
    assert seen(folder) == before


def seen(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in sorted(folder.rglob("*"))}


def link(path: Path, target: Path) -> None:
    """Put a link where a file or folder of the store may be."""
    if path.is_dir() and not path.is_symlink():
        path.rename(path.with_name(path.name + ".was"))
    path.unlink(missing_ok=True)
    path.symlink_to(target)


@pytest.mark.parametrize("target", ["file", "nothing-there"])
@pytest.mark.parametrize("name", ["config.toml", "cache.db", "lock"])
def test_a_file_of_the_store(store: Path, tk: Runner, outside: Path, name: str, target: str) -> None:
    tk("create", "One")
    for end in ("-wal", "-shm"):
        (store / f".tasks/cache.db{end}").unlink(missing_ok=True)
    link(store / ".tasks" / name, outside / target)
    done = tk("create", "Two", check=False)
    if (name, target) == ("cache.db", "nothing-there"):
        assert done.returncode == 0, "a cache that leads nowhere is no cache: one is made in its place"
        assert not (store / ".tasks/cache.db").is_symlink()
        return
    assert done.returncode != 0
    assert f"{name} {LINK}" in done.stderr


def test_a_cache_that_another_program_keeps(store: Path, tk: Runner, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as conn:
        conn.execute("CREATE TABLE theirs (a)")
    link(store / ".tasks/cache.db", other)
    before = other.read_bytes()
    for args in (["list"], ["create", "Two"], ["rebuild"], ["sql", "SELECT 1"]):
        assert LINK in tk(*args, check=False).stderr, args
    with pytest.raises(InvalidError, match=LINK):
        Store.open(store).connection()
    assert other.read_bytes() == before


@pytest.mark.parametrize("end", ["-wal", "-shm"])
def test_what_lies_beside_the_cache(store: Path, tk: Runner, outside: Path, end: str) -> None:
    tk("create", "One")
    (store / ".tasks/cache.db-wal").unlink(missing_ok=True)
    link(store / f".tasks/cache.db{end}", outside / "file")
    assert tk("create", "Two", check=False).returncode != 0


@pytest.mark.parametrize("folder", ["log", "queue"])
def test_the_folder_of_the_events(store: Path, tk: Runner, outside: Path, folder: str) -> None:
    link(store / ".tasks" / folder, outside / "log")
    for args in (["list"], ["create", "One"], ["doctor"], ["sync"]):
        done = tk(*args, check=False)
        assert (done.returncode, LINK in done.stderr) == (4, True), args


def test_a_month_of_the_log(store: Path, tk: Runner, outside: Path) -> None:
    link(store / ".tasks/log" / times.now()[:7], outside / "log")
    assert LINK in tk("create", "One", check=False).stderr
    (store / "plan.jsonl").write_text(f'{{"id":"x-1","title":"Imported","updated_at":"{times.now()}"}}\n')
    assert LINK in tk("import", "plan.jsonl", check=False).stderr
    assert "a symbolic link is not read" in tk("doctor", check=False).stdout


@pytest.mark.parametrize("folder", ["open", "in_progress", "deleted"])
def test_a_folder_of_the_queue(repo: Path, tk: Runner, outside: Path, folder: str) -> None:
    tk("init", "--backend", "files")
    task = tk("create", "One").stdout.strip()
    link(repo / ".tasks/queue" / folder, outside / "log")
    for args in (["claim", task], ["create", "Two"], ["delete", task]):
        tk(*args, check=False)


@pytest.mark.parametrize("name", [".config.toml.tmp", "cache.db.new", "cache.db.new-journal", ".gitattributes.tmp"])
def test_the_name_of_a_file_in_the_making(store: Path, tk: Runner, outside: Path, name: str) -> None:
    link(store / ".tasks" / name, outside / "file")
    (store / ".tasks/cache.db").unlink(missing_ok=True)
    (store / ".tasks/.gitattributes").unlink()
    tk("config", "set", "ready.sort", "oldest")
    tk("doctor", "--fix")
    tk("create", "One")
    assert 'sort = "oldest"' in (store / ".tasks/config.toml").read_text()


def test_settings_from_a_device_end(store: Path, tk: Runner) -> None:
    link(store / ".tasks/config.toml", Path("/dev/zero"))
    assert f"config.toml {LINK}" in tk("list", check=False).stderr


def test_a_store_that_is_a_link_is_its_users_own(store: Path, tk: Runner, tmp_path: Path) -> None:
    tk("create", "One")
    (store / ".tasks").rename(tmp_path / "tasks")
    link(store / ".tasks", tmp_path / "tasks")
    tk("create", "Two")
    assert len(tk("list").stdout.splitlines()) == 2
    assert ".tasks is a symbolic link" in tk("doctor", check=False).stdout.replace(": ", " ")
