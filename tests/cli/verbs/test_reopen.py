"""``tk reopen``."""

from __future__ import annotations

from tests.conftest import Runner
from tests.inprocess import Cli


def test_text(cli: Cli) -> None:
    task = cli.new()
    cli("close", task)
    assert cli("reopen", task).out == f"Updated {task} -> open\n"
    assert cli("reopen", task).out == f"{task} is not closed\n"
    assert cli.types(task) == ["created", "closed", "status.set"]


def test_what_closing_set_is_gone(cli: Cli) -> None:
    task = cli.new()
    before = cli.task(task).keys()
    cli("close", task, "-r", "done", "--resolution", "wontfix")
    (after,) = cli.json("reopen", task, "-r", "it came back")
    assert after.keys() == before
    assert cli.last(task)["data"] == {"status": "open", "previous": "closed", "reason": "it came back"}


def test_from_a_status_of_ones_own_that_is_done(cli: Cli) -> None:
    cli.configure('[statuses.shipped]\ncategory = "done"\n')
    task = cli.new()
    cli("update", task, "-s", "shipped")
    cli("reopen", task)
    assert cli.ready() == [task]


def test_others_wait_again(cli: Cli) -> None:
    first = cli.new()
    after = cli.new("B", "--depends-on", first)
    cli("close", first)
    assert cli.ready() == [after]
    cli("reopen", first)
    assert cli.ready() == [first]


def test_as_a_process(store: object, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    tk("close", task)
    assert tk("reopen", task).stdout == f"Updated {task} -> open\n"
