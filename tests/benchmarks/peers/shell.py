"""Programs of a line of shell, to stand for trackers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from benchmarks.peers.seam import Commands, Counts, Peer, PeerError, Place, TooSlow
from benchmarks.peers.tasks import Task


def program(path: Path, script: str) -> Path:
    """Make an executable of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


LINES = """\
case $1 in
create) echo "open new $2" >>titles ;;
list) grep '^open' titles ;;
show) grep " $2 " titles ;;
claim) echo 'it is full' >&2; exit 1 ;;
close) sed "s/^open $2 /closed $2 /" titles >new && mv new titles ;;
esac
"""


class Lines(Peer):
    """A tracker of a line a task. It creates, lists, shows and closes; a claim fails; the rest it has not."""

    name: ClassVar[str] = "Lines"
    program: ClassVar[str] = "lines"
    loaded_by: ClassVar[str] = "writing its file"
    verbs: ClassVar[Commands] = {
        "create": ("create", "{title}"),
        "list open": ("list",),
        "show": ("show", "{task}"),
        "claim": ("claim", "{task}"),
        "close": ("close", "{task}"),
    }
    stopped: int = 0

    def version(self, place: Place) -> str:
        return "1"

    def load(self, place: Place, tasks: Sequence[Task]) -> Mapping[str, str]:
        lines = [f"{'closed' if task.closed else 'open'} {task.id} {task.title}\n" for task in place.within(tasks)]
        (place.directory / "titles").write_text("".join(lines))
        return {task.id: task.id for task in tasks}

    def counts(self, place: Place) -> Counts:
        statuses = [line.split()[0] for line in (place.directory / "titles").read_text().splitlines()]
        return Counts(statuses.count("open"), len(statuses))

    def stop(self, place: Place) -> None:
        self.stopped += 1


class Other(Lines):
    """The same once more."""

    name = "Other"


class Forgetful(Lines):
    """It answers at once, and keeps nothing of what it is told."""

    name = "Forgetful"
    verbs: ClassVar[Commands] = {
        "create": ("forget",),
        "list open": ("forget",),
        "show": ("forget",),
        "close": ("forget",),
    }


class Lossy(Lines):
    """It loses a task when it is loaded."""

    name = "Lossy"

    def load(self, place: Place, tasks: Sequence[Task]) -> Mapping[str, str]:
        super().load(place, tasks[1:])
        return {task.id: task.id for task in tasks}


class Slow(Lines):
    """It does not take so many tasks."""

    name = "Slow"

    def load(self, place: Place, tasks: Sequence[Task]) -> Mapping[str, str]:
        raise TooSlow("7 of 9 tasks were in after 600 s")


class Broken(Lines):
    """It takes none."""

    name = "Broken"

    def load(self, place: Place, tasks: Sequence[Task]) -> Mapping[str, str]:
        raise PeerError("disk | full")
