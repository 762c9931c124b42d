"""``tk duplicates``, and the advice of ``tk create`` on a terminal."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Runner
from tests.inprocess import Cli
from tests.terminal import on_a_terminal
from tests.test_schemas import validate


def test_groups(cli: Cli) -> None:
    a = cli.new("Refactor the vector layer")
    b = cli.new("Refactor the vector layers", "-p", "1")
    same = cli.new("Write docs"), cli.new("write: docs!")
    done = cli.new("Refactor the vector layer!")
    cli("close", done)
    cli.new("Release 1.2")
    cli.new("Release 1.3")
    assert cli("duplicates").lines == [
        f"{same[0]} [P2][open] - Write docs",
        f"  {same[1]} [P2][open] - write: docs!",
        "    100% alike",
        f"{a} [P2][open] - Refactor the vector layer",
        f"  {b} [P1][open] - Refactor the vector layers",
        "    93% alike",
    ]
    found = cli.json("duplicates")
    validate("duplicates", found)
    assert [[issue["id"] for issue in group["issues"]] for group in found] == [list(same), [a, b]]
    assert [group["similarity"] for group in found] == [1.0, 0.933]
    assert len(cli.json("duplicates", "--threshold", "0.99")) == 1
    assert len(cli("duplicates", "--jsonl").lines) == 2


def test_none(cli: Cli) -> None:
    cli.new("One")
    cli.new("Other")
    assert cli.json("duplicates") == []
    assert cli("duplicates").out == ""


def test_create_tells_of_a_twin_on_a_terminal(store: Path, tk: Runner) -> None:
    first = tk("create", "Refactor the vector layer").stdout.strip()
    for verb in ("create", "q"):
        seen = on_a_terminal(store, verb, "Refactor the vector layers")
        assert f"{first[:7]} says nearly the same: Refactor the vector layer" in seen
        assert "--resolution duplicate" in seen
        tk("close", seen.split()[-1])
    tk("search", "vector")
    assert "nearly the same" in on_a_terminal(store, "create", "Refactor the vector layerz")


def test_create_is_quiet_where_nobody_reads(store: Path, tk: Runner) -> None:
    tk("create", "Refactor the vector layer")
    assert tk("create", "Refactor the vector layer").stderr == ""
    for option in ("--silent", "-q", "--json"):
        assert "nearly" not in on_a_terminal(store, "create", "Refactor the vector layer", option)
    assert "nearly" not in on_a_terminal(store, "create", "Something else altogether")
