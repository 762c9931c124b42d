"""A task has one holder across the worktrees of a clone, at once and without a merge."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bd_py import paths
from tests.conftest import Runner, child_env

Worktree = Callable[[str], Path]


@pytest.fixture
def three(store: Path, git: Runner, tk: Runner) -> list[str]:
    """Three ready tasks, committed."""
    ids = [tk("create", title).stdout.strip() for title in ("one", "two", "three")]
    git("add", "-A")
    git("commit", "-q", "-m", "begin")
    return ids


@pytest.fixture
def worktree(store: Path, git: Runner, tmp_path: Path) -> Worktree:
    def add(name: str) -> Path:
        git("worktree", "add", "-q", "-b", name, tmp_path / name, "main")
        return tmp_path / name

    return add


def ready(tk: Runner, cwd: Path) -> list[str]:
    return [issue["id"] for issue in json.loads(tk("ready", "--json", cwd=cwd).stdout)]


def error(tk: Runner, cwd: Path, *args: str) -> dict[str, Any]:
    done = tk(*args, "--json", cwd=cwd, check=False)
    assert done.returncode == 5, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stderr)["error"]
    return found


def test_a_clone_with_one_worktree_has_no_leases(store: Path, tk: Runner, three: list[str]) -> None:
    tk("claim", three[0])
    tk("ready", "--claim")
    assert not (store / ".git/tk/leases.db").exists()
    assert paths.find_shared(str(store)) is None


def test_what_one_holds_another_is_not_offered(store: Path, tk: Runner, three: list[str], worktree: Worktree) -> None:
    side = worktree("side")
    tk("claim", three[0], cwd=side)
    assert ready(tk, store) == three[1:]
    assert ready(tk, side) == three[1:]
    found = error(tk, store, "claim", three[0])
    assert found["message"] == f"{three[0]} is held by ada in {side}"
    assert found["details"]["holder"] == {"name": "ada", "session": None, "until": None, "worktree": str(side)}
    assert json.loads(tk("ready", "--claim", "--json").stdout)[0]["id"] == three[1]
    assert ready(tk, side) == three[2:]


def test_from_a_folder_below_and_a_store_below_the_top(
    store: Path, git: Runner, tk: Runner, worktree: Worktree
) -> None:
    (store / "part").mkdir()
    shutil.move(store / ".tasks", store / "part/.tasks")
    task = tk("create", "below", cwd=store / "part").stdout.strip()
    git("add", "-A")
    git("commit", "-q", "-m", "begin")
    side = worktree("side")
    tk("claim", task, cwd=side / "part")
    assert ready(tk, store / "part") == []


def test_the_same_session_goes_on_in_another_worktree(
    store: Path, tk: Runner, three: list[str], worktree: Worktree
) -> None:
    side = worktree("side")
    tk("claim", three[0], "--session", "s1", cwd=side)
    error(tk, store, "claim", three[0], "--session", "s2")
    tk("claim", three[0], "--session", "s1")
    error(tk, side, "claim", three[0], "--session", "s2")


def test_a_claim_from_before_there_was_a_second_worktree_counts(
    store: Path, tk: Runner, three: list[str], worktree: Worktree
) -> None:
    tk("claim", three[0])
    tk("close", three[1])
    side = worktree("side")
    assert ready(tk, side) == three[2:]
    error(tk, side, "claim", three[0])
    assert "is done in" in error(tk, side, "claim", three[1])["message"]


def test_a_claim_from_when_the_others_were_gone_is_seen_by_whoever_only_looks(
    store: Path, git: Runner, tk: Runner, three: list[str], worktree: Worktree
) -> None:
    """The leases of before are still there, and tell nothing of what the only worktree claimed meanwhile."""
    tk("claim", three[2], cwd=worktree("first"))
    git("worktree", "remove", "--force", "../first")
    git("branch", "-q", "-D", "first")
    tk("claim", three[0])
    side = worktree("side")
    assert ready(tk, side) == three[1:]


def test_undo_of_one_command_takes_all_of_it(store: Path, tk: Runner, three: list[str], worktree: Worktree) -> None:
    """Closing one's own hold asks the leases; that begins no second batch of ids."""
    worktree("side")
    tk("claim", three[1])
    tk("close", *three[:2])
    tk("undo")
    found = json.loads(tk("show", *three[:2], "--json").stdout)
    assert [task["status"] for task in found] == ["open", "in_progress"]


def test_release_frees_it(store: Path, tk: Runner, three: list[str], worktree: Worktree) -> None:
    side = worktree("side")
    tk("claim", three[0], cwd=side)
    tk("release", three[0], cwd=side)
    assert ready(tk, store) == three
    tk("claim", three[0])


def test_release_of_what_another_worktree_holds_takes_force(
    store: Path, git: Runner, tk: Runner, three: list[str], worktree: Worktree
) -> None:
    """This worktree's log has no such claim: what is recorded ends the hold where the two logs meet."""
    side, third = worktree("side"), worktree("third")
    tk("claim", three[0], "--actor", "bob", cwd=side)
    assert error(tk, store, "release", three[0])["details"]["holder"]["name"] == "bob"
    assert ready(tk, store) == three[1:]
    assert tk("release", three[0], "--force", "--reason", "bob is gone").stdout == f"Updated {three[0]} -> open\n"
    assert ready(tk, store) == ready(tk, third) == three
    events = [json.loads(tk("log", three[0], "--json", cwd=where).stdout)[0] for where in (side, store)]
    assert events[1]["data"] == {"hold": events[0]["id"], "reason": "bob is gone"}
    assert events[0]["id"] < events[1]["id"]
    assert tk("release", three[0], "--force").stdout == f"{three[0]} is open and nobody's already\n"
    worktree("fourth")  # the holds of all worktrees are read again: what was given back stays so
    assert ready(tk, store) == three
    tk("claim", three[0], "--actor", "zara", cwd=third)
    assert ready(tk, store) == three[1:]
    for where, name in ((side, "side"), (store, "main"), (third, "third")):
        git("add", "-A", cwd=where)
        git("commit", "-q", "-m", name, cwd=where)
    git("merge", "-q", "-m", "merge", "side", "third")
    shown = json.loads(tk("show", three[0], "--json").stdout)[0]
    assert (shown["status"], shown["assignee"]) == ("in_progress", "zara")
    assert json.loads(tk("sync", "--json").stdout)["lost_claims"] == []


def test_release_by_the_same_session_in_another_worktree(
    store: Path, tk: Runner, three: list[str], worktree: Worktree
) -> None:
    side = worktree("side")
    tk("claim", three[0], "--session", "s1", cwd=side)
    error(tk, store, "release", three[0], "--session", "s2")
    tk("release", three[0], "--session", "s1")
    assert ready(tk, store) == three


def test_release_of_finished_work_gives_nothing_back(
    store: Path, tk: Runner, three: list[str], worktree: Worktree
) -> None:
    side = worktree("side")
    tk("close", three[0], cwd=side)
    assert tk("release", three[0], "--force").stdout == f"{three[0]} is open and nobody's already\n"
    assert ready(tk, store) == three[1:]


def test_a_released_hold_that_both_logs_know_stays_released(
    store: Path, git: Runner, tk: Runner, three: list[str], worktree: Worktree
) -> None:
    side, third = worktree("side"), worktree("third")
    tk("claim", three[0], "--actor", "bob", cwd=side)
    git("add", "-A", cwd=side)
    git("commit", "-q", "-m", "claim", cwd=side)
    git("merge", "-q", "side")
    tk("release", three[0], "--force")
    worktree("fourth")
    assert ready(tk, third) == three


def test_whoever_was_taken_over_learns_of_it_before_closing(
    store: Path, git: Runner, tk: Runner, three: list[str], worktree: Worktree
) -> None:
    side = worktree("side")
    tk("claim", three[0], "--actor", "bob", cwd=side)
    tk("claim", three[0], "--force")
    told = error(tk, side, "close", three[0], "--actor", "bob")
    assert told["message"] == f"{three[0]} is held by ada in {store}"
    tk("claim", three[0], "--actor", "bob", "--force", cwd=side)
    assert json.loads(tk("show", three[0], "--json", cwd=side).stdout)[0]["assignee"] == "bob"
    for where in (side, store):
        git("add", "-A", cwd=where)
        git("commit", "-q", "-m", "work", cwd=where)
    git("merge", "-q", "-m", "merge", "side")
    assert json.loads(tk("show", three[0], "--json").stdout)[0]["assignee"] == "bob"
    assert json.loads(tk("sync", "--json").stdout)["lost_claims"] == []
    tk("close", three[0], "--actor", "bob", cwd=side)
    assert ready(tk, store) == three[1:]


@pytest.mark.parametrize("way", ["status", "undo by update", "delete"])
def test_other_ways_to_end_a_hold(store: Path, tk: Runner, three: list[str], worktree: Worktree, way: str) -> None:
    side = worktree("side")
    tk("claim", three[0], cwd=side)
    if way == "delete":
        tk("delete", three[0], cwd=side)
        assert ready(tk, store) == three[1:]
    else:
        tk("update", three[0], "--status", "open" if way == "status" else "blocked", cwd=side)
        tk("update", three[0], "--status", "open", cwd=side)
        assert ready(tk, store) == three


def test_a_close_stays_known_until_it_is_merged(
    store: Path, git: Runner, tk: Runner, three: list[str], worktree: Worktree
) -> None:
    side = worktree("side")
    tk("claim", three[0], cwd=side)
    tk("close", three[0], cwd=side)
    assert ready(tk, store) == three[1:]
    found = error(tk, store, "claim", three[0])
    assert found["message"] == f"{three[0]} is done in {side} (branch side), which is not merged here"
    git("add", "-A", cwd=side)
    git("commit", "-q", "-m", "done", cwd=side)
    git("worktree", "remove", side)
    worktree("third")  # the work is finished though its worktree is gone: its branch is there
    assert ready(tk, store) == three[1:]
    git("merge", "-q", "side")
    assert ready(tk, store) == three[1:]
    assert tk("claim", three[0], check=False).returncode == 4  # closed, as its own log says


def test_work_whose_branch_was_thrown_away_is_offered_again(
    store: Path, git: Runner, tk: Runner, three: list[str], worktree: Worktree
) -> None:
    side = worktree("side")
    worktree("third")
    tk("close", three[0], cwd=side)
    git("worktree", "remove", "--force", side)
    assert ready(tk, store) == three[1:]
    git("branch", "-q", "-D", "side")
    assert ready(tk, store) == three


@pytest.mark.parametrize("way", ["remove", "rm", "prune"])
def test_a_worktree_that_is_gone_holds_nothing(
    store: Path, git: Runner, tk: Runner, three: list[str], worktree: Worktree, way: str
) -> None:
    side = worktree("side")
    worktree("third")
    tk("claim", three[0], cwd=side)
    assert ready(tk, store) == three[1:]
    if way == "remove":
        git("worktree", "remove", "--force", side)
    else:
        shutil.rmtree(side)
    if way == "prune":
        git("worktree", "prune")
        git("branch", "-D", "side")
        worktree("side")  # another of the same name
    assert ready(tk, store) == three
    tk("claim", three[0])


def test_a_ttl_comes_free(store: Path, tk: Runner, three: list[str], worktree: Worktree) -> None:
    side = worktree("side")
    tk("claim", three[0], "--ttl", "1", cwd=side)
    assert ready(tk, store) == three[1:]
    time.sleep(1.1)
    assert ready(tk, store) == three
    stale = json.loads(tk("list", "--stale-claims", "--json", cwd=side).stdout)
    assert [issue["id"] for issue in stale] == [three[0]]
    tk("claim", three[0], "--session", "new")
    assert "tk list --stale-claims" in tk("help", "list").stdout


def test_renewal_goes_on(store: Path, tk: Runner, three: list[str], worktree: Worktree) -> None:
    side = worktree("side")
    tk("claim", three[0], "--ttl", "1", cwd=side)
    tk("claim", three[0], "--ttl", "3600", cwd=side)
    time.sleep(1.1)
    assert ready(tk, store) == three[1:]
    assert tk("list", "--stale-claims", cwd=side).stdout == ""


def test_a_claim_that_ran_out_is_taken_when_nothing_else_is_ready(store: Path, tk: Runner, three: list[str]) -> None:
    tk("claim", three[0], "--ttl", "1", "--session", "killed")
    time.sleep(1.1)
    got = [json.loads(tk("ready", "--claim", "--session", "s", "--json").stdout)[0]["id"] for _ in range(3)]
    assert got == [three[1], three[2], three[0]]
    assert tk("ready", "--claim", check=False).returncode == 3


def test_force_takes_it_over_and_the_log_says_so(
    store: Path, git: Runner, tk: Runner, three: list[str], worktree: Worktree
) -> None:
    side = worktree("side")
    tk("claim", three[0], "--actor", "bob", cwd=side)
    tk("claim", three[0], "--force")
    claimed = [json.loads(tk("log", three[0], "--json", cwd=where).stdout)[0] for where in (side, store)]
    assert claimed[1]["data"]["hold"] == claimed[0]["id"] < claimed[1]["id"]
    assert error(tk, side, "claim", three[0], "--actor", "bob")["details"]["holder"]["name"] == "ada"
    for where in (side, store):
        git("add", "-A", cwd=where)
        git("commit", "-q", "-m", "work", cwd=where)
    git("merge", "-q", "-m", "merge", "side")
    assert json.loads(tk("show", three[0], "--json").stdout)[0]["assignee"] == "ada"
    assert json.loads(tk("sync", "--json").stdout)["lost_claims"] == []


def test_the_next_clock_starts_after_what_the_clone_has_seen(
    store: Path, git: Runner, tk: Runner, three: list[str], worktree: Worktree
) -> None:
    """Also where the clock of the one that held it runs ahead."""
    side = worktree("side")
    ahead = '{"id":"01Q00000000000000000000000","type":"task.note.append","task":"%s","at":"%s","by":{},"data":%s}\n'
    future = side / ".tasks/log/2027-09/01/01Q00000000000000000000000.jsonl"
    future.parent.mkdir(parents=True)
    future.write_text(ahead % (three[0], "2027-09-01T00:00:00.000Z", '{"text":"from a clock that is ahead"}'))
    tk("claim", three[0], cwd=side)
    tk("release", three[0], cwd=side)
    tk("claim", three[0], "--actor", "bob")
    for where in (side, store):
        git("add", "-A", cwd=where)
        git("commit", "-q", "-m", "work", cwd=where)
    git("merge", "-q", "-m", "merge", "side")
    assert json.loads(tk("show", three[0], "--json").stdout)[0]["assignee"] == "bob"


def test_a_write_that_fails_leaves_no_lease(store: Path, tk: Runner, three: list[str], worktree: Worktree) -> None:
    side = worktree("side")
    tk("ready", cwd=side)
    log = side / ".tasks/log"
    shutil.move(log, side / "away")
    log.write_text("no folder")
    assert tk("claim", three[0], cwd=side, check=False).returncode != 0
    log.unlink()
    shutil.move(side / "away", log)
    assert ready(tk, store) == three


def test_a_damaged_database_is_made_anew(store: Path, tk: Runner, three: list[str], worktree: Worktree) -> None:
    side = worktree("side")
    tk("claim", three[0], cwd=side)
    (store / ".git/tk/leases.db").write_bytes(b"no database at all" * 100)
    tk("claim", three[1], cwd=side)
    assert ready(tk, store) == three[2:]


def take_all(where: Path, out: list[tuple[str, str]], stop_after: int | None = None) -> None:
    """``tk ready --claim`` until nothing is ready: what an agent does."""
    while stop_after is None or len(out) < stop_after:
        done = subprocess.run(
            [sys.executable, "-m", "bd_py", "ready", "--claim", "--json"],
            cwd=where,
            env=child_env({}),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 3:
            return
        assert done.returncode == 0, done.stderr
        out.append((json.loads(done.stdout)[0]["id"], where.name))


@pytest.mark.parametrize(
    ("worktrees", "count"), [(3, 12), pytest.param(8, 200, marks=pytest.mark.slow)], ids=["small", "full"]
)
def test_exclusive_claim_no_task_is_held_twice(
    store: Path, git: Runner, tk: Runner, worktree: Worktree, worktrees: int, count: int
) -> None:
    tk("import", "-", input="".join(json.dumps({"id": f"t-{k}", "title": "t"}) + "\n" for k in range(count)))
    git("add", "-A")
    git("commit", "-q", "-m", "begin")
    places = [worktree(f"w{k}") for k in range(worktrees)]
    taken: list[list[tuple[str, str]]] = [[] for _ in places]
    with ThreadPoolExecutor(worktrees) as pool:
        list(pool.map(take_all, places, taken))
    holders = Counter(task for each in taken for task, _ in each)
    assert len(holders) == count
    assert set(holders.values()) == {1}
    for place in places:
        git("add", "-A", cwd=place)
        git("commit", "-q", "--allow-empty", "-m", "claims", cwd=place)
        git("merge", "-q", "-m", "merge", place.name)
    found = json.loads(tk("sync", "--json").stdout)
    assert (len(found["claimed"]), found["lost_claims"]) == (count, [])


def test_a_killed_holder_with_a_ttl(store: Path, tk: Runner, three: list[str], worktree: Worktree) -> None:
    """Killed at any moment of its claim, it keeps the task no longer than it said."""
    side = worktree("side")
    for delay in (0.02, 0.05, 0.08, 0.12):
        process = subprocess.Popen(
            [sys.executable, "-m", "bd_py", "claim", three[0], "--ttl", "1", "--session", f"s{delay}"],
            cwd=side,
            env=child_env({}),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    time.sleep(1.3)
    assert ready(tk, store) == three
    tk("claim", three[0])
