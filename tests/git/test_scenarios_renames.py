"""git takes a file that went and a like one that came for a rename, and where a folder went with it, the folder too.

What another branch adds to that folder then ends in ``CONFLICT (file location)``. It takes two segments of which
half is the same (a long text written twice), in two folders, and that the side which has the later one lacks the
earlier folder. So a folder holds a month: with one a day, three of these stopped.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bd_py import times
from bd_py.service import compaction, recovery, tasks
from tests.git.scenarios import DAY, Clock, Clone, fold

LONG = "The index is read once, and kept while the file stays as it is. " * 40


class World:
    """A clone with one task, whose description is written again and again."""

    def __init__(self, root: Path, clock: Clock) -> None:
        self.clone = Clone.init(root)
        self.clock = clock
        self.task = self.clone.tk(lambda w: tasks.create(w, "one"))
        self.clone.commit("base")
        clock.shift += DAY

    def describe(self, end: str) -> None:
        """A commit with a long text."""
        self.clone.tk(lambda w: tasks.set_fields(w, self.task, {"description": LONG + end}))
        self.clone.commit(f"describe {end}")

    def add(self) -> None:
        """A commit of something else."""
        self.clone.tk(lambda w: tasks.create(w, "another"))
        self.clone.commit("add")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    clock = Clock(monkeypatch)
    today = datetime.datetime.now(datetime.UTC)
    clock.shift = (today.replace(day=10) - datetime.timedelta(days=60)).replace(day=10).timestamp() - today.timestamp()
    return World(tmp_path / "work", clock)


def picked(world: World) -> str:
    """The second commit of a branch that began yesterday."""
    world.clone.git("checkout -q -b side")
    world.describe("there")
    world.add()
    world.clone.git("checkout -q main")
    world.clock.shift += DAY
    world.describe("here")
    return "cherry-pick side"


def picked_a_month_later(world: World) -> str:
    """The same, and a month has turned in between on either branch."""
    world.clock.shift += 31 * DAY
    world.clone.git("checkout -q -b side")
    world.describe("there")
    world.add()
    world.clone.git("checkout -q main")
    world.clock.shift += 31 * DAY
    world.describe("here")
    return "cherry-pick side"


def reverted(world: World) -> str:
    """A revert, and the text written anew the day after, against work on top of what was reverted."""
    world.describe("wrongly")
    world.clone.git("checkout -q -b side")
    world.add()
    world.clone.git("checkout -q main")
    world.clone.git("revert --no-edit HEAD")
    world.clock.shift += DAY
    world.describe("rightly")
    return "merge -q -m merge side"


def recovered(world: World) -> str:
    """A revert, and what it withdrew brought back the day after."""
    world.describe("withdrawn")
    world.clone.git("checkout -q -b side")
    world.add()
    world.clone.git("checkout -q main")
    world.clone.git("revert --no-edit HEAD")
    world.clock.shift += DAY
    with closing(world.clone.open()) as workspace:
        assert len(recovery.restore(workspace, "HEAD~1")) == 1
    world.clone.commit("back")
    return "merge -q -m merge side"


def compacted(world: World) -> str:
    """A past month that one branch packs, while another brings an event of one of its days."""
    world.describe("then")
    world.clone.git("checkout -q -b side")
    world.add()
    world.clone.git("checkout -q main")
    world.clock.shift += DAY
    world.add()
    world.describe("and more")
    world.describe("and still more")
    world.clock.shift = 0
    with closing(world.clone.open()) as workspace:
        assert compaction.compact(workspace, times.now()[:7] + "-01").packs
    world.clone.commit("compact")
    world.describe("now")
    return "merge -q -m merge side"


def both_reverted(world: World) -> str:
    """Two branches that both revert a commit, and both write its text anew."""
    world.describe("wrongly")
    world.clone.git("checkout -q -b side")
    world.clone.git("revert --no-edit HEAD")
    world.clone.git("checkout -q main")
    world.clone.git("revert --no-edit HEAD")
    world.clock.shift += DAY
    world.describe("here")
    world.clone.git("checkout -q side")
    world.clock.shift += DAY
    world.describe("there")
    return "merge -q -m merge main"


@pytest.mark.parametrize("begin", [recovered, both_reverted, picked, reverted, compacted])
def test_like_segments(begin: Callable[[World], str], world: World) -> None:
    command = begin(world)
    world.clone.git(command)


@pytest.mark.parametrize(
    ("begin", "asked"),
    [(picked, False), (reverted, False), (compacted, False), (picked_a_month_later, True)],
)
def test_nothing_is_lost(begin: Callable[[World], str], asked: bool, world: World, tmp_path: Path) -> None:
    """What is left of it: where the two days are of two months, and one side has nothing of the earlier."""
    clone = world.clone
    command = begin(world)
    clone.git(command, ok=(int(asked),))
    there = clone.log()
    if asked:
        clone.git("add .tasks")
        clone.git("-c core.editor=true cherry-pick --continue")
    assert {issue["title"] for issue in clone.issues()} == {"one", "another"}
    assert clone.git("status --porcelain") == ""
    assert clone.log() == there
    assert clone.cached() == fold(there.values(), tmp_path / "fold")
    clone.git("merge -q -m merge side")
    assert clone.log() == clone.history() | there
