"""``tk link`` and ``tk unlink``: related, both ways."""

from __future__ import annotations

from tests.inprocess import Cli


def test_two(cli: Cli) -> None:
    a, b = cli.new("a"), cli.new("b")
    assert cli("link", a, b).out == f"Linked {a} <-> {b}\n"
    assert cli("link", b, a).out == f"{b} <-> {a} are linked already\n"
    for one, other in ((a, b), (b, a)):
        assert f"Related:\n  {other} [open]" in cli("show", one).out
    assert cli.ready() == [a, b]
    assert cli("unlink", b, a).out == f"Removed link: {b} <-> {a}\n"
    assert "dependencies" not in cli.task(a)


def test_every_two_of_several(cli: Cli) -> None:
    a, b, c = cli.new("a"), cli.new("b"), cli.new("c")
    found = cli.json("link", a, b, c)
    assert [(row["issue_id"], row["depends_on_id"]) for row in found] == [(a, b), (a, c), (b, c)]
    assert cli("unlink", a, b, c).lines == [f"Removed link: {a} <-> {b}", f"Removed link: {a} <-> {c}"]
    assert cli.json("unlink", c, b) == [
        {"status": "removed", "issue_id": c, "depends_on_id": b, "type": "related"},
    ]


def test_a_link_of_both_sides_is_removed_whole(cli: Cli) -> None:
    a, b = cli.new("a"), cli.new("b")
    cli("dep", a, b, "-t", "related")
    cli("dep", b, a, "-t", "related")
    cli("unlink", a, b)
    assert "dependencies" not in cli.task(a)
    assert "dependents" not in cli.task(a)


def test_what_cannot_be(cli: Cli) -> None:
    a, b, c = cli.new("a"), cli.new("b"), cli.new("c")
    assert "at least two" in cli.fails(2, "link", a, a).err
    cli.fails(3, "link", a, "nope")
    cli("link", a, c)
    done = cli.fails(3, "unlink", a, b, "nope", c)
    assert done.out == f"Removed link: {a} <-> {c}\n"
    assert f"{a} and {b} are not linked" in done.err


def test_no_id_on_stdin(cli: Cli) -> None:
    assert "no id was given" in cli.fails(2, "unlink", cli.new(), "-").err
