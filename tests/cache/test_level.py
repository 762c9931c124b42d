"""A folder of the log too young to be trusted is looked into, one of few segments and one of many."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bd_py import log, stamps
from bd_py.cache import level
from bd_py.cache.level import Connection
from bd_py.paths import Paths
from tests.acceptance.support import event, event_id, line, make_store, put_segment, workspace

MONTH = "2026-11"


def of_one(k: int) -> list[bytes]:
    return [line(event(event_id(k), "task.created", f"tk-{k}", {"title": f"T {k}"}))]


@pytest.fixture(params=[3, level._EACH + 3])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Paths:
    found = make_store(tmp_path / "repo")
    for k in range(request.param):
        put_segment(found, f"{MONTH}/{k}.jsonl", of_one(k))
    return found


@pytest.fixture
def young(where: Paths) -> Iterator[Connection]:
    """The cache of a log whose folder changed in the moment in which it was looked at."""
    with closing(workspace(where)) as opened:
        opened.conn.execute("UPDATE folders SET checked_ns = mtime_ns")
        yield opened.conn


def is_level(where: Paths, conn: Connection) -> bool:
    """As it is found while the folder's own stat data is what it was."""
    found = os.stat(f"{where.log}/{MONTH}")
    stat = (found.st_mtime_ns, found.st_ctime_ns, found.st_mtime_ns)
    conn.execute("UPDATE folders SET mtime_ns = ?, ctime_ns = ?, checked_ns = ? WHERE path = '2026-11'", stat)
    return level.is_level(where, conn, level.read_meta(conn), noting="never")


def comes(folder: Path) -> None:
    (folder / "x.jsonl").write_bytes(b"".join(of_one(10_000)))


def goes(folder: Path) -> None:
    (folder / "1.jsonl").unlink()


def is_replaced(folder: Path) -> None:
    (folder / ".new").write_bytes(b"".join(of_one(10_000)))
    (folder / ".new").rename(folder / "1.jsonl")


def is_below(folder: Path) -> None:
    (folder / "20").mkdir()


@pytest.mark.parametrize("change", [comes, goes, is_replaced, is_below])
def test_a_change_in_the_same_moment_is_seen(where: Paths, young: Connection, change: Callable[[Path], None]) -> None:
    assert is_level(where, young)
    change(Path(where.log) / MONTH)
    assert not is_level(where, young)


def test_what_is_no_segment_is_no_change(where: Paths, young: Connection) -> None:
    for name in ("notes.txt", ".hidden.jsonl", "x.jsonl.tmp"):
        (Path(where.log) / MONTH / name).write_text("")
    assert is_level(where, young)


def test_a_file_that_goes_while_a_folder_is_looked_at_hides_no_other(
    where: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As under a checkout: its entry was read from the folder, and it is gone when it is asked for its size."""
    folder = Path(where.log) / MONTH
    gone: list[str] = []

    def goes_when_seen(name: str) -> bool:
        if not gone:
            gone.append(name)
            (folder / name).unlink()
        return log.is_segment(name)

    monkeypatch.setattr("bd_py.cache.scan.is_segment", goes_when_seen)
    with closing(workspace(where)) as opened:
        tasks = {row[0] for row in opened.conn.execute("SELECT id FROM issues WHERE category <> 'gone'")}
        left = sorted(folder.iterdir())
        assert gone
        assert tasks == {f"tk-{path.stem}" for path in left}
        left[0].unlink()
        assert not level.is_level(where, opened.conn, level.read_meta(opened.conn), noting="never")


def test_the_clock_of_file_stamps_is_never_ahead_of_them(tmp_path: Path) -> None:
    """Or a stamp of before a change would count as one of after it."""
    for k in range(200):
        before = stamps.clock_ns()
        (tmp_path / str(k)).touch()
        assert (tmp_path / str(k)).stat().st_mtime_ns >= before
