"""A log that was edited by hand, merged badly or damaged: no verb fails, no other line is lost, and tk says so."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bd_py.paths import Paths
from bd_py.payloads import FIELDS, TYPES
from tests.acceptance.support import (
    assert_one_truth,
    event,
    event_id,
    events_on_disk,
    line,
    make_store,
    put_segment,
    segments,
    workspace,
)
from tests.inprocess import Cli

GOOD = [line(event(event_id(k), "task.created", f"tk-good{k}", {"title": f"Good {k}"})) for k in range(4)]
NOTE = event(event_id(50), "task.note.append", "tk-good1", {"text": "kept"})


def nested(depth: int) -> bytes:
    return line(event(event_id(60), "task.custom", "tk-good1", {"name": "x"}))[:-3] + (
        b',"data":' + b"[" * depth + b"]" * depth + b"}}\n"
    )


def with_data(data: bytes) -> bytes:
    return line(event(event_id(60), "task.custom", "tk-good1")).replace(b'"data":{}', b'"data":' + data)


DUPLICATE = line(event(event_id(50), "task.note.append", "tk-good1", {"text": "Kept"}))
SKIPPED: dict[str, bytes] = {
    "bad JSON": b'{"id":"01\n',
    "no JSON at all": b"hello\n",
    "bad UTF-8": line(event(event_id(60), "task.custom", "tk-good1", {"name": "x"})).replace(b"x", b"\xff\xfe"),
    "torn last line": line(NOTE)[:40],
    "10 MB of nothing": b"x" * 10_000_000 + b"\n",
    "one id, other bytes": line(NOTE) + DUPLICATE,
    "nested too deep": nested(100_000),
    "huge integers": with_data(b'{"name":"x","data":1e999}'),
    "NaN": with_data(b'{"name":"x","data":NaN}'),
    "lone surrogates": with_data(b'{"name":"\\ud800"}'),
    "array": b"[]\n",
    "string": b'"text"\n',
    "number": b"5\n",
    "null": b"null\n",
    "zero bytes": b"\0" * 100 + b"\n",
    "byte order mark": b"\xef\xbb\xbf" + line(NOTE),
    "no id": b'{"type":"task.created","task":"tk-x","data":{}}\n',
    "id past the year 9999": line(event("7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "task.custom", "tk-good1")),
    "no type": b'{"id":"%s","task":"tk-x"}\n' % event_id(60).encode(),
    "neither task nor collection": b'{"id":"%s","type":"x"}\n' % event_id(60).encode(),
    "data is a list": with_data(b"[]"),
    "task is a list": line(event(event_id(60), "task.custom", "x")).replace(b'"x"', b'["x"]'),
}
COUNTED: dict[str, bytes] = {
    "nothing": b"",
    "blank lines": b"\n\n\r\n" + line(NOTE),
    "CRLF": line(NOTE).replace(b"\n", b"\r\n"),
    "no last newline": line(NOTE).rstrip(b"\n"),
    "duplicates": line(NOTE) * 3,
    "unknown type": line(event(event_id(60), "task.exploded", "tk-good1", {"x": [1]})) + line(NOTE),
    "unknown keys": line(NOTE | {"color": "red", "extra": {"x": None}}),
    "in the year 2099": line(event("03SHTE09ZZ0000000000000000", "task.note.append", "tk-good1", {"text": "later"})),
    "10 MB of text": line(event(event_id(60), "task.note.append", "tk-good1", {"text": "y" * 10_000_000})),
    "escapes and separators": line(
        event(event_id(60), "task.note.append", "tk-good1", {"text": "a\u2028b\0c\x85d\x1b[31m"})
    ),
    "nested as deep as may be": nested(90),
    "integers past 64 bits": with_data(b'{"name":"x","data":123456789012345678901234567890}'),
    "no at, no by, no data": b'{"id":"%s","type":"task.custom","task":"tk-good1"}\n' % event_id(60).encode(),
    "at is no time": b"".join(
        line(event(event_id(60 + k), "task.created", f"tk-at{k}", {"title": "X"}, at=at))
        for k, at in enumerate(["", "yesterday", "2026-11-20", 5, "x" * 70_000, "2026-99-99T99:99:99Z"])
    ),
    "id of a task that has no creation": line(event(event_id(60), "task.updated", "tk-ghost", {"set": {"title": "G"}})),
    "record": b'{"id":"%s","type":"record.put","collection":"prds","record":"p","data":{"set":{"a":1}}}\n'
    % event_id(60).encode(),
}


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    found = make_store(tmp_path / "repo")
    put_segment(found, "2026-11/20/good.jsonl", GOOD)
    monkeypatch.chdir(found.root)
    return found


def every_verb(cli: Cli, task: str) -> list[str]:
    """Run them all on a task; what they said on stderr."""
    said = []
    for args in (
        ("ready", "--limit", "0"),
        ("ready", "--json"),
        ("list", "--all"),
        ("list", "--all", "--limit", "0", "--json"),
        ("blocked",),
        ("show", task),
        ("show", task, "--json"),
        ("log",),
        ("log", task, "--json"),
        ("conflicts",),
        ("dep", "list", task),
        ("dep", "tree", task),
        ("dep", "cycles", "--json"),
        ("label", "list-all"),
        ("export",),
        ("create", "New"),
        ("update", task, "--title", "Changed"),
        ("comment", task, "A word"),
        ("claim", task, "--force"),
        ("close", task),
    ):
        said.append(cli(*args).err)
    return said


def all_is_there(where: Paths) -> None:
    opened = workspace(where)
    assert_one_truth(opened)
    rows = opened.conn.execute("SELECT id FROM issues WHERE id LIKE 'tk-good%'").fetchall()
    assert len(rows) == len(GOOD)
    opened.close()


@pytest.mark.parametrize("what", SKIPPED)
def test_what_is_no_event_is_skipped_and_reported(where: Paths, what: str) -> None:
    path = put_segment(where, "2026-11/21/bad.jsonl", [SKIPPED[what]])
    cli = Cli(Path(where.root))
    for said in every_verb(cli, "tk-good2"):
        warnings = [each for each in said.splitlines() if each.startswith("warning: ")]
        assert len(warnings) == 1
        assert "of the log" in warnings[0]
        assert "tk doctor" in warnings[0]
    assert path.read_bytes() == SKIPPED[what]
    all_is_there(where)


def test_conflict_markers_stay_while_it_is_only_read_and_the_next_write_mends_them(where: Paths) -> None:
    """What stands between them counts all along; what else is wrong in the file stays in it."""
    marked = b"<<<<<<< HEAD\n" + GOOD[0] + b"no JSON\n=======\n" + GOOD[1] + b">>>>>>> other\n"
    path = put_segment(where, "2026-11/21/bad.jsonl", [marked])
    cli = Cli(Path(where.root))
    advice = "conflict markers in .tasks/log/2026-11/21/bad.jsonl: the next write, or 'tk sync'"
    for args in (("list", "--all"), ("ready", "--json"), ("show", "tk-good2"), ("log",), ("export",)):
        assert advice in cli(*args).err
    assert path.read_bytes() == marked
    mended, warning = cli("update", "tk-good2", "--title", "Changed").err.splitlines()
    assert mended == "mended .tasks/log/2026-11/21/bad.jsonl after a merge, the events of both sides are kept"
    assert warning == "warning: 1 line of the log is no event: 'tk doctor' names file, line and reason"
    assert path.read_bytes() == GOOD[0] + b"no JSON\n" + GOOD[1]
    all_is_there(where)


@pytest.mark.parametrize("what", COUNTED)
def test_what_can_be_read_counts(where: Paths, what: str) -> None:
    path = put_segment(where, "2026-11/21/odd.jsonl", [COUNTED[what]])
    cli = Cli(Path(where.root))
    assert not [said for said in every_verb(cli, "tk-good2") if "warning" in said]
    every_verb(cli, "tk-good1")
    assert path.read_bytes() == COUNTED[what]
    all_is_there(where)


def test_of_two_lines_with_one_id_the_lesser_counts(where: Paths) -> None:
    for files in ({"a": line(NOTE), "b": DUPLICATE}, {"a": DUPLICATE, "b": line(NOTE)}, {"a": line(NOTE) + DUPLICATE}):
        for name in ("a", "b"):
            Path(where.log, "2026-11/21", f"{name}.jsonl").unlink(missing_ok=True)
        for name, text in files.items():
            put_segment(where, f"2026-11/21/{name}.jsonl", [text])
        opened = workspace(where)
        assert_one_truth(opened)
        assert opened.conn.execute("SELECT text FROM comments").fetchall() == [("Kept",)]
        opened.close()


def added_file(log: Path) -> None:
    (log / "mine.jsonl").write_bytes(line(NOTE))


def removed_file(log: Path) -> None:
    (log / "2026-11/21/more.jsonl").unlink()


def shuffled(log: Path) -> None:
    lines = (log / "2026-11/21/more.jsonl").read_bytes().splitlines(keepends=True)
    (log / "2026-11/21/more.jsonl").unlink()
    (log / "2026-11/21/more.jsonl").write_bytes(b"".join(reversed(lines)))


def symbolic_link(log: Path) -> None:
    (log / "2026-11/21/link.jsonl").symlink_to("more.jsonl")
    (log / "2026-11/21/dangling.jsonl").symlink_to("nowhere")
    (log / "loop").symlink_to(".")


def folder_called_as_a_segment(log: Path) -> None:
    (log / "2026-11/21/folder.jsonl").mkdir()
    (log / "2026-11/21/folder.jsonl/inner.jsonl").write_bytes(line(NOTE))


def named_pipe(log: Path) -> None:
    os.mkfifo(log / "2026-11/21/pipe.jsonl")


def other_files(log: Path) -> None:
    (log / "README.md").write_text("not a segment")
    (log / "2026-11/21/.tmp.jsonl").write_bytes(b"{")
    (log / "2026-11/21/more.jsonl.orig").write_bytes(b"{")
    (log / "2026-11/21/more.jsonl~").write_bytes(b"{")


@pytest.mark.parametrize(
    "change",
    [added_file, removed_file, shuffled, symbolic_link, folder_called_as_a_segment, named_pipe, other_files],
)
def test_files_come_and_go(where: Paths, change: Callable[[Path], None]) -> None:
    more = [line(event(event_id(70 + k), "task.note.append", "tk-good3", {"text": str(k)})) for k in range(3)]
    put_segment(where, "2026-11/21/more.jsonl", more)
    cli = Cli(Path(where.root))
    cli("list")
    time.sleep(0.025)
    change(Path(where.log))
    assert not [said for said in every_verb(cli, "tk-good2") if said]
    all_is_there(where)


def test_the_log_is_gone_altogether(where: Paths) -> None:
    cli = Cli(Path(where.root))
    assert cli("list").out
    for path in segments(where):
        path.unlink()
    assert cli("list", "--all").out == ""
    cli("create", "Begin anew")
    Path(where.log).rename(where.root + "/elsewhere")
    assert cli("list", "--all").out == ""
    new = cli.new("And again")
    assert [each["task"] for each in events_on_disk(where).values()] == [new]


VALUES: list[Any] = [
    None,
    True,
    5,
    -1,
    2**63,
    1.5,
    "",
    "x",
    "closed",
    "x" * 70_000,
    "\0\n",
    [],
    [[1], None],
    {},
    {"a": {}},
]


@pytest.mark.slow
@pytest.mark.parametrize("type_", sorted(TYPES))
def test_wrong_payloads_of_every_type(where: Paths, type_: str) -> None:
    """A wrong value of a key, or all of them wrong: counts as if it were not there."""
    keys = [key.rstrip("?") for key in TYPES[type_]] + (["x"] if "*" not in TYPES[type_] else [*FIELDS])
    wrong: list[dict[str, Any]] = [{key: value} for key in keys if key != "*" for value in VALUES]
    wrong += [dict.fromkeys(keys, value) for value in VALUES]
    if type_ == "task.updated":
        wrong += [{"set": {name: value}} for name in FIELDS for value in VALUES]
    lines = []
    for k, data in enumerate(wrong):
        task = f"tk-good{k % 4}" if k % 3 else f"tk-wrong{k % 5}"
        made = event(event_id(100 + k), type_, task, data)
        if not type_.startswith("task."):
            made = {name: value for name, value in made.items() if name != "task"} | {"collection": "c", "record": "r"}
        lines.append(line(made))
    put_segment(where, "2026-11/21/wrong.jsonl", lines)
    cli = Cli(Path(where.root))
    tasks = [issue["id"] for issue in cli.json("list", "--all", "--limit", "0")]
    put_segment(
        where, "2026-11/21/after.jsonl", [line(event(event_id(9999), "task.created", "tk-after", {"title": "A"}))]
    )
    assert not [said for said in every_verb(cli, "tk-after") if "warning" in said]
    for task in tasks:
        cli("show", task)
        json.loads(cli("show", task, "--json").out)
        cli("update", task, "--priority", "1", "--title", "T", "-d", "D")
        cli("log", task, "--json")
    assert {json.loads(each)["id"] for each in lines} <= set(events_on_disk(where))
    opened = workspace(where)
    assert_one_truth(opened)
    opened.close()
