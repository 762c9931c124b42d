"""``export --format json``: everything, as one document."""

from __future__ import annotations

import json
from pathlib import Path

from bd_py import Store
from tests.inprocess import Cli


def test_it_holds_tasks_records_and_history(cli: Cli, tmp_path: Path) -> None:
    one, two = cli.new("one"), cli.new("two")
    cli("comment", one, 'a remark: "quoted", ünïcode')
    cli("delete", two)
    with Store.open(cli.root, actor="ada") as store:
        notes = store.define({"type": "object"}, "notes", indexed=["n"])
        notes.create({"n": 1}, "a")
        notes.create({"n": 2}, "b")
        notes.delete("b")
        prd = store.create_prd("A plan")
    event = cli.last(one)
    cli("update", one, "-p", "1")
    cli.bring({**cli.last(one), "prev": {"priority": None}}, data={"set": {"priority": 3}})
    found = json.loads(cli("export", "--format", "json").out)
    assert found == {**cli.json("export", "--format", "json"), "exported_at": found["exported_at"]}
    assert (found["format"], found["prefix"], found["config"]["prefix"]) == (1, "tk", "tk")
    assert found["tasks"] == cli.json("export")
    assert [task["status"] for task in found["tasks"] if task["id"] == two] == ["tombstone"]
    assert [(each["collection"], each["id"]) for each in found["records"]] == [("notes", "a"), ("prds", prd.id)]
    assert [each["name"] for each in found["collections"] if not each["built_in"]] == ["notes"]
    assert found["events"] == cli.events()
    assert event in found["events"]
    ((task, field),) = [(each["task"], each["field"]) for each in found["conflicts"]]
    assert (task, field) == (one, "priority")


def test_into_a_file(cli: Cli) -> None:
    cli.new("one")
    assert cli("export", "--format", "json", "-o", "all.json").out == "Exported everything to all.json\n"
    text = (cli.root / "all.json").read_text()
    assert text.endswith("}\n")
    assert len(json.loads(text)["events"]) == 1
    done = cli.json("export", "--format", "json", "-o", "all.json")
    assert done == {"file": "all.json", "format": "json", "exported": 1}
    assert "takes no --status" in cli.fails(2, "export", "--format", "json", "-s", "open").err


def test_an_empty_store(cli: Cli) -> None:
    found = cli.json("export", "--format", "json")
    assert (found["tasks"], found["records"], found["events"], found["conflicts"]) == ([], [], [], [])
