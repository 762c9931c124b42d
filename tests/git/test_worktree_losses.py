"""What git does to a working tree: the cache follows, other programs' rows stay, and nothing acknowledged is lost."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bd_py.service import tasks
from tests.conftest import Runner
from tests.git.scenarios import Clone, change, fold

CATEGORY = 7
"""The column of ``issues``."""
TABLE = """
CREATE TABLE effort (
    issue_id TEXT NOT NULL REFERENCES issues(id) ON DELETE CASCADE,
    hours INTEGER NOT NULL
)
"""


class Store:
    """A clone with two branches, events that are not committed, and another program's table on all of it."""

    def __init__(self, root: Path) -> None:
        self.clone = clone = Clone.init(root)
        self.ids = clone.tk(lambda w: [tasks.create(w, f"on main {k}") for k in range(3)])
        clone.commit("main")
        clone.git("checkout -q -b side")
        self.ids += clone.tk(lambda w: [tasks.create(w, f"on side {k}") for k in range(3)])
        clone.tk(lambda w: change(w, "edit", "bob", self.ids))
        clone.commit("side")
        clone.git("checkout -q main")
        self.ids += [clone.tk(lambda w: tasks.create(w, "not committed"))]
        clone.tk(lambda w: change(w, "comment", "ada", self.ids[-1:]))
        self.own = {event_id for event_id, line in clone.log().items() if self.ids[-1] in line}
        clone.git("checkout -q side")
        self.rows = [(task, hours) for hours, task in enumerate(self.ids)]
        with closing(sqlite3.connect(clone.where.cache)) as conn, conn:
            clone.look()
            conn.execute(TABLE)
            conn.executemany("INSERT INTO effort VALUES (?, ?)", self.rows)
        clone.git("checkout -q main")

    def check(self, folder: Path) -> None:
        """The cache is the fold of the files, and the other program's rows are all there, none without its task."""
        cached = self.clone.cached()
        cached["issues"] = [row for row in cached["issues"] if row[CATEGORY] != "gone"]  # kept for their rows alone
        assert cached == fold(self.clone.log().values(), folder)
        with closing(sqlite3.connect(self.clone.where.cache)) as conn:
            assert conn.execute("SELECT * FROM effort ORDER BY hours").fetchall() == self.rows
            assert conn.execute("PRAGMA foreign_key_check").fetchall() == []

    def here(self) -> set[str]:
        """Which of its own uncommitted events are in the log."""
        return self.own & self.clone.log().keys()


@pytest.fixture
def store(repo: Path) -> Store:
    shutil.rmtree(repo)
    return Store(repo)


# Each step is a command of git's; after each, tk looks. Nothing of this may lose an event.
HARMLESS = {
    "reset --hard": "reset --hard",
    "reset --hard to another commit and back": "reset --hard side; reset --hard HEAD~1; reset --hard ORIG_HEAD",
    "checkout -- .": "checkout -- .",
    "checkout -- . after staging": "add .tasks; checkout -- .",
    "reset after staging": "add .tasks; reset -q",
    "clean without -x, ignored files": "add .tasks; clean -fdq",
    "clean -X": "clean -fdqX -e !cache.db*",
    "stash of what git knows": "stash",
    "stash and pop": "add .tasks; stash; stash pop",
    "stash -u and pop": "stash -u; stash pop",
    "stash -u, switch, pop there": "stash -u; checkout side; stash pop",
    "stash -u and apply on a branch": "stash -u; stash branch other",
    "branches, back and forth": "checkout side; checkout main; checkout side; checkout -; checkout side; checkout main",
    "a branch without any store": "checkout --orphan bare; checkout main",
    "detached at the first commit": "checkout --detach main~1; checkout main",
    "merge, undone": "merge -q -m merge side; reset --hard HEAD~1",
    "merge, reverted": "merge -q --no-ff -m merge side; revert -m 1 --no-edit HEAD",
    "rebase, undone": "checkout side; rebase main; reset --hard HEAD@{3}; checkout main",
    "commit, taken back": "add .tasks; commit -q -m work; reset -q HEAD~1",
    "commit, taken back, softly": "add .tasks; commit -q -m work; reset -q --soft HEAD~1",
    "switch while staged": "add .tasks; checkout side; checkout main",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless(name: str, store: Store, tk: Runner, tmp_path: Path) -> None:
    for k, step in enumerate(HARMLESS[name].split("; ")):
        store.clone.git(step)
        store.check(tmp_path / f"fold {k}")
    assert store.here() == store.own
    done = tk("list")
    assert done.stderr == ""
    assert tk("recover").stdout == "Nothing is missing.\n"


# These take the uncommitted events away, and no commit, stash or reflog has them.
LOSSES = {
    "clean -fd": "clean -fdq",
    "clean of the folder": "clean -fdq .tasks/log",
    "reset --hard of what was staged": "add .tasks; reset --hard",
    "checkout -f over what was staged": "add .tasks; checkout -q -f side",
    "rm -f of what was staged": "add .tasks; rm -rqf .tasks/log; reset -q; checkout -- .",
    "stash dropped": "stash -u -q; stash drop -q",
    "reset to another commit while staged": "add .tasks; reset -q --hard side",
}


@pytest.mark.parametrize("name", LOSSES)
def test_lost_and_recovered(name: str, store: Store, tk: Runner, tmp_path: Path) -> None:
    for step in LOSSES[name].split("; "):
        store.clone.git(step)
    assert store.here() == set()
    told = tk("list").stderr
    assert told == "warning: 2 events that were never committed vanished from the log: 'tk recover' brings them back\n"
    store.check(tmp_path / "without")
    listed = json.loads(tk("recover", "--list", "--json").stdout)
    assert store.own <= {entry["id"] for entry in listed}
    assert "Brought back 2 events" in tk("recover").stdout
    assert store.here() == store.own
    assert tk("list").stderr == ""
    store.check(tmp_path / "with")
    store.clone.commit("kept now")
    store.clone.git("checkout -q side")
    store.clone.git("checkout -q main")
    assert tk("list").stderr == ""
    assert tk("recover").stdout == "Nothing is missing.\n"


@pytest.mark.parametrize("command", ["git clean -fdxq", "rm -rf .tasks"])
def test_the_cache_went_too(command: str, store: Store, tk: Runner, tmp_path: Path) -> None:
    """From the second names alone; rows of other programs end with the cache that held them."""
    before = store.clone.log()
    Runner(tuple(command.split()), store.clone.root)()
    if command == "rm -rf .tasks":
        for line in ("list", "create more", "sync"):
            told = tk(*line.split(), check=False)
            assert (told.returncode, told.stderr.splitlines()[1]) == (
                3,
                "There was one, with events that may be in no commit: 'tk recover' brings them back.",
            )
        told = tk("recover", check=False)
        assert "Run 'git checkout HEAD -- .tasks', then 'tk recover'" in told.stderr
        assert not (store.clone.root / ".tasks").exists()
        store.clone.git("checkout -q HEAD -- .tasks")
    assert store.here() == set()
    assert "2 events that were never committed vanished" in tk("ready").stderr
    tk("recover")
    assert store.clone.log() == before
    assert store.clone.cached() == fold(before.values(), tmp_path / "fold")


def test_told_by_whatever_command_comes_first(store: Store, tk: Runner) -> None:
    store.clone.git("clean -fdq")
    assert "vanished" in tk("create", "another").stderr


def test_another_worktrees_events_are_its_own(store: Store, tk: Runner, tmp_path: Path) -> None:
    store.clone.git("worktree", "add", "-q", str(tmp_path / "second"), "side")
    second = Clone(tmp_path / "second", "bob")
    second.tk(lambda w: tasks.create(w, "bob's"))
    lost = second.log().keys() - store.clone.history("side").keys()
    second.git("clean -fdq")
    assert tk("list").stderr == ""
    assert "1 event that was never committed vanished" in tk("list", cwd=second.root).stderr
    assert tk("recover").stdout == "Nothing is missing.\n"
    tk("recover", cwd=second.root)
    assert lost <= second.log().keys()


def test_a_store_that_was_never_committed(repo: Path, tk: Runner) -> None:
    """Nothing but the second names is left of it."""
    tk("init")
    task = tk("create", "one").stdout.strip()
    shutil.rmtree(repo / ".tasks")
    assert "'tk recover' brings them back" in tk("list", check=False).stderr
    assert "Brought back 1 event" in tk("recover").stdout
    assert [issue["id"] for issue in json.loads(tk("list", "--json").stdout)] == [task]
