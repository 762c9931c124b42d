"""``tk config``: the wiring and the words."""

from __future__ import annotations

import pytest

from tests.inprocess import Cli


def test_set_get_unset(cli: Cli) -> None:
    assert cli("config", "set", "claim.ttl", "3600").out == "claim.ttl = 3600\n"
    assert cli("config", "set", "claim.ttl", "3600").out == "claim.ttl = 3600 (as it was)\n"
    assert cli("config", "get", "claim.ttl").out == "3600\n"
    assert cli("config", "unset", "claim.ttl").out == "claim.ttl: back to its default\n"
    assert cli("config", "get", "claim.ttl").out == ""
    assert cli("config", "get", "prefix").out == "tk\n"


def test_list(cli: Cli) -> None:
    lines = cli("config", "list").lines
    assert lines[:3] == [
        "format = 1               (file)",
        'prefix = "tk"            (file)',
        'workflow = "relaxed"     (default)',
    ]
    assert cli("config").lines == lines
    assert len(cli.json("config", "list")) == len(lines)


def test_json(cli: Cli) -> None:
    assert cli.json("config", "set", "ready.sort", "oldest") == {
        "key": "ready.sort",
        "value": "oldest",
        "changed": True,
    }
    assert cli.json("config", "get", "ready.sort")["origin"] == "file"
    assert cli.json("config", "unset", "ready.sort") == {"key": "ready.sort", "changed": True}


@pytest.mark.parametrize(
    ("code", "args", "says"),
    [
        (4, ("set", "ready.sort", "oldst"), "'priority', 'oldest' or 'hybrid'"),
        (4, ("set", "redy.sort", "x"), "Did you mean ready.sort?"),
        (4, ("get", "nope"), "tk config list"),
        (4, ("set", "format", "2"), "format cannot be set"),
        (3, ("get", "alias.nope"), "there is no alias.nope"),
        (2, ("set", "prefix"), "VALUE"),
    ],
)
def test_errors(cli: Cli, code: int, args: tuple[str, ...], says: str) -> None:
    assert says in cli.fails(code, "config", *args).err


def test_a_new_prefix_is_for_new_ids(cli: Cli) -> None:
    old = cli.new("one")
    assert "stay as they are" in cli("config", "set", "prefix", "app").out
    assert cli.new("two").startswith("app-")
    assert cli.task(old)["id"] == old


def test_a_folder_in_its_place_is_told(cli: Cli) -> None:
    path = cli.root / ".tasks/config.toml"
    path.unlink()
    path.mkdir()
    done = cli.fails(1, "list")
    assert done.err.startswith(f"Error: cannot read {path}: Is a directory\n")


def test_no_time_to_live_that_no_claim_may_have(cli: Cli) -> None:
    cli.fails(4, "config", "set", "claim.ttl", str(2**40))
    cli("config", "set", "claim.ttl", str(2**40 - 1))
    cli("claim", cli.new())
