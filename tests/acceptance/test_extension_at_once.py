"""A program with tables of its own and tk write at the same time: nothing is lost, nobody meets a locked database."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bd_py import Store
from tests.acceptance.support import assert_one_truth, events_on_disk, workspace
from tests.conftest import child_env
from tests.inprocess import Cli

SECONDS = 10
OWN = """
CREATE TABLE app_runs (
    id INTEGER PRIMARY KEY, issue_id TEXT NOT NULL REFERENCES issues (id) ON DELETE CASCADE, writer TEXT, n INTEGER);
CREATE INDEX app_runs_issue ON app_runs (issue_id);
CREATE TABLE app_count (writer TEXT PRIMARY KEY, n INTEGER NOT NULL);
INSERT INTO app_count VALUES ('guarded', 0), ('plain', 0), ('raw', 0);
"""
HEAD = """
import json, sqlite3, subprocess, sys, time
from bd_py import Store
root, task, end = sys.argv[1], sys.argv[2], time.monotonic() + float(sys.argv[3])
n = 0
"""
TAIL = "\nprint(json.dumps(n))\n"

GUARDED = """
with Store.open(root, actor="app") as store:
    conn = store.connection()
    while time.monotonic() < end:
        n += 1
        with conn.transaction():
            conn.execute("INSERT INTO app_runs (issue_id, writer, n) VALUES (?, 'guarded', ?)", (task, n))
            conn.execute("UPDATE app_count SET n = n + 1 WHERE writer = 'guarded'")
        if n % 10 == 0:
            store.comment(task, f"run {n}")
    conn.close()
"""
PLAIN = """
with Store.open(root, actor="app") as store:
    conn = store.connection()
    while time.monotonic() < end:
        n += 1
        with conn:
            conn.execute("UPDATE app_count SET n = (SELECT n + 1 FROM app_count WHERE writer = 'plain') "
                         "WHERE writer = 'plain'")
            conn.execute("INSERT INTO app_runs (issue_id, writer, n) VALUES (?, 'plain', ?)", (task, n))
    conn.close()
"""
RAW = """
conn = sqlite3.connect(root + "/.tasks/cache.db", timeout=30, isolation_level=None)
conn.execute("PRAGMA foreign_keys = ON")
while time.monotonic() < end:
    n += 1
    conn.execute("BEGIN IMMEDIATE")
    (was,) = conn.execute("SELECT n FROM app_count WHERE writer = 'raw'").fetchone()
    conn.execute("UPDATE app_count SET n = ? WHERE writer = 'raw'", (was + 1,))
    conn.execute("INSERT INTO app_runs (issue_id, writer, n) VALUES (?, 'raw', ?)", (task, n))
    conn.execute("COMMIT")
    time.sleep(0.002)
conn.close()
"""
LIBRARY = """
with Store.open(root, actor="lib") as store:
    while time.monotonic() < end:
        n += 1
        made = store.create(f"of the library {n}")
        if n % 3 == 0:
            store.delete(made.id)
"""
COMMAND = """
while time.monotonic() < end:
    n += 1
    command = [sys.executable, "-m", "bd_py", "-C", root]
    done = subprocess.run([*command, "create", f"of the command {n}"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done
    if n % 5 == 0:
        done = subprocess.run([*command, "rebuild"], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), done
"""
WRITERS = {"guarded": GUARDED, "plain": PLAIN, "raw": RAW, "library": LIBRARY, "command": COMMAND}


def start(root: Path, task: str, code: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HEAD + code + TAIL, str(root), task, str(SECONDS)]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env=child_env({"PYTHONPATH": str(Path(__file__).parents[2])}), **pipes)


@pytest.mark.slow
def test_all_write_for_ten_seconds(cli: Cli) -> None:
    with Store.open(cli.root, actor="ada") as store:
        task = store.create("T").id
        conn = store.connection()
        conn.executescript(OWN)
        conn.close()
    writers = {name: start(cli.root, task, code) for name, code in WRITERS.items()}
    ends = {name: writer.communicate() for name, writer in writers.items()}
    assert {name: err for name, (_, err) in ends.items() if err} == {}, "no word of a locked database"
    wrote = {name: json.loads(out) for name, (out, _) in ends.items()}
    assert all(wrote.values()), wrote
    with Store.open(cli.root) as store:
        conn = store.connection()
        for name in ("guarded", "plain", "raw"):
            found = [n for (n,) in conn.execute("SELECT n FROM app_runs WHERE writer = ? ORDER BY id", (name,))]
            assert found == [*range(1, wrote[name] + 1)], name
        counted = dict(conn.execute("SELECT writer, n FROM app_count").fetchall())
        assert counted == {name: wrote[name] for name in counted}
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        conn.close()
        titles = [each.title for each in store.list(all=True)]
        deleted = wrote["library"] // 3
        assert len([title for title in titles if "library" in title]) == wrote["library"] - deleted
        assert len([title for title in titles if "command" in title]) == wrote["command"]
        assert len(store.comments(task)) == wrote["guarded"] // 10
        on_disk = len(events_on_disk(store._paths))
        assert on_disk == 1 + wrote["guarded"] // 10 + wrote["library"] + deleted + wrote["command"]
        assert_one_truth(workspace(store._paths))
