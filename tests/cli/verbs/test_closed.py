"""``tk closed``."""

from __future__ import annotations

import json

from tests.inprocess import Cli


def test_the_latest_first(cli: Cli) -> None:
    assert cli("closed").err == "Nothing is closed.\n"
    a, b, c = cli.new("a", "-l", "x"), cli.new("b", "-a", "grace"), cli.new("c")
    cli("close", a)
    cli("close", b)
    assert cli("closed").lines == [f"{b} [closed] - b", f"{a} [closed] - a"]
    assert [issue["id"] for issue in cli.json("closed", "-T", "x")] == [a]
    assert [issue["id"] for issue in cli.json("closed", "-a", "grace")] == [b]
    done = cli("closed", "--limit", "1")
    assert (done.lines, done.err) == ([f"{b} [closed] - b"], "The first 1 are shown; --limit 0 shows all.\n")
    assert [json.loads(line)["id"] for line in cli("closed", "--jsonl").lines] == [b, a]
    cli("close", c)
    cli("reopen", b)
    assert [issue["id"] for issue in cli.json("closed")] == [c, a]


def test_twenty_unless_told(cli: Cli) -> None:
    ids = [cli.new(str(k)) for k in range(21)]
    cli("close", *ids)
    assert len(cli.json("closed")) == 20
    assert len(cli.json("closed", "--limit", "0")) == 21
