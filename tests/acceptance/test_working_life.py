"""The working life of a task: its record under many writers, its plan handed out race-free, the same in a clone."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bd_py import query
from bd_py.errors import NotFoundError
from bd_py.paths import Paths
from bd_py.service import claims, deps, tasks
from tests.acceptance.crowd import Command, Crowd
from tests.acceptance.support import make_store, workspace
from tests.acceptance.test_flat_cost import Cost, measured
from tests.conftest import Runner
from tests.git.scenarios import Clock
from tests.inprocess import Cli

__all__ = ["measured"]


def test_a_hundred_blockers_by_four_processes(cli: Cli) -> None:
    task = cli.new("Port the parser")
    with Crowd(cli.root) as crowd:
        done = crowd.lanes([[Command(["blocker", task, "add", f"{who} {k}"]) for k in range(25)] for who in "abcd"])
    assert {each.code for lane in done for each in lane} == {0}
    found = cli.task(task)["blockers"]
    assert sorted(blocker["text"] for blocker in found) == sorted(f"{who} {k}" for who in "abcd" for k in range(25))
    assert len({blocker["id"] for blocker in found}) == 100
    assert cli.types(task).count("blocker.add") == 100


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="counts the bytes that a process read from /proc")
def test_the_last_of_4000_notes_costs_what_the_hundredth_cost(
    cli: Cli, measured: Callable[[Cli, list[str]], Cost]
) -> None:
    task = cli.new("Much discussed")

    def note(count: int) -> None:
        with closing(workspace(Paths(str(cli.root / ".tasks")))) as opened:
            for _ in range(count):
                with opened.writing() as w:
                    tasks.comment(w, task, "x" * 60)

    note(98)
    cli("note", task, "y" * 60)
    hundredth = measured(cli, ["note", task, "z" * 60])
    note(3898)
    cli("note", task, "y" * 60)
    last = measured(cli, ["note", task, "z" * 60])
    assert cli.task(task)["comment_count"] == 4000
    assert last.statements == hundredth.statements
    # The same pages of the cache, but for the levels that its trees grew by.
    assert last.bytes_read < hundredth.bytes_read + 5 * 4096


def test_a_clone_shows_the_same_to_the_byte(cli: Cli, tk: Runner, git: Runner, tmp_path: Path) -> None:
    task = cli.new("Port the parser", "-d", "All of it", "-l", "core", "--branch", "parser")
    other = cli.new("Waits", "--dep", task)
    cli("claim", task, "--session", "s1")
    cli("phase", task, "build")
    cli("progress", task, "half way", "--percent", "50")
    cli("evidence", task, "--run", "echo fine")
    cli("blocker", task, "add", "no host")
    cli("blocker", task, "resolve", cli.task(task)["blockers"][0]["id"])
    cli("note", task, "A note, with ünïcode and \u2028")
    cli("artifact", task, "docs/a.md")
    cli("accept", task, "--actor", "grace")
    cli("close", task, "--session", "s1", "-r", "done")
    commands = [
        ["show", task, other, "--json"],
        ["log", task, "--json"],
        ["log", "--json"],
        ["list", "--all", "--json"],
    ]
    before = [tk(*command).stdout for command in commands]
    for end in ("", "-wal", "-shm"):
        (cli.root / f".tasks/cache.db{end}").unlink(missing_ok=True)
    assert [tk(*command).stdout for command in commands] == before
    git("add", ".tasks")
    git("commit", "-qm", "work")
    git("clone", "-q", ".", tmp_path / "clone")
    assert [tk(*command, cwd=tmp_path / "clone").stdout for command in commands] == before


def test_a_diamond(cli: Cli) -> None:
    a, b, c, d = (cli.new(name) for name in "abcd")
    for issue, on in ((b, a), (c, a), (d, b), (d, c)):
        cli("dep", issue, on)

    def take(who: str) -> str:
        return str(cli.json("ready", "--claim", "--actor", who)[0]["id"])

    assert take("one") == a
    cli.fails(3, "ready", "--claim", "--actor", "two")
    cli("close", a)
    assert {take("one"), take("two")} == {b, c}
    cli.fails(3, "ready", "--claim", "--actor", "three")
    cli("close", b)
    cli.fails(3, "ready", "--claim", "--actor", "one")
    cli("close", c)
    assert take("two") == d
    cli("close", d)
    assert cli.ready() == []


TTL = 60
_edges = st.integers(2, 9).flatmap(
    lambda size: st.tuples(
        st.just(size),
        st.sets(
            st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(lambda pair: pair[0] > pair[1]),
            max_size=2 * size,
        ),
        st.lists(st.sampled_from(["done", "done", "done", "failed", "killed", "retry"]), min_size=5, max_size=40),
        st.randoms(use_true_random=False),
    )
)


@settings(max_examples=40)
@given(plan=_edges)
def test_a_plan_is_worked_off_in_its_order(
    plan: tuple[int, set[tuple[int, int]], list[str], random.Random], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whoever claims, fails, or is killed: nothing before what it depends on, nothing twice at once, all is done."""
    size, edges, fates, chance = plan
    with pytest.MonkeyPatch.context() as monkeypatch:
        clock = Clock(monkeypatch)
        where = make_store(tmp_path_factory.mktemp("plan"))
        workers = [workspace(where, name) for name in ("ada", "grace", "mary")]
        with workers[0].writing() as w:
            ids = [tasks.create(w, f"task {k}") for k in range(size)]
            for issue, on in sorted(edges):
                deps.add(w, ids[issue], ids[on])
        needs = {ids[k]: {ids[on] for issue, on in edges if issue == k} for k in range(size)}
        held: dict[str, int] = {}
        done: set[str] = set()
        for step in range(400):
            if len(done) == size:
                break
            who = chance.randrange(3)
            fate = fates[step] if step < len(fates) else "done"
            try:
                with workers[who].writing() as w:
                    task = claims.claim_next(w, ttl=TTL)
            except NotFoundError:
                assert held, "nothing is ready, nobody holds anything, and not all is done"
                clock.shift += TTL + 1  # those who were killed let go
                held.clear()
                continue
            assert task not in held
            assert task not in done
            assert needs[task] <= done
            if fate == "killed":
                held[task] = who
                continue
            with workers[who].writing() as w:
                if fate == "failed":
                    tasks.close(w, task, resolution="failed")
                    claims.release(w, task)
                elif fate == "retry":
                    claims.release(w, task, reason="to be tried again")
                else:
                    tasks.close(w, task)
                    done.add(task)
        for worker in workers:
            worker.close()
        assert done == set(ids)


WORKER = """
import random, sys, time
from contextlib import closing
from bd_py.errors import NotFoundError, TkError
from bd_py.service import claims, tasks
from bd_py.workspace import Workspace
name, folder = sys.argv[1:]
chance = random.Random(name)
while True:
    with closing(Workspace.find(folder, {"name": name, "session": name})) as opened:
        try:
            with opened.writing() as w:
                task = claims.claim_next(w, ttl=2)
        except NotFoundError:
            left = opened.conn.execute("SELECT count(*) FROM issues WHERE category <> 'done'").fetchone()[0]
            if not left:
                break
            time.sleep(0.05)
            continue
        time.sleep(chance.random() / 20)
        try:
            with opened.writing() as w:
                if chance.random() < 0.2:
                    claims.release(w, task, reason="failed")
                else:
                    tasks.close(w, task)
        except TkError:
            pass
"""


@pytest.mark.slow
def test_a_plan_under_workers_that_are_killed(cli: Cli) -> None:
    chance = random.Random(5)
    with closing(workspace(Paths(str(cli.root / ".tasks")))) as opened, opened.writing(batch=True) as w:
        ids = [tasks.create(w, f"task {k}") for k in range(60)]
        edges = {(k, chance.randrange(k)) for k in range(1, 60) for _ in range(2)}
        for issue, on in sorted(edges):
            deps.add(w, ids[issue], ids[on])

    def start(number: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", WORKER, f"worker-{number}", str(cli.root)])

    workers = [start(k) for k in range(4)]
    for number in range(4, 16):
        time.sleep(0.25)
        victim = workers.pop(chance.randrange(len(workers)))
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        workers.append(start(number))
    for worker in workers:
        assert worker.wait(120) == 0
    finished: list[str] = []
    holder: dict[str, str] = {}
    needs: dict[str, set[str]] = {task: set() for task in ids}
    for issue, on in edges:
        needs[ids[issue]].add(ids[on])
    for event in cli.events():
        task = event["task"]
        if event["type"] == "task.claimed":
            assert needs[task] <= set(finished)
            assert task not in finished
            # Held by another only where the time of that claim had run out, which the new one then names.
            assert task not in holder or event["data"].get("hold") == holder[task]
            holder[task] = event["id"]
        elif event["type"] == "task.released":
            del holder[task]
        elif event["type"] == "task.closed":
            finished.append(task)
            holder.pop(task, None)
    assert sorted(finished) == sorted(ids)
    conn = workspace(Paths(str(cli.root / ".tasks"))).conn
    assert query.issues(conn, query.Filter(query.LIVE), brief=True) == []


def test_two_clones_claim_one_task(cli: Cli, tk: Runner, git: Runner, tmp_path: Path) -> None:
    """After the merge one holds it, on both sides; the other is told by sync, and by its next close."""
    task = cli.new("Wanted by two")
    git("add", ".tasks")
    git("commit", "-qm", "a task")
    clone = tmp_path / "clone"
    git("clone", "-q", ".", clone)
    cli("claim", task, "--actor", "ada")
    git("add", ".tasks")
    git("commit", "-qm", "ada takes it")
    tk("claim", task, "--actor", "grace", cwd=clone)
    git("add", ".tasks", cwd=clone)
    git("commit", "-qm", "grace takes it", cwd=clone)
    git("pull", "-q", "--no-rebase", "--no-edit", cwd=clone)
    git("pull", "-q", "--no-rebase", "--no-edit", str(clone), "main")
    said = tk("sync", "--json", "--actor", "grace", cwd=clone).stdout
    assert task in said.split('"lost_claims":')[1]
    assert cli.task(task)["assignee"] == "ada"
    assert '"assignee":"ada"' in tk("show", task, "--json", cwd=clone).stdout
    assert tk("close", task, "--actor", "grace", cwd=clone, check=False).returncode == 5
    tk("close", task, "--actor", "ada", cwd=clone)
