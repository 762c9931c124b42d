"""Other tools that manage hooks: husky, lefthook and pre-commit, the real ones where they are at hand.

They are looked for on PATH and in the folders that TK_TEST_TOOLS names; where one is missing its test is skipped.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from bd_py import paths
from bd_py.service import install
from bd_py.service.checks.hooks import hooks as hooks_check
from bd_py.service.hook_places import LEFTHOOK
from tests.conftest import Runner

TOOLS = f"{os.environ.get('TK_TEST_TOOLS', '')}:{os.environ['PATH']}"
PRE_COMMIT = """\
repos:
- repo: local
  hooks:
  - {id: theirs, name: theirs, language: system, entry: sh -c 'echo theirs >>.git/theirs', always_run: true}
"""
LEFTHOOK_YML = """\
pre-commit:
  commands:
    theirs:
      run: echo theirs >>.git/theirs
"""


def tool(name: str) -> str:
    found = shutil.which(name, path=TOOLS)
    if found is None:
        pytest.skip(f"{name} is not at hand: TK_TEST_TOOLS names the folders to look in")
    return found


@pytest.fixture(autouse=True)
def _tk_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "tk"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bd_py "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{TOOLS}")


@pytest.fixture
def begun(store: Path, git: Runner) -> Path:
    (store / "code").write_text("1\n")
    git("add", "code", ".tasks")
    git("commit", "-q", "-m", "begin")
    return store


def both_fire(repo: Path, git: Runner, tk: Runner, *, times: int = 1) -> None:
    """A commit takes the events along, and theirs ran."""
    (repo / ".git/theirs").unlink(missing_ok=True)
    task = tk("create", "one").stdout.strip()
    with (repo / "code").open("a") as file:
        file.write("more\n")
    git("commit", "-am", f"x\n\nRefs: {task}")
    names = git("show", "--format=", "--name-only", "HEAD").stdout
    assert ".tasks/log/" in names
    assert (repo / ".git/theirs").read_text().split() == ["theirs"] * times
    assert git("log", "-1", "--format=%H").stdout.strip() in tk("show", task, "--json").stdout


def hook_files(repo: Path) -> dict[str, tuple[bytes, int]]:
    files = [*(repo / ".git/hooks").glob("*"), *repo.glob(".husky/*"), *repo.glob("lefthook*"), repo / ".git/config"]
    return {p.relative_to(repo).as_posix(): (p.read_bytes(), p.stat().st_mode) for p in files if p.is_file()}


class TestPreCommit:
    def test_the_real_one(self, begun: Path, git: Runner, tk: Runner) -> None:
        run = Runner((tool("pre-commit"),), begun)
        (begun / ".pre-commit-config.yaml").write_text(PRE_COMMIT)
        git("add", ".pre-commit-config.yaml")
        run("install")
        before = hook_files(begun)
        tk("install-hooks")
        once = hook_files(begun)
        assert once[".git/hooks/pre-commit"] == before[".git/hooks/pre-commit"]
        assert ".git/hooks/pre-commit.legacy" in once
        both_fire(begun, git, tk)
        assert hooks_check(paths.Paths(f"{begun}/.tasks")) == []
        tk("install-hooks")
        assert hook_files(begun) == once
        run("install")
        run("install", "-t", "post-checkout")
        both_fire(begun, git, tk)
        tk("install-hooks")
        both_fire(begun, git, tk)
        run("uninstall", "-t", "post-checkout")
        tk("uninstall-hooks")
        assert hook_files(begun) == before

    def test_the_real_one_comes_later(self, begun: Path, git: Runner, tk: Runner) -> None:
        run = Runner((tool("pre-commit"),), begun)
        tk("install-hooks")
        (begun / ".pre-commit-config.yaml").write_text(PRE_COMMIT)
        git("add", ".pre-commit-config.yaml")
        run("install")
        both_fire(begun, git, tk)
        tk("install-hooks")
        both_fire(begun, git, tk)
        tk("uninstall-hooks")
        assert not list((begun / ".git/hooks").glob("*.legacy"))

    def test_an_event_written_while_it_has_stashed_the_working_tree(self, begun: Path, git: Runner, tk: Runner) -> None:
        run = Runner((tool("pre-commit"),), begun)
        entry = f"sh -c 'cd {begun} && tk create meanwhile && git status --short >.git/seen'"
        (begun / ".pre-commit-config.yaml").write_text(
            "repos:\n- repo: local\n  hooks:\n  - {id: t, name: t, language: system, always_run: true, "
            f'entry: "{entry}", pass_filenames: false}}\n'
        )
        git("add", ".pre-commit-config.yaml")
        git("commit", "-qm", "config")
        run("install")
        tk("install-hooks")
        tk("create", "before")
        (begun / "other").write_text("staged\n")
        git("add", "other")
        (begun / "code").write_text("not staged\n")
        git("commit", "-m", "x")
        assert " M code" not in (begun / ".git/seen").read_text()  # it was stashed
        assert (begun / "code").read_text() == "not staged\n"
        titles = [line.split(" - ")[1] for line in tk("ls").stdout.splitlines()]
        assert sorted(titles) == ["before", "meanwhile"]
        assert [line[:2] for line in git("status", "--porcelain", "-uall").stdout.splitlines()] == [" M", "??"]

    def test_its_files(self, begun: Path, git: Runner, tk: Runner) -> None:
        theirs = begun / ".git/hooks/pre-commit"
        theirs.write_text(
            "#!/usr/bin/env bash\n# File generated by pre-commit: https://pre-commit.com\n"
            'here="$(dirname "$0")"\n[ ! -x "$here/pre-commit.legacy" ] || "$here/pre-commit.legacy" || exit\n'
            "echo theirs >>.git/theirs\n"
        )
        theirs.chmod(0o755)
        before = hook_files(begun)
        tk("install-hooks")
        both_fire(begun, git, tk)
        tk("uninstall-hooks")
        assert hook_files(begun) == before


class TestHusky:
    def test_the_real_one(self, begun: Path, git: Runner, tk: Runner) -> None:
        run = Runner((tool("husky"),), begun)
        run()
        assert git("config", "core.hooksPath").stdout == ".husky/_\n"
        (begun / ".husky/pre-commit").write_text("echo theirs >>.git/theirs\n")
        before = hook_files(begun)
        tk("install-hooks")
        both_fire(begun, git, tk)
        assert hooks_check(paths.Paths(f"{begun}/.tasks")) == []
        once = hook_files(begun)
        run()
        tk("install-hooks")
        assert hook_files(begun) == once
        both_fire(begun, git, tk)
        tk("uninstall-hooks")
        assert hook_files(begun) == before

    def test_its_files_of_version_8(self, begun: Path, git: Runner, tk: Runner) -> None:
        (begun / ".husky").mkdir()
        theirs = begun / ".husky/pre-commit"
        theirs.write_text("#!/usr/bin/env sh\necho theirs >>.git/theirs\n")
        theirs.chmod(0o755)
        git("config", "core.hooksPath", ".husky")
        before = hook_files(begun)
        done = tk("install-hooks")
        assert "the hooks stand in the working tree: .husky/" in done.stdout
        both_fire(begun, git, tk)
        tk("uninstall-hooks")
        assert hook_files(begun) == before

    def test_it_comes_later(self, begun: Path, git: Runner, tk: Runner) -> None:
        tk("install-hooks")
        (begun / ".husky/_").mkdir(parents=True)
        git("config", "core.hooksPath", ".husky/_")
        findings = hooks_check(paths.Paths(f"{begun}/.tasks"))
        assert [f.reason for f in findings] == ["git does not look for hooks here any more"]
        tk("uninstall-hooks")
        assert not (begun / ".git/hooks/pre-commit").exists()


class TestLefthook:
    def test_the_real_one(self, begun: Path, git: Runner, tk: Runner) -> None:
        run = Runner((tool("lefthook"),), begun)
        (begun / "lefthook.yml").write_text(LEFTHOOK_YML)
        run("install")
        before = hook_files(begun)
        tk("install-hooks")
        run("install")
        both_fire(begun, git, tk)
        once = hook_files(begun)
        tk("install-hooks")
        run("install", "--force")
        assert hook_files(begun).keys() == once.keys()
        both_fire(begun, git, tk)
        tk("uninstall-hooks")
        run("install")
        left = {name: found for name, found in hook_files(begun).items() if "post-" not in name and "pre-p" not in name}
        assert left == {name: before[name] for name in left}
        assert "lefthook-local.yml" not in left

    def test_its_files(self, begun: Path, tk: Runner) -> None:
        (begun / "lefthook.yml").write_text(LEFTHOOK_YML)
        local = begun / "lefthook-local.yml"
        before = "# mine\npre-rebase:\n  commands:\n    x:\n      run: 'true'\n"
        local.write_text(before)
        where = paths.Paths(f"{begun}/.tasks")
        found = install.install(where)
        assert {(h.kind, h.state) for h in found.hooks} == {(LEFTHOOK, "written")}
        assert local.read_text().startswith(before)
        assert {h.state for h in install.install(where).hooks} == {"there"}
        install.uninstall(where)
        assert local.read_text() == before
        local.write_text(LEFTHOOK_YML)
        [advice] = {h.advice for h in install.install(where).hooks}
        assert "add this to lefthook-local.yml" in advice
        assert local.read_text() == LEFTHOOK_YML
