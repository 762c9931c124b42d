"""What git could not merge in the log is merged by its stages, staged, and loses nothing."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.conftest import Runner


def line(letter: str, title: str = "t") -> bytes:
    event = {"id": f"01JH6R6B9G000000000000000{letter}", "type": "task.created", "task": f"tk-{letter.lower()}"}
    row = json.dumps({**event, "at": "2025-01-10T00:00:00.000Z", "by": {}, "data": {"title": title}})
    return row.replace(": ", ":").replace(", ", ",").encode() + b"\n"


A, B, C, D, E = (line(letter) for letter in "ABCDE")
NAME = "2025-01/10/01JH6R6B9G000000000000000A.jsonl"


@pytest.fixture
def segment(store: Path, git: Runner) -> Path:
    path = store / ".tasks/log" / NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(A + B)
    git("add", "-A")
    git("commit", "-q", "-m", "base")
    return path


def conflict(git: Runner, segment: Path, ours: bytes | None, theirs: bytes | None) -> None:
    """Two branches that left the segment in these states (None: gone), and a merge that stops."""
    for name, data in (("theirs", theirs), ("ours", ours)):
        git("checkout", "-q", "-B", name, "main")
        if data is None:
            segment.unlink()
        else:
            segment.write_bytes(data)
        git("add", "-A")
        git("commit", "-q", "-m", name)
    assert git("merge", "theirs", check=False).returncode == 1


@pytest.mark.parametrize(
    ("ours", "theirs", "result"),
    [
        (A + B + C, A + B + D, A + B + C + D),
        (A + C, A + B + D, A + C + D),  # ours took B back, as a revert does
        (None, A + B + D, A + B + D),
        (A + B + C, None, A + B + C),
    ],
)
def test_both_sides_are_kept_and_staged(
    segment: Path, git: Runner, tk: Runner, ours: bytes | None, theirs: bytes | None, result: bytes
) -> None:
    conflict(git, segment, ours, theirs)
    done = tk("sync")
    assert f"Merged both sides of .tasks/log/{NAME}" in done.stdout
    assert segment.read_bytes() == result
    assert git("status", "--porcelain", "-uno").stdout.strip() in (f"M  .tasks/log/{NAME}", f"A  .tasks/log/{NAME}", "")
    git("commit", "-q", "-m", "merged")
    assert len(json.loads(tk("list", "--json").stdout)) == len(result.splitlines())
    assert json.loads(tk("sync", "--json").stdout)["repaired"] == []


@pytest.mark.parametrize("lost", ["ours", "theirs"])
def test_a_side_that_cannot_be_read_is_not_an_empty_one(
    segment: Path, git: Runner, tk: Runner, store: Path, lost: str
) -> None:
    """As in a clone in part: nothing that the work tree holds goes."""
    conflict(git, segment, A + B + C, A + B + D)
    oid = git("rev-parse", f"{lost}:.tasks/log/{NAME}").stdout.strip()
    (store / ".git/objects" / oid[:2] / oid[2:]).unlink()
    tk("sync")
    assert set(segment.read_bytes().splitlines(keepends=True)) == {A, B, C, D}


def test_what_the_work_tree_has_beside_the_stages_is_kept(segment: Path, git: Runner, tk: Runner) -> None:
    conflict(git, segment, A + B + C, A + B + D)
    segment.write_bytes(segment.read_bytes() + E)
    assert json.loads(tk("sync", "--json").stdout)["repaired"] == [NAME]
    assert segment.read_bytes() == A + B + C + D + E


def test_conflicts_of_other_files_stay_as_they_are(segment: Path, git: Runner, tk: Runner, store: Path) -> None:
    for name in ("theirs", "ours"):
        git("checkout", "-q", "-B", name, "main")
        (store / "code").write_text(name)
        segment.write_bytes(A + B + (C if name == "ours" else D))
        git("add", "-A")
        git("commit", "-q", "-m", name)
    git("merge", "theirs", check=False)
    before = (store / "code").read_bytes()
    tk("sync")
    assert git("diff", "--name-only", "--diff-filter=U").stdout == "code\n"
    assert (store / "code").read_bytes() == before


def test_markers_that_were_committed_are_dropped_and_staged(segment: Path, git: Runner, tk: Runner) -> None:
    segment.write_bytes(b"<<<<<<< a\n" + A + b"=======\n" + B + b">>>>>>> b\n")
    git("commit", "-qam", "markers")
    tk("sync")
    assert segment.read_bytes() == A + B
    assert git("status", "--porcelain").stdout == f"M  .tasks/log/{NAME}\n"


def test_with_a_locked_index_it_says_what_to_do(segment: Path, git: Runner, tk: Runner, store: Path) -> None:
    conflict(git, segment, A + B + C, A + B + D)
    (store / ".git/index.lock").write_text("")
    assert "'git add .tasks'" in tk("sync").stdout
    assert segment.read_bytes() == A + B + C + D


def test_a_stash_that_does_not_apply(segment: Path, git: Runner, tk: Runner) -> None:
    segment.write_bytes(A + B + C)
    git("stash", "-q")
    segment.write_bytes(A + B + D)
    git("commit", "-qam", "other")
    assert git("stash", "pop", check=False).returncode == 1
    tk("sync")
    assert segment.read_bytes() == A + B + C + D
    assert git("ls-files", "-u").stdout == ""


def test_where_git_cannot_read_the_sides_the_markers_go_all_the_same(
    segment: Path, git: Runner, tk: Runner, tmp_path: Path
) -> None:
    """As on a full disk: no side is taken for an empty one."""
    conflict(git, segment, A + B + C, A + B + D)
    shim = tmp_path / "bin/git"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\ncase "$*" in *cat-file*) exit 128;; esac\nexec {shutil.which("git")} "$@"\n')
    shim.chmod(0o755)
    tk("sync", env={"PATH": f"{shim.parent}:{os.environ['PATH']}"})
    assert set(segment.read_bytes().splitlines(keepends=True)) == {A, B, C, D}
