"""``tk ready``: what can be worked on now, and nothing else."""

from __future__ import annotations

import pytest

from bd_py import times
from tests.conftest import Runner
from tests.inprocess import Cli


def titles(cli: Cli, *options: str) -> str:
    return "".join(issue["title"] for issue in cli.json("ready", *options))


def test_text(cli: Cli) -> None:
    a = cli.new("Refactor", "-p", "1")
    b = cli.new("Later", "-p", "backlog")
    assert cli("ready").lines == [f"{a} [P1][open] - Refactor", f"{b} [P4][open] - Later"]


def test_nothing(cli: Cli) -> None:
    done = cli("ready")
    assert (done.out, done.err) == ("", "Nothing is ready. 'tk blocked' shows what waits, and for what.\n")
    assert cli("ready", "--json").out == "[]\n"


def test_only_open_work(cli: Cli) -> None:
    ids = {name: cli.new(name) for name in "abcde"}
    cli("claim", ids["a"])
    cli("close", ids["b"])
    cli("block", ids["c"], "why")
    cli("delete", ids["d"])
    assert titles(cli) == "e"


def test_priority_then_age(cli: Cli) -> None:
    for title, priority in (("a", "3"), ("b", "0"), ("c", "3"), ("d", "1")):
        cli.new(title, "-p", priority)
    assert titles(cli) == "bdac"
    assert titles(cli, "--sort", "oldest") == "abcd"


def test_hybrid_is_priority_while_young_then_age(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    now = times.to_ms(times.now())
    for title, priority, hours in (("a", "0", 72), ("b", "4", 96), ("c", "3", 2), ("d", "1", 1)):
        with monkeypatch.context() as patch:
            patch.setattr(times, "now", lambda hours=hours: times.iso(now - hours * 3_600_000))
            cli.new(title, "-p", priority)
    assert titles(cli, "--sort", "hybrid") == "dcba"
    assert titles(cli, "--sort", "priority") == "adcb"
    cli.configure('[ready]\nsort = "hybrid"\n')
    assert titles(cli) == "dcba"
    assert titles(cli, "--sort", "oldest") == "bacd"


def test_dependencies_hold_until_closed(cli: Cli) -> None:
    a = cli.new("a")
    cli.new("b", "--depends-on", a)
    cli.new("c", "--dep", f"related:{a}")
    cli.new("d", "--dep", f"discovered-from:{a}")
    assert titles(cli) == "acd"
    cli("claim", a)
    assert titles(cli) == "cd"
    cli("block", a, "x")
    assert titles(cli) == "cd", "blocked is not over"
    cli("close", a)
    assert titles(cli) == "bcd"
    cli("reopen", a)
    assert titles(cli) == "cd", "what blocked it stands"


def test_a_deleted_dependency_holds_nothing(cli: Cli) -> None:
    a = cli.new("a")
    cli.new("b", "--depends-on", a)
    cli("delete", a)
    assert titles(cli) == "b"
    cli("restore", a)
    assert titles(cli) == "a"


def test_conditional_blocks_wait_for_a_failure(cli: Cli) -> None:
    a = cli.new("a")
    cli.new("b", "--dep", f"conditional-blocks:{a}")
    assert titles(cli) == "a"
    cli("close", a)
    assert titles(cli) == "", "it went well, so the other way is not taken"
    cli("reopen", a)
    cli("close", a, "--resolution", "failed")
    assert titles(cli) == "b"


def test_waits_for_means_all_children(cli: Cli) -> None:
    epic = cli.new("e")
    children = [cli.new(str(k), "--parent", epic) for k in range(2)]
    cli.new("w", "--dep", f"waits-for:{epic}")
    assert titles(cli) == "e01", "open children do not hold their parent"
    cli("close", children[0])
    assert titles(cli) == "e1"
    cli("close", children[1])
    assert titles(cli) == "ew", "the epic itself may be open"
    cli.new("2", "--parent", epic)
    assert titles(cli) == "e2"


def test_a_blocked_parent_holds_its_descendants(cli: Cli) -> None:
    first = cli.new("f")
    top = cli.new("t", "--depends-on", first)
    middle = cli.new("m", "--parent", top)
    cli.new("l", "--parent", middle)
    assert titles(cli) == "f"
    cli("close", first)
    assert titles(cli) == "tml"
    cli("block", top, "why")
    assert titles(cli) == ""
    cli("close", top)
    assert titles(cli) == "ml", "what is closed holds nobody"


def test_deferred_until_a_time(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    a = cli.new("a", "--defer", "+2d")
    b = cli.new("b")
    cli("defer", b, "--until", "+4d")
    assert titles(cli) == ""
    assert titles(cli, "--include-deferred") == "ab"
    now = times.to_ms(times.now())
    monkeypatch.setattr(times, "now", lambda: times.iso(now + 3 * 86_400_000))
    assert titles(cli) == "a"
    monkeypatch.setattr(times, "now", lambda: times.iso(now + 5 * 86_400_000))
    assert titles(cli) == "ab"
    assert cli.task(b)["status"] == "deferred", "no event was needed"
    assert titles(cli, "--claim") == "a"
    assert titles(cli, "--claim") == "b", "and it can be claimed"
    assert cli.task(b)["status"] == "in_progress"
    assert cli.types(a) == ["created", "claimed"]


def test_types_that_are_never_handed_out(cli: Cli) -> None:
    for kind in "agent gate merge-request message molecule rig role".split():
        cli.new(kind, "-t", kind)
    cli.new("t")
    cli.new("c", "-t", "chore")
    assert titles(cli) == "tc"
    cli.configure('[ready]\nexclude_types = ["chore", "agent"]\n')
    assert titles(cli) == "gatemerge-requestmessagemoleculerigrolet"


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("-p 0", "a"),
        ("-p 0,1", "ab"),
        ("-a grace", "b"),
        ("--unassigned", "acp"),
        ("-l x", "ab"),
        ("-l x,y", "b"),
        ("--label-any y,z", "bc"),
        ("-t bug", "c"),
        ("--parent P", "b"),
        ("-n 2", "ab"),
        ("-n 0", "abcp"),
    ],
)
def test_filters(cli: Cli, options: str, found: str) -> None:
    parent = cli.new("p", "-p", "4")
    cli.new("a", "-p", "0", "-l", "x")
    cli.new("b", "-p", "1", "-l", "x,y", "-a", "grace", "--parent", parent)
    cli.new("c", "-t", "bug", "-l", "z")
    assert titles(cli, *(parent if word == "P" else word for word in options.split())) == found


def test_ten_by_default(cli: Cli) -> None:
    for k in range(11):
        cli.new(str(k))
    done = cli("ready")
    assert (len(done.lines), done.err) == (10, "The first 10 are shown; --limit 0 shows all.\n")


def test_claim_takes_the_first_and_prints_it(cli: Cli) -> None:
    cli.new("a", "-p", "3")
    b = cli.new("b", "-p", "0", "-l", "x")
    c = cli.new("c", "-p", "4", "-l", "x")
    assert cli("ready", "--claim").out == f"{b} [P0][in_progress] - b\n"
    (task,) = cli.json("ready", "--claim", "-l", "x", "--actor", "grace")
    assert (task["id"], task["assignee"], task["status"]) == (c, "grace", "in_progress")
    assert "nothing is ready" in cli.fails(3, "ready", "--claim", "-l", "x").err
    assert cli.types(b) == ["created", "claimed"]


def test_claim_passes_over_what_the_workflow_forbids(cli: Cli) -> None:
    cli.configure('[statuses.triage]\ncategory = "open"\nto = ["open"]\n')
    a, b = cli.new("a"), cli.new("b")
    cli("update", a, "-s", "triage")
    assert cli.json("ready", "--claim")[0]["id"] == b
    cli.fails(3, "ready", "--claim")


def test_as_a_process(store: object, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    assert tk("ready").stdout == f"{task} [P2][open] - A\n"
