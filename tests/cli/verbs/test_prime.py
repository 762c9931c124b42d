"""``tk prime``: one page, never too long, whose commands exist."""

from __future__ import annotations

import re
from pathlib import Path

from bd_py.cli import registry
from bd_py.cli.verbs.prime import MAX_BYTES, PAGE
from tests.inprocess import Cli


def test_on_a_real_tracker(cli: Cli, data: Path) -> None:
    cli("import", str(data / "beads-medium.jsonl"))
    text = cli("prime").out
    assert len(text.encode()) < MAX_BYTES
    ready = cli.ready()
    assert [line.split()[0] for line in text.splitlines() if "[P" in line and line.startswith("    bd-")] == ready[:10]
    assert "27 open, 14 in progress, 628 closed" in text


def test_with_the_longest_titles_ids_and_names(cli: Cli) -> None:
    for k in range(12):
        cli("create", "🗼" * 500, "--id", f"{'x' * 250}-{k}")
    mine = cli.new("表" * 400)
    cli("claim", mine, "--actor", "é" * 200)
    text = cli("prime", "--actor", "é" * 200).out
    assert len(text.encode()) < MAX_BYTES
    assert mine in text


def test_what_is_mine_and_what_is_ready(cli: Cli) -> None:
    mine, free = cli.new("Mine"), cli.new("Free\x1b[31m")
    cli("claim", mine)
    text = cli("prime").out
    assert f"Yours already (ada):\n    {mine} [P2] Mine" in text
    assert f"{free} [P2] Free\\x1b[31m" in text
    shown = cli.json("prime")
    assert shown["ready"] == [free]
    assert shown["counts"] == {"open": 1, "active": 1}


def test_an_empty_tracker_and_one_where_nothing_is_ready(cli: Cli) -> None:
    assert "## Now: no task yet" in cli("prime").out
    cli("block", cli.new(), "no key")
    assert "Nothing is ready" in cli("prime").out


def test_it_speaks_of_verbs_that_are_there(cli: Cli) -> None:
    named = set(re.findall(r"tk ([a-z][a-z-]*)", PAGE))
    assert {"ready", "show", "claim", "close", "create"} <= named
    assert named <= {*registry.NAMES, "which"}


def test_the_way_it_tells_is_a_way_that_works(cli: Cli) -> None:
    """Its commands, in its order, on a task of its own."""
    task = cli.new("Do it")
    other = cli.new("Other")
    for line in (
        *("ready", f"show {task}", f"claim {task}", f"comment {task} found", "create Found -d why -t bug -p 1 -l x"),
        *(f"create More --dep discovered-from:{task}", f"dep add {other} {task}", f"create Part --parent {other}"),
        *(f"dep tree {other}", f"log {task}", f"close {task} -r done", "ready --claim --json", "blocked", "doctor"),
    ):
        cli(*line.split())
    assert cli.task(task)["status"] == "closed"
