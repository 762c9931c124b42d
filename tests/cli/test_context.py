"""What a verb works with: input, output, the actor."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bd_py.cli.context import ACTOR, Context
from bd_py.cli.streams import one_line
from bd_py.errors import InvalidError, NotFoundError, UsageError
from bd_py.identity import VARIABLES


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(raw, encoding="utf-8"))
    return raw


def feed(stdin: io.BytesIO, data: bytes) -> None:
    stdin.write(data)
    stdin.seek(0)


def test_text_is_itself() -> None:
    assert Context().text_arg("plain") == "plain"
    assert Context().text_arg("@@ada said so") == "@ada said so"


@pytest.mark.parametrize("data", [b"caf\xc3\xa9\n", b"caf\xc3\xa9", b"caf\xc3\xa9\r\n", b"\xef\xbb\xbfcaf\xc3\xa9"])
def test_text_from_stdin(stdin: io.BytesIO, data: bytes) -> None:
    feed(stdin, data)
    assert Context().text_arg("-") == "café"


def test_text_from_a_file_is_found_from_the_directory(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("a\n\nb\n")
    assert Context({"directory": str(tmp_path)}).text_arg("@notes.md") == "a\n\nb"


def test_text_from_what_is_no_text(tmp_path: Path, stdin: io.BytesIO) -> None:
    ctx = Context({"directory": str(tmp_path)})
    with pytest.raises(NotFoundError, match=r"file 'nope\.md' not found"):
        ctx.text_arg("@nope.md")
    with pytest.raises(InvalidError, match="cannot read"):
        ctx.text_arg("@.")
    (tmp_path / "bytes").write_bytes(b"a\xff")
    with pytest.raises(InvalidError, match=r"'bytes' is no UTF-8 text \(byte 1\)"):
        ctx.text_arg("@bytes")
    feed(stdin, b"\xff")
    with pytest.raises(InvalidError, match="stdin is no UTF-8"):
        ctx.text_arg("-")


def test_stdin_is_read_once(stdin: io.BytesIO) -> None:
    feed(stdin, b"a b\nc\n")
    ctx = Context()
    assert ctx.ids_arg(("x", "-", "y")) == ["x", "a", "b", "c", "y"]
    with pytest.raises(UsageError):
        ctx.text_arg("-")


def test_actor_from_options_and_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Context().actor() == {}
    monkeypatch.setenv("TK_ACTOR", "env")
    monkeypatch.setenv("TK_AGENT", "helper")
    monkeypatch.setenv("TK_AGENT_TYPE", "")
    monkeypatch.setenv("TK_SESSION", "s1")
    assert Context({"actor": "ada", "pid": 7}).actor() == {
        "name": "ada",
        "agent": "helper",
        "session": "s1",
        "pid": 7,
    }


def test_lines_go_out_together(capsys: pytest.CaptureFixture[str]) -> None:
    ctx = Context()
    ctx.out("a")
    ctx.emit({"é": 1})
    assert capsys.readouterr().out == ""
    ctx.flush()
    ctx.flush()
    assert capsys.readouterr().out == 'a\n{"é":1}\n'


def test_quiet_and_json_leave_out_what_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    for globals in ({"quiet": True}, {"json": True}):
        ctx = Context(globals)
        ctx.say("Updated")
        ctx.flush()
        assert capsys.readouterr().out == ""
    ctx = Context({"quiet": True})
    ctx.note("by the way")
    ctx.warn("careful")
    assert capsys.readouterr().err == "careful\n"


def test_names_that_are_no_text_go_out_as_they_were(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    ctx = Context()
    ctx.out("\udcff")
    ctx.out("\ud83e")
    ctx.flush()
    ctx.out("\udcff")
    ctx.flush()
    assert capfdbinary.readouterr().out == b"\\udcff\n\\ud83e\n\xff\n"


def test_a_pipe_that_does_not_block_gets_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    got: list[bytes] = []

    def read() -> None:
        with os.fdopen(reading, "rb") as pipe:
            got.append(pipe.read())

    reader = threading.Thread(target=read)
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        ctx = Context()
        ctx.out("x" * 1_000_000)
        threading.Timer(0.05, reader.start).start()
        ctx.flush()
        monkeypatch.undo()
    reader.join()
    assert got == [b"x" * 1_000_000 + b"\n"]


def test_color(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Context({"color": "always"}).color
    assert not Context({"color": "never"}).color
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(Context, "isatty", True)
    assert Context().color
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Context().color


def test_nobody_to_ask() -> None:
    ctx = Context({"json": True})
    assert ctx.confirm("Sure?") is False
    assert ctx.confirm("Sure?", default=True) is True


def test_one_line() -> None:
    assert one_line("a\r\nb\x07\x9b é") == "a b\\x07\\x9b é"


@pytest.mark.parametrize("jsonl", [False, True])
@pytest.mark.parametrize("count", [0, 1, 5, 5000])
def test_a_long_array_is_written_while_it_is_made(count: int, jsonl: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is the same document as a short one, after what was to be written before it."""
    values = [{"n": k, "text": "x" * 200} for k in range(count)]
    early: list[bool] = []

    def made() -> Iterator[dict[str, object]]:
        for value in values:
            early.append(bool(written))
            yield value

    written: list[str] = []
    monkeypatch.setattr(Context, "_write", lambda _, text: written.append(text))
    ctx = Context({"jsonl": jsonl})
    ctx.out("before")
    ctx.emit_each(made())
    ctx.flush()
    first, _, text = "".join(written).partition("\n")
    assert first == "before"
    assert ([json.loads(line) for line in text.splitlines()] if jsonl else json.loads(text)) == values
    assert text.endswith("\n") or not text
    assert any(early) is (count == 5000)


def test_the_variables_of_an_actor_are_those_of_the_library() -> None:
    assert {part: variable for part, _, variable in ACTOR} == VARIABLES
