"""``tk init``: what it says."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Runner


def test_text(repo: Path, tk: Runner) -> None:
    done = tk("init", "--prefix", "app")
    assert done.stdout.startswith(f"Made {repo}/.tasks: config.toml, .gitattributes, .gitignore, log/\n")
    assert "tk create" in done.stdout
    assert "git add .tasks" in done.stdout
    assert done.stderr == ""
    done = tk("init")
    assert done.stdout == f"Already there: {repo}/.tasks (ids begin with app-). Nothing was changed.\n"
    assert tk("create", "x").stdout.startswith("app-")


def test_json(repo: Path, tk: Runner) -> None:
    first, second = (json.loads(tk("init", "--json").stdout) for _ in range(2))
    assert first == {"path": f"{repo}/.tasks", "prefix": "tk", "made": first["made"]}
    assert second == {**first, "made": []}


def test_another_prefix(store: Path, tk: Runner) -> None:
    done = tk("init", "--prefix", "web", check=False)
    assert (done.returncode, done.stdout) == (5, "")
    assert "tk config set prefix web" in done.stderr
    assert tk("init", "--prefix", "a b", check=False).returncode == 4


def test_outside_git(tmp_path: Path, tk: Runner) -> None:
    (tmp_path / "plain").mkdir()
    done = tk("-C", tmp_path / "plain", "init")
    assert "There is no git repository here" in done.stdout
    assert tk("-C", tmp_path / "plain", "create", "x").stdout.startswith("tk-")


def test_git_converts_nothing(store: Path, git: Runner, tk: Runner) -> None:
    git("config", "core.autocrlf", "true")
    tk("create", "x")
    segment = next((store / ".tasks/log").rglob("*.jsonl"))
    before = segment.read_bytes()
    git("add", "-A")
    git("commit", "-q", "-m", "x")
    segment.unlink()
    git("checkout", "--", ".tasks")
    assert segment.read_bytes() == before
    assert git("status", "--porcelain").stdout == ""
