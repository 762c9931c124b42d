"""Exclusive claim: a task that many claim at once has one holder, in any process, worktree and clone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bd_py.paths import Paths
from tests.acceptance.crowd import Command, Crowd
from tests.acceptance.support import events_of_type, sound
from tests.conftest import Runner

MANY = 32


@pytest.mark.parametrize("who", ["--actor=actor-%d", "--session=session-%d"], ids=["actors", "sessions"])
def test_exclusive_claim(crowd: Crowd, where: Paths, who: str) -> None:
    task = crowd.one("create", "Wanted by all").out.strip()
    done = crowd.at_once([Command(["claim", task, "--json", who % k]) for k in range(MANY)])
    assert sorted(each.code for each in done) == [0] + [5] * (MANY - 1)
    (claim,) = events_of_type(where, "task.claimed")
    winner = next(k for k, each in enumerate(done) if each.code == 0)
    name = (who % winner).partition("=")[2]
    for each in done:
        if each.code:
            error = json.loads(each.err)["error"]
            assert error["code"] == "conflict"
            holder = error["details"]["holder"]
            assert name in (holder["name"], holder["session"])
            assert name in error["message"]
    assert name in json.dumps(claim["by"])
    sound(where)


def test_exclusive_claim_with_environment(crowd: Crowd, where: Paths) -> None:
    task = crowd.one("create", "Wanted by all").out.strip()
    env = [{"TK_ACTOR": "ada", "TK_SESSION": f"s{k}"} for k in range(8)]
    done = crowd.at_once([Command(["claim", task], each) for each in env])
    assert sorted(each.code for each in done) == [0] + [5] * 7
    assert len(events_of_type(where, "task.claimed")) == 1


def test_each_gets_a_task_of_its_own(crowd: Crowd, where: Paths) -> None:
    made = {crowd.one("create", f"Task {k}").out.strip() for k in range(MANY)}
    done = crowd.at_once([Command(["ready", "--claim", "--json", f"--actor=a{k}"]) for k in range(MANY)])
    assert [each.code for each in done] == [0] * MANY
    assert {json.loads(each.out)[0]["id"] for each in done} == made
    assert crowd.one("ready", "--claim").code == 3
    sound(where)


def test_exclusive_claim_across_worktrees(crowd: Crowd, store: Path, git: Runner, tk: Runner, tmp_path: Path) -> None:
    """Each worktree has a log of its own, which tells of the others' claims only after a merge."""
    task = crowd.one("create", "Wanted everywhere").out.strip()
    git("add", "-A")
    git("commit", "-qm", "Tasks")
    trees = [store, *(tmp_path / name for name in ("one", "two", "three"))]
    for tree in trees[1:]:
        git("worktree", "add", "-q", "-b", tree.name, tree)
    claims = [Command(["-C", str(tree), "claim", task, f"--actor={tree.name}-{k}"]) for tree in trees for k in range(4)]
    codes = [each.code for each in crowd.at_once(claims)]
    assert sorted(codes) == [0] + [5] * (len(claims) - 1)
    winner = trees[codes.index(0) // 4]
    for tree in trees:
        holds = events_of_type(Paths(str(tree / ".tasks")), "task.claimed")
        assert len(holds) == (tree == winner)
        assert tk("ready", cwd=tree).stdout == ""


def test_exclusive_claim_across_clones(store: Path, git: Runner, tk: Runner, tmp_path: Path) -> None:
    """Two clones cannot ask each other: after the merge both know one and the same holder, and the other is told."""
    task = tk("create", "Wanted in both").stdout.strip()
    git("add", "-A")
    git("commit", "-qm", "Tasks")
    other = tmp_path / "other"
    git("clone", "-q", store, other, cwd=tmp_path)
    for place, name in ((store, "ada"), (other, "bob")):
        tk("claim", task, "--actor", name, cwd=place)
        git("add", "-A", cwd=place)
        git("commit", "-qm", f"{name} claims", cwd=place)
    git("pull", "-q", "--no-rebase", "--no-edit", store, "main", cwd=other)
    git("pull", "-q", "--no-rebase", "--no-edit", other, "main", cwd=store)
    holders = [json.loads(tk("show", task, "--json", cwd=place).stdout)[0]["assignee"] for place in (store, other)]
    assert holders == ["ada", "ada"]  # her claim was the earlier one
    told = json.loads(tk("sync", "--json", "--actor", "bob", cwd=other).stdout)
    assert told["lost_claims"] == [task]
    assert tk("close", task, "--actor", "bob", cwd=other, check=False).returncode == 5
    assert tk("close", task, "--actor", "ada").returncode == 0
