"""``tk quickstart``: a page, and a demonstration that really runs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.conftest import Runner


def test_the_page(tmp_path: Path, tk: Runner) -> None:
    page = tk("quickstart", cwd=tmp_path).stdout
    assert page.startswith("tk keeps the tasks of a project")
    assert all(len(line) < 110 for line in page.splitlines())
    assert json.loads(tk("quickstart", "--json", cwd=tmp_path).stdout)["text"] + "\n" == page


@pytest.mark.slow
def test_the_demonstration(tmp_path: Path, tk: Runner, git: Runner) -> None:
    scratch, home = tmp_path / "scratch", Path(os.environ["HOME"])
    scratch.mkdir()
    hook = home / "hooks/pre-commit"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    git("config", "--global", "core.hooksPath", hook.parent, cwd=tmp_path)
    before = sorted(home.rglob("*"))
    env = {"TMPDIR": str(scratch), "TK_DIR": "/nowhere", "GIT_DIR": "/nowhere", "TK_ACTOR": "mallory"}
    done = tk("quickstart", "--demo", cwd=tmp_path, env=env)
    commands = [line for line in done.stdout.splitlines() if line.startswith("$ ")]
    for command in ("tk init", "tk create", "tk dep add", "tk ready", "tk claim", "tk close", "git merge", "tk sync"):
        assert any(line.startswith(f"$ {command}") for line in commands), command
    assert "came in: 1 task claimed" in done.stdout
    assert "all is well" in done.stdout
    assert done.stderr == ""
    assert "mallory" not in done.stdout
    assert list(scratch.iterdir()) == []
    assert sorted(home.rglob("*")) == before


def test_a_step_that_fails(tmp_path: Path, tk: Runner) -> None:
    done = tk("quickstart", "--demo", cwd=tmp_path, env={"PATH": str(tmp_path)}, check=False)
    assert done.returncode == 1
    assert "could not run git" in done.stderr
