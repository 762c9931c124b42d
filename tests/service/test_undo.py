"""Undo: after it everything is as before the command, after another as after the command; or it says why not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.inprocess import Cli

VOLATILE = ("updated_at", "version", "event_count", "last_event_at", "phase_entered_at")


def snapshot(cli: Cli) -> dict[str, Any]:
    """Everything that a person would call the state."""
    found = {}
    for issue in cli.json("list", "--all", "--limit", "0"):
        task = cli.task(issue["id"])
        if "hold" in task:
            task["hold"].pop("event")
        # Resolving is final: one that was taken back stays as resolved, one that was resolved comes back as another.
        task["blockers"] = [b["text"] for b in task.get("blockers", ()) if b["status"] == "open"]
        for name in ("dependencies", "dependents"):
            task[name] = sorted((other["id"], other["dependency_type"]) for other in task.get(name, ()))
        found[issue["id"]] = {key: value for key, value in task.items() if key not in VOLATILE}
    return found


@pytest.fixture
def world(cli: Cli) -> dict[str, str]:
    """Tasks in every state."""
    tasks = {name: cli.new(name) for name in "OPEN HELD CLOSED BLOCKED DEFERRED OTHER GONE PARENT".split()}
    cli(
        "update", tasks["OPEN"], "-d", "text", "-a", "bob", "--add-label", "a,b", "--due", "2026-12-01", "--meta", "k=v"
    )
    cli("dep", "add", tasks["OPEN"], tasks["OTHER"])
    cli("claim", tasks["HELD"], "--session", "s1")
    cli("claim", tasks["CLOSED"])
    cli("close", tasks["CLOSED"], "-r", "done", "--resolution", "wontfix")
    cli("block", tasks["BLOCKED"], "why")
    cli("defer", tasks["DEFERRED"], "--until", "2027-01-01")
    cli("delete", tasks["GONE"])
    cli("claim", tasks["OTHER"])
    return tasks


def words(line: str, world: dict[str, str]) -> list[str]:
    return [world.get(word, word) for word in line.split()]


@pytest.mark.parametrize(
    "line",
    [
        "create new -l x --dep OPEN --parent PARENT",
        "update OPEN --title new -p 0 -t bug -d other --due 2027-01-01 --estimate 3 --meta k=w --branch b",
        "update OPEN --unset description --unset due --unset assignee --unset meta.k",
        "update OPEN CLOSED HELD --title same --add-label c --remove-label a",
        "update OPEN --set-labels z --parent PARENT",
        "update OPEN --phase review",
        "update OPEN --status blocked",
        "update OPEN --status in_progress",
        "update OTHER --status open",
        "update HELD -a carol",
        "claim PARENT",
        "claim OTHER",
        "claim HELD --force",
        "claim OPEN PARENT --force",
        "release OTHER",
        "release HELD --force",
        "close OPEN",
        "close HELD OTHER -r finished --resolution failed",
        "close BLOCKED",
        "reopen CLOSED",
        "block OPEN reason",
        "block OTHER reason",
        "unblock BLOCKED",
        "defer OPEN --until 2027-02-02",
        "defer OTHER",
        "undefer DEFERRED",
        "delete OPEN -r twice",
        "delete OTHER",
        "delete HELD CLOSED",
        "restore GONE",
        "dep add PARENT OPEN -t related",
        "dep remove OPEN OTHER",
        "label add OPEN x",
        "label remove OPEN a",
        "ready --claim",
    ],
)
def test_back_and_forth(line: str, cli: Cli, world: dict[str, str]) -> None:
    before = snapshot(cli)
    cli(*words(line, world))
    after = snapshot(cli)
    count = len(cli.lines())
    planned = cli.json("undo", "--dry-run")
    assert len(cli.lines()) == count
    assert snapshot(cli) == after
    done = cli.json("undo")
    assert (done["undone"], done["kept"]) == (planned["undone"], [])
    assert snapshot(cli) == before
    cli("undo")
    assert snapshot(cli) == after


def test_every_event_of_one_command_and_of_no_other(cli: Cli) -> None:
    one = cli.new("one")
    cli("update", one, "--title", "two", "-p", "0")
    cli("update", one, "--title", "three", "--add-label", "x", "--status", "in_progress")
    cli("undo")
    found = cli.task(one)
    assert (found["title"], found["priority"], found["status"], found.get("labels")) == ("two", 0, "open", None)


def test_only_this_task(cli: Cli) -> None:
    one, two = cli.new("one"), cli.new("two")
    cli("close", one, two)
    cli("comment", two, "text")
    cli("undo", one)
    assert [cli.task(task)["status"] for task in (one, two)] == ["open", "closed"]
    assert "a comment cannot be taken back" in cli.fails(4, "undo", two).err


def test_only_ones_own(cli: Cli) -> None:
    task = cli.new("one")
    cli("update", task, "--title", "mine")
    cli("update", task, "-p", "0", "--actor", "bob")
    cli("update", task, "-p", "1", "--session", "s")
    cli("undo")
    found = cli.task(task)
    assert (found["title"], found["priority"]) == ("one", 1)
    assert "no command of carol to take back" in cli.fails(3, "undo", "--actor", "carol").err
    assert f"no command of carol in session s about {task}" in (
        cli.fails(3, "undo", task, "--actor", "carol", "--session", "s").err
    )


@pytest.mark.parametrize(
    ("mine", "theirs", "says"),
    [
        ("update T --title mine", "update T --title theirs", "title was set again"),
        ("update T -p 0 --title mine", "update T -p 1", "priority was set again"),
        ("close T", "reopen T", None),
        ("claim T", "close T", "status closed"),
        ("label add T x", "label remove T x", None),
        ("label remove T a", "label add T a", None),
        ("dep add T O", "dep remove T O", None),
        ("update T --title mine", "delete T", "it was deleted"),
        ("create new --id tk-new", "comment tk-new text", "1 more event"),
        ("create new --id tk-new", "delete tk-new", None),
        ("close T", "delete T", "it was deleted"),
    ],
)
def test_what_another_changed_since_stays(mine: str, theirs: str, says: str | None, cli: Cli) -> None:
    world = {"T": cli.new("one", "-l", "a"), "O": cli.new("other")}
    cli(*words(mine, world))
    cli(*words(theirs, world), "--actor", "bob")
    before = cli.lines()
    if says is None:  # as it was before anyway
        assert "nothing to take back" in cli.fails(4, "undo").err
    else:
        done = cli.fails(5, "undo")
        assert "has changed since: " in done.err
        assert says in done.err
    assert cli.lines() == before


def test_what_can_be_and_what_cannot(cli: Cli) -> None:
    task = cli.new("one")
    cli("comment", task, "text")
    count = len(cli.lines())
    assert "a comment cannot be taken back: the log only grows" in cli.fails(4, "undo").err
    assert len(cli.lines()) == count


def test_the_way_back_closes_a_cycle(cli: Cli) -> None:
    one, two = cli.new("one"), cli.new("two")
    cli("dep", "add", one, two)
    cli("dep", "remove", one, two)
    cli("dep", "add", two, one, "--actor", "bob")
    assert "would close a cycle" in cli.fails(6, "undo").err


def test_an_import_is_nobodys_command(cli: Cli) -> None:
    record = '{"id":"bd-1","title":"one","status":"open","priority":1,"issue_type":"task","created_by":"ada",'
    record += '"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}'
    cli("import", "-", input=record + "\n")
    assert cli.events()[0]["by"]["name"] == "ada"
    assert "no command of ada" in cli.fails(3, "undo").err


def test_strict_workflow(cli: Cli) -> None:
    cli.configure('workflow = "strict"\n')
    task = cli.new("one")
    cli("claim", task)
    cli("close", task)
    cli("undo")
    assert cli.task(task)["status"] == "in_progress"
    assert cli.types(task)[-2:] == ["status.set", "claimed"]


def test_a_time_to_live_begins_again(cli: Cli) -> None:
    task = cli.new("one")
    cli.configure("[claim]\nttl = 3600\n")
    cli("claim", task)
    cli("release", task)
    cli("undo")
    assert cli.last(task)["data"] == {"assignee": "ada", "ttl": 3600}


def test_both_sides_of_the_change_are_told(cli: Cli) -> None:
    """prev names what was set, so another's edit that nobody saw is a conflict still."""
    task = cli.new("one")
    cli("update", task, "--title", "two")
    updated = cli.last(task)["id"]
    cli("undo")
    assert cli.last(task)["prev"] == {"title": updated}


def test_text(cli: Cli) -> None:
    task = cli.new("one")
    cli("update", task, "--title", "two")
    assert cli("undo", "--dry-run").lines[0].startswith("Would take back: ")
    [line] = cli("undo").lines
    assert line.startswith("Took back: ")
    assert line.endswith(f" ada {task} set title = two")
