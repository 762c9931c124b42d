"""``tk doctor``: its words, its document, its exit codes, and what it finds with git."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Runner


def checks(tk: Runner, check: bool = True) -> dict[str, Any]:
    found = json.loads(tk("doctor", "--json", check=check).stdout)
    assert set(found) <= {"ok", "checks", "fixed"}
    for each in found["checks"]:
        assert list(each) == ["name", "ok", "findings"]
        assert all(list(f) == ["level", "file", "line", "reason", "hint"] for f in each["findings"])
    return {each["name"]: each["findings"] for each in found["checks"] if each["findings"]}


def test_text(store: Path, git: Runner, tk: Runner) -> None:
    tk("create", "x")
    git("add", "-A")
    git("commit", "-q", "-m", "x")
    tk("sync")
    done = tk("doctor")
    lines = done.stdout.splitlines()
    assert all(line.startswith("ok    ") for line in lines[:-1])
    assert lines[-1] == "1 event in 1 file: all is well"
    assert tk("doctor", "-q").stdout.splitlines() == lines[-1:]
    assert checks(tk) == {}


def test_damage(store: Path, tk: Runner) -> None:
    tk("create", "x")
    (store / ".tasks/log/bad.jsonl").write_text("no event\n")
    done = tk("doctor", check=False)
    assert done.returncode == 9
    assert "FAIL  log lines\n    ! .tasks/log/bad.jsonl:1: not JSON" in done.stdout
    assert done.stderr == ""
    [finding] = checks(tk, check=False)["log lines"]
    assert (finding["file"], finding["line"]) == (".tasks/log/bad.jsonl", 1)
    assert "1 line of the log is no event: 'tk doctor'" in tk("list").stderr


def test_fix(store: Path, tk: Runner) -> None:
    (store / ".tasks/.gitignore").unlink()
    assert tk("doctor", check=False).returncode == 1
    done = tk("doctor", "--fix")
    assert done.stdout.startswith("Fixed: wrote .tasks/.gitignore\n")
    (store / ".tasks/.gitignore").unlink()
    assert json.loads(tk("doctor", "--fix", "--json").stdout)["fixed"] == ["wrote .tasks/.gitignore"]


def test_it_changes_nothing_that_git_sees(store: Path, git: Runner, tk: Runner) -> None:
    tk("create", "x")
    (store / ".tasks/log/bad.jsonl").write_text("<<<<<<< a\n=======\n>>>>>>> b\n{torn")
    (store / ".tasks/.gitattributes").unlink()
    git("add", "-A")
    before = {path: path.read_bytes() for path in (store / ".tasks").rglob("*") if path.is_file()}
    tree = git("write-tree").stdout
    tk("doctor", check=False)
    after = {path: path.read_bytes() for path in (store / ".tasks").rglob("*") if path.is_file()}
    assert {p: b for p, b in after.items() if "cache.db" not in p.name} == {
        p: b for p, b in before.items() if "cache.db" not in p.name
    }
    git("add", "-A")
    assert git("write-tree").stdout == tree


def test_segments_that_are_not_committed(store: Path, tk: Runner) -> None:
    tk("create", "x")
    [finding] = checks(tk)["git"]
    assert finding["level"] == "info"
    assert finding["reason"] == "1 segment is not committed yet"


def test_vanished_events(store: Path, git: Runner, tk: Runner) -> None:
    git("add", "-A")
    git("commit", "-q", "-m", "begin")
    tk("create", "x")
    git("clean", "-fdxq")
    [finding] = checks(tk, check=False)["second names"]
    assert "tk recover" in finding["hint"]
    tk("recover")
    assert tk("doctor").returncode == 0


@pytest.mark.parametrize("rule", [".tasks/", "*.jsonl"])
def test_a_log_that_git_ignores(store: Path, tk: Runner, rule: str) -> None:
    (store / ".gitignore").write_text(rule + "\n")
    assert "git ignores .tasks" in checks(tk, check=False)["git"][0]["reason"]


def test_a_cache_that_was_committed(store: Path, git: Runner, tk: Runner) -> None:
    tk("list")
    git("add", "-f", ".tasks/cache.db")
    [finding] = checks(tk, check=False)["git"]
    assert (finding["level"], finding["hint"]) == ("error", "'git rm --cached .tasks/cache.db'")


def test_a_linked_store(store: Path, tk: Runner) -> None:
    (store / ".tasks").rename(store / "real")
    (store / ".tasks").symlink_to("real")
    assert "symbolic link" in checks(tk, check=False)["folder"][0]["reason"]
