"""``tk undefer``: now after all."""

from __future__ import annotations

from tests.conftest import Runner
from tests.inprocess import Cli


def test_text(cli: Cli) -> None:
    task = cli.new()
    cli("defer", task, "--until", "+1d")
    assert cli("undefer", task).out == f"Updated {task} -> open\n"
    assert cli("undefer", task).out == f"{task} is not deferred\n"
    assert cli.types(task) == ["created", "status.set", "updated", "status.set", "updated"]
    assert cli.ready() == [task]
    assert "defer_until" not in cli.task(task)


def test_without_end(cli: Cli) -> None:
    task = cli.new()
    cli("defer", task)
    cli("undefer", task)
    assert cli.types(task) == ["created", "status.set", "status.set"]


def test_an_open_task_with_a_date(cli: Cli) -> None:
    task = cli.new("T", "--defer", "+1d")
    assert cli.ready() == []
    cli("undefer", task)
    assert cli.ready() == [task]
    assert cli.types(task) == ["created", "updated"]


def test_as_a_process(store: object, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    tk("defer", task)
    assert tk("undefer", task).stdout == f"Updated {task} -> open\n"
