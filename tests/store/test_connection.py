"""A connection for a program's own tables: tk's cannot be changed on it, and neither side meets a locked database."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import time

import pytest

from bd_py import Store
from bd_py.errors import ConflictError, UsageError
from tests.acceptance.support import assert_one_truth, workspace
from tests.inprocess import Cli

OWN = """
CREATE TABLE app_runs (
    id INTEGER PRIMARY KEY, issue_id TEXT NOT NULL REFERENCES issues (id) ON DELETE CASCADE, n INTEGER DEFAULT 0);
CREATE INDEX app_runs_issue ON app_runs (issue_id);
CREATE VIEW app_open AS SELECT r.id, i.title FROM app_runs r JOIN ready_issues i ON i.id = r.issue_id;
CREATE TRIGGER app_log AFTER INSERT ON app_runs BEGIN UPDATE app_runs SET n = n + 1 WHERE id = new.id; END;
"""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE issues SET title = 'x'",
        "DELETE FROM issues",
        "INSERT INTO labels VALUES ('a', 'b', 'c')",
        "REPLACE INTO meta VALUES ('epoch', 'x')",
        "DROP TABLE records",
        "DROP VIEW ready_issues",
        "ALTER TABLE issues ADD COLUMN x",
        "ALTER TABLE issues RENAME TO mine",
        "CREATE INDEX mine ON issues (title)",
        "DROP INDEX issues_ready",
        "CREATE TRIGGER mine AFTER UPDATE ON issues BEGIN SELECT 1; END",
        "CREATE TEMP TRIGGER mine AFTER UPDATE ON issues BEGIN SELECT 1; END",
        "CREATE TRIGGER mine AFTER INSERT ON app_runs BEGIN DELETE FROM issues; END",
        "PRAGMA user_version = 7",
        "PRAGMA writable_schema = 1",
        "PRAGMA journal_mode = DELETE",
        "DELETE FROM ISSUES",
        "WITH x AS (SELECT 1) UPDATE log_events SET present = 0",
        "ANALYZE",
        "ANALYZE issues",
        "PRAGMA main.user_version = 7",
        'CREATE TABLE "Issues" (x)',
        "INSERT INTO sqlite_master VALUES ('table', 'x', 'x', 1, '')",
    ],
)
def test_tables_of_tk_cannot_be_changed(opened_store: Store, statement: str) -> None:
    opened_store.create("T")
    with opened_store.connection() as conn:
        conn.executescript(OWN)
        conn.execute("INSERT INTO app_runs (issue_id) SELECT id FROM issues")
        if "app_runs" not in statement:
            with pytest.raises(sqlite3.DatabaseError):
                conn.execute(statement)
        else:
            with pytest.raises(sqlite3.DatabaseError):  # noqa: PT012 (one of the two is refused)
                conn.execute(statement)
                conn.execute("INSERT INTO app_runs (issue_id) SELECT id FROM issues")
    conn.close()
    opened_store.create("Still fine")
    assert_one_truth(workspace(opened_store._paths))


def test_nor_past_its_statements(opened_store: Store) -> None:
    """SQLite opens a value for writing without asking the authorizer, and an authorizer can be taken away."""
    opened_store.create("Title")
    with contextlib.closing(opened_store.connection()) as conn:
        (row,) = conn.execute("SELECT rowid FROM issues").fetchone()
        with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
            conn.blobopen("Issues", "title", row)
        with conn.blobopen("issues", "title", row, readonly=True) as blob:
            assert blob.read() == b"Title"
        with pytest.raises(sqlite3.ProgrammingError):
            conn.set_authorizer(None)
        conn.executescript("CREATE TABLE app_x (data); INSERT INTO app_x VALUES (x'0000'); ANALYZE app_x;")
        with conn.blobopen("app_x", "data", 1) as blob:
            blob.write(b"ok")
        assert conn.execute("SELECT data FROM app_x").fetchall() == [(b"ok",)]
    assert_one_truth(workspace(opened_store._paths))


def test_the_cache_cannot_be_attached_to_itself(opened_store: Store) -> None:
    opened_store.create("T")
    conn = opened_store.connection()
    for name in (opened_store._paths.cache, "file:" + opened_store._paths.cache):
        with pytest.raises(sqlite3.DatabaseError):
            conn.execute("ATTACH ? AS again", (name,))
    conn.execute("ATTACH ':memory:' AS beside")
    conn.close()


def test_own_tables_live_beside(opened_store: Store, cli: Cli) -> None:
    store = opened_store
    task, other = store.create("T"), store.create("U")
    conn = store.connection()
    conn.executescript(OWN)
    with conn.transaction():
        conn.executemany("INSERT INTO app_runs (issue_id) VALUES (?)", [(task.id,), (other.id,)])
    assert conn.execute("SELECT title FROM app_open ORDER BY 1").fetchall() == [("T",), ("U",)]
    with pytest.raises(sqlite3.IntegrityError), conn.transaction():
        conn.execute("INSERT INTO app_runs (issue_id) VALUES ('nope')")
    with pytest.raises(ZeroDivisionError), conn.transaction():  # noqa: PT012 (the block fails)
        conn.execute("DELETE FROM app_runs")
        _ = 1 / 0
    store.delete(task.id)
    cli("rebuild")
    assert conn.execute("SELECT issue_id, n FROM app_runs").fetchall() == [(other.id, 1)]
    conn.close()


def test_the_lock_is_not_waited_for_by_who_holds_it(opened_store: Store) -> None:
    task = opened_store.create("T")
    conn = opened_store.connection()
    with conn.transaction():
        assert opened_store.get(task.id) == task
        with pytest.raises(UsageError, match="holds the lock"):
            opened_store.create("U")
    with opened_store.batch() as batch:
        batch.create("U")
        with pytest.raises(UsageError, match="batch"), conn.transaction():
            pass
    assert len(opened_store.list()) == 2
    conn.close()


def test_a_cache_that_was_replaced(opened_store: Store, cli: Cli) -> None:
    opened_store.create("T")
    conn = opened_store.connection()
    for end in ("", "-wal", "-shm"):
        (cli.root / f".tasks/cache.db{end}").unlink(missing_ok=True)
    with pytest.raises(ConflictError, match="replaced"), conn.transaction():
        pass
    conn.close()


@pytest.mark.slow
def test_both_write_at_once(opened_store: Store, cli: Cli) -> None:
    task = opened_store.create("T")
    conn = opened_store.connection()
    conn.executescript(OWN)
    with conn.transaction():
        conn.execute("INSERT INTO app_runs (issue_id) VALUES (?)", (task.id,))
    code = """
import sys, time
from bd_py import Store
with Store.open(sys.argv[1]) as store:
    end, k = time.monotonic() + 3, 0
    while time.monotonic() < end:
        k += 1
        store.create(f"T {k}")
    print(k)
"""
    with subprocess.Popen([sys.executable, "-c", code, str(cli.root)], stdout=subprocess.PIPE, text=True) as writer:
        count, end = 1, time.monotonic() + 2.5
        while time.monotonic() < end:
            count += 2
            with conn.transaction():
                conn.execute("UPDATE app_runs SET n = n + 1")
            conn.execute("UPDATE app_runs SET n = n + 1 WHERE n >= (SELECT max(n) FROM app_runs)")
            conn.commit()
        made = int(writer.communicate()[0])
    assert conn.execute("SELECT n FROM app_runs").fetchall() == [(count,)]
    assert len(opened_store.list()) == made + 1
    conn.close()
