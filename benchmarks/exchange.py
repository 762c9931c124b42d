"""What git hands to tk: stores with commits of one event each on top, and the three versions of a segment."""

from __future__ import annotations

import subprocess
from pathlib import Path

from benchmarks import encode
from benchmarks.generate import generate
from benchmarks.rows import Store
from benchmarks.store import hermetic_environment

BASE_MS = 1_770_000_000_000
COMMITS = 5


def commit_on_top(store: Store) -> None:
    """A few commits, each of one segment of ten events, as feature branches bring them."""
    env = hermetic_environment(store.path)
    for _ in range(COMMITS):
        source, target = store.new_segment(store.path.with_name(store.path.name + "-commits"))
        source.rename(target)
        for words in (("add", "-A"), ("commit", "-q", "-m", "Work")):
            subprocess.run(("git", *words), cwd=store.path, env=env, check=True, stdin=subprocess.DEVNULL)


def versions(folder: Path, lines: int) -> tuple[Path, Path, Path]:
    """A segment of so many lines as base, and with as many new ones on either side."""
    if not folder.exists():
        generate(folder, tasks=100, git=False)  # the verb needs no store, the measurement is made in one
    found = []
    base = "".join(_line(k, 0) for k in range(lines))
    for name, side in (("base", 0), ("ours", 1), ("theirs", 2)):
        more = "".join(_line(lines + k, side) for k in range(lines)) if side else ""
        path = folder / f"{name}-{lines}"
        path.write_text(base + more, encoding="utf-8")
        found.append(path)
    return found[0], found[1], found[2]


def _line(number: int, side: int) -> str:
    ms = BASE_MS + number * 1000
    data: dict[str, object] = {
        "text": f"Seen on the staging system, run {number}: the webhook was sent twice, both times with a token."
    }
    return encode.line(
        encode.ulid(ms, side),
        "task.note.append",
        f"tk-{number % 5000:010d}",
        encode.iso(ms),
        '{"name":"ada"}',
        data,
        None,
    )
