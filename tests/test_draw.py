"""Trees, Mermaid and DOT: nothing is lost, and no title breaks out of its label."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bd_py import draw

TITLES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
NODES = "abcdef"
EDGES = st.lists(st.tuples(*[st.sampled_from(NODES)] * 2, st.sampled_from(["blocks", "related"])), max_size=12)


def issues(title: str = "T") -> list[dict[str, Any]]:
    return [{"id": node, "title": title, "status": "open"} for node in NODES]


@given(EDGES)
def test_a_forest_holds_every_node_and_every_edge(edges: list[tuple[str, str, str]]) -> None:
    rows = draw.forest(NODES, edges)
    assert {row[0] for row in rows} == set(NODES)
    assert [row[0] for row in rows if not row[4]] == list(dict.fromkeys(row[0] for row in rows)), "each drawn once"
    drawn = [(above, node, kind) for node, above, kind, _, _ in rows if above is not None]
    assert sorted(map(repr, drawn)) == sorted(map(repr, edges))


def test_a_forest_begins_with_what_nothing_depends_on() -> None:
    edges = [("b", "a", "blocks"), ("c", "a", "blocks"), ("d", "e", "related"), ("e", "d", "related")]
    assert [(row[0], row[3], row[4]) for row in draw.forest("abcde", edges)] == [
        ("b", 0, False),
        ("a", 1, False),
        ("c", 0, False),
        ("a", 1, True),
        ("d", 0, False),
        ("e", 1, False),
        ("d", 2, True),
    ]


@given(st.lists(st.integers(0, 4), max_size=12))
def test_a_tree_sets_each_row_in_by_its_depth(jumps: list[int]) -> None:
    depths = [0]
    for jump in jumps:
        depths.append(min(jump, depths[-1] + 1))
    rows: list[dict[str, Any]] = [{"id": str(k), "depth": depth} for k, depth in enumerate(depths)]
    lines = draw.tree(rows, lambda row: str(row["id"])).split("\n")
    assert [len(line) - len(row["id"]) for line, row in zip(lines, rows, strict=True)] == [4 * d for d in depths]
    for k, line in enumerate(lines):
        below = next((depths[n] for n in range(k + 1, len(depths)) if depths[n] <= depths[k]), 0)
        if depths[k]:
            assert ("├" in line) == (below == depths[k])


@given(TITLES)
def test_no_title_breaks_out_of_a_dot_label(title: str) -> None:
    lines = draw.dot(issues(title), [("a", "b", title)]).split("\n")
    assert len(lines) == 3 + len(NODES) + 2
    string = r'"(?:[^"\\]|\\.)*"'
    for line in lines[3 : 3 + len(NODES)]:
        assert re.fullmatch(rf"  {string} \[label={string}\];", line)
    assert re.fullmatch(rf"  {string} -> {string} \[label={string}\];", lines[-2])


@given(TITLES)
def test_no_title_breaks_out_of_a_mermaid_label(title: str) -> None:
    lines = draw.mermaid(issues(title), [("a", "b", title)]).split("\n")
    assert lines[0] == "flowchart TD"
    assert len(lines) == 1 + len(NODES) + 1
    for line in lines[1:-1]:
        assert re.fullmatch(r'  n\d\["[^"<>\[\]{}|`\\]*<br/>[^"<>\[\]{}|`\\]*"\]', line)
    assert re.fullmatch(r'  n0 -->\|[^"<>\[\]{}|`\\]*\| n1', lines[-1])


def test_statuses_and_types_are_told_apart() -> None:
    found = issues()
    found[0]["status"], found[1]["status"] = "closed", "in_progress"
    edges = [("a", "b", "blocks"), ("b", "c", "related"), ("c", "d", "parent-child")]
    dot = draw.dot(found, edges)
    assert '"a" [label="a [closed]\\nT", fillcolor="#e6e6e6"];' in dot
    assert '"a" -> "b";' in dot
    assert '"b" -> "c" [label="related", style=dashed];' in dot
    assert '"c" -> "d" [label="parent-child"];' in dot
    mermaid = draw.mermaid(found, edges)
    assert "  n0 --> n1\n  n1 -.->|related| n2\n  n2 -->|parent-child| n3" in mermaid
    assert "  class n0 closed" in mermaid
