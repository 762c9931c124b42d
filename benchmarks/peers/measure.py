"""Loads the trackers, sees that each answers, and times their verbs in turns."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from benchmarks.peers.find import Found, place_of
from benchmarks.peers.seam import Counts, OtherProgram, PeerError, Place, TooSlow
from benchmarks.peers.tasks import Task
from benchmarks.peers.timing import Figures, time_once
from benchmarks.peers.verbs import VERBS, Loaded, Verb


@dataclass
class Result:
    """What became of one tracker at one size."""

    found: Found
    unloaded: str = ""
    """Why the tasks are not in; no verb was measured then."""
    load_seconds: float = 0.0
    figures: dict[str, Figures] = field(default_factory=dict)
    """By verb; a verb that it has not is not there."""


@dataclass(frozen=True)
class Limits:
    """How much is measured: runs a verb, seconds for all runs of a verb of a tracker, seconds for a load."""

    rounds: int = 15
    patience: float = 60.0
    load_seconds: float = 600.0


def measure(
    founds: Sequence[Found], tasks: list[Task], work: Path, limits: Limits, yardstick: list[str]
) -> tuple[list[Result], Figures]:
    """Every verb of every tracker, and the ``yardstick``, a command that is run once a round.

    Trackers are loaded one after the other, each with the same tasks; then the runs take turns: a round is each verb
    of each tracker once, in an order of chance.
    """
    results = [Result(found) for found in founds]
    loaded: dict[str, Loaded] = {}
    try:
        for number, result in enumerate(results):
            found = _load(result, tasks, work / str(number), limits)
            if found is not None:
                loaded[result.found.peer.name] = found
        for result in results:
            if result.found.peer.name in loaded:
                _warm_up(loaded[result.found.peer.name], result)
        bare = _rounds(results, loaded, work, limits, yardstick)
        for result in results:
            if result.found.peer.name in loaded:
                _count(loaded[result.found.peer.name], result)
    finally:
        for found in loaded.values():
            _stop(found)
    return results, bare


def _load(result: Result, tasks: list[Task], work: Path, limits: Limits) -> Loaded | None:
    """The tracker with the tasks in it and counted, or None with the reason in ``result``."""
    peer = result.found.peer
    place = place_of(peer, result.found.program, work, limits.load_seconds)
    print(f"loading {peer.name} ...", file=sys.stderr)
    begin = time.monotonic()
    try:
        ids = dict(peer.load(place, tasks))
        result.load_seconds = time.monotonic() - begin
        found = Loaded(peer, place, tasks, ids)
        result.unloaded = differs(peer.counts(place), found.expected)
    except (PeerError, TooSlow, OtherProgram) as error:
        result.unloaded = str(error)
    if not result.unloaded:
        return found
    _stop(Loaded(peer, place, tasks, {}))
    return None


def differs(counted: Counts, expected: Counts) -> str:
    """What is wrong with a count, or nothing."""
    if counted == expected:
        return ""
    return f"it counts {counted.open:,} open of {counted.total:,}, not {expected.open:,} of {expected.total:,}"


def _warm_up(loaded: Loaded, result: Result) -> None:
    """Each verb once, looking at what it answers; files are in memory then, and caches are built."""
    for verb in VERBS:
        if verb.name not in loaded.peer.verbs:
            continue
        figures = result.figures[verb.name] = Figures()
        tasks = verb.tasks(loaded)
        command = loaded.command(verb.name, tasks)
        assert command is not None
        try:
            figures.wrong = verb.answered(loaded, tasks, loaded.place.call(command))
        except PeerError as error:
            figures.wrong = f"it fails: {error}"
        else:
            loaded.done[verb.name] = 1


def _rounds(
    results: Sequence[Result], loaded: Mapping[str, Loaded], work: Path, limits: Limits, yardstick: list[str]
) -> Figures:
    rng = random.Random(1)
    bare = Figures()
    here = Place(Path(yardstick[0]), work / "yardstick-home", work / "yardstick")
    with tempfile.TemporaryFile() as errors:
        for _ in range(limits.rounds):
            turns = [(verb, result) for result in results for verb in VERBS if verb.name in result.figures]
            for verb, result in rng.sample(turns, len(turns)):
                figures = result.figures[verb.name]
                if figures.wrong or figures.spent() > limits.patience:
                    continue
                _turn(loaded[result.found.peer.name], verb, figures, errors)
            bare.runs.append(time_once(here, yardstick, errors))
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return bare


def _turn(loaded: Loaded, verb: Verb, figures: Figures, errors: IO[bytes]) -> None:
    try:
        tasks = verb.tasks(loaded)
    except (StopIteration, RuntimeError):
        return  # every task was used: fewer runs of it
    command = loaded.command(verb.name, tasks)
    assert command is not None
    run = time_once(loaded.place, command, errors)
    figures.runs.append(run)
    if not run.failure:
        loaded.done[verb.name] = loaded.done.get(verb.name, 0) + 1


def _count(loaded: Loaded, result: Result) -> None:
    """Where the writes left another number of tasks than they should have, their figures are worth nothing."""
    try:
        wrong = differs(loaded.peer.counts(loaded.place), loaded.after())
    except PeerError as error:
        wrong = f"it cannot be counted afterwards: {error}"
    for name in ("create", "close"):
        if wrong and name in result.figures:
            result.figures[name].wrong = wrong


def _stop(loaded: Loaded) -> None:
    try:
        loaded.peer.stop(loaded.place)
    except PeerError as error:
        print(f"{loaded.peer.name} could not be stopped: {error}", file=sys.stderr)
