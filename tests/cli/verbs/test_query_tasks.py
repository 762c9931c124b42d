"""``tk query``: JSON lines, through jq."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.inprocess import Cli

needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="there is no jq")


def test_without_a_program(cli: Cli) -> None:
    a = cli.new("a")
    b = cli.new("b", "--depends-on", a)
    cli("comment", b, "a remark")
    cli("close", a)
    cli("delete", cli.new("gone"))
    found = {issue["id"]: issue for issue in map(json.loads, cli("query").lines)}
    assert set(found) == {a, b}
    assert found[b]["dependencies"][0]["depends_on_id"] == a
    assert found[b]["comments"][0]["text"] == "a remark"
    assert cli.json("query") == list(found.values())


@needs_jq
def test_a_program(cli: Cli) -> None:
    a, b = cli.new("a", "-p", "0"), cli.new('b "quoted"', "-p", "1")
    assert [json.loads(line)["id"] for line in cli("query", ".priority == 0").lines] == [a]
    assert [json.loads(line)["id"] for line in cli("query", "select(.priority == 1)").lines] == [b]
    assert sorted(cli("query", ".title").lines) == ['"a"', '"b \\"quoted\\""']
    assert sorted(cli("query", ".title # a remark", "-r").lines) == ["a", 'b "quoted"']
    assert cli.json("query", ".priority") == [0, 1] or cli.json("query", ".priority") == [1, 0]
    assert cli("query", ".priority > 4").out == ""
    assert cli.json("query", ".priority > 4") == []


@needs_jq
@pytest.mark.parametrize(
    ("program", "says"), [(".[", "does not understand"), (".title | .x", "failed"), ("nope", "nope")]
)
def test_a_program_that_is_none(cli: Cli, program: str, says: str) -> None:
    cli.new()
    assert says in cli.fails(4, "query", program).err


def test_without_jq(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    cli("query")
    done = cli.fails(1, "query", ".id")
    assert done.err.startswith("Error: jq was not found")
