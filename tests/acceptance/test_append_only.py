"""Append only: a committed segment never changes, and git never has to merge the text of one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bd_py.errors import TkError
from bd_py.paths import Paths
from bd_py.service import claims, deps, tasks
from bd_py.workspace import Workspace
from bd_py.write import Write
from tests.acceptance.support import assert_one_truth, drop_cache, events_on_disk, segments, workspace
from tests.conftest import Runner


class Life:
    """A repository whose owner works, commits and branches at random, from a seed."""

    def __init__(self, store: Path, git: Runner, seed: int) -> None:
        self.where = Paths(str(store / ".tasks"))
        self.git = git
        self.chance = random.Random(seed)
        self.opened: Workspace = workspace(self.where)
        self.written: set[str] = set()
        self.branches = ["main"]

    def act(self) -> None:
        """One write of a few verbs."""
        chance = self.chance
        self.opened.refresh()
        ids = [row[0] for row in self.opened.conn.execute("SELECT id FROM issues")]
        with self.opened.writing(batch=chance.random() < 0.1) as w:
            for _ in range(chance.randint(1, 3)):
                token = w.begin_item()
                try:
                    self._verb(w, ids)
                    w.end_item()
                except TkError:
                    w.undo_item(token)
        self.written |= set(events_on_disk(self.where))

    def _verb(self, w: Write, ids: list[str]) -> None:
        chance = self.chance
        if not ids or chance.random() < 0.3:
            tasks.create(w, "T", {"priority": chance.randint(0, 4)})
            return
        one, other = chance.choice(ids), chance.choice(ids)
        verbs = (
            lambda: tasks.set_fields(w, one, {"title": chance.choice("ABC")}),
            lambda: tasks.comment(w, one, "x" * chance.choice([5, 70_000])),
            lambda: tasks.set_labels(w, one, add=[chance.choice("ab")], remove=[chance.choice("ab")]),
            lambda: claims.claim(w, one),
            lambda: tasks.close(w, one),
            lambda: deps.add(w, one, other, "blocks"),
            lambda: tasks.delete(w, one),
        )
        chance.choice(verbs)()

    def move(self) -> None:
        """Something that a person does with git, never with a conflict."""
        git, chance = self.git, self.chance
        what = chance.choice(
            ["commit", "commit", "commit", "amend", "branch", "switch", "merge", "pick", "squash", "stash"]
        )
        if what != "stash":
            git("add", "-A")
            git("commit", "-qm", what, "--allow-empty", *(["--amend"] if what == "amend" else []))
        if what == "branch":
            self.branches.append(f"b{len(self.branches)}")
            git("switch", "-q", "-c", self.branches[-1])
        elif what == "switch":
            git("switch", "-q", chance.choice(self.branches))
        elif what == "merge":
            git("merge", "-q", "--no-edit", "-s", "ort", chance.choice(self.branches))
        elif what == "squash":
            git("merge", "-q", "--squash", chance.choice(self.branches))
            git("commit", "-qm", what, "--allow-empty")
        elif what == "pick":
            git("cherry-pick", "--allow-empty", "--keep-redundant-commits", chance.choice(self.branches), check=False)
            git("cherry-pick", "--abort", check=False)
        elif what == "stash":
            git("stash", "push", "-q", "-u", check=False)
            self.act()
            git("stash", "pop", "-q", check=False)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_append_only(store: Path, git: Runner, seed: int) -> None:
    git("add", "-A")
    git("commit", "-qm", "Track tasks")
    life = Life(store, git, seed)
    committed: dict[str, bytes] = {}
    for k in range(50):
        for _ in range(life.chance.randint(1, 3)):
            life.act()
        if k % 7 == 3:
            life.opened.close()
            drop_cache(life.where)
        life.move()
        assert git("diff", "--name-only", "--diff-filter=U").stdout == ""
        for name in git("ls-tree", "-r", "-z", "--name-only", "HEAD", ".tasks/log").stdout.split("\0")[:-1]:
            path = store / name
            if path.exists():
                assert committed.setdefault(name, path.read_bytes()) == path.read_bytes(), name
        assert_one_truth(life.opened)
    for branch in life.branches:
        git("switch", "-q", branch)
        git("add", "-A")
        git("commit", "-qm", "The end", "--allow-empty")
    git("switch", "-q", "main")
    for branch in life.branches[1:]:
        git("merge", "-q", "--no-edit", branch)
    history = git(
        "log", "--all", "--full-history", "-m", "--no-renames", "--diff-filter=MDT", "--format=%H", "--", ".tasks/log"
    )
    assert history.stdout == ""
    assert_one_truth(life.opened)
    assert life.written <= set(events_on_disk(life.where)) | _in_any_commit(git)
    assert segments(life.where)
    life.opened.close()


def _in_any_commit(git: Runner) -> set[str]:
    """The ids in every version that git has, stashes included."""
    found = set()
    objects = git("rev-list", "--all", "--reflog", "--objects", "--", ".tasks/log").stdout.splitlines()
    for row in objects:
        oid, _, name = row.partition(" ")
        if name.endswith(".jsonl"):
            found |= {text[7:33] for text in git("cat-file", "blob", oid).stdout.splitlines()}
    return found
