"""``tk priority``."""

from __future__ import annotations

import pytest

from tests.inprocess import Cli


@pytest.mark.parametrize(("text", "level"), [("0", 0), ("P1", 1), ("urgent", 0), ("low", 3)])
def test_ways_to_say_it(cli: Cli, text: str, level: int) -> None:
    a, b = cli.new(), cli.new()
    assert cli("priority", a, b, text).lines == [f"Updated {a} -> P{level}", f"Updated {b} -> P{level}"]
    assert cli("pri", a, text).out == f"{a} is already P{level}\n"
    assert cli.task(b)["priority"] == level
