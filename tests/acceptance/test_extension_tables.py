"""Tables that other programs keep in the cache, with foreign keys to ``issues``: their rows stay."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from bd_py.errors import ConflictError, TkError
from bd_py.paths import Paths
from bd_py.service import rebuild, tasks
from tests.acceptance.support import (
    assert_one_truth,
    drop_cache,
    event,
    event_id,
    events_on_disk,
    head_moves,
    line,
    make_store,
    put_segment,
    workspace,
)

CASCADING = """
CREATE TABLE myapp_runs (
    id INTEGER PRIMARY KEY, issue_id TEXT NOT NULL, note TEXT,
    FOREIGN KEY (issue_id) REFERENCES issues (id) ON DELETE CASCADE);
CREATE INDEX myapp_runs_issue ON myapp_runs (issue_id);
CREATE VIEW myapp_ready AS SELECT r.* FROM myapp_runs r JOIN ready_issues i ON i.id = r.issue_id;
INSERT INTO myapp_runs (issue_id, note) VALUES ('tk-a', 'one'), ('tk-a', 'two'), ('tk-b', 'three');
"""
RUNS = [("tk-a", "one"), ("tk-a", "two"), ("tk-b", "three")]
BASE = "2026-11/20/base.jsonl"
SECOND = "2026-11/21/second.jsonl"


@pytest.fixture
def where(tmp_path: Path) -> Paths:
    """tk-a and tk-b in two segments, and the table of another program that refers to both."""
    found = make_store(tmp_path / "repo")
    put_segment(found, BASE, [line(event(event_id(0), "task.created", "tk-a", {"title": "A"}))])
    put_segment(found, SECOND, [line(event(event_id(1), "task.created", "tk-b", {"title": "B"}))])
    read(found)
    with open_by_another(found) as conn:
        conn.executescript(CASCADING)
    conn.close()
    return found


def open_by_another(where: Paths) -> sqlite3.Connection:
    conn = sqlite3.connect(where.cache)
    conn.execute("PRAGMA foreign_keys = ON")
    return conn


def read(where: Paths) -> dict[str, str]:
    """What a reading verb sees: the status of every row, after a catch-up."""
    opened = workspace(where)
    found = dict(opened.conn.execute("SELECT id, status FROM issues").fetchall())
    opened.close()
    return found


def runs(where: Paths) -> list[tuple[str, str]]:
    conn = open_by_another(where)
    found = conn.execute("SELECT issue_id, note FROM myapp_runs ORDER BY id").fetchall()
    assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
    conn.execute("SELECT count(*) FROM myapp_ready")
    conn.close()
    return found


def test_a_rebuild_keeps_them(where: Paths) -> None:
    assert rebuild.rebuild(where)["foreign_tables"] == ["myapp_runs"]
    assert runs(where) == RUNS
    conn = open_by_another(where)
    kinds = conn.execute("SELECT type FROM sqlite_master WHERE name LIKE 'myapp%' ORDER BY type").fetchall()
    conn.close()
    assert kinds == [("index",), ("table",), ("view",)]


def test_a_change_of_settings_keeps_them(where: Paths) -> None:
    with open(where.config, "a") as file:
        file.write('[statuses.qa]\ncategory = "active"\n')
    read(where)
    assert runs(where) == RUNS


def test_a_catch_up_keeps_them(where: Paths) -> None:
    put_segment(
        where,
        "2026-11/22/merged.jsonl",
        [
            line(event(event_id(5), "task.updated", "tk-a", {"set": {"title": "Other"}})),
            line(event(event_id(-5), "task.updated", "tk-b", {"set": {"title": "Early"}})),
            line(event(event_id(6), "task.closed", "tk-b", {"resolution": "completed"})),
        ],
    )
    assert read(where) == {"tk-a": "open", "tk-b": "closed"}
    assert runs(where) == RUNS


@pytest.mark.parametrize("anew", [False, True], ids=["caught up", "made anew"])
def test_a_task_that_is_on_another_branch(where: Paths, anew: bool) -> None:
    path = Path(where.log) / SECOND
    text = path.read_bytes()
    path.unlink()
    head_moves(where)
    assert read(where) == {"tk-a": "open", "tk-b": "unreachable"}
    if anew:
        rebuild.rebuild(where)
        assert read(where) == {"tk-a": "open", "tk-b": "unreachable"}
    opened = workspace(where)
    with opened.writing() as w, pytest.raises(TkError):
        tasks.comment(w, "tk-b", "it is not here")
    assert opened.conn.execute("SELECT id FROM ready_issues").fetchall() == [("tk-a",)]
    opened.close()
    assert runs(where) == RUNS
    put_segment(where, SECOND, [text])
    assert read(where) == {"tk-a": "open", "tk-b": "open"}
    assert runs(where) == RUNS
    opened = workspace(where)
    assert_one_truth(opened)
    opened.close()


@pytest.mark.parametrize("anew", [False, True], ids=["caught up", "made anew"])
def test_a_delete_that_arrives_by_a_merge(where: Paths, anew: bool) -> None:
    put_segment(where, "2026-11/22/merged.jsonl", [line(event(event_id(5), "task.deleted", "tk-b"))])
    assert read(where) == {"tk-a": "open", "tk-b": "tombstone"}
    if anew:
        rebuild.rebuild(where)
        assert read(where) == {"tk-a": "open", "tk-b": "tombstone"}
    assert runs(where) == RUNS
    opened = workspace(where)
    with opened.writing() as w:
        tasks.restore(w, "tk-b")
    opened.close()
    assert read(where) == {"tk-a": "open", "tk-b": "open"}
    assert runs(where) == RUNS


def test_the_command_delete_cascades(where: Paths) -> None:
    opened = workspace(where)
    with opened.writing() as w:
        tasks.delete(w, "tk-a")
    opened.close()
    assert runs(where) == [("tk-b", "three")]
    assert read(where) == {"tk-b": "open"}


def test_a_delete_that_a_table_forbids_writes_nothing(where: Paths) -> None:
    conn = open_by_another(where)
    conn.execute("CREATE TABLE strict_refs (id TEXT REFERENCES issues (id) ON DELETE RESTRICT)")
    conn.execute("INSERT INTO strict_refs VALUES ('tk-a')")
    conn.commit()
    conn.close()
    before = set(events_on_disk(where))
    opened = workspace(where)
    with pytest.raises(ConflictError, match="does not allow its deletion"), opened.writing() as w:
        tasks.delete(w, "tk-a")
    with opened.writing() as w:  # one of two, as `tk delete A B` does it
        for task in ("tk-a", "tk-b"):
            token = w.begin_item()
            try:
                tasks.delete(w, task)
                w.end_item()
            except ConflictError:
                w.undo_item(token)
    opened.close()
    new = [found for id_, found in events_on_disk(where).items() if id_ not in before]
    assert [(found["type"], found["task"]) for found in new] == [("task.deleted", "tk-b")]
    assert read(where) == {"tk-a": "open"}
    assert runs(where) == RUNS[:2]


def test_a_table_without_a_foreign_key_and_one_of_any_name(where: Paths) -> None:
    conn = open_by_another(where)
    conn.executescript(
        'CREATE TABLE "odd ""name; --" (x);'
        'INSERT INTO "odd ""name; --" VALUES (1);'
        "CREATE TABLE loose (issue_id TEXT); INSERT INTO loose VALUES ('tk-b'), ('gone');"
        "CREATE VIRTUAL TABLE myapp_search USING fts5(text); INSERT INTO myapp_search VALUES ('words');"
        "CREATE TABLE upper (id TEXT REFERENCES ISSUES (ID)); INSERT INTO upper VALUES ('tk-b');"
        "CREATE TABLE bare (id TEXT REFERENCES issues ON DELETE CASCADE); INSERT INTO bare VALUES ('tk-b'), (NULL);"
        "CREATE TRIGGER myapp_trigger AFTER UPDATE ON issues BEGIN INSERT INTO loose VALUES (new.id); END;"
    )
    conn.close()
    (Path(where.log) / SECOND).unlink()
    assert read(where)["tk-b"] == "unreachable"
    rebuild.rebuild(where)
    assert read(where)["tk-b"] == "unreachable"
    conn = open_by_another(where)
    assert conn.execute('SELECT * FROM "odd ""name; --"').fetchall() == [(1,)]
    assert conn.execute("SELECT * FROM myapp_search WHERE myapp_search MATCH 'words'").fetchall() == [("words",)]
    assert conn.execute("SELECT count(*) FROM loose").fetchone()[0] >= 2
    assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
    conn.close()


def test_salvage_from_a_damaged_cache(where: Paths) -> None:
    """Whatever is overwritten: no command crashes, tk's own state is whole, and no row is made up."""
    conn = open_by_another(where)
    conn.executemany("INSERT INTO myapp_runs (issue_id, note) VALUES ('tk-a', ?)", [(f"run {k}",) for k in range(300)])
    conn.commit()
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    whole = Path(where.cache).read_bytes()
    everything = set(runs(where))
    chance = random.Random(4)
    saved = 0
    for _ in range(40):
        drop_cache(where)
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(damaged))
            damaged[at : at + 400] = chance.randbytes(min(400, len(damaged) - at))
        Path(where.cache).write_bytes(damaged)
        try:
            rebuild.rebuild(where)
        finally:
            assert read(where)["tk-a"] == "open"
        opened = workspace(where)
        assert_one_truth(opened)
        opened.close()
        conn = sqlite3.connect(where.cache)
        try:
            found = set(conn.execute("SELECT issue_id, note FROM myapp_runs").fetchall())
            saved += found == everything
        except sqlite3.DatabaseError:
            pass
        conn.close()
    assert saved > 5
