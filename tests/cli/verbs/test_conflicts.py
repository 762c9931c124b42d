"""``tk conflicts``: over a real merge, in words and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Runner


@pytest.fixture
def merged(store: Path, git: Runner, tk: Runner) -> str:
    """A task whose title was edited on two branches that were merged."""
    task = tk("create", "one").stdout.strip()
    git("add", "-A")
    git("commit", "-q", "-m", "begin")
    for branch, title in (("side", "theirs"), ("main", "ours")):
        git("checkout", "-q", *(["-b"] if branch == "side" else []), branch)
        tk("update", task, "--title", title, "--actor", branch)
        git("add", "-A")
        git("commit", "-q", "-m", branch)
    git("merge", "-q", "-m", "merge", "side")
    return task


def test_text(merged: str, tk: Runner) -> None:
    lines = tk("conflicts").stdout.splitlines()
    assert lines[0] == f"{merged} title"
    assert lines[1].startswith("  holds   ours  (main, 2")
    assert lines[2].startswith("  lost    theirs  (side, 2")
    assert tk("conflicts", merged).stdout.splitlines() == lines


def test_json(merged: str, tk: Runner) -> None:
    [pair] = json.loads(tk("conflicts", "--json").stdout)
    assert list(pair) == ["task", "field", "winner", "loser"]
    assert all(list(pair[side]) == ["value", "event", "by", "at"] for side in ("winner", "loser"))
    assert (pair["winner"]["value"], pair["loser"]["value"]) == ("ours", "theirs")


def test_resolve(merged: str, git: Runner, tk: Runner, tmp_path: Path) -> None:
    assert tk("conflicts", "--resolve", merged[:9]).stdout.splitlines()[1].startswith("  settled ours")
    assert tk("conflicts").stdout == "No concurrent edits.\n"
    assert tk("conflicts", "--resolve", merged).stdout == "Nothing to settle.\n"
    git("add", "-A")
    git("commit", "-q", "-m", "settled")
    git("clone", "-q", ".", tmp_path / "other")
    assert json.loads(tk("conflicts", "--json", cwd=tmp_path / "other").stdout) == []


def test_a_later_edit_settles_too(merged: str, tk: Runner) -> None:
    tk("update", merged, "--title", "agreed")
    assert json.loads(tk("conflicts", "--json").stdout) == []


def test_errors(store: Path, tk: Runner) -> None:
    assert tk("conflicts", "nope", check=False).returncode == 3
    assert tk("conflicts", "--resolve", "nope", check=False).returncode == 3
    assert tk("conflicts", "a", "--resolve", "b", check=False).returncode == 2
