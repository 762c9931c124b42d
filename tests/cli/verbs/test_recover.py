"""``tk recover``: what this worktree acknowledged comes back; what git took away stays away."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Runner


def new(tk: Runner, title: str) -> str:
    return tk("create", title).stdout.strip()


def commit(git: Runner, message: str) -> None:
    git("add", "-A")
    git("commit", "-q", "-m", message)


def titles(tk: Runner) -> list[str]:
    return sorted(issue["title"] for issue in json.loads(tk("list", "--all", "--json").stdout))


def listed(tk: Runner, *args: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(tk("recover", "--list", *args, "--json").stdout)
    return found


def test_a_revision_whose_log_is_not_here(store: Path, git: Runner, tk: Runner) -> None:
    """As in a clone in part: nobody is told that all of it is here."""
    new(tk, "one")
    commit(git, "one")
    (name,) = git("ls-files", ".tasks/log").stdout.split()
    oid = git("rev-parse", f"HEAD:{name}").stdout.strip()
    (store / ".git/objects" / oid[:2] / oid[2:]).unlink()
    (store / name).unlink()
    done = tk("recover", "--from", "HEAD", check=False)
    assert done.returncode == 1
    assert "a part of the log of" in done.stderr
    assert "is not in this clone" in done.stderr


@pytest.mark.parametrize("options", ["-fdq", "-fdxq"])
def test_git_clean(store: Path, git: Runner, tk: Runner, options: str) -> None:
    new(tk, "kept")
    commit(git, "kept")
    task = new(tk, "lost")
    line = next(line for line in all_lines(store) if "lost" in line)
    git("clean", options)
    warned = tk("list")
    assert "1 event that was never committed vanished" in warned.stderr
    assert "tk recover" in warned.stderr
    assert titles(tk) == ["kept"]
    assert [(entry["task"], entry["type"], entry["from"]) for entry in listed(tk)] == [
        (task, "task.created", "this worktree, never committed")
    ]
    assert "Brought back 1 event" in tk("recover").stdout
    assert titles(tk) == ["kept", "lost"]
    assert line in all_lines(store)
    assert tk("recover").stdout == "Nothing is missing.\n"
    assert json.loads(tk("sync", "--json").stdout)["imported"] == 0


def all_lines(store: Path) -> list[str]:
    return [line for path in (store / ".tasks/log").rglob("*.jsonl") for line in path.read_text().splitlines()]


def test_it_can_vanish_again(store: Path, git: Runner, tk: Runner) -> None:
    commit(git, "begin")
    new(tk, "lost")
    for _ in range(3):
        git("clean", "-fdxq")
        assert titles(tk) == []
        tk("recover")
        assert titles(tk) == ["lost"]
    assert len(all_lines(store)) == 1


def test_rm_rf_of_what_was_never_committed(store: Path, git: Runner, tk: Runner) -> None:
    new(tk, "lost")
    shutil.rmtree(store / ".tasks")
    assert len(listed(tk)) == 1
    assert not (store / ".tasks").exists()
    tk("recover")
    assert titles(tk) == ["lost"]


def test_rm_rf_of_what_git_has(store: Path, git: Runner, tk: Runner) -> None:
    new(tk, "kept")
    commit(git, "kept")
    new(tk, "lost")
    shutil.rmtree(store / ".tasks")
    done = tk("recover", check=False)
    assert done.returncode == 1
    assert "git checkout HEAD -- .tasks" in done.stderr
    git("checkout", "HEAD", "--", ".tasks")
    tk("recover")
    assert titles(tk) == ["kept", "lost"]


def test_no_store_and_nothing_to_recover(repo: Path, tk: Runner) -> None:
    for args in (("recover",), ("recover", "--list")):
        assert tk(*args, check=False).returncode == 3
    assert not (repo / ".tasks").exists()


def test_another_branchs_events_stay_there(store: Path, git: Runner, tk: Runner) -> None:
    new(tk, "both")
    commit(git, "both")
    git("checkout", "-q", "-b", "side")
    task = new(tk, "side")
    commit(git, "side")
    git("checkout", "-q", "main")
    done = tk("list")
    assert done.stderr == ""
    assert [(entry["task"], entry["from"]) for entry in listed(tk)] == [(task, "another branch, or withdrawn")]
    assert tk("recover").stdout == "Nothing is missing.\n"
    assert titles(tk) == ["both"]


def test_what_is_stashed_stays_in_the_stash(store: Path, git: Runner, tk: Runner) -> None:
    commit(git, "begin")
    new(tk, "stashed")
    git("stash", "-q", "-u")
    assert tk("list").stderr == ""
    assert tk("recover").stdout == "Nothing is missing.\n"
    git("stash", "pop", "-q")
    assert titles(tk) == ["stashed"]


def test_what_is_written_after_staging_has_a_file_of_its_own(store: Path, git: Runner, tk: Runner) -> None:
    new(tk, "staged")
    git("add", ".tasks")
    new(tk, "not staged")
    git("commit", "-q", "-m", "half")
    git("checkout", "--", ".tasks")
    assert titles(tk) == ["not staged", "staged"]
    assert tk("recover").stdout == "Nothing is missing.\n"
    commit(git, "rest")
    assert git("status", "--short").stdout == ""


def test_from_a_reverted_commit(store: Path, git: Runner, tk: Runner) -> None:
    commit(git, "begin")
    new(tk, "withdrawn")
    commit(git, "work")
    withdrawn = git("rev-parse", "HEAD").stdout.strip()
    git("revert", "--no-edit", "HEAD")
    assert titles(tk) == []
    assert tk("recover").stdout == "Nothing is missing.\n"
    assert [entry["from"] for entry in listed(tk, "--from", withdrawn)] == [withdrawn]
    assert titles(tk) == []
    tk("recover", "--from", withdrawn)
    assert titles(tk) == ["withdrawn"]
    assert tk("recover", "--from", withdrawn).stdout == f"Everything that {withdrawn} holds is here.\n"
    commit(git, "back")
    git("checkout", "-q", "-b", "old", withdrawn)
    git("merge", "-q", "-m", "merge", "main")
    assert titles(tk) == ["withdrawn"]


def test_no_such_revision(store: Path, tk: Runner) -> None:
    for rev in ("nope", "--help", "HEAD^{tree}"):
        assert tk("recover", f"--from={rev}", check=False).returncode == 3


def test_in_a_subfolder_of_the_repository(repo: Path, git: Runner, tk: Runner) -> None:
    sub = repo / "sub"
    (sub / ".tasks").mkdir(parents=True)
    tk("init", cwd=sub)
    tk("create", "kept", cwd=sub)
    commit(git, "kept")
    tk("create", "lost", cwd=sub)
    git("clean", "-fdxq")
    done = tk("recover", cwd=sub)
    assert "Brought back 1 event" in done.stdout
    commit(git, "lost")
    tk("sync", cwd=sub)
    assert list((repo / ".git/tk/open").iterdir()) == []


def test_an_import(store: Path, git: Runner, tk: Runner) -> None:
    commit(git, "begin")
    record = {"id": "bd-1", "title": "imported", "created_at": "2026-01-01T00:00:00Z", "status": "open"}
    (store / "in.jsonl").write_text(json.dumps({**record, "updated_at": "2026-01-02T00:00:00Z"}) + "\n")
    tk("import", "in.jsonl")
    git("clean", "-fdxq")
    assert "vanished" in tk("list").stderr
    tk("recover")
    assert titles(tk) == ["imported"]
    commit(git, "imported")
    git("checkout", "-q", "-b", "side", "HEAD~1")
    assert tk("list").stderr == ""
    assert tk("recover").stdout == "Nothing is missing.\n"
    git("checkout", "-q", "main")
    tk("sync")
    assert list((store / ".git/tk/open").iterdir()) == []
