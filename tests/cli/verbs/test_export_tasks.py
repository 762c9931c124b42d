"""``tk export --format csv`` and ``markdown``: for a spreadsheet that computes nothing, and to read."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bd_py.interchange import report, sheet
from tests.inprocess import Cli

EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("x")', "\uff1dcmd", "=cmd|' /C calc'!A0"]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv(cli: Cli) -> None:
    parent, other = cli.new("Parent"), cli.new("Other")
    task = cli.new('A "quoted", title', "-d", "two\nlines; =1", "-l", "b,a", "--parent", parent, "--depends-on", other)
    cli("comment", task, "seen")
    gone = cli.new("Gone")
    cli("delete", gone)
    done = cli("export", "--format", "csv")
    found = {row["id"]: row for row in rows(done.out)}
    assert found.keys() == {parent, other, task}
    row = found[task]
    assert (row["title"], row["description"], row["priority"]) == ('A "quoted", title', "two\nlines; =1", "2")
    assert (row["labels"], row["parent"], row["depends_on"]) == ("a, b", parent, other)
    assert row["comments"].endswith("Z ada: seen")
    assert not done.out.startswith(sheet.BOM)


@pytest.mark.parametrize("text", EVIL)
def test_no_cell_is_a_formula(cli: Cli, text: str) -> None:
    cli("import", "-", input=json.dumps({"id": "bd-1", "title": text, "description": text, "assignee": text}))
    (row,) = rows(cli("export", "--format", "csv").out)
    assert (row["title"], row["description"], row["assignee"]) == ("'" + text,) * 3


CELL = st.text(st.characters(exclude_categories=["Cs"])) | st.integers() | st.none()


@given(st.lists(st.lists(CELL, min_size=2, max_size=2)))
def test_every_text_cell_is_quoted_and_none_begins_a_formula(cells: list[list[str | int | None]]) -> None:
    table: list[list[str | int | None]] = [["a", "b"], *cells]
    text = sheet.text(["a", "b"], cells)
    for row, values in zip(csv.reader(io.StringIO(text, newline="")), table, strict=True):
        for cell, value in zip(row, values, strict=True):
            if isinstance(value, str):
                assert not cell.startswith(sheet.FORMULA)
                assert cell.removeprefix("'") == value.removeprefix("'")


def test_a_file_begins_with_the_mark_of_utf8(cli: Cli) -> None:
    cli.new("Größe")
    cli("export", "--format", "csv", "-o", "tasks.csv")
    data = (cli.root / "tasks.csv").read_bytes()
    assert data.startswith(b'\xef\xbb\xbf"id"')
    assert "Größe" in data.decode()
    assert b"\r\n" in data


def test_markdown(cli: Cli) -> None:
    first = cli.new("First *bold* <b>", "-d", "# not a heading\n\n```\nopen fence", "-p", "0", "-l", "x")
    second = cli.new("Second", "--depends-on", first)
    cli("close", first, "-r", "done_so")
    cli("comment", second, "A remark")
    lines = cli("export", "--format", "markdown").lines
    assert [line for line in lines if line.startswith("#")] == [
        *("# Tasks", "## Open (1)", "### Second", "## Done (1)", "### First \\*bold\\* \\<b\\>")
    ]
    assert f"- Depends on: `{first}`" in lines
    assert "> # not a heading" in lines
    assert "> A remark" in lines
    assert f"`{first}` · P0 · task · closed · x · done\\_so" in lines
    assert report.plain("a\nb") == "a b"


def test_one_task_is_no_tasks(cli: Cli) -> None:
    cli.new()
    assert cli("export", "-o", "one.jsonl").out == "Exported 1 task to one.jsonl\n"


def test_status_and_json(cli: Cli) -> None:
    a, b = cli.new("A"), cli.new("B")
    cli("close", b)
    assert [row["id"] for row in rows(cli("export", "--format", "csv", "--status", "open").out)] == [a]
    done = cli.json("export", "--format", "markdown", "-o", "tasks.md")
    assert done == {"file": "tasks.md", "format": "markdown", "exported": 2}
