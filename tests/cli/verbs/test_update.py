"""``tk update``: every field of one task or of several."""

from __future__ import annotations

import pytest

from bd_py import times
from tests.cli.verbs.test_create import FIELDS
from tests.conftest import Runner
from tests.inprocess import Cli

CLEARING = [
    ("--description", "description", "x"),
    ("--design", "design", "x"),
    ("--acceptance", "acceptance_criteria", "x"),
    ("--notes", "notes", "x"),
    ("--assignee", "assignee", "x"),
    ("--owner", "owner", "x"),
    ("--estimate", "estimated_minutes", "2h"),
    ("--due", "due_at", "+1d"),
    ("--defer", "defer_until", "+1d"),
    ("--external-ref", "external_ref", "x"),
    ("--name", "name", "x"),
    ("--phase", "phase", "x"),
    ("--branch", "links", "x"),
    ("--worktree", "links", "x"),
    ("--pr", "links", "x"),
]


def fields(done: dict[str, object]) -> dict[str, object]:
    moving = "updated_at last_event_at event_count version".split()
    return {key: value for key, value in done.items() if key not in moving}


def test_text(cli: Cli) -> None:
    a, b = cli.new("a"), cli.new("b")
    assert cli("update", a, b, "-p", "0").lines == [f"Updated {a}", f"Updated {b}"]
    assert cli("update", a, "-p", "0").out == f"{a} is unchanged\n"
    assert cli("update", a, "-s", "in_progress").out == f"Updated {a} -> in_progress\n"
    assert cli("update", a, "-s", "in_progress").out == f"{a} is unchanged\n"
    assert cli("update", b, "--claim").out == f"Updated {b} -> in_progress\n"
    assert cli("update", b, "-p", "1", "-q").out == ""


SETTABLE = [row for row in FIELDS if row[1] not in ("labels", "compound")]


@pytest.mark.parametrize(("options", "field", "value"), SETTABLE)
def test_fields(cli: Cli, options: str, field: str, value: object) -> None:
    task = cli.new("T", "-p", "2")
    (after,) = cli.json("update", task, *options.split())
    assert after[field] == value
    assert cli("update", task, *options.split()).out == f"{task} is unchanged\n"
    assert cli.types(task) == ["created", "updated"], "what changes nothing writes no event"


@pytest.mark.parametrize(("option", "field", "value"), CLEARING)
def test_clearing(cli: Cli, option: str, field: str, value: str) -> None:
    empty = cli.task(cli.new())
    for clear in ([option, ""], ["--unset", option.removeprefix("--")]):
        task = cli.new("A task", option, value)
        assert field in cli.task(task)
        cli("update", task, *clear)
        assert field not in cli.task(task)
        assert cli.task(task).keys() == empty.keys()


def test_clearing_several(cli: Cli) -> None:
    task = cli.new("T", "--commit", "a", "--meta", "k=v", "--meta", "x=y", "--parent", cli.new())
    cli("update", task, "--unset", "commits,meta.k", "--unset", "parent")
    after = cli.task(task)
    assert "links" not in after
    assert "parent" not in after
    assert after["meta"] == {"x": "y"}
    assert cli("update", task, "--unset", "commits,due,parent").out == f"{task} is unchanged\n"


def test_parts_of_links_and_meta_merge(cli: Cli) -> None:
    task = cli.new("T", "--pr", "#1", "--meta", "a=1")
    cli("update", task, "--branch", "b", "--meta", "b=2", "--meta", "a=")
    assert cli.task(task)["links"] == {"pr": "#1", "branch": "b"}
    assert cli.task(task)["meta"] == {"b": "2"}
    assert cli.last(task)["data"] == {"set": {"links.branch": "b", "meta.b": "2", "meta.a": None}}


def test_title(cli: Cli) -> None:
    task = cli.new("old")
    cli("update", task, "--title", " new ")
    assert cli.task(task)["title"] == "new"


def test_notes_are_appended(cli: Cli) -> None:
    task = cli.new()
    cli("update", task, "--append-notes", "one")
    cli("update", task, "--append-notes", "-", input="two\nthree\n")
    assert cli.task(task)["notes"] == "one\ntwo\nthree"


def test_labels(cli: Cli) -> None:
    task = cli.new("T", "-l", "a,b")
    cli("update", task, "--add-label", "b,c", "--add-label", "d", "--remove-label", "a,nope")
    assert cli.task(task)["labels"] == ["b", "c", "d"]
    assert cli.types(task) == ["created", "label.remove", "label.add", "label.add"]
    assert cli("update", task, "--add-label", "b", "--remove-label", "x").out == f"{task} is unchanged\n"
    cli("update", task, "--set-labels", "d,e")
    assert cli.task(task)["labels"] == ["d", "e"]
    assert cli("update", task, "--set-labels", "e,d").out == f"{task} is unchanged\n"
    cli("update", task, "--set-labels", "")
    assert "labels" not in cli.task(task)


def test_parent(cli: Cli) -> None:
    one, other, task = cli.new(), cli.new(), cli.new()
    cli("update", task, "--parent", one)
    cli("update", task, "--parent", other[:9])
    assert cli.task(task)["parent"] == other
    assert cli.types(task) == ["created", "dep.add", "dep.remove", "dep.add"]
    assert cli("update", task, "--parent", other).out == f"{task} is unchanged\n"
    cli("update", task, "--parent", "")
    assert "parent" not in cli.task(task)


@pytest.mark.parametrize(
    ("status", "now", "types"),
    [
        ("in_progress", "in_progress", ["claimed"]),
        ("doing", "in_progress", ["claimed"]),
        ("closed", "closed", ["closed"]),
        ("DONE", "closed", ["closed"]),
        ("blocked", "blocked", ["status.set"]),
        ("deferred", "deferred", ["status.set"]),
        ("todo", "open", []),
    ],
)
def test_status(cli: Cli, status: str, now: str, types: list[str]) -> None:
    task = cli.new()
    (after,) = cli.json("update", task, "--status", status)
    assert after["status"] == now
    assert cli.types(task) == ["created", *types]


def test_status_in_progress_is_a_claim_for_the_assignee(cli: Cli) -> None:
    task = cli.new("T", "-a", "grace")
    cli("update", task, "-s", "in_progress")
    assert cli.task(task)["assignee"] == "grace"
    other = cli.new()
    cli("update", other, "-s", "in_progress", "-a", "bob", "-p", "0")
    assert (cli.task(other)["assignee"], cli.task(other)["priority"]) == ("bob", 0)
    cli.fails(5, "claim", other)


def test_status_in_progress_of_what_another_holds(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    task = cli.new()
    cli("claim", task, "--actor", "grace", "--ttl", "60")
    cli.fails(5, "update", task, "-s", "in_progress")
    assert cli("update", task, "-s", "in_progress", "--actor", "grace").out == f"{task} is unchanged\n"
    later = times.iso(times.to_ms(times.now()) + 61_000)
    monkeypatch.setattr(times, "now", lambda: later)
    cli("update", task, "-s", "in_progress")
    assert cli.task(task)["assignee"] == "ada", "the other's claim had lapsed"


def test_status_in_progress_of_what_was_deferred_until_now(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    task = cli.new()
    cli("defer", task, "--until", "+1h")
    cli.fails(4, "update", task, "-s", "in_progress")
    later = times.iso(times.to_ms(times.now()) + 3_600_001)
    monkeypatch.setattr(times, "now", lambda: later)
    assert cli.ready() == [task]
    cli("update", task, "-s", "in_progress")
    assert cli.types(task) == ["created", "status.set", "updated", "claimed"]


def test_status_abandoned_is_a_resolution(cli: Cli) -> None:
    task = cli.new()
    cli("update", task, "-s", "abandoned")
    assert (cli.task(task)["status"], cli.task(task)["resolution"]) == ("closed", "abandoned")


def test_claim_with_other_fields(cli: Cli) -> None:
    task = cli.new()
    cli("update", task, "--claim", "-s", "in_progress", "-p", "0", "--add-label", "x")
    after = cli.task(task)
    assert (after["assignee"], after["status"], after["priority"], after["labels"]) == ("ada", "in_progress", 0, ["x"])


def test_strict_workflow(cli: Cli) -> None:
    cli.configure('workflow = "strict"\n')
    task = cli.new()
    for status in ("closed", "blocked", "deferred"):
        assert "From open it can become: in_progress." in cli.fails(4, "update", task, "-s", status).err
    for status in ("in_progress", "blocked", "open", "in_progress", "open", "in_progress", "closed", "open"):
        cli("update", task, "-s", status)
        assert cli.task(task)["status"] == status


def test_custom_statuses(cli: Cli) -> None:
    cli.configure(
        '[statuses.review]\ncategory = "active"\nto = ["closed", "in_progress"]\n'
        '[statuses.parked]\ncategory = "waiting"\n[statuses.shipped]\ncategory = "done"\n'
    )
    task = cli.new()
    cli("update", task, "-s", "in_progress")
    cli("update", task, "-s", "review")
    assert cli.task(task)["assignee"] == "ada"
    assert "From review it can become: closed, in_progress." in cli.fails(4, "update", task, "-s", "open").err
    cli("update", task, "-s", "in_progress")
    cli("update", task, "-s", "parked")
    assert cli.ready() == []
    cli("update", task, "-s", "shipped")
    assert cli.listed() == []
    assert "closed_at" in cli.task(task)
    cli("update", task, "-s", "open")
    assert "closed_at" not in cli.task(task)


def test_if_version(cli: Cli) -> None:
    task = cli.new()
    version = cli.task(task)["version"]
    (after,) = cli.json("update", task, "-p", "0", "--if-version", version)
    assert after["version"] == cli.last(task)["id"] != version
    cli.fails(5, "update", task, "-p", "1", "--if-version", version)


def test_prev_is_what_was_seen(cli: Cli) -> None:
    task = cli.new()
    created = cli.last(task)["id"]
    cli("update", task, "--title", "B", "--owner", "x")
    assert cli.last(task)["prev"] == {"title": created, "owner": None}
    first = cli.last(task)["id"]
    cli("update", task, "--title", "C")
    assert cli.last(task)["prev"] == {"title": first}


def test_fields_stay_where_they_were(cli: Cli) -> None:
    task = cli.new("T", "-d", "why", "-l", "x", "--pr", "#1", "--due", "+1d", "-a", "grace")
    before = cli.task(task)
    cli("update", task, "-p", "0")
    assert fields(cli.task(task)) == {**fields(before), "priority": 0}


def test_as_a_process(store: object, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    assert tk("update", "-", "--title", "B", input=task[:8]).stdout == f"Updated {task}\n"
    assert tk("show", task, "--short").stdout == f"{task} [P2][open] - B\n"
