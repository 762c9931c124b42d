"""Which trackers are on PATH, and that each is what its name says."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.backlog import Backlog
from benchmarks.peers.bd import Bd, BdDaemon
from benchmarks.peers.br import Br
from benchmarks.peers.fossil import Fossil
from benchmarks.peers.git_bug import GitBug
from benchmarks.peers.seam import OtherProgram, Peer, PeerError, Place
from benchmarks.peers.taskwarrior import Taskwarrior
from benchmarks.peers.ticket import Ticket
from benchmarks.peers.tk import Tk

PEERS: tuple[type[Peer], ...] = (Bd, BdDaemon, Br, GitBug, Ticket, Taskwarrior, Backlog, Fossil)
"""All but tk itself, in the order of the tables."""


@dataclass(frozen=True)
class Found:
    """A tracker that is here."""

    peer: Peer
    program: Path
    version: str


@dataclass(frozen=True)
class Absent:
    """A tracker that is not here, and why."""

    name: str
    reason: str


def find(kind: type[Peer], work: Path, named: Mapping[str, Path], path: str | None = None) -> Found | Absent:
    """The tracker, where ``named`` or PATH (``path``, where it is given) has it and it answers as such.

    A folder in ``work`` is where it is asked. tk is found only where ``named`` names it, and no other tracker is ever
    found in a program that is that tk under another name.
    """
    program = named.get(kind.program) or (None if kind is Tk else _on_path(kind.program, path))
    if program is None:
        return Absent(kind.name, f"no `{kind.program}` on PATH")
    own = named.get(Tk.program)
    if kind is not Tk and own is not None and program.resolve() == own.resolve():
        return Absent(kind.name, f"the `{kind.program}` on PATH is the tk that is measured")
    peer = kind()
    place = place_of(peer, program, work / "asked")
    try:
        return Found(peer, program, peer.version(place))
    except OtherProgram as error:
        return Absent(kind.name, str(error))
    except PeerError as error:
        return Absent(kind.name, f"it does not tell its version: {error}")


def place_of(peer: Peer, program: Path, work: Path, load_seconds: float = 600.0) -> Place:
    """The folder and home of a tracker in ``work``."""
    home = work / "home"
    return Place(program, home, work / "tasks", peer.environment(home), load_seconds)


def _on_path(name: str, path: str | None) -> Path | None:
    found = shutil.which(name, path=path)
    return Path(found).absolute() if found else None
