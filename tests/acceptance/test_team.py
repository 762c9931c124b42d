"""A plan under workers who are killed, gates that fail and a judge: nothing too early, nothing twice, all is done."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bd_py.service.setup import init
from tests.acceptance import team
from tests.inprocess import Cli
from tests.torture import sizes

TASKS = sizes.size(8, 24)
WORKERS, KILLS = 3, sizes.size(3, 20)
CONFIG = """
judge = true
claim.ttl = 2
[[gates]]
name = "every third fails"
command = "echo >> tried; test $(( $(wc -l < tried) % 3 )) -ne 0"
"""


def plan(chance: random.Random) -> dict[str, list[dict[str, str]]]:
    edges = {(k, chance.randrange(k)) for k in range(1, TASKS) for _ in range(2)}
    return {
        "nodes": [{"key": str(k), "title": f"task {k}"} for k in range(TASKS)],
        "edges": [{"from": str(k), "to": str(on)} for k, on in sorted(edges)],
    }


class History:
    """What the events say of a plan whose tasks wait for each other as ``needs`` says."""

    def __init__(self, needs: dict[str, set[str]]) -> None:
        self.needs = needs
        self.holds: dict[str, str] = {}
        self.accepted: set[str] = set()
        self.done: set[str] = set()

    def claimed(self, task: str, event: dict[str, object], data: dict[str, object]) -> None:
        assert self.needs[task] <= self.done, "before what it depends on"
        assert task not in self.done
        # Held by another only where the time of that claim had run out, which the new one then names.
        assert task not in self.holds or data.get("hold") == self.holds[task]
        self.holds[task] = str(event["id"])
        self.accepted.discard(task)

    def reviewed(self, task: str, event: dict[str, object], data: dict[str, object]) -> None:
        assert event["by"] == {"name": "judge", "session": "judge"}
        if data["verdict"] == "accepted":
            self.accepted.add(task)
        else:
            self.accepted.discard(task)
            self.done.discard(task)

    def released(self, task: str, event: dict[str, object], data: dict[str, object]) -> None:
        del self.holds[task]

    def closed(self, task: str, event: dict[str, object], data: dict[str, object]) -> None:
        assert task in self.accepted, "without the judge"
        self.accepted.discard(task)
        self.holds.pop(task, None)
        self.done.add(task)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["log", "files"])
def test_a_plan_is_worked_off_by_a_team(backend: str, repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)
    init(str(repo), backend=backend)
    cli = Cli(repo)
    cli.configure(CONFIG)
    cli("gates", "trust")
    whole = cli.new("whole", "--compound")
    chance = random.Random(3)
    wanted = plan(chance)
    keys = cli.json("create", "--graph", "-", "--under", whole, input=json.dumps(wanted))["keys"]

    def start(kind: str, name: str) -> subprocess.Popen[str]:
        command = [sys.executable, team.__file__, kind, name]
        return subprocess.Popen(command, cwd=repo, stderr=subprocess.PIPE, text=True, start_new_session=True)

    judge = start("judge", "judge")
    workers = [start("work", f"worker-{k}") for k in range(WORKERS)]
    for number in range(WORKERS, WORKERS + KILLS):
        time.sleep(1)
        victim = workers.pop(chance.randrange(len(workers)))
        os.killpg(victim.pid, signal.SIGKILL)
        victim.communicate()
        workers.append(start("work", f"worker-{number}"))
    for member in (*workers, judge):
        assert member.communicate(timeout=240)[1] == ""
        assert member.returncode == 0
    needs: dict[str, set[str]] = {task: set() for task in keys.values()}
    for edge in wanted["edges"]:
        needs[keys[edge["from"]]].add(keys[edge["to"]])
    history = History(needs)
    for event in cli.json("log", "--limit", "0")[::-1]:
        told = getattr(history, event["type"].removeprefix("task."), None)
        if told and event["task"] != whole:
            told(event["task"], event, event["data"])
    assert history.done == needs.keys()
    assert history.holds == {}
    assert {task["status"] for task in cli.json("list", "--all")} == {"closed"}
    assert cli.json("doctor")["ok"]
