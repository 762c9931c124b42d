"""``tk record``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.inprocess import Cli

SCHEMA = {
    "title": "notes",
    "type": "object",
    "properties": {
        "title": {"type": "string", "minLength": 1},
        "stars": {"type": "integer"},
        "weight": {"type": "number"},
        "open": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["title"],
}


@pytest.fixture
def notes(cli: Cli) -> Path:
    file = cli.root / "note.json"
    file.write_text(json.dumps(SCHEMA))
    cli("record", "define", "note.json", "--index", "stars,open")
    return file


@pytest.mark.parametrize(
    "document",
    [{"properties": [1]}, {"properties": {"a": {"type": [{}, "string"], "enum": 5}}}, {"properties": 5, "type": 5}],
)
def test_a_definition_that_is_no_schema(cli: Cli, document: dict[str, object]) -> None:
    """A log may hold one. What it says is passed over, and the records are there."""
    about = {"id": "01JD3M6Q0R8V5T3C1N9XW2YB4F", "collection": "odd", "at": "2026-11-20T18:02:11.123Z", "by": {}}
    defined = {"name": "odd", "schema": document, "indexed": ["status"]}
    lines = [
        {**about, "type": "collection.defined", "data": defined},
        {**about, "id": "01JD3M6Q0R8V5T3C1N9XW2YB4G", "type": "record.put", "record": "x", "data": {"set": {"a": "b"}}},
    ]
    cli.log.mkdir(exist_ok=True)
    (cli.log / "2026-11").mkdir(exist_ok=True)
    (cli.log / "2026-11/01JD3M6Q0R8V5T3C1N.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))
    assert [each["id"] for each in cli.json("record", "list", "odd")] == ["x"]
    assert [each["id"] for each in cli.json("record", "list", "odd", "--filter", "a=b")] == ["x"]
    assert cli.json("record", "list", "odd", "--filter", "status=b") == []


def test_define(cli: Cli, notes: Path) -> None:
    assert cli("record", "define", "note.json", "--index", "stars", "--index", "open").out == "notes is so already\n"
    whole = json.dumps({"name": "others", "schema": SCHEMA, "indexed": ["stars"]})
    found = cli.json("record", "define", "-", input=whole)
    assert found == {"name": "others", "schema": SCHEMA, "indexed": ["stars"], "built_in": False}
    assert "notes (stars, open)\nothers (stars)\n" in cli("record", "collections").out
    assert "prds (status) - built in" in cli("record", "collections").lines


def test_put_get_list_delete(cli: Cli, notes: Path) -> None:
    assert cli("record", "put", "notes", "n-1", "--set", "title=First", "--set", "stars=3").out == "n-1\n"
    made = cli.json("record", "put", "notes", "--data", '{"title": "Second", "open": true, "tags": ["a"]}')
    assert made["data"] == {"title": "Second", "open": True, "tags": ["a"]}
    cli("record", "put", "notes", "n-1", "--set", "weight=1.5", "--set", 'tags=["x"]', "--set", "stars=")
    assert cli.json("record", "get", "notes", "n-1")["data"] == {"title": "First", "weight": 1.5, "tags": ["x"]}
    cli("record", "put", "notes", "n-1", "--set", "stars=7")
    for text, wanted in (
        ("stars:gte=7", ["n-1"]),
        ("title:starts_with=Sec", [made["id"]]),
        ("open=true", [made["id"]]),
        ("stars:in=1,7", ["n-1"]),
        ("stars:ne=7", [made["id"]]),
        ("weight=1.5", ["n-1"]),
    ):
        assert [each["id"] for each in cli.json("record", "list", "notes", "--filter", text)] == wanted, text
    assert cli("record", "list", "notes", "--order", "-title", "--limit", "1").out == f"{made['id']} - Second\n"
    assert cli("record", "list", "notes", "--limit", "1").err == "The first 1 are shown; --limit 0 shows all.\n"
    assert cli("record", "list", "notes", "--count").out == "2\n"
    assert cli.json("record", "list", "notes", "--offset", "5") == []
    done = cli.fails(3, "record", "delete", "notes", "n-1", "nope")
    assert done.out == "Deleted n-1\n"
    assert cli.json("record", "list", "notes", "--count") == {"total": 1}


def test_get(cli: Cli, notes: Path) -> None:
    cli("record", "put", "notes", "n-1", "--set", "title=First", "--set", "stars=3")
    first, *rest = cli("record", "get", "notes", "n-1").lines
    assert first == "n-1 (notes)"
    assert rest[:2] == ["  title:             First", "  stars:             3"]


def test_conflicts_are_listed_and_settled(cli: Cli, notes: Path) -> None:
    cli("record", "put", "notes", "n-1", "--set", "title=First")
    cli("record", "put", "notes", "n-1", "--set", "title=Ours")
    mine = cli.events()[-1]
    cli.bring(mine, data={"set": {"title": "Theirs"}})
    (pair,) = cli.json("conflicts")
    assert (pair["collection"], pair["record"], pair["field"]) == ("notes", "n-1", "title")
    assert (pair["winner"]["value"], pair["loser"]["value"]) == ("Theirs", "Ours")
    assert cli("conflicts", "n-1").lines[0] == "notes/n-1 title"
    assert cli.json("conflicts", "notes/n-1") == [pair]
    assert cli.json("conflicts", "--resolve", "n-1") == [pair]
    assert cli.json("conflicts") == []
    assert cli.json("record", "get", "notes", "n-1")["data"]["title"] == "Theirs"


def test_the_lists_of_documents_take_filters_and_an_offset(cli: Cli) -> None:
    for title in ("A", "B", "C"):
        cli("create-prd", title, "--id", f"prd-{title.lower()}")
    ids = [record["id"] for record in cli.json("list-prds")]
    assert [record["id"] for record in cli.json("list-prds", "--offset", "1", "--limit", "1")] == ids[1:2]
    assert [record["id"] for record in cli.json("list-prds", "--filter", "title=B")] == ["prd-b"]
    assert "nope" in cli.fails(4, "list-prds", "--filter", "nope=1").err
