"""A segment is live while HEAD stands still, in the worktree that opened it, and sealed ever after."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bd_py import ids, log
from bd_py.cache import inbox
from bd_py.paths import Paths
from bd_py.service import tasks
from tests.acceptance.support import (
    assert_one_truth,
    drop_cache,
    event,
    event_id,
    events_on_disk,
    line,
    put_segment,
    segments,
    workspace,
)
from tests.conftest import Runner


@pytest.fixture
def where(store: Path) -> Paths:
    return Paths(str(store / ".tasks"))


def add(where: Paths, *, batch: bool = False) -> Path:
    """One more task; the segment that it went to."""
    before = {path: path.stat().st_size for path in segments(where)}
    opened = workspace(where)
    with opened.writing(batch=batch) as w:
        tasks.create(w, "A task")
    opened.close()
    (changed,) = [path for path in segments(where) if before.get(path) != path.stat().st_size]
    return changed


def test_events_gather_in_one_segment_while_head_stands_still(where: Paths, git: Runner) -> None:
    first = add(where)
    assert first.name == f"{min(events_on_disk(where))[:18]}.jsonl"
    git("status")
    git("stash", "list")
    assert {add(where) for _ in range(5)} == {first}
    assert len(segments(where)) == 1


def staged(where: Paths, git: Runner) -> None:
    git("add", "-A")


def commit(where: Paths, git: Runner) -> None:
    git("add", "-A")
    git("commit", "-qm", "Work")


def commit_of_something_else(where: Paths, git: Runner) -> None:
    git("commit", "-qm", "Work", "--allow-empty")


def another_branch(where: Paths, git: Runner) -> None:
    git("switch", "-q", "-c", "topic")


def full(where: Paths, git: Runner) -> None:
    opened = workspace(where)
    with opened.writing() as w:
        tasks.create(w, "Long", {"description": "x" * log.FULL})
    opened.close()


def deleted(where: Paths, git: Runner) -> None:
    for path in segments(where):
        path.unlink()


def replaced(where: Paths, git: Runner) -> None:
    for path in segments(where):
        put_segment(where, str(path.relative_to(where.log)), [path.read_bytes()])


def grown(where: Paths, git: Runner) -> None:
    for path in segments(where):
        with open(path, "ab") as file:
            file.write(line(event(event_id(0), "task.created", "tk-x", {"title": "By hand"})))


def test_one_that_a_killed_process_left_longer_goes_on(where: Paths, git: Runner) -> None:
    """It came to its fsync and not to its commit: what it wrote is here, and comes from nowhere else."""
    git("commit", "-qm", "Zero", "--allow-empty")
    first = add(where)
    with open(first, "ab") as file:
        file.write(line(event(ids.Clock().next(), "task.created", "tk-killed", {"title": "Killed"})))
    assert add(where) == first
    opened = workspace(where)
    try:
        assert opened.conn.execute("SELECT title FROM issues WHERE id = 'tk-killed'").fetchone() == ("Killed",)
        assert inbox.read(opened.conn) == ([], [])
        assert_one_truth(opened)
    finally:
        opened.close()


def edited(where: Paths, git: Runner) -> None:
    for path in segments(where):
        path.write_bytes(path.read_bytes().replace(b"A task", b"B task"))


def emptied(where: Paths, git: Runner) -> None:
    for path in segments(where):
        path.write_bytes(b"")


def without_its_last_newline(where: Paths, git: Runner) -> None:
    for path in segments(where):
        path.write_bytes(path.read_bytes()[:-1])


def cache_deleted(where: Paths, git: Runner) -> None:
    drop_cache(where)


@pytest.mark.parametrize(
    "change",
    [
        staged,
        commit,
        commit_of_something_else,
        another_branch,
        full,
        deleted,
        replaced,
        grown,
        edited,
        emptied,
        without_its_last_newline,
        cache_deleted,
    ],
)
def test_a_new_segment_is_opened(where: Paths, git: Runner, change: Callable[[Paths, Runner], None]) -> None:
    git("commit", "-qm", "Zero", "--allow-empty")
    first = add(where)
    time.sleep(0.025)
    change(where, git)
    left = first.read_bytes() if first.exists() else None
    second = add(where)
    assert second != first
    assert (first.read_bytes() if first.exists() else None) == left
    assert add(where) == second
    opened = workspace(where)
    assert_one_truth(opened)
    opened.close()


def test_its_number_is_not_given_to_another(where: Paths) -> None:
    """The live segment goes and another file comes: that one is not written to."""
    first = add(where)
    first.unlink()
    put_segment(where, "2026-11/20/theirs.jsonl", [line(event(event_id(0), "task.created", "tk-x", {"title": "X"}))])
    opened = workspace(where)
    assert_one_truth(opened)
    opened.close()
    assert add(where).name != "theirs.jsonl"


def test_a_batch_has_a_segment_of_its_own(where: Paths) -> None:
    live = add(where)
    assert add(where, batch=True) != live
    assert add(where) == live


def test_second_names_outlive_the_log(where: Paths, git: Runner) -> None:
    paths = [add(where), add(where, batch=True)]
    assert where.open_segments is not None
    for path in paths:
        assert os.path.samefile(path, f"{where.open_segments}/{path.name}")
    texts = {path.name: path.read_bytes() for path in paths}
    git("clean", "-qfdx")
    assert not Path(where.log).exists()
    assert {name: Path(where.open_segments, name).read_bytes() for name in texts} == texts


def test_worktrees_write_to_segments_of_their_own(store: Path, where: Paths, git: Runner, tmp_path: Path) -> None:
    commit(where, git)
    git("worktree", "add", "-q", tmp_path / "other")
    there = Paths(str(tmp_path / "other" / ".tasks"))
    mine, theirs = add(where), add(there)
    assert mine.name != theirs.name
    assert (where.open_segments, there.open_segments) == (
        str(store / ".git/tk/open"),
        str(store / ".git/worktrees/other/tk/open"),
    )
    git("add", "-A", cwd=tmp_path / "other")
    git("commit", "-qm", "There", cwd=tmp_path / "other")
    assert add(where) == mine  # HEAD of this worktree stands still
    assert add(there) != theirs
    commit(where, git)
    git("merge", "-q", "--no-edit", "other")
    opened = workspace(where)
    assert_one_truth(opened)
    assert opened.conn.execute("SELECT count(*) FROM issues").fetchone() == (3,)
    opened.close()
