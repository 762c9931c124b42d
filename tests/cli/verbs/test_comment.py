"""``tk comment``."""

from __future__ import annotations

import pytest

from tests.conftest import Runner
from tests.inprocess import Cli


def test_text(cli: Cli) -> None:
    task = cli.new()
    assert cli("comment", task, "The cause", "is in the cache").out == f"Commented on {task}\n"
    assert cli.last(task)["data"] == {"text": "The cause is in the cache"}


@pytest.mark.parametrize("args", [[], ["-"]])
def test_from_stdin(cli: Cli, args: list[str]) -> None:
    task = cli.new()
    cli("comment", task, *args, input="one\n\ntwo ü\n")
    assert cli.task(task)["comments"][0]["text"] == "one\n\ntwo ü"


def test_from_a_file(cli: Cli) -> None:
    task = cli.new()
    (cli.root / "why.md").write_text("why\n")
    cli("note", task, "@why.md")
    assert cli.task(task)["comments"][0]["text"] == "why"


def test_json(cli: Cli) -> None:
    task = cli.new()
    (after,) = cli.json("comment", task, "a")
    assert after["comment_count"] == 1
    cli("comment", task, "b", "--actor", "grace")
    first, second = cli.task(task)["comments"]
    event = cli.last(task)
    assert second == {
        "id": 2,
        "event_id": event["id"],
        "issue_id": task,
        "author": "grace",
        "text": "b",
        "created_at": event["at"],
    }
    assert (first["id"], first["author"]) == (1, "ada")


def test_the_same_twice_is_two_comments(cli: Cli) -> None:
    task = cli.new()
    cli("comment", task, "a")
    cli("comment", task, "a")
    assert len(cli.task(task)["comments"]) == 2


def test_of_what_is_closed(cli: Cli) -> None:
    task = cli.new()
    cli("close", task)
    cli("comment", task, "thanks")
    assert cli.task(task)["status"] == "closed"


def test_as_a_process(store: object, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    assert tk("add-note", task, input="piped\n").stdout == f"Commented on {task}\n"
    assert "    piped\n" in tk("show", task).stdout
