"""``tk search``: text, JSON, filters."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Runner
from tests.inprocess import Cli
from tests.terminal import on_a_terminal
from tests.test_schemas import validate


def test_text(cli: Cli) -> None:
    title = cli.new("Refactor the vector layer", "-p", "1")
    body = cli.new("Speed", "-d", "Today\nthe vector layer\x1b[31m is slow")
    cli("comment", cli.new("Talk"), "About the vector layer")
    cli("close", title)
    assert cli("search", "vector", "layer").lines[:3] == [
        f"{title} [P1][closed] - Refactor the vector layer",
        f"{body} [P2][open] - Speed",
        "    Today the vector layer\\x1b[31m is slow",
    ]
    assert cli("find", "nothing of the kind").out == ""


def test_json(cli: Cli) -> None:
    task = cli.new("Refactor the vector layer", "-d", "It is slow")
    found = cli.json("search", "vector")
    validate("search", found)
    assert [(i["id"], i["match"], i["snippet"]) for i in found] == [(task, "words", "Refactor the vector layer")]
    assert {**found[0], "match": "", "score": 0, "snippet": ""} == {
        **cli.json("list")[0],
        "match": "",
        "score": 0,
        "snippet": "",
    }
    assert cli.json("search", "slow")[0]["snippet"] == "It is slow"
    assert cli.json("search", "slwo")[0]["match"] == "typo"
    assert cli.json("search", "nothing") == []
    assert [json.loads(line) for line in cli("search", "vector", "--jsonl").lines] == found
    validate("search", cli.json("search", task))


def test_filters_and_limits(cli: Cli) -> None:
    first = cli.new("Layer one", "-t", "bug", "-l", "core")
    second = cli.new("Layer two", "-a", "grace", "--parent", first)
    third = cli.new("Layer three")
    cli("close", third)

    def ids(*options: str) -> set[str]:
        return {issue["id"] for issue in cli.json("search", "layer", *options)}

    assert ids() == ids("--all") == {first, second, third}
    assert ids("--open") == {first, second}
    assert ids("-s", "closed") == {third}
    assert ids("-t", "bug") == ids("-l", "core") == {first}
    assert ids("-a", "grace") == ids("--parent", first) == {second}
    assert len(ids("-n", "2")) == 2
    assert ids("-n", "0") == {first, second, third}
    done = cli("search", "layer", "-n", "1")
    assert len(done.lines) == 1
    assert done.err == "The first 1 are shown; --limit 0 shows all.\n"


def test_what_changed_is_found_at_once(cli: Cli) -> None:
    cli.new("Layer one")
    assert len(cli.json("search", "layer")) == 1
    task = cli.new("Layer two")
    assert len(cli.json("search", "layer")) == 2
    cli("update", task, "--title", "Renamed")
    cli("comment", task, "Once a stratum")
    assert [issue["id"] for issue in cli.json("search", "stratum")] == [task]
    cli("delete", task)
    assert cli.json("search", "stratum") == []


def test_a_search_writes_nothing_that_git_can_see(store: Path, tk: Runner, git: Runner) -> None:
    tk("create", "Vector layer")
    git("add", "-A")
    git("commit", "-qm", "A store")
    assert "Vector layer" in tk("search", "vector").stdout
    assert git("status", "--porcelain").stdout == ""


def test_a_hit_is_bold_on_a_terminal(store: Path, tk: Runner) -> None:
    tk("create", "Fix the vector layer")
    assert "Fix the \x1b[1mvector\x1b[0m layer" in on_a_terminal(store, "search", "vector")
    plain = on_a_terminal(store, "search", "vector", NO_COLOR="1")
    assert "\x1b" not in plain
    assert "\x02" not in plain
