"""Workers that share a store: each takes a ready task, runs its steps, proves them and closes it.

    python orchestrator.py REPOSITORY [--workers 2]

A task's steps are the lines of its description, each a shell command. What the workers do is kept in two tables
beside tk's, so that a worker that is killed goes on where it was: in its next life, or, once its claim has run out,
in the other worker. A step that was cut off is run again, so steps must bear that.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from bd_py import Store
from bd_py.errors import ConflictError, NotFoundError
from bd_py.store import Extension, Task

CLAIM_SECONDS = 300
"""How long a worker may take for one step, before another takes the task over."""
ATTEMPTS = 2

SCHEMA = """
CREATE TABLE IF NOT EXISTS orch_executions (
    id          INTEGER PRIMARY KEY,
    issue_id    TEXT NOT NULL REFERENCES issues (id) ON DELETE CASCADE,
    worker      TEXT NOT NULL,
    status      TEXT NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'complete', 'failed')),
    started_at  TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    finished_at TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS orch_executions_running ON orch_executions (issue_id) WHERE status = 'running';
CREATE TABLE IF NOT EXISTS orch_checkpoints (
    execution_id INTEGER NOT NULL REFERENCES orch_executions (id) ON DELETE CASCADE,
    step         INTEGER NOT NULL,
    result       TEXT NOT NULL,
    created_at   TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (execution_id, step)
);
"""
BEGIN = """
INSERT INTO orch_executions (issue_id, worker) VALUES (?, ?)
ON CONFLICT (issue_id) WHERE status = 'running' DO UPDATE SET worker = excluded.worker
RETURNING id
"""
SETTLE = """
UPDATE orch_executions SET status = 'complete', finished_at = CURRENT_TIMESTAMP
WHERE status = 'running' AND issue_id IN (SELECT id FROM issues WHERE status = 'closed')
"""


class Worker:
    """One worker of a store; its name is its claim's, so the same name goes on with what it had."""

    def __init__(self, store: Store, conn: Extension, name: str) -> None:
        self.store = store
        self.conn = conn
        self.name = name

    def run(self, patience: float) -> int:
        """Work until nothing is left, or nothing has happened for ``patience`` seconds; how many tasks were closed."""
        with self.conn.transaction():
            self.conn.execute(SETTLE)  # killed after the task was closed, and before its execution was
        closed = 0
        quiet_since = time.monotonic()
        while True:
            task = self.next_task()
            if task is not None:
                closed += self.work(task)
                quiet_since = time.monotonic()
            elif not self.store.list(status="in_progress") or time.monotonic() - quiet_since > patience:
                return closed
            else:  # the others are at work: what they close may free more
                next(self.store.watch(timeout=0.5), None)

    def next_task(self) -> Task | None:
        """What it held when it was killed, else the first that is ready: of two who ask, each gets another."""
        for task in self.store.list(status="in_progress", assignee=self.name):
            return self.store.claim(task.id, ttl=CLAIM_SECONDS)
        try:
            return self.store.claim_next(ttl=CLAIM_SECONDS)
        except NotFoundError:
            return None

    def work(self, task: Task) -> bool:
        """Run the steps that have no checkpoint yet; whether the task is closed now."""
        with self.conn.transaction():
            (execution,) = self.conn.execute(BEGIN, (task.id, self.name)).fetchone()
        query = "SELECT coalesce(max(step), -1) FROM orch_checkpoints WHERE execution_id = ?"
        (last,) = self.conn.execute(query, (execution,)).fetchone()
        for step, command in enumerate(task.description.splitlines()):
            if step <= last:
                continue
            done = subprocess.run(command, shell=True, cwd=Path(self.store.path).parent, capture_output=True, text=True)
            if done.returncode:
                return self.fail(task, execution, command, done)
            try:
                self.store.claim(task.id, ttl=CLAIM_SECONDS)  # still mine: renew
            except ConflictError:
                return False  # it took too long, and another has it
            result = json.dumps({"command": command, "out": done.stdout[-1000:]})
            with self.conn.transaction():
                checkpoint = "INSERT INTO orch_checkpoints (execution_id, step, result) VALUES (?, ?, ?)"
                self.conn.execute(checkpoint, (execution, step, result))
        with self.store.batch() as batch:  # both or neither
            batch.add_evidence(task.id, passed=True, summary=f"every step of execution {execution} exits 0")
            batch.close(task.id, reason=f"done by {self.name}")
        self.finish(execution, "complete")
        return True

    def fail(self, task: Task, execution: int, command: str, done: subprocess.CompletedProcess[str]) -> bool:
        """Record what failed; give the task back for another attempt, or close it as failed."""
        self.finish(execution, "failed")
        query = "SELECT count(*) FROM orch_executions WHERE issue_id = ? AND status = 'failed'"
        (attempts,) = self.conn.execute(query, (task.id,)).fetchone()
        with self.store.batch() as batch:
            batch.add_evidence(
                task.id, passed=False, command=command, exit_code=done.returncode, summary=done.stderr[-500:] or None
            )
            if attempts < ATTEMPTS:
                batch.release(task.id, reason=f"attempt {attempts} failed: {command}")
            else:
                batch.comment(task.id, f"{attempts} attempts failed; the last at: {command}")
                batch.close(task.id, resolution="failed", reason=f"exit code {done.returncode}")
        return bool(attempts >= ATTEMPTS)

    def finish(self, execution: int, status: str) -> None:
        """End an execution."""
        with self.conn.transaction():
            end = "UPDATE orch_executions SET status = ?, finished_at = CURRENT_TIMESTAMP WHERE id = ?"
            self.conn.execute(end, (status, execution))


def main(argv: Sequence[str] | None = None) -> int:
    """Start the workers and wait for them, or (``--worker``) be one."""
    parser = argparse.ArgumentParser(description="Work through the ready tasks of a store.")
    parser.add_argument("repository")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--worker", metavar="NAME", help="be this one worker")
    parser.add_argument("--patience", type=float, default=60.0, metavar="SECONDS")
    given = parser.parse_args(argv)
    if given.worker is None:
        with Store.open(given.repository) as store, closing(store.connection()) as conn, conn.transaction():
            for statement in filter(str.strip, SCHEMA.split(";")):
                conn.execute(statement)
        command = [sys.executable, __file__, given.repository, "--patience", str(given.patience), "--worker"]
        workers = [subprocess.Popen([*command, f"worker-{k}"]) for k in range(1, given.workers + 1)]
        return max(worker.wait() for worker in workers)
    name = given.worker
    with Store.open(given.repository, actor=name, session=name) as store, closing(store.connection()) as conn:
        print(f"{name}: {Worker(store, conn, name).run(given.patience)} closed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
