"""``tk count``."""

from __future__ import annotations

from tests.inprocess import Cli


def test_numbers(cli: Cli) -> None:
    assert cli("count").out == "0\n"
    assert cli.json("count", "--by", "status") == {"total": 0, "by": {}}
    for title, *options in (("A", "-l", "x,y", "-p", "0"), ("B", "-l", "x", "-a", "grace"), ("C", "-t", "bug")):
        last = cli.new(title, *options)
    cli("close", last)
    cli("delete", cli.new("D"))
    assert cli("count").out == "3\n"
    assert cli.json("count") == {"total": 3, "by": {}}
    assert cli("count", "--by", "status").lines == ["2 open", "1 closed"]
    assert cli.json("count", "--by", "label") == {"total": 3, "by": {"x": 2, "(none)": 1, "y": 1}}
    assert list(cli.json("count", "--by", "priority")["by"].items()) == [("0", 1), ("2", 2)]
    assert cli.json("count", "--by", "assignee")["by"] == {"(none)": 2, "grace": 1}
    assert cli.json("count", "--by-type", "-s", "open") == {"total": 2, "by": {"task": 2}}
    assert cli("count", "-l", "x").out == "2\n"


def test_only_one_field(cli: Cli) -> None:
    assert "only one" in cli.fails(2, "count", "--by", "status", "--by-type").err
    cli.fails(2, "count", "--by", "colour")
