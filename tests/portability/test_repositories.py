"""Every kind of repository that git makes, and of clone: the same life with tk in each."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.conftest import Runner
from tests.security.hostile import commit_all

NEW_GIT = os.environ.get("TK_TEST_GIT_NEW", "")


def life(git: Runner, tk: Runner, where: Path) -> None:
    """Create, commit, branch, merge, look back, recover: each verb that reads what git keeps."""

    def do(*args: str) -> str:
        return tk(*args, cwd=where).stdout

    def commit(message: str) -> None:
        git("add", "-A", cwd=where)
        git("commit", "-q", "-m", message, cwd=where)

    do("init")
    one = do("create", "One").strip()
    commit("a")
    do("install-hooks")
    two = do("create", "Two").strip()
    commit("b")
    git("branch", "-q", "side", cwd=where)
    do("close", one)
    commit("c")
    git("checkout", "-q", "side", cwd=where)
    do("update", two, "-p", "0")
    commit("d")
    git("checkout", "-q", "main", cwd=where)
    git("merge", "-q", "side", "-m", "m", cwd=where)
    assert {(t["title"], t["status"], t["priority"]) for t in json.loads(do("list", "--all", "--json"))} == {
        ("One", "closed", 2),
        ("Two", "open", 0),
    }
    assert json.loads(do("show", one, "--at", "HEAD~2", "--json"))[0]["status"] == "open"
    assert "set priority = 0" in do("diff", "HEAD~1..HEAD")
    git("revert", "--no-edit", "-m", "1", "HEAD", cwd=where)
    do("sync")
    assert json.loads(do("show", two, "--json"))[0]["priority"] == 2
    do("recover", "--from", "HEAD~1")
    assert json.loads(do("show", two, "--json"))[0]["priority"] == 0
    assert "all is well" in do("doctor")
    git("worktree", "add", "-q", where.parent / "linked", "-b", "linked", cwd=where)
    tk("claim", two, cwd=where.parent / "linked")
    assert tk("claim", two, cwd=where, check=False).returncode == 5


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [["--object-format=sha256"], ["--ref-format=reftable"], ["--ref-format=reftable", "--object-format=sha256"]],
    ids=["sha256", "reftable", "both"],
)
def test_a_life_in(
    tmp_path: Path, git: Runner, tk: Runner, monkeypatch: pytest.MonkeyPatch, repo: Path, options: list[str]
) -> None:
    if "--ref-format=reftable" in options:
        if not NEW_GIT:
            pytest.skip("needs a git that knows reftable: TK_TEST_GIT_NEW names its folder")
        monkeypatch.setenv("PATH", f"{NEW_GIT}:{os.environ['PATH']}")
    where = tmp_path / "there"
    git("init", "-q", *options, where, cwd=tmp_path)
    life(git, tk, where)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["with blanks", "ünï 日本", "line\nend", "-dash", "quo'te\"s $HOME `x` %41"])
def test_a_life_below(tmp_path: Path, git: Runner, tk: Runner, repo: Path, name: str) -> None:
    where = tmp_path / name / "repo"
    where.mkdir(parents=True)
    git("init", "-q", cwd=where)
    life(git, tk, where)


@pytest.fixture
def origin(store: Path, tk: Runner, git: Runner) -> Path:
    """A repository of a few commits."""
    for title in ("One", "Two", "Three"):
        tk("create", title)
        commit_all(git, title)
    git("config", "uploadpack.allowFilter", "true")
    return store


def test_a_shallow_clone(origin: Path, tk: Runner, git: Runner, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git("clone", "-q", "--depth", "1", f"file://{origin}", clone)
    assert len(tk("list", cwd=clone).stdout.splitlines()) == 3
    assert "no revision 'HEAD~1'" in tk("diff", "HEAD~1..HEAD", cwd=clone, check=False).stderr
    tk("create", "Four", cwd=clone)
    tk("sync", cwd=clone)
    assert "all is well" in tk("doctor", cwd=clone).stdout


def test_a_partial_clone_offline(origin: Path, tk: Runner, git: Runner, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git("clone", "-q", "--filter=blob:none", f"file://{origin}", clone)
    git("config", "remote.origin.url", "file:///nowhere", cwd=clone)
    assert len(tk("list", cwd=clone).stdout.splitlines()) == 3
    assert "Three" in tk("diff", "HEAD~1..HEAD", cwd=clone).stdout
    tk("sync", cwd=clone)
    assert "all is well" in tk("doctor", cwd=clone).stdout


@pytest.mark.parametrize("patterns", [["--cone", "src"], ["--no-cone", "/*", "!/.tasks/"]], ids=["cone", "no cone"])
def test_a_sparse_checkout_without_the_store(
    origin: Path, tk: Runner, git: Runner, tmp_path: Path, patterns: list[str]
) -> None:
    (origin / "src").mkdir()
    (origin / "src/file").write_text("x\n")
    commit_all(git)
    clone = tmp_path / "clone"
    git("clone", "-q", "--no-checkout", f"file://{origin}", clone)
    git("sparse-checkout", "set", *patterns, cwd=clone)
    git("checkout", "-q", "main", cwd=clone)
    assert not (clone / ".tasks").exists()
    said = tk("list", cwd=clone / "src", check=False)
    assert (said.returncode, "sparse" in said.stderr) == (3, True)
    assert tk("init", cwd=clone, check=False).returncode == 5, "a second store would hide the one that is there"
    assert not (clone / ".tasks").exists()
    git("sparse-checkout", "add", ".tasks" if "--cone" in patterns else "/.tasks/", cwd=clone)
    assert len(tk("list", cwd=clone).stdout.splitlines()) == 3


def test_a_submodule_has_a_store_of_its_own(origin: Path, tk: Runner, git: Runner, tmp_path: Path) -> None:
    top = tmp_path / "top"
    git("init", "-q", top, cwd=tmp_path)
    tk("init", cwd=top)
    tk("create", "Above", cwd=top)
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", f"file://{origin}", "sub mod", cwd=top)
    inner = top / "sub mod"
    tk("create", "Below", cwd=inner)
    tk("install-hooks", cwd=inner)
    assert len(tk("list", cwd=inner).stdout.splitlines()) == 4
    assert tk("list", cwd=top).stdout.endswith("Above\n")
    assert (top / ".git/modules/sub mod/tk").is_dir()
    git("worktree", "add", "-q", tmp_path / "linked", "-b", "linked", cwd=inner)
    assert len(tk("list", cwd=tmp_path / "linked").stdout.splitlines()) == 3


def test_a_git_directory_elsewhere(tmp_path: Path, tk: Runner, git: Runner, repo: Path) -> None:
    tree = tmp_path / "tree"
    git("init", "-q", "--separate-git-dir", tmp_path / "elsewhere.git", tree, cwd=tmp_path)
    tk("init", cwd=tree)
    task = tk("create", "One", cwd=tree).stdout.strip()
    git("add", "-A", cwd=tree)
    git("commit", "-q", "-m", "x", cwd=tree)
    assert tk("show", task, "--at", "HEAD", cwd=tree).stdout.startswith(task)
    assert (tmp_path / "elsewhere.git/tk").is_dir()


def test_variables_of_git_lead_nowhere_else(origin: Path, tk: Runner, git: Runner, tmp_path: Path) -> None:
    other = tmp_path / "other"
    git("init", "-q", other, cwd=tmp_path)
    env = {"GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other), "GIT_INDEX_FILE": str(other / "index")}
    tk("create", "Four", env=env)
    tk("sync", env=env)
    assert "all is well" in tk("doctor", env=env).stdout
    assert not (other / ".git/tk").exists()
    assert not (other / "index").exists()


def test_a_bare_repository(tmp_path: Path, tk: Runner, git: Runner, repo: Path) -> None:
    git("init", "-q", "--bare", tmp_path / "bare.git", cwd=tmp_path)
    for args in (["list"], ["init"], ["install-hooks"]):
        assert tk(*args, cwd=tmp_path / "bare.git", check=False).returncode in (3, 4), args


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_repository_of_somebody_else(origin: Path, tk: Runner, git: Runner) -> None:
    """git refuses to speak about it; tk reads its own files, and says what git did not tell."""
    for folder, names, files in os.walk(origin):
        for name in (*names, *files):
            os.lchown(f"{folder}/{name}", 12345, 12345)
    os.lchown(origin, 12345, 12345)
    assert git("status", check=False).returncode != 0
    assert len(tk("list").stdout.splitlines()) == 3
    tk("create", "Four")
    assert "bug in tk" not in tk("install-hooks", check=False).stderr
    assert "bug in tk" not in tk("doctor", check=False).stderr
    assert "no revision" in tk("diff", "HEAD", check=False).stderr
