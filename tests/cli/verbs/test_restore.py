"""``tk restore``: undo a deletion."""

from __future__ import annotations

from tests.conftest import Runner
from tests.inprocess import Cli


def test_text(cli: Cli) -> None:
    task = cli.new()
    cli("delete", task)
    assert cli("restore", task).out == f"Updated {task} -> open\n"
    assert cli("restore", task).out == f"{task} is not deleted\n"
    assert cli.types(task) == ["created", "deleted", "restored"]


def test_it_is_as_it_was(cli: Cli) -> None:
    first = cli.new()
    task = cli.new("T", "-l", "x", "-d", "why", "--depends-on", first, "--name", "n")
    after = cli.new("B", "--depends-on", task)
    cli("comment", task, "a remark")
    cli("close", task, "-r", "done")
    before = cli.task(task)
    cli("delete", task)
    (restored,) = cli.json("restore", task, "-r", "by mistake")
    assert restored["status"] == "closed"
    moving = {"updated_at", "last_event_at", "event_count", "version"}
    kept = {key: value for key, value in cli.task(task).items() if key not in moving}
    assert kept == {key: value for key, value in before.items() if key not in moving}
    assert cli.task(after)["dependencies"][0]["id"] == task


def test_by_prefix(cli: Cli) -> None:
    task = cli.new()
    cli("delete", task)
    cli("restore", task[3:9])
    assert cli.listed() == [task]


def test_a_hold_is_over(cli: Cli) -> None:
    task = cli.new()
    cli("claim", task)
    cli("delete", task)
    cli("restore", task)
    assert "hold" not in cli.task(task)


def test_as_a_process(store: object, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    tk("delete", task)
    assert tk("restore", task).stdout == f"Updated {task} -> open\n"
