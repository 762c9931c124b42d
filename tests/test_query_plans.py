"""Every hot query has its index: what SQLite plans for the statements that the verbs really run."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from pathlib import Path

import pytest

from bd_py import paths
from bd_py.cache import level
from bd_py.workspace import Workspace
from benchmarks.generate import FACTS, generate
from tests.inprocess import Cli

IN_ORDER = (
    "ready",
    "ready --limit 1 --json",
    "ready -p 1",
    "ready -a grace",
    "ready --unassigned",
    "list",
    "list --json --limit 0",
    "list --all",
    "list -s closed",
    "list -s in_progress --json",
    "list -a grace",
    "blocked",
    "log",
    "log --limit 5",
    "log ID",
    "label list ID",
    "tag ID",
    "comments ID",
)
"""Read from an index in the order wanted: nothing is sorted but what belongs to one task."""

SORTED = (
    "show ID",
    "ready --sort oldest",
    "ready --sort hybrid",
    "ready -l api",
    "ready --parent ID",
    "list -l api",
    "list -l api -l auth",
    "list --label-any api,auth",
    "list --parent ID",
    "list --name some-name",
    "list --no-label",
    "list --title-contains index",
    "list --sort updated",
    "dep list ID --direction both",
    "dep tree ID",
    "dep cycles",
    "children ID",
    "stale",
    "status",
    "epic status",
    "graph ID",
    "check ID",
    "dep tree ID --direction both --format dot",
)
"""Found by an index, or all live tasks where the question is about all of them, then sorted."""


@pytest.fixture(scope="module", params=["as it is", "after ANALYZE"])
def generated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("generated") / "store"
    generate(root, tasks=400, git=False)
    workspace = Workspace(paths.Paths(str(root / ".tasks")))
    if request.param == "after ANALYZE":
        workspace.conn.execute("ANALYZE")
    else:
        assert workspace.conn.execute("SELECT count(*) FROM issues").fetchone() == (400,)
    workspace.close()
    return root


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the cache, with the values filled in."""
    seen: list[str] = []
    connect = level.connect

    def traced(path: str) -> level.Connection:
        conn = connect(path)
        conn.set_trace_callback(seen.append)
        return conn

    monkeypatch.setattr(level, "connect", traced)
    monkeypatch.setenv("TK_NO_FAST_EXIT", "1")
    return seen


def plans(root: Path, statements: list[str]) -> dict[str, list[str]]:
    """The plan of each statement about tasks or events; the settings and the list of segments are read whole."""
    own = r"\b(issues|log_events|events|dependencies|suspended_dependencies|labels|comments|blockers)\b"
    with contextlib.closing(sqlite3.connect(root / ".tasks/cache.db")) as conn:
        return {
            sql: [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}")]
            for sql in statements
            if sql.startswith("SELECT") and re.search(own, sql)
        }


def run(root: Path, statements: list[str], monkeypatch: pytest.MonkeyPatch, line: str) -> dict[str, list[str]]:
    some = json.loads((root / FACTS).read_text())["free"][0]
    monkeypatch.chdir(root)
    Cli(root)(*(some if word == "ID" else word for word in line.split()))
    found = plans(root, statements)
    assert found, "the statements were seen"
    return found


GIVEN = ("json_each VIRTUAL TABLE", "SCAN (subquery")
"""A list that the question brings along, and the rows of an inner question, which is looked at by itself."""


def scans(plan: list[str]) -> list[str]:
    return [
        step
        for step in plan
        if step.startswith("SCAN") and not step.endswith("CONSTANT ROW") and not any(given in step for given in GIVEN)
    ]


@pytest.mark.parametrize("line", [*IN_ORDER, *SORTED])
def test_nothing_is_scanned(generated: Path, statements: list[str], monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    for sql, plan in run(generated, statements, monkeypatch, line).items():
        if line == "dep cycles" and "suspended_dependencies" in sql:
            continue  # all of them is what was asked for, and there are few
        assert not scans(plan), sql


@pytest.mark.parametrize("line", IN_ORDER)
def test_nothing_is_sorted(generated: Path, statements: list[str], monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    for sql, plan in run(generated, statements, monkeypatch, line).items():
        if "WHERE issue_id = " not in sql:
            assert not [step for step in plan if "TEMP B-TREE" in step], sql


@pytest.mark.parametrize(
    ("line", "index"),
    [
        ("ready", "issues_ready"),
        ("list", "issues_live"),
        ("list --all", "issues_all"),
        ("list -s closed", "issues_status"),
        ("list -a grace", "issues_assignee"),
        ("list -l api", "labels_label"),
        ("list --parent ID", "dependencies_on"),
        ("show ID", "dependencies_on"),
        ("log ID", "events_issue"),
    ],
)
def test_the_index_that_was_made_for_it_is_used(
    generated: Path, statements: list[str], monkeypatch: pytest.MonkeyPatch, line: str, index: str
) -> None:
    found = run(generated, statements, monkeypatch, line)
    steps = [step for plan in found.values() for step in plan]
    assert any(re.search(rf"\bINDEX {index}\b", step) for step in steps), steps


@pytest.mark.parametrize(
    "line",
    ["search webhook", "search webhook -s open -p 1", "search wbehook timeout --open", "search ook", "search ID"],
)
def test_a_search_goes_from_the_hits_to_the_tasks(
    generated: Path, statements: list[str], monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """Whatever filter there is: FTS5 gives the rows, each task is found by its id."""
    monkeypatch.chdir(generated)
    Cli(generated)("search", "the index is level")
    statements.clear()
    found = {sql: plan for sql, plan in run(generated, statements, monkeypatch, line).items() if "search_tasks" in sql}
    if line != "search ID":
        assert found
    for sql, plan in found.items():
        assert not [step for step in scans(plan) if "VIRTUAL TABLE" not in step and step != "SCAN h"], (sql, plan)
        assert any("SEARCH s USING INTEGER PRIMARY KEY" in step for step in plan), plan
        assert any("SEARCH i USING INDEX sqlite_autoindex_issues_1" in step for step in plan), plan


@pytest.mark.parametrize("view", ["ready_issues", "blocked_issues"])
def test_the_views_use_the_same_indexes(generated: Path, view: str) -> None:
    with contextlib.closing(sqlite3.connect(generated / ".tasks/cache.db")) as conn:
        rows = conn.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {view} ORDER BY priority, created_at, id")
        steps = [row[3] for row in rows]
    assert steps[0].startswith("SEARCH i USING INDEX issues_")
    assert not [step for step in steps if "TEMP B-TREE" in step]
