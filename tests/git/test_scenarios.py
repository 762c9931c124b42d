"""Every way in which git combines branches: with plain git, as a host does it, and with tk's merge driver.

Three branches, bob's, zara's and ada's own, each made every kind of change to the same 50 tasks, one kind a
commit. However they are combined, git must exit 0, every event that the resulting history holds must be there,
and the state must be the fold of those events.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Runner
from tests.git.scenarios import DAY, KINDS, Clock, Clone, begin, change, fold
from tests.git.scenarios_combine import SCENARIOS

TASKS = 50
BRANCHES = (("bob", 1), ("zara", 2), ("main", 3))
"""Each branch, and the day of its work: so each has folders of the log that the others do not have."""
OPTIONS = {"revert": "--no-edit", "merge": "-q -m merge", "commit": "-q", "pull": "-q --no-edit"}
DRIVER = "merge-driver %O %A %B %L %P || git merge-file --union -q %A %O %B"


class World:
    """A clone that has the three branches, for one scenario."""

    def __init__(self, clone: Clone) -> None:
        self.clone = clone
        self.drafted: set[str] = set()

    def run(self, steps: str) -> None:
        """Take each step, and let tk look at what it made."""
        for step in steps.split("; "):
            if step in ("work", "draft"):
                self.draft()
            if step in ("work", "end"):
                self.clone.commit(step)
            elif step != "draft":
                verb, _, rest = step.partition(" ")
                options = "" if "--squash" in rest else OPTIONS.get(verb, "")
                self.clone.git(f"{verb} {options} {rest}")
            self.clone.look()

    def draft(self) -> None:
        """Some changes, in the live segment that stands or in a new one."""
        before = set(self.clone.log())
        ids = sorted(issue["id"] for issue in self.clone.issues())[:6]
        for kind in KINDS[:4]:
            self.clone.tk(lambda w, kind=kind: change(w, kind, f"later, {len(before)}", ids))  # type: ignore[misc]
        self.drafted |= self.clone.log().keys() - before

    def check(self, folder: Path) -> None:
        """Nothing is lost, nothing appears from nowhere, and the state is the fold of what is there."""
        clone = self.clone
        there = clone.log()
        expected = clone.history("HEAD")
        uncommitted = self.drafted - clone.history("--all", "--reflog").keys()
        assert uncommitted <= there.keys()
        expected |= {event_id: there[event_id] for event_id in uncommitted}
        assert there == expected
        assert clone.cached() == fold(expected.values(), folder)
        assert uncommitted or clone.git("status --porcelain") == ""


Make = Callable[[str], World]
_templates: dict[Path, Path] = {}


@pytest.fixture
def make(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes the three branches in a folder of this name; they are built once a process, then copied."""
    clock = Clock(monkeypatch)
    base = tmp_path_factory.getbasetemp()
    if base not in _templates:
        _templates[base] = tmp_path_factory.mktemp("branches")
        build(_templates[base], clock)

    def make(name: str) -> World:
        root = tmp_path / name
        shutil.copytree(_templates[base], root)
        clone = Clone(root / "work")
        clone.git("remote", "add", "origin", str(root / "origin.git"))
        clock.shift = 4 * DAY
        return World(clone)

    return make


def build(folder: Path, clock: Clock) -> None:
    """Fifty tasks on main, then a branch for each, of seven commits."""
    clone = Clone.init(folder / "work")
    clone.git("init", "-q", "--bare", str(folder / "origin.git"))
    tasks = clone.tk(lambda w: begin(w, TASKS))
    clone.commit("base")
    clone.git("branch bob")
    clone.git("branch zara")
    for who, day in BRANCHES:
        clone.git("checkout", "-q", who)
        clock.shift = day * DAY
        for kind in KINDS:
            clone.tk(lambda w, kind=kind, who=who: change(w, kind, who, tasks), name=who)  # type: ignore[misc]
            clone.commit(f"{who}: {kind}")


@pytest.fixture
def driver(tmp_path_factory: pytest.TempPathFactory) -> None:
    """tk's merge driver is registered; without this, there is no trace of tk in git's configuration."""
    Runner(("git",), tmp_path_factory.getbasetemp())(
        "config", "--global", "merge.tk.driver", f"{sys.executable} -m bd_py {DRIVER}"
    )


@pytest.fixture(params=["plain git", pytest.param("driver", marks=pytest.mark.slow)])
def either(request: pytest.FixtureRequest) -> None:
    """Without the driver and with it."""
    if request.param == "driver":
        request.getfixturevalue("driver")


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_driver_needed(name: str, make: Make, tmp_path: Path) -> None:
    world = make("one")
    world.run(SCENARIOS[name])
    world.check(tmp_path / "fold")


@pytest.mark.slow
@pytest.mark.usefixtures("driver")
@pytest.mark.parametrize("name", SCENARIOS)
def test_no_harm_by_the_driver(name: str, make: Make, tmp_path: Path) -> None:
    world = make("one")
    world.run(SCENARIOS[name])
    world.check(tmp_path / "fold")


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_combined_over_drafts(name: str, make: Make, tmp_path: Path) -> None:
    """Events that are not committed yet lie about, as untracked files, while git works."""
    world = make("one")
    world.run("draft; " + SCENARIOS[name])
    world.check(tmp_path / "fold")


@pytest.mark.usefixtures("either")
def test_both_directions_give_one_answer(make: Make, tk: Runner) -> None:
    answers: list[list[Any]] = []
    for steps in ("merge bob", "checkout bob; merge main", "checkout bob; rebase main"):
        world = make(f"after {len(answers)}")
        world.run(steps)
        answers.append(json.loads(tk("list", "--all", "--limit", "0", "--json", cwd=world.clone.root).stdout))
    assert len(answers[0]) == TASKS * 3
    assert all(answer == answers[0] for answer in answers)


class Host:
    """A bare repository with the same commits: no working tree, no index, no attributes, no driver, no tk."""

    def __init__(self, clone: Clone) -> None:
        self.clone = clone
        self.bare = Clone(clone.root.parent / "host.git")
        clone.git("init", "-q", "--bare", str(self.bare.root))
        (self.bare.root / "objects/info/alternates").write_text(f"{clone.root}/.git/objects\n")

    def step(self, step: str) -> str | None:
        """The tree that a step comes to when a host takes it; None for what hosts don't do."""
        verb, _, rest = step.partition(" ")
        words = [word for word in rest.split() if word not in ("--squash", "--no-ff")]
        if verb == "merge" and words[1:] in ([], ["--allow-unrelated-histories"]):
            return self.merge(*words[1:], self.rev("HEAD"), self.rev(words[0]))
        if verb == "cherry-pick":
            return self.replay(self.commits(words[0] if ".." in words[0] else f"{words[0]}^..{words[0]}"), "HEAD")
        if verb == "rebase" and "-" not in rest:
            return self.replay(self.commits(f"{rest}..HEAD"), rest)
        if verb == "revert":
            commit = self.rev(words[-1])
            return self.on_base(self.rev("HEAD"), commit, f"{commit}^1")
        return None

    def commits(self, range_: str) -> list[str]:
        return self.clone.git("rev-list", "--reverse", "--no-merges", range_).split()

    def rev(self, name: str) -> str:
        return self.clone.git("rev-parse", name).strip()

    def replay(self, commits: list[str], onto: str) -> str:
        """One commit after the other, as for a rebase."""
        tree = self.rev(onto)
        for commit in commits:
            tree = self.on_base(tree, f"{commit}^", commit)
        return tree

    def on_base(self, ours: str, base: str, theirs: str) -> str:
        """What leads from a commit to another, on top of a tree: a merge whose base is that commit."""
        trees = [self.bare.git("rev-parse", f"{rev}^{{tree}}").strip() for rev in (base, ours, theirs)]
        root = self.commit(trees[0])
        return self.merge(self.commit(trees[1], "-p", root), self.commit(trees[2], "-p", root))

    def commit(self, tree: str, *parents: str) -> str:
        return self.bare.git("commit-tree", "-m", "on a host", *parents, tree).strip()

    def merge(self, *args: str) -> str:
        """git exits with 1 where it has a conflict to tell."""
        return self.bare.git("merge-tree", "--write-tree", *args).strip()


ON_HOSTS = [name for name, steps in SCENARIOS.items() if any(v in steps for v in ("merge", "pick", "revert", "rebase"))]


@pytest.mark.parametrize("name", ON_HOSTS)
def test_as_a_host_combines(name: str, make: Make) -> None:
    """``git merge-tree --write-tree`` stops nowhere, and comes to the very tree that git made of it here."""
    world = make("one")
    host = Host(world.clone)
    for step in SCENARIOS[name].split("; "):
        tree = host.step(step)
        world.run(step)
        if tree is not None:
            assert tree == world.clone.git("write-tree").strip()


def test_as_a_host_merges_both_ways(make: Make, tmp_path: Path) -> None:
    """The merge of two branches as a host makes it, fetched: nothing is lost, whichever was merged into which."""
    world = make("one")
    host = Host(world.clone)
    expected = world.clone.history("bob", "main")
    trees = [host.merge(host.rev(one), host.rev(two)) for one, two in (("main", "bob"), ("bob", "main"))]
    assert trees[0] == trees[1]
    commit = host.commit(trees[0], "-p", host.rev("main"), "-p", host.rev("bob"))
    world.clone.git("fetch", "-q", str(host.bare.root), commit)
    world.run(f"reset --hard {commit}")
    assert world.clone.log() == expected
    assert world.clone.cached() == fold(expected.values(), tmp_path / "fold")


@pytest.mark.parametrize("setting", ["index.version=2", "index.version=4", "core.splitIndex=true"])
def test_a_staged_segment_grows_no_more(setting: str, tmp_path: Path) -> None:
    """What is staged is what the commit will hold: were it to grow, a later commit would change the file."""
    clone = Clone.init(tmp_path / "work")
    clone.git("config", *setting.split("="))
    segments = clone.root / ".tasks/log"

    def files() -> int:
        clone.tk(lambda w: begin(w, 1))
        return len(list(segments.rglob("*.jsonl")))

    assert files() == 1
    (clone.root / "code").write_text("code\n")
    clone.git("add code")
    assert files() == 1
    clone.git("add .")
    assert files() == 2
    assert files() == 2
    clone.git("add .")  # beside the first, begun within the same second: the compressed form leaves out what they share
    assert files() == 3
    assert files() == 3
    clone.git("commit -q -m code")
    assert clone.git("status --porcelain").startswith("?? ")
    assert files() == 4
