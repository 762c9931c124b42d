"""``tk block``: what is in the way, in words."""

from __future__ import annotations

from tests.conftest import Runner
from tests.inprocess import Cli


def test_text(cli: Cli) -> None:
    task = cli.new()
    assert cli("block", task, "no", "key").out == f"Updated {task} -> blocked\n"
    assert cli.types(task) == ["created", "blocker.add", "status.set"]


def test_it_is_recorded(cli: Cli) -> None:
    task = cli.new()
    cli("block", task, "-", input="two\nlines\n")
    cli("block", task, "more")
    first, second = cli.task(task)["blockers"]
    assert (first["text"], first["status"], first["raised_by"]) == ("two\nlines", "open", "ada")
    assert second["text"] == "more"
    assert first["id"] != second["id"]
    assert cli.types(task) == ["created", "blocker.add", "status.set", "blocker.add"]
    assert cli.ready() == []


def test_it_holds_even_if_the_status_is_changed(cli: Cli) -> None:
    task = cli.new()
    cli("block", task, "no key")
    cli("update", task, "-s", "open")
    assert cli.ready() == []
    assert "is blocked by what stands in its blockers" in cli.fails(4, "claim", task).err


def test_the_strict_workflow_blocks_work_in_progress_only(cli: Cli) -> None:
    cli.configure('workflow = "strict"\n')
    task = cli.new()
    cli.fails(4, "block", task, "why")
    cli("claim", task)
    cli("block", task, "why")
    assert cli.task(task)["status"] == "blocked"


def test_as_a_process(store: object, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    assert tk("block", task, "-", input="why").stdout == f"Updated {task} -> blocked\n"
    assert "] " in tk("show", task).stdout
    assert tk("blocked").stdout == f"{task} [P2][blocked] - A\n  blocker: why\n"
