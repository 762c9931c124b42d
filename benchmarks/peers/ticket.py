"""ticket: a shell script over Markdown files. It is installed as ``tk`` as well; here it goes by ``ticket`` alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import ClassVar

from benchmarks.peers.seam import Commands, Counts, OtherProgram, Peer, Place, identity
from benchmarks.peers.tasks import Task, write_records


class Ticket(Peer):
    """The script, in a folder with ``.tickets``. Its import of bd's file needs jq."""

    name = "ticket"
    program = "ticket"
    loaded_by = "`ticket migrate-beads`"
    claimed = "in_progress"
    verbs: ClassVar[Commands] = {
        "create": ("create", "{title}"),
        "list open": ("ls", "--status=open"),
        "ready": ("ready",),
        "show": ("show", "{task}"),
        "claim": ("start", "{task}"),
        "close": ("close", "{task}"),
        "dep add": ("dep", "{task}", "{other}"),
    }

    def version(self, place: Place) -> str:
        """It tells no number: what its help says of itself is all that there is."""
        if "minimal ticket system" not in place.run("help"):
            raise OtherProgram(f"{place.program} is not the ticket that keeps .tickets")
        return "without a number"

    def load(self, place: Place, tasks: Sequence[Task]) -> Mapping[str, str]:
        """One import."""
        place.init_git()
        (place.directory / ".beads").mkdir()
        write_records(place.directory / ".beads/issues.jsonl", list(tasks))
        place.run("migrate-beads", timeout=place.load_seconds)
        place.commit()
        return identity(tasks)

    def counts(self, place: Place) -> Counts:
        """The statuses of its query, a JSON object a line."""
        statuses = [json.loads(line)["status"] for line in place.run("query").splitlines()]
        return Counts(sum(status != "closed" for status in statuses), len(statuses))
