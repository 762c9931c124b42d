"""Clones of one bare remote, whose clocks disagree by days, work and exchange at random: all come to one state."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bd_py.errors import TkError
from bd_py.service import claims, deps, tasks
from bd_py.write import Write
from tests.conftest import Runner
from tests.git.scenarios import DAY, Clock, Clone, fold
from tests.torture.sizes import size

BRANCHES = ("main", "one", "two", "three")
WORDS = "red green blue cyan".split()


class Model:
    """Every event that was acknowledged, and what a reader of these lines alone would expect of the tasks."""

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}

    def expected(self) -> dict[str, dict[str, Any]]:
        """Title, labels and comments of every task that is not deleted, by the plainest rules."""
        out: dict[str, dict[str, Any]] = {}
        deleted: set[str] = set()
        for event in map(json.loads, (self.lines[event_id] for event_id in sorted(self.lines))):
            task, kind, data = event["task"], event["type"].removeprefix("task."), event["data"]
            if kind == "created":
                out[task] = {"title": data["title"], "labels": set(), "comments": []}
            elif kind == "updated":
                out[task]["title"] = data["set"].get("title", out[task]["title"])
            elif kind == "label.add":
                out[task]["labels"].add(data["label"])
            elif kind == "label.remove":
                out[task]["labels"].discard(data["label"])
            elif kind == "note.append":
                out[task]["comments"].append(data["text"])
            elif kind == "deleted":
                deleted.add(task)
            elif kind == "restored":
                deleted.discard(task)
        return {task: fields for task, fields in out.items() if task not in deleted}


class Worker:
    """Somebody with a clone, a clock that is off, and no plan."""

    def __init__(self, clone: Clone, clock: Clock, random: Random, model: Model) -> None:
        self.clone = clone
        self.clock = clock
        self.random = random
        self.model = model
        self.shift = random.uniform(-2, 2) * DAY

    def step(self) -> None:
        """One operation."""
        self.clock.shift = self.shift
        if self.random.random() < 0.65:
            self.write()
        else:
            self.random.choice((self.commit, self.commit, self.pull, self.pull, self.push, self.switch, self.merge))()

    def write(self) -> None:
        with closing(self.clone.open()) as workspace:
            with workspace.writing() as w:
                newest = w.conn.execute("SELECT coalesce(max(id), '') FROM log_events").fetchone()[0]
                token = w.begin_item()
                try:
                    self.change(w)
                    w.end_item()
                except TkError:  # held by another, closed already, would close a cycle
                    w.undo_item(token)
            new = dict(workspace.conn.execute("SELECT id, line FROM log_events WHERE id > ?", (newest,)))
        assert not self.model.lines.keys() & new.keys()
        self.model.lines |= new

    def change(self, w: Write) -> None:
        random, word = self.random, self.random.choice(WORDS)
        there = [row[0] for row in w.conn.execute("SELECT id FROM issues ORDER BY id")]
        gone = [row[0] for row in w.conn.execute("SELECT id FROM deleted_issues ORDER BY id")]
        if len(there) < 2 or random.random() < 0.2:
            tasks.create(w, f"{word} {len(there)}", {"priority": random.randrange(5)})
        elif gone and random.random() < 0.2:
            tasks.restore(w, random.choice(gone))
        else:
            task, other = random.sample(there, 2)
            kind = random.randrange(10)
            if kind < 2:
                tasks.set_fields(w, task, {random.choice(["title", "design", "notes"]): f"{word} {random.random()}"})
            elif kind < 4:
                tasks.set_labels(w, task, **{random.choice(["add", "remove"]): [word]})
            elif kind == 4:
                tasks.comment(w, task, f"{word} {random.random()}")
            elif kind == 5:
                deps.add(w, task, other, random.choice(["blocks", "parent-child", "related"]))
            elif kind == 6:
                claims.claim(w, task, ttl=random.choice([None, 1]))
            elif kind == 7:
                random.choice([tasks.close, tasks.reopen, claims.release])(w, task)
            elif kind == 8:
                deps.remove(w, task, other)
            else:
                tasks.delete(w, task)

    def commit(self) -> None:
        self.clone.commit("work")

    def pull(self) -> None:
        branch = self.clone.git("branch --show-current").strip()
        self.clone.git("fetch -q")
        if branch in self.published():
            self.clone.git(
                "pull", "-q", "--no-edit", *self.random.choice([["--no-rebase"], ["--rebase"]]), "origin", branch
            )

    def push(self) -> None:
        self.clone.git("push", "-q", "origin", "HEAD", ok=(0, 1))

    def switch(self) -> None:
        self.clone.git("checkout", "-q", name := self.random.choice(BRANCHES), ok=(0, 1))
        if self.clone.git("branch --show-current").strip() != name:
            self.clone.git("checkout", "-q", "-b", name)

    def merge(self) -> None:
        self.clone.git("fetch -q")
        self.clone.git("merge", "-q", "-m", "merge", f"origin/{self.random.choice(self.published())}")

    def published(self) -> list[str]:
        out = self.clone.git("for-each-ref", "--format=%(refname:lstrip=3)", "refs/remotes/origin")
        return [name for name in out.split() if name != "HEAD"]

    def settle(self) -> None:
        """Bring everything that is here to main, and main to everybody."""
        self.commit()
        self.clone.git("fetch -q")
        self.clone.git("checkout -q main")
        refs = self.clone.git("for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes").split()
        for ref in refs:
            self.clone.git("merge", "-q", "-m", "merge", ref)
        self.clone.git("push -q origin main")


def run(folder: Path, clock: Clock, seed: int, count: int, steps: int) -> tuple[list[Worker], Model]:
    random, model = Random(seed), Model()
    first = Clone.init(folder / "first")
    first.git("clone", "-q", "--bare", str(first.root), str(folder / "remote.git"))
    remote = Clone(folder / "remote.git")
    workers = [Worker(remote.clone(folder / f"c{k}", f"w{k}"), clock, random, model) for k in range(count)]
    for _ in range(steps * count):
        random.choice(workers).step()
    for _ in range(2):
        for worker in workers:
            worker.settle()
    return workers, model


@pytest.mark.parametrize(
    ("seed", "count", "steps"),
    [(1, 3, 25), (2, 5, 15)] + [pytest.param(seed, 10, 100, marks=pytest.mark.slow) for seed in range(3, size(4, 5))],
)
def test_all_converge(
    seed: int, count: int, steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tk: Runner
) -> None:
    workers, model = run(tmp_path, Clock(monkeypatch), seed, count, steps)
    state = fold(model.lines.values(), tmp_path / "fold")
    for worker in workers:
        assert worker.clone.log() == model.lines
        assert worker.clone.cached() == state
        assert worker.clone.git("status --porcelain") == ""
    answers = [tk("list", "--all", "--limit", "0", "--json", cwd=w.clone.root).stdout for w in workers[:2]]
    assert answers[0] == answers[1]
    clone = workers[0].clone
    told = {issue["id"]: clone.issue(issue["id"]) for issue in clone.issues()}
    expected = model.expected()
    assert told.keys() == expected.keys()
    for task, fields in expected.items():
        assert told[task]["title"] == fields["title"]
        assert set(told[task].get("labels", ())) == fields["labels"]
        assert [comment["text"] for comment in told[task].get("comments", ())] == fields["comments"]
