"""``tk release``: open again, nobody's."""

from __future__ import annotations

from tests.conftest import Runner
from tests.inprocess import Cli


def test_text(cli: Cli) -> None:
    task = cli.new()
    cli("claim", task)
    assert cli("release", task).out == f"Updated {task} -> open\n"
    assert cli("release", task).out == f"{task} is already open and unassigned\n"
    assert cli.types(task) == ["created", "claimed", "released"]


def test_it_names_the_hold_and_why(cli: Cli) -> None:
    task = cli.new()
    cli("claim", task)
    hold = cli.last(task)["id"]
    (after,) = cli.json("release", task, "-r", "-", input="needs\nmore\n")
    assert "assignee" not in after
    assert "hold" not in after
    assert cli.last(task)["data"] == {"hold": hold, "reason": "needs\nmore"}


def test_only_the_holder_may_without_force(cli: Cli) -> None:
    task = cli.new()
    cli("claim", task, "--session", "s1")
    cli.fails(5, "release", task, "--actor", "grace")
    cli.fails(5, "release", task, "--session", "s2")
    cli("release", task, "--session", "s1")
    cli("claim", task)
    cli("release", task, "--actor", "grace", "--force")
    assert cli.task(task)["status"] == "open"


def test_what_nobody_holds(cli: Cli) -> None:
    task = cli.new("T", "-a", "grace")
    assert cli("release", task).out == f"Updated {task} -> open\n"
    assert "assignee" not in cli.task(task)
    for verb in ("close", "reopen", "defer"):
        cli(verb, task)
    assert f"{task} is deferred: nobody holds it" in cli.fails(4, "release", task).err


def test_closing_ends_a_hold(cli: Cli) -> None:
    task = cli.new()
    cli("claim", task, "--actor", "grace")
    cli("close", task)
    assert "hold" not in cli.task(task)
    cli.fails(4, "release", task)


def test_as_a_process(store: object, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    tk("claim", task)
    assert tk("retry", task).stdout == f"Updated {task} -> open\n"
