"""Search: the thirty queries that were written before it, the order of what is found, any text at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bd_py import query, query_search
from bd_py.paths import Paths
from bd_py.service import search as service
from bd_py.workspace import Workspace
from tests.acceptance.support import event, event_id, line, make_store, put_segment
from tests.inprocess import Cli

QUERIES = json.loads((Path(__file__).parent / "search_queries.json").read_text())
KINDS = ("words", "prefixes and phrases", "one typo")


def test_the_right_task_is_among_the_first_three(cli: Cli, data: Path) -> None:
    cli("import", str(data / "beads-medium.jsonl"))
    asked = [(text, task) for kind in KINDS for text, task in QUERIES[kind]]
    assert len(asked) == 30
    assert [len(QUERIES[kind]) for kind in KINDS] == [10, 10, 10]
    missed = [text for text, task in asked if task not in [i["id"] for i in cli.json("search", text, "-n", "3")]]
    assert len(missed) <= 2, missed


TASKS = {
    "tk-exact": ("Vector layer", "", True),
    "tk-body": ("Refactor", "It says: the vector layer is slow.", True),
    "tk-title": ("Layer for every vector", "", True),
    "tk-words": ("Rename it", "The layer of a vector, or the other way round.", True),
    "tk-prefix": ("Vectorised layering", "", True),
    "tk-closed": ("A vector layer that is done", "", False),
    "tk-none": ("Something else", "Nothing of it", True),
}


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    found = make_store(tmp_path_factory.mktemp("search") / "repo")
    lines = []
    for k, (task, (title, description, is_open)) in enumerate(TASKS.items()):
        lines.append(line(event(event_id(k), "task.created", task, {"title": title, "description": description})))
        if not is_open:
            lines.append(line(event(event_id(100 + k), "task.closed", task, {"resolution": "completed"})))
    lines.append(line(event(event_id(200), "task.note.append", "tk-none", {"text": "See the webhook dashboard"})))
    put_segment(found, "2026-11/base.jsonl", lines)
    return found


@pytest.fixture(scope="module")
def opened(where: Paths) -> Iterator[Workspace]:
    with closing(Workspace(where, {"name": "ada"})) as found:
        yield found


def find(opened: Workspace, text: str, limit: int = 0) -> list[tuple[str, str]]:
    hits = service.search(opened, text, query.Filter(query.ALL), limit=limit)
    return [(hit.id.removeprefix("tk-"), hit.how) for hit in hits]


def test_the_nearest_come_first(opened: Workspace) -> None:
    everything = [
        ("exact", "phrase"),
        ("closed", "phrase"),
        ("body", "phrase"),
        ("title", "words"),
        ("words", "words"),
        ("prefix", "prefix"),
    ]
    assert find(opened, "vector layer") == everything
    for limit in range(1, 7):
        assert find(opened, "vector layer", limit) == everything[:limit]
    scores = [hit.score for hit in service.search(opened, "vector layer", query.Filter(query.ALL))]
    assert all(0 <= score <= 10 for score in scores)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tk-title", [("title", "id")]),
        ("TK-TITLE", [("title", "id")]),
        ("title", [("title", "id")]),
        ('"layer for every"', [("title", "phrase")]),
        ('"every layer"', []),
        ("Refactoring", [("body", "words")]),
        ("refac", [("body", "prefix")]),
        ("ectori", [("prefix", "prefix")]),
        ("vectir nothing", []),
        ("anohter", []),
        ("sommething", [("none", "typo")]),
        ("webhok", [("none", "typo")]),
        ("dashbaord", [("none", "typo")]),
        ("nohting dashboard", [("none", "typo")]),
        ("rename vector", [("words", "words")]),
        ("zzzz", []),
        ("", []),
        ("  ", []),
        ("🎉", []),
    ],
)
def test_what_is_found(opened: Workspace, text: str, found: list[tuple[str, str]]) -> None:
    assert find(opened, text) == found


def test_open_before_closed_at_equal_rank(opened: Workspace) -> None:
    assert [task for task, _ in find(opened, "layer")][:4] == ["exact", "prefix", "title", "closed"]


def test_a_hit_is_marked(opened: Workspace) -> None:
    by_id = {hit.id: hit for hit in service.search(opened, "vector layer", query.Filter(query.ALL))}
    assert by_id["tk-exact"].title == "\x02Vector layer\x03"
    assert by_id["tk-exact"].snippet == ""
    assert by_id["tk-body"].snippet == "It says: the \x02vector layer\x03 is slow."
    assert by_id["tk-words"].snippet.count("\x02") == 2
    (hit,) = service.search(opened, "webhook", query.Filter(query.ALL))
    assert hit.snippet == "See the \x02webhook\x03 dashboard"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.text(max_size=80) | st.text(st.sampled_from("\"'*()-+^:{}.\x00\n AND OR NOT NEAR vector"), max_size=60))
@example('"')
@example("x" * 10_000)
@example("vector " * 1_500)
@example('" OR 1=1; DROP TABLE issues; --')
@example("search_text : vector")
@example("NEAR(vector layer)")
@example("\udcff")
@example("vector\x00layer")
def test_any_text_is_answered(opened: Workspace, text: str) -> None:
    hits = find(opened, text, 5)
    assert len(hits) <= 5
    assert len({task for task, _ in hits}) == len(hits)
    assert opened.conn.execute("SELECT count(*) FROM issues").fetchone() == (len(TASKS),)


def test_filters_leave_out_and_never_cut(opened: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few are ranked at first: what a filter keeps is found."""
    monkeypatch.setattr(query_search, "MOST_RANKED", 1)
    monkeypatch.setattr(query_search, "_MOST_JOINED", 1)
    where = query.Filter(query.ALL)
    where.any_of("i.status", "status", ["closed"])
    assert [hit.id for hit in service.search(opened, "layer", where, limit=1)] == ["tk-closed"]
    live = query.Filter(query.LIVE)
    assert "tk-closed" not in [hit.id for hit in service.search(opened, "layer", live, limit=20)]


def test_what_has_no_words_is_looked_for_as_it_stands(cli: Cli) -> None:
    task = cli.new("Celebrate 🎉 with 日本語の入力")
    cli("create", "Something else")
    for text in ("🎉", "日本", "語の", "日本語の入力", "celebrate 日本語"):
        assert [issue["id"] for issue in cli.json("search", text)] == [task], text


def test_accents_do_not_matter(cli: Cli) -> None:
    task = cli.new("Déplacer la façade naïve")
    for text in ("facade", "FAÇADE", "deplacer", "naive", "nai\u0308ve"):
        assert [issue["id"] for issue in cli.json("search", text)] == [task], text
