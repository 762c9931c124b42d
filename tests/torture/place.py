"""A place that a scene plays in: a repository at one path, put back as it was before every take."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from bd_py.paths import Paths
from tests.acceptance.crowd import Crowd, Done
from tests.acceptance.support import assert_one_truth, events_on_disk, workspace


class Place:
    """A folder with a repository in ``repo``, and room for what belongs to it beside."""

    def __init__(self, folder: Path, crowd: Crowd) -> None:
        self.folder = folder / "place"
        self.kept = folder / "kept"
        self.crowd = crowd
        self.root = self.folder / "repo"
        self.root.mkdir(parents=True)

    @property
    def where(self) -> Paths:
        """The store; looked up anew, since a conversion changes where its log is."""
        return Paths(str(self.root / ".tasks"))

    def run(self, *args: str, **more: Any) -> Done:
        """Run tk in the repository."""
        return self.crowd.one(*args, **{"cwd": str(self.root), **more})

    def tk(self, *args: str, **more: Any) -> str:
        """Run tk, which must succeed; what it prints."""
        done = self.run(*args, **more)
        assert done.code == 0, (args, done)
        return done.out.strip()

    def git(self, *args: str, cwd: Path | None = None) -> str:
        """Run git, which must succeed; what it prints."""
        done = subprocess.run(["git", *args], cwd=cwd or self.root, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, (args, done)
        return done.stdout.strip()

    def commit(self) -> None:
        """Commit the store."""
        self.git("add", ".tasks")
        self.git("commit", "-q", "--allow-empty", "-m", "work")

    def keep(self) -> None:
        """Remember the place as it is."""
        _copy(self.folder, self.kept)

    def put_back(self) -> None:
        """Make the place what it was when it was kept, hard links and times included."""
        subprocess.run(["rm", "-rf", self.folder], check=True)
        _copy(self.kept, self.folder)

    def events(self) -> dict[str, dict[str, Any]]:
        """Every event on disk by id, read without tk."""
        return events_on_disk(self.where)

    def sound(self) -> None:
        """fold == cache, and every line is an event."""
        opened = workspace(self.where)
        try:
            assert_one_truth(opened)
            assert opened.bad_lines == 0
        finally:
            opened.close()

    def healthy(self) -> None:
        """``tk doctor`` is content, at the latest after the repair that it names itself."""
        done = self.run("doctor", "--json")
        if done.code:
            checks = [check for check in json.loads(done.out)["checks"] if not check["ok"]]
            hints = str([finding["hint"] for check in checks for finding in check["findings"]])
            for repair in (["doctor", "--fix"], ["recover"]):
                if f"'tk {' '.join(repair)}'" in hints:
                    self.tk(*repair)
            done = self.run("doctor", "--json")
        assert done.code == 0, done

    def strays(self) -> list[str]:
        """Files of tk that no finished command leaves: below ``.tasks``, in tk's folder of the git directory, and in
        the making beside what commands write.
        """
        found = []
        for folder in (self.root / ".tasks", self.root / ".git/tk"):
            found += [path for path in folder.rglob("*") if not path.is_dir() and not _is_ours(folder, path)]
        for folder in (self.folder, self.root):  # what is in the making beside a file or folder that a command writes
            found += [path for path in folder.iterdir() if path.name.startswith(".") and ".tmp" in path.name]
        return sorted(str(path.relative_to(self.folder)) for path in found)


_IN_STORE = frozenset("config.toml .gitattributes .gitignore lock cache.db cache.db-wal cache.db-shm".split())
_IN_GIT = frozenset("leases.db leases.db-wal leases.db-shm leases.db-journal leases.lock".split())
_REPLACED = re.compile(r"replaced(-\d+)?")
"""What a restore replaced; where one was killed and made again, twice."""


def _is_ours(folder: Path, path: Path) -> bool:
    name = str(path.relative_to(folder))
    top = name.partition("/")[0]
    if folder.name == "tk":
        return name in _IN_GIT or _REPLACED.fullmatch(top) is not None or (top == "open" and _is_segment(path))
    if top == "queue":
        return name == "queue/.gitattributes" or path.name.endswith((".events.jsonl", ".md"))
    return name in _IN_STORE or name.startswith("cache.db.damaged") or (top == "log" and _is_segment(path))


def _is_segment(path: Path) -> bool:
    return path.suffix == ".jsonl" and not path.name.startswith(".")


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", source, target], check=True)
