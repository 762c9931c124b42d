"""``tk show``: everything about a task."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

import pytest

from bd_py.service import state_at
from tests.conftest import Runner
from tests.inprocess import Cli


def text(cli: Cli, *args: str) -> str:
    """What is shown, its times as T."""
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "T", cli("show", *args).out)


def test_a_small_task(cli: Cli) -> None:
    task = cli.new("Refactor")
    assert text(cli, task) == (
        f"{task}: Refactor\n"
        "  Status:      open\n"
        "  Priority:    P2\n"
        "  Type:        task\n"
        "  Created:     T by ada\n"
        "  Updated:     T\n"
    )


def test_everything(cli: Cli) -> None:
    epic = cli.new("Epic", "-t", "epic")
    first = cli.new("First")
    task = cli.new(
        *("Whole", "-d", "line 1\n\nline 2", "--notes", "N", "-l", "b,a", "--depends-on", first),
        *("--estimate", "90", "--pr", "#1", "--meta", "k=v", "--due", "2030-01-01"),
    )
    cli("update", task, "--parent", epic)
    after = cli.new("After", "--depends-on", task)
    cli("comment", task, "one\ntwo")
    cli("block", task, "no key")
    cli("claim", first)
    assert text(cli, task) == (
        f"{task}: Whole\n"
        "  Status:      blocked\n"
        "  Priority:    P2\n"
        "  Type:        task\n"
        "  Labels:      a, b\n"
        f"  Parent:      {epic}\n"
        "  Estimate:    90 min\n"
        "  Due:         T\n"
        "  Created:     T by ada\n"
        "  Updated:     T\n"
        "  Links:       pr=#1\n"
        "  Meta:        k=v\n"
        "\nDescription:\n  line 1\n\n  line 2\n"
        "\nNotes:\n  N\n"
        f"\nDepends on:\n  {first} [in_progress] - First\n"
        f"\nChild of:\n  {epic} [open] - Epic\n"
        f"\nBlocks:\n  {after} [open] - After\n"
        f"\nBlockers:\n  [open] {cli.task(task)['blockers'][0]['id']}: no key\n"
        "\nComments:\n  T ada:\n    one\n    two\n"
    )
    assert "Assignee:    ada (holds it)" in text(cli, first)


def test_several_are_parted_by_a_blank_line(cli: Cli) -> None:
    a, b = cli.new("A"), cli.new("B")
    done = text(cli, a, b, a)
    assert done.count("\n\n") == 1
    assert done.startswith(f"{a}: A\n")
    assert f"\n\n{b}: B\n" in done


def test_short(cli: Cli) -> None:
    a, b = cli.new("A", "-p", "1"), cli.new("B")
    assert cli("show", a, b, "--short").lines == [f"{a} [P1][open] - A", f"{b} [P2][open] - B"]


def test_ids_in_every_spelling(cli: Cli) -> None:
    task = cli.new("A", "--name", "the-core")
    for ref in (task, task.upper(), task[:7], task[3:7], task[3:], "the-core"):
        assert cli.task(ref)["id"] == task
    assert [issue["id"] for issue in cli.json("show", "-", input=f"{task[:7]}\n{task}\n")] == [task, task]


def test_one_that_is_missing_does_not_hide_the_others(cli: Cli) -> None:
    task = cli.new("A")
    done = cli.fails(3, "show", "nope", task)
    assert done.lines[0] == f"{task}: A"
    assert done.err.splitlines()[0] == "Error: task 'nope' not found"


def test_history(cli: Cli) -> None:
    task = cli.new("A")
    cli("close", task)
    lines = text(cli, task, "--history").splitlines()
    at = lines.index("History:")
    assert lines[at:] == ["History:", f"  T ada {task} created: A", f"  T ada {task} closed as completed"]
    assert [event["type"] for event in cli.json("show", task, "--history")[0]["history"]] == [
        "task.created",
        "task.closed",
    ]


def test_no_title_drives_the_terminal(cli: Cli) -> None:
    task = cli.new("red \x1b[31m title", "-d", "\x1b]0;x\x07")
    assert "\x1b" not in cli("show", task).out
    assert "\\x1b[31m" in cli("show", task).out


def test_reading_writes_no_event(cli: Cli) -> None:
    task = cli.new("A")
    cli("show", task)
    assert len(cli.lines()) == 1


def test_as_a_process(store: object, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    assert tk("view", task).stdout.startswith(f"{task}: A\n  Status:      open\n")


def test_lists_and_objects_are_not_written_as_python_writes_them(cli: Cli) -> None:
    task = cli.new("A", "--commit", "abc1", "--branch", "feat")
    cli("update", task, "--commit", "abc2", "--commit", "abc3")
    assert "  Links:       branch=feat, commits=abc2 abc3" in cli("show", task).lines
    assert "links.commits: abc1 -> abc2 abc3" in cli("log", task).out
    assert "['" not in cli("show", task).out + cli("log", task).out


def test_the_past_is_closed_again(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def noted(*args: Any) -> sqlite3.Connection:
        made.append(state_at.state_at(*args))
        return made[-1]

    monkeypatch.setattr("bd_py.cli.verbs.show._past", noted)
    cli("show", cli.new(), "--at", "now")
    (conn,) = made
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        conn.execute("SELECT 1")
