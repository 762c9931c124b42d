"""The same commands over a log and over plain files: the same exit codes, the same answers, the same history."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Runner
from tests.files_backend.support import sound
from tests.inprocess import Cli

ACTORS = ("ada", "bob", "eve")
LENGTH = 60
SEEDS = [
    pytest.param(range(1), id="one"),
    pytest.param(range(1, 1 + int(os.environ.get("TK_TEST_ROUNDS", "3"))), marks=pytest.mark.slow, id="many"),
]
"""TK_TEST_ROUNDS=100 is the full size."""

_EVENT = re.compile(r"\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b")
_MINTED = re.compile(r"\b(ev|ar|bl|\d+)-[0-9a-z]{6}\b")
"""Ids within a task: of evidence, artifacts, blockers, items of a checklist."""
_TIME = re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z|\b\d+(\.\d+)? (ms|s)\b")

CONFIG = """\
max_retries = 1
gates = [{ name = "no bugs", command = "test ! -e broken", when = { type = "bug" } }]
"""


class Side:
    """One of the two stores: ids of events, which differ, are told by their place in the history."""

    def __init__(self, root: Path, backend: str, settings: str) -> None:
        self.cli = Cli(root)
        self.backend = backend
        self("init", "--backend", backend)
        self.cli.configure(settings)
        self("gates", "trust")

    def __call__(self, *args: str, input: str = "") -> tuple[int, str, str]:
        done = self.cli("-C", str(self.cli.root), *args, input=input, check=False)
        return done.code, self.plain(done.out), self.plain(done.err)

    def plain(self, text: str) -> str:
        """A text without what differs from store to store: ids, times, the folder."""
        ids = {event["id"]: f"event {k}" for k, event in enumerate(self.cli.events())}
        text = _EVENT.sub(lambda found: ids.get(found[0], found[0]), text)
        text = re.sub(r'"duration":\d+(\.\d+)?', '"duration":0', text)
        return _TIME.sub("TIME", _MINTED.sub("minted", text)).replace(str(self.cli.root), "ROOT")

    def blocker(self, task: str) -> str:
        """The first open blocker of a task: its id, where it has one."""
        found = json.loads(self.cli("-C", str(self.cli.root), "show", task, "--json", check=False).out or "[]")
        open_ones = [b["id"] for issue in found for b in issue.get("blockers", []) if b["status"] == "open"]
        return str(open_ones[0]) if open_ones else "0" * 26


Step = Callable[[Side], tuple[int, str, str]]


def steps(chance: random.Random, length: int) -> list[tuple[str, Step]]:
    """Commands of many kinds on a few tasks, by three people; each with what to call it."""
    tasks: list[str] = []
    out: list[tuple[str, Step]] = []

    def task() -> str:
        return chance.choice(tasks)

    def new() -> list[str]:
        tasks.append(f"tk-{len(tasks):04d}task")
        kind = chance.choice(["task", "bug", "epic"])
        more = ["--parent", chance.choice(tasks[:-1])] if len(tasks) > 1 and chance.random() < 0.3 else []
        more += ["--compound"] if chance.random() < 0.15 else []
        return ["create", f"Task {len(tasks)}", "--id", tasks[-1], "-t", kind, "-p", str(chance.randrange(5)), *more]

    kinds: list[Callable[[], list[str]]] = [
        new,
        lambda: [
            "update",
            task(),
            "--title",
            f"Title {chance.randrange(99)}",
            "--add-label",
            f"l{chance.randrange(4)}",
        ],
        lambda: ["update", task(), task(), "-p", str(chance.randrange(5)), "--assignee", chance.choice(ACTORS)],
        lambda: ["update", task(), "-d", chance.choice(["", "Two\n\nlines", "## Design\n\nnot a section"])],
        lambda: ["update", task(), "--design", "thus", "--notes", "and so"],
        lambda: ["claim", task(), *(["--ttl", "1h"] if chance.random() < 0.3 else [])],
        lambda: ["ready", "--claim", "--json"],
        lambda: ["release", task()],
        lambda: ["close", task(), "-r", "done", "--suggest-next", "--json"],
        lambda: ["close", task(), task(), "--force", "-r", "in a hurry"],
        lambda: ["reopen", task()],
        lambda: ["reject", task(), "--reason", "not yet"],
        lambda: ["accept", task()],
        lambda: ["dep", "add", task(), task(), "-t", chance.choice(["blocks", "related", "waits-for"])],
        lambda: ["dep", "remove", task(), task()],
        lambda: ["block", task(), "a thing"],
        lambda: ["comment", task(), f"Comment {chance.randrange(99)}"],
        lambda: ["phase", task(), chance.choice(["plan", "build", "test"])],
        lambda: ["progress", task(), "--percent", str(chance.randrange(101)), "--text", "on it"],
        lambda: ["next", task(), "the next step"],
        lambda: ["evidence", task(), "--command", "make", "--exit-code", "0", "--passed", "--summary", "good"],
        lambda: ["artifact", task(), "a/path", "--kind", "log"],
        lambda: ["check", task(), "add", f"Item {chance.randrange(9)}"],
        lambda: ["defer", task(), "--until", "2099-01-01"],
        lambda: ["undefer", task()],
        lambda: ["delete", task(), *(["--cascade"] if chance.random() < 0.2 else [])],
        lambda: ["restore", task()],
        lambda: ["undo"],
        lambda: ["undo", task()],
        lambda: ["status", task(), chance.choice(["open", "in_progress", "blocked", "deferred", "closed"])],
        lambda: ["record", "put", "prds", f"prd-{chance.randrange(3)}", "--set", "title=A title"],
    ]
    graph = json.dumps(
        {
            "nodes": [{"key": key, "title": key, "id": f"tk-graph{key}"} for key in "abc"],
            "edges": [{"from": "b", "to": "a", "type": "blocks"}, {"from": "c", "to": "b", "type": "blocks"}],
        }
    )
    for k in range(length):
        args = new() if k < 6 else chance.choice(kinds)()
        actor = ("--actor", chance.choice(ACTORS))
        out.append((" ".join(args), lambda side, args=args, actor=actor: side(*args, *actor)))  # type: ignore[misc]
        if chance.random() < 0.1:
            blocked = task()
            out.append(
                ("unblock", lambda side, blocked=blocked: side("blocker", blocked, "resolve", side.blocker(blocked)))  # type: ignore[misc]
            )
    out.insert(length // 2, ("graph", lambda side: side("create", "--graph", "-", "--json", input=graph)))
    return out


READS: list[list[str]] = [
    ["list", "--all", "--limit", "0", "--json"],
    ["ready", "--limit", "0", "--json"],
    ["blocked", "--json"],
    ["ready", "--explain"],
    ["log", "--limit", "0", "--json"],
    ["conflicts", "--json"],
    ["stats", "--json"],
    ["status", "--json"],
    ["export"],
    ["dep", "cycles", "--json"],
    ["record", "list", "prds", "--json"],
]


def answers(side: Side) -> dict[str, Any]:
    """What every reading command says; what is not committed is counted in files, which differ."""
    found: dict[str, Any] = {" ".join(args): side(*args) for args in READS}
    code, out, err = found["status --json"]
    found["status --json"] = (code, {k: v for k, v in json.loads(out).items() if k != "uncommitted"}, err)
    code, out, err = found["export"]  # what a task has many of stands there by its id, which is random
    records = [json.loads(line) for line in out.splitlines()]
    lists = ("blockers", "evidence", "artifacts", "checklist")
    found["export"] = (code, [r | {k: sorted(map(str, r[k])) for k in lists if k in r} for r in records], err)
    tasks = [issue["id"] for issue in json.loads(found["list --all --limit 0 --json"][1])]
    found["show"] = side("show", *tasks, "--json")
    return found


@pytest.mark.parametrize("seeds", SEEDS)
def test_the_same_commands_give_the_same(
    git: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seeds: range
) -> None:
    monkeypatch.setenv("TK_NO_FAST_EXIT", "1")
    for seed in seeds:
        chance = random.Random(seed)
        sides = []
        for backend in ("log", "files"):
            root = tmp_path / f"{seed} {backend}"
            git("init", "-q", root, cwd=tmp_path)
            sides.append(Side(root, backend, CONFIG + ("judge = true\n" if seed % 2 else "")))
        log, files = sides
        for number, (name, step) in enumerate(steps(chance, LENGTH)):
            if chance.random() < 0.05:
                for side in sides:
                    (side.cli.root / "broken").touch()
            elif chance.random() < 0.05:
                for side in sides:
                    (side.cli.root / "broken").unlink(missing_ok=True)
            assert step(files) == step(log), f"seed {seed}, step {number}: {name}"
            if number % 20 == 19:
                assert answers(files) == answers(log), f"seed {seed}, after step {number}"
                sound(files.cli.root)
                if chance.random() < 0.5:  # there and back
                    files("config", "set", "backend", "log")
                    assert answers(files) == answers(log), f"seed {seed}, as a log after step {number}"
                    files("config", "set", "backend", "files")
        assert answers(files) == answers(log), f"seed {seed}"
        sound(files.cli.root)
