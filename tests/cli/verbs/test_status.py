"""``tk status``: where one stands, and setting a status."""

from __future__ import annotations

import pytest

from tests.conftest import Runner
from tests.inprocess import Cli


def test_an_empty_tracker(cli: Cli) -> None:
    assert cli("status").lines == ["Yours, ada: nothing", "Ready: nothing", "Blocked: nothing", NOTHING]


NOTHING = "Not committed yet: nothing"


def test_where_one_stands(cli: Cli) -> None:
    mine, ready = cli.new("Mine"), cli.new("Ready", "-p", "1")
    cli("claim", mine)
    waits = cli.new("Waits", "--depends-on", ready)
    cli("claim", cli.new("Theirs"), "--actor", "grace")
    assert cli("status").lines == [
        "Yours, ada: 1",
        f"  {mine} [P2][in_progress] - Mine",
        "Ready: 1",
        f"  {ready} [P1][open] - Ready",
        "Blocked: 1",
        f"  {waits} [P2][open] - Waits <- [{ready}]",
        "Not committed yet: 6 events of 4 tasks, in 1 file under .tasks/log (git add .tasks)",
    ]
    found = cli.json("status")
    assert [issue["id"] for issue in found["mine"]] == [mine]
    assert found["uncommitted"]["events"] == 6
    assert found["incoming"] == {"events": 0, "tasks": [], "unreachable": 0}
    assert found["summary"]["total_issues"] == 4


def test_the_first_few_and_how_many_more(cli: Cli) -> None:
    for k in range(7):
        cli.new(f"T{k}")
    lines = cli("status").lines
    assert lines[1] == "Ready: 7"
    assert lines[7] == "  and 2 more: tk ready"
    assert (cli.json("status")["ready_count"], len(cli.json("status")["ready"])) == (7, 5)


def test_what_is_committed_and_what_came_in(cli: Cli, git: Runner) -> None:
    task = cli.new("A")
    git("add", ".tasks")
    assert cli.json("status")["uncommitted"]["events"] == 1, "staged is not committed"
    git("commit", "-qm", "A")
    assert cli("status").lines[-1] == NOTHING
    cli.bring(cli.last(task), task="tk-other00001")
    found = cli.json("status")
    assert found["incoming"] == {"events": 1, "tasks": ["tk-other00001"], "unreachable": 0}
    assert "Came in since the last sync: 1 event of 1 task (tk sync tells which)" in cli("status").lines
    cli("sync")
    assert cli.json("status")["incoming"]["events"] == 0


def test_it_changes_nothing_and_works_outside_git(cli: Cli, git: Runner) -> None:
    cli.new("A")
    cli("list")
    before = git("status", "--porcelain", "-uall", "--ignored").stdout
    count = len(cli.lines())
    cli("status")
    assert git("status", "--porcelain", "-uall", "--ignored").stdout == before
    assert len(cli.lines()) == count
    (cli.root / ".git").rename(cli.root.parent / "elsewhere")
    assert cli.json("status")["uncommitted"] is None
    assert "Not committed" not in cli("status").out
    (cli.root.parent / "elsewhere").rename(cli.root / ".git")


@pytest.mark.parametrize(
    ("word", "status"),
    [("in_progress", "in_progress"), ("doing", "in_progress"), ("closed", "closed"), ("blocked", "blocked")],
)
def test_it_sets(cli: Cli, word: str, status: str) -> None:
    a, b = cli.new(), cli.new()
    assert cli("status", a, b, word).lines == [f"Updated {a} -> {status}", f"Updated {b} -> {status}"]
    assert cli("status", a).out == f"{status}\n"
    assert cli.json("status", a)[0]["id"] == a


def test_in_progress_is_a_claim_and_closed_a_close(cli: Cli) -> None:
    task = cli.new()
    cli("status", task, "in_progress")
    assert cli.task(task)["hold"]
    cli("status", task, "closed")
    assert cli.types(task) == ["created", "claimed", "closed"]
    assert cli("status", task, "closed").out == f"{task} is unchanged\n"


def test_a_status_that_is_none(cli: Cli) -> None:
    task = cli.new()
    assert "Did you mean closed?" in cli.fails(4, "status", task, "closd").err
    assert cli.types(task) == ["created"]
