"""``--fields``: only what was asked for, as JSON, with tabs in a pipe, as columns of a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from bd_py import query
from bd_py.cli.shape import Shape, known
from bd_py.errors import UsageError
from tests.conftest import Runner
from tests.inprocess import Cli
from tests.terminal import on_a_terminal


def test_json_has_the_fields_in_their_order(cli: Cli) -> None:
    one = cli.new("One", "-a", "ada", "-l", "x,y", "--meta", "team=core")
    two = cli.new("Two", "--depends-on", one)
    found = cli.json("list", "--fields", "title,assignee,id,meta.team")
    assert [list(issue.items()) for issue in found] == [
        [("title", "One"), ("assignee", "ada"), ("id", one), ("meta.team", "core")],
        [("title", "Two"), ("id", two)],
    ]
    assert cli.json("ready", "--fields", "id") == [{"id": one}]
    assert cli.json("blocked", "--fields", "id,blocked_by") == [{"id": two, "blocked_by": [one]}]
    assert cli.json("show", two, "--fields", "dependencies")[0]["dependencies"][0]["id"] == one
    assert cli("list", "--fields", "id", "--jsonl").lines == [f'{{"id":"{one}"}}', f'{{"id":"{two}"}}']
    assert cli.json("ready", "--claim", "--fields", "status") == [{"status": "in_progress"}]


def test_text_has_tabs_in_a_pipe(cli: Cli) -> None:
    one = cli.new("One\ttwo", "-l", "x,y", "--meta", "team=core")
    assert cli("list", "--fields", "id,title,assignee,labels,priority,meta").lines == [
        f'{one}\tOne two\t\tx,y\t2\t{{"team":"core"}}'
    ]
    assert cli("show", one, "--fields", " title ,title").lines == ["One two"]


def test_columns_on_a_terminal(store: Path, tk: Runner) -> None:
    tk("create", "A title that is too long for a window as narrow as this one", "-a", "ada")
    tk("create", "Short", "-a", "somebody")
    lines = on_a_terminal(store, "list", "--fields", "title,assignee", size=(40, 24), NO_COLOR="1").splitlines()
    assert lines == [
        "title                           assignee",
        "A title that is too long for a\u2026 ada",
        "Short                           somebody",
    ]
    assert on_a_terminal(store, "list", "-l", "none", "--fields", "title") == ""


def test_limits_and_notes_are_as_ever(cli: Cli) -> None:
    for k in range(3):
        cli.new(f"Task {k}")
    done = cli("list", "--fields", "title", "-n", "2")
    assert (done.lines, done.err) == (["Task 0", "Task 1"], "The first 2 are shown; --limit 0 shows all.\n")


@pytest.mark.parametrize(
    ("names", "near"), [("asignee", "assignee"), ("type", "issue_type"), ("meta.", "meta"), ("title.x", "title")]
)
def test_an_unknown_field_names_the_nearest(cli: Cli, names: str, near: str) -> None:
    error = cli.fails(2, "list", "--fields", f"id,{names}", "--json").errors[0]
    assert error["message"] == f"--fields: tasks have no field '{names}'"
    assert error["hint"] == f"Did you mean {near}?"
    assert error["details"]["suggestion"] == near


def test_no_field_at_all() -> None:
    with pytest.raises(UsageError) as caught:
        Shape(" , ")
    assert "issue_type" in str(caught.value.hint)
    with pytest.raises(UsageError) as caught:
        Shape("zzzzzz")
    assert "Fields: id, title" in str(caught.value.hint)


def test_every_key_of_a_task_can_be_named(cli: Cli) -> None:
    from tests.test_schemas import ISSUE_KEYS, rich

    ids = rich(cli)
    names = [name for name in ids if name != "gone"]
    seen = {key for issue in cli.json("show", *(ids[name] for name in names)) for key in issue}
    assert seen | ISSUE_KEYS <= set(known())
    assert len(set(known())) == len(known())
    assert set(query.keys()) <= ISSUE_KEYS | {"owner"}
