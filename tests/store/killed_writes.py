"""A program that leaves the cache for later, killed at each call that changes a file: run as one, with one thread.

``python -m tests.store.killed_writes FOLDER STEP`` prints how many kills it survived.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sys
from pathlib import Path

from bd_py import Store, write_behind
from bd_py.paths import Paths
from tests.acceptance.support import assert_one_truth, workspace
from tests.torture.tracer import Injection, follow

TASKS = 14


def write(root: Path, acknowledged: int) -> None:
    """The program: it brings in five at a time, and says what it was told is written."""
    setattr(write_behind, "MOST", 5)  # noqa: B010 - a constant to all others
    with Store.open(root, write_behind=True) as store:
        for k in range(TASKS):
            os.write(acknowledged, store.create(f"Task {k}", labels=["core"]).id.encode() + b"\n")
    os._exit(0)


def check(root: Path, acknowledged: list[str]) -> None:
    """All that was acknowledged is there, whole, once, and nothing is that nobody wrote."""
    with Store.open(root) as store:
        found = {task.id: task.labels for task in store.list()}
        assert found.keys() >= set(acknowledged), "an acknowledged task is lost"
        assert len(found) <= len(acknowledged) + 1
        assert all(labels == ("core",) for labels in found.values())
        store.create("Afterwards", labels=["core"])
    opened = workspace(Paths(str(root / ".tasks")))
    try:
        assert_one_truth(opened)
        assert opened.bad_lines == 0
    finally:
        opened.close()


def main(folder: Path, step: int) -> int:
    """Kill it at every ``step``-th call until it comes to its end; how many kills that were."""
    base, root = folder / "base", folder / "store"
    base.mkdir()
    Store.init(base, actor="ada").close()
    for kills, at in enumerate(itertools.count(1, step)):
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(base, root)
        reader, writer = os.pipe()
        code = follow(lambda fd=writer: write(root, fd), Injection(at)).code  # type: ignore[misc]
        os.close(writer)
        with open(reader) as pipe:
            acknowledged = pipe.read().split()
        check(root, acknowledged)
        if code == 0:
            assert len(acknowledged) == TASKS
            return kills
    raise AssertionError


if __name__ == "__main__":
    sys.stdout.write(f"{main(Path(sys.argv[1]), int(sys.argv[2]))}\n")
