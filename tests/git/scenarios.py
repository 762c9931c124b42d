"""Clones to combine: git in real processes, tk in this one; what a history holds, and what it must fold to."""

from __future__ import annotations

import random
import shlex
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bd_py import config, git, ids, log, paths, query, query_detail, times
from bd_py.cache.build import in_memory
from bd_py.service import claims, deps, setup, tasks
from bd_py.workspace import Workspace
from bd_py.write import Write
from tests.inprocess import Rows, table_rows

T = TypeVar("T")
DAY = 86400.0
_REVERTS = "This reverts commit "


class Clock:
    """The wall clock that tk sees, ``shift`` seconds from the real one; stat data keeps to the real one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shift = 0.0
        self.gmtime, self.localtime, self.strftime = time.gmtime, time.localtime, time.strftime
        monkeypatch.setattr(ids, "time", self)
        monkeypatch.setattr(times, "time", self)

    def time_ns(self) -> int:
        return time.time_ns() + int(self.shift * 1e9)


class Clone:
    """A working tree with a store, and somebody who works in it."""

    def __init__(self, root: Path, name: str = "ada", **actor: str) -> None:
        self.root = root
        self.actor = {"name": name, **actor}
        self.where = paths.Paths(str(root / ".tasks"))

    @classmethod
    def init(cls, root: Path, name: str = "ada") -> Clone:
        """A new repository on branch main, with a store that is committed."""
        root.mkdir(parents=True)
        clone = cls(root, name)
        clone.git("init -q -b main")
        setup.init(str(root))
        clone.commit("init")
        return clone

    def clone(self, root: Path, name: str) -> Clone:
        """A clone of it."""
        self.git("clone", "-q", str(self.root), str(root))
        return Clone(root, name)

    def git(self, *args: str, ok: tuple[int, ...] = (0,)) -> str:
        """What git says. One argument is a command line: ``git("merge -q side")``."""
        words = shlex.split(args[0]) if len(args) == 1 else args
        done = subprocess.run(["git", *words], cwd=self.root, capture_output=True, encoding="utf-8", check=False)
        if done.returncode not in ok:
            pytest.fail(f"git {words} exits {done.returncode}\n{done.stdout}{done.stderr}{self.git('status')}")
        return done.stdout

    def commit(self, message: str, *options: str) -> str:
        """Commit all of ``.tasks``, as one does without hooks; the commit's id."""
        self.git("add .tasks")
        self.git("commit", "-q", "--allow-empty", "-m", message, *options)
        return self.git("rev-parse HEAD").strip()

    def open(self, **actor: str) -> Workspace:
        """The store, opened by whoever works here, or by another."""
        return Workspace(self.where, {**self.actor, **actor})

    def tk(self, change: Callable[[Write], T], **actor: str) -> T:
        """One command that writes."""
        with closing(self.open(**actor)) as workspace, workspace.writing() as w:
            return change(w)

    def look(self) -> None:
        """One command that reads."""
        with closing(self.open()) as workspace:
            assert workspace.conn.in_transaction is False

    def issues(self) -> list[dict[str, Any]]:
        """What ``list --all --json`` gives."""
        with closing(self.open()) as workspace:
            return query.issues(workspace.conn, query.Filter(query.ALL))

    def issue(self, task: str) -> dict[str, Any]:
        """What ``show --json`` gives of a task."""
        with closing(self.open()) as workspace:
            return query_detail.detail(workspace.conn, task)

    def cached(self) -> Rows:
        """What the cache holds once it has caught up."""
        with closing(self.open()) as workspace:
            return table_rows(workspace.conn)

    def log(self) -> dict[str, str]:
        """The events in the working tree: id -> line."""
        found: dict[str, str] = {}
        for path in (self.root / ".tasks/log").rglob("*.jsonl"):
            segment = log.parse(path.read_bytes())
            assert not segment.bad, (path, segment.bad)
            found.update({event_id: line.text for event_id, line in segment.lines.items()})
        return found

    def history(self, *revs: str) -> dict[str, str]:
        """The events that the commits of a history brought and that no later commit of it withdrew: id -> line.

        Read from what each commit added, not from the tree at its end.
        """
        out = self.git(
            *("log", "--topo-order", "--full-history", "--no-renames", "--raw", "--no-abbrev"),
            *("--format=%x01%H %P%x02%B%x02", *(revs or ("HEAD",)), "--", ".tasks/log"),
        )
        withdrawn: set[str] = set()
        oids: list[str] = []
        for entry in out.split("\x01")[1:]:
            about, message, changes = entry.split("\x02")
            if about.split()[0] in withdrawn:
                continue
            if _REVERTS in message:
                withdrawn |= self._of(message.partition(_REVERTS)[2][:40])
                continue
            oids += [line.split()[3] for line in changes.splitlines() if line and line.split()[4] in "AM"]
        found: dict[str, str] = {}
        for data in git.blobs(str(self.root), oids).values():
            found.update({event_id: line.text for event_id, line in log.parse(data).lines.items()})
        return found

    def _of(self, commit: str) -> set[str]:
        """A commit, and where it is a merge, those that it brought."""
        parents = self.git("rev-list", "--parents", "-n", "1", commit).split()[1:]
        return {commit} if len(parents) < 2 else set(self.git("rev-list", commit, f"^{parents[0]}").split())


def fold(lines: Iterable[str], folder: Path) -> Rows:
    """What a set of events must come to, whatever files and order they stand in."""
    rows = list(lines)
    random.Random(len(rows)).shuffle(rows)
    (folder / ".tasks/log").mkdir(parents=True)
    (folder / ".tasks/config.toml").write_text(setup.config_text())
    (folder / ".tasks/log/all.jsonl").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    where = paths.Paths(str(folder / ".tasks"))
    with closing(in_memory(where, config.load(where.config))) as conn:
        return table_rows(conn)


def begin(w: Write, count: int) -> list[str]:
    """Some tasks to work on; their ids."""
    return [
        tasks.create(w, f"task {k}", {"priority": k % 5, "description": "As agreed. " * (k % 6)}) for k in range(count)
    ]


def change(w: Write, kind: str, who: str, on: list[str]) -> None:
    """One kind of change to each of some tasks, that differs by who makes it."""
    for k, task in enumerate(on):
        if kind == "create":
            tasks.create(w, f"{who}'s {k}", {"priority": k % 5}, labels=[who], dependencies=[("related", task)])
        elif kind == "edit":
            tasks.set_fields(w, task, {"title": f"{who} says {k}", "description": f"{who}'s words on {k}. " * (k % 9)})
        elif kind == "comment":
            tasks.comment(w, task, f"{who} was here, at {k}")
        elif kind == "label":
            tasks.set_labels(w, task, add=[who, f"even-{k % 2}"])
        elif kind == "depend":
            deps.add(w, *((task, on[k - 1]) if len(who) % 2 else (on[k - 1], task))) if k else None
        elif kind == "claim":
            claims.claim(w, task, blocked_too=True, ttl=600 if k % 7 == 0 else None)
        elif k % 2 == len(who) % 2:
            tasks.close(w, task, reason=f"{who} is done")


KINDS = ("create", "edit", "comment", "label", "depend", "claim", "close")
