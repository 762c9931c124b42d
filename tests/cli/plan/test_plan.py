"""Plans: Markdown and graphs become tasks in one batch, and what is wrong in them leaves nothing behind."""

from __future__ import annotations

import itertools
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bd_py.cli.plan import outline
from bd_py.errors import InvalidError
from tests.inprocess import Cli

Graph = dict[str, Any]


def plan(cli: Cli, text: str, *options: str) -> dict[str, Any]:
    """What ``create --from`` made, by title."""
    (cli.root / "plan.md").write_text(text)
    return {
        issue["title"]: cli.task(issue["id"]) for issue in cli.json("create", "--from", "plan.md", *options)["created"]
    }


def graph(cli: Cli, document: Graph, *options: str, code: int = 0) -> Any:
    (cli.root / "plan.json").write_text(json.dumps(document))
    if code:
        return cli.fails(code, "create", "--graph", "plan.json", *options)
    return cli.json("create", "--graph", "plan.json", *options)


def on(task: dict[str, Any]) -> set[tuple[str, str]]:
    return {(edge["dependency_type"], edge["title"]) for edge in task.get("dependencies", ())}


def segments(cli: Cli) -> list[Path]:
    return list((cli.root / ".tasks/log").rglob("*.jsonl"))


def forty_headings() -> str:
    lines = ["# Release 2", "What it takes."]
    for phase in range(1, 4):
        lines += [f"## Phase {phase}", f"Of three, number {phase}."]
        lines += [f"### Step {phase}.{step}\npriority: P{step % 5}\n\n- [ ] seen" for step in range(1, 13)]
    return "\n\n".join(lines)


def layered(count: int, width: int = 8) -> Graph:
    nodes = [{"key": f"n{k}", "title": f"Node {k}", "priority": k % 5} for k in range(count)]
    edges = [
        {"from": f"n{k}", "to": f"n{k - width + j}", "type": "blocks"} for k in range(width, count) for j in range(2)
    ]
    return {"nodes": nodes, "edges": edges}


@pytest.fixture
def fsyncs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is synced to disk: "file" or "folder"."""
    seen: list[str] = []
    real = os.fsync

    def fsync(fd: Any) -> None:
        seen.append("folder" if stat.S_ISDIR(os.fstat(fd).st_mode) else "file")
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    return seen


def test_forty_headings_are_one_batch(cli: Cli, fsyncs: list[str]) -> None:
    (cli.root / "plan.md").write_text(forty_headings())
    fsyncs.clear()
    made = cli("create", "--from", "plan.md").lines
    assert len(made) == len(set(made)) == 40
    assert (len(segments(cli)), len(cli.lines()), fsyncs.count("file")) == (1, 40, 1)
    steps = cli.json("list", "--parent", made[1], "--limit", "0")
    assert len(steps) == 12
    assert {step["acceptance_criteria"] for step in steps} == {"- [ ] seen"}
    assert sorted(made) == made, "ids ascend in the plan's order"


def test_a_graph_of_200_nodes_is_one_batch(cli: Cli, fsyncs: list[str]) -> None:
    document = layered(200)
    (cli.root / "plan.json").write_text(json.dumps(document))
    fsyncs.clear()
    made = cli.json("create", "--graph", "plan.json")
    assert (len(made["created"]), len(segments(cli)), len(cli.lines()), fsyncs.count("file")) == (200, 1, 200, 1)
    assert made["keys"]["n0"] == made["created"][0]["id"]
    assert cli.ready() == [made["keys"][f"n{k}"] for k in (0, 5, 1, 6, 2, 7, 3, 4)]
    edges = sum(issue["dependency_count"] for issue in cli.json("list", "--limit", "0"))
    assert edges == len(document["edges"])


def test_a_cycle_writes_nothing(cli: Cli) -> None:
    document = layered(200)
    document["edges"].append({"from": "n0", "to": "n199"})
    cli("list")
    before = cli.cached()
    error = graph(cli, document, "--json", code=6).errors[0]
    assert error["details"]["cycle"][0] == error["details"]["cycle"][-1]
    assert (cli.lines(), segments(cli), cli.cached()) == ([], [], before)


def test_a_cycle_through_a_parent_and_one_in_markdown(cli: Cli) -> None:
    nodes = [{"key": "a", "title": "A", "depends_on": ["b"]}, {"key": "b", "title": "B", "parent": "a"}]
    assert "a -> b -> a" in graph(cli, {"nodes": nodes}, code=6).err
    (cli.root / "plan.md").write_text("# A\n## B\ndepends on: C\n## C\ndepends on: B\n")
    assert "plan.md:2: the plan has a cycle: #2 -> #3 -> #2" in cli.fails(6, "create", "--from", "plan.md").err
    assert cli.lines() == []


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=14))
def test_a_graph_is_made_whole_or_refused_for_its_cycle(edges: list[tuple[int, int]]) -> None:
    from bd_py.errors import CycleError
    from bd_py.service.plan import Node, _in_order

    nodes = [Node(str(k), f"N{k}", "x") for k in range(9)]
    for start, to in edges:
        if start != to:
            nodes[start].needs.append(("blocks", str(to)))
    try:
        order = _in_order(nodes, {node.key: node for node in nodes})
    except CycleError as error:
        way = error.details["cycle"]
        assert way[0] == way[-1]
        assert all(("blocks", b) in nodes[int(a)].needs for a, b in itertools.pairwise(way))
    else:
        place = {node.key: k for k, node in enumerate(order)}
        assert len(place) == len(nodes)
        assert all(place[ref] < place[node.key] for node in nodes for _, ref in node.needs)


def test_the_example_of_the_documentation(cli: Cli) -> None:
    """The first Markdown block of docs/plans.md, and the JSON below it, are read as the page says."""
    page = (Path(__file__).parents[3] / "docs/plans.md").read_text()
    text = page.split("````markdown\n")[1].split("````")[0]
    made = plan(cli, text)
    assert list(made) == ["Search in the archive", "Choose the index", "Build it", "Tell people"]
    epic, choose, build, tell = made.values()
    assert (epic["issue_type"], epic["description"]) == ("epic", "People find nothing in what is older than a year.")
    assert (choose["status"], choose["assignee"]) == ("closed", "ines")
    assert on(build) == {("blocks", "Choose the index"), ("parent-child", "Search in the archive")}
    assert (build["priority"], build["labels"]) == (1, ["backend", "v2"])
    assert build["acceptance_criteria"] == "- [ ] an answer within a second\n- [ ] umlauts"
    assert "# a comment in code, no heading" in build["description"]
    assert on(tell) == {("blocks", "Build it"), ("parent-child", "Search in the archive")}
    assert all("v2" in task["labels"] for task in made.values())
    document = json.loads(page.split("```json\n")[1].split("```")[0])
    made = graph(cli, document)
    assert list(made["keys"]) == ["schema", "api", "ui"]


def test_levels_may_be_skipped(cli: Cli) -> None:
    made = plan(cli, "### Deep\n# Top\n#### Child\n## Other\n### Last ###\n")
    parents = {title: next((t for k, t in on(task) if k == "parent-child"), None) for title, task in made.items()}
    assert parents == {"Deep": None, "Top": None, "Child": "Top", "Other": "Top", "Last": "Other"}


def test_front_matter_and_options_hold_for_all_and_the_task_s_own_word_wins(cli: Cli) -> None:
    top = cli.new("Top")
    text = f"---\ntitle: Root\npriority: 4\nlabels: a\ntype: chore\nparent: {top}\n---\n# One\npriority: 0\n# Two\n"
    made = plan(cli, text, "-l", "b", "-a", "grace")
    assert {t: (k["priority"], k["labels"], k["issue_type"]) for t, k in made.items()} == {
        "Root": (4, ["a", "b"], "epic"),
        "One": (0, ["a", "b"], "chore"),
        "Two": (4, ["a", "b"], "chore"),
    }
    assert made["Root"]["parent"] == top
    assert made["One"]["parent"] == made["Root"]["id"]
    assert made["Two"]["assignee"] == "grace"


def test_under(cli: Cli) -> None:
    top = cli.new("Top")
    made = graph(
        cli, {"nodes": [{"key": "a", "title": "A"}, {"key": "b", "title": "B", "parent": "a"}]}, "--under", top
    )
    assert [issue["parent"] for issue in made["created"]] == [top, made["keys"]["a"]]


def test_any_field_of_a_node(cli: Cli) -> None:
    there = cli.new("There")
    node = {
        "key": "a",
        "title": "A",
        "description": "d",
        "design": "e",
        "acceptance": "f",
        "notes": "g",
        "type": "bug",
        "priority": "P1",
        "assignee": "ada",
        "owner": "bob",
        "labels": ["x", "y"],
        "estimate": "2h",
        "phase": "p",
        "due": "2030-01-01",
        "external_ref": "gh-1",
        "name": "n",
        "meta": {"k": [1]},
        "branch": "br",
        "pr": "#1",
        "depends_on": [there, {"on": "b", "type": "related"}],
        "status": "open",
        "compound": True,
    }
    document = {"nodes": [node, {"key": "b", "title": "B", "status": "done"}], "edges": []}
    task = cli.task(graph(cli, document)["keys"]["a"])
    assert on(task) == {("blocks", "There"), ("related", "B")}
    assert (task["priority"], task["estimated_minutes"], task["due_at"]) == (1, 120, "2030-01-01T00:00:00.000Z")
    assert (task["meta"], task["links"], task["labels"]) == ({"k": [1]}, {"branch": "br", "pr": "#1"}, ["x", "y"])
    assert {edge["status"] for edge in task["dependencies"]} == {"open", "closed"}


A = {"key": "a", "title": "A"}
WRONG: list[tuple[object, int, str]] = [
    ({"nodes": [A], "extra": 1}, 4, "'extra' is not known here"),
    ({"edges": []}, 4, "'nodes' is missing"),
    ({"nodes": []}, 4, "it has no nodes"),
    ({"nodes": {}}, 4, "'nodes' is no list"),
    ({"nodes": [1]}, 4, "nodes[0]: it is no object"),
    ({"nodes": [{"key": "a"}]}, 4, "nodes[0]: it has no title"),
    ({"nodes": [{"title": "A"}]}, 4, "nodes[0]: it has no key"),
    ({"nodes": [A, A]}, 4, "nodes[1] ('a'): the key 'a' stands here twice"),
    ({"nodes": [{**A, "prioritty": 1}]}, 4, "Did you mean priority?"),
    ({"nodes": [{**A, "priority": 9}]}, 4, "from 0 (urgent) to 4 (low)"),
    ({"nodes": [{**A, "type": "banana"}]}, 4, "nodes[0] ('a'): 'banana' is no type of task"),
    ({"nodes": [{**A, "title": "x" * 501}]}, 4, "nodes[0] ('a'): title"),
    ({"nodes": [{**A, "status": "in_progress"}]}, 4, "a new task is open or closed"),
    ({"nodes": [{**A, "depends_on": "nope"}]}, 3, "'nope' is no part of the plan, and task 'nope' not found"),
    ({"nodes": [{**A, "parent": "a"}]}, 4, "depends on itself"),
    ({"nodes": [A], "edges": [{"from": "a"}]}, 4, "edges[0]: 'to' is missing"),
    ({"nodes": [A], "edges": [{"from": "a", "to": "b", "kind": "x"}]}, 4, "edges[0]: 'kind' is not known here"),
    ({"nodes": [A], "edges": [{"from": "aa", "to": "a"}]}, 4, "edges[0]: there is no node 'aa'"),
    ({"nodes": [A], "edges": [{"from": "a", "to": "nope"}]}, 3, "is no part of the plan"),
    ([A], 4, "it is no object"),
]


@pytest.mark.parametrize(("document", "code", "says"), WRONG, ids=lambda value: str(value)[:40])
def test_what_is_wrong_with_a_graph_is_told_with_its_place(cli: Cli, document: Any, code: int, says: str) -> None:
    done = graph(cli, document, code=code)
    assert says in done.err
    assert "plan.json" in done.err
    assert cli.lines() == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"nodes": [{"key": "a", "key": "b", "title": "A"}]}', "an object has 'key' twice"),
        ('{"nodes": [\n{"key": }\n]}', "plan.json:2: not JSON"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_json(cli: Cli, text: str, says: str) -> None:
    (cli.root / "plan.json").write_text(text)
    assert says in cli.fails(4, "create", "--graph", "plan.json").err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("no heading\n", "plan.md: it has no heading"),
        ("# A\npriority: soon\n", "plan.md:2: 'soon' is no priority"),
        ("---\nprio: 1\n---\n# A\n", "plan.md:2: 'prio' is no field of a task"),
        ("---\na: [\n---\n# A\n", "plan.md:2: the list has no end"),
        ("# A\n## B\n## B\n## C\ndepends on: B\n", "plan.md:4: several headings are called 'B'"),
        ("# A {#k}\n# B {#k}\n", "plan.md:2: the key 'k' stands here twice"),
        ("# A\n### Priority\n9\n", "plan.md:2: priority 9 is not allowed"),
    ],
)
def test_what_is_wrong_with_an_outline(cli: Cli, text: str, says: str) -> None:
    (cli.root / "plan.md").write_text(text)
    done = cli.fails(4, "create", "--from", "plan.md")
    assert says in done.err
    assert cli.lines() == []


@given(st.text("# \n-[]x:`<!>ab{}*~", max_size=80))
def test_any_text_is_an_outline_or_refused(text: str) -> None:
    refusal = ""
    try:
        assert outline.read(text, "plan.md").nodes
    except InvalidError as error:
        refusal = error.message
    assert refusal == "" or refusal.startswith("plan.md")


def test_the_closing_of_what_the_workflow_does_not_let_be_closed(cli: Cli) -> None:
    cli.configure('workflow = "strict"\n')
    (cli.root / "plan.md").write_text("# [x] A\n# B\n")
    cli.fails(4, "create", "--from", "plan.md")
    assert cli.lines() == []


def test_a_dry_run_checks_and_writes_nothing(cli: Cli) -> None:
    (cli.root / "plan.md").write_text("# A\n## B\n")
    assert cli("create", "--from", "plan.md", "--dry-run").lines == ["Would create: A", "Would create: B"]
    shown = cli.json("create", "--from", "plan.md", "--dry-run")
    assert shown[1] == {"key": "#2", "title": "B", "dependencies": [{"on": "#1", "type": "parent-child"}]}
    (cli.root / "plan.md").write_text("# A\ndepends on: nope\n")
    cli.fails(3, "create", "--from", "plan.md", "--dry-run")
    assert cli.lines() == []


def test_from_stdin_and_silent(cli: Cli) -> None:
    assert cli("create", "--from", "-", "--silent", input="# A\n").out == ""
    assert len(cli("create", "--graph", "-", input='{"nodes":[{"key":"a","title":"A"}]}').lines) == 1
    assert len(cli.lines()) == 2


def test_text_before_any_heading_is_told_of(cli: Cli) -> None:
    done = cli("create", "--from", "-", input="hello\n\n# A\n")
    assert done.err == "stdin: 1 line before the first heading belongs to no task: left out\n"


def test_whoever_claimed_a_task_makes_a_plan_of_it(cli: Cli) -> None:
    """In one batch: the task is no longer anybody's, and its parts are handed out."""
    task = cli.new("Ship it")
    cli("claim", task)
    before = cli.lines()
    document = {"nodes": [A, {"key": "b", "title": "B", "depends_on": ["a"]}]}
    graph(cli, {**document, "edges": [{"from": "a", "to": "nope"}]}, "--under", task, "--compound", code=3)
    assert (cli.lines(), cli.task(task)["status"]) == (before, "in_progress")
    keys = graph(cli, document, "--under", task, "--compound")["keys"]
    found = cli.task(task)
    assert (found["status"], found["compound"], found.get("assignee")) == ("open", True, None)
    assert cli.ready() == [keys["a"]]
    cli("close", keys["a"])
    cli("close", keys["b"])
    assert cli.task(task)["status"] == "closed"


def test_what_another_holds_is_not_made_a_plan_of(cli: Cli) -> None:
    task = cli.new("Ship it")
    cli("claim", task, "--actor", "grace")
    before = cli.lines()
    assert "held by grace" in graph(cli, {"nodes": [A]}, "--under", task, "--compound", code=5).err
    assert cli.lines() == before


def test_compound_with_a_plan_is_for_the_task_above(cli: Cli) -> None:
    assert "Name that with --under" in graph(cli, {"nodes": [A]}, "--compound", code=2).err
