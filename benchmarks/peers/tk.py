"""tk itself, through the same seam."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import ClassVar

from benchmarks.peers.seam import Commands, Counts, OtherProgram, Peer, Place, identity
from benchmarks.peers.tasks import Task, write_records


class Tk(Peer):
    """This project. It is named by its path, and never looked for on PATH."""

    name = "tk"
    program = "tk"
    loaded_by = "`tk import`"
    claimed = "in_progress"
    verbs: ClassVar[Commands] = {
        "create": ("create", "{title}"),
        "list 50": ("list", "--limit", "50"),
        "list open": ("list", "--limit", "0"),
        "ready": ("ready", "--limit", "10"),
        "show": ("show", "{task}"),
        "search": ("search", "{word}", "--limit", "50"),
        "claim": ("claim", "{task}"),
        "close": ("close", "{task}"),
        "dep add": ("dep", "add", "{task}", "{other}"),
    }

    def version(self, place: Place) -> str:
        """As ``tk version`` says it."""
        try:
            found: str = json.loads(place.run("version", "--json"))["version"]
        except (ValueError, KeyError, TypeError):
            raise OtherProgram(f"{place.program} is another tk") from None
        return found

    def load(self, place: Place, tasks: Sequence[Task]) -> Mapping[str, str]:
        """One import of all of them."""
        place.init_git()
        place.run("init", "--no-hooks", "-q")
        write_records(place.home / "tasks.jsonl", list(tasks))
        place.run("import", str(place.home / "tasks.jsonl"), "-q", timeout=place.load_seconds)
        place.commit()
        return identity(tasks)

    def counts(self, place: Place) -> Counts:
        """By status, of all that are not deleted."""
        found = json.loads(place.run("count", "--by", "status", "--json"))
        return Counts(found["total"] - found["by"].get("closed", 0), found["total"])
