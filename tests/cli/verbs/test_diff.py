"""``tk diff``, ``tk show --at`` and ``tk textconv``: the past, in sentences and as JSON."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.inprocess import Cli


@pytest.fixture
def task(cli: Cli, repo: Path) -> str:
    """A task called one in the first commit and two in the second."""
    found = cli.new("one")
    commit(repo)
    cli("update", found, "--title", "two")
    commit(repo)
    return found


def commit(repo: Path) -> None:
    for words in (["add", "-A"], ["commit", "-q", "-m", "x"]):
        subprocess.run(["git", *words], cwd=repo, check=True)


def sentences(lines: list[str]) -> list[str]:
    """Without the times."""
    return [line[:2] + line[19:] for line in lines]


def test_text(cli: Cli, task: str) -> None:
    assert sentences(cli("diff", "HEAD~1..HEAD").lines) == [f"+ ada {task} set title = two"]
    assert sentences(cli("diff", "HEAD..HEAD~1").lines) == [f"- ada {task} set title = two"]
    assert sentences(cli("diff", "HEAD~1", "HEAD").lines) == [f"+ ada {task} set title = two"]
    assert cli("diff", "HEAD~1..").out == cli("diff", "HEAD~1", "HEAD").out
    assert cli("diff", "..HEAD").lines == ["No events differ."]
    assert cli("diff").lines == ["No events differ."]
    cli("close", task)
    assert sentences(cli("diff").lines) == [f"+ ada {task} closed as completed"]
    assert cli("diff", "HEAD").out == cli("diff").out


def test_json(cli: Cli, task: str) -> None:
    found = cli.json("diff", "HEAD~1..HEAD")
    assert list(found) == ["from", "to", "added", "removed"]
    assert [event["data"] for event in found["added"]] == [{"set": {"title": "two"}}]


@pytest.mark.parametrize(
    ("code", "line", "says"),
    [
        (3, "diff nope..HEAD", "no revision 'nope'"),
        (2, "diff A..B C", "exclude each other"),
        (2, "diff A...B", "three dots"),
        (2, "diff A B C", "unexpected extra argument"),
        (3, "show TASK --at nope", "'nope' is neither a revision nor a time"),
        (3, "show TASK --at yesterday", "not found at yesterday"),
        (3, "textconv nope", "file 'nope' not found"),
        (1, "textconv .", "cannot read '.'"),
        (2, "textconv", "Missing argument"),
    ],
)
def test_errors(code: int, line: str, says: str, cli: Cli, task: str) -> None:
    assert says in cli.fails(code, *line.replace("TASK", task).split()).err
    assert says in cli.fails(code, *line.replace("TASK", task).split(), "--json").errors[0]["message"]


def test_outside_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TK_NO_FAST_EXIT", "1")
    monkeypatch.chdir(tmp_path)
    cli = Cli(tmp_path)
    cli("init")
    task = cli.new("one")
    assert "in no git repository" in cli.fails(3, "diff").err
    assert cli.json("show", task, "--at", "now")[0]["title"] == "one"


def test_show_at(cli: Cli, task: str) -> None:
    assert cli("show", task, "--at", "HEAD~1").lines[0] == f"{task}: one"
    assert cli("show", task[:-3], "--at", "HEAD", "--short").lines == [f"{task} [P2][open] - two"]
    assert cli.json("show", task, "--at", "HEAD~1", "--history")[0]["history"][0]["type"] == "task.created"
    cli("delete", task)
    assert cli.json("show", task, "--at", "HEAD")[0]["status"] == "open"


def test_textconv(cli: Cli, task: str, repo: Path) -> None:
    cli("comment", task, "a\nb")
    line = cli.lines()[-1]
    text = f'{line}\r\n<<<<<<< HEAD\n\nno \x1b event\n{{"id":"{line[7:33]}","type":"x","task":"\\u001b[1m","by":"ada"}}'
    (repo / "segment").write_text(text, newline="")
    found = cli("textconv", "segment").lines
    assert found[0].endswith(f" ada {task} commented: a b")
    assert found[1:3] == ["? <<<<<<< HEAD", "? no \\x1b event"]
    assert found[3].endswith(" ? \\x1b[1m x")
    assert [event["type"] for event in cli.json("textconv", "segment")] == ["task.note.append", "x"]
