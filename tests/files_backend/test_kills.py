"""Commands killed at any moment beside each other and beside a person who moves and edits files: nothing is lost."""

from __future__ import annotations

import json
import os
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.crowd import KILLED, Command, Crowd, Done
from tests.files_backend.conftest import Queue
from tests.files_backend.support import events, sound

TASKS = 5
LANES = 4
LENGTH = 6
SEEDS = [
    pytest.param(range(1), id="one"),
    pytest.param(range(1, 1 + int(os.environ.get("TK_TEST_ROUNDS", "3"))), marks=pytest.mark.slow),
]
"""TK_TEST_ROUNDS=100 is the full size."""


@pytest.fixture
def crowd(store: Path) -> Iterator[Crowd]:
    with Crowd(store) as found:
        yield found


class Person(threading.Thread):
    """Moves the files of some tasks and edits them, as a file manager and an editor do, while commands run."""

    def __init__(self, queue: Queue, tasks: list[str], chance: random.Random) -> None:
        super().__init__()
        self.queue, self.tasks, self.chance = queue, tasks, chance
        self.folders = dict.fromkeys(tasks, "open")
        self.sprints: dict[str, int] = {}
        self.ends = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.ends.wait(self.chance.random() / 20):
            task = self.chance.choice(self.tasks)
            number += 1
            try:
                if self.chance.random() < 0.5:
                    self._move(task)
                else:
                    self._edit(task, number)
            except (OSError, AssertionError):
                continue  # a command was moving it, or had it half done when it was killed

    def _move(self, task: str) -> None:
        folder = self.chance.choice(["open", "closed"])
        if folder != self.queue.file(task).parent.name:
            self.queue.move(task, folder)
            self.folders[task] = folder

    def _edit(self, task: str, number: int) -> None:
        """Save as vim does: the new text beside the file, then in its place. A new key each time: none gets lost."""
        path = self.queue.file(task)
        key = f"edit-{number}"
        text = path.read_text(encoding="utf-8").replace("\ntype: task\n", f"\ntype: task\n{key}: {number}\n", 1)
        beside = path.with_name(f".{path.name}.new")
        beside.write_text(text, encoding="utf-8")
        if path.exists():
            beside.rename(path)
            self.sprints[key] = number
        else:
            beside.unlink()


def lanes(chance: random.Random, tasks: list[str], hands: list[str]) -> list[list[Command]]:
    """What each of several processes does, one command after the other; two in five are killed on their way."""
    found = []
    for lane in range(LANES):
        commands = []
        for k in range(LENGTH):
            task = chance.choice(tasks)
            args = chance.choice(
                [
                    ["claim", task, f"--actor=actor-{lane}"],
                    ["close", *chance.sample(tasks, 2)],
                    ["update", task, "-p", str(chance.randrange(5)), "--add-label", f"l-{lane}-{k}"],
                    ["update", chance.choice(hands), "--add-label", f"h-{lane}-{k}"],
                    ["comment", chance.choice([*tasks, *hands]), f"c-{lane}-{k}"],
                    ["reopen", task],
                    ["create", f"new-{lane}-{k}"],
                ]
            )
            killed = chance.random() < 0.4
            commands.append(Command(args, kill_at=chance.randrange(200, 6000) if killed else None))
        found.append(commands)
    return found


def pairs(plan: list[list[Command]], done: list[list[Done]]) -> Iterator[tuple[Command, Done]]:
    """Each command with how it ended."""
    for lane, ends in zip(plan, done, strict=True):
        yield from zip(lane, ends, strict=True)


def said(store: Path) -> tuple[set[str], set[str], set[str]]:
    """The labels, comments and titles that the log holds."""
    labels, comments, titles = set(), set(), set()
    for event in events(store):
        data = event["data"]
        if event["type"] == "task.label.add":
            labels.add(data["label"])
        elif event["type"] == "task.note.append":
            comments.add(data["text"])
        elif event["type"] == "task.created":
            titles.add(data["title"])
    return labels, comments, titles


@pytest.mark.parametrize("seeds", SEEDS)
def test_killed_at_random_beside_a_person(crowd: Crowd, store: Path, seeds: range) -> None:
    """What a command that exited 0 did is there; a person's last move of a task that no command moves is its state."""
    queue = Queue(store)
    for seed in seeds:
        chance = random.Random(seed)
        tasks = [crowd.one("create", f"Task {k}").out.strip() for k in range(TASKS)]
        hands = [crowd.one("create", f"Moved {k}").out.strip() for k in range(2)]
        plan = lanes(chance, tasks, hands)
        person = Person(queue, hands, random.Random(seed))
        person.start()
        try:
            done = crowd.lanes(plan)
        finally:
            person.ends.set()
            person.join()
        sound(store)
        found = {issue["id"]: issue for issue in json.loads(crowd.one("list", "--all", "-n", "0", "--json").out)}
        labels, comments, titles = said(store)
        for command, end in pairs(plan, done):
            assert end.code in (0, 3, 4, 5, KILLED), end
            if end.code == 0 and command.args[0] == "create":
                assert command.args[1] in titles
                assert end.out.strip() in found
            elif end.code == 0 and "--add-label" in command.args:
                assert command.args[-1] in labels
            elif end.code == 0 and command.args[0] == "comment":
                assert command.args[2] in comments
        for task in hands:
            assert found[task]["status"] == person.folders[task]
        meta: dict[str, object] = {}
        for task in hands:
            meta |= json.loads(crowd.one("show", task, "--json").out)[0].get("meta", {})
        assert person.sprints.items() <= meta.items()
        for task in found:
            crowd.one("delete", task)
