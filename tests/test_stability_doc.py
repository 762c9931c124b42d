"""docs/stability.md promises what is there: tables with their columns, and the shapes of text in a pipe."""

from __future__ import annotations

import re

from bd_py.workspace import Workspace
from tests.conftest import ROOT
from tests.inprocess import Cli

TEXT = (ROOT / "docs/stability.md").read_text(encoding="utf-8")


def test_tables_and_columns(opened: Workspace) -> None:
    rows = re.findall(
        r"^\| ((?:`\w+`(?:, )?)+)(?: \(a view\)| \(views\))? \| (.*) \|$", TEXT.partition("## SQL")[2], re.M
    )
    assert len(rows) >= 6
    for names, columns in rows:
        for table in re.findall(r"`(\w+)`", names):
            there = {row[1] for row in opened.conn.execute(f"PRAGMA table_info({table})")}
            promised = set(re.findall(r"`(\w+)`", columns.partition(";")[0])) - {"issues"}
            assert there, table
            assert promised <= there, table


def test_shapes(cli: Cli) -> None:
    """Each line of the table is what the command prints, but for ids and titles."""
    shapes = dict(re.findall(r"^(tk [a-z, -]+?|--fields id,title|an error)  +(.*)$", TEXT, re.M))
    two, three = cli.new("Two"), cli.new("Three")
    printed = {"tk create, tk q": cli("q", "Refactor the vector layer", "--json").json["id"]}
    one = printed["tk create, tk q"]
    cli("update", one, "-p", "1")
    printed["tk ready"] = printed["tk show --short"] = cli("ready").lines[0]
    printed["tk dep add"] = cli("dep", "add", one, two).out.rstrip("\n")
    printed["tk blocked"] = cli("blocked").lines[0]
    cli("dep", one, three)
    printed["tk list"] = cli("list").lines[0]
    printed["--fields id,title"] = cli("list", "--fields", "id,title").lines[0].replace("\t", "<TAB>")
    printed["an error"] = cli.fails(3, "show", "nope").err.splitlines()[0]
    assert cli("show", two, "--short").lines == [f"{two} [P2][open] - Two"]
    printed["tk close"] = cli("close", one, check=False).out.rstrip("\n")
    ids = r"tk-[0-9a-z]{10}"
    assert {name: re.sub(ids, "ID", text) for name, text in printed.items()} == {
        name: re.sub(ids, "ID", text) for name, text in shapes.items()
    }
