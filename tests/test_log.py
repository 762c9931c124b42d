"""Segments: reading takes what it can, writing leaves whole lines or what was there before."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bd_py import log
from bd_py.errors import TkError
from bd_py.paths import Paths
from bd_py.service import tasks
from tests.acceptance.support import (
    assert_one_truth,
    event,
    event_id,
    events_on_disk,
    line,
    make_store,
    segments,
    workspace,
)

ONE, TWO = (line(event(event_id(k), "task.created", f"tk-{k}", {"title": "T"})) for k in (1, 2))
MADE: list[Callable[[str, bytes, str | None], os.stat_result]] = [log.create, log.create_whole]


def test_parse_keeps_the_bytes_of_each_line() -> None:
    found = log.parse(ONE + TWO)
    assert [each.text.encode() + b"\n" for each in found.lines.values()] == [ONE, TWO]
    assert [each.event["id"] for each in found.lines.values()] == list(found.lines)
    assert (found.bad, found.torn) == ([], False)


def test_parse_tells_where_a_line_is_bad_and_why() -> None:
    data = ONE + b"\n<<<<<<< HEAD\n" + b"{\n" + b"\xff\n" + b"5\n" + TWO + TWO[:30]
    found = log.parse(data)
    assert list(found.lines) == [event_id(1), event_id(2)]
    assert found.torn
    assert [(number, reason.partition(":")[0]) for number, reason in found.bad] == [
        (3, "conflict marker"),
        (4, "not JSON"),
        (5, "not UTF-8 at byte 1"),
        (6, "not a JSON object"),
        (8, "torn last line"),
    ]


def test_a_small_file_and_a_large_one_are_read_alike() -> None:
    odd = [b"{", b'{"id":NaN}', b"[" * 300, b'{"a":"\\ud800"}', b"\xff", b'{"id":"x"}', b"1" * 50]
    odd += [ONE[:-1], TWO[:-1] + b"\r"]
    small = log.parse(b"\n".join(odd))
    large = log.parse(b"\n".join(odd) + b"\n" * 20_000)
    assert [each.text for each in small.lines.values()] == [each.text for each in large.lines.values()]
    assert [number for number, _ in small.bad] == [number for number, _ in large.bad]


@given(data=st.binary() | st.lists(st.sampled_from([ONE, TWO, b"\n", b"\r", b"{", ONE[:9], b"\xff"])).map(b"".join))
def test_parse_never_raises(data: bytes) -> None:
    found = log.parse(data)
    assert set(found.lines) <= {event_id(1), event_id(2)}
    assert len(found.lines) + len(found.bad) <= data.count(b"\n") + 1


def test_a_segment_is_named_by_its_first_event() -> None:
    assert log.segment_path("01M7X20VW22D7Z59TDWH9EDD1R") == "2026-11/01M7X20VW22D7Z59TD.jsonl"
    one, other = (log.segment_path(event_id(0), content) for content in (b"a", b"b"))
    assert one != other
    assert one == log.segment_path(event_id(0), b"a")


def test_append_only_to_what_was_left(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    assert log.append(str(path), 0, ONE) is None
    assert not path.exists()
    path.write_bytes(ONE)
    assert log.append(str(path), len(ONE) - 1, TWO) is None
    assert path.read_bytes() == ONE
    found = log.append(str(path), len(ONE), TWO)
    assert found is not None
    assert found.st_size == len(ONE + TWO)
    assert path.read_bytes() == ONE + TWO


@pytest.mark.parametrize("make", MADE)
def test_make_a_segment_and_its_second_name(tmp_path: Path, make: Callable[..., os.stat_result]) -> None:
    path, second = tmp_path / "log/2026-11/21/a.jsonl", tmp_path / "git/tk/open/a.jsonl"
    found = make(str(path), ONE, str(second))
    assert path.read_bytes() == second.read_bytes() == ONE
    assert (found.st_ino, found.st_size) == (second.stat().st_ino, len(ONE))
    assert [each.name for each in path.parent.iterdir()] == ["a.jsonl"]


@pytest.mark.parametrize("make", MADE)
def test_without_hard_links_there_is_no_second_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[..., os.stat_result]
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    make(str(tmp_path / "a.jsonl"), ONE, str(tmp_path / "open/a.jsonl"))
    assert (tmp_path / "a.jsonl").read_bytes() == ONE


def test_a_symbolic_link_is_neither_read_nor_written(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(ONE)
    (tmp_path / "a.jsonl").symlink_to("target")
    assert log.read(str(tmp_path / "a.jsonl")) == b""
    assert log.append(str(tmp_path / "a.jsonl"), len(ONE), TWO) is None
    assert (tmp_path / "target").read_bytes() == ONE


# Failing writes


@pytest.fixture
def where(tmp_path: Path) -> Paths:
    return make_store(tmp_path / "repo")


def short_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full after ten bytes."""
    write = os.write
    given: list[int] = []

    def short(fd: int, data: bytes) -> int:
        if given:
            raise OSError(28, "No space left on device")
        given.append(write(fd, bytes(data)[:10]))
        return given[0]

    monkeypatch.setattr(os, "write", short)


def no_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_fd: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)


def interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_fd: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)


@pytest.mark.parametrize("harm", [short_write, no_fsync, interrupted])
@pytest.mark.parametrize("how", ["first", "live", "batch"])
def test_a_write_that_fails_leaves_nothing(
    where: Paths, monkeypatch: pytest.MonkeyPatch, harm: Callable[[pytest.MonkeyPatch], None], how: str
) -> None:
    opened = workspace(where)
    if how != "first":
        with opened.writing() as w:
            tasks.create(w, "Before")
    before = {path: path.read_bytes() for path in segments(where)}
    with monkeypatch.context() as patch:
        harm(patch)
        expected: type[BaseException] = KeyboardInterrupt if harm is interrupted else log.LogWriteError
        with pytest.raises(expected) as raised, opened.writing(batch=how == "batch") as w:
            tasks.create(w, "Lost")
        if isinstance(raised.value, TkError):
            assert raised.value.exit_code == 1
            assert "cannot write" in raised.value.message
    assert {path: path.read_bytes() for path in segments(where)} == before
    assert [each for each in Path(where.log).rglob("*") if each.name.startswith(".")] == []
    assert where.open_segments is not None
    names = set(os.listdir(where.open_segments)) if os.path.isdir(where.open_segments) else set()
    assert names == {path.name for path in before}
    assert_one_truth(opened)
    with opened.writing() as w:
        tasks.create(w, "After")
    assert_one_truth(opened)
    assert len(events_on_disk(where)) == len(before) + 1
    opened.close()


@pytest.fixture
def file_size_limit() -> Iterator[Callable[[int], None]]:
    """Sets the largest size that this process may make a file, for the time of the test."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, handler)


def test_the_kernel_takes_only_a_part(tmp_path: Path, file_size_limit: Callable[[int], None]) -> None:
    """A real short write: the file is cut back to whole lines."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(ONE)
    file_size_limit(len(ONE) + 20)
    with pytest.raises(log.LogWriteError, match="File too large"):
        log.append(str(path), len(ONE), TWO)
    assert path.read_bytes() == ONE
    for make in MADE:
        with pytest.raises(log.LogWriteError):
            make(str(tmp_path / "b.jsonl"), ONE * 3, None)
        assert [each.name for each in tmp_path.iterdir()] == ["a.jsonl"]


@pytest.mark.parametrize("make", MADE)
def test_a_folder_that_cannot_be_made(tmp_path: Path, make: Callable[..., os.stat_result]) -> None:
    (tmp_path / "log").write_text("in the way")
    with pytest.raises(log.LogWriteError):
        make(str(tmp_path / "log/2026-11/a.jsonl"), ONE, None)
