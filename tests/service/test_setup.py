"""``init``: where, what, and that it may be done twice."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from bd_py import config
from bd_py.errors import ConflictError, InvalidError, NewerError, NotFoundError, ReadOnlyError
from bd_py.service.setup import ATTRIBUTES, IGNORE, init, place
from tests.conftest import Runner

ALL = ["config.toml", ".gitattributes", ".gitignore", "log/"]


def test_makes_everything_once(tmp_path: Path) -> None:
    first = init(str(tmp_path))
    assert (first.prefix, first.made) == ("tk", ALL)
    tasks = tmp_path / ".tasks"
    assert (tasks / "config.toml").read_text() == config.DEFAULT_TEXT
    assert (tasks / ".gitattributes").read_text() == ATTRIBUTES
    assert (tasks / ".gitignore").read_text() == IGNORE
    assert (tasks / "log").is_dir()
    before = {path: path.stat().st_mtime_ns for path in tasks.iterdir()}
    assert init(str(tmp_path)).made == []
    assert {path: path.stat().st_mtime_ns for path in tasks.iterdir()} == before


def test_makes_what_is_missing_and_leaves_the_rest(tmp_path: Path) -> None:
    init(str(tmp_path), "app")
    (tmp_path / ".tasks/.gitignore").unlink()
    (tmp_path / ".tasks/.gitattributes").write_text("mine\n")
    assert init(str(tmp_path)).made == [".gitignore"]
    assert (tmp_path / ".tasks/.gitattributes").read_text() == "mine\n"
    assert config.load(str(tmp_path / ".tasks/config.toml")).prefix == "app"


def test_another_prefix_is_refused_the_same_is_not(tmp_path: Path) -> None:
    init(str(tmp_path), "app-")
    assert init(str(tmp_path), "app").made == []
    with pytest.raises(ConflictError, match="already has the prefix app") as caught:
        init(str(tmp_path), "web")
    assert "tk config set prefix web" in (caught.value.hint or "")


@pytest.mark.parametrize("prefix", ["", "-", "a b", "ä", "a/b", "x" * 33])
def test_prefixes_that_no_id_can_have(tmp_path: Path, prefix: str) -> None:
    with pytest.raises(InvalidError, match="no prefix"):
        init(str(tmp_path), prefix)
    assert os.listdir(tmp_path) == []


def test_the_root_of_the_repository_is_the_place(repo: Path) -> None:
    deep = repo / "a/b"
    deep.mkdir(parents=True)
    assert place(str(deep)) == str(repo)
    (repo / "a/.tasks").mkdir()
    assert place(str(deep)) == str(repo / "a")
    assert place(str(repo)) == str(repo)


def test_the_root_of_a_linked_worktree(repo: Path, git: Runner, tmp_path: Path) -> None:
    git("commit", "-q", "--allow-empty", "-m", "x")
    git("worktree", "add", "-q", tmp_path / "other")
    (tmp_path / "other/sub").mkdir()
    assert place(str(tmp_path / "other/sub")) == str(tmp_path / "other")


def test_outside_git_it_is_where_one_stands(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / ".tasks").mkdir()
    assert place(str(tmp_path / "a")) == str(tmp_path / "a")


def test_tk_dir_names_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (tmp_path, tmp_path / ".tasks"):
        monkeypatch.setenv("TK_DIR", str(value))
        assert place(None) == str(tmp_path)
    assert place(str(tmp_path.parent)) == str(tmp_path.parent)


def test_a_bare_repository_has_no_place(tmp_path: Path, git: Runner) -> None:
    git("init", "-q", "--bare", tmp_path / "bare.git", cwd=tmp_path)
    with pytest.raises(InvalidError, match="bare repository"):
        init(str(tmp_path / "bare.git"))
    with pytest.raises(NotFoundError):
        init(str(tmp_path / "nowhere"))


def test_what_stands_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / ".tasks").symlink_to("real")
    with pytest.raises(InvalidError, match="symbolic link"):
        init(str(tmp_path))
    (tmp_path / ".tasks").unlink()
    (tmp_path / ".tasks").write_text("")
    with pytest.raises(InvalidError, match="is no folder"):
        init(str(tmp_path))


def test_a_newer_store_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".tasks").mkdir()
    (tmp_path / ".tasks/config.toml").write_text("format = 99\n")
    with pytest.raises(NewerError):
        init(str(tmp_path))
    assert os.listdir(tmp_path / ".tasks") == ["config.toml"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(ReadOnlyError):
            init(str(tmp_path))
    finally:
        tmp_path.chmod(0o755)


def test_many_at_once(tmp_path: Path) -> None:
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.extend(init(str(tmp_path)).made)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(name for name in made if name != "log/") == sorted(ALL[:3])


def test_two_branches_may_both_do_it(repo: Path, git: Runner, tk: Runner) -> None:
    git("commit", "-q", "--allow-empty", "-m", "begin")
    git("checkout", "-q", "-b", "other")
    for branch, title in (("other", "there"), ("main", "here")):
        git("checkout", "-q", branch)
        tk("init")
        tk("create", title)
        git("add", "-A")
        git("commit", "-q", "-m", title)
    git("merge", "-q", "-m", "both", "other")
    assert sorted(tk("list").stdout.split(" - ")[k].split("\n")[0] for k in (1, 2)) == ["here", "there"]
