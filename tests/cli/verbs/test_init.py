"""``tk init``: what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bd_py import paths
from bd_py.service.install import is_installed
from tests.conftest import Runner
from tests.terminal import on_a_terminal


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


QUESTION = "Have git take task events along with your commits (tk install-hooks)? [y/N]: "


@pytest.mark.parametrize(("answer", "hooks"), [(b"y\n", True), (b"n\n", False), (b"\n", False)])
def test_asks_on_a_terminal(repo: Path, answer: bytes, hooks: bool) -> None:
    said = on_a_terminal(repo, "init", typed=answer)
    assert QUESTION in said
    assert is_installed(paths.Paths(f"{repo}/.tasks")) is hooks
    assert (repo / ".tasks/config.toml").exists()
    assert ("git's hooks commit them with your work" in said) is hooks
    again = on_a_terminal(repo, "init", typed=answer)
    assert again == f"Already there: {repo}/.tasks (ids begin with tk-). Nothing was changed.\n"


def test_an_interrupted_question_leaves_a_store(repo: Path, tk: Runner) -> None:
    assert QUESTION in on_a_terminal(repo, "init", typed=b"\x04", code=130)  # the end of input
    assert not is_installed(paths.Paths(f"{repo}/.tasks"))
    assert tk("create", "x").stdout.startswith("tk-")


@pytest.mark.parametrize(("flag", "hooks"), [("--hooks", True), ("--no-hooks", False)])
def test_does_not_ask_who_has_said(repo: Path, flag: str, hooks: bool) -> None:
    assert QUESTION not in on_a_terminal(repo, "init", flag)
    assert is_installed(paths.Paths(f"{repo}/.tasks")) is hooks


def test_does_not_ask_without_a_terminal_or_outside_git(repo: Path, tk: Runner, tmp_path: Path) -> None:
    assert "?" not in tk("init", input="y\n").stderr
    assert not is_installed(paths.Paths(f"{repo}/.tasks"))
    (tmp_path / "plain").mkdir()
    assert QUESTION not in on_a_terminal(tmp_path / "plain", "init")
