"""What commits cost: one with a single event adds little to ``.git``, loose and packed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bd_py.service import tasks
from benchmarks.generate import generate
from tests.git.scenarios import DAY, Clock, Clone
from tests.torture import sizes

LOOSE = 20_000
PACKED = 2_000
"""Bytes a commit: its segment, and the trees from .tasks down. The commit and the root tree any change costs."""


def size(clone: Clone) -> int:
    """All objects of the repository, in bytes."""
    return sum(path.stat().st_size for path in (clone.root / ".git/objects").rglob("*") if path.is_file())


def packed(clone: Clone) -> int:
    clone.git("gc -q --prune=now")
    return size(clone)


def of_any_commit(clone: Clone) -> int:
    """What a commit costs whatever it changes, loose."""
    asked = "".join(f"{clone.git('rev-parse', rev)}" for rev in ("HEAD", "HEAD^{tree}")).split()
    folder = clone.root / ".git/objects"
    return sum((folder / oid[:2] / oid[2:]).stat().st_size for oid in asked)


@pytest.mark.parametrize(
    ("events", "commits", "days"),
    [
        (2_000, 60, 1),
        pytest.param(sizes.size(20_000, 100_000), sizes.size(300, 1_000), 1, marks=pytest.mark.slow),
    ],
)
def test_a_commit_of_one_event(
    events: int,
    commits: int,
    days: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A month's folder is one tree, so a month of ``commits`` commits costs the most."""
    clock = Clock(monkeypatch)
    free = list(generate(tmp_path / "work", events=events).free)
    clone = Clone(tmp_path / "work")
    begin = packed(clone)
    for k in range(commits):
        clock.shift = days * DAY * k / commits
        task, text = free[k % len(free)], f"what became of it, part {k}"
        clone.tk(lambda w, task=task, text=text: tasks.comment(w, task, text))  # type: ignore[misc]
        clone.commit("a comment")
    loose = (size(clone) - begin) / commits - of_any_commit(clone)
    in_pack = (packed(clone) - begin) / commits
    with capsys.disabled():
        sys.stdout.write(f"\n{commits} commits in {days} days on {events} events: ")
        sys.stdout.write(f"{loose:.0f} bytes a commit loose, {in_pack:.0f} packed\n")
    assert loose <= LOOSE
    assert in_pack <= PACKED
    assert clone.git("status --porcelain") == ""
