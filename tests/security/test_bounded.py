"""A hostile log costs what its bytes cost: CPU in relation to a harmless log as large, memory under a hard limit.

TK_TEST_ROUNDS makes the logs so many times larger.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Runner, child_env
from tests.security.hostile import Log

pytestmark = pytest.mark.slow

SIZE = 10_000 * int(os.environ.get("TK_TEST_ROUNDS", "1"))
GENEROUS = 8
"""Times the CPU of the harmless log."""
START = 0.4
"""Seconds of CPU that a command may take besides: its start on a busy machine."""
MEMORY = 512 * 2**20 + SIZE * 40_000
"""Bytes of address space: some 40 KB an event, of which a rebuild takes 8."""


def labels(log: Log) -> None:
    log.task("tk-a")
    for k in range(SIZE):
        log.add("task.label.add", "tk-a", {"label": f"l{k}"})


def comments(log: Log) -> None:
    log.task("tk-a")
    for k in range(SIZE):
        log.add("task.note.append", "tk-a", {"text": f"note {k}"})


def conflicts(log: Log) -> None:
    log.task("tk-a")
    for k in range(SIZE):
        log.add("task.updated", "tk-a", {"set": {"title": f"t{k}"}}, prev={"title": None})


def line(kind: str) -> Callable[[Log], None]:
    def make(log: Log) -> None:
        for k in range(SIZE // 2):
            log.task(f"tk-{k:06d}")
        for k in range(SIZE // 2 - 1):
            log.add("task.dep.add", f"tk-{k:06d}", {"on": f"tk-{k + 1:06d}", "type": kind})

    return make


def dense(log: Log) -> None:
    nodes = range(int(SIZE**0.5))
    for a in nodes:
        log.task(f"tk-{a:06d}")
    for a in nodes:
        for b in nodes:
            if a != b:
                log.add("task.dep.add", f"tk-{a:06d}", {"on": f"tk-{b:06d}", "type": "blocks"})


def ring(log: Log) -> None:
    count = SIZE // 3
    for k in range(count):
        log.task(f"tk-{k:06d}")
    for step in (1, 7919):
        for k in range(count):
            log.add("task.dep.add", f"tk-{k:06d}", {"on": f"tk-{(k * step + 1) % count:06d}", "type": "blocks"})


def dotted(log: Log) -> None:
    for k in range(SIZE):
        log.task("tk-a" + ".1" * (k % 120) + f".{k}")


def same_id(log: Log) -> None:
    log.task("tk-a")
    log.lines = [log.lines[0].replace("Task tk-a", f"Task {k}") for k in range(SIZE)]


def no_events(log: Log) -> None:
    log.task("tk-a")
    log.lines += ["{bad"] * SIZE


def nested(log: Log) -> None:
    log.task("tk-a")
    deep = "[" * (SIZE * 20) + "]" * (SIZE * 20)
    log.lines += [deep, '{"a":' * SIZE, log.lines[0].replace('"Task tk-a"', f'"x","meta":{deep}')]


def long_line(log: Log) -> None:
    log.task("tk-a", description="x" * SIZE * 100)
    log.lines.append("x" * SIZE * 100)


HOSTILE: dict[str, tuple[Callable[[Log], None], list[list[str]]]] = {
    "labels": (labels, [["show", "tk-a"], ["update", "tk-a", "--title", "x"], ["label", "list-all"]]),
    "comments": (comments, [["show", "tk-a"], ["comment", "tk-a", "x"]]),
    "conflicts": (conflicts, [["conflicts"], ["show", "tk-a"], ["update", "tk-a", "--title", "x"]]),
    "chain": (
        line("blocks"),
        [["ready"], ["blocked"], ["dep", "tree", "tk-000000", "--depth", "1000000"], ["graph"], ["show", "tk-000001"]],
    ),
    "parents": (
        line("parent-child"),
        [["list", "--tree", "-n", "0"], ["graph"], ["epic", "status"], ["children", "tk-000002"], ["status"]],
    ),
    "dense": (dense, [["ready"], ["dep", "cycles"], ["dep", "tree", "tk-000000"], ["delete", "tk-000001"], ["graph"]]),
    "ring": (ring, [["ready"], ["dep", "cycles"], ["dep", "remove", "tk-000001", "tk-000002"]]),
    "dotted": (dotted, [["list", "--tree"], ["create", "x", "--parent", "tk-a.0"]]),
    "same id": (same_id, [["list"], ["doctor"]]),
    "no events": (no_events, [["list"], ["doctor"]]),
    "nested": (nested, [["list"], ["doctor"], ["show", "tk-a"]]),
    "long line": (long_line, [["list"], ["show", "tk-a"], ["update", "tk-a", "--title", "x"]]),
}


def cpu(repo: Path, *args: str) -> float:
    """The CPU seconds of a command that may not take more memory than the limit; it must not fail unexpectedly."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "bd_py", *args],
        cwd=repo,
        env=child_env({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=limit,
        timeout=500,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert b"bug in tk" not in done.stderr, (args, done.stderr[-500:])
    assert done.returncode in (0, 3, 4, 9), (args, done.stderr[-500:])
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def harmless(size: int) -> Log:
    """A log of so many bytes that holds plain tasks."""
    log, total = Log(), 0
    while total < size:
        log.task(f"tk-{len(log.lines):07d}")
        total += len(log.lines[-1]) + 1
    return log


@pytest.mark.parametrize("name", HOSTILE)
def test_costs_what_its_bytes_cost(tmp_path: Path, tk: Runner, repo: Path, name: str) -> None:
    make, commands = HOSTILE[name]
    log, other = Log(), tmp_path / "harmless"
    make(log)
    tk("init")
    size = log.put(repo)
    other.mkdir()
    tk("init", cwd=other)
    harmless(size).put(other)
    most = GENEROUS * cpu(other, "rebuild") + START
    for args in (["rebuild"], *commands):
        taken = cpu(repo, *args)
        assert taken < most, f"tk {' '.join(args)} took {taken:.2f} s of CPU, {most:.2f} are allowed"


def test_many_segments(tmp_path: Path, tk: Runner, repo: Path) -> None:
    """A file costs what a file costs: the log that is compared has as many lines, in one."""
    log = Log()
    for k in range(SIZE // 5):
        log.task(f"tk-{k:06d}")
    tk("init")
    log.put(repo, each=1)
    for args in (["rebuild"], ["list"], ["create", "x"], ["sync"], ["doctor"]):
        assert cpu(repo, *args) < START + len(log.lines) * 0.002, args
