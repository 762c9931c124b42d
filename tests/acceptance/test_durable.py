"""Durable: what was acknowledged is on disk, what failed has written nothing, whenever the process dies."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from bd_py import log
from bd_py.paths import Paths
from bd_py.workspace import Workspace
from tests.acceptance.crowd import KILLED, Command, Crowd, Done
from tests.acceptance.support import assert_one_truth, events_on_disk, segments, workspace
from tests.inprocess import Cli
from tests.torture.sizes import size

WHOLE_LIFE = 0.02
"""Seconds that a create takes, with some to spare."""


def check(where: Paths, acknowledged: list[str]) -> None:
    """The log is valid but for one torn tail, which the next command cuts; nothing acknowledged is missing."""
    assert len([path for path in segments(where) if is_torn(path)]) <= 1
    opened = workspace(where)
    with opened.writing():
        pass
    assert not [path for path in segments(where) if is_torn(path)]
    assert not [bad for path in segments(where) for bad in log.parse(path.read_bytes()).bad]
    assert_one_truth(opened)
    assert opened.bad_lines == 0
    there = {event["task"] for event in events_on_disk(where).values() if event["type"] == "task.created"}
    assert set(acknowledged) <= there
    opened.close()


def is_torn(path: Path) -> bool:
    """Whether the last line has no end. A file that was opened and not yet written to is empty."""
    return path.read_bytes()[-1:] not in (b"", b"\n")


def ids_of(done: list[Done]) -> list[str]:
    return [each.out.strip() for each in done if each.code == 0 and each.out.endswith("\n")]


WRITES = (
    ("create", "One", "--id", "tk-a"),
    ("update", "tk-a", "-p", "0"),
    ("close", "tk-a"),
    ("create", "--from", "plan.md"),
    ("import", "in.jsonl"),
    ("record", "put", "prds", "--set", "title=A"),
    ("undo",),
)


def test_what_is_acknowledged_was_forced_to_disk(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """No crash that a test can make tells: whatever the log was given is followed by an fsync of it, and a new file
    by one of its folder."""
    (cli.root / "plan.md").write_text("# Plan\n\n- One\n- Two\n")
    record = {"id": "x-1", "title": "T", "status": "open", "priority": 2, "issue_type": "task"}
    times = dict.fromkeys(("created_at", "updated_at"), "2026-01-01T00:00:00Z")
    (cli.root / "in.jsonl").write_text(json.dumps(record | times) + "\n")
    done: list[tuple[str, int]] = []

    def noted(name: str) -> None:
        real = getattr(os, name)

        def call(fd: int, *args: Any) -> Any:
            done.append((name, os.fstat(fd).st_ino))
            return real(fd, *args)

        monkeypatch.setattr(os, name, call)

    noted("write")
    noted("fsync")
    log_ = cli.log
    for args in WRITES:
        before = {path: path.stat().st_size for path in log_.rglob("*.jsonl")}
        done.clear()
        cli(*args)
        for path in log_.rglob("*.jsonl"):
            if path.stat().st_size != before.get(path):
                inode = path.stat().st_ino
                assert done.index(("write", inode)) < len(done) - 1 - done[::-1].index(("fsync", inode)), args
                if path not in before:
                    assert ("fsync", path.parent.stat().st_ino) in done, args
        assert {path: path.stat().st_size for path in log_.rglob("*.jsonl")} != before


@pytest.mark.parametrize("rounds", [40, pytest.param(300, marks=pytest.mark.slow)])
def test_killed_at_a_random_moment(crowd: Crowd, where: Paths, rounds: int) -> None:
    chance = random.Random(rounds)
    acknowledged: list[str] = []
    killed = 0
    for k in range(rounds):
        done = crowd.at_once([Command(["create", f"Task {k}"], kill_after=chance.uniform(0, WHOLE_LIFE))])
        killed += done[0].code == KILLED
        acknowledged += ids_of(done)
        if k % 10 == 0:
            assert crowd.one("list", "--limit", "0").err == ""
            check(where, acknowledged)
    check(where, acknowledged)
    assert killed > rounds // 10


@pytest.mark.parametrize("step", [17, pytest.param(size(5, 1), marks=pytest.mark.slow)])
def test_killed_at_every_call(crowd: Crowd, where: Paths, step: int) -> None:
    """The same, not by chance: a create dies at its first call of a C function, at its second, and so on."""
    acknowledged: list[str] = []
    for count, k in enumerate(range(1, 5000, step)):
        done = crowd.at_once([Command(["create", f"Task {k}"], kill_at=k)])
        acknowledged += ids_of(done)
        if count % 5 == 0:
            check(where, acknowledged)
        if done[0].code != KILLED:
            break
    assert done[0].code == 0
    check(where, acknowledged)


@pytest.mark.parametrize("step", [61, pytest.param(size(29, 13), marks=pytest.mark.slow)])
def test_killed_on_a_fresh_clone(crowd: Crowd, where: Paths, step: int) -> None:
    """Dies while the cache is made: the next command makes it."""
    for k in range(8):
        crowd.one("create", f"Task {k}")
    for k in range(1, 5000, step):
        for name in Path(where.tasks).glob("cache.db*"):
            name.unlink()
        done = crowd.at_once([Command(["list", "--all"], kill_at=k)])
        after = crowd.one("list", "--all")
        assert (after.code, after.err, after.out.count("\n")) == (0, "", 8)
        if done[0].code != KILLED:
            break
    check(where, [])


@pytest.mark.parametrize("step", [61, pytest.param(size(31, 11), marks=pytest.mark.slow)])
def test_a_batch_is_all_or_nothing(crowd: Crowd, where: Paths, store: Path, step: int) -> None:
    """An import that dies has brought everything or nothing."""
    for k in range(1, 20000, step):
        names = [f"x-{k}-{n}" for n in range(5)]
        record = '{"id":"%s","title":"T","status":"open","priority":2,"issue_type":"task",'
        record += '"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}\n'
        (store / "in.jsonl").write_text("".join(record % name for name in names))
        done = crowd.at_once([Command(["import", "in.jsonl"], kill_at=k)])
        there = {event["task"] for event in events_on_disk(where).values()}
        assert len(there.intersection(names)) in ((5,) if done[0].code == 0 else (0, 5))
        if done[0].code != KILLED:
            break
    assert done[0].code == 0
    check(where, names)


def test_a_torn_tail_is_cut(where: Paths) -> None:
    opened: Workspace = workspace(where)
    with opened.writing() as w:
        w.add("task.created", "tk-a", {"title": "A"})
    (path,) = segments(where)
    whole = path.read_bytes()
    for end in (1, 20, len(whole) - 1):
        with open(path, "ab") as file:
            file.write(whole[:end].replace(b"tk-a", b"tk-b"))
        opened.refresh()
        assert_one_truth(opened)
        assert opened.bad_lines == 0
        assert path.read_bytes() == whole
        with opened.writing() as w:
            w.add("task.note.append", "tk-a", {"text": "after the crash"})
        path = max(segments(where), key=lambda each: each.name)
        whole = path.read_bytes()
    assert len(segments(where)) == 4


def test_a_torn_tail_that_was_committed_stays(where: Paths) -> None:
    """Only a tail that git cannot know of is cut: what was committed never changes."""
    opened = workspace(where)
    with opened.writing() as w:
        w.add("task.created", "tk-a", {"title": "A"})
    (path,) = segments(where)
    with open(path, "ab") as file:
        file.write(b'{"id":"01')
    torn = path.read_bytes()
    assert where.git_dir is not None
    Path(where.git_dir, "HEAD").write_text("ref: refs/heads/other\n")
    opened.refresh()
    assert_one_truth(opened)
    assert opened.bad_lines == 1
    assert path.read_bytes() == torn
