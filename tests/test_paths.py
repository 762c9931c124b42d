"""Where things are, read from git's own files: the store, the git directory, the position of HEAD."""

from __future__ import annotations

from pathlib import Path

import pytest

from bd_py import paths
from bd_py.errors import NoStoreError, NotFoundError
from tests.conftest import Runner


def test_the_store_is_found_from_below(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = store / "src" / "deep"
    below.mkdir(parents=True)
    assert paths.find(str(below)).tasks == str(store / ".tasks")
    monkeypatch.chdir(below)
    found = paths.find()
    assert (found.tasks, found.root, found.git_dir) == (str(store / ".tasks"), str(store), str(store / ".git"))
    assert found.open_segments == str(store / ".git/tk/open")


def test_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoStoreError, match=r"no \.tasks in"):
        paths.find(str(tmp_path))
    with pytest.raises(NotFoundError, match="no folder nowhere"):
        paths.find("nowhere")
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(NotFoundError, match="working directory is gone"):
        paths.find()


def test_the_environment_names_the_store(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for value in (store, store / ".tasks", "repo", "repo/.tasks"):
        monkeypatch.setenv("TK_DIR", str(value))
        assert paths.find().tasks == str(store / ".tasks")
    with pytest.raises(NoStoreError):
        paths.find(str(tmp_path))  # what is asked for goes first
    monkeypatch.setenv("TK_DIR", str(tmp_path))
    with pytest.raises(NoStoreError, match="TK_DIR"):
        paths.find()


def test_outside_git(tmp_path: Path) -> None:
    (tmp_path / ".tasks").mkdir()
    found = paths.find(str(tmp_path))
    assert found.git_dir is None
    assert found.open_segments is None
    assert paths.head_position(None) == ""


def test_a_folder_called_git_is_no_git_directory(tmp_path: Path, repo: Path) -> None:
    (repo / "sub/.git").mkdir(parents=True)
    assert paths.find_git_dir(str(repo / "sub")) == str(repo / ".git")
    (repo / "sub/.git").rmdir()
    (repo / "sub/.git").write_text("not a pointer")
    assert paths.find_git_dir(str(repo / "sub")) == str(repo / ".git")


def test_worktrees_and_submodules_have_git_directories_of_their_own(repo: Path, git: Runner, tmp_path: Path) -> None:
    git("commit", "-q", "--allow-empty", "-m", "One")
    git("worktree", "add", "-q", tmp_path / "other")
    git("config", "protocol.file.allow", "always")
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", repo, "inner")
    for folder in (repo, tmp_path / "other", repo / "inner"):
        asked = git("rev-parse", "--absolute-git-dir", "--git-common-dir", cwd=folder).stdout.splitlines()
        found = paths.find_git_dir(str(folder))
        assert found is not None
        assert Path(found).resolve() == Path(asked[0]).resolve()
        assert Path(paths.common_dir(found)).resolve() == (folder / asked[1]).resolve()


MOVES = [
    ("commit", "-q", "--allow-empty", "-m", "Two"),
    ("commit", "-q", "--amend", "--allow-empty", "-m", "Two, better"),
    ("switch", "-q", "-c", "topic"),
    ("commit", "-q", "--allow-empty", "-m", "Three"),
    ("switch", "-q", "main"),
    ("merge", "-q", "--no-ff", "-m", "Merge", "topic"),
    ("reset", "-q", "--hard", "HEAD~1"),
    ("checkout", "-q", "--detach"),
    ("cherry-pick", "--allow-empty", "topic"),
    ("switch", "-q", "main"),
    ("rebase", "-q", "--force-rebase", "HEAD~1"),
]
RESTS = [("status",), ("log",), ("fetch", "-q", "."), ("pack-refs", "--all"), ("branch", "other"), ("tag", "v1")]


@pytest.mark.parametrize("setting", ["reflog", "no reflog", "reftable"])
def test_the_position_changes_when_head_moves_and_only_then(repo: Path, git: Runner, setting: str) -> None:
    if setting == "reftable":
        if git("init", "-q", "--ref-format=reftable", repo / "new", check=False).returncode:
            pytest.skip("this git has no reftable")
        repo = git.cwd = repo / "new"
    if setting == "no reflog":
        git("config", "core.logAllRefUpdates", "false")
    git("commit", "-q", "--allow-empty", "-m", "Zero")
    git("commit", "-q", "--allow-empty", "-m", "One")
    where = str(repo / ".git")
    before = paths.head_position(where)
    for k, move in enumerate(MOVES):
        # Every commit here bears the same date: what follows must not be the commit before it once more.
        env = {"GIT_COMMITTER_DATE": f"2026-11-20T12:{k:02d}:00+00:00"}
        git(*move, env=env)
        after = paths.head_position(where)
        assert after != before, move
        before = after
    if setting == "reflog":
        for rest in RESTS:
            git(*rest)
            assert paths.head_position(where) == before, rest
