"""``tk sync --remote``: only .tasks is committed, both ways go through, and where they cannot nothing is lost."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Runner

Clones = tuple[Path, Path]


@pytest.fixture
def clones(store: Path, git: Runner, tk: Runner, tmp_path: Path) -> Clones:
    """Two clones of one bare repository; the first is `store`."""
    bare, other = tmp_path / "bare.git", tmp_path / "other"
    git("init", "-q", "--bare", bare, cwd=tmp_path)
    (store / "code").write_text("code\n")
    git("add", "-A")
    git("commit", "-q", "-m", "begin")
    git("remote", "add", "origin", bare)
    git("push", "-q", "-u", "origin", "main")
    git("clone", "-q", bare, other, cwd=tmp_path)
    return store, other


def exchanged(tk: Runner, cwd: Path, *args: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tk("sync", "--remote", *args, "--json", cwd=cwd).stdout)
    return found


def titles(tk: Runner, cwd: Path) -> list[str]:
    return sorted(issue["title"] for issue in json.loads(tk("list", "--json", cwd=cwd).stdout))


def test_there_and_back(clones: Clones, git: Runner, tk: Runner) -> None:
    one, two = clones
    tk("create", "from one", cwd=one)
    tk("create", "from two", cwd=two)
    first = exchanged(tk, one)
    assert list(first)[-1] == "remote"
    assert first["remote"].pop("committed")
    assert first["remote"] == {"remote": "origin", "branch": "main", "merged": 0, "pushed": 1, "attempts": 1}
    second = exchanged(tk, two)
    assert (second["imported"], len(second["created"])) == (1, 1)
    assert (second["remote"]["merged"], second["remote"]["pushed"]) == (1, 2)
    exchanged(tk, one)
    assert titles(tk, one) == titles(tk, two) == ["from one", "from two"]
    assert git("rev-parse", "HEAD", cwd=one).stdout == git("rev-parse", "HEAD", cwd=two).stdout
    assert tk("sync", "--remote", cwd=one).stdout.startswith("origin/main: nothing to exchange\n")


def test_nothing_but_tasks_is_committed(clones: Clones, git: Runner, tk: Runner) -> None:
    one, _ = clones
    tk("create", "task", cwd=one)
    (one / "code").write_text("changed\n")
    (one / "staged").write_text("staged\n")
    (one / "untracked").write_text("untracked\n")
    git("add", "staged", cwd=one)
    exchanged(tk, one)
    names = git("show", "--name-only", "--format=", "HEAD", cwd=one).stdout.split()
    assert [name.split("/")[0] for name in names] == [".tasks"]
    assert git("status", "--porcelain", cwd=one).stdout == " M code\nA  staged\n?? untracked\n"


def test_the_users_hooks_apply(clones: Clones, git: Runner, tk: Runner) -> None:
    one, _ = clones
    hook = one / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    hook.chmod(0o755)
    tk("create", "task", cwd=one)
    done = tk("sync", "--remote", cwd=one, check=False)
    assert done.returncode == 1
    assert "git commit failed: not today" in done.stderr
    assert titles(tk, one) == ["task"]


def test_another_push_in_between_is_met_by_another_attempt(clones: Clones, git: Runner, tk: Runner) -> None:
    one, two = clones
    tk("create", "from two", cwd=two)
    git("add", "-A", cwd=two)
    git("commit", "-q", "-m", "two", cwd=two)
    hook = one / ".git/hooks/pre-push"  # the other is faster, once
    hook.write_text(f"#!/bin/sh\nunset GIT_DIR\ncd {two} && git push -q origin main\n")
    hook.chmod(0o755)
    tk("create", "from one", cwd=one)
    found = exchanged(tk, one)
    assert found["remote"]["attempts"] == 2
    assert titles(tk, one) == ["from one", "from two"]
    assert git("rev-parse", "HEAD", cwd=one).stdout == git("rev-parse", "origin/main", cwd=one).stdout


@pytest.mark.slow
def test_it_gives_up_after_some_attempts(clones: Clones, git: Runner, tk: Runner) -> None:
    one, two = clones
    hook = one / ".git/hooks/pre-push"
    faster = "git commit -q --allow-empty -m x && git push -q origin main"
    hook.write_text(f"#!/bin/sh\nunset GIT_DIR\ncd {two} && git pull -q && {faster}\n")
    hook.chmod(0o755)
    tk("create", "from one", cwd=one)
    done = tk("sync", "--remote", cwd=one, check=False)
    assert (done.returncode, "moved on 5 times" in done.stderr) == (5, True)
    hook.unlink()
    assert exchanged(tk, one)["remote"]["pushed"] > 0


def undone(clones: Clones, git: Runner, tk: Runner, shown: str, above: str = ".") -> None:
    """Both change a file that the store calls ``shown`` and is in the folder ``above``: who syncs last is refused."""
    one, two = clones
    for where in clones:
        name = (where / above).resolve().name
        (where / above / "code").write_text(name)
        git("commit", "-qam", name, cwd=where)
        tk("create", f"from {name}", cwd=where)
    exchanged(tk, two)
    done = tk("sync", "--remote", cwd=one, check=False)
    assert done.returncode == 5
    assert f"Error: {shown} conflicts; the merge is undone" in done.stderr
    assert git("status", "--porcelain", cwd=one).stdout == ""
    assert titles(tk, one) == ["from repo"]


def test_conflicts_of_other_files_undo_the_merge(clones: Clones, git: Runner, tk: Runner) -> None:
    undone(clones, git, tk, "code")


def test_conflicts_of_the_log_are_settled(clones: Clones, git: Runner, tk: Runner) -> None:
    one, two = clones
    tk("create", "base", cwd=one)
    exchanged(tk, one)
    exchanged(tk, two)
    name = git("ls-files", ".tasks/log", cwd=one).stdout.strip()
    ends = [char for char in "123" if char != (one / name).read_text()[32]]  # of other ids than the one that is there
    for where, digit in ((one, ends[0]), (two, ends[1])):  # as nobody should: one segment written on both sides
        text = (where / name).read_text()
        (where / name).write_text(text + text.replace('"id":"0', f'"id":"1{digit}')[:8] + text[9:])
        last = text.replace(text[7:33], text[7:32] + digit).replace(json.loads(text)["task"], f"tk-other{digit}")
        (where / name).write_text(text + last)
    exchanged(tk, one)
    found = exchanged(tk, two)
    assert found["remote"]["pushed"] == 2
    assert len(titles(tk, two)) == 3
    assert git("status", "--porcelain", cwd=two).stdout == ""


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("merge", "a merge is under way"),
        ("rebase", "a rebase is under way"),
        ("detached", "HEAD is detached"),
        ("no upstream", "branch side has no upstream"),
        ("unknown remote", "no remote 'nowhere'"),
        ("unmerged", "code is not merged yet"),
    ],
)
def test_it_refuses_with_advice_and_does_nothing(
    clones: Clones, git: Runner, tk: Runner, state: str, words: str
) -> None:
    one, _ = clones
    args = []
    if state == "merge":
        (one / ".git/MERGE_HEAD").write_text(git("rev-parse", "HEAD").stdout)
    elif state == "rebase":
        (one / ".git/rebase-merge").mkdir()
    elif state == "detached":
        git("checkout", "-q", "--detach")
    elif state == "no upstream":
        git("checkout", "-q", "-b", "side")
    elif state == "unknown remote":
        args = ["nowhere"]
    else:
        blob = git("hash-object", "-w", "code").stdout.strip()
        entries = "".join(f"100644 {blob} {k}\tcode\n" for k in (1, 2, 3))
        git("update-index", "--index-info", input=f"0 {'0' * 40}\tcode\n{entries}")
    tk("create", "task")
    head = git("rev-parse", "HEAD").stdout
    done = tk("sync", "--remote", *args, check=False)
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert git("rev-parse", "HEAD").stdout == head


def test_a_remote_that_is_away(clones: Clones, git: Runner, tk: Runner, tmp_path: Path) -> None:
    one, _ = clones
    tk("create", "task", cwd=one)
    os.rename(tmp_path / "bare.git", tmp_path / "away.git")
    done = tk("sync", "--remote", cwd=one, check=False)
    assert done.returncode == 1
    assert "git fetch origin failed" in done.stderr
    os.rename(tmp_path / "away.git", tmp_path / "bare.git")
    assert exchanged(tk, one)["remote"]["pushed"] == 1


def test_a_named_remote_needs_the_branch(clones: Clones, git: Runner, tk: Runner, tmp_path: Path) -> None:
    one, _ = clones
    git("init", "-q", "--bare", tmp_path / "fork.git", cwd=tmp_path)
    git("remote", "add", "fork", tmp_path / "fork.git", cwd=one)
    assert "fork has no branch main" in tk("sync", "--remote", "fork", cwd=one, check=False).stderr
    git("push", "-q", "fork", "main", cwd=one)
    tk("create", "task", cwd=one)
    assert exchanged(tk, one, "fork")["remote"]["pushed"] == 1


def test_a_remote_that_refuses(clones: Clones, git: Runner, tk: Runner, tmp_path: Path) -> None:
    one, _ = clones
    hook = tmp_path / "bare.git/hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho main is protected >&2\nexit 1\n")
    hook.chmod(0o755)
    tk("create", "task", cwd=one)
    done = tk("sync", "--remote", cwd=one, check=False)
    assert done.returncode == 1
    assert "main is protected" in done.stderr
    assert "push another and ask for its merge" in done.stderr


@pytest.fixture
def below(clones: Clones, git: Runner, tk: Runner) -> Clones:
    """The same clones with their stores in a folder, and one that is not at the top."""
    for where in clones:
        (where / "sub").mkdir()
        git("mv", ".tasks", "sub/.tasks", cwd=where) if where == clones[0] else git("pull", "-q", cwd=where)
        if where == clones[0]:
            for name in ("cache.db", "cache.db-wal", "cache.db-shm", "lock"):
                (where / ".tasks" / name).unlink(missing_ok=True)
            git("commit", "-q", "-m", "moved", cwd=where)
            git("push", "-q", cwd=where)
    return clones[0] / "sub", clones[1] / "sub"


def test_conflicts_of_files_above_the_store_undo_the_merge(below: Clones, git: Runner, tk: Runner) -> None:
    undone(below, git, tk, "../code", above="..")


def test_a_lock_that_a_killed_push_left_is_told(clones: Clones, tk: Runner, tmp_path: Path) -> None:
    one, _ = clones
    (tmp_path / "bare.git/refs/heads/main.lock").touch()
    tk("create", "task", cwd=one)
    done = tk("sync", "--remote", cwd=one, check=False)
    assert done.returncode == 1
    assert "main.lock" in done.stderr
    assert "moved on" not in done.stderr
    (tmp_path / "bare.git/refs/heads/main.lock").unlink()
    assert exchanged(tk, one)["remote"]["pushed"] == 1
