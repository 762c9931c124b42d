"""Trees and cycles, and what closing something may make ready."""

from __future__ import annotations

import pytest

from bd_py.service import graphs, tasks
from bd_py.workspace import Workspace


def depends(opened: Workspace, edges: str) -> None:
    """Make the tasks of ``a>b b~c`` (``>`` blocks, ``~`` parent-child, ``*`` waits-for), ids in alphabetical order."""
    kinds = {">": "blocks", "~": "parent-child", "*": "waits-for"}
    with opened.writing() as w:
        for name in sorted({char for char in edges if char.isalpha()}):
            tasks.create(w, name, task_id=name)
        for edge in edges.split():
            w.add("task.dep.add", edge[0], {"on": edge[2], "type": kinds[edge[1]]})


@pytest.mark.parametrize(
    ("edges", "direction", "found"),
    [
        ("a>b b>c a>d", "down", "a0 b1 c2 d1"),
        ("a>b b>c a>d", "up", "a0"),
        ("b>a c>b", "up", "a0 b1 c2"),
        ("a>b a>c b>d c>d d>e", "down", "a0 b1 d2 e3 c1 d2"),
        ("a>b c>a", "both", "a0 b1 c1"),
        ("a>b a*b", "down", "a0 b1 b1"),
    ],
)
def test_tree(opened: Workspace, edges: str, direction: str, found: str) -> None:
    depends(opened, edges)
    tree = graphs.tree(opened.conn, "a", direction=direction)
    assert " ".join(f"{issue['id']}{issue['depth']}" for issue in tree) == found


def test_a_tree_of_edges_that_turn_back_ends(opened: Workspace) -> None:
    depends(opened, "a>b")
    with opened.writing() as w:
        w.add("task.dep.add", "b", {"on": "a", "type": "related"})
    assert [issue["id"] for issue in graphs.tree(opened.conn, "a")] == ["a", "b", "a"]


def test_depth(opened: Workspace) -> None:
    depends(opened, "a>b b>c c>d")
    tree = graphs.tree(opened.conn, "a", depth=2)
    assert [(issue["id"], issue["truncated"]) for issue in tree] == [("a", False), ("b", False), ("c", True)]
    assert [issue["truncated"] for issue in graphs.tree(opened.conn, "a", depth=0)] == [True]
    assert not graphs.tree(opened.conn, "d", depth=0)[0]["truncated"]


def test_cycles_that_a_merge_made(opened: Workspace) -> None:
    depends(opened, "a>b b>c c>a d>d")
    found = graphs.cycles(opened.conn)
    assert [cycle["tasks"] for cycle in found] == [["c", "a", "b"], ["d"]]
    assert found[0]["suspended"] == {"issue_id": "c", "depends_on_id": "a", "type": "blocks"}


def test_path(opened: Workspace) -> None:
    depends(opened, "a>b b~c c*d a>x x>d")
    assert graphs.path(opened.conn, "a", "d") == ["a", "x", "d"]
    assert graphs.path(opened.conn, "a", "a") == ["a"]
    assert graphs.path(opened.conn, "d", "a") == []


@pytest.mark.parametrize(
    ("edges", "closed", "found"),
    [
        ("b>a c>b", "a", "b"),
        ("b>a c~b d~c", "a", "bcd"),
        ("a~e w*e v*a", "a", "vw"),
        ("b>a b*a", "a", "b"),
        ("a>b", "a", ""),
    ],
)
def test_what_closing_may_make_ready(opened: Workspace, edges: str, closed: str, found: str) -> None:
    depends(opened, edges)
    assert "".join(graphs.held_back(opened.conn, closed)) == found


def test_descendants(opened: Workspace) -> None:
    depends(opened, "b~a c~b d>a e~a")
    assert graphs.descendants(opened.conn, ["a"]) == ["a", "b", "e", "c"]
    assert graphs.descendants(opened.conn, ["b", "a"]) == ["b", "a", "c", "e"]
