"""``tk dep``: what waits for what."""

from __future__ import annotations

import pytest

from tests.conftest import Runner
from tests.inprocess import Cli


def test_text(cli: Cli) -> None:
    a, b = cli.new("a"), cli.new("b")
    assert cli("dep", "add", a, b).out == f"Added dependency: {a} -> {b}\n"
    assert cli("dep", "add", a, b).out == f"{a} already depends on {b}\n"
    assert cli("dep", "remove", a, b).out == f"Removed dependency: {a} -> {b}\n"
    assert cli.types(a) == ["created", "dep.add", "dep.remove"]


@pytest.mark.parametrize(
    "line", ["dep add A B", "dep A B", "dep B --blocks A", "dep add B --blocks A", "dep add A --depends-on B"]
)
def test_every_way_to_say_it(cli: Cli, line: str) -> None:
    ids = {"A": cli.new("A"), "B": cli.new("B")}
    found = cli.json(*(ids.get(word, word) for word in line.split()))
    assert found == {"status": "added", "issue_id": ids["A"], "depends_on_id": ids["B"], "type": "blocks"}
    assert cli.ready() == [ids["B"]]


@pytest.mark.parametrize("line", ["dep remove A B", "dep rm A B", "undep A B", "undep A B -t blocks"])
def test_every_way_to_take_it_back(cli: Cli, line: str) -> None:
    ids = {"A": cli.new("A"), "B": cli.new("B")}
    cli("dep", ids["A"], ids["B"])
    found = cli.json(*(ids.get(word, word) for word in line.split()))
    assert found == {"status": "removed", "issue_id": ids["A"], "depends_on_id": ids["B"], "type": "blocks"}
    assert cli.ready() == [ids["A"], ids["B"]]


def test_types(cli: Cli) -> None:
    a, b = cli.new("a"), cli.new("b")
    for kind in ("related", "discovered-from", "duplicates", "supersedes", "reviewed by"):
        assert cli.json("dep", a, b, "-t", kind)["type"] == kind
        assert cli.ready() == [a, b]
    cli("dep", b, a, "-t", "related")
    assert cli.json("dep", a, b, "-t", "related")["status"] == "unchanged"
    cli("undep", a, b, "-t", "related")
    assert len(cli.task(a)["dependencies"]) == 4
    cli("undep", a, b)
    assert "dependencies" not in cli.task(a)


def test_unknown_ids(cli: Cli) -> None:
    a = cli.new("a")
    cli.fails(3, "dep", a, "other-1")
    cli("dep", a, "other-1", "--force")
    assert cli.ready() == [a]
    assert cli("dep", "list", a).out == "other-1 [unknown] - (not in this project) (blocks)\n"
    cli("undep", a, "other-1")
    assert "dependencies" not in cli.task(a)


def test_cycles_are_refused(cli: Cli) -> None:
    a, b, c = cli.new("a"), cli.new("b"), cli.new("c")
    cli("dep", a, b)
    cli("dep", b, c, "-t", "parent-child")
    for kind in ("blocks", "waits-for", "conditional-blocks", "parent-child"):
        error = cli.fails(6, "dep", c, a, "-t", kind, "--json").errors[0]
        assert error["details"] == {"task": c, "depends_on": a}
        assert error["hint"] == f"The way back: {c} -> {a} -> {b} -> {c}."
    cli("dep", c, a, "-t", "related")
    assert cli.json("dep", "cycles") == []


def test_list(cli: Cli) -> None:
    a, b, c = cli.new("a"), cli.new("b"), cli.new("c")
    cli("dep", a, b)
    cli("dep", a, c, "-t", "related")
    cli("dep", c, a, "-t", "discovered-from")
    assert cli("dep", "list", a).lines == [f"{b} [open] - b (blocks)", f"{c} [open] - c (related)"]
    assert cli("dep", "list", a, "-t", "related").lines == [f"{c} [open] - c (related)"]
    assert cli("dep", "list", a, "--direction", "up").lines == [f"{c} [open] - c (discovered-from)"]
    both = cli.json("dep", "list", a, "--direction", "both")
    assert [(issue["id"], issue["dependency_type"]) for issue in both] == [
        (b, "blocks"),
        (c, "related"),
        (c, "discovered-from"),
    ]
    assert cli("dep", "list", b).out == ""


def test_tree(cli: Cli) -> None:
    d = cli.new("d")
    b = cli.new("b", "--depends-on", d)
    c = cli.new("c", "--depends-on", d)
    a = cli.new("a")
    cli("dep", a, b)
    cli("dep", a, c, "-t", "related")
    assert cli("dep", "tree", a).lines == [
        f"{a} [open] - a",
        f"├── {b} [open] - b",
        f"│   └── {d} [open] - d",
        f"└── {c} [open] - c (related)",
        f"    └── {d} [open] - d",
    ]
    done = cli("dep", "tree", a, "--depth", "1")
    assert (len(done.lines), done.err) == (3, "Cut at depth 1; --depth shows more.\n")
    found = cli.json("dep", "tree", a, "--depth", "1")
    assert [(issue["id"], issue["depth"], issue["parent_id"], issue["truncated"]) for issue in found] == [
        (a, 0, None, False),
        (b, 1, a, True),
        (c, 1, a, True),
    ]


def test_tree_upwards_and_both(cli: Cli) -> None:
    a = cli.new("a")
    b = cli.new("b", "--depends-on", a)
    c = cli.new("c", "--depends-on", b)
    up = cli.json("dep", "tree", b, "--direction", "up")
    assert [issue["id"] for issue in up] == [b, c]
    both = cli.json("dep", "tree", b, "--direction", "both")
    assert [issue["id"] for issue in both] == [b, a, c]


def test_tree_draws_a_branch_once_unless_all_of_it_is_wanted(cli: Cli) -> None:
    d = cli.new("d")
    c = cli.new("c", "--depends-on", d)
    b = cli.new("b", "--depends-on", c)
    a = cli.new("a", "--depends-on", b)
    cli("dep", a, c)
    once = [
        f"{a} [open] - a",
        f"├── {b} [open] - b",
        f"│   └── {c} [open] - c",
        f"│       └── {d} [open] - d",
        f"└── {c} [open] - c (see above)",
    ]
    assert cli("dep", "tree", a).lines == once
    assert cli("dep", "tree", a, "--full").lines == [*once[:-1], f"└── {c} [open] - c", f"    └── {d} [open] - d"]
    assert cli("dep", "tree", d, "--reverse", "-d", "1").lines == [f"{d} [open] - d", f"└── {c} [open] - c"]


def test_full_tree_does_not_go_round_in_circles(cli: Cli) -> None:
    a, b = cli.new("a"), cli.new("b")
    cli("dep", a, b, "-t", "related")
    cli("dep", b, a, "-t", "related")
    assert [issue["id"] for issue in cli.json("dep", "tree", a, "--full")] == [a, b, a]


def test_tree_as_mermaid_and_dot(cli: Cli) -> None:
    a, b = cli.new("a"), cli.new('say "b"')
    c = cli.new("c", "--depends-on", a)
    cli("dep", a, b)
    both = cli("dep", "tree", a, "--direction", "both", "--format", "dot").out
    assert f'"{a}" -> "{b}";' in both
    assert f'"{c}" -> "{a}";' in both
    assert 'say \\"b\\"' in both
    up = cli("dep", "tree", a, "--direction", "up", "--format", "mermaid").lines
    assert up == ["flowchart TD", f'  n0["{a} #91;open#93;<br/>a"]', f'  n1["{c} #91;open#93;<br/>c"]', "  n1 --> n0"]


def test_a_merge_can_close_a_cycle(cli: Cli) -> None:
    """Another clone's event, as a merge brings it: the later edge is suspended, and ready goes on."""
    a, b = cli.new("a"), cli.new("b")
    cli("dep", a, b)
    cli.bring(cli.last(a), task=b, data={"on": a, "type": "blocks"})
    assert cli.ready() == [b]
    assert cli("dep", "cycles").out == f"{b} -> {a} -> {b} (suspended: {b} -> {a}, blocks)\n"
    assert cli.json("dep", "cycles") == [[b, a]]
    assert cli.task(b)["suspended"][0]["depends_on_id"] == a
    assert "Suspended (they close a cycle, ready ignores them):" in cli("show", b).out
    cli("undep", b, a)
    done = cli("dep", "cycles")
    assert (done.out, done.err) == ("", "No cycles.\n")


def test_as_a_process(store: object, tk: Runner) -> None:
    a, b = tk("create", "A").stdout.strip(), tk("create", "B").stdout.strip()
    assert tk("dep", a, b).stdout == f"Added dependency: {a} -> {b}\n"
    assert tk("ls").stdout == f"{a} [open] - A <- [{b}]\n{b} [open] - B\n"
