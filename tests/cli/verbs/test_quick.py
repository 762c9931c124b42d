"""``tk q``: nothing but a title."""

from __future__ import annotations

from tests.conftest import Runner
from tests.inprocess import Cli


def test_words_make_a_title(cli: Cli) -> None:
    done = cli("q", "Fix", "the flaky", "login test")
    task = cli.task(done.out.strip())
    assert task["title"] == "Fix the flaky login test"
    assert (task["status"], task["priority"], task["issue_type"]) == ("open", 2, "task")


def test_text_is_the_whole_id_alone(cli: Cli) -> None:
    done = cli("q", "A")
    assert (done.out, done.err) == (f"{cli.events()[0]['task']}\n", "")


def test_json(cli: Cli) -> None:
    assert cli.json("q", "A") == {"id": cli.events()[0]["task"]}


def test_a_title_is_needed(cli: Cli) -> None:
    cli.fails(2, "q")
    cli.fails(4, "q", " ", "")
    assert cli.lines() == []


def test_as_a_process(store: object, tk: Runner) -> None:
    made = tk("q", "Fix", "it").stdout.strip()
    assert tk("show", made, "--short").stdout == f"{made} [P2][open] - Fix it\n"


def test_type_priority_and_labels_by_their_short_flags(cli: Cli) -> None:
    done = cli("q", "Fix", "it", "-t", "bug", "-p", "P1", "-l", "a,b", "-l", "c")
    task = cli.task(done.out.strip())
    assert (task["title"], task["issue_type"], task["priority"]) == ("Fix it", "bug", 1)
    assert task["labels"] == ["a", "b", "c"]
