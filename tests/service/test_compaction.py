"""Compaction: no event is dropped, and git merges it with whatever another branch did."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from bd_py import git as git_module
from bd_py import ids, log, times
from bd_py.errors import TkError
from bd_py.service import compaction
from bd_py.workspace import Workspace
from tests.conftest import Runner

MONTHS = ("2025-01", "2025-02", "2025-03")
Compact = Callable[..., compaction.Report]


def write(store: Path, month: str, number: int, events: int = 1, text: str = "") -> Path:
    """A segment of a past month: the creation of some tasks."""
    start = times.to_ms(f"{month}-10T00:00:00.000Z") + 1000 * number
    rows = []
    for k in range(events):
        event = {"id": ids.encode(start + k, number), "type": "task.created", "task": f"tk-{month}-{number}-{k}"}
        data = {"title": f"task {number} {k}", "description": text}
        rows.append(json.dumps({**event, "at": times.iso(start + k), "by": {"name": "ada"}, "data": data}))
    path = store / ".tasks/log" / log.segment_path(json.loads(rows[0])["id"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(row + "\n" for row in rows))
    return path


@pytest.fixture
def past(store: Path, git: Runner) -> Path:
    """A store whose history begins with 8 committed segments in each of three past months."""
    for month in MONTHS:
        for number in range(8):
            write(store, month, number)
    commit(git, "begin")
    return store


def commit(git: Runner, message: str) -> None:
    git("add", "-A")
    git("commit", "-q", "-m", message)


def compact(store: Path, before: str = "2025-04-01", *, dry_run: bool = False) -> compaction.Report:
    workspace = Workspace.find(str(store))
    try:
        return compaction.compact(workspace, before, dry_run=dry_run)
    finally:
        workspace.close()


def names(store: Path) -> list[str]:
    return sorted(path.relative_to(store / ".tasks/log").as_posix() for path in (store / ".tasks/log").rglob("*.jsonl"))


def state(tk: Runner) -> tuple[Any, ...]:
    tk("doctor")  # fold(log) == cache, or it exits with 1
    return tuple(sorted(tk(*args, "--json").stdout.splitlines()) for args in (("list", "--all", "-n", "0"), ("log",)))


def lines(store: Path, only: Iterable[str] = ()) -> list[bytes]:
    found = [store / ".tasks/log" / name for name in only] or sorted((store / ".tasks/log").rglob("*.jsonl"))
    return sorted(line for path in found for line in path.read_bytes().splitlines())


def test_one_pack_a_month_with_every_line_as_it_was(past: Path, git: Runner, tk: Runner) -> None:
    before, had = lines(past), state(tk)
    report = compact(past)
    assert [pack["pack"][:13] for pack in report.packs] == [f"{month}/pack-" for month in MONTHS]
    assert names(past) == sorted(pack["pack"] for pack in report.packs)
    for name in names(past):
        rows = (past / ".tasks/log" / name).read_bytes().splitlines()
        assert rows == sorted(rows)
    assert lines(past) == before
    assert state(tk) == had
    assert {e[:2] for e in git("status", "--porcelain").stdout.splitlines()} == {"A ", "D "}
    git("commit", "-q", "-m", "compact")
    assert git("status", "--porcelain").stdout == ""
    assert tk("sync", "--json").stdout.startswith('{"imported":')


def test_idempotent(past: Path, git: Runner) -> None:
    compact(past)
    for _ in range(2):
        again = compact(past)
        assert (again.packs, again.removed, again.waiting, again.left) == ([], [], [], [])
        git("commit", "-q", "--allow-empty", "-m", "compact")


def test_dry_run_changes_nothing(past: Path, git: Runner) -> None:
    before = names(past)
    report = compact(past, dry_run=True)
    assert len(report.packs) == 3
    assert (names(past), git("status", "--porcelain").stdout) == (before, "")


def test_only_what_is_older_and_only_what_head_holds(past: Path, git: Runner) -> None:
    (past / ".tasks/log" / names(past)[0]).write_text("")  # changed
    write(past, "2025-01", 90)  # not committed
    git("rm", "-q", "--cached", f".tasks/log/{names(past)[1]}")  # taken out of the index: HEAD still has it
    report = compact(past, "2025-02-10")
    assert [pack["pack"][:7] for pack in report.packs] == ["2025-01"]
    assert len(report.packs[0]["sources"]) == 7
    assert len([name for name in names(past) if name.startswith("2025-01/0")]) == 2


def test_a_file_with_a_line_that_is_no_event_is_left_alone_and_named(past: Path, git: Runner) -> None:
    first = past / ".tasks/log" / names(past)[0]
    first.write_text(first.read_text() + "no event\n")
    commit(git, "damage")
    report = compact(past, "2025-02-01")
    assert [entry["file"] for entry in report.left] == [names(past)[0]]
    assert "line 2: not JSON" in report.left[0]["reason"]
    assert len(report.packs[0]["sources"]) == 7


def test_two_lines_with_one_id_both_stay(past: Path, git: Runner) -> None:
    text = (past / ".tasks/log" / names(past)[0]).read_text()
    (past / ".tasks/log/2025-01/copy.jsonl").write_text(text.replace('"task 0 0"', '"another"'))
    commit(git, "damage")
    before = lines(past)
    report = compact(past, "2025-02-01")
    assert len(report.left) == 2
    assert lines(past) == before


def test_a_pack_is_more_than_twice_its_largest_source_or_waits(past: Path, git: Runner, tk: Runner) -> None:
    large = write(past, "2025-01", 50, events=40)
    commit(git, "large")
    report = compact(past, "2025-02-01")
    assert large.exists()
    assert len(report.packs[0]["sources"]) == 8
    assert report.packs[0]["bytes"] > 2 * max(len(line) + 1 for line in lines(past))
    git("commit", "-q", "-m", "compact")
    assert [w["month"] for w in compact(past, "2025-02-01").waiting] == ["2025-01"]
    show = git("show", "--name-status", "-M50%", "--format=", "HEAD").stdout
    assert {row[0] for row in show.splitlines()} == {"A", "D"}


@pytest.mark.parametrize("step", ["stage", "unlink"])
def test_a_crash_in_between_only_duplicates(
    past: Path, git: Runner, tk: Runner, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    had, before = state(tk), set(lines(past))
    module: Any = git_module if step == "stage" else os
    calls = iter(range(100))
    real = getattr(module, step)

    def crash(*args: Any) -> Any:
        if next(calls) == (0 if step == "stage" else 3):
            raise KeyboardInterrupt
        return real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(module, step, crash)
        with pytest.raises(KeyboardInterrupt):
            compact(past)
    assert set(lines(past)) == before
    assert state(tk) == had
    report = compact(past)
    assert len(names(past)) == 3
    assert lines(past) == sorted(before)
    assert report.removed or step == "stage"
    commit(git, "compact")
    assert state(tk) == had


def test_it_refuses_in_the_middle_of_a_merge_and_outside_git(past: Path, git: Runner, tmp_path: Path) -> None:
    (past / ".git/MERGE_HEAD").write_text(git("rev-parse", "HEAD").stdout)
    with pytest.raises(TkError, match="a merge is under way"):
        compact(past)
    (past / ".git/MERGE_HEAD").unlink()
    (past / ".git").rename(tmp_path / "away")
    with pytest.raises(TkError, match="needs git"):
        compact(past)


def test_an_index_that_is_locked_takes_nothing_away(past: Path) -> None:
    (past / ".git/index.lock").write_text("")
    before = set(lines(past))
    with pytest.raises(TkError, match="index"):
        compact(past)
    assert set(lines(past)) == before
    (past / ".git/index.lock").unlink()
    compact(past)
    assert len(names(past)) == 3


def test_a_wrong_date_is_usage(past: Path, tk: Runner) -> None:
    assert tk("compact", "--older-than", "soon", check=False).returncode == 2
    assert tk("compact", "--older-than", "9999999", check=False).returncode == 2


# Merges

DRIVER = f"{shlex.quote(sys.executable)} -m bd_py merge-driver %O %A %B %L %P"


@pytest.fixture(params=["plain git", "driver"])
def merging(request: pytest.FixtureRequest, past: Path, git: Runner) -> Path:
    if request.param == "driver":
        git("config", "merge.tk.driver", DRIVER)
    return past


def only_month(store: Path, git: Runner, month: str) -> None:
    """Undo the compaction of the other months."""
    for other in {name[:7] for name in names(store)} - {month}:
        git("reset", "-q", "--", f".tasks/log/{other}")
        for pack in (store / ".tasks/log" / other).glob("pack-*"):
            pack.unlink()
        git("checkout", "--", f".tasks/log/{other}")


def merged_both_ways(git: Runner, tk: Runner, one: str, two: str) -> tuple[Any, ...]:
    """The state after merging two branches, the same either way, each with exit 0."""
    states = []
    for into, other in ((one, two), (two, one)):
        git("checkout", "-q", "--detach", into)
        git("merge", "-q", "-m", "merge", other)
        assert git("status", "--porcelain").stdout == ""
        states.append(state(tk))
    trees = {git("merge-tree", "--write-tree", *pair).stdout for pair in ((one, two), (two, one))}
    assert len(trees) == 1, "as a host merges it"
    assert states[0] == states[1]
    return states[0]


def branch(git: Runner, name: str) -> None:
    git("checkout", "-q", "-B", name, "main")


def test_a_branch_that_never_saw_it_brings_100_new_events(merging: Path, git: Runner, tk: Runner) -> None:
    branch(git, "work")
    for number in range(100, 120):
        write(merging, "2025-02", number, events=5)  # a long-lived branch: its month was packed meanwhile
    tk("close", "tk-2025-01-3-0")
    commit(git, "work")
    uncompacted = state(tk)
    branch(git, "packed")
    assert len(compact(merging).packs) == 3
    git("commit", "-q", "-m", "compact")
    assert merged_both_ways(git, tk, "work", "packed") == uncompacted


def test_two_branches_that_packed_different_months(merging: Path, git: Runner, tk: Runner) -> None:
    had = state(tk)
    for name, month in (("one", "2025-01"), ("two", "2025-03")):
        branch(git, name)
        compact(merging)
        only_month(merging, git, month)
        git("commit", "-q", "-m", "compact")
    assert merged_both_ways(git, tk, "one", "two") == had
    assert len([name for name in names(merging) if "pack-" in name]) == 2


def test_two_branches_that_packed_the_same_month(merging: Path, git: Runner, tk: Runner) -> None:
    """The same segments make the same pack; with others beside them two packs, of which the next run leaves one."""
    for name in ("one", "two"):
        branch(git, name)
        if name == "two":
            write(merging, "2025-01", 70)
            commit(git, "late")
            uncompacted = state(tk)
        compact(merging)
        git("commit", "-q", "-m", "compact")
    assert merged_both_ways(git, tk, "one", "two") == uncompacted
    assert len([name for name in names(merging) if name.startswith("2025-01/pack-")]) == 2
    assert len(compact(merging).removed) == 1
    assert len(names(merging)) == 3
    assert state(tk) == uncompacted


def test_two_branches_that_packed_one_month_each_with_segments_of_its_own(
    merging: Path, git: Runner, tk: Runner
) -> None:
    """Neither pack holds the other's sources: both stay, what they share counts once, and a later run makes one."""
    branch(git, "uncompacted")
    for name, number in (("one", 40), ("two", 60)):
        branch(git, name)
        for k in range(6):
            write(merging, "2025-02", number + k)
        commit(git, f"work of {name}")
        git("branch", f"{name}-as-it-was")
    git("checkout", "-q", "uncompacted")
    git("merge", "-q", "-m", "merge", "one-as-it-was", "two-as-it-was")
    uncompacted, wanted = state(tk), set(lines(merging))
    for name in ("one", "two"):
        git("checkout", "-q", name)
        assert [len(pack["sources"]) for pack in compact(merging).packs] == [8, 14, 8]
        git("commit", "-q", "-m", "compact")
    assert merged_both_ways(git, tk, "one", "two") == uncompacted
    assert set(lines(merging)) == wanted
    assert len([name for name in names(merging) if name.startswith("2025-02/pack-")]) == 2
    for start in range(200, 240, 10):  # a pack waits until it is twice as large as the larger of the two
        write(merging, "2025-02", start, events=10)
    commit(git, "late")
    uncompacted = state(tk)
    assert len(compact(merging).packs) == 1
    assert len([name for name in names(merging) if name.startswith("2025-02/")]) == 1
    git("commit", "-q", "-m", "compact")
    assert state(tk) == uncompacted
    git("merge", "-q", "-m", "merge", "one", "two", "uncompacted")  # what comes back is known by its ids
    assert state(tk) == uncompacted


def test_two_branches_that_packed_different_days_of_a_month(merging: Path, git: Runner, tk: Runner) -> None:
    """A busy month need not have ended: each packs up to a day of its own, and goes on writing in that month."""
    for hour in range(24, 140, 4):
        write(merging, "2025-04", hour * 3600, text=f"what was seen on run {hour}, " * hour)
    git("checkout", "-q", "main")
    commit(git, "a busy month")
    for name, day in (("one", "2025-04-14"), ("two", "2025-04-15")):
        branch(git, name)
        before = names(merging)
        report = compact(merging, day)
        [pack] = [pack for pack in report.packs if pack["pack"].startswith("2025-04")]
        assert all(
            ids.milliseconds(json.loads(row)["id"]) < times.to_ms(f"{day}T00:00:00.000Z")
            for row in lines(merging, [pack["pack"]])
        )
        assert set(before) - set(names(merging)) == {source for pack in report.packs for source in pack["sources"]}
        commit(git, "compact")
        write(merging, "2025-04", 1_600_000 if name == "one" else 1_700_000, text="written after it")
        commit(git, "go on")
    had = sorted(set(lines(merging)))
    merged_both_ways(git, tk, "one", "two")
    assert set(had) < set(lines(merging))
    assert not compact(merging, "2025-04-14").left
    assert set(had) < set(lines(merging))


def test_packed_before_and_after_a_merge(merging: Path, git: Runner, tk: Runner) -> None:
    branch(git, "one")
    compact(merging, "2025-02-01")
    git("commit", "-q", "-m", "compact")
    branch(git, "two")
    for number in range(200, 260):
        write(merging, "2025-01", number)
    commit(git, "late")
    uncompacted = state(tk)
    git("merge", "-q", "-m", "merge", "one")
    compact(merging)
    assert [name[:13] for name in names(merging)] == [f"{month}/pack-" for month in MONTHS]
    git("commit", "-q", "-m", "compact")
    assert state(tk) == uncompacted
    branch(git, "three")
    tk("create", "three")
    commit(git, "three")
    merged_both_ways(git, tk, "three", "two")
    assert len(lines(merging)) == 24 + 60 + 1


def test_new_events_that_resemble_packed_ones_may_stop_git_and_sync_settles_it(
    merging: Path, git: Runner, tk: Runner
) -> None:
    """Two branches pack the same long text, and each writes it once more: git sees one file renamed to two."""
    branch(git, "main")
    for number in range(8):
        write(merging, "2025-01", 30 + number, text="the same long words " * 40)
    commit(git, "alike")
    for name, number in (("one", 71), ("two", 72)):
        branch(git, name)
        compact(merging)
        write(merging, "2025-04", number, text="the same long words " * 40)
        commit(git, "compact and work")
    states = []
    for into, other in (("one", "two"), ("two", "one")):
        git("checkout", "-q", "--detach", into)
        git("merge", "-q", "-m", "merge", other, check=False)
        tk("sync")
        assert git("ls-files", "-u").stdout == ""
        git("commit", "-q", "--allow-empty", "-m", "merge")
        assert git("status", "--porcelain").stdout == ""
        assert len(set(lines(merging))) == 24 + 8 + 2
        states.append(state(tk))
    assert states[0] == states[1]
