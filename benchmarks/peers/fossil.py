"""Fossil's tickets, in a repository of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from benchmarks.peers.seam import Commands, Counts, Notes, OtherProgram, Peer, Place
from benchmarks.peers.tasks import WORD, Task

_REPORT = ("ticket", "show", "1")
"""The one report that a new repository has: all tickets."""


class Fossil(Peer):
    """Tickets by the command line. They have no dependencies and nobody to whom they belong."""

    name = "Fossil"
    program = "fossil"
    loaded_by = "`fossil ticket add`, one by one"
    nearest: ClassVar[Notes] = {
        "list open": "a report with a filter",
        "show": "the export of all columns, filtered by id",
        "search": f"the export of all columns, filtered by `LIKE '%{WORD}%'`",
    }
    verbs: ClassVar[Commands] = {
        "create": ("ticket", "add", "title", "{title}", "status", "Open", "type", "Feature_Request"),
        "list open": (*_REPORT, "status='Open'"),
        "show": ("ticket", "show", "0", "tkt_uuid='{task}'"),
        "search": ("ticket", "show", "0", "title LIKE '%{word}%' OR comment LIKE '%{word}%'"),
        "close": ("ticket", "set", "{task}", "status", "Closed", "resolution", "Fixed"),
    }

    def environment(self, home: Path) -> dict[str, str]:
        """Its settings in the home of the measurement."""
        return {"FOSSIL_HOME": str(home), "FOSSIL_USER": "bench"}

    def version(self, place: Place) -> str:
        """Its number, where it is Fossil."""
        found = re.match(r"This is fossil version (\S+)", place.run("version"))
        if found is None:
            raise OtherProgram(f"{place.program} is not Fossil")
        return found[1]

    def load(self, place: Place, tasks: Sequence[Task]) -> Mapping[str, str]:
        """One command a task: its import knows no tickets."""
        repository = str(place.home / "tasks.fossil")
        place.run("new", repository)
        place.run("open", repository)
        ids = {}
        for task in place.within(tasks):
            status = "Closed" if task.closed else "Open"
            values = ("title", task.title, "status", status, "type", task.kind, "comment", task.description)
            printed = place.run("ticket", "add", *values, "priority", str(task.priority))
            ids[task.id] = printed.split()[-1]
        return ids

    def counts(self, place: Place) -> Counts:
        """Lines of the report, but for that of the names. Titles and texts are quoted, so that each is one."""
        lines = [self._lines(place, "status != 'Closed'"), self._lines(place, "1")]
        return Counts(*lines)

    def _lines(self, place: Place, where: str) -> int:
        return len(place.run(*_REPORT, where, "--quote").splitlines()) - 1
