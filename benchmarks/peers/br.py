"""beads_rust: SQLite and JSONL, no daemon."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from benchmarks.peers import bd
from benchmarks.peers.seam import Commands, Counts, OtherProgram, Peer, Place, identity
from benchmarks.peers.tasks import Task, write_records


class Br(Peer):
    """br, whose commands are those of bd."""

    name = "br"
    program = "br"
    loaded_by = "`br sync --import-only`"
    claimed = "in_progress"
    verbs: ClassVar[Commands] = bd.VERBS

    def environment(self, home: Path) -> dict[str, str]:
        """Who acts."""
        return {"BD_ACTOR": "bench", "BR_ACTOR": "bench"}

    def version(self, place: Place) -> str:
        """Its number, where it is beads_rust."""
        found = re.match(r"(?:br|beads_rust)(?: version)? (\d\S*)", place.run("--version"))
        if found is None:
            raise OtherProgram(f"{place.program} is not beads_rust")
        return found[1]

    def load(self, place: Place, tasks: Sequence[Task]) -> Mapping[str, str]:
        """One import of the file that it keeps beside its database."""
        place.init_git()
        place.run("init", "--prefix", "tk")
        write_records(place.directory / ".beads/issues.jsonl", list(tasks))
        place.run("sync", "--import-only", timeout=place.load_seconds)
        place.commit()
        return identity(tasks)

    def counts(self, place: Place) -> Counts:
        """By status."""
        return bd.by_status(place)
