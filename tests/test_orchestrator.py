"""docs/examples/orchestrator.py, run: two workers, kills at any moment, steps that fail."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bd_py import Store
from tests.acceptance.support import assert_one_truth, workspace
from tests.inprocess import Cli

FINISHED = "SELECT issue_id FROM log_events WHERE type = 'task.closed' ORDER BY id"
PROGRAM = Path(__file__).parent.parent / "docs/examples/orchestrator.py"


def orchestrate(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROGRAM), str(root), "--patience", "20", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def plan(cli: Cli, tasks: int = 8, steps: int = 3, pause: float = 0.02) -> list[str]:
    """Tasks in two chains, each with steps that say in a file of its own that they ran."""
    made: list[str] = []
    with Store.open(cli.root, actor="ada") as store, store.batch() as batch:
        for k in range(tasks):
            ran = "\n".join(f"echo {step} >> ran-{k}; sleep {pause}" for step in range(steps))
            made.append(batch.create(f"T {k}", description=ran, depends_on=made[-2:-1]))
    return made


def rows(root: Path, query: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(root / ".tasks/cache.db")) as conn:
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        return conn.execute(query).fetchall()


def ran(root: Path, task: int) -> list[str]:
    return (root / f"ran-{task}").read_text().split()


def check_all_done(cli: Cli, tasks: list[str], steps: int = 3) -> None:
    """Each task closed once, proven once, by one running execution with a checkpoint a step."""
    with Store.open(cli.root) as store:
        for task in tasks:
            found = store.show(task)
            assert (found.status, found.resolution) == ("closed", "completed")
            assert [each.passed for each in found.evidence] == [True]
            closed = [event for event in store.history(task) if event.type == "task.closed"]
            assert len(closed) == 1
    complete = rows(cli.root, "SELECT issue_id, count(*) FROM orch_executions WHERE status = 'complete' GROUP BY 1")
    assert sorted(complete) == [(task, 1) for task in sorted(tasks)]
    assert rows(cli.root, "SELECT * FROM orch_executions WHERE status = 'running'") == []
    each = rows(cli.root, "SELECT count(*) FROM orch_checkpoints GROUP BY execution_id")
    assert each == [(steps,)] * len(tasks)
    assert_one_truth(workspace(store._paths))


def test_two_workers_share_the_work(cli: Cli) -> None:
    tasks = plan(cli)
    done = orchestrate(cli.root)
    assert (done.returncode, done.stderr) == (0, "")
    check_all_done(cli, tasks)
    for k in range(len(tasks)):
        assert ran(cli.root, k) == ["0", "1", "2"]
    workers = rows(cli.root, "SELECT worker, count(*) FROM orch_executions GROUP BY 1 ORDER BY 1")
    assert [name for name, _ in workers] == ["worker-1", "worker-2"]
    said = dict(line.split(": ") for line in done.stdout.splitlines())
    assert said == {str(name): f"{count} closed" for name, count in workers}
    order = {task: k for k, task in enumerate(row[0] for row in rows(cli.root, FINISHED))}
    assert all(order[tasks[k]] < order[tasks[k + 2]] for k in range(len(tasks) - 2)), "what waits comes after"


def test_a_step_that_fails(cli: Cli) -> None:
    with Store.open(cli.root, actor="ada") as store:
        broken = store.create("Broken", description="echo a >> ran-0\necho why >&2; exit 3\necho b >> ran-0")
        after = store.create("After", depends_on=[broken.id])
    assert orchestrate(cli.root).returncode == 0
    with Store.open(cli.root) as store:
        found = store.show(broken.id)
        assert (found.status, found.resolution) == ("closed", "failed")
        assert [(each.passed, each.exit_code, each.summary) for each in found.evidence] == [(False, 3, "why\n")] * 2
        assert "2 attempts failed" in found.comments[0].text
        assert store.get(after.id).status == "closed", "a task that waits for it waits no more"
    assert ran(cli.root, 0) == ["a", "a"]
    query = "SELECT e.status FROM orch_executions e JOIN issues i ON i.id = e.issue_id WHERE i.title = 'Broken'"
    assert rows(cli.root, query) == [("failed",)] * 2


def test_a_worker_that_was_killed_goes_on_where_it_was(cli: Cli) -> None:
    """Killed in its second step: the first is not run again."""
    with Store.open(cli.root, actor="ada") as store:
        task = store.create("T", description="echo 0 >> ran-0\necho 1 >> ran-0; sleep 30\necho 2 >> ran-0")
    command = [sys.executable, str(PROGRAM), str(cli.root), "--workers", "1"]
    with subprocess.Popen(command, start_new_session=True) as parent:
        end = time.monotonic() + 30
        while time.monotonic() < end and not ((cli.root / "ran-0").exists() and len(ran(cli.root, 0)) == 2):
            time.sleep(0.02)
        kill_all(parent)
    assert ran(cli.root, 0) == ["0", "1"]
    with Store.open(cli.root, actor="ada") as store:
        assert store.get(task.id).status == "in_progress"
        store.update(task.id, description="echo 0 >> ran-0\necho 1 >> ran-0\necho 2 >> ran-0")
    assert orchestrate(cli.root, "--workers", "1").stdout == "worker-1: 1 closed\n"
    assert ran(cli.root, 0) == ["0", "1", "1", "2"], "the step that was cut off is run again, the one before is not"
    check_all_done(cli, [task.id])


def kill_all(parent: subprocess.Popen[bytes]) -> None:
    """End a process and those that it started, which are a group of their own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(parent.pid, signal.SIGKILL)
    parent.wait()


@pytest.mark.slow
def test_kills_at_any_moment(cli: Cli) -> None:
    """Nothing is lost, done twice or held by nobody, whenever everything is killed."""
    chance = random.Random(3)
    tasks = plan(cli, tasks=10, pause=0.15)
    kills = 0
    for _ in range(7):
        with subprocess.Popen([sys.executable, str(PROGRAM), str(cli.root)], start_new_session=True) as parent:
            try:
                parent.wait(chance.uniform(0.3, 0.7))
            except subprocess.TimeoutExpired:
                kills += 1
            kill_all(parent)
    assert kills > 3
    assert orchestrate(cli.root).returncode == 0
    check_all_done(cli, tasks)
    for k in range(len(tasks)):
        assert list(dict.fromkeys(ran(cli.root, k))) == ["0", "1", "2"], "in order; one that was cut off again"
        assert len(ran(cli.root, k)) <= 3 + kills
