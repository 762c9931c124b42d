"""Rows of another program through whatever happens to a store: only `tk delete` here takes them.

A model holds what the rows must be. Git is real, and so are branches that do not have the task.
"""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bd_py import Store
from bd_py.cache import build, level, upgrade
from bd_py.service import rebuild
from tests.acceptance.support import cached, difference, event, event_id, fresh, line, put_segment, workspace
from tests.conftest import Runner
from tests.inprocess import Cli
from tests.torture.sizes import size

OWN = """
CREATE TABLE app_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, issue_id TEXT NOT NULL REFERENCES issues (id) ON DELETE CASCADE, note TEXT);
CREATE INDEX app_runs_issue ON app_runs (issue_id);
CREATE TABLE app_steps (
    run INTEGER NOT NULL REFERENCES app_runs (id) ON DELETE CASCADE, step INTEGER, data TEXT, PRIMARY KEY (run, step));
CREATE TABLE app_keeps (issue_id TEXT PRIMARY KEY REFERENCES issues (id) ON DELETE RESTRICT);
CREATE TABLE app_loose (issue_id TEXT, note TEXT);
CREATE VIEW app_ready AS SELECT r.id, i.title FROM app_runs r JOIN ready_issues i ON i.id = r.issue_id;
"""
MOST_TASKS = 40
BRANCHES = ("main", "b1", "b2", "b3")


class Life:
    """A store, its git repository, another program's tables, and what must be in them."""

    def __init__(self, cli: Cli, git: Runner, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cli = cli
        self.git = git
        self.chance = random.Random(seed)
        self.monkeypatch = monkeypatch
        self.store = Store.open(cli.root, actor="ada")
        self.where = self.store._paths
        self.runs: dict[int, tuple[str, str]] = {}
        self.steps: dict[tuple[int, int], str] = {}
        self.keeps: set[str] = set()
        self.loose: list[tuple[str, str]] = []
        self.old = 0
        self.done: dict[str, int] = {}
        with self.raw() as conn:
            conn.executescript(OWN)

    @contextlib.contextmanager
    def raw(self):  # type: ignore[no-untyped-def]
        """A connection as any program makes one."""
        conn = sqlite3.connect(self.where.cache, timeout=30, isolation_level=None)
        conn.execute("PRAGMA foreign_keys = ON")
        try:
            yield conn
        finally:
            conn.close()

    def tasks(self) -> list[str]:
        return sorted(task.id for task in self.store.list(all=True))

    def a_task(self) -> str | None:
        found = self.tasks()
        return self.chance.choice(found) if found else None

    # What the other program does

    def insert(self) -> None:
        task = self.a_task()
        if task is None:
            return
        note = f"note {self.chance.random()}"
        with contextlib.closing(self.store.connection()) as conn, conn.transaction():
            (run,) = conn.execute(
                "INSERT INTO app_runs (issue_id, note) VALUES (?, ?) RETURNING id", (task, note)
            ).fetchone()
            conn.execute("INSERT INTO app_steps VALUES (?, 0, '{}')", (run,))
        self.runs[run], self.steps[run, 0] = (task, note), "{}"

    def insert_from_the_shell(self) -> None:
        task = self.a_task()
        if task is None:
            return
        with self.raw() as conn:
            conn.execute("INSERT INTO app_loose VALUES (?, 'raw')", (task,))
        self.loose.append((task, "raw"))

    def change(self) -> None:
        if not self.runs:
            return
        run = self.chance.choice(sorted(self.runs))
        with self.raw() as conn:
            conn.execute("UPDATE app_runs SET note = 'changed' WHERE id = ?", (run,))
            conn.execute("INSERT INTO app_steps VALUES (?, 1, '{}') ON CONFLICT DO NOTHING", (run,))
        self.runs[run], self.steps[run, 1] = (self.runs[run][0], "changed"), "{}"

    def keep(self) -> None:
        task = self.a_task()
        if task is None or len(self.keeps) > 3:
            return
        with self.raw() as conn:
            conn.execute("INSERT INTO app_keeps VALUES (?) ON CONFLICT DO NOTHING", (task,))
        self.keeps.add(task)

    # What people do with tk

    def create(self) -> None:
        if len(self.tasks()) < MOST_TASKS:
            self.cli("create", "T", *(("--depends-on", on) if (on := self.a_task()) else ()))

    def edit(self) -> None:
        task = self.a_task()
        if task is not None:
            self.cli("update", task, "-p", str(self.chance.randrange(5)), "--title", f"T {self.chance.random()}")

    def close(self) -> None:
        task = self.a_task()
        if task is not None:
            self.cli("close", task, check=False)

    def delete(self) -> None:
        task = self.a_task()
        if task is None:
            return
        before = self.cli.lines()
        done = self.cli("delete", task, check=False)
        if task in self.keeps:
            assert done.code == 5
            assert self.cli.lines() == before
            return
        assert done.code == 0, done.err
        self.runs = {run: row for run, row in self.runs.items() if row[0] != task}
        self.steps = {key: data for key, data in self.steps.items() if key[0] in self.runs}

    def rebuild(self) -> None:
        self.store.close()
        rebuild.rebuild(self.where)
        self.reopen()

    def sync(self) -> None:
        self.store.sync()

    # What git and merges do

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", "x", "--allow-empty")

    def switch(self) -> None:
        self.commit()
        name = self.chance.choice(BRANCHES)
        known = self.git("branch", "--list", name).stdout.strip()
        self.git("switch", "-q", *(() if known else ("-c",)), name)

    def merge(self) -> None:
        self.commit()
        name = self.chance.choice(BRANCHES)
        if self.git("branch", "--list", name).stdout.strip():
            self.git("merge", "-q", "--no-edit", name)

    def leave(self) -> None:
        """A branch that has none of the tasks, and back."""
        self.commit()
        here = self.git("branch", "--show-current").stdout.strip()
        self.git("switch", "-q", "--detach", "root")
        self.store.list()
        if self.chance.random() < 0.3:
            rebuild.rebuild(self.where)
        self.check()
        self.git("switch", "-q", here)

    def lose_a_segment(self) -> None:
        """A file of the log goes, is missed, and comes back."""
        files = sorted(Path(self.where.log).rglob("*.jsonl"))
        if not files:
            return
        path = self.chance.choice(files)
        data = path.read_bytes()
        path.unlink()
        self.store.list()
        if self.chance.random() < 0.3:
            rebuild.rebuild(self.where)
        self.check()
        path.write_bytes(data)

    def bring_a_delete(self) -> None:
        """As a merge from another clone does."""
        task = self.a_task()
        if task is None or self.chance.random() < 0.5:
            return
        self.old += 1
        made = event(event_id(10**9 + self.old), "task.deleted", task)
        put_segment(self.where, f"2026-12/{made['id']}.jsonl", [line(made)])

    def bring_old_work(self) -> None:
        """Tasks of a month that has ended, for compact to pack."""
        for _ in range(3 if len(self.tasks()) < MOST_TASKS else 0):
            self.old += 1
            id_ = event_id(-(10**10) + self.old)
            made = event(id_, "task.created", f"tk-old{self.old}", {"title": "Old"})
            put_segment(self.where, f"2026-07/{id_}.jsonl", [line(made)])

    def compact(self) -> None:
        self.commit()
        self.cli("compact")

    def upgrade(self) -> None:
        """A tk of a later schema, which has a step, or knows none."""
        now = level.SCHEMA_VERSION
        for module in (level, upgrade, build):
            self.monkeypatch.setattr(module, "SCHEMA_VERSION", now + 1)
        step = {now + 1: (f"CREATE INDEX later_{now} ON labels (event_id)", f"DROP INDEX later_{now}")}
        self.monkeypatch.setattr(upgrade, "STEPS", step if self.chance.random() < 0.5 else {})
        self.store.close()
        self.reopen()
        self.store.list()

    def reopen(self) -> None:
        self.store = Store.open(self.cli.root, actor="ada")

    # What must hold

    def check(self) -> None:
        with self.raw() as conn:
            runs = {row[0]: row[1:] for row in conn.execute("SELECT id, issue_id, note FROM app_runs")}
            assert runs == self.runs
            steps = {row[:2]: row[2] for row in conn.execute("SELECT run, step, data FROM app_steps")}
            assert steps == self.steps
            assert {row[0] for row in conn.execute("SELECT issue_id FROM app_keeps")} == self.keeps
            assert conn.execute("SELECT * FROM app_loose ORDER BY rowid").fetchall() == self.loose
            assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
            shown = {row[0] for row in conn.execute("SELECT id FROM app_ready")}
            ready = {row[0] for row in conn.execute("SELECT id FROM ready_issues")}
            assert shown == {run for run, row in runs.items() if row[0] in ready}
            gone = "SELECT count(*) FROM issues WHERE (category = 'gone') <> (status IN ('unreachable', 'tombstone'))"
            assert conn.execute(gone).fetchone() == (0,)

    def check_truth(self) -> None:
        """The cache is the fold of the log, but for the rows that are kept for the other program alone."""
        opened = workspace(self.where)
        cache, fold = cached(opened), fresh(self.where)
        opened.close()
        ours = self.runs.values()
        kept = {row["id"] for row in cache["issues"] if row["category"] == "gone"}
        assert kept <= {task for task, _ in ours} | self.keeps
        cache["issues"] = [row for row in cache["issues"] if row["category"] != "gone"]
        assert difference(cache, fold) == {}

    def go_on(self, steps: int) -> None:
        """That many steps, each of them checked."""
        self.git("add", "-A")
        self.git("commit", "-qm", "root")
        self.git("tag", "root")
        often: list[Callable[[], None]] = [self.insert, self.insert, self.change, self.create, self.create, self.edit]
        other = [self.insert_from_the_shell, self.keep, self.close, self.delete, self.rebuild, self.sync, self.commit]
        hard = [self.switch, self.merge, self.leave, self.lose_a_segment, self.bring_a_delete, self.bring_old_work]
        every = [*often, *other, *hard, self.switch, self.merge, self.compact, self.upgrade]
        for number in range(steps):
            step = self.chance.choice(every)
            self.done[step.__name__] = self.done.get(step.__name__, 0) + 1
            step()
            self.store.list()
            self.check()
            if number % 50 == 49:
                self.check_truth()


@pytest.mark.parametrize(
    ("seed", "steps"), [(1, 60), pytest.param(2, size(400, 1000), marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_rows_stay(cli: Cli, git: Runner, seed: int, steps: int) -> None:
    with pytest.MonkeyPatch.context() as later_schemas:
        life = Life(cli, git, seed, later_schemas)
        life.go_on(steps)
        life.check_truth()
        life.store.close()
    assert life.runs
    if steps > 60:
        assert len(life.done) == 19
        names = git("log", "--all", "--name-only", "--format=").stdout
        assert "/pack-" in names
    with life.raw() as conn:  # what is kept for its rows alone goes with them
        conn.executescript("DROP VIEW app_ready; DROP TABLE app_steps; DROP TABLE app_runs; DROP TABLE app_keeps;")
        conn.execute(f"PRAGMA user_version = {level.SCHEMA_VERSION}")
    rebuild.rebuild(life.where)
