"""Many at once, and killed at any step: one holder, nothing acknowledged is lost, no crash looks like a hand edit."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.crowd import KILLED, Command, Crowd
from tests.conftest import Runner
from tests.files_backend.support import events, sound

MANY = 32
ROUNDS = [pytest.param(3, id="few"), pytest.param(int(os.environ.get("TK_TEST_ROUNDS", "12")), marks=pytest.mark.slow)]
"""TK_TEST_ROUNDS=500 is the full size: minutes of little but fsync."""


@pytest.fixture
def crowd(store: Path) -> Iterator[Crowd]:
    with Crowd(store) as found:
        yield found


@pytest.mark.parametrize("rounds", ROUNDS)
def test_exclusive_claim(crowd: Crowd, store: Path, rounds: int) -> None:
    for _ in range(rounds):
        task = crowd.one("create", "Wanted by all").out.strip()
        done = crowd.at_once([Command(["claim", task, f"--actor=actor-{k}"]) for k in range(MANY)])
        assert sorted(each.code for each in done) == [0] + [5] * (MANY - 1)
        claims = [e for e in events(store) if e["type"] == "task.claimed" and e["task"] == task]
        assert len(claims) == 1
        crowd.one("close", task)
        crowd.one("delete", task)
    sound(store)


def test_all_at_once(crowd: Crowd, store: Path) -> None:
    done = crowd.at_once([Command(["create", f"Task {k}", "-d", "x" * 3000]) for k in range(MANY)])
    assert [each.code for each in done] == [0] * MANY
    assert len(events(store)) == MANY
    sound(store)


STEPS = [pytest.param(401, id="some"), pytest.param(149, id="many", marks=pytest.mark.slow)]


def until_done(crowd: Crowd, step: int, *args: str) -> Iterator[bool]:
    """Run a command killed at ever later calls, till one runs to its end; whether it did."""
    for k in range(1, 100_000, step):
        code = crowd.at_once([Command(list(args), kill_at=k)])[0].code
        assert code in (0, KILLED)
        yield code == 0
        if code == 0:
            return


def created(crowd: Crowd, count: int) -> list[str]:
    return [crowd.one("create", f"Task {k}").out.strip() for k in range(count)]


@pytest.mark.parametrize("step", STEPS)
def test_killed_anywhere_in_a_change_of_status(crowd: Crowd, store: Path, step: int) -> None:
    """It moves the file: no part of that is taken for what a person did."""
    for k in range(1, 100_000, step):
        [task] = created(crowd, 1)
        code = crowd.at_once([Command(["block", task, "a thing"], kill_at=k)])[0].code
        shown = json.loads(crowd.one("show", task, "--json").out)[0]
        assert shown["status"] == "blocked" or code == KILLED
        sound(store)
        types = sorted(str(e["type"]) for e in events(store) if e["task"] == task)
        whole = ["task.blocker.add", "task.created", "task.status.set"]
        assert types == (whole if shown["status"] == "blocked" else ["task.created"])
        if code == 0:
            break


@pytest.mark.parametrize("step", STEPS)
def test_a_write_to_several_tasks_is_whole_or_not_at_all(crowd: Crowd, store: Path, step: int) -> None:
    for k in range(1, 100_000, step):
        tasks = created(crowd, 3)
        code = crowd.at_once([Command(["close", *tasks], kill_at=k)])[0].code
        found = json.loads(crowd.one("list", "--all", "--limit", "0", "--json").out)
        states = {issue["status"] for issue in found if issue["id"] in tasks}
        assert len(states) == 1
        assert states == {"closed"} or code == KILLED
        sound(store)
        if code == 0:
            break


@pytest.mark.parametrize("step", STEPS)
def test_a_file_that_becomes_a_task_becomes_one(crowd: Crowd, store: Path, step: int) -> None:
    """Killed while a file without an id is taken in: it never becomes two tasks."""
    (store / ".tasks/queue/open/new.md").write_text("# New\n")
    for _ in until_done(crowd, step, "list"):
        pass
    assert len(json.loads(crowd.one("list", "--json").out)) == 1
    sound(store)


@pytest.mark.parametrize("backend", ["log", "files"])
def test_killed_anywhere_in_a_conversion(tk: Runner, repo: Path, backend: str) -> None:
    tk("init", "--backend", "files" if backend == "log" else "log")
    tasks = {tk("create", f"Task {k}").stdout.strip() for k in range(3)}
    before = tk("log", "--json").stdout
    with Crowd(repo) as crowd:
        for _ in until_done(crowd, 2503, "config", "set", "backend", backend):
            found = json.loads(crowd.one("list", "--json").out)
            assert {issue["id"] for issue in found} == tasks
        assert crowd.one("config", "set", "backend", backend).code == 0
    assert tk("log", "--json").stdout == before
    assert (repo / ".tasks/queue").exists() == (backend == "files")
    assert (repo / ".tasks/log").exists() == (backend == "log")
    assert tk("doctor").returncode == 0
