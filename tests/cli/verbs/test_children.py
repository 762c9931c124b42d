"""``tk children``."""

from __future__ import annotations

from tests.inprocess import Cli


def test_open_and_closed(cli: Cli) -> None:
    epic = cli.new("Epic", "-t", "epic")
    low, high = cli.new("low", "--parent", epic, "-p", "3"), cli.new("high", "--parent", epic, "-p", "0")
    cli.new("grandchild", "--parent", low)
    cli("close", low)
    assert cli("children", epic).lines == [f"{high} [open] - high", f"{low} [closed] - low"]
    assert [issue["id"] for issue in cli.json("children", epic, "-s", "open")] == [high]
    assert [issue["id"] for issue in cli.json("children", epic, "-n", "1")] == [high]
    assert cli("children", high).err == "It has no children.\n"
