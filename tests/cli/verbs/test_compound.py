"""Compound tasks: never handed out, closed with the last of their children."""

from __future__ import annotations

import pytest

from tests.inprocess import Cli


def test_a_compound_task_is_the_sum_of_its_children(cli: Cli) -> None:
    whole = cli.new("whole", "--compound")
    one, two = (cli.new(name, "--parent", whole) for name in ("one", "two"))
    assert set(cli.ready()) == {one, two}
    cli.fails(4, "claim", whole)
    cli("close", one)
    assert cli.task(whole)["status"] == "open"
    cli("close", two)
    found = cli.task(whole)
    assert (found["status"], found["close_reason"]) == ("closed", "all of its children are closed")


def test_compound_tasks_in_one_another(cli: Cli) -> None:
    top = cli.new("top", "--compound")
    inner = cli.new("inner", "--compound", "--parent", top)
    leaf = cli.new("leaf", "--parent", inner)
    cli("config", "set", "workflow", "strict")
    cli("claim", leaf)
    assert cli("close", leaf).out == "".join(f"Updated {task} -> closed\n" for task in (leaf, inner, top))
    assert [cli.task(task)["status"] for task in (inner, top)] == ["closed", "closed"]


@pytest.mark.parametrize("line", ["close {} {}", "status {} {} closed", "update {} {} -s closed"])
def test_what_closed_along_is_told_once(line: str, cli: Cli) -> None:
    whole = cli.new("whole", "--compound")
    one, two = (cli.new(name, "--parent", whole) for name in ("one", "two"))
    assert cli(*line.format(one, two).split()).out == "".join(
        f"Updated {task} -> closed\n" for task in (one, two, whole)
    )
    assert cli("close", one).out == f"{one} is already closed\n"


def test_what_closed_before_is_not_told_again(cli: Cli) -> None:
    whole = cli.new("whole", "--compound")
    one = cli.new("one", "--parent", whole)
    cli("close", whole)
    assert cli("close", one).out == f"Updated {one} -> closed\n"


def test_a_failed_child_is_tried_again_alone(cli: Cli) -> None:
    whole = cli.new("whole", "--compound")
    one, two = (cli.new(name, "--parent", whole) for name in ("one", "two"))
    cli("close", one)
    cli("close", two, "--resolution", "failed")
    assert cli.task(whole)["status"] == "open"
    cli("retry", two)
    assert cli.ready() == [two]
    cli("close", two)
    assert cli.task(whole)["status"] == "closed"


def test_a_compound_task_may_be_left_open(cli: Cli) -> None:
    cli("config", "set", "auto_close", "false")
    whole = cli.new("whole", "--compound")
    cli("close", cli.new("one", "--parent", whole))
    assert cli.task(whole)["status"] == "open"


def test_a_task_becomes_compound_and_is_its_holders_no_longer(cli: Cli) -> None:
    task = cli.new("whole")
    cli("claim", task, "--actor", "grace")
    assert "held by grace" in cli.fails(5, "update", task, "--compound").err
    assert cli.types(task) == ["created", "claimed"]
    after = cli.json("update", task, "--compound", "--actor", "grace")[0]
    assert (after["status"], after["compound"], after.get("assignee")) == ("open", True, None)
    assert cli("update", task, "--compound").out == f"{task} is unchanged\n"
    assert cli("log", task, "--oneline").lines[0].endswith("set compound = true")
    assert cli.ready() == []
    assert "compound" not in cli.json("update", task, "--no-compound")[0]
    assert cli("update", task, "--no-compound").out == f"{task} is unchanged\n"
    assert cli.ready() == [task]
