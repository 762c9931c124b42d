"""``tk log``: what happened."""

from __future__ import annotations

import re

import pytest

from bd_py import times
from tests.conftest import Runner
from tests.inprocess import Cli


def text(cli: Cli, *args: str) -> list[str]:
    return [re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d", "T", line) for line in cli("log", *args).lines]


def test_text(cli: Cli) -> None:
    task = cli.new("Old")
    cli("update", task, "--title", "New", "-p", "0")
    cli("claim", task)
    cli("comment", task, "two\nlines")
    cli("close", task, "-r", "done")
    assert text(cli, task) == [
        f"T ada {task} closed as completed: done",
        "    status: in_progress -> closed",
        f"T ada {task} commented: two lines",
        "    two",
        "    lines",
        f"T ada {task} claimed by ada",
        "    status: open -> in_progress",
        f"T ada {task} set priority = 0, title = New",
        "    priority: 2 -> 0",
        f"T ada {task} created: Old",
    ]
    assert text(cli, task, "--oneline")[1:3] == [
        f"T ada {task} commented: two lines",
        f"T ada {task} claimed by ada",
    ]


def test_of_all_tasks_the_newest_first(cli: Cli) -> None:
    a, b = cli.new("a"), cli.new("b")
    cli("delete", a)
    assert [event["task"] for event in cli.json("log")] == [a, b, a]
    assert [event["type"] for event in cli.json("log", a)] == ["task.deleted", "task.created"]
    assert len(cli.json("log", a[:8])) == 2, "a deleted one by its prefix, too"


def test_changes(cli: Cli) -> None:
    task = cli.new("T", "-d", "x")
    cli("update", task, "--title", "U", "--unset", "description")
    update, created = cli.json("log", task)
    assert update["changes"] == {"title": ["T", "U"], "description": ["x", None]}
    assert created["changes"]["title"] == [None, "T"]
    assert update["by"] == {"name": "ada"}
    assert update["data"] == {"set": {"title": "U", "description": None}}


def test_changes_that_only_a_claim_explains(cli: Cli) -> None:
    task = cli.new()
    cli("claim", task)
    cli("release", task)
    released, claimed, _ = cli.json("log", task)
    assert claimed["changes"] == {"status": ["open", "in_progress"], "assignee": [None, "ada"]}
    assert released["changes"] == {"status": ["in_progress", "open"], "assignee": ["ada", None]}


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("--type closed", ["closed"]),
        ("--type task.created,closed", ["closed", "created", "created"]),
        ("--type label", ["label.remove", "label.add"]),
        ("--type label.add --type dep", ["label.add"]),
        ("--by grace", ["closed"]),
        ("--actor opus", ["closed"]),
        ("--actor nobody", []),
        ("-n 2", ["closed", "label.remove"]),
        ("--limit 0", ["closed", "label.remove", "label.add", "created", "created"]),
        ("--until 2020-01-01", []),
        ("--since 2020-01-01 -n 1", ["closed"]),
        ("--since +1d", []),
    ],
)
def test_filters(cli: Cli, options: str, found: list[str]) -> None:
    a, _ = cli.new("a"), cli.new("b")
    cli("label", "add", a, "x")
    cli("label", "remove", a, "x")
    cli("close", a, "--actor", "grace", "--agent", "opus")
    events = cli.json("log", *options.split())
    assert [event["type"].removeprefix("task.") for event in events] == found


def test_since_and_until(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    now = times.to_ms(times.now())
    with monkeypatch.context() as patch:
        patch.setattr(times, "now", lambda: times.iso(now - 3 * 86_400_000))
        old = cli.new("old")
    new = cli.new("new")
    assert [event["task"] for event in cli.json("log", "--since", "-2d")] == [new]
    assert [event["task"] for event in cli.json("log", "--until", "-2d")] == [old]


def test_types_that_are_not_known_are_shown(cli: Cli) -> None:
    task = cli.new()
    cli.bring(cli.last(task), type="x.new", by={}, data={"k": 1})
    assert text(cli, task)[0] == f"T ? {task} x.new k = 1"


def test_as_a_process(store: object, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\d \d\d:\d\d ada {task} created: A\n", tk("history", task).stdout)


def test_a_limit_that_cut_says_so(cli: Cli) -> None:
    task = cli.new()
    cli("close", task)
    done = cli("log", "-n", "1")
    assert (len(done.lines), done.err) == (2, "The first 1 are shown; --limit 0 shows all.\n")
    assert cli("log", "-n", "2").err == ""
    assert cli("log", "-n", "1", "--json").err == ""
