"""``tk unblock``: every blocker is resolved."""

from __future__ import annotations

from tests.conftest import Runner
from tests.inprocess import Cli


def test_text(cli: Cli) -> None:
    task = cli.new()
    cli("block", task, "a")
    cli("block", task, "b")
    assert cli("unblock", task).out == f"Updated {task} -> open\n"
    assert cli("unblock", task).out == f"{task} has nothing in its way\n"
    assert cli.types(task)[-3:] == ["blocker.resolve", "blocker.resolve", "status.set"]
    assert {blocker["status"] for blocker in cli.task(task)["blockers"]} == {"resolved"}
    assert cli.ready() == [task]


def test_a_status_that_was_set_by_hand(cli: Cli) -> None:
    task = cli.new()
    cli("update", task, "-s", "blocked")
    cli("unblock", task)
    assert cli.types(task) == ["created", "status.set", "status.set"]


def test_a_blocker_whose_task_went_on(cli: Cli) -> None:
    task = cli.new()
    cli("block", task, "a")
    cli("update", task, "-s", "open")
    cli("unblock", task)
    assert cli.types(task)[-1] == "blocker.resolve"
    assert cli.ready() == [task]


def test_what_another_task_blocks_stays_blocked(cli: Cli) -> None:
    first = cli.new()
    task = cli.new("T", "--depends-on", first)
    assert cli("unblock", task).out == f"{task} has nothing in its way\n"
    assert cli.ready() == [first]


def test_as_a_process(store: object, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    tk("block", task, "why")
    assert tk("unblock", task).stdout == f"Updated {task} -> open\n"
