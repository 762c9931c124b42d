"""What is fuzzed: functions of some bytes that return where the promises hold, and raise where one does not.

Each takes whatever comes; `bd_py.errors.TkError` is an answer, any other exception is a defect.
"""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bd_py import config, events, jsonio, log, merge, terms, toml_edit
from bd_py.errors import TkError
from bd_py.sqlite import sqlite3

_BULK = b"\r" * 16 * 1024 + b"\n"
"""A blank line, with which a segment is decoded in bulk."""
SEAM = b"\x00"
"""Between the parts of an input that has several."""


def reader(data: bytes) -> None:
    """A segment: every line is an event or is listed as bad; how it is decoded, split and ordered changes nothing."""
    found = log.parse(data)
    bulk = log.parse(_BULK + data + b"\n")
    assert {k: v.text for k, v in found.lines.items()} == {k: v.text for k, v in bulk.lines.items()}
    assert {k: v.event for k, v in found.lines.items()} == {k: v.event for k, v in bulk.lines.items()}
    assert [number + 1 for number, _ in found.bad] == [number for number, _ in bulk.bad]
    rows = data.split(b"\n")
    assert len(found.lines) + len(found.bad) <= len(rows)
    back = log.parse(b"\r\n".join(reversed(rows)))
    assert {k: v.text for k, v in found.lines.items()} == {k: v.text for k, v in back.lines.items()}
    for event_id, line in found.lines.items():
        assert line.event["id"] == event_id
        raw = line.text.encode()
        assert raw in data
        assert events.decode(raw) == line.event
        events.encode(line.event)


def decoder(data: bytes) -> None:
    """One line: the quick decoder, the careful one and the standard library agree on what it says."""
    event = _or_none(lambda: events.decode(data))
    strict = _or_none(lambda: jsonio.loads(data))
    if event is not None:
        assert events.checked(strict) == event
        again = events.encode(event)
        assert events.decode(again.encode()) == event
        assert jsonio.loads(again) == json.loads(again)


def driver(data: bytes) -> None:
    """The merge of two sides: the same in both directions and again, no event of either side is lost, none is made."""
    base, ours, theirs = [*data.split(SEAM, 2), b"", b""][:3]
    merged, strays = merge.merge(base, ours, theirs)
    assert merge.merge(base, theirs, ours) == (merged, strays)
    assert merge.merge(merged, merged, merged)[0] == merged
    assert merge.merge(base, merged, merged)[0] == merged
    here = _lines(merged)
    one, two, old = _lines(ours), _lines(theirs), _lines(base)
    wanted = (one & two) | (one - old) | (two - old)
    assert here <= wanted
    assert {line for line in wanted if _is_event(line)} <= here
    assert all(line in here for line in strays)
    for text in (ours, theirs):
        bare = merge.without_markers(text)
        assert merge.without_markers(bare) == bare
        assert _events(bare) == _events(text)


def records(data: bytes) -> None:
    """bd's records: taken whole or refused with a reason; what is taken makes events that can be written."""
    from bd_py.interchange import importer

    for _, planned in importer.parse("fuzz", data):
        for event in planned:
            assert events.decode(events.encode(event).encode()) == event


def task_files(data: bytes) -> None:
    """A Markdown file of another tracker, or of a person: read, or refused with its line; front matter comes back."""
    from bd_py.frontmatter.reader import read
    from bd_py.frontmatter.writer import write
    from bd_py.interchange import backlog, files, importer, ticket
    from bd_py.taskfiles import text

    with _file(data, ".md") as path:
        raw = backlog.record(files.load(path, "fuzz.md"), "x-1 - A title.md", "", "done")
        raw.pop(backlog.INVERSE)
        for one in (raw, ticket.record(files.load(path, "fuzz.md"), "fuzz")):
            _refusing(lambda one=one: importer.parse_documents([("fuzz.md", 1, one)]))  # type: ignore[misc]
    _refusing(lambda: text.parse(data))
    document = read(data.decode("utf-8"))
    written = read(write(document.fields, document.body))
    assert (written.fields, written.body) == (document.fields, document.body)


def plans(data: bytes) -> None:
    """A plan as JSON or as an outline."""
    from bd_py.cli.plan import graph, outline

    text = data.decode("utf-8", "replace")
    _refusing(lambda: graph.read(text, "fuzz"))
    _refusing(lambda: outline.read(text, "fuzz"))


def settings(data: bytes) -> None:
    """config.toml: read or refused; a key that is set in it can be read back, and taken out again."""
    with _file(data, ".toml") as path:
        _refusing(lambda: config.load(path))
    text = data.decode("utf-8")
    try:
        before = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    for key, value in ((("workflow",), "strict"), (("ready", "sort"), "oldest"), (("alias", "a b"), "list\n")):
        try:
            after = toml_edit.set_key(text, key, value)
            found: Any = tomllib.loads(after)
            for name in key:
                found = found[name]
            assert found == value
            gone = tomllib.loads(toml_edit.remove_key(after, key))
        except ValueError:
            continue  # refused
        assert {name: part for name, part in gone.items() if name != key[0]} == {
            name: part for name, part in before.items() if name != key[0]
        }


def words(data: bytes) -> None:
    """What is typed to search for: no text is an error of FTS5."""
    from bd_py.cache.build import schema

    text = data.decode("utf-8", "surrogateescape")
    found = terms.parse(text)
    if not found:
        return
    global _index
    if _index is None:
        _index = sqlite3.connect(":memory:", isolation_level=None)
        for statement in schema("search.sql").split(";"):
            _index.execute(statement)
    asked = [terms.phrase(found), terms.every(term.exact() for term in found)]
    asked += [terms.any_of([term.prefix() for term in found]), terms.in_title(terms.phrase(found))]
    asked += [f'"{variant}"' for term in found[:2] for variant in term.variants()[:5]]
    for expression in asked:
        _index.execute("SELECT rowid FROM search_text WHERE search_text MATCH ?", (expression,))
    pieces = terms.pieces(found)
    if pieces is not None:
        _index.execute("SELECT rowid FROM search_titles WHERE search_titles MATCH ?", (pieces,))


_index: Any = None
TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (reader, decoder, driver, records, task_files, plans, settings, words)
}


def run(name: str, data: bytes) -> None:
    """One input to one target; being refused is fine."""
    try:
        TARGETS[name](data)
    except (TkError, UnicodeDecodeError) as error:
        if isinstance(error, UnicodeDecodeError) and error.object != data:
            raise


def _refusing(do: Callable[[], object]) -> None:
    try:
        do()
    except TkError:
        pass


def _or_none(do: Callable[[], Any]) -> Any:
    try:
        return do()
    except ValueError:
        return None


class _file:  # noqa: N801 (used like a function)
    """A file of this content; one for all inputs, in memory where the system has such a place."""

    def __init__(self, data: bytes, end: str) -> None:
        folder = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.path = Path(tempfile.gettempdir() if folder is None else folder, f"tk-fuzz-{os.getpid()}{end}")
        self.path.write_bytes(data)

    def __enter__(self) -> str:
        return str(self.path)

    def __exit__(self, *_: object) -> None:
        self.path.unlink()


def _lines(data: bytes) -> set[bytes]:
    return {line.rstrip(b"\r") for line in data.split(b"\n")} - {b""}


def _is_event(line: bytes) -> bool:
    return _or_none(lambda: events.decode(line)) is not None


def _events(data: bytes) -> set[bytes]:
    return {line for line in _lines(data) if _is_event(line)}
