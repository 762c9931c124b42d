"""Ids and names never become paths, and what begins with a dash never becomes an option of git."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bd_py.paths import Paths
from bd_py.service.drafts import draft
from tests.conftest import Runner
from tests.security.hostile import Log, commit_all

NAMES = (
    "../../../escape",
    "/tmp/escape",
    "..",
    ".",
    "a/../../b",
    "nul\0inside",
    "line\nend",
    "%2e%2e%2fescape",
    "..\\..\\escape",
    "CON",
    "-rf",
    "~/.ssh/config",
    "x" * 250,
    "\u202eescape",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_draft_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / ".tasks").mkdir()
    path = draft(Paths(str(tmp_path / ".tasks")), name).path
    assert os.path.dirname(os.path.realpath(path)) == str(tmp_path / ".tasks/edit")
    assert "\0" not in path
    assert len(os.path.basename(path)) < 255


@pytest.mark.parametrize("backend", ["log", "files"])
def test_ids_of_a_hostile_log(repo: Path, tk: Runner, git: Runner, tmp_path: Path, backend: str) -> None:
    """Every verb that makes files of ids, over ids that would lead out: nothing is written but in the two places."""
    tk("init")
    log = Log()
    for name in NAMES:
        if "\0" not in name:
            log.task(name)
            log.add("task.note.append", name, {"text": "a note"})
    log.put(repo)
    if backend == "files":
        tk("config", "set", "backend", "files")
    outside = {path for path in tmp_path.rglob("*") if repo not in path.parents and path != repo}
    for name in NAMES[:2]:
        tk("edit", name, env={"EDITOR": "sed -i s/Task/Edited/"}, check=False)
        tk("update", name, "--title", "Changed")
        tk("close", name)
    tk("backup", tmp_path / "backup")
    commit_all(git)
    written = {path for path in tmp_path.rglob("*") if repo not in path.parents and path != repo}
    assert {path for path in written - outside if tmp_path / "backup" not in (path, *path.parents)} == set()
    top = {path.name for path in repo.iterdir()}
    assert top == {".git", ".tasks"}
    assert not [path for path in repo.rglob("*escape*") if ".tasks/queue" not in str(path)]
    assert tk("doctor", check=False).returncode == 0


@pytest.mark.parametrize(
    "rev", ["--output=PWNED", "-x", "--upload-pack=touch PWNED", "HEAD --output=PWNED", "--", "\n"]
)
def test_a_revision_is_no_option(store: Path, tk: Runner, git: Runner, rev: str) -> None:
    task = tk("create", "One").stdout.strip()
    commit_all(git)
    for args in (
        ["show", task, f"--at={rev}"],
        ["diff", "--", rev],
        ["diff", "--", f"{rev}..HEAD"],
        ["recover", f"--from={rev}"],
        ["sync", "--remote", rev],
    ):
        assert tk(*args, check=False).returncode != 0, args
    assert not list(store.rglob("PWNED"))


def test_a_branch_that_begins_with_a_dash(store: Path, tk: Runner, git: Runner, tmp_path: Path) -> None:
    tk("create", "One")
    commit_all(git)
    git("clone", "-q", "--bare", ".", tmp_path / "there.git")
    git("remote", "add", "origin", tmp_path / "there.git")
    git("update-ref", "refs/heads/--force", "HEAD")
    git("symbolic-ref", "HEAD", "refs/heads/--force")
    git("push", "-q", "origin", "HEAD:refs/heads/--force")
    tk("create", "Two")
    assert "pushed 1 commit" in tk("sync", "--remote", "origin").stdout


@pytest.mark.parametrize("name", ["../../x", "/abs", "", "a/b", "x" * 10_000, "a\nb", "a b"])
def test_names_of_records(store: Path, tk: Runner, name: str) -> None:
    done = tk("record", "put", "prds", name, "--set", "title=x", check=False)
    assert done.returncode == 4, done.stdout
    assert len(done.stderr) < 500
