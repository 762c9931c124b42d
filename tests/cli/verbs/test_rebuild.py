"""``tk rebuild``: the wiring and the words."""

from __future__ import annotations

from tests.inprocess import Cli


def test_text_and_json(cli: Cli) -> None:
    cli.new("one")
    assert cli("rebuild").out == "Rebuilt the cache: 1 task from 1 event in 1 segment\n"
    assert cli("rebuild", "-q").out == ""
    assert cli.json("rebuild")["events"] == 1


def test_bad_lines_are_said(cli: Cli) -> None:
    (cli.root / ".tasks/log/x.jsonl").write_text("no event\n")
    assert "1 line of the log is no event" in cli("rebuild").err


def test_without_a_store(cli: Cli) -> None:
    cli.fails(3, "rebuild", "-C", "/")
