"""Conflict markers leave segments, and second names go when they are no longer needed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bd_py import merge, paths, sync
from tests.conftest import Runner

A, B, C = (b'{"id":"%s"}\n' % (char * 26) for char in (b"A", b"B", b"C"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (A + b"<<<<<<< HEAD\n" + B + b"=======\n" + C + b">>>>>>> other\n", A + B + C),
        (b"<<<<<<< a\n" + B + b"||||||| b\n" + A + b"=======\n" + C + b">>>>>>> c\n", B + A + C),
        (b"<<<<<<< a\r\n" + B + b"=======\r\n>>>>>>> c\r\n" + A, B + A),
        (b"<<<<<<< a\n" + B + b"=======\n>>>>>>> c", B),
        (A + b"=======\n", A + b"=======\n"),
        (A + b"not json\n\xff\n", A + b"not json\n\xff\n"),
        (b"", b""),
    ],
)
def test_marker_lines_go_and_nothing_else(before: bytes, after: bytes) -> None:
    assert merge.without_markers(before) == after
    assert merge.without_markers(after) == after


@given(st.lists(st.sampled_from([A, B, C, b"\xfftorn\n", b"\r\n", b"{}"]), max_size=8))
def test_what_has_no_marker_stays(lines: list[bytes]) -> None:
    data = b"".join(lines)
    assert merge.without_markers(data) == data


def test_a_repaired_file_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / ".tasks/log").mkdir(parents=True)
    path = tmp_path / ".tasks/log/x.jsonl"
    path.write_bytes(b"<<<<<<< a\n" + A + b"=======\n" + B + b">>>>>>> b\n")
    path.chmod(0o640)
    where = paths.Paths(str(tmp_path / ".tasks"))
    done = sync.repair(where, ["x.jsonl", "gone.jsonl"])
    assert (done.names, done.merged, done.unmarked, done.staged) == (["x.jsonl"], [], ["x.jsonl"], True)
    assert path.read_bytes() == A + B
    assert path.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in path.parent.iterdir()] == ["x.jsonl"]


def second_names(store: Path) -> list[str]:
    return sorted(path.name for path in (store / ".git/tk/open").glob("*.jsonl"))


def test_second_names_go_once_head_holds_them(store: Path, git: Runner, tk: Runner) -> None:
    tk("create", "one")
    tk("sync")
    assert len(second_names(store)) == 1
    git("add", ".tasks")
    git("commit", "-q", "-m", "one")
    tk("create", "two")
    tk("sync")
    assert len(second_names(store)) == 1
    segment = next(path for path in (store / ".tasks/log").rglob(second_names(store)[0]))
    assert b"two" in segment.read_bytes()


def test_what_was_added_after_staging_keeps_its_second_name(store: Path, git: Runner, tk: Runner) -> None:
    tk("create", "one")
    git("add", ".tasks")
    tk("create", "two")
    git("commit", "-q", "-m", "one")
    tk("sync")
    assert len(second_names(store)) == 1
