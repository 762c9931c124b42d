"""``tk delete``: gone from every list, its events stay."""

from __future__ import annotations

import contextlib
import sqlite3

from tests.conftest import Runner
from tests.inprocess import Cli


def test_text(cli: Cli) -> None:
    a, b = cli.new("First"), cli.new("Second")
    assert cli("delete", a, b, "-r", "twice").lines == [f"Deleted {a}: First", f"Deleted {b}: Second"]
    assert cli.last(a)["data"] == {"reason": "twice"}
    assert cli.listed("--all") == []


def test_it_is_gone_from_every_answer(cli: Cli) -> None:
    task = cli.new("T", "-l", "x", "--name", "some-name")
    after = cli.new("B", "--depends-on", task)
    cli("comment", task, "text")
    cli("delete", task)
    assert cli.ready() == [after]
    assert cli.json("label", "list-all") == []
    for ref in (task, task[:8], "some-name"):
        cli.fails(3, "show", ref)
    assert f"'tk restore {task}' brings it back." in cli.fails(3, "show", task).err
    assert cli.task(after)["dependencies"][0] == {
        "id": task,
        "title": "(not in this project)",
        "status": "unknown",
        "dependency_type": "blocks",
    }
    assert cli.json("log", task)[0]["type"] == "task.deleted"


def test_cascade(cli: Cli) -> None:
    epic = cli.new("epic")
    child = cli.new("child", "--parent", epic)
    leaf = cli.new("leaf", "--parent", child)
    other = cli.new("other", "--depends-on", epic)
    would = cli("delete", epic, "--cascade", "--dry-run")
    assert would.lines == [f"Would delete {epic}: epic", f"Would delete {child}: child", f"Would delete {leaf}: leaf"]
    assert len(cli.lines()) == 4
    found = cli.json("delete", epic, "--cascade")
    assert [(issue["id"], issue["status"]) for issue in found] == [(task, "tombstone") for task in (epic, child, leaf)]
    assert cli.listed("--all") == [other]


def test_without_cascade_children_stay(cli: Cli) -> None:
    epic = cli.new()
    child = cli.new("C", "--parent", epic)
    cli("delete", epic)
    assert cli.ready() == [child]


def test_an_edit_does_not_bring_it_back(cli: Cli) -> None:
    task = cli.new()
    cli("delete", task)
    for line in (f"update {task} -p 0", f"comment {task} x", f"close {task}", f"delete {task}"):
        cli.fails(3, *line.split())
    assert cli.types(task) == ["created", "deleted"]


def test_rows_of_other_programs_go_with_it_or_forbid_it(cli: Cli) -> None:
    goes, stays = cli.new("goes"), cli.new("stays")
    with contextlib.closing(sqlite3.connect(cli.root / ".tasks/cache.db", isolation_level=None)) as conn:
        conn.execute("CREATE TABLE app_a (issue_id TEXT REFERENCES issues(id) ON DELETE CASCADE)")
        conn.execute("CREATE TABLE app_b (issue_id TEXT REFERENCES issues(id))")
        conn.execute("INSERT INTO app_a VALUES (?)", (goes,))
        conn.execute("INSERT INTO app_b VALUES (?)", (stays,))
        done = cli.fails(5, "delete", stays, goes)
        assert "is referred to by a table that does not allow its deletion" in done.err
        assert done.lines == [f"Deleted {goes}: goes"]
        assert conn.execute("SELECT * FROM app_a").fetchall() == []
        assert conn.execute("SELECT * FROM app_b").fetchall() == [(stays,)]
    assert cli.listed() == [stays]
    assert cli.types(stays) == ["created"]


def test_as_a_process(store: object, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    assert tk("delete", task).stdout == f"Deleted {task}: A\n"
    assert tk("list", "--all").stdout == ""
