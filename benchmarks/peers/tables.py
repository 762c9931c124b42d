"""The tables, as markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.peers.find import Absent
from benchmarks.peers.measure import Result
from benchmarks.peers.timing import Figures
from benchmarks.peers.verbs import VERBS, Verb


def trackers(results: Sequence[Result], absent: Sequence[Absent]) -> Iterator[str]:
    """Who takes part, and who does not and why."""
    yield "| tracker | version | run | loaded by |"
    yield "|---|---|---|---|"
    for result in results:
        peer = result.found.peer
        yield f"| {peer.name} | {result.found.version} | {peer.mode} | {peer.loaded_by} |"
    for gone in absent:
        yield f"| {gone.name} | absent: {gone.reason} | | |"


def overview(results: Sequence[Result], bare: Figures) -> Iterator[str]:
    """Medians of every verb: milliseconds on the clock, and of CPU in brackets."""
    yield f"| ms (of CPU) | {' | '.join(result.found.peer.name for result in results)} |"
    yield "|---|" + "---|" * len(results)
    yield f"| load, seconds | {' | '.join(_loaded(result) for result in results)} |"
    for verb in VERBS:
        yield f"| {verb.title} | {' | '.join(_cell(result, verb) for result in results)} |"
    low, middle, high = (1000 * value for value in bare.wall())
    yield ""
    yield (
        f"The bare start of Python in the same rounds: {middle:.0f} ms ({low:.0f}-{high:.0f}), "
        f"{1000 * bare.cpu()[1]:.0f} of CPU."
    )


def details(results: Sequence[Result]) -> Iterator[str]:
    """A row a verb and tracker, with the spread and what there is to say."""
    yield "| verb | tracker | ms | quartiles | CPU, ms | quartiles | CPU to tk | runs | |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for verb in VERBS:
        for result in results:
            yield _row(verb, result, results[0])


def _loaded(result: Result) -> str:
    return "not loaded" if result.unloaded else f"{result.load_seconds:.1f}"


def _cell(result: Result, verb: Verb) -> str:
    figures = result.figures.get(verb.name)
    if result.unloaded:
        return ""
    if figures is None:
        return "none"
    if figures.wrong or figures.failure or not figures.runs:
        return "fails"
    return f"{1000 * figures.wall()[1]:.0f} ({1000 * figures.cpu()[1]:.0f})"


def _row(verb: Verb, result: Result, ours: Result) -> str:
    peer = result.found.peer
    head = f"| {verb.title} | {peer.name} "
    figures = result.figures.get(verb.name)
    if result.unloaded:
        return f"{head}| | | | | | | not loaded: {clean(result.unloaded)} |"
    if figures is None:
        return f"{head}| | | | | | | it has no such verb |"
    if figures.wrong or not figures.runs:
        return f"{head}| | | | | | | **fails**: {clean(figures.wrong or 'it was never run')} |"
    (low, middle, high), (least, cpu, most) = (
        [1000 * value for value in values] for values in (figures.wall(), figures.cpu())
    )
    note = f"**fails** in {clean(figures.failure)}" if figures.failure else peer.nearest.get(verb.name, "")
    return (
        f"{head}| {middle:.1f} | {low:.1f}-{high:.1f} | {cpu:.1f} | {least:.1f}-{most:.1f} "
        f"| {_ratio(cpu, ours.figures.get(verb.name))} | {len(figures.runs)} | {note} |"
    )


def _ratio(cpu: float, ours: Figures | None) -> str:
    if ours is None or ours.wrong or not ours.runs:
        return ""
    return f"{cpu / (1000 * ours.cpu()[1]):.2f}"


def clean(text: str) -> str:
    """A message that stays within its cell."""
    return " ".join(text.replace("|", "/").split())[:200]
