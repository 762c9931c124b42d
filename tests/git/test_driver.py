"""One segment written on both sides, as copied clones do it: with the driver, with its fallback, without either."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bd_py.service import install_driver, setup
from tests.conftest import ROOT, Runner


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in front of PATH with a ``tk``."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "tk"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bd_py "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


class Copies:
    """A clone that was copied as a folder, and a segment that grew in both."""

    def __init__(self, ours: Path, tk: Runner, git: Runner, *, committed: bool) -> None:
        self.ours = ours
        self.tk = tk
        self.git = git
        tk("create", "first")
        git("add", "-A")
        git("commit", "-q", "-m", "begin")
        before = self.segments(ours)
        tk("create", "base")
        [self.segment] = self.segments(ours) - before
        if committed:
            git("add", "-A")
            git("commit", "-q", "-m", "base")
        theirs = ours.parent / "copy"
        shutil.copytree(ours, theirs)
        for where, title in ((ours, "ours"), (theirs, "theirs")):
            self.grow(where, title)
            git("add", "-A", cwd=where)
            git("commit", "-q", "-m", title, cwd=where)
        git("fetch", "-q", theirs, "HEAD:theirs")
        git("branch", "ours")

    def segments(self, root: Path) -> set[Path]:
        return {path.relative_to(root) for path in (root / ".tasks/log").rglob("*.jsonl")}

    def grow(self, root: Path, title: str) -> None:
        """Create a task whose event stands in the shared segment, where this tk would rather begin a new one."""
        before = self.segments(root)
        self.tk("create", title, cwd=root)
        for path in self.segments(root) - before:
            with (root / self.segment).open("ab") as file:
                file.write((root / path).read_bytes())
            (root / path).unlink()

    def merge(self, onto: str, other: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        self.git("checkout", "-q", "-B", f"on-{onto}", onto)
        return self.git("merge", "-q", "--no-edit", other, check=check)

    def bytes(self) -> bytes:
        return (self.ours / self.segment).read_bytes()

    def titles(self) -> list[str]:
        return sorted(issue["title"] for issue in json.loads(self.tk("list", "--json").stdout))


MARKERS = re.compile(rb"^(?:<<<<<<<|=======|>>>>>>>|\|\|\|\|\|\|\|).*$", re.MULTILINE)
ADVICE = "the next write, or 'tk sync', keeps the events of both sides"
ALL = ["base", "first", "ours", "theirs"]


@pytest.fixture(params=[False, True], ids=["new", "committed"])
def copies(request: pytest.FixtureRequest, store: Path, tk: Runner, git: Runner) -> Copies:
    """The segment was new on both sides, or was committed before (a first commit that was amended)."""
    return Copies(store, tk, git, committed=request.param)


def test_driver_both_directions(copies: Copies, bin_folder: Path) -> None:
    install_driver.register(str(copies.ours))
    done = copies.merge("ours", "theirs")
    assert done.stderr == ""
    one = copies.bytes()
    copies.merge("theirs", "ours")
    assert copies.bytes() == one
    assert one.splitlines() == sorted(set(one.splitlines()))
    assert copies.titles() == ALL
    assert copies.git("status", "--porcelain").stdout == ""


def test_driver_lets_a_revert_through(store: Path, tk: Runner, git: Runner, bin_folder: Path) -> None:
    copies = Copies(store, tk, git, committed=True)
    install_driver.register(str(copies.ours))
    copies.git("checkout", "-q", "-b", "withdrawn", "theirs")
    copies.git("revert", "--no-edit", "HEAD")
    copies.git("checkout", "-q", "-b", "grown", "theirs")
    copies.git("merge", "-q", "--no-edit", "ours")
    copies.git("merge", "-q", "--no-edit", "withdrawn")
    assert copies.titles() == ["base", "first", "ours"]  # what the reverted commit brought is withdrawn


@pytest.mark.parametrize("broken", ["off PATH", "a broken environment", "crashes", "killed"])
def test_fallback_keeps_both_sides(copies: Copies, bin_folder: Path, broken: str) -> None:
    install_driver.register(str(copies.ours))
    script = bin_folder / "tk"
    if broken == "off PATH":
        script.unlink()
    else:
        text = {
            "a broken environment": "#!/nowhere/bin/python\n",
            "crashes": "#!/bin/sh\nexit 3\n",
            "killed": "#!/bin/sh\nkill -9 $$\n",
        }[broken]
        script.write_text(text)
    for onto, other in (("ours", "theirs"), ("theirs", "ours")):
        copies.merge(onto, other)
        assert copies.titles() == ALL
        assert b"<<<<" not in copies.bytes()


@pytest.mark.parametrize("repair", ["sync", "create another", "comment base words", "ready --claim"])
def test_without_registration_markers_come_and_nothing_is_lost(copies: Copies, repair: str) -> None:
    """Plain git stops; reads go on and change nothing; the next write mends it, or sync, and git goes on."""
    done = copies.merge("ours", "theirs", check=False)
    assert done.returncode == 1
    marked = copies.bytes()
    assert b"<<<<<<< HEAD" in marked
    assert copies.titles() == ALL
    assert copies.bytes() == marked
    [base] = [issue["id"] for issue in json.loads(copies.tk("list", "--json").stdout) if issue["title"] == "base"]
    done = copies.tk(*repair.replace("base", base).split(" "))
    if repair != "sync":
        assert done.stderr == f"mended {copies.segment} after a merge, the events of both sides are kept\n"
    repaired = copies.bytes()
    assert repaired.splitlines() == sorted(set(marked.splitlines()) - set(MARKERS.findall(marked)))
    assert copies.git("ls-files", "-u").stdout == ""
    assert copies.tk("list").stderr == ""
    copies.git("add", "-A")
    copies.git("commit", "-q", "-m", "merged")
    assert set(ALL) <= set(copies.titles())
    assert copies.tk("sync").stderr == ""


def test_one_segment_that_another_program_left_with_markers(copies: Copies) -> None:
    """Stopped in a merge, or committed so: an ordinary write finds it, whoever has read the log before."""
    copies.merge("ours", "theirs", check=False)
    copies.git("add", "-A")
    copies.git("commit", "-q", "-m", "with its markers")
    assert copies.tk("list").stderr == f"warning: conflict markers in {copies.segment}: {ADVICE}\n"
    assert copies.tk("q", "more").stderr.startswith(f"mended {copies.segment} ")
    assert copies.git("status", "--porcelain", "-uno").stdout == f"M  {copies.segment}\n"
    assert copies.titles() == sorted([*ALL, "more"])


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
def test_markers_of_every_style_go(copies: Copies, style: str) -> None:
    copies.git("config", "merge.conflictStyle", style)
    copies.merge("theirs", "ours", check=False)
    copies.tk("sync")
    copies.git("add", "-A")
    copies.git("commit", "-q", "-m", "merged")
    assert copies.titles() == ALL
    assert json.loads(copies.tk("doctor", "--json", check=False).stdout)["checks"]
    assert all(line.startswith(b'{"id":"') for line in copies.bytes().splitlines())


def test_registration_is_undone_to_the_byte(repo: Path) -> None:
    before = (repo / ".git/config").read_bytes()
    root = str(repo)
    assert not install_driver.is_registered(root)
    keys = install_driver.register(root)
    assert keys == [
        "merge.tk.name",
        "merge.tk.driver",
        "merge.tk-text.name",
        "merge.tk-text.driver",
        "diff.tk.textconv",
    ]
    assert install_driver.is_registered(root)
    assert install_driver.register(root) == []
    assert install_driver.unregister(root) == keys
    assert install_driver.unregister(root) == []
    assert (repo / ".git/config").read_bytes() == before


def test_registration_is_shared_by_worktrees(store: Path, git: Runner, tmp_path: Path) -> None:
    git("add", "-A")
    git("commit", "-q", "-m", "begin")
    git("worktree", "add", "-q", tmp_path / "other")
    install_driver.register(str(tmp_path / "other"))
    assert install_driver.is_registered(str(store))


def test_registration_needs_a_repository(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="cannot write"):
        install_driver.register(str(tmp_path))


def test_the_driver_folder_says_what_the_program_does(repo: Path) -> None:
    assert (ROOT / "merge_driver/attributes").read_text() == setup.ATTRIBUTES
    wanted = install_driver.wanted(str(repo))
    assert wanted["merge.tk.driver"] == ("tk merge-driver %O %A %B %L %P || git merge-file --union -q %A %O %B")


def test_git_diff_and_log_read_as_sentences(store: Path, git: Runner, tk: Runner, bin_folder: Path) -> None:
    task = tk("create", "one").stdout.strip()
    git("add", "-A")
    git("commit", "-q", "-m", "begin")
    before = git("log", "-p").stdout
    assert '+{"id":"' in before
    install_driver.register(str(store))
    shown = git("log", "-p").stdout
    assert '{"id":"' not in shown
    assert f" ada {task} created: one\n" in shown
    tk("update", task, "--title", "two")
    git("add", "-A")
    assert f" ada {task} set title = two\n" in git("diff", "--cached").stdout
    (bin_folder / "tk").unlink()
    assert git("log", "-p").stdout == before  # tk is gone, and git goes on
    assert git("for-each-ref", "refs/notes").stdout == ""
