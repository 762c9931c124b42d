"""``tk sql``: any reading, and nothing but reading."""

from __future__ import annotations

import csv
import io
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import child_env
from tests.inprocess import Cli


def test_text(cli: Cli) -> None:
    a = cli.new("A", "-p", "0")
    b = cli.new("Bell\x07", "-p", "1")
    done = cli("sql", "SELECT id, title, NULL AS nil FROM issues ORDER BY priority")
    assert done.lines == ["id             title     nil", f"{a}  A", f"{b}  Bell\\x07"]


def test_json_and_csv(cli: Cli) -> None:
    task = cli.new("=1+1")
    query = "SELECT id, id, title, priority, x'00ff' AS raw, NULL AS nil FROM issues"
    row = {"id": task, "id_2": task, "title": "=1+1", "priority": 2, "raw": "00ff", "nil": None}
    assert cli.json("sql", query) == [row]
    header, values = csv.reader(io.StringIO(cli("sql", query, "--csv").out, newline=""))
    assert header == ["id", "id", "title", "priority", "raw", "nil"]
    assert values == [task, task, "'=1+1", "2", "00ff", ""]
    assert cli.json("sql", "SELECT 1 AS one WHERE 0") == []


@pytest.mark.parametrize(
    "query",
    [
        "VALUES (1)",
        "WITH RECURSIVE n(k) AS (SELECT 1 UNION SELECT k + 1 FROM n WHERE k < 5) SELECT sum(k) FROM n",
        "SELECT value FROM json_each('[1]')",
        "SELECT name FROM pragma_table_info('issues') WHERE name = 'id'",
        "PRAGMA table_info(labels)",
        "EXPLAIN QUERY PLAN SELECT * FROM ready_issues",
        "SELECT count(*) FROM sqlite_schema",
        "SELECT 1;",
    ],
)
def test_what_reads(cli: Cli, query: str) -> None:
    assert len(cli.json("sql", query)) >= 1


@pytest.mark.parametrize(
    "query",
    [
        *("DELETE FROM issues", "UPDATE issues SET title = 'x'", "INSERT INTO labels VALUES ('a', 'b', 'c')"),
        *("DROP TABLE issues", "CREATE TABLE x (a)", "CREATE TEMP TABLE x (a)", "ALTER TABLE issues ADD x"),
        *("CREATE VIEW v AS SELECT 1", "CREATE INDEX i ON issues (title)", "VACUUM", "VACUUM INTO 'copy.db'"),
        *("ATTACH 'other.db' AS o", "DETACH main", "PRAGMA user_version = 9", "PRAGMA journal_mode = DELETE"),
        *(
            "PRAGMA writable_schema = 1",
            "PRAGMA wal_checkpoint",
            "BEGIN",
            "COMMIT",
            "SAVEPOINT s",
            "REINDEX",
            "ANALYZE",
        ),
        *("SELECT load_extension('x')", "UPDATE sqlite_schema SET sql = ''", "PRAGMA query_only = 0"),
        *("WITH a AS (SELECT 1) DELETE FROM issues", "REPLACE INTO meta VALUES ('a', 'b')"),
    ],
)
def test_what_writes_is_refused(cli: Cli, query: str) -> None:
    cli.new()
    cli("list")
    before = cli.cached(), sorted(path.name for path in cli.root.rglob("*") if ".git" not in path.parts)
    error = cli.fails(4, "sql", query, "--json").errors[0]
    assert error["code"] == "invalid"
    assert (cli.cached(), sorted(path.name for path in cli.root.rglob("*") if ".git" not in path.parts)) == before
    assert cli.json("sql", "PRAGMA user_version")[0]["user_version"] > 0
    cli("create", "The cache can still be written")


def test_a_table_of_another_program_can_be_read(cli: Cli) -> None:
    import sqlite3

    cli.new()
    with sqlite3.connect(cli.root / ".tasks/cache.db") as conn:
        conn.execute("CREATE TABLE mine (issue_id TEXT)")
        conn.execute("INSERT INTO mine VALUES ('x')")
    conn.close()
    assert cli.json("sql", "SELECT * FROM mine") == [{"issue_id": "x"}]


def test_from_a_file_and_stdin(cli: Cli) -> None:
    (cli.root / "q.sql").write_text("-- a comment\nSELECT 1 AS a\n")
    assert cli.json("sql", "@q.sql") == [{"a": 1}]
    assert cli.json("sql", "-", input="SELECT 2 AS a") == [{"a": 2}]


def test_an_interrupt_ends_a_long_query(cli: Cli, store: Path) -> None:
    # Minutes, not for ever: whatever ends this test before its time leaves nothing behind that runs on.
    query = "WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < 1e9) SELECT count(*) FROM n"
    command = [sys.executable, "-m", "bd_py", "sql", query]
    with subprocess.Popen(command, cwd=store, env=child_env({}), stdout=subprocess.PIPE) as running:
        try:
            time.sleep(2)  # so that the query runs
            running.send_signal(signal.SIGINT)
            assert running.wait(30) == 130
        finally:
            running.kill()


def test_columns_of_wide_letters(cli: Cli) -> None:
    cli.new("日本", "-p", "1")
    cli.new("abcdef", "-p", "0")
    assert cli("sql", "SELECT title, priority FROM issues ORDER BY priority").lines == [
        "title   priority",
        "abcdef  0",
        "日本    1",
    ]
