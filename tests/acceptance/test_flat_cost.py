"""Flat cost: what a command asks and reads does not grow with the history."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bd_py.cache import level
from bd_py.paths import Paths
from tests.acceptance.support import BASE_MS, event, line, make_store, put_segment
from tests.inprocess import Cli

DAY = 86_400_000
SMALL, LARGE = 200, 3000
VERBS: dict[str, list[str]] = {
    "ready": ["ready"],
    "ready --json": ["ready", "--json"],
    "show": ["show", "tk-7"],
    "list --limit 50": ["list", "--limit", "50"],
    "create": ["create", "One more"],
    "update": ["update", "tk-8", "--title", "Changed"],
    "comment": ["comment", "tk-9", "A word"],
    "claim": ["claim", "tk-10"],
    "close": ["close", "tk-11"],
    "dep add": ["dep", "add", "tk-12", "tk-13"],
}


@dataclass
class Cost:
    """What a command did."""

    statements: int
    bytes_read: int


def history(where: Paths, tasks: int) -> None:
    """As many tasks, with two edits each, in segments over as many days as there are hundreds of tasks."""
    for day in range(tasks // 100):
        lines = []
        for k in range(day * 100, day * 100 + 100):
            ms = BASE_MS - 400 * DAY + day * DAY + k * 10
            ids = [_id(ms + n) for n in range(3)]
            lines.append(event(ids[0], "task.created", f"tk-{k}", {"title": f"Task {k}", "priority": k % 5}))
            lines.append(event(ids[1], "task.updated", f"tk-{k}", {"set": {"description": "x" * 200}}))
            lines.append(event(ids[2], "task.label.add", f"tk-{k}", {"label": f"l{k % 7}"}))
        put_segment(where, f"2025-{day // 28 % 12 + 1:02d}/{day % 28 + 1:02d}/{day}.jsonl", map(line, lines))
    for folder, folders, names in os.walk(where.log):
        for name in ("", *folders, *names):
            os.utime(os.path.join(folder, name), (1_700_000_000, 1_700_000_000.5))  # long ago, so trusted


def _id(ms: int) -> str:
    from bd_py import ids

    return ids.encode(ms, 1)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Callable[[Cli, list[str]], Cost]:
    count = [0]
    connect = level.connect

    def traced(path: str) -> level.Connection:
        conn = connect(path)
        conn.set_trace_callback(lambda _: count.__setitem__(0, count[0] + 1))
        return conn

    monkeypatch.setattr(level, "connect", traced)
    monkeypatch.setattr("bd_py.cache.writer.connect", traced)

    def measure(cli: Cli, args: list[str]) -> Cost:
        count[0] = 0
        before = _bytes_read()
        cli(*args)
        return Cost(count[0], _bytes_read() - before)

    return measure


def _bytes_read() -> int:
    return int(Path("/proc/self/io").read_text().split("rchar: ")[1].split()[0])


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="counts the bytes that a process read from /proc")
def test_flat_cost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, measured: Callable[[Cli, list[str]], Cost]) -> None:
    costs: dict[int, dict[str, Cost]] = {}
    for size in (SMALL, LARGE):
        where = make_store(tmp_path / str(size))
        history(where, size)
        monkeypatch.chdir(where.root)
        cli = Cli(Path(where.root))
        cli("create", "The first of today")
        for verb in VERBS.values():  # once for what is imported and remembered
            cli(*verb, check=False)
        cli("release", "tk-10")
        cli("reopen", "tk-11")
        cli("dep", "remove", "tk-12", "tk-13")
        cli("update", "tk-8", "--title", "Before")
        costs[size] = {name: measured(cli, verb) for name, verb in VERBS.items()}
    for name in VERBS:
        small, large = costs[SMALL][name], costs[LARGE][name]
        assert large.statements == small.statements, name
        assert large.bytes_read < small.bytes_read * 2 + 50_000, (name, small, large)


def test_an_append_costs_an_append(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred creates write what they add: no earlier byte is written again."""
    where = make_store(tmp_path / "store")
    history(where, SMALL)
    monkeypatch.chdir(where.root)
    cli = Cli(Path(where.root))
    cli("create", "Task")
    written: list[int] = []
    write = os.write

    def counted(fd: int, data: bytes) -> int:
        written.append(len(data))
        return write(fd, data)

    monkeypatch.setattr(os, "write", counted)
    for _ in range(100):
        cli("create", "Task")
    assert len(written) == 100
    assert max(written) < 300
