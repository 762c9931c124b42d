"""``tk graph``."""

from __future__ import annotations

from tests.inprocess import Cli


def test_all_that_is_open(cli: Cli) -> None:
    assert cli("graph").err == "No open task depends on another.\n"
    cli.new("alone")
    epic = cli.new("Epic", "-t", "epic", "-p", "0")
    a = cli.new("a", "--parent", epic)
    b = cli.new("b", "--depends-on", a)
    done = cli.new("done")
    cli("dep", a, done)
    cli("close", done)
    lines = cli("graph").lines
    assert lines == [
        f"{epic} [open] - Epic",
        f"└── {a} [open] - a (child)",
        f"{b} [open] - b",
        f"└── {a} [open] - a",
    ]
    assert f'"{b}" -> "{a}";' in cli("graph", "--dot").lines[-2]
    found = cli.json("graph")
    assert {node["id"] for node in found["nodes"]} == {epic, a, b}
    assert found["edges"] == [
        {"from": a, "to": epic, "type": "parent-child"},
        {"from": b, "to": a, "type": "blocks"},
    ]
    assert {node["id"] for node in cli.json("graph", "--all")["nodes"]} == {epic, a, b, done}
    assert [edge["type"] for edge in cli.json("graph", "-t", "blocks,related")["edges"]] == ["blocks"]


def test_what_hangs_together_with_one(cli: Cli) -> None:
    a, b, c = cli.new("a"), cli.new("b"), cli.new("c")
    other = cli.new("other", "--depends-on", cli.new("elsewhere"))
    cli("dep", a, b)
    cli("dep", c, b, "-t", "related")
    cli("dep", b, "far-1", "--force")
    cli("close", b)
    found = cli.json("graph", c)
    assert {node["id"] for node in found["nodes"]} == {a, b, c, "far-1"}
    assert {node["id"]: node["status"] for node in found["nodes"]}["far-1"] == "unknown"
    assert {node["id"] for node in cli.json("graph", a, "-t", "blocks")["nodes"]} == {a, b, "far-1"}
    assert cli("graph", cli.new("alone")).lines[0].endswith("alone")
    assert other not in cli("graph", c, "--format", "mermaid").out


def test_what_was_drawn_is_not_drawn_again(cli: Cli) -> None:
    base = cli.new("base")
    left, right = cli.new("left", "--depends-on", base), cli.new("right", "--depends-on", base)
    assert cli("graph").lines == [
        f"{left} [open] - left",
        f"└── {base} [open] - base",
        f"{right} [open] - right",
        f"└── {base} [open] - base",
    ]
    cli("dep", base, cli.new("deep"))
    assert cli("graph").lines[-1] == f"└── {base} [open] - base (see above)"
