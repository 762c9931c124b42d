"""Hooks go in beside what is there, once, and come out again without a trace."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bd_py import git as git_door
from bd_py import paths
from bd_py.errors import TkError
from bd_py.service import hook_places, hook_text, install
from bd_py.service.hook_text import EVENTS
from tests.conftest import ROOT, Runner

THEIRS = {
    "sh that ends in exit 0": "#!/bin/sh\nset -eu\necho theirs\nexit 0\n",
    "bash found by env": "#!/usr/bin/env bash\n# says little\n[[ -n theirs ]] && echo theirs\n",
    "bash -e": "#!/bin/bash -e\necho theirs",
    "without a first line": "echo theirs\n",
    "nothing but a first line": "#!/bin/sh",
    "nothing but a first line and its end": "#!/bin/sh\n",
    "python": "#!/usr/bin/env python3\n# coding: utf-8\n'Says.'\nfrom __future__ import annotations\nprint('theirs')\n",
    "python without a docstring": "#!/usr/bin/python3\nimport sys\nsys.stdout.write('theirs')\nsys.exit(0)\n",
}
FOREIGN = {
    "perl": "#!/usr/bin/perl\nprint 'theirs';\n",
    "python 2": "#!/usr/bin/env python\nprint 'theirs'\n",
    "a program": "\x7fELF\0\0",
}


@pytest.mark.parametrize("text", THEIRS.values(), ids=THEIRS)
@pytest.mark.parametrize("folder", ["", "sub dir/it's/"])
def test_in_and_out_of_a_text(text: str, folder: str) -> None:
    before = text.encode()
    after = hook_text.insert(before, "pre-commit", folder)
    assert after is not None
    assert after != before
    assert hook_text.holds(after, "pre-commit", folder)
    assert not hook_text.holds(after, "pre-commit", "other/")
    assert hook_text.insert(after, "pre-commit", folder) == after
    assert hook_text.remove(after, "pre-commit", folder) == before


def test_two_stores_in_one_hook() -> None:
    text = b"#!/bin/sh\necho theirs\n"
    both = text
    for folder in ("", "sub/"):
        after = hook_text.insert(both, "pre-push", folder)
        assert after is not None
        both = after
    assert hook_text.remove(hook_text.remove(both, "pre-push", ""), "pre-push", "sub/") == text


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_what_tk_cannot_write_into(text: str) -> None:
    assert hook_text.insert(text.encode("latin-1"), "pre-commit") is None


def test_an_older_block_is_replaced() -> None:
    now = hook_text.insert(b"#!/bin/sh\necho theirs\n", "pre-commit")
    assert now is not None
    older = now.replace(b"exec tk hook", b"tk hook")
    assert older != now
    assert hook_text.insert(older, "pre-commit") == now


@pytest.mark.parametrize("event", EVENTS)
def test_what_is_shipped_is_what_is_installed(event: str) -> None:
    file = ROOT / "hooks" / event
    assert file.read_bytes() == hook_text.whole(event)
    assert os.access(file, os.X_OK)
    for shell in ("dash", "bash"):
        subprocess.run([shell, "-n", str(file)], check=True)
    assert {path.name for path in file.parent.iterdir()} == {*EVENTS, "README.md"}


def where(root: Path) -> paths.Paths:
    return paths.Paths(str(root / ".tasks"))


def everything(root: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its mode, but what git and tk write while they work."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not name.startswith((".tasks/", ".git/objects", ".git/index", ".git/logs", ".git/tk")):
            found[name] = (path.read_bytes(), path.stat().st_mode)
    return found


def hook(path: Path, text: str, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, newline="")
    path.chmod(mode)
    return path


def test_a_repository_without_hooks(store: Path) -> None:
    before = everything(store)
    found = install.install(where(store))
    assert {h.state for h in found.hooks} == {"written"}
    assert [h.event for h in found.hooks] == list(EVENTS)
    assert install.is_installed(where(store))
    once = everything(store)
    assert {h.state for h in install.install(where(store)).hooks} == {"there"}
    assert everything(store) == once
    changed, driver = install.uninstall(where(store))
    assert len(changed) == len(EVENTS)
    assert driver
    assert everything(store) == before
    assert install.uninstall(where(store)) == ([], [])


@pytest.mark.parametrize("mode", [0o755, 0o700, 0o555])
def test_beside_other_hooks(store: Path, mode: int) -> None:
    for k, text in enumerate(THEIRS.values()):
        if k < len(EVENTS):
            hook(store / ".git/hooks" / EVENTS[k], text, mode)
    before = everything(store)
    install.install(where(store))
    once = everything(store)
    assert {name: found[1] for name, found in once.items() if name in before} == {n: f[1] for n, f in before.items()}
    install.install(where(store))
    assert everything(store) == once
    install.uninstall(where(store))
    assert everything(store) == before


def test_what_is_left_to_do_by_hand(store: Path, tmp_path: Path) -> None:
    hooks = store / ".git/hooks"
    hook(hooks / "pre-commit", FOREIGN["perl"])
    hook(hooks / "pre-push", THEIRS["sh that ends in exit 0"], 0o644)
    (hooks / "post-merge").symlink_to(hook(tmp_path / "shared", THEIRS["sh that ends in exit 0"]))
    before = everything(store)
    found = {h.event: h for h in install.install(where(store)).hooks}
    for event, why in (("pre-commit", "perl"), ("pre-push", "not executable"), ("post-merge", "out")):
        assert found[event].state == "to do"
        assert why in found[event].advice
        assert f"tk hook {event}" in found[event].advice
        assert everything(store)[f".git/hooks/{event}"] == before[f".git/hooks/{event}"]
    assert found["post-commit"].state == "written"
    install.uninstall(where(store))
    assert everything(store) == before


def test_a_folder_of_hooks_that_serves_other_repositories(store: Path, git: Runner, tmp_path: Path) -> None:
    theirs = hook(tmp_path / "everywhere/pre-commit", THEIRS["sh that ends in exit 0"])
    git("config", "--global", "core.hooksPath", tmp_path / "everywhere")
    found = install.install(where(store)).hooks
    assert {h.state for h in found} == {"to do"}
    assert "outside of this repository" in found[0].advice
    assert theirs.read_text() == THEIRS["sh that ends in exit 0"]
    git("config", "--global", "core.hooksPath", "/dev/null")
    assert {h.state for h in install.install(where(store)).hooks} == {"to do"}


def test_a_folder_of_hooks_in_the_working_tree(store: Path, git: Runner) -> None:
    git("config", "core.hooksPath", ".githooks")
    hook(store / ".githooks/pre-commit", THEIRS["bash found by env"])
    before = everything(store)
    found = install.install(where(store))
    assert {Path(h.path).parent for h in found.hooks} == {store / ".githooks"}
    assert ".githooks/pre-commit" in found.notes[0]
    git("config", "--unset", "core.hooksPath")
    assert not install.is_installed(where(store))
    git("config", "core.hooksPath", ".githooks")
    install.uninstall(where(store))
    assert everything(store).keys() == before.keys()
    assert everything(store)[".githooks/pre-commit"] == before[".githooks/pre-commit"]


def test_outside_of_git(tmp_path: Path, tk: Runner) -> None:
    (tmp_path / "plain").mkdir()
    tk("-C", tmp_path / "plain", "init")
    with pytest.raises(TkError, match="no git repository"):
        install.install(where(tmp_path / "plain"))
    assert tk("-C", tmp_path / "plain", "install-hooks", check=False).returncode == 3


def test_where_it_cannot_write(store: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (store / ".git/hooks").chmod(0o555)
    with pytest.raises(TkError, match="cannot write"):
        install.install(where(store))


def test_text_and_json(store: Path, tk: Runner) -> None:
    found: dict[str, Any] = json.loads(tk("install-hooks", "--json").stdout)
    assert list(found) == ["hooks", "driver", "notes"]
    first = {"event": "pre-commit", "as": "file", "file": f"{store}/.git/hooks/pre-commit", "state": "written"}
    assert found["hooks"][0] == {**first, "advice": None}
    assert tk("install-hooks").stdout.splitlines()[0] == f"pre-commit     there already: {store}/.git/hooks/pre-commit"
    removed = json.loads(tk("uninstall-hooks", "--json").stdout)
    assert removed["removed"][0] == f"{store}/.git/hooks/pre-commit"
    assert tk("uninstall-hooks").stdout == "There was nothing of tk's.\n"


class TestAsConfiguration:
    """What git 2.54 and newer runs, as git's reader and sh see it; tests/git/test_hooks_configured.py has that git."""

    @pytest.fixture(autouse=True)
    def _newer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(git_door, "version", lambda: "2.54.0")

    def test_in_and_out(self, store: Path, git: Runner) -> None:
        before = everything(store)
        found = install.install(where(store))
        assert {(h.kind, h.state) for h in found.hooks} == {(hook_places.CONFIG, "written")}
        assert git("config", "--get", "hook.tk-pre-commit.event").stdout == "pre-commit\n"
        assert "tk hook pre-commit" in git("config", "--get", "hook.tk-pre-commit.command").stdout
        assert not (store / ".git/hooks/pre-commit").exists()
        once = everything(store)
        assert {h.state for h in install.install(where(store)).hooks} == {"there"}
        assert everything(store) == once
        install.uninstall(where(store))
        assert everything(store) == before

    @pytest.mark.parametrize("event", EVENTS)
    def test_the_command_takes_the_arguments_that_git_puts_after_it(
        self, store: Path, git: Runner, tmp_path: Path, event: str
    ) -> None:
        install.install(where(store))
        command = git("config", "--get", f"hook.tk-{event}.command").stdout.removesuffix("\n")
        hook(tmp_path / "bin/tk", '#!/bin/sh\necho "$@"\nexit ${CODE-0}\n')
        env = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "TK_HOOK_PROBE": "x"}
        run = ["sh", "-c", command + ' "$@"', command, "a", "b", "1"]
        done = subprocess.run(run, cwd=store, env=env, capture_output=True, text=True, check=True)
        args = {"pre-commit": " -", "post-commit": "", "pre-push": " - a b 1"}.get(event, " a b 1")
        assert done.stdout == f"hook {event}{args}\n"
        for code, expected in (("9", 1), ("1", 0), ("0", 0)):
            again = subprocess.run(run, cwd=store, env={**env, "CODE": code}, capture_output=True, check=False)
            assert again.returncode == expected
