"""Rows to plain dicts: filters, orders, what is ready and why not."""

from __future__ import annotations

import pytest

from bd_py import query, query_detail, query_facts, query_history, times
from bd_py.query import Filter
from bd_py.service import claims, tasks
from bd_py.workspace import Workspace


def ids(workspace: Workspace, where: Filter, **options: object) -> str:
    return "".join(issue["id"] for issue in query.issues(workspace.conn, where, **options))  # type: ignore[arg-type]


@pytest.fixture
def abc(opened: Workspace) -> Workspace:
    with opened.writing() as w:
        tasks.create(w, "A", {"priority": 1}, labels=["x", "y"], task_id="a")
        tasks.create(w, "B", {"priority": 0}, labels=["y"], task_id="b", parent="a")
        tasks.create(w, "C", {"priority": 1}, task_id="c", dependencies=[("blocks", "a"), ("related", "b")])
    return opened


def test_filters(abc: Workspace) -> None:
    for name, values, found in (
        ("labelled", ["y"], "ba"),
        ("labelled", ["y", "x"], "a"),
        ("labelled", [], "bac"),
        ("labelled_any", ["x", "z"], "a"),
        ("labelled_any", [], "bac"),
    ):
        where = Filter(query.LIVE)
        getattr(where, name)(values)
        assert ids(abc, where) == found, (name, values)
    where = Filter()
    where.unlabelled()
    assert ids(abc, where) == "c"
    where = Filter()
    where.child_of("a")
    assert ids(abc, where) == "b"


def test_conditions_are_joined(abc: Workspace) -> None:
    where = Filter(query.ALL)
    where.any_of("i.priority", "priority", [0, 1])
    where.any_of("i.status", "status", ["open"])
    where.any_of("i.assignee", "who", [])
    where.add("i.title <> :title", title="A")
    assert ids(abc, where) == "bc"
    assert Filter().sql() == ""
    assert ids(abc, Filter()) == "bac"


@pytest.mark.parametrize("sort", query.ORDERS)
def test_every_order_and_its_reverse(abc: Workspace, sort: str) -> None:
    found = ids(abc, Filter(), order=query.ORDERS[sort])
    assert sorted(found) == ["a", "b", "c"]
    assert ids(abc, Filter(), order=query.ORDERS[sort], reverse=True) == found[::-1]


def test_a_limit(abc: Workspace) -> None:
    assert ids(abc, Filter(), limit=2) == "ba"
    assert ids(abc, Filter(), limit=0) == "bac"


def test_brief_is_what_a_line_shows(abc: Workspace) -> None:
    brief = query.issues(abc.conn, Filter(), brief=True)
    whole = query.issues(abc.conn, Filter())
    needs = [issue.pop("needs") for issue in brief]
    assert [{key: issue.get(key) for key in brief[0]} for issue in whole] == brief
    assert [(text or "").split() for text in needs] == [[], [], ["a"]], "what it waits for; no parent, nothing related"


def test_empty_values_are_left_out(abc: Workspace) -> None:
    (issue,) = query.get(abc.conn, ["c"])
    assert list(issue) == [
        *("id", "title", "status", "priority", "issue_type", "created_at", "created_by", "updated_at", "version"),
        *("event_count", "last_event_at", "is_blocked", "dependency_count", "dependent_count", "comment_count"),
    ]
    assert (issue["dependency_count"], issue["dependent_count"]) == (2, 0)


def test_ready(abc: Workspace) -> None:
    assert ids(abc, query.ready(Filter(), ())) == "ba"
    assert ids(abc, query.ready(Filter(), ("task",))) == ""
    assert query.is_ready(abc.conn, "a")
    assert not query.is_ready(abc.conn, "a", ["task"])
    assert not query.is_ready(abc.conn, "c")
    assert not query.is_ready(abc.conn, "nope")
    with abc.writing() as w:
        tasks.defer(w, "a", times.iso(times.to_ms(times.now()) + 3_600_000))
    assert ids(abc, query.ready(Filter(), ())) == "b"
    assert ids(abc, query.ready(Filter(), (), include_deferred=True)) == "ba"


def test_the_views_agree(abc: Workspace) -> None:
    """`ready_issues` and `blocked_issues` are for people with SQL of their own."""
    with abc.writing() as w:
        tasks.defer(w, "b", "2020-01-01T00:00:00.000Z")
        tasks.create(w, "D", {"issue_type": "agent"}, task_id="d")
        tasks.create(w, "E", {"defer_until": "2999-01-01T00:00:00.000Z"}, task_id="e")
        tasks.create(w, "F", task_id="f")
        tasks.set_status(w, "f", "blocked")
    ready = abc.conn.execute("SELECT id FROM ready_issues ORDER BY priority, created_at, id").fetchall()
    assert "".join(row[0] for row in ready) == ids(abc, query.ready(Filter(), abc.config.exclude_types)) == "ba"
    assert abc.conn.execute("SELECT id FROM blocked_issues ORDER BY id").fetchall() == [("c",), ("f",)]


def test_what_blocks(abc: Workspace) -> None:
    assert query_facts.blockers_of(abc.conn, "c") == ["a"]
    assert query_facts.blockers_of(abc.conn, "b") == []
    with abc.writing() as w:
        tasks.set_status(w, "a", "blocked")
    assert query_facts.blockers_of(abc.conn, "b") == ["a"], "a child of what is blocked"


def test_small_answers(abc: Workspace) -> None:
    conn = abc.conn
    assert query_facts.labels(conn, "a") == ["x", "y"]
    assert query_facts.label_counts(conn) == [("y", 2), ("x", 1)]
    assert query_facts.status(conn, "a") == ("open", False)
    assert query_facts.status(conn, "nope") == (None, False)
    assert query_facts.occurs(conn, "status", "open")
    assert not query_facts.occurs(conn, "issue_type", "bug")
    assert sorted(query_facts.dependents(conn, "a")) == ["b", "c"]
    assert query_facts.dependents(conn, "a", "parent-child") == ["b"]


def test_comments_go_on_after_imported_numbers(abc: Workspace) -> None:
    with abc.writing() as w:
        w.add("task.note.append", "a", {"text": "old", "number": 41})
        tasks.comment(w, "a", "new")
        tasks.comment(w, "a", "newer")
    assert [(c["id"], c["text"]) for c in query.comments(abc.conn, "a")] == [(41, "old"), (42, "new"), (43, "newer")]


def test_detail_has_the_working_record(abc: Workspace) -> None:
    with abc.writing() as w:
        w.add("task.progress.set", "a", {"percent": 60, "text": "half"})
        w.add("task.next_step.set", "a", {"step": "go on"})
        w.add("task.attribution.set", "a", {"agent": "coder", "pid": 7})
        w.add("task.evidence.add", "a", {"evidence": "e1", "passed": False, "exit_code": 2, "artifacts": ["log"]})
        w.add("task.artifact.add", "a", {"artifact": "f1", "path": "out.html", "kind": "report"})
        w.add("task.phase.set", "a", {"phase": "review"})
        claims.claim(w, "a", ttl=60)
    found = query_detail.detail(abc.conn, "a")
    assert found["progress"] == {"text": "half", "percent": 60}
    assert (found["next_step"], found["phase"]) == ("go on", "review")
    assert found["attribution"] == {"agent": "coder", "pid": 7}
    evidence = found["evidence"][0]
    assert (evidence["passed"], evidence["exit_code"], evidence["artifacts"]) == (False, 2, ["log"])
    assert evidence["actor"] == {"name": "ada"}
    assert found["artifacts"][0]["path"] == "out.html"
    assert set(found["hold"]) == {"event", "until"}
    assert [(other["id"], other["dependency_type"]) for other in found["dependents"]] == [
        ("b", "parent-child"),
        ("c", "blocks"),
    ]


def test_history(abc: Workspace) -> None:
    assert [event["task"] for event in query_history.history(abc.conn)] == ["c", "b", "a"]
    assert [event["task"] for event in query_history.history(abc.conn, newest_first=False, limit=2)] == ["a", "b"]
    assert query_history.history(abc.conn, "a", types=["task.closed"]) == []
    assert len(query_history.history(abc.conn, "a", actor="ada")) == 1
    assert query_history.history(abc.conn, actor="grace") == []
