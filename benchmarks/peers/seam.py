"""The seam between the measurement and each tracker: where it works, how it is loaded, its command for each verb."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from benchmarks.peers.tasks import Task
from benchmarks.store import hermetic_environment

ACTOR = "bench"
TIMEOUT = 120.0
"""Seconds a command may take, outside of a load."""

Argv = list[str]
Commands = Mapping[str, tuple[str, ...]]
Notes = Mapping[str, str]


class PeerError(Exception):
    """A command of the tracker failed; the message is the last line that it wrote."""


class OtherProgram(Exception):
    """What is on PATH under the tracker's name is something else; the message says what."""


class TooSlow(Exception):
    """The tracker did not take the tasks in the time that there is for it."""


@dataclass(frozen=True)
class Counts:
    """What the tracker itself counts: tasks that are not closed, and all of them."""

    open: int
    total: int


@dataclass
class Place:
    """A folder of its own for one tracker, with a home beside it, and the program that works there."""

    program: Path
    home: Path
    directory: Path
    more: Mapping[str, str] = field(default_factory=dict)
    load_seconds: float = 600.0

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.env = {**sealed_environment(self.home), **self.more}

    def run(self, *arguments: str, timeout: float = TIMEOUT) -> str:
        """What the tracker prints. Raises PeerError where it fails or takes longer than ``timeout`` seconds."""
        return self.call([str(self.program), *arguments], timeout)

    def git(self, *arguments: str) -> str:
        """What git prints in the tracker's folder."""
        return self.call(["git", *arguments])

    def call(self, argv: Argv, timeout: float = TIMEOUT) -> str:
        """What any program prints there. Raises as ``run`` does."""
        try:
            done = subprocess.run(
                argv,
                cwd=self.directory,
                env=self.env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise PeerError(f"no answer in {timeout:g} s") from None
        except OSError as error:
            raise PeerError(f"{argv[0]}: {error.strerror}") from None
        if done.returncode:
            raise PeerError(last_line(done.stderr or done.stdout) or f"exit {done.returncode}")
        return done.stdout.decode("utf-8", "replace")

    def within(self, tasks: Sequence[Task]) -> Iterator[Task]:
        """The tasks one by one, for a load of a command each. Raises TooSlow once the time for a load is over."""
        begin = time.monotonic()
        for number, task in enumerate(tasks):
            if time.monotonic() - begin > self.load_seconds:
                raise TooSlow(f"{number:,} of {len(tasks):,} tasks were in after {self.load_seconds:g} s")
            yield task

    def init_git(self) -> None:
        """A repository of git with an identity, as the trackers that live in one expect."""
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", ACTOR)
        self.git("config", "user.email", f"{ACTOR}@example.invalid")
        self.git("config", "gc.auto", "0")

    def commit(self) -> None:
        """Commit what the tracker left in the work tree."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "--no-verify", "-m", "Loaded")


class Peer:
    """One tracker. The folder of a place is empty when ``load`` is called."""

    name: ClassVar[str]
    """As the tables call it."""
    program: ClassVar[str]
    """What it is called on PATH."""
    loaded_by: ClassVar[str]
    """How the tasks get in."""
    mode: ClassVar[str] = ""
    """How it is run, where there is a choice."""
    verbs: ClassVar[Commands] = {}
    """Its command for each verb of `verbs.VERBS` that it has, with ``{title}``, ``{word}``, ``{task}``, ``{other}``."""
    nearest: ClassVar[Notes] = {}
    """What stands in for a verb that it has not, or has not whole."""
    claimed: ClassVar[str] = ""
    """What it shows of a claimed task, in small letters."""

    def environment(self, home: Path) -> dict[str, str]:
        """What it wants beside the sealed environment."""
        return {}

    def version(self, place: Place) -> str:
        """Which version that is. Raises OtherProgram where it is not this tracker, PeerError where it fails."""
        raise NotImplementedError

    def load(self, place: Place, tasks: Sequence[Task]) -> Mapping[str, str]:
        """Put the tasks in; its own id of each. Raises TooSlow and PeerError."""
        raise NotImplementedError

    def counts(self, place: Place) -> Counts:
        """What it counts itself. Raises PeerError."""
        raise NotImplementedError

    def stop(self, place: Place) -> None:
        """End what it left running."""


def identity(tasks: Sequence[Task]) -> dict[str, str]:
    """The ids of a tracker that keeps those it is given."""
    return {task.id: task.id for task in tasks}


def last_line(text: bytes) -> str:
    """The last line that says something: where a message usually stands."""
    lines = [line.strip() for line in text.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1] if lines else ""


def sealed_environment(home: Path) -> dict[str, str]:
    """The environment of a machine on which no tracker was ever used, and no proxy leads out of it."""
    prefixes = ("BD_", "BEADS_", "BACKLOG_", "FOSSIL", "TASK", "TICKETS_", "SSH_")
    env = {
        key: value
        for key, value in hermetic_environment(home).items()
        if not key.startswith(prefixes) and not key.lower().endswith("_proxy")
    }
    return env | {"USER": ACTOR, "LOGNAME": ACTOR, "TK_ACTOR": ACTOR, "NO_COLOR": "1", "EDITOR": "true"}
