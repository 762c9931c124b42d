"""Many processes at once, some of them killed at any moment: what was acknowledged is there, a task has one holder."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bd_py.paths import Paths
from tests.acceptance.crowd import KILLED, Command, Crowd, Done
from tests.acceptance.support import assert_one_truth, events_on_disk, workspace
from tests.conftest import Runner
from tests.torture.sizes import size
from tests.torture.tally import tally

PROCESSES = size(4, 16)
SECONDS = size(4, 60)
_EACH = 8
"""Commands that a process gives one after the other, before all are looked at."""
_LONGEST = 0.08
"""Seconds after which a command is killed, at the latest; most are over by then."""


class Work:
    """What they were told to do, and what they were told that they did."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.made: set[str] = set()
        self.wanted = [f"tk-wanted-{k}" for k in range(5)]
        self.holders: dict[str, set[str]] = {}
        self.said: set[str] = set()
        self.killed = 0
        self.done = 0

    def lane(self, who: int, turn: int) -> list[Command]:
        """Some commands of one process."""
        return [self._command(f"actor-{who}", f"{turn}-{who}-{k}") for k in range(_EACH)]

    def _command(self, actor: str, name: str) -> Command:
        chance = self.random.random()
        kill = self.random.uniform(0, _LONGEST) if self.random.random() < 0.4 else None
        wanted = self.random.choice(self.wanted)
        if chance < 0.35:
            args = ["create", name, "--id", f"tk-{name}"]
        elif chance < 0.6:
            args = ["claim", wanted, f"--actor={actor}"]
        elif chance < 0.8:
            args = ["comment", wanted, name]
        elif chance < 0.86:
            args = ["create", "--from", "plan.md", "-l", name]
        elif chance < 0.9:
            args = ["rebuild"]
        else:
            args = self.random.choice([["list"], ["ready"], ["search", "of"], ["sync"], ["update", wanted, "-p", "1"]])
        return Command(args, kill_after=kill)

    def heed(self, command: Command, done: Done) -> None:
        """What one of them was told."""
        self.killed += done.code == KILLED
        self.done += 1
        if done.code == KILLED:
            return
        verb, *rest = command.args
        assert done.code in ((0, 5) if verb == "claim" else (0,)), (command, done)
        assert "bug in tk" not in done.err
        if done.code or verb not in ("create", "claim", "comment"):
            return
        if verb == "claim":
            self.holders.setdefault(rest[0], set()).add(rest[1].partition("=")[2])
        elif verb == "comment":
            self.said.add(rest[1])
        elif rest[0] == "--from":
            self.made |= set(done.out.split())
        else:
            self.made.add(rest[2])


@pytest.fixture
def crowd(store: Path, tk: Runner) -> Iterator[Crowd]:
    (store / "plan.md").write_text("# One\n\n## Two\n\n## Three\n")
    with Crowd(store) as found:
        yield found


def test_every_acknowledged_write_is_there(crowd: Crowd, store: Path) -> None:
    where, work = Paths(str(store / ".tasks")), Work(len(str(store)))
    for task in work.wanted:
        assert crowd.one("create", "Wanted by all", "--id", task).code == 0
    end, turn = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        lanes = [work.lane(who, turn) for who in range(PROCESSES)]
        for lane, answers in zip(lanes, crowd.lanes(lanes), strict=True):
            for command, done in zip(lane, answers, strict=True):
                work.heed(command, done)
        _sound(where, work)
        turn += 1
    assert crowd.one("doctor").code == 0
    assert work.killed > turn
    tally("kills survived: crowd", work.killed)
    tally("commands of the crowd", work.done)
    tally("events checked", len(events_on_disk(where)))


def _sound(where: Paths, work: Work) -> None:
    opened = workspace(where)
    with opened.writing():
        pass  # cuts what a killed writer left torn
    assert_one_truth(opened)
    assert opened.bad_lines == 0
    opened.close()
    events = list(events_on_disk(where).values())
    assert work.made <= {event["task"] for event in events if event["type"] == "task.created"}
    assert work.said <= {event["data"]["text"] for event in events if event["type"] == "task.note.append"}
    for task, holders in work.holders.items():
        assert len(holders) == 1, (task, holders)
        claims = {event["by"]["name"] for event in events if event["type"] == "task.claimed" and event["task"] == task}
        assert claims == holders
    plans: dict[str, int] = {}
    for event in events:
        for label in event["data"].get("labels", []) if event["type"] == "task.created" else []:
            plans[label] = plans.get(label, 0) + 1
    assert set(plans.values()) <= {3}, "a plan is whole or not at all"
