"""``tk claim``: compare-and-set."""

from __future__ import annotations

import pytest

from bd_py import times
from tests.conftest import Runner
from tests.inprocess import Cli


def test_text(cli: Cli) -> None:
    a, b = cli.new("a"), cli.new("b")
    assert cli("claim", a, b).lines == [f"Updated {a} -> in_progress", f"Updated {b} -> in_progress"]


def test_it_becomes_mine_and_in_progress(cli: Cli) -> None:
    task = cli.new()
    (after,) = cli.json("claim", task, "--session", "s1")
    assert (after["status"], after["assignee"]) == ("in_progress", "ada")
    event = cli.last(task)
    assert after["hold"] == {"event": event["id"], "session": "s1"}
    assert event["data"] == {"assignee": "ada", "session": "s1"}


def test_a_session_of_its_own_is_another_holder(cli: Cli) -> None:
    task = cli.new()
    cli("claim", task, "--session", "s1")
    assert "is held by ada (session s1)" in cli.fails(5, "claim", task, "--session", "s2").err
    assert "is held by ada (session s1)" in cli.fails(5, "claim", task).err
    assert cli.types(task) == ["created", "claimed"]


def test_the_holder_renews(cli: Cli) -> None:
    task = cli.new()
    cli("claim", task, "--ttl", "60")
    first = cli.last(task)["id"]
    assert cli("claim", task, "--ttl", "600").out == f"Updated {task} -> in_progress\n"
    assert cli.last(task)["data"] == {"assignee": "ada", "ttl": 600, "hold": first}
    assert cli.task(task)["hold"]["event"] == cli.last(task)["id"]


def test_with_force_from_another(cli: Cli) -> None:
    task = cli.new()
    cli("claim", task, "--actor", "grace")
    cli.fails(5, "claim", task)
    cli("claim", task, "--force")
    assert cli.task(task)["assignee"] == "ada"
    cli.fails(5, "claim", task, "--actor", "grace")


def test_a_claim_lapses(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    task = cli.new()
    cli("claim", task, "--actor", "grace", "--ttl", "60")
    now = times.to_ms(times.now())
    monkeypatch.setattr(times, "now", lambda: times.iso(now + 30_000))
    cli.fails(5, "claim", task)
    monkeypatch.setattr(times, "now", lambda: times.iso(now + 61_000))
    cli("claim", task)
    assert cli.task(task)["assignee"] == "ada"


def test_the_time_to_live_of_the_project(cli: Cli) -> None:
    cli.configure("[claim]\nttl = 60\n")
    task = cli.new()
    cli("claim", task)
    assert cli.last(task)["data"]["ttl"] == 60
    cli("claim", task, "--ttl", "5")
    assert cli.last(task)["data"]["ttl"] == 5


def test_a_blocked_task_takes_force(cli: Cli) -> None:
    first = cli.new()
    task = cli.new("T", "--depends-on", first)
    assert f"{task} is blocked by {first}" in cli.fails(4, "claim", task).err
    cli("claim", task, "--force")
    assert cli.task(task)["status"] == "in_progress"


def test_not_what_waits_or_is_done(cli: Cli) -> None:
    task = cli.new()
    for line, hint in (
        ("close", "reopen"),
        ("reopen", ""),
        ("defer", "undefer"),
        ("undefer", ""),
        ("block why", "unblock"),
    ):
        verb, *rest = line.split()
        cli(verb, task, *rest)
        if hint:
            assert f"'tk {hint} {task}' opens it." in cli.fails(4, "claim", task).err
            cli.fails(4, "claim", task, "--force")


def test_what_an_import_left_in_progress(cli: Cli) -> None:
    day = "2026-01-01T00:00:00Z"
    for name, who in (("bd-1", ""), ("bd-2", '"assignee":"ada",'), ("bd-3", '"assignee":"grace",')):
        head = f'{{"id":"{name}","title":"a","status":"in_progress","priority":1,"issue_type":"task",{who}'
        cli("import", "-", input=f'{head}"created_at":"{day}","updated_at":"{day}"}}\n')
    cli("claim", "bd-1", "bd-2")
    assert "bd-3 is in_progress, assigned to grace" in cli.fails(5, "claim", "bd-3").err
    cli("claim", "bd-3", "--force")
    assert [cli.task(f"bd-{k}")["assignee"] for k in (1, 2, 3)] == ["ada"] * 3
    assert all("hold" in cli.task(f"bd-{k}") for k in (1, 2, 3))


def test_the_workflow_is_asked(cli: Cli) -> None:
    cli.configure('[statuses.triage]\ncategory = "open"\nto = ["open"]\n')
    task = cli.new()
    cli("update", task, "-s", "triage")
    assert "it cannot become in_progress" in cli.fails(4, "claim", task).err
    cli("update", task, "-s", "open")
    cli("claim", task)


def test_the_assignee_may_be_someone_else(cli: Cli) -> None:
    """An open task that is assigned is a wish; who claims it has it."""
    task = cli.new("T", "-a", "grace")
    cli("claim", task)
    assert cli.task(task)["assignee"] == "ada"


def test_as_a_process(store: object, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    assert tk("start", task).stdout == f"Updated {task} -> in_progress\n"
    done = tk("claim", task, "--actor", "grace", check=False)
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith(f"Error: {task} is held by ada\n")
