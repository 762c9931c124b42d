"""The door to git: answers, and an environment that binds it to no other repository."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from bd_py import git as door
from bd_py.service import setup
from bd_py.workspace import Workspace
from tests.conftest import Runner


@pytest.fixture
def root(repo: Path, git: Runner) -> str:
    (repo / "a b").mkdir()
    (repo / "a b/é\n.txt").write_text("one\n")
    git("add", "-A")
    git("commit", "-q", "-m", "one")
    return str(repo)


def test_answers(root: str, git: Runner) -> None:
    head = git("rev-parse", "HEAD").stdout.strip()
    assert door.commit(root, "HEAD") == head
    assert door.commit(root, "nope") is None
    files = door.tree(root, "HEAD", "a b")
    assert list(files) == ["a b/é\n.txt"]
    oid = files["a b/é\n.txt"]
    assert door.blobs(root, [oid, "0" * 40]) == {oid: b"one\n"}
    assert door.hash_blob(root, b"one\n") == oid == door.hash_blob(root, b"one\n", like=oid)
    assert door.known_objects(root, [oid, "0" * 40]) == {oid}
    assert door.committed_versions(root, ["a b/é\n.txt", "other"]) == {"a b/é\n.txt": {oid}}
    assert door.tracked(root, ["a b/é\n.txt", "x"]) == ["a b/é\n.txt"]
    assert door.version()


def test_status_and_ignored(root: str, repo: Path) -> None:
    (repo / "sub").mkdir()
    (repo / "sub/new").write_text("")
    (repo / ".gitignore").write_text("*.o\n")
    assert door.status(root, "sub") == {"sub/new": "??"}
    assert door.status(str(repo / "sub"), ".") == {"new": "??"}
    assert door.ignored(root, ["x.o", "x.c"]) == ["x.o"]


def test_nothing_is_asked_for_nothing(tmp_path: Path) -> None:
    assert door.blobs(str(tmp_path), []) == {}
    assert door.known_objects(str(tmp_path), []) == set()
    assert door.committed_versions(str(tmp_path), []) == {}


def test_objects_that_git_cannot_be_asked_about_are_not_missing(tmp_path: Path) -> None:
    for question in (door.blobs, door.known_objects):
        with pytest.raises(door.GitError, match="cat-file failed"):
            question(str(tmp_path), ["0" * 40])


def test_versions_of_a_rewritten_branch(root: str, repo: Path, git: Runner) -> None:
    (repo / "log").write_text("1\n")
    git("add", "-A")
    git("commit", "-q", "-m", "two")
    git("reset", "-q", "--hard", "HEAD~1")
    assert door.committed_versions(root, ["log"]) == {"log": {door.hash_blob(root, b"1\n")}}


def test_no_variable_binds_it_elsewhere(root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(tmp_path / "nowhere"))
    assert door.commit(root, "HEAD")
    assert door.status(root, ".") == {}


def test_user_name_is_that_of_the_stores_own_repository(
    root: str, tmp_path: Path, git: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hook of another repository has its GIT_DIR in the environment when it calls ``tk -C``."""
    git("init", "-q", tmp_path / "other", cwd=tmp_path)
    git("config", "user.name", "eve", cwd=tmp_path / "other")
    setup.init(root)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))
    with contextlib.closing(Workspace.find(root)) as workspace:
        assert workspace.actor() == {"name": "ada"}


def test_sha256(tmp_path: Path, git: Runner) -> None:
    git("init", "-q", "--object-format=sha256", tmp_path / "wide", cwd=tmp_path)
    (tmp_path / "wide/f").write_text("x")
    git("add", "f", cwd=tmp_path / "wide")
    git("commit", "-q", "-m", "x", cwd=tmp_path / "wide")
    oid = door.tree(str(tmp_path / "wide"), "HEAD", "f")["f"]
    assert door.hash_blob(str(tmp_path / "wide"), b"x") == oid


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert door.version() is None
    with pytest.raises(door.GitError, match="was not found"):
        door.ask(str(tmp_path), "version")
