"""What the log costs git: how ``.git`` grows with commits of one event each, loose and packed."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Program

LOOSE = 20_000
PACKED = 2_000
"""Bytes a commit, the budgets."""


@dataclass(frozen=True)
class Growth:
    """Bytes of git's objects a commit, as they come and after ``git gc``."""

    commits: int
    loose: float
    packed: float


def measure(program: Program, directory: Path, commits: int) -> Growth:
    """Make so many commits of one event each, and nothing else, with the tk that is measured.

    Raises subprocess.CalledProcessError where a command fails.
    """
    _run(program, directory, "git", "gc", "-q", "--prune=now")
    before = _objects(directory)
    for number in range(commits):
        _run(program, directory, str(program.tk), "create", f"Commit number {number}", "-q")
        _run(program, directory, "git", "add", ".tasks")
        _run(program, directory, "git", "commit", "-q", "-m", f"Commit number {number}")
    loose = _objects(directory)
    _run(program, directory, "git", "gc", "-q", "--prune=now")
    return Growth(commits, (loose - before) / commits, (_objects(directory) - before) / commits)


def table(found: Growth, title: str) -> list[str]:
    """Its rows."""
    name = f"`.git` after {found.commits:,} commits of one event, {title}"
    return [
        f"| {name}, {kind} | {budget / 1000:g} KB a commit | {size / 1000:.2f} KB | | | "
        f"{'pass' if size <= budget else '**over**'} |"
        for kind, size, budget in (("loose", found.loose, LOOSE), ("packed", found.packed, PACKED))
    ]


def _objects(directory: Path) -> int:
    return sum(path.stat().st_size for path in (directory / ".git/objects").rglob("*") if path.is_file())


def _run(program: Program, directory: Path, *argv: str) -> None:
    subprocess.run(argv, cwd=directory, env=program.env, check=True, stdin=subprocess.DEVNULL, capture_output=True)
