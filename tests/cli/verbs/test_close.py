"""``tk close``: done, and what that makes ready."""

from __future__ import annotations

import pytest

from bd_py.payloads import RESOLUTIONS
from tests.conftest import Runner
from tests.inprocess import Cli


def test_text(cli: Cli) -> None:
    a, b = cli.new("a"), cli.new("b")
    assert cli("close", a, b).lines == [f"Updated {a} -> closed", f"Updated {b} -> closed"]
    assert cli("close", a).out == f"{a} is already closed\n"
    assert cli.types(a) == ["created", "closed"]


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_resolution_and_reason(cli: Cli, resolution: str) -> None:
    task = cli.new()
    (after,) = cli.json("close", task, "--resolution", resolution, "-r", "in #12")
    assert (after["status"], after["resolution"], after["close_reason"]) == ("closed", resolution, "in #12")
    assert after["closed_at"] == cli.last(task)["at"]
    assert cli.last(task)["data"] == {"resolution": resolution, "reason": "in #12"}


def test_closed_with_another_resolution(cli: Cli) -> None:
    task = cli.new()
    cli("close", task, "--resolution", "failed")
    assert f"'tk reopen {task}' first." in cli.fails(4, "close", task).err
    assert cli("close", task, "--resolution", "failed").out == f"{task} is already closed\n"


def test_a_long_reason_from_stdin(cli: Cli) -> None:
    task = cli.new()
    cli("close", task, "--reason", "-", input="a\nb\n")
    assert cli.task(task)["close_reason"] == "a\nb"


def test_the_task_of_another_may_be_closed(cli: Cli) -> None:
    task = cli.new()
    cli("claim", task, "--actor", "grace")
    cli("close", task)
    assert cli.task(task)["assignee"] == "grace"


def test_from_any_status_in_the_relaxed_workflow(cli: Cli) -> None:
    for verb in (["claim"], ["defer"], ["block"]):
        task = cli.new()
        cli(*verb, task, *(["why"] if verb == ["block"] else []))
        cli("close", task)
        assert cli.task(task)["status"] == "closed"


def test_strict_wants_it_in_progress(cli: Cli) -> None:
    cli.configure('workflow = "strict"\n')
    task = cli.new()
    cli.fails(4, "close", task)
    cli("claim", task)
    cli("close", task)


def test_whoever_lost_a_claim_is_told(cli: Cli) -> None:
    """Two clones claim one task, and a merge brings the later claim: the earlier one holds."""
    task = cli.new()
    cli("claim", task, "--actor", "grace")
    claim = cli.last(task)
    cli.bring(claim, data={"assignee": "ada"})
    assert cli.task(task)["assignee"] == "grace"
    (error,) = cli.fails(5, "close", task, "--json").errors
    assert error["details"]["holder"]["name"] == "grace"
    assert error["message"] == f"you lost the claim on {task} to grace"
    cli("close", task, "--actor", "bob")


def test_suggest_next(cli: Cli) -> None:
    a, b = cli.new("a"), cli.new("b")
    one = cli.new("one", "--depends-on", a, "-p", "1")
    both = cli.new("both", "--depends-on", f"{a},{b}")
    done = cli("close", a, "--suggest-next")
    assert done.lines == [f"Updated {a} -> closed", f"Now ready: {one} [P1][open] - one"]
    found = cli.json("close", b, "--suggest-next")
    assert [issue["id"] for issue in found["closed"]] == [b]
    assert [issue["id"] for issue in found["unblocked"]] == [both]
    assert cli.json("close", one, "--suggest-next")["unblocked"] == []


def test_suggest_next_tells_of_children_and_waiting_ones(cli: Cli) -> None:
    a, epic = cli.new("a"), cli.new("epic")
    top = cli.new("top", "--depends-on", a)
    leaf = cli.new("leaf", "--parent", top)
    part = cli.new("part", "--parent", epic)
    waits = cli.new("waits", "--dep", f"waits-for:{epic}")
    found = cli.json("close", "-", "--suggest-next", input=f"{a} {part} nope", check=False)
    assert [issue["id"] for issue in found["unblocked"]] == [top, leaf, waits]
    cli("close", top, leaf, waits)
    agent = cli.new("agent", "-t", "agent", "--depends-on", epic)
    assert cli.json("close", epic, "--suggest-next")["unblocked"] == [], "never handed out"
    assert agent not in cli.ready()


def test_as_a_process(store: object, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    assert tk("close", task[:8]).stdout == f"Updated {task} -> closed\n"
    done = tk("done", "nope", task, check=False)
    assert (done.returncode, done.stdout) == (3, f"{task} is already closed\n")
