"""``tk assign`` and ``tk unassign``."""

from __future__ import annotations

from tests.inprocess import Cli


def test_text(cli: Cli) -> None:
    a, b = cli.new(), cli.new()
    assert cli("assign", a, b, "grace").lines == [f"Assigned {a} to grace", f"Assigned {b} to grace"]
    assert cli("assign", a, "grace").out == f"{a} is already assigned to grace\n"
    assert cli("assign", a, "me").out == f"Assigned {a} to ada\n"
    assert cli.task(a)["status"] == "open"
    assert cli("unassign", a).out == f"Unassigned {a}\n"
    assert cli("assign", b, "").out == f"Unassigned {b}\n"
    assert cli("unassign", a).out == f"{a} is assigned to nobody\n"


def test_what_is_held_is_released_not_unassigned(cli: Cli) -> None:
    task = cli.new()
    cli("claim", task)
    assert "'tk release" in cli.fails(4, "unassign", task).err
