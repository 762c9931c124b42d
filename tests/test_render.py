"""Dicts to text: the shapes of docs/cli.md."""

from __future__ import annotations

from typing import Any

import pytest

from bd_py import render, render_events
from bd_py.render import Style

PLAIN = Style()
SHORT = Style(lambda task_id: task_id[:7])
TASK: dict[str, Any] = {
    "id": "tk-7f3k9q2m1x",
    "title": "Refactor the vector layer",
    "status": "open",
    "priority": 1,
    "issue_type": "feature",
}


def test_lines() -> None:
    assert render.ready_line(TASK, SHORT) == "tk-7f3k [P1][open] - Refactor the vector layer"
    assert render.list_line(TASK, (), SHORT) == "tk-7f3k [open] - Refactor the vector layer"
    needs = ["tk-2c9d000000", "tk-88a1000000"]
    assert render.list_line(TASK, needs, SHORT).endswith(" - Refactor the vector layer <- [tk-2c9d, tk-88a1]")
    assert render.blocked_line(TASK, needs[:1], SHORT) == (
        "tk-7f3k [P1][open] - Refactor the vector layer <- [tk-2c9d]"
    )
    assert render.ready_line(TASK, PLAIN).startswith("tk-7f3k9q2m1x [P1]")


def test_colours_only_where_wanted() -> None:
    assert "\x1b" not in render.ready_line({**TASK, "status": "closed"}, PLAIN)
    coloured = render.ready_line({**TASK, "status": "in_progress"}, Style(color=True))
    assert coloured == "tk-7f3k9q2m1x \x1b[31m[P1]\x1b[0m\x1b[33m[in_progress]\x1b[0m - Refactor the vector layer"
    assert render.list_line(TASK, (), Style(color=True)) == render.list_line(TASK, (), PLAIN), "open is plain"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("ünï 🦀 日本", "ünï 🦀 日本"),
        ("a\nb\tc\r", "a b c "),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x07\x9b\x7f", "\\x07\\x9b\\x7f"),
        ("a\u2028b", "a\\u2028b"),
        ("a\u202eb", "a\\u202eb"),
        ("👩\u200d🔧", "👩\u200d🔧"),
        ("\xa0", "\xa0"),
    ],
)
def test_nothing_drives_the_terminal(text: str, shown: str) -> None:
    assert render.safe(text) == shown
    assert "\n" not in render.ready_line({**TASK, "title": text}, PLAIN)


def test_blocks_keep_their_lines() -> None:
    assert render.safe_block("a\r\nb\x07\n\nc") == "a\nb\\x07\n\nc"
    assert render.indented("a\n\nb\n") == "    a\n\n    b"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "nothing"),
        ("a", "a"),
        (3, "3"),
        (["a", 1], '["a",1]'),
        (["a", "b"], "a b"),
        ("x" * 72, "x" * 72),
        ("x" * 73, "x" * 69 + "..."),
        ("a\nb", "a b"),
    ],
)
def test_brief(value: object, shown: str) -> None:
    assert render.brief(value) == shown


def test_times() -> None:
    assert render.short_time("2026-11-20T18:02:11.123Z") == "2026-11-20 18:02"
    assert render.short_time("soon") == "soon"


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("task.created", {"title": "T"}, "created: T"),
        ("task.created", {}, "created:"),
        ("task.updated", {"set": {"title": "T", "owner": None}}, "set title = T, owner = nothing"),
        ("task.updated", {"set": 7}, "set"),
        ("task.updated", {}, "set"),
        ("task.status.set", {"status": "blocked", "previous": "open", "reason": "r"}, "status open -> blocked: r"),
        ("task.status.set", {"status": "blocked"}, "status ? -> blocked"),
        ("task.closed", {"resolution": "failed", "reason": "no"}, "closed as failed: no"),
        ("task.claimed", {"assignee": "ada"}, "claimed by ada"),
        ("task.released", {"hold": "x", "reason": "r"}, "released: r"),
        ("task.note.append", {"text": "a\nb"}, "commented: a b"),
        ("task.dep.add", {"on": "tk-1", "type": "waits-for"}, "depends on tk-1 (waits-for)"),
        ("task.dep.remove", {"on": "tk-1"}, "no longer depends on tk-1 (blocks)"),
        ("task.label.add", {"label": "x\x07"}, "label +x\\x07"),
        ("task.label.remove", {"label": "x"}, "label -x"),
        ("task.deleted", {"reason": "twice"}, "deleted: twice"),
        ("task.restored", {}, "restored"),
        ("task.phase.set", {"phase": "review", "previous": None}, "phase.set phase = review, previous = nothing"),
        ("x.new", {"k": "v"}, "x.new k = v"),
        ("x.new", None, "x.new"),
    ],
)
def test_what_happened(kind: str, data: Any, words: str) -> None:
    event = {"id": "E", "type": kind, "task": "tk-1", "at": "2026-11-20T18:02:11.123Z", "by": {"name": "ada"}}
    assert render_events.what_happened({**event, "data": data}).rstrip() == words
    assert render_events.event_line({**event, "data": data}, PLAIN).rstrip() == f"2026-11-20 18:02 ada tk-1 {words}"


def test_an_event_of_a_record_by_an_agent() -> None:
    event = {"type": "record.put", "collection": "prds", "at": "2026-11-20T18:02:11Z", "by": {"agent": "a"}, "data": {}}
    assert render_events.event_line(event, PLAIN) == "2026-11-20 18:02 a prds record.put"
    assert render_events.event_line({**event, "by": None}, PLAIN).startswith("2026-11-20 18:02 ? prds")


def test_show_of_a_task_with_a_working_record() -> None:
    text = render.show(
        {
            **TASK,
            "assignee": "ada",
            "hold": {"event": "E", "session": "s1"},
            "progress": {"text": "half", "percent": 60},
            "conflicts": [{"field": "title"}],
            "suspended": [{"depends_on_id": "tk-2", "type": "blocks"}],
            "evidence": [{"id": "e", "passed": False, "command": "make", "exit_code": 2}, {"id": "f", "passed": True}],
            "artifacts": [{"id": "a", "path": "out.html", "kind": "report"}],
            "dependents": [{**TASK, "id": "tk-3", "dependency_type": "my own"}],
        },
        PLAIN,
    )
    for line in (
        "  Assignee:    ada (holds it, session s1)",
        "  Progress:    60% half",
        "  Conflict:    title was edited on two sides; 'tk conflicts' shows both values",
        "Suspended (they close a cycle, ready ignores them):",
        "  blocks tk-2",
        "  [failed] make (exit 2)",
        "  [passed] ",
        "  out.html (report)",
        "my own of:",
        "  tk-3 [open] - Refactor the vector layer",
    ):
        assert line in text.split("\n")


def test_cycle() -> None:
    found = {"tasks": ["a", "b"], "suspended": {"issue_id": "a", "depends_on_id": "b", "type": "blocks"}}
    assert render.cycle(found, PLAIN) == "a -> b -> a (suspended: a -> b, blocks)"
