"""Compound tasks: never handed out, closed with the last of their children."""

from __future__ import annotations

import pytest

from tests.cli.verbs.test_gates import gate
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


def parts(cli: Cli, *options: str) -> tuple[str, str]:
    """A compound task and its only child, which somebody works on."""
    whole = cli.new("whole", "--compound", *options)
    child = cli.new("child", "--parent", whole)
    cli("claim", child)
    return whole, child


def test_it_is_closed_by_hand_where_it_does_not_close_by_itself(cli: Cli) -> None:
    cli.configure('workflow = "strict"\nauto_close = false\n')
    whole, child = parts(cli)
    cli("close", child)
    assert "children are all closed: 'tk close' closes it" in cli("ready", "--explain").out
    assert cli("close", whole).out == f"Updated {whole} -> closed\n"
    assert cli.types(whole) == ["created", "status.set", "closed"]


def test_gates_for_all_tasks_have_been_passed_by_the_children(cli: Cli) -> None:
    gate(cli, "tests", "'echo ran >> ran'")
    whole, child = parts(cli)
    assert cli("close", child).out == "".join(f"Updated {task} -> closed\n" for task in (child, whole))
    assert (cli.root / "ran").read_text() == "ran\n"


@pytest.mark.parametrize("when", ['type = "epic"', 'label = "release"'])
def test_gates_for_tasks_of_its_kind_are_its_own(when: str, cli: Cli) -> None:
    gate(cli, "whole", "'test -e fits'", f"when = {{ {when} }}\n")
    whole, child = parts(cli, "-t", "epic", "-l", "release")
    assert cli("close", child).out == f"Updated {child} -> closed\n"
    assert cli.task(whole)["status"] == "open"
    assert "children are all closed: 'tk close' closes it" in cli("ready", "--explain").out
    cli.fails(8, "close", whole)
    (cli.root / "fits").touch()
    cli("close", whole)
    assert [item["exit_code"] for item in cli.task(whole)["evidence"]] == [1, 0]


def test_its_judge_is_that_of_its_children(cli: Cli) -> None:
    cli.configure("judge = true\nauto_close = false\n")
    whole, child = parts(cli)
    assert "has children that are not done" in cli.fails(8, "close", whole).err
    cli("accept", child, "--actor", "grace")
    cli("close", child)
    cli("close", whole)


def test_what_is_not_done_after_all_opens_what_closed_with_it(cli: Cli) -> None:
    top = cli.new("top", "--compound")
    whole = cli.new("whole", "--compound", "--parent", top)
    child = cli.new("child", "--parent", whole)
    after = cli.new("after", "--dep", top)
    cli("claim", child)
    cli("close", child)
    assert cli.ready() == [after]
    assert cli("reopen", child).out == "".join(f"Updated {task} -> open\n" for task in (child, whole, top))
    assert cli.ready() == [child]
    cli("close", child)
    cli("reject", child, "--reason", "no test", "--actor", "grace")
    assert cli.task(top)["status"] == "open"
    cli("close", child)
    assert cli.ready() == [after]


@pytest.mark.parametrize("how", [["--resolution", "wontfix"], []])
def test_what_was_given_up_or_is_closed_by_hand_stays_closed(how: list[str], cli: Cli) -> None:
    if not how:
        cli.configure("auto_close = false\n")
    whole, child = parts(cli)
    cli("close", child)
    if how:
        cli("reopen", whole)
    cli("close", whole, *how)
    assert cli("reopen", child).out == f"Updated {child} -> open\n"
    assert cli.task(whole)["status"] == "closed"
