"""``tk epic``."""

from __future__ import annotations

from tests.inprocess import Cli


def test_status_and_close(cli: Cli) -> None:
    assert cli("epic").err == "No epic is open.\n"
    done, half, bare = (cli.new(name, "-t", "epic") for name in ("done", "half", "bare"))
    first, second, third = cli.new("1", "--parent", done), cli.new("2", "--parent", half), cli.new("3")
    cli("dep", third, half, "-t", "parent-child")
    gone = cli.new("4", "--parent", half)
    cli("close", first, second)
    cli("delete", gone)
    assert cli("epic", "status").lines == [
        f"{done} [P2][open] - done (1/1 closed, 100 %, all done: tk epic close-eligible)",
        f"{half} [P2][open] - half (1/2 closed, 50 %)",
        f"{bare} [P2][open] - bare (0/0 closed)",
    ]
    found = cli.json("epic", "status", "--eligible-only")
    assert [(entry["epic"]["id"], entry["total_children"], entry["eligible_for_close"]) for entry in found] == [
        (done, 1, True)
    ]
    assert cli("epic", "close-eligible", "--dry-run").out == f"Would close {done} [P2][open] - done\n"
    assert cli("epic", "close-eligible").out == f"Updated {done} -> closed\n"
    assert cli.task(done)["close_reason"] == "All children are closed"
    again = cli("epic", "close-eligible")
    assert (again.out, again.err) == ("", "No open epic has all of its children closed.\n")
    assert cli.json("epic", "close-eligible") == []
    assert [entry["epic"]["id"] for entry in cli.json("epic")] == [half, bare]
