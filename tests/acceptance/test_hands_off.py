"""Hands off: reads change nothing that git can see, and need not write at all; writes stay in tk's own places."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bd_py.paths import Paths
from tests.acceptance.support import drop_cache, event, event_id, line, put_segment
from tests.conftest import Runner

READS: list[list[str]] = [
    ["ready"],
    ["ready", "--json"],
    ["list", "--all"],
    ["list", "--jsonl"],
    ["show", "tk-a"],
    ["show", "tk-a", "--json"],
    ["blocked"],
    ["dep", "list", "tk-b"],
    ["dep", "tree", "tk-b"],
    ["dep", "cycles"],
    ["label", "list", "tk-a"],
    ["label", "list-all"],
    ["log"],
    ["log", "tk-a", "--json"],
    ["conflicts"],
    ["export"],
    ["export", "--format", "csv"],
    ["export", "--format", "markdown"],
    ["sql", "SELECT * FROM issues"],
    ["prime"],
    ["setup"],
    ["setup", "agents", "--show"],
    ["__complete", "show", "tk-"],
    ["edit", "tk-a"],
    ["doctor"],
    ["config", "list"],
    ["config", "get", "prefix"],
    ["completion", "bash"],
    ["help"],
    ["version"],
    ["--version"],
    ["list", "--help"],
    ["nonsense"],
    ["show", "tk-nowhere"],
]
FEW: list[list[str]] = [
    ["list", "--all", "--json"],
    ["ready"],
    ["show", "tk-a"],
    ["log", "--json"],
    ["dep", "tree", "tk-b"],
    ["export"],
]
WRITES: list[list[str]] = [
    ["create", "New"],
    ["update", "tk-a", "--title", "Other"],
    ["comment", "tk-a", "A word"],
    ["close", "tk-a"],
    ["claim", "tk-a"],
    ["ready", "--claim"],
    ["rebuild"],
]

MORE_WRITES: list[list[str]] = [
    ["create", "--from", "plan.md"],
    ["label", "add", "tk-b", "blue"],
    ["dep", "add", "tk-c", "tk-b"],
    ["block", "tk-b", "No power"],
    ["unblock", "tk-b"],
    ["defer", "tk-b", "--until", "+1d"],
    ["undefer", "tk-b"],
    ["evidence", "tk-b", "--run", "true"],
    ["phase", "tk-b", "build"],
    ["record", "put", "prds", "--set", "title=Vector search"],
    ["create-prd", "A document"],
    ["reopen", "tk-a"],
    ["delete", "tk-c"],
    ["restore", "tk-c"],
    ["undo"],
    ["config", "set", "ready.sort", "oldest"],
    ["sync"],
    ["recover"],
    ["doctor", "--fix"],
]


@pytest.fixture
def work(store: Path, tk: Runner, git: Runner) -> Path:
    """A repository with work committed, staged, changed, untracked and merged in."""
    tk("create", "A", "--id", "tk-a", "-l", "red")
    tk("create", "B", "--id", "tk-b", "--depends-on", "tk-a")
    (store / "code.py").write_text("print(1)\n")
    git("add", "-A")
    git("commit", "-qm", "One")
    git("gc", "-q")
    (store / "code.py").write_text("print(2)\n")
    (store / "staged.py").write_text("print(3)\n")
    git("add", "staged.py")
    tk("create", "C", "--id", "tk-c")
    return store


def merge_something(store: Path) -> None:
    """The log is not what the cache knows: an event, a conflict marker and a line that is none."""
    edit = event(event_id(5), "task.updated", "tk-a", {"set": {"priority": 0}})
    where = Paths(str(store / ".tasks"))
    put_segment(where, f"2026-11/20/merged-{time.time_ns()}.jsonl", [line(edit), b"<<<<<<< HEAD\n", b"{\n"])


def fingerprint(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Content, mode and mtime of everything but the cache and the lock, which git does not see."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if name.startswith((".tasks/cache.db", ".tasks/lock")):
            continue
        stat = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[name] = (content, stat.st_mode, stat.st_mtime_ns if name != ".tasks" else 0)
    return found


@pytest.mark.parametrize("condition", ["level", "behind", "no cache"])
def test_reading_changes_nothing_that_git_can_see(work: Path, tk: Runner, git: Runner, condition: str) -> None:
    tk("list")
    for args in READS:
        if condition == "behind":
            merge_something(work)  # each time anew, or the first command would have seen to it
        elif condition == "no cache":
            drop_cache(Paths(str(work / ".tasks")))
        status = git("status", "--porcelain=v2", "--untracked-files=all").stdout
        before = fingerprint(work)  # after git, which may write its index
        done = tk(*args, check=False)
        assert "bug in tk" not in done.stderr, done.stderr
        assert fingerprint(work) == before, args
        assert git("status", "--porcelain=v2", "--untracked-files=all").stdout == status, args


def test_writing_stays_in_its_own_places(work: Path, tk: Runner) -> None:
    """Below ``.tasks`` and, in the git directory, ``tk``; not in the work tree, git's own files or the home."""
    home = Path(os.environ["HOME"])
    (work / "plan.md").write_text("# Plan\n\n- One\n- Two\n")

    def elsewhere() -> dict[str, tuple[str, int, int]]:
        found = fingerprint(work)
        own = (".tasks", ".git/tk")
        ours = {
            name: found[name] for name in found if not (name in own or name.startswith(tuple(f"{n}/" for n in own)))
        }
        ours.pop(".git", None)  # `tk` is an entry of it
        return ours | fingerprint(home)

    before = elsewhere()
    for args in [*WRITES, *MORE_WRITES]:
        done = tk(*args, check=False)
        assert done.returncode in (0, 4), (args, done.stderr)  # 4: it is claimed or closed already
        assert elsewhere() == before, args


def test_outside_a_store_nothing_is_made(repo: Path, tk: Runner) -> None:
    before = fingerprint(repo)
    for args in [*READS, ["create", "A"], ["sync"], ["rebuild"]]:
        tk(*args, check=False)
    assert fingerprint(repo) == before


ON_A_READ_ONLY_MOUNT = """\
mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 99
cd "$1" && shift && exec "$@"
"""


class ReadOnly:
    """Runs tk where the repository cannot be written."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.mounts = subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode == 0
        if not self.mounts and os.geteuid() == 0:
            pytest.skip("root may write everywhere, and no read-only mount can be made here")

    def __call__(self, *args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bd_py", *args]
        if self.mounts:
            command = ["unshare", "-m", "sh", "-c", ON_A_READ_ONLY_MOUNT, "sh", str(self.store), *command]
        else:
            set_writable(self.store, False)
        try:
            done = subprocess.run(command, cwd=self.store, capture_output=True, text=True, check=False)
        finally:
            if not self.mounts:
                set_writable(self.store, True)
        assert done.returncode != 99, done.stderr
        assert "bug in tk" not in done.stderr, done.stderr
        return done


def set_writable(folder: Path, writable: bool) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o200 if writable else mode & ~0o222)


@pytest.fixture
def read_only(work: Path) -> Iterator[ReadOnly]:
    yield ReadOnly(work)
    set_writable(work, True)


@pytest.mark.parametrize("condition", ["level", "behind", "no cache", "wal left", "no lock yet", "damaged"])
def test_reading_where_nothing_can_be_written(work: Path, tk: Runner, read_only: ReadOnly, condition: str) -> None:
    cache = work / ".tasks/cache.db"
    if condition == "behind":
        merge_something(work)
    expected = [tk(*args) for args in FEW]
    if condition == "level":
        tk("list", env={"TK_NO_FAST_EXIT": "1"})  # closes the database, which folds its log back
        assert not cache.with_name("cache.db-wal").exists()
    elif condition == "behind":
        drop_cache(Paths(str(work / ".tasks")))
        segment = max((work / ".tasks/log").rglob("merged-*.jsonl"))
        text = segment.read_bytes()
        segment.unlink()
        tk("list")
        segment.write_bytes(text)
    elif condition == "no cache":
        drop_cache(Paths(str(work / ".tasks")))
    elif condition == "wal left":
        assert cache.with_name("cache.db-wal").stat().st_size
    elif condition == "no lock yet":
        drop_cache(Paths(str(work / ".tasks")))
        (work / ".tasks/lock").unlink()
    else:
        cache.write_bytes(b"SQLite format 3\0" + b"\xff" * 9000)
    before = fingerprint(work)
    for args, wanted in zip(FEW, expected, strict=True):
        done = read_only(*args)
        assert (done.returncode, done.stdout) == (0, wanted.stdout), (args, done.stderr)
    for args in WRITES:
        done = read_only(*args)
        assert done.returncode == 1, (args, done.stderr)
        assert "cannot write" in done.stderr
        assert done.stdout == ""
    assert fingerprint(work) == before
