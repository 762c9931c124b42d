"""``sync --remote`` that is killed while git merges: the next one goes on, and a person's merge is a person's."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bd_py import git as git_module
from tests.conftest import Runner
from tests.service.test_remote import Clones, clones, exchanged, titles

__all__ = ["clones"]
MESSAGE = "Merge branch 'main' of origin"
KILL = '#!/bin/sh\nkill -KILL "$(ps -o ppid= -p $PPID | tr -d " ")" $PPID\n'
"""A hook that kills git and what started it."""


@pytest.fixture
def apart(clones: Clones, git: Runner, tk: Runner) -> Clones:
    """Both have a task that the other lacks; the second has pushed its own, with changes of other files."""
    one, two = clones
    (two / "code").write_text("of two\n")
    (two / "folder").mkdir()
    (two / "folder/new").write_text("of two\n")
    git("add", "-A", cwd=two)
    git("commit", "-q", "-m", "of two", cwd=two)
    tk("create", "from two", cwd=two)
    exchanged(tk, two)
    tk("create", "from one", cwd=one)
    return clones


def kill_in_merge(one: Path, tk: Runner, hook: str = "commit-msg") -> None:
    """Sync until a hook of the merge commit kills it."""
    tk("sync", cwd=one)
    path = one / ".git/hooks" / hook
    # The first commit is of .tasks, the second is the merge.
    path.write_text(KILL.replace("kill", "test -e .git/MERGE_HEAD || exit 0\nkill", 1))
    path.chmod(0o755)
    assert tk("sync", "--remote", cwd=one, check=False).returncode == -9
    path.unlink()
    (one / ".git/index.lock").unlink(missing_ok=True)
    assert (one / ".git/MERGE_HEAD").exists()


def begin_to_merge(one: Path, git: Runner) -> None:
    """As a sync does until git merges: commit, fetch, and leave the note."""
    git("add", "-A", cwd=one)
    git("commit", "-qm", "tasks", cwd=one)
    git("fetch", "-q", cwd=one)
    (one / ".git/tk/merging").write_text(git("rev-parse", "HEAD", "origin/main", cwd=one).stdout + MESSAGE)


def level(clones: Clones, git: Runner, tk: Runner) -> None:
    """Both have everything, and nothing is left of what was cut off."""
    one, two = clones
    exchanged(tk, two)
    assert titles(tk, one) == titles(tk, two) == ["from one", "from two"]
    assert git("rev-parse", "HEAD", cwd=one).stdout == git("rev-parse", "HEAD", cwd=two).stdout
    assert git("status", "--porcelain", cwd=one).stdout == ""
    assert [(one / name).read_text() for name in ("code", "folder/new")] == ["of two\n"] * 2
    assert [name for name in os.listdir(one / ".git/tk") if name.startswith("merging")] == []


def finished(apart: Clones, git: Runner, tk: Runner) -> None:
    """The next sync ends with the one merge that was begun."""
    assert exchanged(tk, apart[0])["remote"]["merged"] == 2
    assert git("rev-list", "--merges", "--count", "HEAD", cwd=apart[0]).stdout == "1\n"
    level(apart, git, tk)


def test_it_is_finished_by_the_next_sync(apart: Clones, git: Runner, tk: Runner) -> None:
    one, _ = apart
    kill_in_merge(one, tk)
    tk("create", "meanwhile", "--id", "tk-m", cwd=one)
    found = exchanged(tk, one)["remote"]
    assert (found["merged"], found["pushed"]) == (2, 3)
    assert git("log", "-1", "--format=%s %p", "--merges", cwd=one).stdout.startswith("Merge branch 'main' of origin ")
    tk("delete", "tk-m", cwd=one)
    exchanged(tk, one)
    level(apart, git, tk)


@pytest.mark.parametrize("name", ["MERGE_HEAD", "MERGE_MSG", "MERGE_MODE"])
def test_a_file_of_git_s_that_the_kill_left_empty(apart: Clones, git: Runner, tk: Runner, name: str) -> None:
    one, _ = apart
    kill_in_merge(one, tk)
    (one / ".git" / name).write_bytes(b"")
    finished(apart, git, tk)


def test_git_was_killed_after_its_commit(apart: Clones, git: Runner, tk: Runner) -> None:
    """All that is left is to forget the merge."""
    one, _ = apart
    kill_in_merge(one, tk)
    head, message = ((one / ".git" / name).read_bytes() for name in ("MERGE_HEAD", "MERGE_MSG"))
    git("commit", "-q", "--no-edit", cwd=one)
    (one / ".git/MERGE_HEAD").write_bytes(head)
    (one / ".git/MERGE_MSG").write_bytes(message)
    finished(apart, git, tk)


def test_a_merge_that_a_person_began_is_not_touched(apart: Clones, git: Runner, tk: Runner) -> None:
    """Of the same commits, after the sync's own was undone."""
    one, _ = apart
    kill_in_merge(one, tk)
    git("merge", "--abort", cwd=one)
    git("merge", "-q", "--no-commit", "origin/main", cwd=one)
    (one / "code").write_text("by hand\n")
    state = git("status", "--porcelain", cwd=one).stdout
    done = tk("sync", "--remote", cwd=one, check=False)
    assert (done.returncode, "a merge is under way" in done.stderr) == (1, True)
    assert git("status", "--porcelain", cwd=one).stdout == state
    assert (one / "code").read_text() == "by hand\n"


@pytest.mark.parametrize("how", ["code", "another file", "all undone"])
def test_a_merge_that_a_person_went_on_with_is_not_touched(apart: Clones, git: Runner, tk: Runner, how: str) -> None:
    one, _ = apart
    kill_in_merge(one, tk)
    if how == "all undone":  # as git leaves it where its abort is killed
        git("read-tree", "HEAD", cwd=one)
    else:
        (one / how).write_text("by hand\n")
        git("add", how, cwd=one)
    head = git("rev-parse", "HEAD", cwd=one).stdout
    done = tk("sync", "--remote", cwd=one, check=False)
    assert done.returncode == 1
    assert "somebody may have gone on with it" in done.stderr
    assert "Finish it by 'git commit', or 'git merge --abort'; then sync." in done.stderr
    assert git("rev-parse", "HEAD", cwd=one).stdout == head
    assert (one / ".git/MERGE_HEAD").exists()
    git("merge", "--abort", cwd=one)
    git("checkout", "-q", "-f", "HEAD", cwd=one)
    (one / "folder/new").unlink(missing_ok=True)
    exchanged(tk, one)
    level(apart, git, tk)


def test_where_git_cannot_be_asked_a_person_is(
    apart: Clones, git: Runner, tk: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bd_py.errors import TkError
    from bd_py.paths import Paths
    from bd_py.service.remote import sync_remote
    from bd_py.workspace import Workspace

    one, _ = apart
    kill_in_merge(one, tk)
    monkeypatch.setattr(git_module, "version_numbers", lambda: (2, 37))
    opened = Workspace(Paths(str(one / ".tasks")), {"name": "ada"})
    with pytest.raises(TkError, match="somebody may have gone on with it"):
        sync_remote(opened)
    opened.close()


def test_other_files_that_conflict_are_for_a_person(apart: Clones, git: Runner, tk: Runner) -> None:
    one, _ = apart
    (one / "code").write_text("of one\n")
    git("commit", "-qam", "of one", cwd=one)
    begin_to_merge(one, git)
    git("merge", "-q", "-m", MESSAGE, "origin/main", cwd=one, check=False)
    done = tk("sync", "--remote", cwd=one, check=False)
    assert done.returncode == 5
    assert "Error: code conflicts, and the sync that began this merge was cut off" in done.stderr
    assert "of one" in (one / "code").read_text()
    (one / "code").write_text("of two\n")
    git("add", "code", cwd=one)
    git("commit", "-q", "--no-edit", cwd=one)
    exchanged(tk, one)
    level(apart, git, tk)


def test_files_that_git_had_written_are_not_in_the_way(apart: Clones, git: Runner, tk: Runner) -> None:
    """Killed before git wrote its index; what a person has there stays, and is told."""
    one, two = apart
    git("mv", "code", "folder/moved", cwd=two)
    (two / "code").write_text("of two\n")
    git("add", "-A", cwd=two)
    git("commit", "-q", "-m", "moved", cwd=two)
    git("push", "-q", cwd=two)
    begin_to_merge(one, git)
    (one / "folder").mkdir()
    (one / "code").write_text("of t")
    (one / "folder/moved").write_text("of two\n")
    (one / "folder/new").write_text("mine\n")
    done = tk("sync", "--remote", cwd=one, check=False)
    assert done.returncode == 1
    assert "folder/new" in done.stderr
    assert (one / "folder/new").read_text() == "mine\n"
    (one / "folder/new").unlink()
    assert git("status", "--porcelain", cwd=one).stdout == ""
    exchanged(tk, one)
    level(apart, git, tk)


def test_files_of_a_merge_that_failed_are_not_in_the_way(
    apart: Clones, git: Runner, tk: Runner, tmp_path: Path
) -> None:
    """As on a full disk."""
    one, _ = apart
    shim = tmp_path / "bin/git"
    shim.parent.mkdir()
    fail = "mkdir -p folder; echo of two > folder/new; echo error: unable to write file code >&2; exit 2"
    shim.write_text(f'#!/bin/sh\ncase "$*" in "merge --quiet"*) {fail};; esac\nexec {shutil.which("git")} "$@"\n')
    shim.chmod(0o755)
    done = tk("sync", "--remote", cwd=one, env={"PATH": f"{shim.parent}:{os.environ['PATH']}"}, check=False)
    assert done.returncode == 1
    assert "git merge failed: error: unable to write file code" in done.stderr
    assert (one / "folder/new").exists()
    exchanged(tk, one)
    level(apart, git, tk)


def test_what_is_in_the_way_through_a_link_stays(apart: Clones, git: Runner, tk: Runner, tmp_path: Path) -> None:
    one, _ = apart
    begin_to_merge(one, git)
    (tmp_path / "elsewhere").mkdir()
    for content in ("of two\n", ""):
        (tmp_path / "elsewhere/new").write_text(content)
        (one / "folder").symlink_to(tmp_path / "elsewhere")
        tk("sync", "--remote", cwd=one, check=False)
        assert (tmp_path / "elsewhere/new").read_text() == content
        (one / "folder").unlink(missing_ok=True)


def test_a_file_that_git_had_taken_away_comes_back_first(apart: Clones, git: Runner, tk: Runner) -> None:
    one, two = apart
    git("rm", "-q", "code", cwd=two)
    git("commit", "-q", "-m", "gone", cwd=two)
    git("push", "-q", cwd=two)
    begin_to_merge(one, git)
    git("rm", "-q", "code", cwd=one)
    exchanged(tk, one)
    assert not (one / "code").exists()
    assert git("status", "--porcelain", cwd=one).stdout == ""
    assert "origin" in git("log", "-1", "--format=%s", cwd=one).stdout


def test_a_note_of_another_time_is_forgotten(apart: Clones, git: Runner, tk: Runner) -> None:
    one, _ = apart
    (one / ".git/tk").mkdir(exist_ok=True)
    for text in ("", "x", f"{'0' * 40}\n{'1' * 40}\nMerge", "\xff\n\xff\n\xff"):
        (one / ".git/tk/merging").write_text(text)
        assert tk("sync", "--remote", cwd=one).returncode == 0
        assert not (one / ".git/tk/merging").exists()
    level(apart, git, tk)
