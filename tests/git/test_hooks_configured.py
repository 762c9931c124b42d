"""Hooks as configuration, run by a real git of 2.54 or newer: TK_TEST_GIT_NEW names the folder that holds one.

Debian's newer suites have it; ``.ci/fetch-git`` unpacks it into a folder. Without one these tests are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bd_py import paths
from bd_py.service.checks.hooks import hooks as hooks_check
from tests.conftest import Runner
from tests.git import test_hooks, test_hooks_tools
from tests.git.test_hooks import _tk_on_path, dirty, head, hooked, new, show

__all__ = ["_tk_on_path", "hooked"]  # fixtures

NEW = os.environ.get("TK_TEST_GIT_NEW") or os.path.dirname(shutil.which("git") or "")


def _version(folder: str) -> tuple[int, ...]:
    try:
        said = subprocess.run([f"{folder}/git", "version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return ()
    return tuple(int(part) for part in said.split()[2].split(".")[:2]) if said else ()


VERSION = _version(NEW)
OLD = os.environ["PATH"]
pytestmark = pytest.mark.skipif(
    VERSION < (2, 54), reason=f"no git of 2.54 or newer in '{NEW}': TK_TEST_GIT_NEW names a folder with one"
)


@pytest.fixture(autouse=True)
def _newer_git(_tk_on_path: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{NEW}:{os.environ['PATH']}")


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """A file to which each start of tk by a hook adds a line."""
    tk = tmp_path / "bin/tk"
    found = tmp_path / "calls"
    begin, _, rest = tk.read_text().partition("\n")
    tk.write_text(f'{begin}\n[ "$1" != hook ] || echo "$2" >>"{found}"\n{rest}')
    return found


def fire(repo: Path, git: Runner, tk: Runner) -> None:
    task = new(tk)
    with (repo / "code").open("a") as file:
        file.write("more\n")
    git("add", "code")
    git("commit", "-q", "-m", f"x\n\nRefs: {task}")
    assert ".tasks/log/" in git("show", "--format=", "--name-only", "HEAD").stdout
    assert show(tk, task)["links"]["commits"] == [head(git)]


class TestCommit(test_hooks.TestCommit):
    """All that holds for hooks in files."""


class TestExport(test_hooks.TestExport):
    """All that holds for hooks in files."""


class TestTrailers(test_hooks.TestTrailers):
    """All that holds for hooks in files."""


class TestOthers(test_hooks.TestOthers):
    """All that holds for hooks in files, but where the file is looked at."""

    def test_doctor_fires_each(self, hooked: Path, git: Runner, tk: Runner, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[override]
        where = paths.Paths(f"{hooked}/.tasks")
        assert hooks_check(where) == []
        git("config", "hook.tk-post-merge.enabled", "false")
        [finding] = hooks_check(where)
        assert (finding.level, finding.reason) == ("error", "post-merge is switched off in git's configuration")
        git("config", "--unset", "hook.tk-post-merge.enabled")
        git("config", "hook.tk-post-merge.command", "exit 0")
        [finding] = hooks_check(where)
        assert finding.reason == "post-merge does not reach tk: it said nothing"
        tk("install-hooks")
        assert hooks_check(where) == []
        path = [p for p in os.environ["PATH"].split(":") if not os.path.exists(p + "/tk")]
        monkeypatch.setenv("PATH", ":".join(path))
        assert {f.reason.split(" ", 1)[1] for f in hooks_check(where)} == {"does nothing: tk is not on PATH"}


def test_it_is_configuration_and_nothing_else(store: Path, git: Runner, tk: Runner) -> None:
    before = test_hooks_tools.hook_files(store)
    tk("install-hooks")
    assert git("hook", "list", "pre-commit").stdout == "tk-pre-commit\n"
    once = test_hooks_tools.hook_files(store)
    assert {name for name in once if once[name] != before.get(name)} == {".git/config"}
    tk("install-hooks")
    assert test_hooks_tools.hook_files(store) == once
    tk("uninstall-hooks")
    assert test_hooks_tools.hook_files(store) == before


@pytest.mark.parametrize("first", ["file", "configuration"])
def test_nothing_fires_twice(
    store: Path, git: Runner, tk: Runner, calls: Path, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One clone that an older and a newer git serve: whichever was there when the hooks were set up."""
    before = test_hooks_tools.hook_files(store)
    both = os.environ["PATH"].removeprefix(NEW + ":"), os.environ["PATH"]
    if _version(os.path.dirname(shutil.which("git", path=both[0]) or "")) >= (2, 54):
        pytest.skip("the usual git is as new: there is no older one to take turns with")
    for path in both if first == "file" else both[::-1]:
        monkeypatch.setenv("PATH", path)
        tk("install-hooks")
        fire(store, git, tk)
    assert calls.read_text().split() == ["pre-commit", "post-commit"] * 2
    monkeypatch.setenv("PATH", both[1])
    fire(store, git, tk)
    assert calls.read_text().split() == ["pre-commit", "post-commit"] * 3
    tk("uninstall-hooks")
    assert test_hooks_tools.hook_files(store) == before


def test_beside_a_folder_of_hooks_that_serves_other_repositories(
    store: Path, git: Runner, tk: Runner, tmp_path: Path
) -> None:
    theirs = tmp_path / "everywhere/pre-commit"
    theirs.parent.mkdir()
    theirs.write_text(test_hooks.THEIRS.format("theirs"))
    theirs.chmod(0o755)
    git("config", "core.hooksPath", theirs.parent)
    tk("install-hooks")
    fire(store, git, tk)
    assert (store / ".git/theirs").read_text() == "theirs\n"
    assert hooks_check(paths.Paths(f"{store}/.tasks")) == []
    assert dirty(git)[0].startswith("??")  # the link to the commit


@pytest.mark.parametrize("name", ["husky", "lefthook", "pre-commit"])
def test_beside_the_real_tools(store: Path, git: Runner, tk: Runner, name: str) -> None:
    run = Runner((test_hooks_tools.tool(name),), store)
    (store / "code").write_text("1\n")
    (store / ".pre-commit-config.yaml").write_text(test_hooks_tools.PRE_COMMIT)
    git("add", "code", ".tasks", ".pre-commit-config.yaml")
    git("commit", "-q", "-m", "begin")
    if name == "lefthook":
        (store / "lefthook.yml").write_text(test_hooks_tools.LEFTHOOK_YML)
    arguments = () if name == "husky" else ("install",)
    run(*arguments)
    if name == "husky":
        (store / ".husky/pre-commit").write_text("echo theirs >>.git/theirs\n")
    before = test_hooks_tools.hook_files(store)
    tk("install-hooks")
    once = test_hooks_tools.hook_files(store)
    test_hooks_tools.both_fire(store, git, tk)
    run(*arguments)
    assert test_hooks_tools.hook_files(store).keys() == once.keys()
    test_hooks_tools.both_fire(store, git, tk)
    tk("uninstall-hooks")
    run(*arguments)
    assert {n: f[0] for n, f in test_hooks_tools.hook_files(store).items()} == {n: f[0] for n, f in before.items()}
