"""``tk comments``."""

from __future__ import annotations

from tests.inprocess import Cli


def test_text_and_json(cli: Cli) -> None:
    task = cli.new()
    done = cli("comments", task)
    assert (done.out, done.err) == ("", "No comments.\n")
    cli("comment", task, "one")
    cli("comments", "add", task, "two", "words")
    (cli.root / "note.txt").write_text("three\n\nlines\n")
    cli("comment", task, "-f", str(cli.root / "note.txt"))
    cli("comments", "add", task, "--file", "-", input="four\n")
    found = cli.json("comments", task)
    assert [(c["id"], c["text"], c["author"]) for c in found] == [
        (1, "one", "ada"),
        (2, "two words", "ada"),
        (3, "three\n\nlines", "ada"),
        (4, "four", "ada"),
    ]
    assert cli.json("comments", "list", task) == found
    lines = cli("comments", task).lines
    assert lines[1:3] == ["    one", ""]
    assert lines[0].endswith(" ada:")


def test_a_text_and_a_file_exclude_each_other(cli: Cli) -> None:
    assert "exclude" in cli.fails(2, "comment", cli.new(), "text", "-f", "note.txt").err
