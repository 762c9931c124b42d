"""beads, with and without its daemon. Releases up to 0.4x keep SQLite and JSONL; from 1.0 on it is Dolt."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from benchmarks.peers.seam import Commands, Counts, Notes, OtherProgram, Peer, PeerError, Place, identity
from benchmarks.peers.tasks import Task, write_records

VERBS: Commands = {
    "create": ("create", "{title}"),
    "list 50": ("list", "--status", "open", "--limit", "50"),
    "list open": ("list", "--status", "open", "--limit", "0"),
    "ready": ("ready", "--limit", "10"),
    "show": ("show", "{task}"),
    "search": ("search", "{word}", "--limit", "50"),
    "claim": ("update", "{task}", "--claim"),
    "close": ("close", "{task}"),
    "dep add": ("dep", "add", "{task}", "{other}"),
}


class Bd(Peer):
    """bd in the mode that needs no daemon."""

    name = "bd"
    program = "bd"
    mode = "without a daemon"
    loaded_by = "`bd import`"
    claimed = "in_progress"
    nearest: ClassVar[Notes] = {"search": "titles and ids only"}
    verbs: ClassVar[Commands] = VERBS

    def environment(self, home: Path) -> dict[str, str]:
        """Who acts, and no daemon before it is asked for."""
        return {"BD_ACTOR": "bench", "BEADS_NO_DAEMON": "1"}

    def version(self, place: Place) -> str:
        """Its number, where it is beads."""
        found = re.match(r"bd version (\S+)", place.run("version"))
        if found is None:
            raise OtherProgram(f"{place.program} is not beads")
        return found[1]

    def load(self, place: Place, tasks: Sequence[Task]) -> Mapping[str, str]:
        """One import, without hooks."""
        place.init_git()
        write_records(place.home / "tasks.jsonl", list(tasks))
        place.run("init", "--prefix", "tk", "--quiet", "--skip-hooks")
        file = str(place.home / "tasks.jsonl")
        try:
            place.run("import", "-i", file, timeout=place.load_seconds)
        except PeerError:
            place.run("import", file, timeout=place.load_seconds)  # from 1.0 on the file is an argument
        place.commit()
        return identity(tasks)

    def counts(self, place: Place) -> Counts:
        """By status."""
        return by_status(place)


class BdDaemon(Bd):
    """bd as it comes: the first command starts a daemon, which answers the others."""

    name = "bd, daemon"
    mode = "with its daemon"
    nearest: ClassVar[Notes] = {
        **Bd.nearest,
        "create": "the daemon writes its JSONL later, and its CPU is not in the figures",
    }

    def environment(self, home: Path) -> dict[str, str]:
        """Who acts."""
        return {"BD_ACTOR": "bench"}

    def version(self, place: Place) -> str:
        """Its number, where it is beads and has a daemon; from 1.0 on it has none."""
        found = super().version(place)
        if "background daemon" not in place.run("daemon", "--help"):
            raise OtherProgram(f"bd {found} has no daemon")
        return found

    def load(self, place: Place, tasks: Sequence[Task]) -> Mapping[str, str]:
        """The same import, and then a daemon."""
        ids = super().load(place, tasks)
        if not self._runs(place):
            place.run("daemon", "--start")
        return ids

    def stop(self, place: Place) -> None:
        """End the daemon of this folder."""
        if self._runs(place):
            place.run("daemon", "--stop")

    def _runs(self, place: Place) -> bool:
        try:
            return "is running" in place.run("daemon", "--status")
        except PeerError:
            return False


def by_status(place: Place) -> Counts:
    """What bd and br count."""
    groups = json.loads(place.run("count", "--by-status", "--json"))["groups"]
    found = {group["group"]: int(group["count"]) for group in groups}
    total = sum(found.values())
    return Counts(total - found.get("closed", 0), total)
