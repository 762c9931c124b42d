"""``rebuild``: the cache anew, other programs' tables kept."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bd_py.errors import LockTimeoutError, NewerError
from bd_py.lock import Lock
from bd_py.service import tasks
from bd_py.service.rebuild import rebuild
from bd_py.workspace import Workspace


@pytest.fixture
def task(workspace: Workspace) -> str:
    with workspace.writing() as w:
        made = tasks.create(w, "one")
    workspace.close()
    return made


def foreign_table(workspace: Workspace, task: str) -> None:
    with closing(sqlite3.connect(workspace.paths.cache)) as conn:
        conn.execute("CREATE TABLE theirs (issue TEXT REFERENCES issues(id) ON DELETE CASCADE, n INTEGER)")
        conn.execute("INSERT INTO theirs VALUES (?, 7)", (task,))
        conn.commit()


def theirs(workspace: Workspace) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(workspace.paths.cache)) as conn:
        return conn.execute("SELECT * FROM theirs").fetchall()


def test_counts(workspace: Workspace, task: str) -> None:
    wanted = {"segments": 1, "events": 1, "tasks": 1, "deleted": 0, "bad_lines": 0}
    assert rebuild(workspace.paths) == {**wanted, "foreign_tables": [], "salvaged": None}


def test_without_a_cache(workspace: Workspace, task: str) -> None:
    os.unlink(workspace.paths.cache)
    assert rebuild(workspace.paths)["tasks"] == 1
    assert workspace.conn.execute("SELECT id FROM issues").fetchall() == [(task,)]


def test_other_programs_tables_stay(workspace: Workspace, task: str) -> None:
    foreign_table(workspace, task)
    assert rebuild(workspace.paths)["foreign_tables"] == ["theirs"]
    assert theirs(workspace) == [(task, 7)]


def test_what_is_wrong_becomes_right(workspace: Workspace, task: str) -> None:
    with closing(sqlite3.connect(workspace.paths.cache)) as conn:
        conn.execute("UPDATE issues SET title = 'wrong'")
        conn.commit()
    rebuild(workspace.paths)
    assert workspace.conn.execute("SELECT title FROM issues").fetchall() == [("one",)]


@pytest.mark.parametrize("size", [0, 20, 5000])
def test_an_unreadable_cache(workspace: Workspace, task: str, size: int) -> None:
    for end in ("-wal", "-shm"):
        Path(workspace.paths.cache + end).unlink(missing_ok=True)
    Path(workspace.paths.cache).write_bytes(b"\x17" * size)
    found = rebuild(workspace.paths)
    assert found["tasks"] == 1
    assert (found["salvaged"] is None) == (size == 0)
    assert workspace.conn.execute("SELECT id FROM issues").fetchall() == [(task,)]


def test_a_newer_tks_cache_is_left_alone(workspace: Workspace, task: str) -> None:
    with closing(sqlite3.connect(workspace.paths.cache)) as conn:
        conn.execute("PRAGMA user_version = 999")
    with pytest.raises(NewerError):
        rebuild(workspace.paths)


def test_the_lock_is_respected(workspace: Workspace, task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TK_LOCK_TIMEOUT", "0.05")
    with Lock(workspace.paths.lock), pytest.raises(LockTimeoutError):
        rebuild(workspace.paths)
