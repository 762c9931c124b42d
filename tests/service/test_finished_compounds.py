"""A merge of two branches that each close one of the last children of a compound task closes the parent too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Runner


@pytest.fixture
def parent(store: Path, git: Runner, tk: Runner) -> str:
    """A compound task with two children, each closed on a branch of its own; main stands at one of the two."""
    whole = tk("create", "Whole", "--compound").stdout.strip()
    children = [tk("create", title, "--parent", whole).stdout.strip() for title in ("first", "second")]
    commit(git, "begin")
    git("switch", "-q", "-c", "side")
    tk("close", children[0])
    commit(git, "first")
    git("switch", "-q", "main")
    tk("close", children[1])
    commit(git, "second")
    assert shown(tk, whole)["status"] == "open"
    return whole


def commit(git: Runner, message: str) -> None:
    git("add", "-A")
    git("commit", "-q", "-m", message)


def shown(tk: Runner, task: str, cwd: Path | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tk("show", task, "--json", cwd=cwd).stdout)[0]
    return found


def test_sync_closes_it_and_tells(parent: str, git: Runner, tk: Runner) -> None:
    git("merge", "-q", "--no-edit", "side")
    assert shown(tk, parent)["status"] == "open"
    told = json.loads(tk("sync", "--json").stdout)
    assert (told["finished"], len(told["closed"])) == ([parent], 1)
    closed = shown(tk, parent)
    assert (closed["status"], closed["close_reason"]) == ("closed", "all of its children are closed")
    events = tk("log", "--json").stdout
    assert json.loads(tk("sync", "--json").stdout)["finished"] == []
    assert tk("log", "--json").stdout == events


def test_sync_says_so_in_words(parent: str, git: Runner, tk: Runner) -> None:
    git("merge", "-q", "--no-edit", "side")
    said = tk("sync").stdout
    assert f"  finished        {parent}  Whole\n" in said
    assert "the last of their children were closed on two branches: closed with them" in said


def test_one_that_was_reopened_since_stays_open(parent: str, git: Runner, tk: Runner) -> None:
    git("merge", "-q", "--no-edit", "side")
    tk("close", parent)
    tk("reopen", parent)
    assert json.loads(tk("sync", "--json").stdout)["finished"] == []
    assert shown(tk, parent)["status"] == "open"


def test_not_where_compound_tasks_are_left_open(parent: str, git: Runner, tk: Runner) -> None:
    tk("config", "set", "auto_close", "false")
    git("merge", "-q", "--no-edit", "side")
    assert json.loads(tk("sync", "--json").stdout)["finished"] == []
    assert shown(tk, parent)["status"] == "open"


def test_the_hook_closes_it(parent: str, git: Runner, tk: Runner) -> None:
    git("merge", "-q", "--no-edit", "side")
    said = json.loads(tk("hook", "post-merge", "0", "--json").stdout)["done"]
    assert f"closed {parent}: the last of its children were closed on two branches" in said
    assert shown(tk, parent)["status"] == "closed"


def test_both_sides_close_it_and_agree(parent: str, git: Runner, tk: Runner, store: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    git("clone", "-q", store, other, cwd=tmp_path)
    assert shown(tk, parent, other)["status"] == "open"
    for place, branch in ((store, "side"), (other, "origin/side")):
        git("merge", "-q", "--no-edit", branch, cwd=place)
        assert json.loads(tk("sync", "--json", cwd=place).stdout)["finished"] == [parent]
        git("add", "-A", cwd=place)
        git("commit", "-q", "-m", "closed", cwd=place)
    git("pull", "-q", "--no-rebase", "--no-edit", cwd=other)
    told = json.loads(tk("sync", "--json", cwd=other).stdout)
    assert (told["conflicts"], told["finished"]) == ([], [])
    assert json.loads(tk("conflicts", "--json", cwd=other).stdout) == []


def test_an_exchange_pushes_the_close(parent: str, git: Runner, tk: Runner, store: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    git("init", "-q", "--bare", bare, cwd=tmp_path)
    git("remote", "add", "origin", bare)
    git("push", "-q", "origin", "side:main")
    git("branch", "-q", "-D", "side")
    git("fetch", "-q", "origin")
    git("branch", "-q", "--set-upstream-to=origin/main")
    tk("sync", "--remote")
    assert shown(tk, parent)["status"] == "closed"
    assert not git("status", "--porcelain", ".tasks").stdout
    assert git("rev-parse", "HEAD").stdout == git("rev-parse", "origin/main").stdout
