"""``tk check``: the acceptance checklist."""

from __future__ import annotations

import pytest

from tests.conftest import Runner
from tests.inprocess import Cli


@pytest.fixture
def task(cli: Cli) -> str:
    """A task with three items."""
    task = cli.new()
    cli("check", task, "add", "-", input="- [ ] old index opens\n- new index opens\nrecall holds\n")
    return task


def test_text(cli: Cli) -> None:
    task = cli.new()
    done = cli("check", task)
    assert (done.out, done.err) == ("", f"No checklist. 'tk check {task} add TEXT' begins one.\n")
    assert cli("check", task, "add", "Recall", "holds").out == f"{task} 1. [ ] Recall holds\n"
    assert cli("check", task, "done", "1").out == f"{task} 1. [x] Recall holds\n"
    assert cli("check", task, "done", "1").out == f"{task} is so already\n"
    done = cli("check", task)
    assert (done.out, done.err) == ("1. [x] Recall holds\n", "1 of 1 item done\n")
    assert "\nChecklist:\n  1. [x] Recall holds\n" in cli("show", task).out
    assert cli("check", task, "remove", "1").out == f"{task} removed 1. [x] Recall holds\n"
    assert "checklist" not in cli.task(task)


def test_lines_of_stdin_are_items(cli: Cli, task: str) -> None:
    assert [item["text"] for item in cli.json("check", task)] == ["old index opens", "new index opens", "recall holds"]
    assert [item["id"].partition("-")[0] for item in cli.json("check", task)] == ["1", "2", "3"]


@pytest.mark.parametrize("ref", ["3", "recall", "Recall Holds", "recall holds"])
def test_items_by_number_or_words(cli: Cli, task: str, ref: str) -> None:
    cli("check", task, "done", ref)
    assert [item["done"] for item in cli.json("check", task)] == [False, False, True]
    cli("check", task, "undo", ref)
    assert not any(item["done"] for item in cli.json("check", task))


def test_items_by_key_and_several_at_once(cli: Cli, task: str) -> None:
    keys = [item["id"] for item in cli.json("check", task)]
    after = cli.json("check", task, "done", keys[0], "2", keys[0])
    assert [item["done"] for item in after[0]["checklist"]] == [True, True, False]
    cli("check", task, "remove", "1", "2")
    assert [item["id"] for item in cli.json("check", task)] == keys[2:], "numbers mean what they were at the start"
    cli("check", task, "add", "later")
    assert cli.json("check", task)[-1]["id"].startswith("4-")


def test_what_fails_changes_nothing(cli: Cli, task: str) -> None:
    count = len(cli.lines())
    assert "stands in several items" in cli.fails(3, "check", task, "done", "opens").err
    assert "It has 3" in cli.fails(3, "check", task, "done", "1", "9").err
    cli.fails(3, "check", task, "done", "0")
    cli.fails(4, "check", task, "add", " ")
    assert len(cli.lines()) == count


def test_an_undo_takes_the_tick_back(cli: Cli, task: str) -> None:
    cli("check", task, "done", "1")
    cli("undo")
    assert not any(item["done"] for item in cli.json("check", task))


def test_the_log_says_it_in_words(cli: Cli, task: str) -> None:
    cli("check", task, "done", "1")
    assert "set checklist [x] old index opens" in cli("log", task, "--oneline").lines[0]


def test_as_a_process(store: object, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    assert tk("check", task, "add", "It", "holds").stdout == f"{task} 1. [ ] It holds\n"
    assert tk("check", task).stdout == "1. [ ] It holds\n"


def test_no_text_is_no_item(cli: Cli, task: str) -> None:
    for text in ("", " \n", "\n\n\n"):
        assert "an empty checklist item" in cli.fails(4, "check", task, "add", "-", input=text).err
    assert len(cli.json("check", task)) == 3
