"""Nothing lost: every event of both sides is in a merge, and what was written over or taken away can be had again."""

from __future__ import annotations

import json
import random
import shutil
from typing import Any

import pytest

from bd_py.paths import Paths
from tests.acceptance.support import events_on_disk
from tests.conftest import Runner
from tests.inprocess import Cli

FIELDS = {"title": "--title", "description": "-d", "design": "--design", "notes": "--notes", "assignee": "-a"}
TASKS = [f"tk-{k}" for k in range(4)]


def commit(git: Runner, message: str) -> None:
    git("add", "-A", ".tasks")
    git("commit", "-q", "--allow-empty", "-m", message)


def edit(cli: Cli, who: str, chance: random.Random) -> dict[tuple[str, str], str]:
    """A few fields of a few tasks set, labels and comments added; (task, field) -> the value it has now."""
    said: dict[tuple[str, str], str] = {}
    for task in TASKS:
        for field in chance.sample(list(FIELDS), 3):
            said[task, field] = f"{who} {chance.random()}"
            cli("update", task, FIELDS[field], said[task, field], "--actor", who)
        cli("comment", task, f"by {who}", "--actor", who)
        cli("label", "add", task, who)
    return said


@pytest.mark.parametrize("seed", range(3))
def test_nothing_lost(cli: Cli, git: Runner, seed: int) -> None:
    chance = random.Random(seed)
    where = Paths(str(cli.root / ".tasks"))
    for task in TASKS:
        cli("create", "One", "--id", task)
    commit(git, "Tasks")
    git("branch", "side")
    ours = edit(cli, "ada", chance)
    commit(git, "ada's")
    before = events_on_disk(where)
    git("switch", "-q", "side")
    theirs = edit(cli, "bob", chance)
    commit(git, "bob's")
    before |= events_on_disk(where)
    git("merge", "-q", "--no-edit", "main")

    assert events_on_disk(where) == before
    for (task, field), value in {**ours, **theirs}.items():  # bob's edits are the later ones
        assert cli.task(task)[field] == value
    told = {(pair["task"], pair["field"]): pair for pair in cli.json("conflicts")}
    assert told.keys() == ours.keys() & theirs.keys()
    for key, pair in told.items():
        assert (pair["winner"]["value"], pair["loser"]["value"]) == (theirs[key], ours[key])
        assert (pair["winner"]["by"]["name"], pair["loser"]["by"]["name"]) == ("bob", "ada")
    for task in TASKS:
        found = cli.task(task)
        assert set(found["labels"]) == {"ada", "bob"}
        assert [comment["text"] for comment in found["comments"]] == ["by ada", "by bob"]
        history = json.dumps(cli.json("log", task, "--limit", "0"))
        assert all(value in history for side in (ours, theirs) for (of, _), value in side.items() if of == task)


def test_a_revert_withdraws_and_recover_brings_back(cli: Cli, git: Runner) -> None:
    where = Paths(str(cli.root / ".tasks"))
    cli("create", "One", "--id", "tk-0")
    commit(git, "Tasks")
    cli("create", "Two", "--id", "tk-1")
    cli("comment", "tk-0", "A word")
    commit(git, "More")
    cli("sync")
    before = events_on_disk(where)
    git("revert", "--no-edit", "HEAD")

    assert cli.listed("--all") == ["tk-0"]
    withdrawn = before.keys() - events_on_disk(where).keys()
    assert set(cli.json("sync")["unreachable"]) == withdrawn
    cli("recover", "--from", "HEAD~1")
    assert events_on_disk(where) == before
    assert sorted(cli.listed("--all")) == ["tk-0", "tk-1"]
    assert [comment["text"] for comment in cli.task("tk-0")["comments"]] == ["A word"]


@pytest.mark.parametrize("loss", ["git clean", "reset", "rm"])
def test_what_was_acknowledged_outlives_its_file(cli: Cli, git: Runner, loss: str) -> None:
    where = Paths(str(cli.root / ".tasks"))
    commit(git, "A store")
    task = cli.new("Not committed yet")
    cli("comment", task, "A word")
    before: dict[str, Any] = events_on_disk(where)
    if loss == "git clean":
        git("clean", "-fdqx")
    elif loss == "reset":
        git("add", "-A")
        git("reset", "-q", "--hard")
    else:
        shutil.rmtree(where.log)
    assert events_on_disk(where) == {}
    cli("recover")
    assert events_on_disk(where) == before
    assert cli.task(task)["title"] == "Not committed yet"
