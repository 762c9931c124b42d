"""``tk blocked``: what waits, and for what."""

from __future__ import annotations

from tests.conftest import Runner
from tests.inprocess import Cli


def test_text(cli: Cli) -> None:
    a, b = cli.new("First"), cli.new("Second")
    c = cli.new("Third", "-p", "1", "--depends-on", f"{a},{b}")
    d = cli.new("Fourth")
    cli("block", d, "waiting for", "the key")
    cli("block", d, "and for spring")
    names = ", ".join(sorted((a, b)))
    assert cli("blocked").lines == [
        f"{c} [P1][open] - Third <- [{names}]",
        f"{d} [P2][blocked] - Fourth",
        "  blocker: waiting for the key",
        "  blocker: and for spring",
    ]


def test_json(cli: Cli) -> None:
    a = cli.new("a")
    b = cli.new("b", "--depends-on", a)
    (found,) = cli.json("blocked")
    assert (found["id"], found["blocked_by_count"], found["blocked_by"]) == (b, 1, [a])
    assert found["is_blocked"] is True


def test_why(cli: Cli) -> None:
    a = cli.new("a")
    conditional = cli.new("conditional", "--dep", f"conditional-blocks:{a}")
    parent = cli.new("parent", "--depends-on", a)
    child = cli.new("child", "--parent", parent)
    epic = cli.new("epic")
    cli.new("part", "--parent", epic)
    waits = cli.new("waits", "--dep", f"waits-for:{epic}")
    by_hand = cli.new("by hand")
    cli("update", by_hand, "-s", "blocked")
    found = {issue["id"]: issue["blocked_by"] for issue in cli.json("blocked")}
    assert found == {conditional: [a], parent: [a], child: [parent], waits: [epic], by_hand: []}


def test_what_is_closed_waits_for_nothing(cli: Cli) -> None:
    a = cli.new("a")
    cli("close", cli.new("b", "--depends-on", a))
    assert cli.json("blocked") == []
    assert cli("blocked").out == ""


def test_filters(cli: Cli) -> None:
    a = cli.new("a")
    b = cli.new("b", "--depends-on", a, "-a", "grace", "-p", "0")
    c = cli.new("c", "--depends-on", a)
    for options, wanted in (("", [b, c]), ("-a grace", [b]), ("-p 2", [c]), ("--unassigned", [c]), ("-n 1", [b])):
        assert [issue["id"] for issue in cli.json("blocked", *options.split())] == wanted


def test_as_a_process(store: object, tk: Runner) -> None:
    a = tk("create", "A").stdout.strip()
    b = tk("create", "B", "--depends-on", a).stdout.strip()
    assert tk("blocked").stdout == f"{b} [P2][open] - B <- [{a}]\n"
