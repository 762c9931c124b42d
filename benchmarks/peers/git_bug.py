"""git-bug: bugs as git objects."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from benchmarks.peers.seam import Commands, Counts, OtherProgram, Peer, Place
from benchmarks.peers.tasks import Task


class GitBug(Peer):
    """It has bugs that are open or closed, with labels; no dependencies, no assignee, no import of files."""

    name = "git-bug"
    program = "git-bug"
    loaded_by = "`git-bug add` and `status close`, one by one"
    verbs: ClassVar[Commands] = {
        "create": ("add", "--non-interactive", "-t", "{title}", "-m", ""),
        "list open": ("ls", "status:open"),
        "show": ("show", "{task}"),
        "search": ("ls", "{word}"),
        "close": ("status", "close", "{task}"),
    }

    def version(self, place: Place) -> str:
        """Its number, where it is git-bug."""
        found = re.search(r"git-bug version:?\s*(\S+)", place.run("version"))
        if found is None:
            raise OtherProgram(f"{place.program} is not git-bug")
        return found[1]

    def load(self, place: Place, tasks: Sequence[Task]) -> Mapping[str, str]:
        """One or two commands a task, in a repository with an identity."""
        place.init_git()
        place.commit()
        place.run("user", "create", "--non-interactive", "-n", "bench", "-e", "bench@example.invalid")
        ids = {}
        for task in place.within(tasks):
            printed = place.run("add", "--non-interactive", "-t", task.title, "-m", task.description)
            ids[task.id] = printed.split()[0]
            if task.closed:
                place.run("status", "close", ids[task.id])
        return ids

    def counts(self, place: Place) -> Counts:
        """What it lists."""
        return Counts(*(len(place.run("ls", status, "-f", "id").split()) for status in ("status:open", "")))
