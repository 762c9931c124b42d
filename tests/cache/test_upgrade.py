"""From one schema to the next: the rows of other programs stay, whichever way the upgrade goes."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from bd_py.cache import build, level, upgrade
from bd_py.config import Config
from bd_py.paths import Paths
from tests.acceptance.support import assert_one_truth, workspace
from tests.inprocess import Cli

NOW = level.SCHEMA_VERSION
OWN = """
CREATE TABLE app_runs (
    id INTEGER PRIMARY KEY, issue_id TEXT NOT NULL REFERENCES issues (id) ON DELETE CASCADE, note TEXT);
CREATE INDEX app_runs_issue ON app_runs (issue_id);
CREATE TABLE app_steps (run INTEGER NOT NULL REFERENCES app_runs (id) ON DELETE CASCADE, data TEXT);
CREATE VIEW app_ready AS SELECT r.note, i.title FROM app_runs r JOIN ready_issues i ON i.id = r.issue_id;
INSERT INTO app_runs (issue_id, note) SELECT id, 'of ' || id FROM issues;
INSERT INTO app_steps SELECT id, '{}' FROM app_runs;
"""
LABELS = next(text for text in build.statements(build.schema("schema.sql")) if "CREATE TABLE labels" in text)
ISSUES = next(text for text in build.statements(build.schema("schema.sql")) if "CREATE TABLE issues" in text)
ANEW = (
    "DROP VIEW ready_issues",
    "DROP VIEW blocked_issues",
    ISSUES.replace("CREATE TABLE issues", "CREATE TABLE issues_new"),
    "INSERT INTO issues_new SELECT * FROM issues",
    "DROP TABLE issues",
    "ALTER TABLE issues_new RENAME TO issues",
    *(text for text in build.statements(build.schema("schema.sql")) if "VIEW ready" in text or "VIEW blocked" in text),
    *(text for text in build.statements(build.schema("indexes.sql")) if " ON issues" in text),
)
"""A step that makes ``issues`` anew, as SQLite's manual says it is done."""


@pytest.fixture
def where(cli: Cli) -> Paths:
    first = cli.new("one")
    cli.new("two", "--depends-on", first)
    paths = Paths(str(cli.root / ".tasks"))
    with contextlib.closing(sqlite3.connect(paths.cache)) as conn:
        conn.executescript(OWN)
    return paths


def own(where: Paths) -> list[list[tuple[object, ...]]]:
    with contextlib.closing(sqlite3.connect(where.cache)) as conn:
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        kinds = "SELECT type, name, sql FROM sqlite_master WHERE name LIKE 'app%' ORDER BY name"
        queries = ("SELECT * FROM app_runs ORDER BY id", "SELECT * FROM app_steps ORDER BY run", kinds)
        return [conn.execute(query).fetchall() for query in (*queries, "SELECT * FROM app_ready")]


@pytest.mark.parametrize(
    ("steps", "is_rebuild"),
    [
        ({NOW + 1: ("ALTER TABLE meta ADD COLUMN later",), NOW + 2: ()}, False),
        ({NOW + 1: ("CREATE INDEX labels_event ON labels (event_id)",), NOW + 2: ("DROP INDEX labels_event",)}, False),
        ({NOW + 1: ANEW, NOW + 2: ANEW}, False),
        ({NOW + 1: ("DROP TABLE labels", LABELS), NOW + 2: ()}, False),
        ({NOW + 1: ("CREATE TABLE app_runs (taken)",), NOW + 2: ()}, True),
        ({NOW + 1: ("DROP TABLE issues", "this is no SQL"), NOW + 2: ()}, True),
        ({NOW + 2: ()}, True),
        ({}, True),
    ],
    ids=[
        *("a column", "an index", "issues made anew", "a table made anew", "a name is taken", "a step fails"),
        *("a version has no steps", "no steps"),
    ],
)
@pytest.mark.parametrize("writes", [False, True], ids=["reading", "writing"])
def test_rows_of_other_programs_stay(
    where: Paths,
    cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
    steps: dict[int, tuple[str, ...]],
    is_rebuild: bool,
    writes: bool,
) -> None:
    before = own(where)
    for module in ("level", "upgrade", "build"):
        monkeypatch.setattr(f"bd_py.cache.{module}.SCHEMA_VERSION", NOW + 2)
    monkeypatch.setattr(upgrade, "STEPS", steps)
    rebuilt: list[Paths] = []
    whole = build.rebuild

    def counted(conn: level.Connection, paths: Paths, config: Config) -> None:
        rebuilt.append(paths)
        whole(conn, paths, config)

    monkeypatch.setattr(build, "rebuild", counted)
    cli("create", "later") if writes else cli("list")
    after = own(where)
    assert after[:3] == before[:3]
    assert bool(rebuilt) == is_rebuild
    opened = workspace(where)
    assert opened.conn.execute("PRAGMA user_version").fetchone() == (NOW + 2,)
    assert opened.conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    columns = [row[1] for row in opened.conn.execute("PRAGMA table_info(meta)")]
    if columns == ["key", "value"]:
        assert_one_truth(opened)
    opened.close()
    first = before[0][0][1]
    cli("delete", str(first))
    assert [row[1] for row in own(where)[0]] == [row[1] for row in before[0][1:]]
    assert len(own(where)[1]) == 1


def test_a_cache_of_before_versions_were_counted(where: Paths, cli: Cli) -> None:
    """As it came from a program that makes tables first, or from `rebuild` cut off: the version is 0."""
    before = own(where)
    with contextlib.closing(sqlite3.connect(where.cache)) as conn:
        conn.execute("PRAGMA user_version = 0")
    cli("create", "later")
    assert own(where) == before


def test_a_cache_of_schema_4_gets_the_indexes_of_5(where: Paths, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    indexes = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
    with contextlib.closing(sqlite3.connect(where.cache)) as conn:
        fresh = conn.execute(indexes).fetchall()
        conn.executescript("""
            DROP INDEX issues_ready; DROP INDEX issues_live; DROP INDEX issues_all;
            DROP INDEX issues_closed; DROP INDEX issues_gone; DROP INDEX events_gone;
            CREATE INDEX issues_ready ON issues (priority, created_at, id)
                WHERE is_blocked = 0 AND (category = 'open' OR (status = 'deferred' AND defer_until IS NOT NULL));
            CREATE INDEX issues_live ON issues (priority, created_at, id)
                WHERE category IN ('open', 'waiting', 'active');
            CREATE INDEX issues_all ON issues (priority, created_at, id) WHERE category <> 'gone';
            PRAGMA user_version = 4;
        """)
    monkeypatch.setattr(build, "rebuild", None)  # not called
    cli("list")
    with contextlib.closing(sqlite3.connect(where.cache)) as conn:
        assert [(name, " ".join(sql.split())) for name, sql in conn.execute(indexes)] == [
            (name, " ".join(sql.split())) for name, sql in fresh
        ]
        assert conn.execute("PRAGMA user_version").fetchone() == (5,)
