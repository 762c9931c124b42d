"""The index of words: whatever is done to a store, it says what one made anew would say."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from bd_py import config, query
from bd_py.cache import build, foreign, level, search, searched
from bd_py.errors import TkError
from bd_py.paths import Paths
from bd_py.service import rebuild, tasks
from bd_py.service import search as service
from bd_py.workspace import Workspace
from bd_py.write import Write
from tests.acceptance.actions import ACTIONS, Action
from tests.acceptance.support import (
    assert_one_truth,
    drop_cache,
    event,
    event_id,
    head_moves,
    line,
    make_store,
    put_segment,
    workspace,
)
from tests.acceptance.test_one_truth import OneTruth

BASE = "2026-11/base.jsonl"
SECOND = "2026-11/second.jsonl"


def content(conn: Any) -> dict[str, list[tuple[Any, ...]]]:
    """What the index holds: texts by task, and every word and piece of a word with its counts."""
    for table in ("search_text", "search_titles"):
        conn.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")
    found = {
        "texts": conn.execute(
            "SELECT s.issue_id, t.title, t.body, t.comments FROM search_tasks s "
            "LEFT JOIN search_text t ON t.rowid = s.docid ORDER BY 1"
        ).fetchall(),
        "count": conn.execute("SELECT count(*) FROM search_text").fetchall(),
    }
    for table in ("search_text", "search_titles"):
        conn.execute(f"CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', '{table}', 'col')")
        found[table] = conn.execute("SELECT * FROM temp.words ORDER BY 1, 2").fetchall()
        conn.execute("DROP TABLE temp.words")
    return found


def bring_level(opened: Workspace) -> None:
    opened.refresh()
    share = 0.0
    while share < 1:
        with opened.writing() as w:
            share = search.update(w.conn, w.cache.meta)
    opened.refresh()


def assert_equals_a_fresh_one(opened: Workspace) -> None:
    """The index, brought level, and one of a cache that was folded from nothing."""
    bring_level(opened)
    assert searched.is_level(opened.conn)
    anew = build.in_memory(opened.paths, config.load(opened.paths.config))
    try:
        meta: dict[str, str] = {}
        while search.update(anew, meta) < 1:
            pass
        assert content(opened.conn) == content(anew)
        here = anew.execute("SELECT id FROM issues WHERE category <> 'gone' ORDER BY id").fetchall()
        assert [row[:1] for row in content(anew)["texts"]] == here
    finally:
        anew.close()


class SearchIndex(OneTruth):
    """All that is done to a store, and searches in between, finished or not."""

    @rule()
    def search(self) -> None:
        bring_level(self.opened)

    @rule()
    def search_in_parts(self) -> None:
        """One that is interrupted."""
        with self.opened.writing() as w:
            search.update(w.conn, w.cache.meta)

    @rule(actions=st.lists(ACTIONS, min_size=1, max_size=6))
    def write_to_what_was_searched(self, actions: list[Action]) -> None:
        """Verbs on tasks that the index holds, each applied to its row where that can be."""
        bring_level(self.opened)
        for action in actions:
            try:
                with self.opened.writing() as w:
                    action(w)
            except TkError:
                pass
        assert_equals_a_fresh_one(self.opened)

    @rule()
    def compare(self) -> None:
        assert_equals_a_fresh_one(self.opened)

    @invariant()
    def other_programs_own_no_table(self) -> None:
        assert foreign.tables(self.opened.conn) == []

    def teardown(self) -> None:
        try:
            assert_equals_a_fresh_one(self.opened)
        finally:
            super().teardown()


SearchIndex.TestCase.settings = settings(max_examples=40, stateful_step_count=20)


@pytest.mark.slow
class TestSearchIndex(SearchIndex.TestCase):  # type: ignore[misc, valid-type]
    """In parts of two tasks, so that most fillings are interrupted."""

    @pytest.fixture(autouse=True)
    def small_parts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(search, "PART", 2)


@pytest.fixture
def where(tmp_path: Path) -> Paths:
    found = make_store(tmp_path / "repo")
    put_segment(found, BASE, [line(event(event_id(0), "task.created", "tk-a", {"title": "Vector layer"}))])
    put_segment(found, SECOND, [line(event(event_id(1), "task.created", "tk-b", {"title": "Scalar layer"}))])
    return found


@pytest.fixture
def opened(where: Paths) -> Iterator[Workspace]:
    found = workspace(where)
    yield found
    found.close()


def find(opened: Workspace, text: str) -> list[str]:
    opened.refresh()
    return [hit.id for hit in service.search(opened, text, query.Filter(query.ALL))]


def noted(opened: Workspace) -> list[str]:
    opened.refresh()
    return [row[0] for row in opened.conn.execute("SELECT issue_id FROM search_changes ORDER BY 1")]


def test_there_is_none_until_somebody_searches(opened: Workspace) -> None:
    with opened.writing() as w:
        tasks.create(w, "Written before")
    assert noted(opened) == []
    names = {row[0] for row in opened.conn.execute("SELECT name FROM sqlite_master")}
    assert "search_text" not in names
    assert find(opened, "layer") == ["tk-a", "tk-b"]


def test_a_write_notes_what_says_something_new_and_nothing_else(opened: Workspace) -> None:
    find(opened, "layer")
    says_nothing: list[Callable[[Write], object]] = [
        lambda w: tasks.set_fields(w, "tk-a", {"priority": 0, "assignee": "ada"}),
        lambda w: tasks.set_labels(w, "tk-a", add=["x"]),
        lambda w: tasks.close(w, "tk-a"),
        lambda w: tasks.reopen(w, "tk-a"),
    ]
    for change in says_nothing:
        with opened.writing() as w:
            change(w)
        assert noted(opened) == []
    says_something: list[Callable[[Write], object]] = [
        lambda w: tasks.set_fields(w, "tk-a", {"title": "Tensor layer"}),
        lambda w: tasks.set_fields(w, "tk-a", {"notes": "Seen on staging"}),
        lambda w: tasks.comment(w, "tk-a", "A remark"),
        lambda w: tasks.delete(w, "tk-a"),
        lambda w: tasks.restore(w, "tk-a"),
    ]
    for change in says_something:
        with opened.writing() as w:
            change(w)
        assert noted(opened) == ["tk-a"]
        assert_equals_a_fresh_one(opened)
        assert noted(opened) == []
    assert find(opened, "tensor") == ["tk-a"]
    assert find(opened, "staging") == ["tk-a"]
    assert find(opened, "vector") == []


def test_tasks_that_are_gone_are_not_found(opened: Workspace) -> None:
    assert find(opened, "layer") == ["tk-a", "tk-b"]
    path = Path(opened.paths.log, SECOND)
    text = path.read_bytes()
    path.unlink()
    head_moves(opened.paths)
    assert find(opened, "layer") == ["tk-a"]
    put_segment(opened.paths, SECOND, [text])
    head_moves(opened.paths)
    assert find(opened, "layer") == ["tk-a", "tk-b"]
    with opened.writing() as w:
        tasks.delete(w, "tk-a")
    assert find(opened, "layer") == ["tk-b"]
    assert_equals_a_fresh_one(opened)


def test_what_fails_notes_nothing(opened: Workspace) -> None:
    find(opened, "layer")
    with opened.writing() as w:
        token = w.begin_item()
        tasks.create(w, "Taken back")
        w.undo_item(token)
    assert noted(opened) == []


@pytest.mark.parametrize("how", ["rebuild", "deleted", "settings"])
def test_a_cache_made_anew_has_none(opened: Workspace, how: str) -> None:
    find(opened, "layer")
    opened.close()
    if how == "rebuild":
        rebuild.rebuild(opened.paths)
    elif how == "deleted":
        drop_cache(opened.paths)
    else:
        with open(opened.paths.config, "a") as file:
            file.write('[statuses.qa]\ncategory = "active"\n')
    opened.refresh()
    names = {row[0] for row in opened.conn.execute("SELECT name FROM sqlite_master")}
    assert not {name for name in names if name.startswith("search_t")}
    assert_one_truth(opened)
    assert find(opened, "layer") == ["tk-a", "tk-b"]
    assert_equals_a_fresh_one(opened)


def test_an_index_of_another_version_is_made_anew(opened: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    find(opened, "layer")
    with opened.writing() as w:
        w.conn.execute("DELETE FROM search_text")
    for module in (search, searched):
        monkeypatch.setattr(module, "VERSION", "2")
        monkeypatch.setattr(module, "READY", "2 ready")
    assert find(opened, "layer") == ["tk-a", "tk-b"]


def test_a_cache_of_the_schema_before_is_upgraded(where: Paths) -> None:
    opened = workspace(where)
    assert opened.conn.execute("SELECT count(*) FROM issues").fetchone() == (2,)
    opened.close()
    conn = sqlite3.connect(where.cache)
    conn.executescript(
        "DROP TABLE search_changes; PRAGMA user_version = 1; CREATE TABLE theirs (x); INSERT INTO theirs VALUES (7);"
    )
    conn.close()
    assert find(opened, "layer") == ["tk-a", "tk-b"]
    assert opened.conn.execute("PRAGMA user_version").fetchone() == (level.SCHEMA_VERSION,)
    assert opened.conn.execute("SELECT * FROM theirs").fetchall() == [(7,)]
    assert_one_truth(opened)
    opened.close()


def test_other_programs_tables_stay_beside_it(opened: Workspace) -> None:
    find(opened, "layer")
    opened.conn.execute("CREATE TABLE search_text_of_theirs (x)")
    opened.conn.execute("INSERT INTO search_text_of_theirs VALUES (7)")
    opened.close()
    assert rebuild.rebuild(opened.paths)["foreign_tables"] == ["search_text_of_theirs"]
    assert find(opened, "layer") == ["tk-a", "tk-b"]
    assert foreign.tables(opened.conn) == ["search_text_of_theirs"]


def test_a_damaged_cache_is_salvaged_without_it(opened: Workspace) -> None:
    find(opened, "layer")
    opened.conn.execute("CREATE TABLE theirs (x)")
    opened.close()
    assert build.salvage(opened.paths, config.load(opened.paths.config)) == ["theirs"]
    opened.refresh()
    assert foreign.tables(opened.conn) == ["theirs"]
    assert find(opened, "layer") == ["tk-a", "tk-b"]


@pytest.mark.parametrize("before", ["never searched", "level", "changed since"])
def test_a_cache_that_cannot_be_written(opened: Workspace, before: str) -> None:
    """The answer is the same, from an index in memory, and nothing is written."""
    if before != "never searched":
        find(opened, "layer")
    if before == "changed since":
        with opened.writing() as w:
            tasks.create(w, "Another layer", task_id="tk-c")
    opened.refresh()
    count = opened.conn.execute("SELECT count(*) FROM issues").fetchone()[0]
    opened.close()
    conn = level.connect_read_only(opened.paths.cache, immutable=False)
    frozen = Workspace(opened.paths)
    frozen.read_only = True
    frozen.adopt(conn, level.read_meta(conn), config.load(opened.paths.config))
    frozen.refresh = lambda: None  # type: ignore[method-assign]
    found = service.search(frozen, "layer", query.Filter(query.ALL))
    assert len(found) == count
    assert {hit.title.replace("\x02", "").replace("\x03", "") for hit in found} >= {"Vector layer", "Scalar layer"}
    with pytest.raises(sqlite3.OperationalError):
        conn.execute("DELETE FROM issues")
    frozen.close()


def test_the_lock_is_not_to_be_had(opened: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from bd_py.lock import Lock

    monkeypatch.setenv("TK_LOCK_TIMEOUT", "0.1")
    assert opened.conn.execute("SELECT count(*) FROM issues").fetchone() == (2,)
    held = Lock(opened.paths.lock)
    held.acquire()
    try:
        assert [hit.id for hit in service.search(opened, "layer", query.Filter(query.ALL))] == ["tk-a", "tk-b"]
    finally:
        held.release()
    assert find(opened, "layer") == ["tk-a", "tk-b"]
